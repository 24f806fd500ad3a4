#!/usr/bin/python3
"""Holds one of everything that a process can hold, and looks whether it is still there.

    states.py DIRECTORY

Writes DIRECTORY/ready when all is set up, waits for DIRECTORY/go, and writes DIRECTORY/result:
a line "held NAME" or "LOST NAME: why" for each state.
"""
import contextlib
import ctypes
import faulthandler
import fcntl
import mmap
import os
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time

HERE = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
STATES = []
HOUR = struct.pack("qqqq", 0, 0, 3600, 0)


def state(function):
    """A generator: what comes before its yield sets the state up, what comes after looks at it."""
    STATES.append(function)
    return function


def path(name):
    return f"{HERE}/{name}"


def equal(found, expected):
    assert found == expected, f"{found!r} instead of {expected!r}"


def an_hour_minus_a_bit(seconds):
    assert 3000 < seconds < 3600, seconds


# -- memory -------------------------------------------------------------------

@state
def anonymous_memory():
    memory = bytearray(os.urandom(8 << 20))
    total = sum(memory)
    yield
    equal(sum(memory), total)


@state
def shared_memory():
    memory = mmap.mmap(-1, 4096)
    memory[:5] = b"share"
    pid = os.fork()
    if pid == 0:
        while memory[10] == 0:
            time.sleep(0.01)
        memory[11] = memory[10] + 1
        os._exit(0)
    yield
    equal(memory[:5], b"share")
    # Both still mean the same page.
    memory[10] = 41
    equal(os.waitpid(pid, 0)[1], 0)
    equal(memory[11], 42)


@state
def shared_and_private_file_mappings():
    with open(path("mapped"), "wb") as f:
        f.write(b"m" * 8192)
    with open(path("mapped"), "r+b") as f:
        shared = mmap.mmap(f.fileno(), 8192)
        private = mmap.mmap(f.fileno(), 8192, access=mmap.ACCESS_COPY)
    shared[4096:4100] = b"dirt"
    private[:4] = b"mine"
    yield
    equal((shared[:4], shared[4096:4100], private[:4]), (b"mmmm", b"dirt", b"mine"))
    shared[8:12] = b"late"
    with open(path("mapped"), "rb") as f:
        equal(f.read(12), b"mmmmmmmmlate")


@state
def memfd():
    fd = os.memfd_create("m")
    os.write(fd, b"in a memfd")
    yield
    equal(os.pread(fd, 100, 0), b"in a memfd")


@state
def sysv_shared_memory():
    identifier = libc.shmget(0x1234, 4096, 0o1600)
    libc.shmat.restype = ctypes.c_void_p
    at = libc.shmat(identifier, None, 0)
    ctypes.memmove(at, b"sysv", 4)
    yield
    equal(ctypes.string_at(at, 4), b"sysv")
    equal(libc.shmget(0x1234, 4096, 0), identifier)


@state
def sysv_messages_and_semaphores():
    queue, semaphore = libc.msgget(0x1235, 0o1600), libc.semget(0x1236, 1, 0o1600)
    libc.msgsnd(queue, struct.pack("l8s", 1, b"message"), 8, 0)
    libc.semctl(semaphore, 0, 16, 7)
    yield
    buffer = ctypes.create_string_buffer(16)
    equal(libc.msgrcv(queue, buffer, 8, 0, 0o4000), 8)
    equal(buffer.raw[8:15], b"message")
    equal(libc.semctl(semaphore, 0, 12), 7)


# -- files --------------------------------------------------------------------

@state
def position_and_flags_of_an_open_file():
    fd = os.open(path("positioned"), os.O_RDWR | os.O_CREAT | os.O_APPEND)
    os.write(fd, b"0123456789")
    os.lseek(fd, 4, 0)
    other = os.dup(fd)
    yield
    equal(os.read(fd, 2), b"45")
    equal(os.read(other, 1), b"6")  # one position for both
    assert fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_APPEND


@state
def unlinked_file_of_100_mb():
    f = open(path("unlinked"), "w+b")
    block = os.urandom(1 << 20)
    for _ in range(100):
        f.write(block)
    f.seek(99 << 20)
    f.write(b"tail")
    f.flush()
    os.unlink(path("unlinked"))
    yield
    status = os.fstat(f.fileno())
    equal((status.st_nlink, status.st_size), (0, 100 << 20))
    f.seek(50 << 20)
    equal(f.read(1 << 20), block)
    f.seek(99 << 20)
    equal(f.read(4), b"tail")


