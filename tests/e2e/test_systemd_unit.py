"""systemd as the host's init: containers and what watches over them outlive whatever it reloads and restarts.

Runs on the machine itself and not on a node, therefore only in the virtual machine of tests/vm."""
import os
import re
import subprocess

import harness
from harness import wait_for
from scenario import MINIMAL, slow, vzctl_is_built


def in_the_virtual_machine():
    if not os.path.isdir("/vz-vm"):
        return "only in the virtual machine (tests/vm/run)"
    return None if os.path.isdir("/run/systemd/system") else "systemd is not init here"


NEEDS = [vzctl_is_built, in_the_virtual_machine]
SECOND_PLATFORM = True
ROOT = "/sys/fs/cgroup"
GROUP = f"{ROOT}/vz/101"


def run(*argv, check=True, timeout=300):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                          env=harness.ENVIRONMENT)
    assert not check or done.returncode == 0, f"{argv} -> {done.returncode}: {done.stdout}{done.stderr}"
    return done


def read(path):
    with open(path) as f:
        return f.read().strip()


def install():
    run("cp", "-a", f"{harness.STAGE}/.", "/")
    run("mount", "--bind", harness.CACHE, "/vz/template/cache")
    run("systemctl", "daemon-reload")


def limits():
    return {name: read(f"{GROUP}/{name}") for name in ("memory.max", "memory.swap.max", "pids.max", "cpu.max", "cpuset.cpus")}


def processes():
    return sorted(int(pid) for directory, _, _ in os.walk(GROUP) for pid in read(f"{directory}/cgroup.procs").split())


def monitor():
    return int(re.search(r"^MONITOR_PID=(\d+)", read("/run/vz/101/state"), re.M)[1])


def group_of(pid):
    return read(f"/proc/{pid}/cgroup")


@slow(300)
def test_a_container_keeps_its_group_limits_and_processes():
    install()
    # The unit that this runs in delegates its group, which alone would keep all controllers on.
    os.makedirs("/run/systemd/system/vz-vm.service.d")
    with open("/run/systemd/system/vz-vm.service.d/not.conf", "w") as f:
        f.write("[Service]\nDelegate=no\n")
    run("systemctl", "daemon-reload")
    run("systemd-run", "--wait", "--quiet", "true")
    assert "cpuset" not in read(f"{ROOT}/cgroup.subtree_control").split(), "systemd takes no controller away here: nothing is tested"

    run("vzctl", "create", "101", "--ostemplate", MINIMAL)
    run("vzctl", "set", "101", "--ram", "128M", "--swap", "32M", "--numproc", "200", "--cpulimit", "50", "--cpumask", "0", "--save")
    # As from a session that is ended afterwards.
    run("systemd-run", "--scope", "--quiet", "--unit=a-session", "vzctl", "start", "101")
    run("systemctl", "stop", "a-session.scope", check=False)
    watching, before, inside = monitor(), limits(), processes()
    assert before == {"memory.max": str(128 << 20), "memory.swap.max": str(32 << 20), "pids.max": "200",
                      "cpu.max": "50000 100000", "cpuset.cpus": "0"}, before
    assert inside
    assert group_of(watching) == "0::/vz.scope"
    shown = run("systemctl", "show", "vz.scope", "-p", "Delegate", "-p", "ActiveState").stdout.split()
    assert sorted(shown) == ["ActiveState=active", "Delegate=yes"], shown

    for command in (["daemon-reload"], ["daemon-reexec"], ["restart", "systemd-journald"], ["daemon-reload"]):
        run("systemctl", *command)
        run("systemd-run", "--wait", "--quiet", "true")
        assert limits() == before, command
        assert processes() == inside, command
        assert group_of(watching) == "0::/vz.scope", command
    assert run("vzctl", "status", "101").stdout.split()[2:] == ["exist", "mounted", "running"]

    # It still watches, and a second container shares the unit.
    run("vzctl", "create", "102", "--ostemplate", MINIMAL)
    run("vzctl", "start", "102")
    run("vzctl", "exec", "101", "poweroff -f", check=False)
    wait_for("the end of container 101", lambda: not os.path.isdir(GROUP), 60)
    run("vzctl", "stop", "102", "--fast")
    wait_for("the end of vz.scope", lambda: not os.path.isdir(f"{ROOT}/vz.scope"), 60)
    run("vzctl", "destroy", "102")
    run("vzctl", "destroy", "101")


@slow(300)
def test_lxcfs_as_a_service_finds_running_containers_again():
    if not os.path.exists("/usr/bin/lxcfs"):
        raise harness.Skip("lxcfs is not installed (./run setup)")
    if not os.path.isdir("/lib/systemd/system/lxcfs.service.d"):
        install()
    run("systemctl", "start", "lxcfs")
    run("vzctl", "create", "103", "--ostemplate", MINIMAL)
    run("vzctl", "set", "103", "--ram", "128M", "--swap", "0", "--save")
    run("vzctl", "start", "103")
    total = f"MemTotal:\\s+{128 << 10} kB"
    try:
        assert re.search(total, run("vzctl", "exec", "103", "cat /proc/meminfo").stdout)
        run("systemctl", "restart", "lxcfs")
        assert re.search(total, run("vzctl", "exec", "103", "cat /proc/meminfo").stdout)
    finally:
        run("vzctl", "stop", "103", "--fast")
        run("vzctl", "destroy", "103")
