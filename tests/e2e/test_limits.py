"""Limits of resources: a container runs into each from inside, and the counter outside tells.

The same tests for cgroup v1 and v2: a knob is named by what it is called in both.
"""
import json
import os

from harness import HERE, local, wait_for
from scenario import MINIMAL, both_platforms, create, criu_fits, needs, running, slow, start, vzctl_is_built, vzmigrate_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=2)
ALONE = True

MB = 1024 * 1024
LIMITS = ["--ram", "96M", "--swap", "32M", "--numproc", "60", "--numfile", "120", "--lockedpages", "16", "--numsiginfo", "30",
          "--shmpages", "512", "--numpty", "4", "--tcpsndbuf", "100000", "--tcprcvbuf", "200000", "--vmguarpages", "1000",
          "--oomguarpages", "500", "--cpulimit", "60", "--cpuunits", "2000", "--cpumask", "0", "--nodemask", "0",
          "--ioprio", "6", "--iolimit", "8", "--iopslimit", "400"]
KNOBS = ("memory.limit_in_bytes memory.memsw.limit_in_bytes memory.soft_limit_in_bytes memory.kmem.tcp.limit_in_bytes "
         "memory.max memory.swap.max memory.low memory.min pids.max cpu.shares cpu.weight cpu.cfs_quota_us cpu.max "
         "cpuset.cpus cpuset.mems blkio.throttle.read_bps_device blkio.throttle.write_bps_device "
         "blkio.throttle.read_iops_device blkio.throttle.write_iops_device blkio.bfq.weight io.max io.weight io.bfq.weight")