@state
def file_locks():
    held = [(open(path(name), "w"), how) for name, how in (("lockf", fcntl.lockf), ("flock", fcntl.flock))]
    for f, how in held:
        how(f, fcntl.LOCK_EX)
    yield
    pid = os.fork()
    if pid == 0:
        refused = 0
        for f, how in held:
            try:
                how(open(f.name, "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                refused += 1
        os._exit(refused)
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 2)


@state
def pipe_and_fifo():
    r, w = os.pipe()
    os.write(w, b"in the pipe")
    os.mkfifo(path("fifo"))
    fifo = os.open(path("fifo"), os.O_RDWR)
    os.write(fifo, b"in the fifo")
    yield
    equal((os.read(r, 100), os.read(fifo, 100)), (b"in the pipe", b"in the fifo"))


# -- sockets ------------------------------------------------------------------

@state
def unix_sockets():
    pairs = [socket.socketpair(socket.AF_UNIX, kind) for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET)]
    for one, _ in pairs:
        one.send(b"under way")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path("socket"))
    listener.listen()
    yield
    for one, other in pairs:
        equal(other.recv(100, socket.MSG_DONTWAIT), b"under way")
        other.send(b"back")
        equal(one.recv(100, socket.MSG_DONTWAIT), b"back")
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(path("socket"))
    listener.settimeout(5)
    listener.accept()


@state
def tcp_sockets():
    made = []
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        listener = socket.socket(family)
        listener.bind((host, 0))
        listener.listen()
        caller = socket.create_connection(listener.getsockname()[:2])
        called, _ = listener.accept()
        caller.send(b"in flight")
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.append((listener, caller, called))
    yield
    for listener, caller, called in made:
        for s in (listener, caller, called):
            s.settimeout(5)
        equal(called.recv(100), b"in flight")
        called.send(b"back")
        equal(caller.recv(100), b"back")
        equal(caller.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 1)
        late = socket.create_connection(listener.getsockname()[:2], 5)
        listener.accept()[0].send(b"late")
        equal(late.recv(100), b"late")


@state
def tcp_with_megabytes_in_its_queues():
    listener = socket.create_server(("127.0.0.1", 0))
    caller = socket.create_connection(listener.getsockname())
    called, _ = listener.accept()
    caller.setblocking(False)
    sent = 0
    block = bytes(range(256)) * 256
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += caller.send(block[sent % 256:])
    yield
    caller.shutdown(socket.SHUT_WR)
    called.settimeout(5)
    received = b""
    while data := called.recv(1 << 20):
        received += data
    equal(len(received), sent)
    equal(received, (bytes(range(256)) * (sent // 256 + 1))[:sent])


@state
def udp_socket():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    yield
    s.sendto(b"datagram", s.getsockname())
    s.settimeout(5)
    equal(s.recv(100), b"datagram")


# -- events, timers, signals --------------------------------------------------

@state
def eventfd():
    fd = libc.eventfd(5, 0)
    yield
    equal(struct.unpack("Q", os.read(fd, 8))[0], 5)


@state
def epoll():
    r, w = os.pipe()
    fd = libc.eventfd(0, 0o4000)
    ep = select.epoll()
    ep.register(r, select.EPOLLIN)
    ep.register(fd, select.EPOLLIN | select.EPOLLET)
    yield
    equal(ep.poll(0), [])
    os.write(w, b"x")
    equal(ep.poll(5), [(r, select.EPOLLIN)])
    os.write(fd, struct.pack("Q", 1))
    equal(sorted(ep.poll(5)), sorted([(r, select.EPOLLIN), (fd, select.EPOLLIN)]))


@state
def inotify():
    os.mkdir(path("watched"))
    fd = libc.inotify_init1(0o4000)
    watch = libc.inotify_add_watch(fd, path("watched").encode(), 0x100)
    yield
    open(path("watched/new"), "w").close()
    event = os.read(fd, 1000)
    equal(struct.unpack("i", event[:4])[0], watch)
    assert b"new" in event, event


@state
def timerfd():
    fd = libc.timerfd_create(time.CLOCK_MONOTONIC, 0)
    libc.timerfd_settime(fd, 0, HOUR, None)
    yield
    now = ctypes.create_string_buffer(32)
    libc.timerfd_gettime(fd, now)
    an_hour_minus_a_bit(struct.unpack("qqqq", now.raw)[2])


@state
def interval_timer():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 3600, 0.0)
    yield
    an_hour_minus_a_bit(signal.getitimer(signal.ITIMER_REAL)[0])


@state
def posix_timer():
    timer = ctypes.c_void_p()
    equal(libc.timer_create(time.CLOCK_MONOTONIC, None, ctypes.byref(timer)), 0)
    libc.timer_settime(timer, 0, HOUR, None)
    yield
    now = ctypes.create_string_buffer(32)
    equal(libc.timer_gettime(timer, now), 0)
    an_hour_minus_a_bit(struct.unpack("qqqq", now.raw)[2])


@state
def signal_handlers_and_masks():
    got = []
    signal.signal(signal.SIGUSR1, lambda *_: got.append("handled"))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    signal.raise_signal(signal.SIGUSR2)
    yield
    signal.raise_signal(signal.SIGUSR1)
    equal(got, ["handled"])
    equal(signal.getsignal(signal.SIGHUP), signal.SIG_IGN)
    with open("/proc/self/status") as f:
        ignored = [line.split()[1] for line in f if line.startswith("SigIgn")][0]
    assert int(ignored, 16) & 1 << signal.SIGHUP - 1, ignored
    assert signal.SIGUSR2 in signal.sigpending()


@state
def signalfd():
    mask = struct.pack("Q", 1 << signal.SIGURG - 1)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGURG})
    fd = libc.signalfd(-1, mask, 0o4000)
    yield
    os.kill(os.getpid(), signal.SIGURG)
    equal(struct.unpack("I", os.read(fd, 128)[:4])[0], signal.SIGURG)


