"""Nodes, clients and the switch between them, made of namespaces on one machine.

    with World(nodes=2, clients=1) as world:
        a, b = world.nodes
        a.run(["vzctl", "create", "101", "--ostemplate", "minimal-x86_64"])

A node has its own network, mounts, processes, host name, IPC and cgroups; its
own /vz, /etc/vz, /run, /tmp, /root, /var/log and /var/lib/vzctl; an sshd with
keys that the other nodes know; and the programs of build/stage over the
machine's own user land.  A client has a network and processes of its own.  All
hang on one switch: nodes are 10.77.0.N and fd77::N, clients 10.77.0.(100+N),
containers take 10.77.1.x and fd77::1:x.  The machine's own network, mounts and
cgroups (beside /vztest-RUNID) are not touched.

Nothing outlives the process that made the World, also when that is killed: see
agent.py (death signals) and guardian.py (cgroups, files).
"""
import contextlib
import fcntl
import json
import os
import secrets
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time

import guardian

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
STAGE = os.environ.get("VZ_E2E_STAGE") or os.path.join(PROJECT, "build/stage")
CACHE = os.environ.get("VZ_E2E_CACHE") or "/var/cache/vz-e2e"
BASE = os.environ.get("VZ_E2E_WORK") or "/var/tmp"
PREFIX = "vz-e2e-"
# A slow machine (an emulated one) is given this many times the time.
PATIENCE = float(os.environ.get("VZ_E2E_PATIENCE") or 1)
LXCFS = "/usr/bin/lxcfs"
PRIVATE_CRIU = "/usr/local/lib/vz-criu/criu"
# Written by `./run build`: the CRIU that passed the probe, empty when none did.
CRIU_CHOICE = os.path.join(PROJECT, "build/criu")

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root", "USER": "root", "LOGNAME": "root", "TERM": "linux", "LC_ALL": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",
}

DEMO_PACKAGES = "nginx,redis-server,tmux,python3-minimal"
# name -> arguments of vztmpl-build
TEMPLATES = {
    "minimal-x86_64": ["minimal-x86_64"],
    "debian-12-x86_64": ["debian-12-x86_64"],
    "debian-13-x86_64": ["debian-13-x86_64"],
    "debian-12-x86_64-demo": ["debian-12-x86_64", "--with", DEMO_PACKAGES, "--variant-name", "demo"],
}


class HarnessError(Exception):
    """The test bench itself failed."""


class CommandError(AssertionError):
    """A command that should have worked did not."""


class CommandTimeout(AssertionError):
    """A command did not end in time; it was killed."""


class Skip(Exception):
    """This machine cannot run this test; the text says why."""


class Result:
    def __init__(self, argv, rc, stdout, stderr, seconds, held_open=False):
        self.argv, self.rc, self.stdout, self.stderr, self.seconds = argv, rc, stdout, stderr, seconds
        # Some process that outlives the command kept its stdout or stderr.
        self.held_open = held_open

    @property
    def out(self):
        return self.stdout + self.stderr

    def __repr__(self):
        text = f"{' '.join(self.argv)} -> {self.rc} ({self.seconds:.2f} s)"
        for name in ("stdout", "stderr"):
            value = getattr(self, name)
            if isinstance(value, bytes):
                value = value.decode(errors="replace")
            if value:
                text += f"\n  {name}: " + value.rstrip().replace("\n", "\n          ")
        return text


def local(argv, timeout=60, **more):
    """A command on the machine itself."""
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout, **more)
    if done.returncode != 0:
        raise HarnessError(f"{' '.join(argv)} -> {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def wait_for(what, condition, timeout=30, pause=0.05):
    """Calls condition until it returns something true, and returns that."""
    timeout *= PATIENCE
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"timeout after {timeout} s: {what() if callable(what) else what}")
        time.sleep(pause)


def build_template(name):
    """The path of the template in the test cache, built at the first use."""
    path = f"{CACHE}/{name}.tar.zst"
    if not os.path.exists(path):
        if name not in TEMPLATES:
            raise HarnessError(f"unknown template {name}")
        os.makedirs(CACHE, exist_ok=True)
        print(f"    building the template {name} (once)", file=sys.stderr, flush=True)
        command = [f"{PROJECT}/tools/vztmpl-build", *TEMPLATES[name], "--output", CACHE, "--if-missing"]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=900)
        if done.returncode != 0 or not os.path.exists(path):
            raise HarnessError(f"vztmpl-build {name} failed with exit code {done.returncode}")
    return path


