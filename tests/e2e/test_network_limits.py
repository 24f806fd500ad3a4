"""What a container may do with networks: NETDEV, the filters of addresses, NETFILTER, RATE."""
import re

import harness
from scenario import (DEBIAN12, MINIMAL, assert_no_residue, create, criu_fits, needs, running, start, v4, v6, vzctl_is_built,
                      vzmigrate_is_built)
from harness import wait_for

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=2, clients=1)


def links(node):
    return re.findall(r"^\d+: ([^:@]+)", node.run(["ip", "-o", "link"]).stdout, re.M)


# One echo request to the address; success if anything answers it within a second.
PING = """
import select, socket, struct, sys, time
six = ":" in sys.argv[1]
s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, 58 if six else 1)
s.connect((sys.argv[1], 0))
request = struct.pack("!BBHHH", 128 if six else 8, 0, 0, 77, 1)
total = sum(struct.unpack("!4H", request))
total = ~((total & 0xffff) + (total >> 16)) & 0xffff
s.send(request if six else request[:2] + struct.pack("!H", total) + request[4:])
end = time.monotonic() + 1
while True:
    if not select.select([s], [], [], max(0, end - time.monotonic()))[0]:
        sys.exit(1)
    answer = s.recv(2048)
    if answer[0 if six else (answer[0] & 15) * 4] == (129 if six else 0):
        sys.exit(0)
"""


def pings(host, address):
    return host.run(["/usr/bin/python3", "-ISc", PING, address], check=False, timeout=10).rc == 0


def init_pid(node, ctid):
    return re.search(r"INIT_PID=(\d+)", node.read_file(f"/run/vz/{ctid}/state"))[1]


def dropped(node, family, chain):
    """Packets that the drop rules of a chain have counted."""
    text = node.run(["nft", "list", "chain", family, "vz", chain]).stdout
    return sum(int(n) for n in re.findall(r"counter packets (\d+) .* drop", text))


def add_device(node, name="nd0"):
    """An interface that may be given away; its peer stays on the node with an address."""
    node.sh(f"ip link add {name} address 02:00:00:00:10:01 type veth peer name {name}p; ip addr add 10.99.0.1/24 dev {name}p; ip link set {name}p up")


def test_an_interface_of_the_host_goes_into_the_container_and_comes_back(world):
    a = world.node
    add_device(a)
    try:
        create(a, "101", MINIMAL, network=False)
        a.vzctl("set", "101", "--netdev_add", "nd0", "--save")
        start(a)
        assert "nd0" not in links(a) and "nd0p" in links(a)
        a.exec("101", "ip addr add 10.99.0.2/24 dev nd0 && ip link set nd0 up")
        wait_for("the interface to answer", lambda: pings(a, "10.99.0.2"), 5)
        # Under whatever name it has there.
        a.exec("101", "ip link set nd0 down && ip link set nd0 name other0")
        a.vzctl("stop", "101", "--fast")
        assert "02:00:00:00:10:01" in a.run(["ip", "link", "show", "nd0"]).stdout
        # However the container ends.
        start(a)
        assert "nd0" not in links(a)
        a.run(["kill", "-9", init_pid(a, "101")])
        wait_for("the interface to come back", lambda: "nd0" in links(a), 10)
        wait_for("the container to be down", lambda: not a.is_running("101"), 10)
        assert_no_residue(a)
        assert "/run/vz/101" not in a.read_file("/proc/self/mountinfo")
    finally:
        a.sh("ip link del nd0p", check=False)


