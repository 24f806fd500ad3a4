"""chkpnt and restore, whole and stage by stage."""
import re
import time

from harness import Skip, wait_for
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


STATES = r'''
import ctypes, fcntl, mmap, os, resource, select, signal, socket, struct, sys, time
os.chdir("/var/tmp"); os.umask(0o027)
resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
anonymous = bytearray(os.urandom(1 << 20)); total = sum(anonymous)
shared = mmap.mmap(-1, 4096); shared[:5] = b"share"
name = "/var/tmp/mapped"
with open(name, "wb") as f: f.write(b"m" * 8192)
f = open(name, "r+b"); mapped = mmap.mmap(f.fileno(), 8192); mapped[4096:4100] = b"dirt"
gone = open("/var/tmp/unlinked", "w+b"); gone.truncate(100 << 20); gone.seek(99 << 20); gone.write(b"tail"); gone.flush(); os.unlink("/var/tmp/unlinked")
r, w = os.pipe(); os.write(w, b"in the pipe")
ua, ub = socket.socketpair(); ua.send(b"in the socket")
ul = socket.socket(socket.AF_UNIX); ul.bind("/var/tmp/listen.sock"); ul.listen()
tl = socket.socket(); tl.bind(("127.0.0.1", 0)); tl.listen(); tc = socket.create_connection(tl.getsockname()); ta, _ = tl.accept(); tc.send(b"in flight")
us = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); us.bind(("127.0.0.1", 0)); us.sendto(b"datagram", us.getsockname())
lock = open("/var/tmp/locked", "w"); fcntl.lockf(lock, fcntl.LOCK_EX)
flock = open("/var/tmp/flocked", "w"); fcntl.flock(flock, fcntl.LOCK_EX)
libc = ctypes.CDLL(None, use_errno=True)
shmid = libc.shmget(0x1234, 4096, 0o1600); libc.shmat.restype = ctypes.c_void_p; at = libc.shmat(shmid, None, 0); ctypes.memmove(at, b"sysv", 4)
msq = libc.msgget(0x1235, 0o1600); libc.msgsnd(msq, struct.pack("l8s", 1, b"message"), 8, 0)
sem = libc.semget(0x1236, 1, 0o1600); libc.semctl(sem, 0, 16, 7)
efd = libc.eventfd(5, 0); tfd = libc.timerfd_create(1, 0); libc.timerfd_settime(tfd, 0, struct.pack("qqqq", 0, 0, 3600, 0), None)
ino = libc.inotify_init1(0); os.mkdir("/var/tmp/watched"); libc.inotify_add_watch(ino, b"/var/tmp/watched", 0x100)
ep = select.epoll(); ep.register(r, select.EPOLLIN); ep.register(efd, select.EPOLLIN)
alarms = []; signal.signal(signal.SIGALRM, lambda *_: alarms.append(1)); signal.setitimer(signal.ITIMER_REAL, 3600, 0.0)
got = []; signal.signal(signal.SIGUSR1, lambda *_: got.append(1)); signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2}); os.kill(os.getpid(), signal.SIGUSR2)
child = os.fork()
if child == 0:
    os.setsid()
    while True: time.sleep(3600)
sid = os.getsid(0); pgid = os.getpgid(0)
open("/var/tmp/ready", "w").close()
while not os.path.exists("/var/tmp/go"): time.sleep(0.02)
bad = []
def check(what, ok):
    if not ok: bad.append(what)
check("anonymous memory", sum(anonymous) == total)
check("shared memory", shared[:5] == b"share")
check("file mapping", mapped[4096:4100] == b"dirt" and mapped[:1] == b"m")
gone.seek(99 << 20); check("unlinked file", gone.read(4) == b"tail" and os.fstat(gone.fileno()).st_nlink == 0 and os.fstat(gone.fileno()).st_size == 100 << 20)
check("pipe", os.read(r, 100) == b"in the pipe")
check("unix pair", ub.recv(100) == b"in the socket")
uc = socket.socket(socket.AF_UNIX); uc.connect("/var/tmp/listen.sock"); check("unix listener", ul.accept() is not None)
check("tcp in flight", ta.recv(100) == b"in flight"); ta.send(b"back"); check("tcp back", tc.recv(10) == b"back")
tn = socket.create_connection(tl.getsockname()); check("tcp listener", tl.accept() is not None)
check("udp", us.recv(100) == b"datagram")
if os.fork() == 0:
    ok = 0
    for path, how in (("/var/tmp/locked", fcntl.lockf), ("/var/tmp/flocked", fcntl.flock)):
        try: how(open(path, "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError: ok += 1
    os._exit(0 if ok == 2 else 1)
check("file locks", os.wait()[1] == 0)
check("sysv shm", ctypes.string_at(at, 4) == b"sysv")
buffer = ctypes.create_string_buffer(16); check("sysv msg", libc.msgrcv(msq, buffer, 8, 0, 0x800) == 8 and buffer.raw[8:15] == b"message")
check("sysv sem", libc.semctl(sem, 0, 12) == 7)
check("eventfd", struct.unpack("Q", os.read(efd, 8))[0] == 5)
now = ctypes.create_string_buffer(32); libc.timerfd_gettime(tfd, now); check("timerfd", 3000 < struct.unpack("qqqq", now.raw)[2] < 3600)
check("itimer", 3000 < signal.getitimer(signal.ITIMER_REAL)[0] < 3600)
open("/var/tmp/watched/new", "w").close(); check("inotify", b"new" in os.read(ino, 1000))
os.write(w, b"x"); check("epoll", (r, select.EPOLLIN) in ep.poll(1))
os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.01); check("signal handler", got == [1])
check("pending signal", signal.SIGUSR2 in signal.sigpending())
check("cwd", os.getcwd() == "/var/tmp"); check("umask", os.umask(0) == 0o027)
check("rlimit", resource.getrlimit(resource.RLIMIT_CORE) == (4096, 8192))
check("session", (os.getsid(0), os.getpgid(0)) == (sid, pgid) and os.getsid(child) == child)
with open("/var/tmp/result", "w") as f: f.write("all good" if not bad else "lost: " + ", ".join(bad))
os.kill(child, 9)
'''


