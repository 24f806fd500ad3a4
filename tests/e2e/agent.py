#!/usr/bin/python3
"""The first process of a test host: makes its namespaces, then runs commands.

    agent.py CONTROL PARENT     the descriptor of one end of a SOCK_SEQPACKET pair; the harness's pid

The first message on the control socket describes the host.  It enters the host's
cgroups, unshares everything, and forks the host's pid 1.  Each request on the
control socket carries a command and four descriptors (stdin, stdout, stderr and
a status pipe, which gets "pid N" and later "exit N" or "signal N").

When the harness dies, however it dies, the death signal takes the outer process,
that takes pid 1, and pid 1 takes every process, mount and interface of the host.
"""
import ctypes
import json
import os
import selectors
import signal
import socket
import sys

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x00020000, 0x02000000, 0x04000000
CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC = 2, 4, 8, 4096, 16384
MS_RDONLY, MS_REMOUNT, MS_PRIVATE, MS_SHARED = 1, 32, 1 << 18, 1 << 20
MNT_DETACH = 2
PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *args):
    """A libc function that returns -1 and sets errno on failure."""
    converted = [a.encode() if isinstance(a, str) else a for a in args]
    if getattr(libc, name)(*converted) == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}{args}: {os.strerror(number)}")


def mount(source, target, fstype=None, flags=0, data=None):
    call("mount", source, target, fstype, ctypes.c_ulong(flags), data)


def bind(source, target, read_only=False):
    mount(source, target, None, MS_BIND)
    if read_only:
        mount(None, target, None, MS_BIND | MS_REMOUNT | MS_RDONLY)


def write(path, text):
    with open(path, "w") as f:
        f.write(text)


