"""What the tests do again and again: containers, the services in them, their clients."""
import os
import re
import tempfile

import harness
from harness import HERE, build_template, wait_for

ECHO_PORT, REDIS_PORT, HTTP_PORT = "7777", "6379", "80"
BIG_LINES = 2 * 1024 * 1024  # of 16 bytes each
MINIMAL, DEBIAN12, DEBIAN13, DEMO = "minimal-x86_64", "debian-12-x86_64", "debian-13-x86_64", "debian-12-x86_64-demo"


def built(program):
    """A condition of tests: gives the reason to skip, or None."""
    def condition():
        if not os.access(f"{harness.STAGE}/usr/sbin/{program}", os.X_OK):
            return f"{program} is not built (./run build)"
        return None
    return condition


vzctl_is_built, vzlist_is_built, vzmigrate_is_built = built("vzctl"), built("vzlist"), built("vzmigrate")


def criu_fits():
    return None if harness.chosen_criu() else "no CRIU fits this kernel"


def has_devices(*paths):
    """A condition of tests: these device nodes of the machine can be opened."""
    def condition():
        for path in paths:
            try:
                os.close(os.open(path, os.O_RDWR))
            except OSError as error:
                return f"{path}: {error.strerror}"
        return None
    return condition


def needs(*conditions):
    def mark(function):
        function.needs = [*getattr(function, "needs", []), *conditions]
        return function
    return mark


def slow(seconds):
    """The test may take that long."""
    def mark(function):
        function.timeout = seconds
        return function
    return mark


def second_platform(function):
    """The test needs the kernel of the virtual machine (tests/vm); run.py reads this in the source."""
    return function


def both_platforms(function):
    """The test runs here and in the virtual machine; run.py reads this in the source."""
    return function


def address(number):
    """The addresses of container number 100 + N as arguments of create and set."""
    return ["--ipadd", v4(number), "--ipadd", v6(number)]


def v4(ctid):
    return f"10.77.1.{int(ctid) - 100}"


def v6(ctid):
    return f"fd77::1:{int(ctid) - 100}"


def create(node, ctid="101", template=MINIMAL, *options, network=True):
    build_template(template)
    node.vzctl("create", ctid, "--ostemplate", template, *(address(ctid) if network else []), *options)


def start(node, ctid="101"):
    node.vzctl("start", ctid)
    node.wait_started(ctid)


def running(node, ctid="101", template=MINIMAL, *options, network=True):
    """Creates and starts a container and waits until its services run."""
    create(node, ctid, template, *options, network=network)
    start(node, ctid)


def put(node, ctid, path, content, mode="0644"):
    """Writes a file inside a running container."""
    node.exec(ctid, f"mkdir -p $(dirname {path}) && cat >{path} && chmod {mode} {path}", input=content)


def escape_program():
    """escape.c, statically linked: attempts of a container's root; built once a run."""
    if not hasattr(escape_program, "content"):
        with tempfile.TemporaryDirectory() as directory:
            path = f"{directory}/escape"
            harness.local(["gcc", "-std=gnu11", "-O1", "-w", "-static", "-o", path, f"{HERE}/escape.c"], timeout=300)
            with open(path, "rb") as f:
                escape_program.content = f.read()
    return escape_program.content


def wait_port(client, ctid, port, timeout=20):
    """Until a TCP port of the container answers the client."""
    wait_for(f"port {port} of container {ctid}",
             lambda: client.run(["/usr/bin/python3", "-ISc", "import socket, sys; socket.create_connection(sys.argv[1:3], 2)",
                                 v4(ctid), port], check=False, timeout=10).rc == 0, timeout, 0.1)


def start_echo(node, client, ctid="101"):
    """The echo server as a systemd service of the container."""
    with open(f"{HERE}/echo_server.py") as f:
        put(node, ctid, "/usr/local/bin/echo-server", f.read(), "0755")
    put(node, ctid, "/etc/systemd/system/echo.service",
        f"[Service]\nExecStart=/usr/local/bin/echo-server {ECHO_PORT}\nLimitNOFILE=4096\n")
    node.exec(ctid, "systemctl daemon-reload && systemctl start echo")
    wait_port(client, ctid, ECHO_PORT)


