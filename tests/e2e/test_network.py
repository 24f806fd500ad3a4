"""Addresses and interfaces of containers."""
import contextlib

from harness import wait_for
from scenario import MINIMAL, assert_no_residue, create, vzctl_is_built, running, v4, v6

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1, clients=1)


@contextlib.contextmanager
def a_bridge(node, name, address=None):
    node.sh(f"ip link add {name} type bridge && ip link set {name} up" + (f" && ip addr add {address} dev {name}" if address else ""))
    try:
        yield
    finally:
        node.sh(f"ip link del {name}")


@contextlib.contextmanager
def vz_conf(node, key, value):
    """One more line in vz.conf."""
    node.sh(f"echo '{key}=\"{value}\"' >>/etc/vz/vz.conf")
    try:
        yield
    finally:
        node.sh(f"sed -i /^{key}=/d /etc/vz/vz.conf")


def reaches(host, address):
    return host.run(["busybox", "ping", "-c", "1", "-W", "1", address], check=False, timeout=10).rc == 0


def test_a_client_reaches_a_container_by_both_protocols(world):
    running(world.node)
    for address in (v4("101"), v6("101")):
        wait_for(f"answer of {address}", lambda: reaches(world.client, address), 10)


def test_a_container_reaches_the_client_and_the_node(world):
    a = world.node
    running(a)
    for address in (*world.client.addresses, *a.addresses):
        a.exec("101", f"ping -c 1 -W 2 {address}")


def test_two_containers_reach_each_other(world):
    a = world.node
    running(a, "101")
    running(a, "102")
    a.exec("101", f"ping -c 1 -W 2 {v4('102')}")
    a.exec("102", f"ping -c 1 -W 2 {v6('101')}")


def test_an_address_is_added_and_removed_live_without_touching_the_others(world):
    a = world.node
    running(a)
    wait_for("the first address", lambda: reaches(world.client, v4("101")), 10)
    stream = world.client.popen(["busybox", "ping", "-i", "0.1", v4("101")])
    a.vzctl("set", "101", "--ipadd", "10.77.1.77", "--save")
    wait_for("the second address", lambda: reaches(world.client, "10.77.1.77"), 10)
    a.vzctl("set", "101", "--ipdel", "10.77.1.77", "--save")
    wait_for("the end of the second address", lambda: not reaches(world.client, "10.77.1.77"), 10)
    assert reaches(world.client, v4("101")) and reaches(world.client, v6("101"))
    stream.kill(2)
    out, _, _ = stream.communicate(timeout=5)
    assert b" 0% packet loss" in out, out
    text = a.read_file(a.conf("101"))
    assert "10.77.1.77" not in text and v4("101") in text
    assert "10.77.1.77" not in a.exec("101", "ip addr").stdout


def test_all_addresses_are_replaced_in_one_call(world):
    a = world.node
    running(a)
    a.vzctl("set", "101", "--ipdel", "all", "--ipadd", "10.77.1.78", "--save")
    wait_for("the new address", lambda: reaches(world.client, "10.77.1.78"), 10)
    assert not reaches(world.client, v4("101"))
    assert 'IP_ADDRESS="10.77.1.78"' in a.read_file(a.conf("101"))


def test_a_container_cannot_send_with_an_address_that_is_not_its_own(world):
    a = world.node
    running(a)
    a.exec("101", "ip addr add 10.77.1.200/32 dev venet0")
    assert a.exec("101", f"ping -c 1 -W 1 -I 10.77.1.200 {world.client.addresses[0]}", check=False).rc != 0
    assert a.exec("101", f"ping -c 1 -W 1 -I {v4('101')} {world.client.addresses[0]}").rc == 0
    sniffed = world.client.run(["ip", "neigh"]).stdout
    assert "10.77.1.200" not in sniffed


def test_an_address_in_use_is_refused(world):
    a = world.node
    running(a, "101")
    create(a, "102", MINIMAL, network=False)
    a.vzctl("start", "102")
    result = a.vzctl("set", "102", "--ipadd", v4("101"), "--save", check=False)
    assert result.rc in (34, 78), result
    assert v4("101") not in a.read_file(a.conf("102"))
    assert reaches(world.client, v4("101"))


def test_an_address_of_another_computer_is_warned_of(world):
    a = world.node
    create(a)
    result = a.vzctl("start", "101")
    assert "another computer" not in result.out, result
    a.vzctl("stop", "101", "--fast")
    for address in (v4("101"), v6("101")):
        world.client.sh(f"ip addr add {address}/128 dev eth0 nodad" if ":" in address else f"ip addr add {address}/32 dev eth0")
    mac = world.client.sh("cat /sys/class/net/eth0/address").stdout.strip()
    result = a.vzctl("start", "101")
    for address in (v4("101"), v6("101")):
        world.client.sh(f"ip addr del {address}/{128 if ':' in address else 32} dev eth0")
    for address in (v4("101"), v6("101")):
        assert f"Warning: {address} is detected on another computer : {mac}" in result.out.lower().replace("warning", "Warning"), result
    assert a.is_running("101")