class Process:
    """A command that runs on a host."""

    def __init__(self, host, argv, env=None, cwd="/", stdin=None, stdout=None, stderr=None):
        self.host, self.argv = host, argv
        self.pid = None  # as the host's processes see it
        self.rc = None
        self._buffer = b""
        self.stdin = self.stdout = self.stderr = None
        theirs = []

        def pipe(given, name, write_side):
            if given == "pipe":
                r, w = os.pipe2(os.O_CLOEXEC)
                mine, other = (w, r) if write_side else (r, w)
                setattr(self, name, os.fdopen(mine, "wb" if write_side else "rb", buffering=0))
            elif given is None:
                other = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
            else:
                other = os.dup(given if isinstance(given, int) else given.fileno())
            theirs.append(other)

        pipe(stdin, "stdin", True)
        pipe(stdout, "stdout", False)
        pipe(stderr, "stderr", False)
        self._status, status_w = os.pipe2(os.O_CLOEXEC)
        theirs.append(status_w)
        request = {"op": "exec", "argv": argv, "env": {**ENVIRONMENT, **(env or {})}, "cwd": cwd}
        try:
            host.send(request, theirs)
        finally:
            for fd in theirs:
                os.close(fd)
        line = self._read_line(10)
        if line is None or not line.startswith("pid "):
            raise HarnessError(f"{host.name}: cannot start {argv}: {line}")
        self.pid = int(line[4:])

    def _read_line(self, timeout):
        """A line of the status pipe; None when there is none in time; '' at its end."""
        end = time.monotonic() + timeout * PATIENCE
        with selectors.DefaultSelector() as s:
            s.register(self._status, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if not s.select(max(0, end - time.monotonic())):
                    return None
                data = os.read(self._status, 4096)
                if not data:
                    return ""
                self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode()

    def poll(self, timeout=0):
        """The exit code, -N for signal N, or None while it runs."""
        if self.rc is None and self._status >= 0:
            line = self._read_line(timeout)
            if line is None:
                return None
            kind, _, number = line.partition(" ")
            self.rc = {"exit": 1, "signal": -1}[kind] * int(number) if number else -signal.SIGKILL
            os.close(self._status)
            self._status = -1
        return self.rc

    def wait(self, timeout=60):
        if self.poll(timeout) is None:
            self.kill()
            raise CommandTimeout(f"{self.host.name}: {' '.join(self.argv)}: still running after {timeout} s")
        return self.rc

    def kill(self, number=signal.SIGKILL, group=True):
        if self.rc is None:
            with contextlib.suppress(OSError, HarnessError):
                self.host.send({"op": "kill", "pid": self.pid, "signal": int(number), "group": group})

    def close_stdin(self):
        if self.stdin:
            self.stdin.close()
            self.stdin = None

    def communicate(self, data=b"", timeout=60):
        """(stdout, stderr, held_open) after the command has ended."""
        chunks = {"stdout": [], "stderr": []}
        end = time.monotonic() + timeout * PATIENCE
        held_open = False
        with selectors.DefaultSelector() as s:
            for name in chunks:
                if getattr(self, name):
                    s.register(getattr(self, name), selectors.EVENT_READ, name)
            if self.stdin:
                if data:
                    os.set_blocking(self.stdin.fileno(), False)
                    s.register(self.stdin, selectors.EVENT_WRITE, "stdin")
                else:
                    self.close_stdin()
            ended = None
            while s.get_map():
                now = time.monotonic()
                if now > end:
                    self.kill()
                    self.poll(5)
                    text = b"".join(chunks["stdout"] + chunks["stderr"]).decode(errors="replace")
                    raise CommandTimeout(f"{self.host.name}: {' '.join(self.argv)}: still running after {timeout} s\n{text}")
                if ended is None and self.poll() is not None:
                    ended = now
                if ended is not None and now > ended + 1.0:
                    held_open = True
                    break
                for key, _ in s.select(0.02 if ended is None else 0.1):
                    if key.data == "stdin":
                        try:
                            data = data[os.write(self.stdin.fileno(), data[:65536]):]
                        except BrokenPipeError:
                            data = b""
                        if not data:
                            s.unregister(self.stdin)
                            self.close_stdin()
                        continue
                    block = os.read(key.fd, 1 << 16)
                    if block:
                        chunks[key.data].append(block)
                    else:
                        s.unregister(key.fileobj)
        self.wait(max(0.1, end - time.monotonic()))
        self.close()
        return b"".join(chunks["stdout"]), b"".join(chunks["stderr"]), held_open

    def close(self):
        for f in (self.stdin, self.stdout, self.stderr):
            if f:
                with contextlib.suppress(OSError):
                    f.close()
        self.stdin = self.stdout = self.stderr = None


class Host:
    """Something with a network of its own: a client, the switch; Node adds the rest."""
    profile = "host"

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.directory = f"{world.workdir}/{name}"
        os.makedirs(self.directory, exist_ok=True)
        self.agent = None
        self.control = None
        self.addresses = []

    # -- power ----------------------------------------------------------------

    def description(self):
        return {"profile": "host", "hostname": self.name, "cgroups": [], "leaves": []}

    def boot(self):
        assert self.agent is None, f"{self.name} is up"
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        mine.send(json.dumps(self.description()).encode())
        log = open(f"{self.directory}/agent.log", "ab")
        with theirs, log:
            self.agent = subprocess.Popen(
                ["/usr/bin/python3", "-I", "-S", f"{HERE}/agent.py", str(theirs.fileno()), str(os.getpid())], pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ENVIRONMENT, start_new_session=True)
        self.control = mine
        mine.settimeout(30)
        try:
            answer = mine.recv(1 << 16)
        except OSError as e:
            answer = str(e).encode()
        mine.settimeout(None)
        if not answer.startswith(b'{"ready"'):
            with open(f"{self.directory}/agent.log") as f:
                raise HarnessError(f"{self.name} does not start: {answer.decode()} {f.read()}")

    def power_off(self):
        """Everything of this host dies at once; what was on its disks stays."""
        if self.agent is None:
            return
        self.agent.kill()
        self.agent.wait()
        self.agent = None
        self.control.close()
        self.control = None
        # A machine that comes up again has no cgroups.
        group = f"{guardian.top_name(self.world.runid)}/{self.name}"
        wait_for(f"the end of {self.name}", lambda: guardian.empty_cgroups(group), 30)

    @property
    def pid(self):
        """A process of this machine that is in the host's network namespace."""
        return self.agent.pid

    def send(self, request, fds=()):
        if self.control is None:
            raise HarnessError(f"{self.name} is off")
        socket.send_fds(self.control, [json.dumps(request).encode()], list(fds))

    # -- commands -------------------------------------------------------------

    def popen(self, argv, env=None, cwd="/", stdin=None, stdout="pipe", stderr="pipe"):
        """Starts a command: streams are "pipe", None (/dev/null) or a file."""
        return Process(self, [str(a) for a in argv], env, cwd, stdin, stdout, stderr)

    def run(self, argv, timeout=60, input=None, check=True, env=None, cwd="/", text=True):
        """Runs a command to its end; with check, anything but exit code 0 fails the test."""
        if isinstance(input, str):
            input = input.encode()
        started = time.monotonic()
        process = self.popen(argv, env, cwd, stdin="pipe" if input is not None else None)
        stdout, stderr, held_open = process.communicate(input or b"", timeout)
        if text:
            stdout, stderr = stdout.decode(errors="replace"), stderr.decode(errors="replace")
        result = Result(process.argv, process.rc, stdout, stderr, time.monotonic() - started, held_open)
        self.world.log(f"{self.name}: {result!r}")
        if check and result.rc != 0:
            raise CommandError(f"{self.name}: {result!r}")
        return result

    def sh(self, script, **more):
        return self.run(["/bin/sh", "-c", script], **more)

    def write_file(self, path, content, mode=None):
        self.run(["/bin/sh", "-c", 'mkdir -p "$(dirname "$1")" && cat >"$1"' + (' && chmod "$2" "$1"' if mode else ""),
                  "sh", path, *([oct(mode)[2:]] if mode else [])], input=content)

    def read_file(self, path):
        return self.run(["cat", path]).stdout

    def exists(self, path):
        return self.run(["test", "-e", path], check=False).rc == 0

    # -- network --------------------------------------------------------------

    def net_admin(self, argv):
        """A command in this host's network namespace, with the machine's processes in sight."""
        return local(["nsenter", f"--net=/proc/{self.pid}/ns/net", "--", *argv])

    def plug(self, number):
        """Connects eth0 to the switch.  Its MAC stays the same when the host comes up again."""
        port = f"p{number}"
        switch = self.world.switch
        switch.net_admin(["ip", "link", "add", port, "type", "veth", "peer", "name", "eth0",
                          "address", f"02:00:00:77:00:{number:02x}", "netns", str(self.pid)])
        switch.net_admin(["ip", "link", "set", port, "master", "br0", "up"])
        self.port = port
        batch = ["link set lo up", "link set eth0 up"]
        for address in self.addresses:
            six = ":" in address
            batch.append(f"addr add {address}/{64 if six else 16} dev eth0{' nodad' if six else ''}")
        self.sh("for f in all default eth0; do echo 0 >/proc/sys/net/ipv6/conf/$f/accept_dad; "
                "echo 0 >/proc/sys/net/ipv6/conf/$f/accept_ra; done; ip -batch -", input="\n".join(batch) + "\n")

    # The port leaves the bridge.  Taking the link down would add the second that the
    # kernel may wait before it reports a carrier.
    def unplug(self):
        self.world.switch.net_admin(["ip", "link", "set", self.port, "nomaster"])

    def replug(self):
        self.world.switch.net_admin(["ip", "link", "set", self.port, "master", "br0"])


class Switch(Host):
    def boot(self):
        super().boot()
        self.run(["ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0", "stp_state", "0", "mcast_snooping", "0"])
        self.sh("echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set br0 up; ip link set lo up")


class Client(Host):
    def boot(self):
        super().boot()
        self.plug(self.number)

    def __init__(self, world, index):
        super().__init__(world, f"client{index}")
        self.number = 100 + index
        self.addresses = [f"10.77.0.{100 + index}", f"fd77::{100 + index}"]

    def start_client(self, kind, *args):
        """One of clients.py; see TrafficClient."""
        return TrafficClient(self, kind, args)


class TrafficClient:
    """A traffic generator that verifies what it receives; finish() gives its report."""

    def __init__(self, host, kind, args):
        self.process = host.popen(["/usr/bin/python3", "-I", f"{HERE}/clients.py", kind, *args], stdin="pipe")
        self.kind = kind
        line = b""
        end = time.monotonic() + 30
        with selectors.DefaultSelector() as s:
            s.register(self.process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                block = self.process.stdout.read(1) if s.select(max(0, end - time.monotonic())) else b""
                if not block:
                    _, stderr, _ = self.process.communicate(timeout=5) if self.process.poll(1) is not None else (0, b"timeout", 0)
                    raise AssertionError(f"client {kind} {args} does not start: {line!r} {stderr!r}")
                line += block

    def finish(self, timeout=60):
        self.process.close_stdin()
        stdout, stderr, _ = self.process.communicate(timeout=timeout)
        try:
            return json.loads(stdout)
        except ValueError:
            raise AssertionError(f"client {self.kind}: exit code {self.process.rc}: {stdout!r} {stderr!r}") from None


class Node(Host):
    profile = "node"

    def __init__(self, world, index, fs=None, size="4G", mkfs=(), options=""):
        super().__init__(world, f"node{index}")
        self.number = index
        self.addresses = [f"10.77.0.{index}", f"fd77::{index}"]
        self.ip = self.addresses[0]
        self.fs = fs
        self.mount_options = options
        for d in ("vz", "etc-vz", "root", "log", "lib-vzctl", "lib-vz", "tmp", "var-tmp"):
            os.makedirs(f"{self.directory}/{d}")
        os.chmod(f"{self.directory}/root", 0o700)
        os.chmod(f"{self.directory}/tmp", 0o1777)
        os.chmod(f"{self.directory}/var-tmp", 0o1777)
        os.makedirs(f"{self.directory}/keys/ssh")
        os.mkdir(f"{self.directory}/overlay")
        for kind in ("root", "host"):
            local(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{kind}@{self.name}",
                   "-f", f"{self.directory}/keys/{kind}"])
        if fs:
            self.image = f"{self.directory}/vz.img"
            with open(self.image, "wb") as f:
                f.truncate(parse_size(size))
            local([f"mkfs.{fs}", "-q", *mkfs, self.image])
        self._copy_configuration()

    def _copy_configuration(self):
        source = f"{STAGE}/etc/vz"
        target = f"{self.directory}/etc-vz"
        if os.path.isdir(source):
            shutil.copytree(source, target, dirs_exist_ok=True, symlinks=True)
        os.makedirs(f"{target}/conf", exist_ok=True)
        criu = chosen_criu()
        if criu:
            self.set_conf("CRIU", criu)

    def set_conf(self, key, value):
        """Sets a key of the node's vz.conf."""
        path = f"{self.directory}/etc-vz/vz.conf"
        lines = []
        if os.path.exists(path):
            with open(path) as f:
                lines = [line for line in f if not line.startswith(f"{key}=")]
        lines.append(f'{key}="{value}"\n')
        with open(path, "w") as f:
            f.writelines(lines)

    def conf(self, ctid):
        return f"/etc/vz/conf/{ctid}.conf"

    def path(self, inside):
        """Where a path of /vz, /etc/vz, /root, /tmp or /var/log lies on this machine."""
        if self.fs and inside.startswith("/vz"):
            raise HarnessError(f"{inside} lies in an image")
        for target, source in (("/vz", "vz"), ("/etc/vz", "etc-vz"), ("/root", "root"), ("/tmp", "tmp"), ("/var/log", "log")):
            if inside == target or inside.startswith(target + "/"):
                return f"{self.directory}/{source}{inside[len(target):]}"
        raise HarnessError(f"{inside} is not kept on a disk of the node")

    # -- power ----------------------------------------------------------------

    def _cgroups(self):
        """Makes the node's directory in every hierarchy; returns (all of them, leaves to live in)."""
        cgroups, leaves = [], []
        for h in guardian.hierarchies():
            path = h["path"]
            for part in (guardian.top_name(self.world.runid), self.name):
                if h["type"] == "cgroup2":
                    enable_controllers(path)
                path = f"{path}/{part}"
                os.makedirs(path, exist_ok=True)
                if "cpuset" in h["options"].split(","):
                    for key in ("cpuset.cpus", "cpuset.mems"):
                        with open(f"{os.path.dirname(path)}/{key}") as f:
                            value = f.read().strip()
                        with open(f"{path}/{key}", "w") as f:
                            f.write(value)
                    with open(f"{path}/cgroup.clone_children", "w") as f:
                        f.write("1")
            cgroups.append(path)
            if h["type"] == "cgroup2":
                # The name that programs know from systemd: lxcfs takes what is around it for the root.
                os.makedirs(f"{path}/init.scope", exist_ok=True)
                leaves.append(f"{path}/init.scope")
        return cgroups, leaves

    def description(self):
        cgroups, leaves = self._cgroups()
        d = self.directory
        vz = [self.image, "/vz", {"loop": True, "options": self.mount_options}] if self.fs else [f"{d}/vz", "/vz", {}]
        os.makedirs(CACHE, exist_ok=True)
        mounts = [
            vz, [CACHE, "/vz/template/cache", {"read_only": True}],
            [f"{d}/etc-vz", "/etc/vz", {}], [f"{d}/root", "/root", {}], [f"{d}/log", "/var/log", {}],
            [f"{d}/lib-vzctl", "/var/lib/vzctl", {}], [f"{d}/lib-vz", "/var/lib/vz", {}],
            [f"{d}/tmp", "/tmp", {}], [f"{d}/var-tmp", "/var/tmp", {}],
        ]
        # Directories of tests and programs that the overlay of / does not show, being other file systems.
        for directory in {HERE, os.path.dirname(PRIVATE_CRIU)}:
            if os.path.isdir(directory) and os.stat(directory).st_dev != os.stat("/").st_dev:
                mounts.append([directory, directory, {"read_only": True}])
        return {"profile": "node", "hostname": self.name, "cgroups": cgroups, "leaves": leaves,
                "hierarchies": guardian.hierarchies(), "root": f"{d}/overlay",
                "programs": STAGE if os.path.isdir(STAGE) else "",
                "mounts": mounts, "files": self._files()}

    def _files(self):
        with open(f"{self.directory}/keys/host") as f:
            host_key = f.read()
        hosts = "127.0.0.1 localhost\n::1 localhost\n"
        for h in self.world.nodes + self.world.clients:
            hosts += "".join(f"{a} {h.name}\n" for a in h.addresses)
        return [
            ["/etc/hostname", self.name + "\n", 0o644], ["/etc/hosts", hosts, 0o644], ["/etc/shadow", "root:*:19000:0:99999:7:::\n", 0o640],
            ["/etc/resolv.conf", "", 0o644], ["/etc/mtab", "", 0o644], ["/etc/machine-id", secrets.token_hex(16) + "\n", 0o444],
            ["/etc/ssh/host_key", host_key, 0o600],
            ["/etc/ssh/sshd_config.e2e",
             "HostKey /etc/ssh/host_key\nPermitRootLogin prohibit-password\nPasswordAuthentication no\nUsePAM no\n"
             "UseDNS no\nMaxStartups 100\nMaxSessions 100\nPidFile /run/sshd.pid\nPrintMotd no\nLogLevel VERBOSE\n"
             "Subsystem sftp internal-sftp\n", 0o644],
        ]

    def exchange_keys(self):
        """Lets root of every other node in, and knows their host keys."""
        d = f"{self.directory}/root/.ssh"
        os.makedirs(d, mode=0o700, exist_ok=True)
        shutil.copy(f"{self.directory}/keys/root", f"{d}/id_ed25519")
        shutil.copy(f"{self.directory}/keys/root.pub", f"{d}/id_ed25519.pub")
        with open(f"{d}/authorized_keys", "w") as allowed, open(f"{d}/known_hosts", "w") as known:
            for other in self.world.nodes:
                with open(f"{other.directory}/keys/root.pub") as f:
                    allowed.write(f.read())
                with open(f"{other.directory}/keys/host.pub") as f:
                    key = " ".join(f.read().split()[:2])
                known.write(f"{','.join([other.name, *other.addresses])} {key}\n")

    def boot(self):
        super().boot()
        self.plug(self.number)
        self.sh("rm -f /etc/mtab; ln -s /proc/self/mounts /etc/mtab; mkdir -p /run/sshd /run/lock; "
                "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding; "
                "for f in all default eth0; do echo 0 >/proc/sys/net/ipv4/conf/$f/rp_filter; done")
        self.sshd = self.popen(["/usr/sbin/sshd", "-D", "-e", "-f", "/etc/ssh/sshd_config.e2e"], stdout=None,
                               stderr=open(f"{self.directory}/log/sshd.log", "ab"))
        self.lxcfs = None
        self.start_lxcfs()
        wait_for(f"sshd of {self.name}", lambda: self.exists("/run/sshd.pid"), 15)

    def start_lxcfs(self):
        """The node's own lxcfs, as our drop-in makes systemd start it; it ends with the node."""
        if not os.path.exists(LXCFS):
            return
        self.run(["mkdir", "-p", "/var/lib/lxcfs"])
        self.lxcfs = self.popen([LXCFS, "-f", "-l", "--enable-cfs", "/var/lib/lxcfs"], stdout=None,
                                env={"LD_PRELOAD": "/usr/lib/vz/lxcfs-clock.so"},
                                stderr=open(f"{self.directory}/log/lxcfs.log", "ab"))
        wait_for(f"lxcfs of {self.name}", lambda: self.exists("/var/lib/lxcfs/proc/meminfo"), 15)

    def stop_lxcfs(self, number=signal.SIGTERM):
        """Ends it; what containers see of it is dead from then on."""
        self.lxcfs.kill(number)
        self.lxcfs.wait(10)
        self.sh("umount -l /var/lib/lxcfs 2>/dev/null", check=False)
        self.lxcfs = None

    def sees(self, argv_prefix):
        """The processes of the node whose command line begins with these words."""
        found = []
        for line in self.run(["ps", "-eo", "pid=,args="]).stdout.splitlines():
            pid, _, args = line.strip().partition(" ")
            if args.split()[:len(argv_prefix)] == argv_prefix:
                found.append(int(pid))
        return found

    # -- containers -----------------------------------------------------------

    def vzctl(self, *args, **more):
        return self.run(["vzctl", *args], **{"timeout": 120, **more})

    def status(self, ctid):
        """The words of `vzctl status` after the id."""
        return self.vzctl("status", ctid).stdout.split()[2:]

    def is_running(self, ctid):
        return "running" in self.status(ctid)

    def exec(self, ctid, command, **more):
        """Runs a shell command inside the container, with its own exit code."""
        return self.vzctl("exec2", ctid, command, **more)

    def wait_started(self, ctid, timeout=30):
        """Until the container's init has brought up its services."""
        def up():
            result = self.exec(ctid, "if command -v systemctl >/dev/null; then systemctl is-system-running; "
                               "else test -e /run/started && echo running; fi", check=False)
            state = result.stdout.strip()
            if state == "degraded":
                failed = self.exec(ctid, "systemctl --failed --no-legend --plain", check=False).stdout
                raise AssertionError(f"container {ctid} is degraded:\n{failed}")
            return state == "running"
        wait_for(f"start of container {ctid}", up, timeout, 0.1)

    def containers(self):
        names = self.sh("cd /etc/vz/conf && ls", check=False).stdout.split()
        return [n[:-5] for n in names if n.endswith(".conf") and n[:-5].isdigit() and n != "0.conf"]

    def clear(self):
        """Removes all containers.  False when something would not go."""
        clean = True
        for ctid in self.containers():
            self.vzctl("--quiet", "stop", ctid, "--fast", check=False)
            self.vzctl("--quiet", "umount", ctid, check=False)
            clean &= self.vzctl("--quiet", "destroy", ctid, check=False).rc == 0
            self.run(["rm", "-f", self.conf(ctid)])
        self.sh("rm -rf /vz/dump/* /tmp/* /etc/vz/conf/*.destroyed /etc/vz/conf/*.migrated")
        return clean


def enable_controllers(path):
    """All controllers for the children of a cgroup2 directory, as far as it goes."""
    with open(f"{path}/cgroup.controllers") as f:
        for controller in f.read().split():
            guardian.try_write(f"{path}/cgroup.subtree_control", f"+{controller}")


def parse_size(text):
    return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1]] if text[-1] in "KMG" else int(text)