def die_with_parent(parent):
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def mount_cgroups(root, hierarchies):
    """Mounts every hierarchy again, seen from this cgroup namespace."""
    base = f"{root}/sys/fs/cgroup"
    unified_only = all(h["type"] == "cgroup2" for h in hierarchies)
    if unified_only:
        mount("cgroup2", base, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        return
    mount("tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755")
    for h in hierarchies:
        target = f"{base}/{h['name']}"
        os.mkdir(target)
        if h["type"] == "cgroup2":
            mount("cgroup2", target, "cgroup2", MS_NOSUID | MS_NODEV | MS_NOEXEC)
        else:
            mount("cgroup", target, "cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC, h["options"])


def build_root(cfg):
    """An overlay of the machine's root and the built programs, with writable places of its own."""
    root = cfg["root"]
    # The overlay's upper layer lies in memory: it may not lie inside its own lower layer.
    mount("tmpfs", root, "tmpfs", 0, "mode=755")
    for d in ("upper", "work", "merged"):
        os.mkdir(f"{root}/{d}")
    mount("overlay", f"{root}/merged", "overlay", 0,
          f"lowerdir=/,upperdir={root}/upper,workdir={root}/work")
    root = f"{root}/merged"
    # Copied: a second lower layer may not lie inside the first, and a build may go on meanwhile.
    if cfg["programs"] and os.spawnv(os.P_WAIT, "/bin/cp", ["cp", "-a", cfg["programs"] + "/.", root]) != 0:
        raise OSError(f"cannot copy {cfg['programs']}")

    for d in ("proc", "sys", "dev", "run", "tmp"):
        os.makedirs(f"{root}/{d}", exist_ok=True)
    mount("proc", f"{root}/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount("sysfs", f"{root}/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount_cgroups(root, cfg["hierarchies"])
    bind("/dev", f"{root}/dev")
    mount("devpts", f"{root}/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5")
    if os.path.islink(f"{root}/dev/ptmx"):
        pass  # a link to pts/ptmx
    else:
        bind(f"{root}/dev/pts/ptmx", f"{root}/dev/ptmx")
    mount("tmpfs", f"{root}/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777")
    mount("tmpfs", f"{root}/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")
    for source, target, options in cfg["mounts"]:
        os.makedirs(root + target, exist_ok=True)
        if options.get("loop"):
            # mount(8) sets the loop device to clear itself when the mount goes away.
            more = options.get("options")
            command = ["/usr/bin/mount", "-o", "loop" + (f",{more}" if more else ""), source, root + target]
            if os.spawnv(os.P_WAIT, command[0], command) != 0:
                raise OSError(f"cannot mount the image {source}")
        else:
            bind(source, root + target, options.get("read_only", False))
    for path, text, mode in cfg["files"]:
        os.makedirs(os.path.dirname(root + path), exist_ok=True)
        if os.path.lexists(root + path):
            os.unlink(root + path)
        write(root + path, text)
        os.chmod(root + path, mode)

    os.chdir(root)
    call("syscall", 155, ".", ".")  # pivot_root, onto itself
    call("umount2", ".", MNT_DETACH)
    os.chdir("/")
    # As systemd leaves it on a real machine.
    mount(None, "/", None, MS_SHARED | MS_REC)


def build_host(cfg):
    mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NODEV | MS_NOEXEC)
    mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "mode=755")


class Agent:
    def __init__(self, control):
        self.control = control
        self.status = {}  # pid -> status descriptor
        self.selector = selectors.DefaultSelector()
        self.wake_r, wake_w = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        self.selector.register(control, selectors.EVENT_READ)
        self.selector.register(self.wake_r, selectors.EVENT_READ)

    def serve(self):
        while True:
            for key, _ in self.selector.select(timeout=1.0):
                if key.fileobj is self.control:
                    data, fds, _, _ = socket.recv_fds(self.control, 1 << 20, 8)
                    if not data:
                        os._exit(0)
                    self.handle(json.loads(data), fds)
                else:
                    os.read(self.wake_r, 4096)
            self.reap()

    def handle(self, request, fds):
        if request["op"] == "exec":
            self.execute(request, fds)
        elif request["op"] == "kill":
            try:
                (os.killpg if request.get("group") else os.kill)(request["pid"], request["signal"])
            except OSError:
                pass

    def execute(self, request, fds):
        status = fds[3]
        try:
            pid = os.fork()
        except OSError as e:
            os.write(status, f"error {e}\n".encode())
            for fd in fds:
                os.close(fd)
            return
        if pid == 0:
            try:
                os.setsid()
                # The three may overlap with 0..2; move them out of the way first.
                high = [os.dup(fd) for fd in fds[:3]]
                for i, fd in enumerate(high):
                    os.dup2(fd, i)
                os.closerange(3, 4096)
                signal.set_wakeup_fd(-1)
                for s in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGINT, signal.SIGTERM):
                    signal.signal(s, signal.SIG_DFL)
                os.chdir(request.get("cwd") or "/")
                os.execvpe(request["argv"][0], request["argv"], request["env"])
            except BaseException as e:
                os.write(2, f"{request['argv'][0]}: {e}\n".encode())
                os._exit(127)
        os.write(status, f"pid {pid}\n".encode())
        self.status[pid] = status
        for fd in fds[:3]:
            os.close(fd)

    def reap(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            fd = self.status.pop(pid, None)
            if fd is None:
                continue  # an orphan of the host: that is what a pid 1 is for
            if os.WIFSIGNALED(status):
                text = f"signal {os.WTERMSIG(status)}\n"
            else:
                text = f"exit {os.WEXITSTATUS(status)}\n"
            try:
                os.write(fd, text.encode())
            except OSError:
                pass
            os.close(fd)


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    die_with_parent(int(sys.argv[2]))
    cfg = json.loads(control.recv(1 << 20))
    for directory in cfg["cgroups"]:
        write(f"{directory}/cgroup.procs", str(os.getpid()))
    flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET
    if cfg["cgroups"]:
        flags |= CLONE_NEWCGROUP
    call("unshare", flags)
    # The namespace's root stays empty, as cgroup v2 wants it before controllers are enabled below it.
    for directory in cfg["leaves"]:
        write(f"{directory}/cgroup.procs", "0")
    outer_r, outer_w = os.pipe()
    pid = os.fork()
    if pid != 0:
        control.close()
        os.close(outer_r)
        _, status = os.waitpid(pid, 0)
        os._exit(1)
    # pid 1.  The parent is in another pid namespace: it is seen as 0.
    os.close(outer_w)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.set_blocking(outer_r, False)
    try:
        if os.read(outer_r, 1) == b"":
            os._exit(1)  # the outer process died before the death signal was set
    except BlockingIOError:
        pass
    os.close(outer_r)
    os.setsid()
    try:
        call("sethostname", cfg["hostname"], len(cfg["hostname"]))
        mount(None, "/", None, MS_PRIVATE | MS_REC)
        if cfg["profile"] == "node":
            build_root(cfg)
        else:
            build_host(cfg)
    except BaseException as e:
        control.send(json.dumps({"error": f"{type(e).__name__}: {e}"}).encode())
        os._exit(1)
    control.send(json.dumps({"ready": True}).encode())
    Agent(control).serve()


main()
