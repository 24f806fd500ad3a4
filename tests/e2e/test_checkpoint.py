"""chkpnt and restore, whole and stage by stage."""
import re
import shutil
import time

from harness import HERE, Skip, wait_for
from scenario import (DEMO, Traffic, assert_no_residue, criu_fits, demo_container, vzctl_is_built, put,
                      running, slow, v4)

NEEDS = [vzctl_is_built, criu_fits]
WORLD = dict(nodes=1, clients=1)

COUNTER = "sh -c 'n=0; while :; do n=$((n+1)); echo $n >/run/counter; sleep 0.05; done' </dev/null >/dev/null 2>&1 &"


def counting(a, ctid="101"):
    """A process whose memory shows whether it went on or began anew."""
    a.exec(ctid, "rm -f /run/counter; setsid " + COUNTER)
    wait_for("counter", lambda: count(a, ctid) > 3, 5)


def count(a, ctid="101"):
    return int(a.exec(ctid, "cat /run/counter 2>/dev/null || echo 0").stdout.strip() or 0)


def goes_on(a, ctid="101"):
    before = count(a, ctid)
    wait_for("the counter to go on", lambda: count(a, ctid) > before, 5)
    return before


def state_of_freezer(a, ctid="101"):
    text = a.sh(f"cat /sys/fs/cgroup/freezer/vz/{ctid}/freezer.state 2>/dev/null || cat /sys/fs/cgroup/vz/{ctid}/cgroup.freeze").stdout
    return text.strip()


def is_frozen(a, ctid="101"):
    return state_of_freezer(a, ctid) in ("FROZEN", "1")


def test_a_container_is_suspended_and_goes_on(world):
    a = world.node
    running(a)
    counting(a)
    before = count(a)
    a.vzctl("chkpnt", "101")
    assert a.status("101") == ["exist", "unmounted", "down", "suspended"]
    assert a.exists("/vz/dump/Dump.101")
    assert_no_residue(a)
    a.vzctl("restore", "101")
    assert a.status("101") == ["exist", "mounted", "running"]
    assert not a.exists("/vz/dump/Dump.101")
    assert goes_on(a) >= before


def test_start_restores_a_suspended_container(world):
    a = world.node
    running(a)
    counting(a)
    before = count(a)
    a.vzctl("suspend", "101")
    result = a.vzctl("start", "101")
    assert "Dump file /vz/dump/Dump.101 exists, trying to restore from it" in result.out, result
    assert goes_on(a) >= before
    assert not a.exists("/vz/dump/Dump.101")


def test_four_generations_of_checkpoints(world):
    a = world.node
    running(a)
    counting(a)
    for _ in range(4):
        before = count(a)
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        assert goes_on(a) >= before


