"""What vzlist tells of containers that run, and of those that are just starting, stopping, coming and going."""
import json
import shutil
import threading
import time

from scenario import MINIMAL, create, criu_fits, needs, running, slow, vzctl_is_built, vzlist_is_built

NEEDS = [vzctl_is_built, vzlist_is_built]
WORLD = dict(nodes=1, clients=0)

UNLIMITED = 9223372036854775807


def listed(node, *words):
    """The objects of vzlist's JSON, by CTID."""
    return {one["ctid"]: one for one in json.loads(node.run(["vzlist", "-j", *words]).stdout)}


def has(node, file):
    return bool(node.sh(f"ls /sys/fs/cgroup/vz/101/{file} /sys/fs/cgroup/*/vz/101/{file} 2>/dev/null || true").stdout)


def test_a_running_container_shows_what_it_holds(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--ram", "64M", "--swap", "32M", "--numproc", "50", "--save")
    before = listed(a, "101")[101]
    a.exec("101", "for i in 1 2 3; do sleep 60 & done; dd if=/dev/zero of=/run/memory bs=1M count=8 2>/dev/null")
    after = listed(a, "101")[101]
    assert after["status"] == "running" and after["uptime"] > 0
    if has(a, "pids.current"):
        assert after["numproc"]["held"] == before["numproc"]["held"] + 3, after["numproc"]
        assert after["numproc"]["limit"] == 50
        assert after["numproc"]["maxheld"] >= after["numproc"]["held"]
    if has(a, "memory.stat"):
        assert after["shmpages"]["held"] >= before["shmpages"]["held"] + 2048, after["shmpages"]
        assert after["physpages"]["held"] >= 2048 and after["physpages"]["limit"] == 16384, after["physpages"]
        assert after["oomguarpages"]["held"] >= after["physpages"]["held"] - 256
    assert after["numfile"]["held"] > before["numfile"]["held"]
    assert after["numothersock"]["limit"] == UNLIMITED
    table = a.run(["vzlist", "-H", "-o", "numproc,numproc.l,status,uptime"]).stdout.split()
    assert table[2] == "running" and table[3].startswith("000d00h:0"), table


def test_what_is_in_force_is_shown_and_not_what_is_saved(world):
    a = world.node
    running(a, "101", MINIMAL, "--hostname", "one", network=False)
    shown = listed(a, "101")[101]
    if has(a, "cpu.max") or has(a, "cpu.cfs_quota_us"):
        assert (shown["cpulimit"], shown["cpuunits"]) == (0, 1000), shown
    a.vzctl("set", "101", "--cpus", "1", "--save")
    assert listed(a, "101")[101]["cpulimit"] in (0, None), "the limit that --cpus makes is not CPULIMIT"
    a.vzctl("set", "101", "--numproc", "60", "--cpulimit", "50", "--cpuunits", "2000", "--save")
    a.vzctl("set", "101", "--numproc", "70", "--cpulimit", "25", "--cpuunits", "500")
    shown = listed(a, "101")[101]
    if has(a, "pids.max"):
        assert shown["numproc"]["limit"] == 70
    if has(a, "cpu.max") or has(a, "cpu.cfs_quota_us"):
        assert shown["cpulimit"] == 25
    if has(a, "cpu.weight") or has(a, "cpu.shares"):
        assert shown["cpuunits"] == 500
    a.vzctl("stop", "101", "--fast")
    shown = listed(a, "101")[101]
    assert (shown["numproc"]["limit"], shown["cpulimit"], shown["cpuunits"]) == (60, 50, 2000)
    assert shown["numproc"]["held"] == 0 and shown["status"] == "stopped"


@needs(criu_fits)
def test_a_restore_does_not_set_the_uptime_back(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    time.sleep(2)
    before = listed(a, "101")[101]["uptime"]
    assert before >= 2
    inside = float(a.exec("101", "cat /proc/uptime").stdout.split()[0])
    assert abs(inside - before) < 1, (inside, before)
    a.vzctl("chkpnt", "101")
    assert listed(a, "101")[101]["status"] == "suspended"
    a.vzctl("restore", "101")
    after = listed(a, "101")[101]["uptime"]
    assert after >= before, (before, after)


@needs(lambda: None if shutil.which("strace") else "strace is not installed")
def test_vzlist_starts_no_process(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    create(a, "102", MINIMAL, network=False)
    trace = a.sh("strace -f -qq -e trace=process vzlist -aj 2>&1 >/dev/null | grep -Ev '^(execve|exit_group|\\+\\+\\+)' || true")
    assert trace.stdout.strip() == "", trace


@slow(240)
def test_each_container_is_shown_in_one_state_while_others_come_and_go(world):
    a = world.node
    ids = ["101", "102", "103"]
    for ctid in ids:
        create(a, ctid, MINIMAL, network=False)
    end = time.monotonic() + 25
    failures = []

    def turn(ctid, also_destroy):
        while time.monotonic() < end:
            for words in (["start", ctid], ["stop", ctid, "--fast"]):
                done = a.vzctl("--quiet", *words, check=False)
                if done.rc != 0:
                    failures.append(done)
                    return
            if also_destroy:
                a.vzctl("--quiet", "destroy", ctid)
                create(a, ctid, MINIMAL, network=False)

    threads = [threading.Thread(target=turn, args=(ctid, ctid == "103")) for ctid in ids]
    for thread in threads:
        thread.start()
    seen = {ctid: set() for ctid in ids}
    rounds = 0
    while time.monotonic() < end:
        rounds += 1
        done = a.run(["vzlist", "-aj"])
        assert done.stderr == "", done
        for one in json.loads(done.stdout):
            seen[str(one["ctid"])].add(one["status"])
            if one["status"] == "running":
                # A process is there, and it is this container's, as its cgroup has its memory.
                assert one["numproc"]["held"] > 0 or not has(a, "pids.current"), one
                assert one["numproc"]["limit"] > 0 and one["numfile"]["limit"] == UNLIMITED, one
                assert 0 <= one["uptime"] < 10, one
            else:
                assert one["uptime"] == 0, one
                for counter in ("numproc", "physpages", "numfile", "kmemsize"):
                    assert one[counter]["held"] == 0 and one[counter]["failcnt"] == 0, one
            assert one["private"] == f"/vz/private/{one['ctid']}", one
    for thread in threads:
        thread.join(60)
    assert not failures, failures
    assert rounds > 20, rounds
    for ctid in ids:
        assert {"running"} < seen[ctid] <= {"running", "stopped", "mounted"}, seen
