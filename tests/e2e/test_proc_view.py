"""What a container sees of itself in /proc and /sys, through lxcfs."""
import contextlib
import os
import re

import harness
from harness import wait_for
from scenario import DEBIAN12, MINIMAL, create, criu_fits, needs, start, vzctl_is_built, vzmigrate_is_built

WORLD = dict(nodes=2, clients=0)

RAM_KB = 192 * 1024


def lxcfs_is_installed():
    return None if os.path.exists(harness.LXCFS) else "lxcfs is not installed (./run setup)"


def two_cpus():
    return None if os.cpu_count() > 1 else "this machine has only one CPU"


NEEDS = [vzctl_is_built, lxcfs_is_installed]


def limited(node, ctid="101", *options, template=MINIMAL):
    create(node, ctid, template, network=False)
    node.vzctl("set", ctid, "--ram", f"{RAM_KB}K", "--swap", "64M", *options, "--save")
    start(node, ctid)


def total(node, ctid="101", key="MemTotal"):
    """A line of the container's /proc/meminfo, in KB."""
    return int(re.search(rf"^{key}:\s+(\d+) kB", node.exec(ctid, "cat /proc/meminfo").stdout, re.M)[1])


@contextlib.contextmanager
def without_lxcfs(node):
    node.stop_lxcfs()
    try:
        yield
    finally:
        node.start_lxcfs()


def test_memory_and_swap_are_the_containers(world):
    a = world.node
    limited(a)
    assert total(a) == RAM_KB
    assert 0 < total(a, key="MemFree") < RAM_KB
    host_swap = int(re.search(r"^SwapTotal:\s+(\d+) kB", a.read_file("/proc/meminfo"), re.M)[1])
    assert total(a, key="SwapTotal") == min(host_swap, 64 * 1024)
    swaps = a.exec("101", "cat /proc/swaps").stdout.splitlines()
    assert swaps[0].startswith("Filename") and all(line.startswith("none") for line in swaps[1:]), swaps


def test_a_new_limit_shows_at_once(world):
    a = world.node
    limited(a)
    a.vzctl("set", "101", "--ram", "256M", "--save")
    assert total(a) == 256 * 1024


@needs(two_cpus)
def test_processors_are_the_containers(world):
    a = world.node
    limited(a, "101", "--cpumask", "0")
    shown = {
        "cpuinfo": a.exec("101", "grep -c ^processor /proc/cpuinfo").stdout.strip(),
        "nproc": a.exec("101", "nproc").stdout.strip(),
        "stat": a.exec("101", "grep -c '^cpu[0-9]' /proc/stat").stdout.strip(),
    }
    assert shown == {"cpuinfo": "1", "nproc": "1", "stat": "1"}, shown
    assert a.exec("101", "cat /sys/devices/system/cpu/online").stdout.strip() == "0"


@needs(two_cpus)
def test_a_limit_of_processors_shows_in_cpuinfo(world):
    a = world.node
    limited(a, "101", "--cpus", "1")
    assert a.exec("101", "grep -c ^processor /proc/cpuinfo").stdout.strip() == "1"
    assert a.exec("101", "cat /sys/devices/system/cpu/online").stdout.strip() == "0"


def test_load_and_processor_time_are_the_containers(world):
    a = world.node
    limited(a)
    inside = a.exec("101", "cat /proc/loadavg").stdout.split()[3]
    assert int(inside.split("/")[1]) < int(a.read_file("/proc/loadavg").split()[3].split("/")[1]), inside

    def busy():
        return sum(map(int, a.exec("101", "head -n 1 /proc/stat").stdout.split()[1:4]))

    before = busy()
    a.exec("101", "timeout 1 sh -c 'while :; do :; done'; true")
    wait_for("the container's own processor time in /proc/stat", lambda: busy() > before, 10, 0.5)


def test_uptime_is_the_containers_and_goes_on_after_a_restore(world):
    a = world.node
    limited(a)
    first = float(a.exec("101", "cat /proc/uptime").stdout.split()[0])
    assert first < float(a.read_file("/proc/uptime").split()[0])
    if criu_fits():
        return
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert float(a.exec("101", "cat /proc/uptime").stdout.split()[0]) >= first


def test_start_times_count_from_the_containers_own_clock(world):
    a = world.node
    limited(a)

    def check():
        """When the container was started, by /proc/stat, and by its clock; whole seconds are rounded."""
        booted, up, now = a.exec("101", "sed -n 's/^btime //p' /proc/stat; cut -d. -f1 /proc/uptime; date +%s").stdout.split()
        assert abs(int(booted) + int(up) - int(now)) <= 3, (booted, up, now)

    check()
    if not criu_fits():
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        check()
    # The host's own is the host's.
    assert re.search(r"^btime .*", a.read_file("/var/lib/lxcfs/proc/stat"), re.M)[0] in a.read_file("/proc/stat")


@needs(criu_fits)
def test_a_restored_container_sees_its_values_again(world):
    a = world.node
    limited(a)
    for _ in range(2):
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        assert total(a) == RAM_KB