def prober():
    """The program that runs into limits, made once."""
    path = f"{HERE}/../../build/limit_prober"
    source = f"{HERE}/limit_prober.c"
    if not os.path.exists(path) or os.stat(path).st_mtime < os.stat(source).st_mtime:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        local(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", f"{path}.{os.getpid()}", source])
        os.rename(f"{path}.{os.getpid()}", path)
    return path


def limited(node, *options, ctid="101"):
    """A container that is started with these options, and has the prober."""
    create(node, ctid, MINIMAL, network=False)
    node.vzctl("set", ctid, *options, "--save")
    local(["cp", prober(), node.path(f"/vz/private/{ctid}/usr/bin/prober")])
    start(node, ctid)


def probe(node, *words, ctid="101"):
    """How far it came, and what it was refused with."""
    count, refused = node.vzctl("exec2", ctid, "/usr/bin/prober " + " ".join(words)).stdout.split()
    return int(count), refused


def knob(node, *names, ctid="101"):
    """The content of the first file that there is in one of the container's groups."""
    for name in names:
        found = node.sh(f"cat /sys/fs/cgroup/*/vz/{ctid}/{name} /sys/fs/cgroup/vz/{ctid}/{name} 2>/dev/null", check=False).stdout
        if found:
            return found.rstrip("\n")
    raise AssertionError(f"no group of {ctid} has any of {names}")


def listed(node, *fields, ctid="101"):
    return node.run(["vzlist", "-H", "-o", ",".join(fields), ctid]).stdout.split()


def features(node):
    return {row["parameter"]: row for row in json.loads(node.vzctl("features", "--json").stdout)}


@both_platforms
def test_memory_ends_at_its_limit_and_the_container_goes_on(world):
    a = world.node
    limited(a, "--ram", "40M", "--swap", "0")
    before = int(listed(a, "physpages.f")[0])
    bomb = a.vzctl("exec2", "101", "/usr/bin/prober memory", check=False)
    assert bomb.rc != 0 and bomb.stdout == "", bomb
    held, most, limit, failures, killed = (int(n) for n in listed(a, "physpages", "physpages.m", "physpages.l", "physpages.f",
                                                                    "oomguarpages.f"))
    assert held <= most <= limit == 40 * MB // 4096 and failures > before and killed > 0, (held, most, limit, failures, killed)
    assert a.exec("101", "echo alive").stdout == "alive\n"


def test_memory_is_lowered_only_as_far_as_it_can_be_freed(world):
    a = world.node
    limited(a, "--ram", "200M", "--swap", "0")
    a.exec("101", "dd if=/dev/zero of=/run/held bs=1M count=80 2>/dev/null")
    old = knob(a, "memory.limit_in_bytes", "memory.max")
    refused = a.vzctl("set", "101", "--ram", "40M", "--save", check=False)
    assert refused.rc == 1 and "the container uses more" in refused.stderr, refused
    assert knob(a, "memory.limit_in_bytes", "memory.max") == old == str(200 * MB)
    assert a.exec("101", "ls /run/held").stdout == "/run/held\n"
    # What is only kept in memory in case it is needed again can go.
    a.exec("101", "rm /run/held; dd if=/dev/zero of=/root/file bs=1M count=80 2>/dev/null; sync; cat /root/file >/dev/null")
    a.vzctl("set", "101", "--ram", "40M", "--swap", "40M", "--save")
    assert knob(a, "memory.limit_in_bytes", "memory.max") == str(40 * MB)
    # Up again, above what memory and swap together were.
    a.vzctl("set", "101", "--ram", "300M", "--swap", "0", "--save")
    assert knob(a, "memory.limit_in_bytes", "memory.max") == str(300 * MB)
    assert knob(a, "memory.memsw.limit_in_bytes", "memory.swap.max") in (str(300 * MB + 4096), "0")


def test_a_classic_configuration_bounds_memory_by_what_is_private_shared_and_the_kernels(world):
    a = world.node
    limited(a, "--physpages", "0:unlimited", "--privvmpages", "8000:10000", "--shmpages", "2000", "--kmemsize", "4096000")
    assert knob(a, "memory.limit_in_bytes", "memory.max") == str((10000 + 2000 + 1000) * 4096)
    # Private pages are refused when they are asked for.
    megabytes, refused = probe(a, "reserve")
    assert megabytes <= 10000 * 4096 // MB and refused == "ENOMEM", (megabytes, refused)


@both_platforms
def test_processes_end_at_their_limit_and_are_counted(world):
    a = world.node
    limited(a, "--numproc", "40")
    count, refused = probe(a, "processes")
    assert 0 < count < 40 and refused == "EAGAIN", (count, refused)
    most, limit, failures = (int(n) for n in listed(a, "numproc.m", "numproc.l", "numproc.f"))
    assert most == limit == 40 and failures > 0, (most, limit, failures)
    a.vzctl("set", "101", "--numproc", "80")
    assert probe(a, "processes")[0] > 40


def test_a_fork_bomb_without_a_limit_leaves_the_host_its_pids(world):
    a = world.node
    limited(a)
    a.sh(f"sed -i /NUMPROC/d {a.conf('101')}")
    a.vzctl("restart", "101")
    limit, pids = int(knob(a, "pids.max")), int(a.read_file("/proc/sys/kernel/pid_max"))
    assert 0 < limit <= pids // 4, (limit, pids)


def test_what_each_process_may_have_ends_at_its_limit(world):
    a = world.node
    limited(a, "--numfile", "50", "--lockedpages", "8", "--numsiginfo", "12")
    for _ in range(2):
        count, refused = probe(a, "files")
        assert count <= 50 and refused == "EMFILE", (count, refused)
        assert probe(a, "locked") == (8 * 4096, "ENOMEM")
        count, refused = probe(a, "signals")
        assert count <= 12 and refused == "EAGAIN", (count, refused)
        a.vzctl("restart", "101")
    # Live, for those that run: init's children have its limits.
    put = "(prober files; sleep 600) >/run/before 2>&1 </dev/null &"
    a.exec("101", put)
    a.vzctl("set", "101", "--numfile", "20", "--save")
    limits = a.exec("101", "cat /proc/[0-9]*/limits | grep 'open files'").stdout.splitlines()
    assert limits and all(int(line.split()[4]) <= 20 for line in limits), limits
    assert probe(a, "files")[0] <= 20


@needs(criu_fits)
def test_all_containers_together_leave_the_host_half_of_its_signals(world):
    a = world.node
    limited(a)
    most = int(a.sh("bash -c 'ulimit -i'").stdout)
    assert probe(a, "signals")[0] <= most // 2
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert probe(a, "signals")[0] <= most // 2


def test_shared_memory_and_terminals_end_at_their_limit(world):
    a = world.node
    limited(a, "--shmpages", "100", "--numpty", "3")
    assert probe(a, "shared") == (100, "ENOSPC")
    full = a.exec("101", "dd if=/dev/zero of=/dev/shm/file bs=4096 count=200 2>&1; stat -c %s /dev/shm/file; rm /dev/shm/file")
    assert "No space left" in full.stdout and str(100 * 4096) in full.stdout, full
    assert probe(a, "terminals")[1] == "ENOSPC"
    assert probe(a, "terminals")[0] <= 3
    a.vzctl("set", "101", "--shmpages", "200", "--numpty", "6")
    assert probe(a, "shared") == (200, "ENOSPC")
    assert probe(a, "terminals")[0] > 3


def test_tcp_buffers_end_at_their_limit(world):
    a = world.node
    limited(a)
    free, _ = probe(a, "tcp")
    a.vzctl("set", "101", "--tcpsndbuf", "50000", "--tcprcvbuf", "50000")
    bound, _ = probe(a, "tcp")
    assert 0 < bound < free / 2, (bound, free)
    if features(a)["TCPSNDBUF"]["by"].startswith("memory.kmem.tcp"):
        assert int(listed(a, "tcpsndbuf.m")[0]) > 0


def test_the_cpu_is_taken_away_at_its_limit(world):
    a = world.node
    limited(a, "--cpulimit", "10")
    def throttled():
        return int(dict(line.split() for line in knob(a, "cpu.stat").splitlines() if " " in line)["nr_throttled"])
    before = throttled()
    a.exec("101", "(while :; do :; done) >/dev/null 2>&1 </dev/null &")
    wait_for("a container that is held back", lambda: throttled() > before + 2, 10)
    a.vzctl("set", "101", "--cpulimit", "0", "--cpus", "1", "--save")
    assert knob(a, "cpu.cfs_quota_us", "cpu.max") in ("100000", "100000 100000")
    a.vzctl("set", "101", "--cpus", "0")
    assert knob(a, "cpu.cfs_quota_us", "cpu.max") in ("-1", "max 100000")


def test_a_container_runs_only_on_its_cpus(world):
    a = world.node
    limited(a, "--cpumask", "0")
    assert a.exec("101", "nproc").stdout == "1\n"
    assert a.exec("101", "grep Cpus_allowed_list /proc/self/status").stdout.split()[1] == "0"
    a.vzctl("set", "101", "--cpumask", "all", "--nodemask", "all")
    assert a.exec("101", "nproc").stdout == a.run(["nproc"]).stdout
    a.vzctl("set", "101", "--cpumask", "auto", "--nodemask", "0")
    assert knob(a, "cpuset.mems") == "0"
    refused = a.vzctl("set", "101", "--cpumask", "4000", check=False)
    assert refused.rc == 2 and "None of 4000 is there" in refused.stderr, refused
    # A mask of another host's is no reason not to start.
    a.vzctl("stop", "101", "--fast")
    a.vzctl("set", "101", "--cpumask", "4000", "--save")
    started = a.vzctl("start", "101")
    assert "Warning: CPUMASK and NODEMASK are not enforced: None of 4000 is there" in started.stderr, started


def test_two_containers_share_a_cpu_by_their_units(world):
    a = world.node
    for ctid, units in (("101", "4000"), ("102", "1000")):
        limited(a, "--cpumask", "0", "--cpuunits", units, ctid=ctid)
    def used(ctid):
        text = knob(a, "cpuacct.usage", "cpu.stat", ctid=ctid)
        return int(text.split()[1]) * 1000 if "usage_usec" in text else int(text)
    for ctid in ("101", "102"):
        a.exec(ctid, "(while :; do :; done) >/dev/null 2>&1 </dev/null &")
    first = {ctid: used(ctid) for ctid in ("101", "102")}
    wait_for("a second of the CPU", lambda: used("101") - first["101"] > 1000000000, 60)
    shares = {ctid: used(ctid) - first[ctid] for ctid in first}
    assert shares["101"] > 2 * shares["102"], shares


def test_the_hosts_units_weigh_against_all_containers(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    shares = lambda: a.sh("cat /sys/fs/cgroup/cpu/vz/cpu.shares /sys/fs/cgroup/vz/cpu.weight 2>/dev/null", check=False).stdout
    a.vzctl("set", "0", "--cpuunits", "4000")
    assert shares() in ("256\n", "25\n")
    a.vzctl("set", "0", "--cpuunits", "1000")
    assert shares() in ("1024\n", "100\n")


def rate_is_enforced():
    with open("/proc/self/mountinfo") as f:
        on_disk = any(line.split()[4] in ("/var/tmp", "/var", "/") and not line.split()[2].startswith("0:") for line in f)
    return None if on_disk else "no block device below /var/tmp, where the nodes' files are"


@needs(rate_is_enforced)
def test_reading_goes_no_faster_than_the_limits(world):
    a = world.node
    limited(a, "--iolimit", "1", "--iopslimit", "1000")
    assert features(a)["IOLIMIT"]["enforced"] in ("yes", "partly")
    a.sh("dd if=/dev/zero of=/vz/private/101/root/file bs=1M count=1 conv=fsync 2>/dev/null")
    # 2 MB at 1 MB/s; a slow machine takes longer, never shorter.
    milliseconds, _ = probe(a, "read /root/file", str(MB // 2), "4")
    assert milliseconds >= 1000, milliseconds
    a.vzctl("set", "101", "--iolimit", "0", "--iopslimit", "20")
    milliseconds, _ = probe(a, "read /root/file 4096 40")
    assert milliseconds >= 1000, milliseconds
    a.vzctl("set", "101", "--iopslimit", "0")
    rates = a.sh("cat /sys/fs/cgroup/*/vz/101/blkio.throttle.*_device /sys/fs/cgroup/vz/101/io.max 2>/dev/null", check=False)
    assert rates.stdout == "", rates


def usage_inside(node, resource):
    """What the container itself reads of it: held, maxheld, barrier, limit, failcnt."""
    text = node.exec("101", "cat /run/vz/user_beancounters").stdout
    lines = text.splitlines()
    assert lines[0] == "Version: 2.5" and len(lines) == 27 and lines[2].split()[0] == "101:", text
    return [int(n) for n in next(line for line in lines if f" {resource} " in line).split()[-5:]]


@needs(criu_fits)
def test_the_container_reads_what_it_uses(world):
    a = world.node
    limited(a, "--numproc", "40")
    before = usage_inside(a, "numproc")
    assert before[2:] == [40, 40, 0], before
    a.exec("101", "for i in 1 2 3; do sleep 600 >/dev/null 2>&1 </dev/null & done; prober processes")
    wait_for("what is used now", lambda: usage_inside(a, "numproc")[0] == before[0] + 3, 10)
    assert usage_inside(a, "numproc")[1:] == [40, 40, 40, usage_inside(a, "numproc")[4]]
    assert usage_inside(a, "numproc")[4] > 0
    # A user inside cannot change it; what root writes there is gone at the next look.
    a.exec("101", "head -c 100000 /dev/zero >/run/vz/user_beancounters")
    wait_for("the file as it should be", lambda: "\0" not in a.exec("101", "cat /run/vz/user_beancounters").stdout, 10)
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    a.exec("101", "sleep 600 >/dev/null 2>&1 </dev/null &")
    wait_for("what is used after the restore", lambda: usage_inside(a, "numproc")[0] == before[0] + 4, 10)
    # Without its vzmonitor it can still be read, and the next command brings another.
    a.run(["pkill", "-9", "-x", "vzmonitor"])
    wait_for("end of vzmonitor", lambda: a.run(["pgrep", "-x", "vzmonitor"], check=False).rc == 1, 5)
    assert a.vzctl("exec", "101", "true").rc == 0
    a.exec("101", "sleep 600 >/dev/null 2>&1 </dev/null &")
    wait_for("what is used with another vzmonitor", lambda: usage_inside(a, "numproc")[0] == before[0] + 5, 10)


@needs(criu_fits)
def test_what_is_put_in_place_of_the_file_is_not_written_to(world):
    a = world.node
    limited(a)
    a.exec("101", "echo mine >/root/mine; rm /run/vz/user_beancounters; ln -s /root/mine /run/vz/user_beancounters")
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert a.exec("101", "cat /run/vz/user_beancounters").stdout == "mine\n"
    a.exec("101", "rm /run/vz/user_beancounters; touch /run/vz/user_beancounters; "
           "mount --bind /root/mine /run/vz/user_beancounters")
    a.run(["pkill", "-9", "-x", "vzmonitor"])
    wait_for("end of vzmonitor", lambda: a.run(["pgrep", "-x", "vzmonitor"], check=False).rc == 1, 5)
    a.vzctl("exec", "101", "true")
    for _ in range(3):
        assert a.exec("101", "cat /run/vz/user_beancounters").stdout == "mine\n"


def settings(node, ctid="101"):
    """All that limits the container: files of its groups, and what it sees of its processes' and namespaces' limits."""
    knobs = node.sh(f"cd /sys/fs/cgroup; for f in {KNOBS}; do for g in */vz/{ctid} vz/{ctid}; do "
                    f'test -r $g/$f && echo "$f $(cat $g/$f)"; done; done; true').stdout
    inside = node.exec(ctid, "cat /proc/1/limits; grep -E ' /dev/(shm|pts) ' /proc/mounts; cat /proc/sys/kernel/shmall "
                       "/proc/sys/kernel/shmmax /proc/sys/net/ipv4/tcp_wmem /proc/sys/net/ipv4/tcp_rmem").stdout
    return (knobs + inside).splitlines()


@both_platforms
@needs(criu_fits)
@slow(300)
def test_all_limits_hold_again_after_a_checkpoint(world):
    a = world.node
    limited(a, *LIMITS)
    before = settings(a)
    assert f"pids.max 60" in before, before
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert settings(a) == before
    # Those that were changed meanwhile are the new ones.
    a.vzctl("chkpnt", "101")
    a.vzctl("set", "101", "--numproc", "70", "--ram", "90M", "--numfile", "90", "--cpulimit", "0", "--iolimit", "0", "--save")
    a.vzctl("restore", "101")
    after = settings(a)
    assert "pids.max 70" in after and any("Max open files            90 " in line for line in after), after
    assert knob(a, "memory.limit_in_bytes", "memory.max") == str(90 * MB)
    assert knob(a, "cpu.cfs_quota_us", "cpu.max") in ("-1", "max 100000")
    # What it already has is not taken away, and it is not lost for that.
    a.exec("101", "dd if=/dev/zero of=/run/held bs=1M count=60 2>/dev/null")
    a.vzctl("chkpnt", "101")
    a.vzctl("set", "101", "--ram", "20M", "--swap", "0", "--save")
    restored = a.vzctl("restore", "101")
    assert "Warning: PHYSPAGES and SWAPPAGES are not enforced: Unable to limit memory to " in restored.stderr, restored
    assert a.exec("101", "stat -c %s /run/held").stdout == f"{60 * MB}\n"
    assert knob(a, "memory.limit_in_bytes", "memory.max") == str(80 * MB)


@needs(criu_fits, vzmigrate_is_built)
@slow(120)
def test_all_limits_hold_on_the_other_node_too(world):
    a, b = world.nodes
    limited(a, *LIMITS)
    before = settings(a)
    a.run(["vzmigrate", "--online", "node2", "101"], timeout=100)
    assert b.is_running("101")
    assert settings(b) == before


@both_platforms
def test_features_are_what_the_kernel_has(world):
    a = world.node
    rows = features(a)
    assert rows["NUMPROC"] == {"parameter": "NUMPROC", "enforced": "yes", "by": "pids.max", "remark": None}
    assert rows["PHYSPAGES"]["by"] in ("memory.limit_in_bytes", "memory.max") and rows["PHYSPAGES"]["enforced"] == "yes"
    # A controller that is not there is told, and stops nothing.
    a.sh("umount /sys/fs/cgroup/pids", check=False)
    if "pids" not in a.sh("grep cgroup /proc/self/mountinfo; cat /sys/fs/cgroup/cgroup.controllers 2>/dev/null", check=False).stdout:
        try:
            assert features(a)["NUMPROC"] == {"parameter": "NUMPROC", "enforced": "no", "by": None,
                                              "remark": "this host has no cgroup controller pids"}
            create(a, "101", MINIMAL, network=False)
            started = a.vzctl("start", "101")
            assert "Warning: NUMPROC is not enforced: this host has no cgroup controller pids\n" in started.stderr, started
        finally:
            a.vzctl("stop", "101", "--fast", check=False)
            a.sh("mount -t cgroup -o pids cgroup /sys/fs/cgroup/pids")
