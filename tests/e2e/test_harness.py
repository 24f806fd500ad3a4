"""The test bench itself, with plain tools."""
import glob
import os
import shutil
import signal
import subprocess
import time

import harness
from harness import wait_for

WORLD = dict(nodes=2, clients=1)
ALONE = True


def test_nodes_and_clients_reach_each_other(world):
    a, b = world.nodes
    for host in (a, world.client):
        for address in b.addresses:
            host.run(["busybox", "ping", "-c", "1", "-W", "2", address])


def test_nodes_log_in_to_each_other_by_key_and_copy_files(world):
    a, b = world.nodes
    assert a.run(["ssh", "-o", "BatchMode=yes", "node2", "hostname"]).stdout == "node2\n"
    assert b.run(["ssh", "-o", "BatchMode=yes", "10.77.0.1", "hostname"]).stdout == "node1\n"
    a.write_file("/vz/some/file", "content")
    a.run(["rsync", "-a", "/vz/some", "node2:/vz/"])
    assert b.read_file("/vz/some/file") == "content"
    assert not os.path.exists("/vz/some")


def test_a_node_has_its_own_places_and_the_machine_keeps_its(world):
    a, b = world.nodes
    for directory in ("/etc/vz", "/root", "/tmp", "/run", "/var/log", "/usr", "/etc"):
        place = f"{directory}/{world.runid}"
        a.write_file(place, "mine")
        assert not os.path.exists(place), place
        assert not b.exists(place), place


def test_cgroups_of_a_node_start_at_its_own_root(world):
    lines = world.node.read_file("/proc/self/cgroup").split()
    assert all(line.split(":")[2] in ("/", "/init.scope") for line in lines), lines
    world.node.sh("for d in /sys/fs/cgroup/*/; do mkdir $d/try && sh -c 'echo $$ >'$d/try/cgroup.procs && "
                  "sleep 0.1 && rmdir $d/try; done" if not os.path.exists("/sys/fs/cgroup/cgroup.controllers")
                  else "mkdir /sys/fs/cgroup/try && rmdir /sys/fs/cgroup/try")


def test_a_command_that_hangs_is_killed_after_its_timeout(world):
    try:
        world.node.run(["sleep", "1000"], timeout=0.5)
    except harness.CommandTimeout:
        pass
    else:
        raise AssertionError("no timeout")
    wait_for("end of the command", lambda: not world.node.sees(["sleep", "1000"]), 5)


def test_a_node_keeps_its_disk_over_a_power_failure(world):
    a = world.nodes[0]
    a.write_file("/vz/kept", "yes")
    a.popen(["sleep", "1000"])
    a.power_off()
    a.boot()
    assert a.read_file("/vz/kept") == "yes"
    assert not a.sees(["sleep"])
    world.client.run(["busybox", "ping", "-c", "1", "-W", "2", a.ip])


def echo_server(node, port):
    # The node does not see the project where that lies below /tmp.
    with open(f"{harness.HERE}/echo_server.py") as f:
        node.write_file("/root/echo_server.py", f.read())
    return node.popen(["/usr/bin/python3", "/root/echo_server.py", port])


def test_the_echo_client_measures_an_interrupted_network_and_loses_nothing(world):
    a = world.node
    server = echo_server(a, "7777")
    wait_for("echo server", lambda: a.exists("/run/echo-connections"), 5)
    client = world.client.start_client("echo", a.ip, "7777", "--connections", "100", "--interval", "0.05")
    time.sleep(0.5)
    a.unplug()
    time.sleep(0.5)
    a.replug()
    time.sleep(1.5)
    report = client.finish()
    server.kill()
    assert not report["errors"], report
    assert 400 < report["longest_gap_ms"] < 3000, report
    assert report["received"] == report["sent"] > 100000, report