def chosen_criu():
    """The CRIU to test with: build/criu if ./run has chosen, else the private one if it is there."""
    if os.path.exists(CRIU_CHOICE):
        with open(CRIU_CHOICE) as f:
            return f.read().strip()
    return PRIVATE_CRIU if os.access(PRIVATE_CRIU, os.X_OK) else ""


class World:
    """The switch, the nodes and the clients; a context manager.

    nodes: a number, or a list of dicts for Node (fs=, size=, mkfs=, options=).
    """

    def __init__(self, nodes=1, clients=1):
        if os.geteuid() != 0:
            raise Skip("needs root")
        guardian.sweep(BASE, PREFIX)
        self.runid = f"{os.getpid()}-{secrets.token_hex(3)}"
        self.workdir = f"{BASE}/{PREFIX}{self.runid}"
        self.guardian = None
        self.nodes, self.clients, self.switch = [], [], None
        self._node_descriptions = [{}] * nodes if isinstance(nodes, int) else nodes
        self._client_count = clients
        self._history = []
        self.echo_commands = bool(os.environ.get("VZ_E2E_VERBOSE"))

    def log(self, text):
        self._history.append(text)
        del self._history[:-400]
        if self.echo_commands:
            print("    " + text.replace("\n", "\n    "), file=sys.stderr, flush=True)

    def recent(self, count=12):
        return self._history[-count:]

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _start(self):
        os.mkdir(self.workdir, 0o711)
        self._lock = os.open(f"{self.workdir}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_SH)
        self.guardian = subprocess.Popen(
            ["/usr/bin/python3", "-I", "-S", f"{HERE}/guardian.py", self.runid, self.workdir],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True, cwd="/", env=ENVIRONMENT)
        if self.guardian.stdout.readline() != b"watching\n":
            raise HarnessError("the guardian does not start")
        self.switch = Switch(self, "switch")
        self.switch.boot()
        self.nodes = [Node(self, i, **d) for i, d in enumerate(self._node_descriptions, 1)]
        self.clients = [Client(self, i) for i in range(1, self._client_count + 1)]
        for node in self.nodes:
            node.exchange_keys()
        for host in self.nodes + self.clients:
            host.boot()
        self._history.clear()

    @property
    def node(self):
        return self.nodes[0]

    @property
    def client(self):
        return self.clients[0]

    def clear(self):
        """Makes the nodes empty again.  False when that did not work: then take a new World."""
        return all([node.clear() if node.agent and node.agent.poll() is None else False for node in self.nodes])

    def close(self):
        for host in [*self.clients, *self.nodes, self.switch]:
            if host:
                host.power_off()
        if self.guardian:
            self.guardian.stdin.close()
            self.guardian.stdout.close()
            try:
                if self.guardian.wait(90) != 0:
                    print(f"guardian of {self.runid} failed", file=sys.stderr)
            except subprocess.TimeoutExpired:
                print(f"guardian of {self.runid} still cleans up", file=sys.stderr)
            self.guardian = None
            os.close(self._lock)