SHELL_READER = ("exec 5</proc/meminfo 6</proc/stat 7</proc/loadavg; read first <&5; "
                "while :; do sleep 1; done")


def start_reader(node, ctid="101"):
    node.exec(ctid, f"setsid sh -c '{SHELL_READER}' </dev/null >/dev/null 2>&1 & echo $! >/run/reader")
    wait_for("the reader", lambda: node.exec(ctid, "ls -l /proc/$(cat /run/reader)/fd | grep -c meminfo",
                                             check=False).stdout.strip() == "1", 5)


@needs(criu_fits)
def test_files_held_open_survive_a_restore(world):
    a = world.node
    limited(a)
    start_reader(a)
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    pid = a.exec("101", "cat /run/reader").stdout.strip()
    links = a.exec("101", f"for fd in 5 6 7; do readlink /proc/{pid}/fd/$fd; done").stdout.split()
    assert links == ["/proc/meminfo", "/proc/stat", "/proc/loadavg"], links
    assert str(RAM_KB) in a.exec("101", f"head -n 1 /proc/{pid}/fd/5").stdout


@needs(criu_fits, vzmigrate_is_built)
def test_a_migrated_container_sees_its_values(world):
    a, b = world.nodes
    limited(a)
    a.run(["vzmigrate", "--online", b.ip, "101"], timeout=120)
    assert total(b) == RAM_KB


@needs(criu_fits, vzmigrate_is_built)
def test_a_node_without_lxcfs_takes_the_container_and_one_with_it_gives_its_values_back(world):
    a, b = world.nodes
    limited(a)
    start_reader(a)
    with without_lxcfs(b):
        a.run(["vzmigrate", "--online", b.ip, "101"], timeout=120)
        host = re.search(r"^MemTotal:.*", b.read_file("/proc/meminfo"), re.M)[0]
        assert host in b.exec("101", "cat /proc/meminfo").stdout
        # What is bound there now is dumped and restored as well.
        b.vzctl("chkpnt", "101")
        b.vzctl("restore", "101")
    b.run(["vzmigrate", "--online", a.ip, "101"], timeout=120)
    assert total(a) == RAM_KB


def test_without_lxcfs_a_container_starts_and_the_warning_comes_once(world):
    a = world.node
    with without_lxcfs(a):
        create(a, "101", MINIMAL, network=False)
        create(a, "102", MINIMAL, network=False)
        first = a.vzctl("start", "101")
        assert first.out.count("lxcfs") == 2, first  # its name, and the package's
        assert "lxcfs" not in a.vzctl("start", "102").out
        assert a.exec("101", "grep -c MemTotal /proc/meminfo").stdout.strip() == "1"
    # The next change finds it.
    a.vzctl("set", "101", "--ram", f"{RAM_KB}K", "--swap", "0", "--save")
    assert total(a) == RAM_KB


def test_a_restarted_lxcfs_is_found_again_by_set(world):
    a = world.node
    limited(a)
    a.stop_lxcfs(9)
    assert a.exec("101", "cat /proc/meminfo", check=False).rc != 0
    a.start_lxcfs()
    a.vzctl("set", "101", "--cpuunits", "1000", "--save")
    assert total(a) == RAM_KB
    if not criu_fits():
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        assert total(a) == RAM_KB


def test_a_restarted_lxcfs_is_found_again_by_its_services_hook(world):
    a = world.node
    limited(a)
    limited(a, "102")
    a.stop_lxcfs(9)
    a.start_lxcfs()
    a.vzctl("--quiet", "renew-view", "0")
    assert (total(a), total(a, "102")) == (RAM_KB, RAM_KB)


@needs(criu_fits)
def test_a_checkpoint_heals_what_a_dead_lxcfs_left(world):
    a = world.node
    limited(a)
    a.stop_lxcfs(9)
    a.start_lxcfs()
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert total(a) == RAM_KB


def test_a_container_that_hides_its_proc_is_left_alone(world):
    a = world.node
    limited(a)
    a.exec("101", "mkdir -p /tmp/p/x && mount --bind /tmp/p /proc")
    a.stop_lxcfs(9)
    a.start_lxcfs()
    a.vzctl("set", "101", "--cpuunits", "1000", "--save")
    assert a.exec("101", "ls /proc").stdout.split() == ["x"]


def test_systemd_and_its_units_live_with_it(world):
    a = world.node
    create(a, "101", DEBIAN12, network=False)
    a.vzctl("set", "101", "--ram", "512M", "--swap", "0", "--save")
    start(a)
    assert total(a) == 512 * 1024
    assert a.exec("101", "systemctl is-system-running --wait", check=False).stdout.strip() == "running"
    assert re.search(rf"^Mem:\s+{512 * 1024}\b", a.exec("101", "free").stdout, re.M)
    shown = a.exec("101", "systemd-run --quiet --pipe --wait -p PrivateTmp=yes -p ProtectHome=yes head -n 1 /proc/meminfo").stdout
    assert str(512 * 1024) in shown, shown