def test_an_address_of_another_computer_is_refused_where_vz_conf_says_so(world):
    a = world.node
    create(a)
    world.client.sh(f"ip addr add {v4('101')}/32 dev eth0")
    try:
        with vz_conf(a, "ERROR_ON_ARPFAIL", "yes"):
            result = a.vzctl("start", "101", check=False)
            assert result.rc == 34 and f"{v4('101')} is detected on another computer" in result.stderr, result
            assert a.status("101") == ["exist", "unmounted", "down"]
            assert_no_residue(a)
            a.vzctl("set", "101", "--ipdel", v4("101"), "--save")
            a.vzctl("start", "101")
            refused = a.vzctl("set", "101", "--ipadd", v4("101"), "--save", check=False)
            assert refused.rc == 34 and v4("101") not in a.read_file(a.conf("101")), refused
            assert v4("101") not in a.exec("101", "ip addr").stdout
            a.vzctl("set", "101", "--ipadd", v4("101"), "--skip_arpdetect", "--save")
    finally:
        world.client.sh(f"ip addr del {v4('101')}/32 dev eth0")


def test_addresses_are_answered_for_on_the_networks_that_vz_conf_names(world):
    a = world.node
    create(a)
    proxies = lambda: {line.split()[2] for line in a.sh("ip neigh show proxy").stdout.splitlines() if v4("101") in line}
    with a_bridge(a, "br7", "10.99.0.1/24"):
        for choice, devices in (("detect", {"eth0"}), ("list:br7 nothere", {"br7"}), ("all", {"eth0", "br7"})):
            with vz_conf(a, "NEIGHBOUR_DEVS", choice):
                result = a.vzctl("start", "101")
                assert proxies() == devices, (choice, proxies())
                assert ("NEIGHBOUR_DEVS names nothere, which is not there" in result.stderr) == ("nothere" in choice), result
                a.vzctl("stop", "101", "--fast")
                assert not proxies()


def test_the_host_speaks_to_containers_with_the_address_that_vz_conf_names(world):
    a = world.node
    with a_bridge(a, "br7", "10.99.0.1/24"), vz_conf(a, "VE_ROUTE_SRC_DEV", "br7"):
        running(a)
        assert "src 10.99.0.1" in a.sh(f"ip route get {v4('101')}").stdout


def test_a_veth_that_names_no_bridge_gets_the_one_of_vz_conf(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--netif_add", "eth0", "--save")
    with a_bridge(a, "br7"), vz_conf(a, "DEFAULT_BRIDGE", "br7"):
        a.vzctl("start", "101")
        assert "veth101.0" in a.run(["ip", "-o", "link", "show", "master", "br7"]).stdout
        assert "bridge=" not in a.read_file(a.conf("101"))


def test_vznetcfg_is_asked_about_each_veth_where_it_is_configured(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--netif_add", "eth0", "--save")
    a.write_file("/etc/vz/vznet.conf", 'EXTERNAL_SCRIPT="/root/hook"\n')
    try:
        a.write_file("/root/hook", "#!/bin/sh\necho $VEID $* >>/root/hooked\n", 0o755)
        a.vzctl("start", "101")
        a.vzctl("set", "101", "--netif_add", "eth1", "--save")
        assert a.read_file("/root/hooked") == "101 init veth veth101.0\n101 init veth veth101.1\n"
        a.write_file("/root/hook", "#!/bin/sh\nexit 1\n", 0o755)
        failed = a.vzctl("set", "101", "--netif_add", "eth2", "--save", check=False)
        assert failed.rc == 130 and failed.stderr.startswith("/usr/sbin/vznetcfg exited with error\n"), failed
        assert "veth101.2" not in a.run(["ip", "-o", "link"]).stdout
    finally:
        a.sh("rm /etc/vz/vznet.conf")


def test_a_veth_in_a_bridge(world):
    a = world.node
    a.sh("ip link add br0 type bridge && ip addr add 10.88.0.1/24 dev br0 && ip link set br0 up")
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--netif_add", "eth0,,,,br0", "--save")
    a.vzctl("start", "101")
    assert "veth101.0" in a.run(["ip", "-o", "link", "show", "master", "br0"]).stdout
    a.exec("101", "ip addr add 10.88.0.2/24 dev eth0 && ip link set eth0 up")
    wait_for("the container behind the bridge", lambda: reaches(a, "10.88.0.2"), 10)
    conf = [x for x in a.read_file(a.conf("101")).splitlines() if x.startswith("NETIF=")]
    assert conf and "ifname=eth0" in conf[0] and "bridge=br0" in conf[0] and "host_ifname=veth101.0" in conf[0], conf
    mac = conf[0].split("mac=")[1].split(",")[0].lower()
    assert mac in a.exec("101", "cat /sys/class/net/eth0/address").stdout.lower()
    a.vzctl("set", "101", "--netif_del", "eth0", "--save")
    assert a.exec("101", "test -e /sys/class/net/eth0", check=False).rc != 0
    assert "veth101" not in a.run(["ip", "-o", "link"]).stdout


def test_stopping_leaves_no_trace_in_the_network(world):
    a = world.node
    links = a.run(["ip", "-o", "link"]).stdout.count("\n")
    running(a)
    a.vzctl("stop", "101", "--fast")
    assert_no_residue(a)
    assert a.run(["ip", "-o", "link"]).stdout.count("\n") == links
    assert not reaches(world.client, v4("101"))