def test_a_dump_file_of_ones_own(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101", "--dumpfile", "/vz/my.dump")
    assert a.exists("/vz/my.dump") and not a.exists("/vz/dump/Dump.101")
    a.vzctl("restore", "101", "--dumpfile", "/vz/my.dump")
    goes_on(a)


def test_suspend_and_resume_by_stages(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101", "--suspend")
    assert is_frozen(a)
    a.vzctl("chkpnt", "101", "--resume")
    assert not is_frozen(a)
    goes_on(a)


def test_suspend_dump_and_resume_leaves_the_container_as_it_was(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101", "--suspend")
    a.vzctl("chkpnt", "101", "--dump", "--dumpfile", "/vz/stage.dump")
    assert is_frozen(a) and a.exists("/vz/stage.dump")
    a.vzctl("chkpnt", "101", "--resume")
    goes_on(a)
    assert world.client.run(["busybox", "ping", "-c", "1", "-W", "2", v4("101")]).rc == 0


def test_suspend_dump_kill_undump_resume(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101", "--suspend")
    a.vzctl("chkpnt", "101", "--dump", "--dumpfile", "/vz/stage.dump")
    a.vzctl("chkpnt", "101", "--kill")
    assert not a.is_running("101")
    a.vzctl("restore", "101", "--undump", "--dumpfile", "/vz/stage.dump")
    assert is_frozen(a)
    a.vzctl("restore", "101", "--resume")
    assert not is_frozen(a)
    goes_on(a)


def test_an_undumped_container_can_be_killed_and_undumped_again(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101", "--suspend")
    a.vzctl("chkpnt", "101", "--dump", "--dumpfile", "/vz/stage.dump")
    a.vzctl("chkpnt", "101", "--kill")
    a.vzctl("restore", "101", "--undump", "--dumpfile", "/vz/stage.dump")
    a.vzctl("restore", "101", "--kill")
    assert not a.is_running("101")
    assert a.exists("/vz/stage.dump")
    a.vzctl("restore", "101", "--undump", "--dumpfile", "/vz/stage.dump")
    a.vzctl("restore", "101", "--resume")
    goes_on(a)


def test_stages_that_do_not_fit_are_refused_and_change_nothing(world):
    a = world.node
    running(a)
    counting(a)
    for stage in (["chkpnt", "101", "--resume"], ["chkpnt", "101", "--dump", "--dumpfile", "/vz/x"], ["restore", "101"],
                  ["restore", "101", "--undump", "--dumpfile", "/vz/x"]):
        result = a.vzctl(*stage, check=False)
        assert result.rc != 0 and result.out.strip(), result
        goes_on(a)
    both = a.vzctl("chkpnt", "101", "--suspend", "--kill", check=False)
    assert both.rc == 20 and "only one sub command may be used" in both.out, both
    goes_on(a)
    assert a.vzctl("chkpnt", "101", "--suspend").rc == 0
    assert a.vzctl("chkpnt", "101", "--suspend", check=False).rc != 0
    assert is_frozen(a)
    a.vzctl("chkpnt", "101", "--resume")
    a.vzctl("stop", "101", "--fast")
    stopped = a.vzctl("chkpnt", "101", check=False)
    assert stopped.rc == 31 and "container is not running" in stopped.out, stopped


def test_a_failed_dump_leaves_the_container_running_and_the_network_open(world):
    a = world.node
    running(a)
    counting(a)
    rules = "iptables-save | grep -v '^#'; nft -s list ruleset"
    before = a.sh(rules, check=False).stdout
    # A dump directory that cannot be written.
    result = a.vzctl("chkpnt", "101", "--dumpfile", "/proc/no/such/place", check=False)
    assert result.rc == 16 and "Checkpointing failed" in result.out, result
    assert a.status("101") == ["exist", "mounted", "running"]
    assert not is_frozen(a)
    goes_on(a)
    world.client.run(["busybox", "ping", "-c", "1", "-W", "2", v4("101")])
    assert a.sh(rules, check=False).stdout == before


def test_a_failed_restore_keeps_the_dump_and_the_state(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101")
    a.sh("cd /vz/dump && cp -a Dump.101 good && f=$(find Dump.101 -name 'core-*.img' -o -name 'mm-*.img' | head -n 1) && "
         "test -n \"$f\" && dd if=/dev/zero of=$f bs=64 count=1 conv=notrunc")
    result = a.vzctl("restore", "101", check=False)
    assert result.rc == 17, result
    assert a.status("101") == ["exist", "unmounted", "down", "suspended"]
    assert_no_residue(a)
    a.sh("cd /vz/dump && rm -rf Dump.101 && mv good Dump.101")
    a.vzctl("restore", "101")
    goes_on(a)


def test_a_network_namespace_comes_back_with_its_addresses(world):
    a = world.node
    running(a)
    before = a.exec("101", "ip addr; ip route; ip -6 route").stdout
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")

    def plain(text):
        # The host end is a new interface with a new index, and detection of duplicates takes its time.
        text = re.sub(r"@if\d+", "", text).replace(" tentative", "")
        return sorted(line.strip() for line in text.splitlines() if "valid_lft" not in line and "expires" not in line)
    assert plain(a.exec("101", "ip addr; ip route; ip -6 route").stdout) == plain(before)
    wait_for("ping", lambda: world.client.run(["busybox", "ping", "-c", "1", "-W", "1", v4("101")], check=False).rc == 0, 5)


def test_clocks_inside_do_not_jump(world):
    a = world.node
    running(a)
    def uptime():
        return float(a.exec("101", "cut -d' ' -f1 /proc/uptime").stdout)
    before, began = uptime(), time.monotonic()
    assert before < 30
    a.vzctl("chkpnt", "101")
    time.sleep(2)
    a.vzctl("restore", "101")
    assert before <= uptime() <= before + (time.monotonic() - began) + 0.5


@slow(240)
def test_everything_a_process_can_hold_survives(world):
    a = world.node
    running(a, "101", DEMO)
    needed = "import ctypes, faulthandler, fcntl, mmap, resource, select, socket, threading"
    # python3-minimal has no ctypes; the test brings the modules it needs of the node's own python.
    if a.exec("101", f"python3 -c '{needed}'", check=False).rc != 0:
        a.sh("v=$(/usr/bin/python3 -c 'import sys; print(\"python3.%d\" % sys.version_info[1])'); "
             "d=/vz/private/101/usr/lib/$v; test -d $d && cp -a /usr/lib/$v/ctypes $d/ && "
             "cp -a /usr/lib/$v/lib-dynload $d/ && cp -a /usr/lib/x86_64-linux-gnu/libffi.so.* /vz/private/101/usr/lib/x86_64-linux-gnu/", check=False)
        if a.exec("101", f"python3 -c '{needed}'", check=False).rc != 0:
            raise Skip("python of the container lacks modules that this test needs")
    with open(f"{HERE}/states.py") as f:
        put(a, "101", "/usr/local/bin/states", f.read())
    a.exec("101", "mkdir /root/held && systemd-run -q --unit states python3 /usr/local/bin/states /root/held")

    def journal():
        return a.exec("101", "journalctl --no-pager -u states | tail -n 30", check=False).stdout

    def has(name):
        assert a.exec("101", "systemctl is-failed -q states", check=False).rc != 0, journal()
        return a.exec("101", f"test -s /root/held/{name} || test -e /root/held/{name} -a {name} = ready", check=False).rc == 0
    wait_for(journal, lambda: has("ready"), 30)
    for _ in range(2):
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
    a.exec("101", "touch /root/held/go")
    wait_for(journal, lambda: has("result"), 30)
    lines = a.exec("101", "cat /root/held/result").stdout.splitlines()
    lost = [line for line in lines if not line.startswith("held ")]
    assert not lost and len(lines) > 25, "\n".join(lost)


def test_a_file_that_has_lost_its_name_but_has_another_survives(world):
    a = world.node
    running(a)
    a.exec("101", "cd /root && echo one >first && ln first second && setsid sh -c 'exec 3>>first; rm first; "
           "n=0; while :; do n=$((n+1)); echo $n >&3; echo $n >/run/counter; sleep 0.05; done' </dev/null >/dev/null 2>&1 &")
    wait_for("counter", lambda: count(a) > 3, 5)
    for _ in range(2):
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        before = goes_on(a)
        # What is written goes where the other name leads, and no helper name is left beside it.
        last = int(a.exec("101", "tail -n 1 /root/second").stdout)
        assert last >= before, (last, before)
        assert a.exec("101", "ls -A /root").stdout.split() == ["second"]
    lines = a.exec("101", "cat /root/second").stdout.split()
    assert lines[:3] == ["one", "1", "2"], lines[:5]


COUNTER_32 = r"""
static long call(long n, long a, long b, long c) {
  long r;
  __asm__ volatile("int $0x80" : "=a"(r) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory");
  return r;
}
void _start(void) {
  unsigned n = 0;
  for (;;) {
    char text[11] = "0000000000\n";
    for (unsigned i = 10, v = ++n; v; v /= 10) text[--i] = (char)('0' + v % 10);
    long pause[2] = {0, 20000000};
    call(19, 1, 0, 0);                 /* lseek */
    call(4, 1, (long)text, 11);        /* write */
    call(162, (long)pause, 0, 0);      /* nanosleep */
  }
}
"""


def test_a_32_bit_program_survives(world):
    a = world.node
    if not shutil.which("gcc"):
        raise Skip("no compiler")
    a.write_file("/tmp/c.c", COUNTER_32)
    if a.sh("cd /tmp && gcc -m32 -O1 -static -nostdlib -fno-pie -no-pie -fno-stack-protector -o counter32 c.c", check=False).rc != 0:
        raise Skip("the compiler makes no 32 bit programs")
    if a.run(["timeout", "0.1", "/tmp/counter32"], check=False).rc not in (0, 124):
        raise Skip("this kernel runs no 32 bit programs")
    running(a)
    a.sh("cp /tmp/counter32 /vz/private/101/bin/")
    a.exec("101", "setsid counter32 </dev/null >/run/counter 2>/dev/null &")
    wait_for("counter", lambda: count(a) > 3, 5)
    for _ in range(2):
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        goes_on(a)


@slow(240)
def test_a_terminal_multiplexer_with_a_background_job_survives(world):
    a = world.node
    running(a, "101", DEMO)
    a.exec("101", "systemd-run -q --unit mux --property=Type=forking tmux -L e2e new-session -d -s main; sleep 0.5; "
           "tmux -L e2e send-keys -t main 'sleep 5000 &' Enter 'X=kept' Enter; sleep 0.5")
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    a.exec("101", "tmux -L e2e send-keys -t main 'clear; jobs; echo value $X' Enter; sleep 1")
    text = a.exec("101", "tmux -L e2e capture-pane -p -t main").stdout
    assert "sleep 5000" in text and "value kept" in text, text


@slow(300)
def test_connections_survive_suspend_and_restore_in_place(world):
    a = world.node
    demo_container(a, world.client)
    traffic = Traffic(world.client)
    for _ in range(2):
        time.sleep(0.5)
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
    time.sleep(1)
    for report in traffic.finish():
        print(f"    {report['kind']}: longest gap {report['longest_gap_ms']} ms")
    assert a.exec("101", "systemctl is-system-running").stdout == "running\n"