def test_interfaces_are_given_and_taken_back_while_it_runs(world):
    a = world.node
    add_device(a)
    try:
        running(a, "101", MINIMAL, network=False)
        assert "Adding network devices: nd0\n" in a.vzctl("set", "101", "--netdev_add", "nd0", "--save").stdout
        assert "nd0" in a.exec("101", "ip link").stdout and "nd0" not in links(a)
        result = a.vzctl("chkpnt", "101", check=False)
        assert result.rc == 16 and "network devices of this host (nd0)" in result.stderr, result
        result = a.run(["vzmigrate", "--online", world.nodes[1].name, "101"], check=False)
        assert result.rc != 0 and "network devices of this host (nd0)" in result.out, result
        assert a.is_running("101") and a.exec("101", "echo goes on").stdout == "goes on\n"
        assert "Deleting network devices: nd0\n" in a.vzctl("set", "101", "--netdev_del", "nd0", "--save").stdout
        assert "nd0" not in a.exec("101", "ip link").stdout and "nd0" in links(a)
        # Its name may be taken by then.
        a.vzctl("set", "101", "--netdev_add", "nd0")
        a.sh("ip link add nd0 type veth peer name nd1p")
        result = a.vzctl("set", "101", "--netdev_del", "nd0")
        back = re.search(r"Warning: .* comes back as (nd\d+)", result.stderr)[1]
        assert "02:00:00:00:10:01" in a.run(["ip", "link", "show", back]).stdout
        a.sh("ip link del nd1p")
        result = a.vzctl("set", "101", "--netdev_add", "none0", check=False)
        assert result.rc == 104 and "none0: it is not on this host" in result.stderr, result
        a.vzctl("stop", "101", "--fast")
        a.vzctl("set", "101", "--netdev_add", "none0", "--save")
        result = a.vzctl("start", "101", check=False)
        assert result.rc == 104 and not a.is_running("101"), result
        assert_no_residue(a)
    finally:
        a.sh("ip link del nd0p", check=False)


def bridged(node, ctid, address):
    create(node, ctid, MINIMAL, network=False)
    node.vzctl("set", ctid, "--netif_add", f"eth0,02:00:00:00:00:{int(ctid) - 100:02x},,FE:FF:FF:FF:FF:FF,br5", "--save")
    start(node, ctid)
    node.exec(ctid, f"ip addr add {address}/24 dev eth0; ip link set eth0 up")


def set_mac(node, ctid, mac):
    node.exec(ctid, f"ip link set eth0 down; ip link set eth0 address {mac}; ip link set eth0 up")


def inside_pings(node, ctid, address):
    return node.exec(ctid, f"ping -c 1 -W 1 {address}", check=False).rc == 0


@needs(criu_fits)
def test_frames_with_another_hardware_address_are_dropped_and_counted(world):
    a = world.node
    a.sh("ip link add br5 type bridge; ip link set br5 up")
    try:
        bridged(a, "101", "10.88.0.1")
        bridged(a, "102", "10.88.0.2")
        wait_for("the bridge to forward", lambda: inside_pings(a, "101", "10.88.0.2"), 10)
        assert dropped(a, "bridge", "from_veth101.0") == 0
        set_mac(a, "101", "02:00:00:00:00:77")
        assert not inside_pings(a, "101", "10.88.0.2")
        assert dropped(a, "bridge", "from_veth101.0") > 0
        a.vzctl("set", "101", "--ifname", "eth0", "--mac_filter", "off", "--save")
        assert inside_pings(a, "101", "10.88.0.2")
        a.vzctl("set", "101", "--ifname", "eth0", "--mac_filter", "on", "--save")
        assert not inside_pings(a, "101", "10.88.0.2")
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        assert not inside_pings(a, "101", "10.88.0.2")
        set_mac(a, "101", "02:00:00:00:00:01")
        wait_for("its own address to pass", lambda: inside_pings(a, "101", "10.88.0.2"), 10)
        for ctid in ("101", "102"):
            a.vzctl("stop", ctid, "--fast")
        assert "from_veth" not in a.run(["nft", "list", "ruleset"]).stdout
    finally:
        a.sh("ip link del br5", check=False)


