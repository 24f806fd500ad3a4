"""What the distributions' scripts write does in a container that runs; see also tests/dists."""
from scenario import DEBIAN12, DEBIAN13, MINIMAL, create, running, slow, v4, v6, vzctl_is_built, wait_port

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1, clients=1)


def venet(node, ctid="101"):
    """Addresses and default routes inside."""
    out = node.exec(ctid, "ip -o addr show dev venet0 scope global; ip route; ip -6 route", check=False).stdout
    return {"v4": f"{v4(ctid)}/32" in out, "v6": f"{v6(ctid)}/128" in out,
            "route4": "default via 169.254.0.1 dev venet0" in out, "route6": "default via fe80::1 dev venet0" in out}


ALL = dict(v4=True, v6=True, route4=True, route6=True)


def debian(world, template):
    a = world.node
    create(a, "101", template, "--hostname", "web.example.org")
    a.vzctl("set", "101", "--nameserver", "192.0.2.53", "--searchdomain", "example.org", "--save")
    a.vzctl("start", "101", "--wait", timeout=120)
    assert venet(a) == ALL, venet(a)
    assert a.exec("101", "hostname; cat /etc/hostname").stdout == "web\nweb\n"
    assert a.exec("101", "getent hosts web.example.org").stdout.split()[0] == v4("101")
    assert a.exec("101", "cat /etc/resolv.conf").stdout.startswith("search example.org\nnameserver 192.0.2.53\n")
    return a


@slow(240)
def test_a_debian_sets_venet0_up_by_itself_as_the_host_has_done(world):
    a = debian(world, DEBIAN12)
    a.exec("101", "ifdown venet0 && ip addr flush dev venet0 && ip link set venet0 down")
    assert venet(a) == dict(v4=False, v6=False, route4=False, route6=False)
    a.exec("101", "ifup venet0")
    assert venet(a) == ALL, venet(a)
    a.exec("101", "systemctl restart networking")
    assert venet(a) == ALL, venet(a)
    wait_port(world.client, "101", 22)


@slow(240)
def test_addresses_that_come_and_go_are_written_inside_at_once(world):
    a = debian(world, DEBIAN13)
    a.vzctl("set", "101", "--ipadd", "10.77.1.77", "--save")
    assert "# address 10.77.1.77\n" in a.exec("101", "cat /etc/network/interfaces.d/venet0").stdout
    a.vzctl("set", "101", "--ipdel", "10.77.1.77", "--save")
    assert "10.77.1.77" not in a.exec("101", "cat /etc/network/interfaces.d/venet0").stdout
    a.exec("101", "systemctl restart networking")
    assert venet(a) == ALL, venet(a)
    a.vzctl("set", "101", "--ipdel", "all", "--save")
    assert a.exec("101", "test -e /etc/network/interfaces.d/venet0", check=False).rc == 1


def test_a_third_partys_scripts_find_the_functions_of_old_and_their_environment(world):
    a = world.node
    a.sh("cp /etc/vz/dists/minimal.conf /etc/vz/minimal.kept")
    try:
        check_third_party(a)
    finally:
        a.sh("mv /etc/vz/minimal.kept /etc/vz/dists/minimal.conf; rm /etc/vz/dists/scripts/own-*")


def check_third_party(a):
    a.sh("""cat >/etc/vz/dists/minimal.conf <<'E'
ADD_IP=own-add_ip.sh
SET_HOSTNAME=own-hostname.sh
PRE_START=own-prestart.sh
SET_CONSOLE=own-console.sh
E
cd /etc/vz/dists/scripts
cat >own-add_ip.sh <<'E'
env | grep -E '^(VE_STATE|IP_ADDR|IPV6|IPDELALL)=' | sort >/etc/got-ip
for address in $IP_ADDR; do ip_conv "$address"; add_param /etc/own-ips ADDRESSES "$_IP"; done
E
echo 'echo "$HOSTNM $IP_ADDR" >/etc/got-name' >own-hostname.sh
echo 'echo "$VZ_KERNEL $USERNS" >/etc/got-start; type put_param 2>/dev/null' >own-prestart.sh
echo 'echo "$HOME $TERM" >/etc/got-console; exit 0' >own-console.sh
""")
    create(a, "101", MINIMAL, "--hostname", "own.name")
    # Its last script has ended with an error.
    result = a.vzctl("start", "101", check=False)
    assert result.rc == 79 and "prestart script" in result.out, result
    a.sh("echo 'echo \"$VZ_KERNEL $USERNS\" >/etc/got-start' >/etc/vz/dists/scripts/own-prestart.sh")
    a.vzctl("start", "101")
    read = lambda name: a.exec("101", f"cat /etc/{name}").stdout
    assert read("got-ip") == f"IPV6=yes\nIP_ADDR={v4('101')} {v6('101')}\nVE_STATE=starting\n", read("got-ip")
    assert read("own-ips") == f'ADDRESSES="{v4("101")} {v6("101")}"\n', read("own-ips")
    assert read("got-name") == f"own.name {v4('101')}\n"
    assert read("got-start") == "no yes\n"
    assert read("got-console") == "/ linux\n"


def test_an_interface_that_has_come_up_answers_for_the_containers_again(world):
    a = world.node
    running(a)
    proxies = lambda: a.sh("ip neigh show proxy; ip -6 neigh show proxy").stdout
    a.sh(f"ip neigh del proxy {v4('101')} dev eth0; ip -6 neigh del proxy {v6('101')} dev eth0")
    assert v4("101") not in proxies() and v6("101") not in proxies(), proxies()
    assert a.run(["vzifup-post", "eth0"]).out == ""
    assert f"{v4('101')} dev eth0" in proxies() and f"{v6('101')} dev eth0" in proxies(), proxies()
    for device in ("lo", "venet101", "no-such-device"):
        a.run(["vzifup-post", device])