# -- processes ----------------------------------------------------------------

@state
def threads():
    wanted, given = threading.Event(), threading.Event()
    local = []

    def body():
        secret = os.urandom(16)
        local.append(secret)
        wanted.wait()
        local.append(secret)
        given.set()
    threading.Thread(target=body, daemon=True).start()
    yield
    wanted.set()
    assert given.wait(5)
    equal(local[0], local[1])


@state
def working_directory_umask_and_limits():
    os.chdir(HERE)
    os.umask(0o027)
    resource.setrlimit(resource.RLIMIT_CORE, (4096, 8192))
    os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0) + 1)
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    yield
    equal(os.getcwd(), HERE)
    equal(os.umask(0o027), 0o027)
    equal(resource.getrlimit(resource.RLIMIT_CORE), (4096, 8192))
    equal(os.getpriority(os.PRIO_PROCESS, 0), nice)


def in_child(prepare, look):
    """A child that has done prepare(), and a function that lets it look() and gives what that returned."""
    (ask_r, ask_w), (answer_r, answer_w) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            prepare()
            os.write(answer_w, b"1")
            os.read(ask_r, 1)
            os.write(answer_w, repr(look()).encode())
        except BaseException as e:
            os.write(answer_w, repr(e).encode())
        os._exit(0)
    equal(os.read(answer_r, 1), b"1")

    def answer():
        os.write(ask_w, b"1")
        assert select.select([answer_r], [], [], 5)[0], "no answer"
        text = os.read(answer_r, 4096).decode()
        os.waitpid(pid, 0)
        return text
    return pid, answer


@state
def credentials():
    def prepare():
        os.setgroups([4, 44])
        os.setresgid(33, 34, 35)
        os.setresuid(33, 34, 35)

    def look():
        with open("/proc/self/status") as f:
            return [line.split() for line in f if line.startswith(("Cap", "NoNewPrivs"))], os.getresuid(), os.getresgid(), os.getgroups()
    _, before = in_child(prepare, look)
    _, after = in_child(prepare, look)
    expected = before()
    assert "(33, 34, 35), (33, 34, 35), [4, 44]" in expected, expected
    yield
    equal(after(), expected)


@state
def sessions_and_process_groups():
    pid, answer = in_child(os.setsid, lambda: (os.getsid(0), os.getpgid(0)))
    member, its_answer = in_child(lambda: os.setpgid(0, 0), lambda: (os.getsid(0), os.getpgid(0)))
    mine = os.getsid(0), os.getpgid(0)
    yield
    equal((os.getsid(0), os.getpgid(0)), mine)
    equal(answer(), repr((pid, pid)))
    equal(its_answer(), repr((mine[0], member)))


@state
def terminal():
    master, slave = os.openpty()

    def prepare():
        os.setsid()
        fcntl.ioctl(slave, 0x540E, 0)  # TIOCSCTTY
        fcntl.ioctl(slave, 0x5414, struct.pack("HHHH", 43, 87, 0, 0))  # TIOCSWINSZ

    def look():
        tty = os.open("/dev/tty", os.O_RDWR)
        os.write(tty, b"from the terminal\n")
        return os.tcgetpgrp(tty) == os.getpid(), struct.unpack("HH", fcntl.ioctl(tty, 0x5413, bytes(8))[:4])
    _, answer = in_child(prepare, look)
    os.write(master, b"typed\n")
    yield
    equal(os.read(slave, 100), b"typed\n")
    equal(answer(), repr((True, (43, 87))))
    assert b"from the terminal" in os.read(master, 1000)


@state
def zombie():
    pid = os.fork()
    if pid == 0:
        os._exit(7)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    yield
    equal(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 7)


def main():
    os.chdir("/")
    running = []
    for function in STATES:
        generator = function()
        next(generator)
        running.append((function.__name__, generator))
    open(path("ready"), "w").close()
    while not os.path.exists(path("go")):
        time.sleep(0.02)
    # Standard error tells where it hangs, if it does.
    faulthandler.dump_traceback_later(15, exit=True)
    with open(path("result.new"), "w") as result:
        for name, generator in running:
            try:
                next(generator)
            except StopIteration:
                print("held", name, file=result, flush=True)
            except BaseException as e:
                print(f"LOST {name}: {type(e).__name__}: {e}"[:300], file=result, flush=True)
    os.rename(path("result.new"), path("result"))


main()