def start_nginx(node, client, ctid="101"):
    """nginx with a big file of which every byte is known (see clients.py)."""
    node.exec(ctid, f"seq -f %015.0f 0 {BIG_LINES - 1} >/var/www/html/big && systemctl start nginx")
    wait_port(client, ctid, HTTP_PORT)


def start_redis(node, client, ctid="101"):
    node.exec(ctid, "sed -i -e 's/^bind .*/bind * -::*/' -e 's/^protected-mode .*/protected-mode no/' /etc/redis/redis.conf; "
              "systemctl restart redis-server")
    wait_port(client, ctid, REDIS_PORT)


class Traffic:
    """Clients of all three kinds on a container of the demo template."""

    def __init__(self, client, ctid="101", echo=100, downloads=2, redis=5):
        self.clients = []
        if echo:
            self.clients.append(client.start_client("echo", v4(ctid), ECHO_PORT, "--connections", echo, "--interval", "0.02"))
        if downloads:
            self.clients.append(client.start_client("download", v4(ctid), HTTP_PORT, "/big", "--connections", downloads,
                                                    "--rate", "1000000"))
        if redis:
            self.clients.append(client.start_client("redis", v4(ctid), REDIS_PORT, "--connections", redis, "--interval", "0.01"))

    def finish(self):
        """The reports; fails when any connection lost, got wrong or was refused anything."""
        reports = [c.finish() for c in self.clients]
        errors = [e for r in reports for e in r["errors"]]
        assert not errors, f"{len(errors)} connections broke: {errors[:3]}"
        return reports

    def longest_gap(self):
        return max(r["longest_gap_ms"] for r in self.finish())


def demo_container(node, client, ctid="101"):
    running(node, ctid, DEMO, "--hostname", f"ct{ctid}")
    start_echo(node, client, ctid)
    start_nginx(node, client, ctid)
    start_redis(node, client, ctid)


def residue(node, ctid="101"):
    """What a stopped or departed container must not leave on a node."""
    left = []
    for line in node.read_file("/proc/self/mountinfo").splitlines():
        if f"/vz/root/{ctid}" in line.split()[4]:
            left.append(f"mount {line.split()[4]}")
    left += [f"interface {n}" for n in re.findall(r"^\d+: (veth%s\.\d+|venet%s)[@:]" % (ctid, ctid),
                                                   node.run(["ip", "-o", "link"]).stdout, re.M)]
    for kind, command in (("route", "ip route; ip -6 route"), ("proxy", "ip neigh show proxy; ip -6 neigh show proxy")):
        text = node.sh(command).stdout
        left += [f"{kind} {a}" for a in (v4(ctid), v6(ctid)) if re.search(rf"(^|\s){re.escape(a)}(\s|$)", text, re.M)]
    left += [f"cgroup {line}" for line in node.sh(
        f"find /sys/fs/cgroup -type d -path '*/vz/{ctid}' 2>/dev/null", check=False).stdout.split()]
    text = node.sh("nft list ruleset; iptables-save; ip6tables-save", check=False).stdout
    left += [f"firewall rule for {a}" for a in (v4(ctid), v6(ctid)) if re.search(rf"{re.escape(a)}([^\d]|$)", text)]
    left += [f"gate of {n}" for n in re.findall(r'"(veth%s\.\d+|venet%s)"' % (ctid, ctid), text)]
    left += [f"process {p}" for words in (["vzmonitor", ctid], ["/usr/libexec/vz/vzmonitor", "--console", f"/run/vz/{ctid}/console"]) for p in node.sees(words)]
    if node.exists(f"/vz/lock/{ctid}.lck"):
        left.append("lock file")
    return left


def assert_no_residue(node, ctid="101"):
    # The helper process ends a moment after the command that stopped the container.
    wait_for(lambda: f"{node.name} keeps of container {ctid}: {residue(node, ctid)}", lambda: not residue(node, ctid), 5)