def test_a_container_cannot_take_the_address_of_another(world):
    a, client = world.node, world.client
    running(a, "101")
    running(a, "102")
    for own, taken, target in ((v4("101"), v4("102"), "10.77.0.101"), (v6("101"), v6("102"), "fd77::101")):
        family = "-6" if ":" in own else "-4"
        assert a.exec("101", f"ping {family} -c 1 -W 2 -I {own} {target}", check=False).rc == 0, own
        before = dropped(a, "inet", "from_venet101")
        a.exec("101", f"ip addr add {taken} dev venet0")
        assert a.exec("101", f"ping {family} -c 1 -W 1 -I {taken} {target}", check=False).rc != 0, taken
        assert dropped(a, "inet", "from_venet101") > before, taken
    # Neither does a claim by ARP lead anybody astray.
    a.run(["nsenter", f"--net=/proc/{init_pid(a, '101')}/ns/net", "arpsend", "-U", "-i", v4("102"), "-c", "1", "venet0"], check=False)
    a.exec("102", f"ip addr | grep -q {v4('102')}")
    assert pings(client, v4("102")) and pings(client, v6("102"))
    assert f"{v4('102')} dev venet102" in a.run(["ip", "route"]).stdout
    for ctid in ("101", "102"):
        a.vzctl("stop", ctid, "--fast")


# Prints the errors of opening nf_tables and of an option of ip_tables, in an endless loop with an argument.
NETFILTER = """
use Socket; $| = 1;
do {
  my $s = syscall(41, 16 | (1 << 40), 3, 12); my $first = $s < 0 ? $! + 0 : 0; POSIX::close($s) if $s >= 0;
  socket(my $u, AF_INET, SOCK_RAW, 255);
  my $second = setsockopt($u, 0, 64, "x" x 8) ? 0 : $! + 0;
  if ($ARGV[0]) { open(my $f, ">", $ARGV[0]); print $f "$first $second\\n"; close $f } else { print "$first $second\\n" }
  select(undef, undef, undef, 0.1);
} while ($ARGV[0]);
"""


@needs(criu_fits)
def test_netfilter_can_be_switched_off(world):
    a = world.node
    create(a, "101", DEBIAN12, network=False)
    refused = "93 92\n"  # EPROTONOSUPPORT, ENOPROTOOPT
    look = lambda: a.exec("101", "perl -MPOSIX -", input=NETFILTER).stdout
    start(a)
    assert look().split()[0] == "0" and look() != refused
    a.vzctl("set", "101", "--netfilter", "disabled", "--setmode", "restart", "--save")
    a.wait_started("101")
    assert look() == refused
    a.exec("101", "cat >/root/look && (setsid perl -MPOSIX /root/look /root/said </dev/null >/dev/null 2>&1 &)", input=NETFILTER)
    said = lambda: a.exec("101", "cat /root/said", check=False).stdout == refused
    wait_for("the program to try", said, 10)
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    a.exec("101", ": >/root/said")
    wait_for("the restored program to be refused", said, 10)
    assert look() == refused
    a.vzctl("stop", "101", "--fast")


# Reads from both addresses for some seconds and prints what each gave, in bytes.
READ = """
import selectors, socket, sys, time
seconds, *addresses = sys.argv[1:]
selector, got = selectors.DefaultSelector(), {}
for address in addresses:
    s = socket.create_connection((address, 5000), 5)
    got[s] = 0
    selector.register(s, selectors.EVENT_READ)
end = time.monotonic() + float(seconds)
while time.monotonic() < end:
    for key, _ in selector.select(0.2):
        got[key.fileobj] += len(key.fileobj.recv(65536))
print(*got.values())
"""


def sends(node, ctid):
    """Lets the container send without end to whoever connects."""
    node.exec(ctid, "(while true; do nc -l -p 5000 </dev/zero >/dev/null 2>&1; done) </dev/null >/dev/null 2>&1 &")


def received(client, *ctids, seconds=3):
    return [int(n) for n in client.run(["/usr/bin/python3", "-ISc", READ, str(seconds), *map(v4, ctids)], timeout=30).stdout.split()]