@slow(240)
def test_everything_a_process_can_hold_survives(world):
    a = world.node
    running(a, "101", "debian-12-x86_64-demo")
    # python3-minimal has no ctypes; the test brings the modules it needs of the node's own python.
    if a.exec("101", "python3 -c 'import ctypes, mmap, resource, fcntl'", check=False).rc != 0:
        a.sh("v=$(/usr/bin/python3 -c 'import sys; print(\"python3.%d\" % sys.version_info[1])'); "
             "d=/vz/private/101/usr/lib/$v; test -d $d && cp -a /usr/lib/$v/ctypes $d/ && "
             "cp -a /usr/lib/$v/lib-dynload $d/ && cp -a /usr/lib/x86_64-linux-gnu/libffi.so.* /vz/private/101/usr/lib/x86_64-linux-gnu/", check=False)
        if a.exec("101", "python3 -c 'import ctypes, mmap, resource, fcntl'", check=False).rc != 0:
            raise Skip("python of the container lacks modules that this test needs")
    put(a, "101", "/usr/local/bin/states", STATES)
    a.exec("101", "systemd-run -q --unit states python3 /usr/local/bin/states")
    wait_for("the process", lambda: a.exec("101", "test -e /var/tmp/ready", check=False).rc == 0 or a.exec(
        "101", "systemctl is-failed -q states && journalctl -u states | tail -n 5", check=False).rc == 0, 20)
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    a.exec("101", "touch /var/tmp/go")
    wait_for("the result", lambda: a.exec("101", "test -s /var/tmp/result", check=False).rc == 0, 20)
    result = a.exec("101", "cat /var/tmp/result").stdout
    assert result == "all good", result + a.exec("101", "journalctl -u states | tail -n 20", check=False).stdout


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