def test_the_echo_client_notices_a_reset(world):
    a = world.node
    server = echo_server(a, "7778")
    wait_for("echo server", lambda: a.sh("ss -ltn | grep -q :7778", check=False).rc == 0, 5)
    client = world.client.start_client("echo", a.ip, "7778")
    server.kill()
    time.sleep(0.3)
    assert len(client.finish()["errors"]) == 1


def test_nodes_can_have_other_file_systems():
    for fs in ("btrfs", "ext4", "xfs"):
        if not shutil.which(f"mkfs.{fs}", path=harness.ENVIRONMENT["PATH"]):
            continue
        with harness.World(nodes=[dict(fs=fs, size="512M")], clients=0) as world:
            assert world.node.sh("stat -f -c %T /vz").stdout.strip() in (fs, "ext2/ext3")
    assert not loops_of("vz.img")


def loops_of(text):
    found = []
    for path in glob.glob("/sys/block/loop*/loop/backing_file"):
        try:
            with open(path) as f:
                if text in f.read():
                    found.append(path)
        except OSError:
            pass
    return found


RUNNER = """
import sys, time
sys.path.insert(0, {here!r})
from harness import World
world = World(nodes=[dict(fs="ext4", size="256M"), {{}}], clients=1)
world.__enter__()
for host in world.nodes + world.clients:
    host.popen(["sleep", "4242"])
node = world.node
node.sh("mkdir -p /vz/m && mount -t tmpfs none /vz/m && ip link add br7 type bridge")
node.sh("for c in freezer cpuset memory; do d=/sys/fs/cgroup/$c; [ -d $d ] || continue; mkdir -p $d/vz/101; done")
frozen = node.popen(["sh", "-c", "d=/sys/fs/cgroup/freezer; [ -d $d ] || d=/sys/fs/cgroup; mkdir -p $d/vz/101;"
                     "echo $$ >$d/vz/101/cgroup.procs; exec sleep 4242"])
time.sleep(0.3)
node.sh("d=/sys/fs/cgroup/freezer/vz/101; if [ -d $d ]; then echo FROZEN >$d/freezer.state;"
        "else echo 1 >/sys/fs/cgroup/vz/101/cgroup.freeze; fi")
# A process that left every session and group, as a daemon does.
node.sh("setsid -f sleep 4242")
print(world.runid, *[h.pid for h in world.nodes + world.clients], flush=True)
time.sleep(600)
"""


def everything_of(runid, netns):
    """What is left of a run: processes, cgroups, mounts, loop devices, files, network namespaces."""
    left = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cgroup") as f:
                if f"vztest-{runid}" in f.read():
                    left.append(f"process {pid} in its cgroups")
            if os.stat(f"/proc/{pid}/ns/net").st_ino in netns:
                left.append(f"process {pid} in its network")
            with open(f"/proc/{pid}/mountinfo") as f:
                if runid in f.read():
                    left.append(f"mounts of process {pid}")
        except OSError:
            pass
    left += glob.glob(f"/sys/fs/cgroup/vztest-{runid}") + glob.glob(f"/sys/fs/cgroup/*/vztest-{runid}")
    left += loops_of(runid)
    left += glob.glob(f"{harness.BASE}/*{runid}*") + glob.glob(f"/tmp/*{runid}*") + glob.glob(f"/run/*{runid}*")
    return left


def test_nothing_is_left_after_the_runner_is_killed():
    for number in (signal.SIGKILL, signal.SIGTERM):
        runner = subprocess.Popen(["/usr/bin/python3", "-B", "-c", RUNNER.format(here=harness.HERE)],
                                  stdout=subprocess.PIPE, text=True)
        runid, *pids = runner.stdout.readline().split()
        netns = {os.stat(f"/proc/{pid}/ns/net").st_ino for pid in pids}
        assert len(netns) == 3
        assert everything_of(runid, netns)
        assert loops_of(runid)
        runner.send_signal(number)
        runner.wait(10)
        runner.stdout.close()
        wait_for(lambda: f"clean-up, left: {everything_of(runid, netns)}", lambda: not everything_of(runid, netns), 20, 0.2)