def queues(node):
    return node.run(["tc", "class", "show", "dev", "eth0"]).stdout


def has_htb():
    """A condition: gives the reason to skip, or None."""
    try:
        harness.local(["unshare", "-n", "tc", "qdisc", "add", "dev", "lo", "root", "htb"])
    except harness.HarnessError as error:
        return f"no HTB queues: {error}"
    return None


@needs(criu_fits, vzmigrate_is_built, has_htb)
def test_a_container_sends_no_faster_than_its_rate(world):
    a, b, client = world.nodes[0], world.nodes[1], world.client
    for node in (a, b):
        node.set_conf("TRAFFIC_SHAPING", "yes")
        node.set_conf("BANDWIDTH", "eth0:1000000")
        node.write_file("/etc/vz/conf/networks_classes", "1 0.0.0.0/0\n1 ::/0\n2 10.88.0.0/16\n")
    for ctid, rate in (("101", "16000"), ("102", "4000")):
        create(a, ctid)
        a.vzctl("set", ctid, "--rate", f"eth0:1:{rate}", "--ratebound", "yes", "--save")
        start(a, ctid)
        sends(a, ctid)
    wait_for("the senders", lambda: received(client, "101", "102", seconds=0.1), 10)
    fast, slow = received(client, "101", "102")
    assert 2 < fast / slow < 8, (fast, slow)
    # Counted by class, and not the other.
    rows = {row.split()[0]: row.split() for row in a.run(["vznetstat", "-c", "1"]).stdout.splitlines()[1:]}
    assert int(rows["101"][4]) > fast and int(rows["102"][4]) > slow, rows
    assert [row.split()[2:] for row in a.run(["vznetstat", "-v", "101", "-c", "2"]).stdout.splitlines()[1:]] == [["0"] * 4]
    # Changed while they run.
    a.vzctl("set", "102", "--rate", "eth0:1:16000")
    first, second = received(client, "101", "102")
    assert 0.5 < first / second < 2, (first, second)
    a.vzctl("set", "102", "--rate", "eth0:1:4000")
    # A guarantee only: what nobody uses may be used.
    a.vzctl("set", "102", "--ratebound", "no")
    free, = received(client, "102")
    assert free > 3 * slow, (free, slow)
    a.vzctl("set", "102", "--ratebound", "yes")
    a.vzctl("chkpnt", "102")
    assert "rate 16Mbit" in queues(a) and "rate 4Mbit" not in queues(a)
    a.vzctl("restore", "102")
    assert "rate 4Mbit" in queues(a)
    a.run(["vzmigrate", "--online", b.name, "102"], timeout=120)
    assert "rate 4Mbit" in queues(b) and "rate 4Mbit" not in queues(a)
    wait_for("the senders", lambda: received(client, "101", "102", seconds=0.1), 10)
    fast, slow = received(client, "101", "102")
    assert 2 < fast / slow < 8, (fast, slow)
    a.vzctl("stop", "101", "--fast")
    b.vzctl("stop", "102", "--fast")
    for node in (a, b):
        assert "htb" not in node.run(["tc", "qdisc", "show", "dev", "eth0"]).stdout
        assert "counter sent_" not in node.run(["nft", "list", "ruleset"]).stdout
        assert_no_residue(node)
        node.set_conf("TRAFFIC_SHAPING", "no")


def test_a_rate_without_shaping_is_a_warning(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--rate", "*:1:100", "--save")
    assert "Warning: RATE is not enforced: TRAFFIC_SHAPING is not yes" in a.vzctl("start", "101").stderr
    a.set_conf("TRAFFIC_SHAPING", "yes")
    a.set_conf("BANDWIDTH", "none0")
    assert "Warning: RATE is not enforced on none0: this host has no such interface" in a.vzctl(
        "set", "101", "--rate", "*:1:200").stderr
    a.set_conf("TRAFFIC_SHAPING", "no")
    a.vzctl("stop", "101", "--fast")
