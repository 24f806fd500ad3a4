"""The small programs beside vzctl, with running containers and with neighbours."""
import re

from harness import wait_for
from scenario import MINIMAL, built, create, criu_fits, needs, running, vzctl_is_built

NEEDS = [vzctl_is_built, built("vzpid")]
WORLD = dict(nodes=1, clients=1)
SOFT_MAC = "02:00:00:00:00:99"


def rows(text):
    return [line.split() for line in text.splitlines()]


def init_of(node, ctid):
    """The container's init as the node sees it."""
    pids = [r[1] for r in rows(node.run(["vzps", "-E", ctid, "-o", "pid=,comm="]).stdout) if r[2] == "init"]
    assert pids, node.run(["vzps", "-E", ctid, "-ef"])
    return min(pids, key=int)


def mac_of(node):
    return node.read_file("/sys/class/net/eth0/address").strip()


def test_vzpid_tells_container_and_inner_number_of_a_process(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    a.exec("101", "sleep 987 >/dev/null 2>&1 </dev/null &")
    inner = a.exec("101", "pidof sleep").stdout.split()[0]
    init = init_of(a, "101")
    sleep = a.sees(["sleep", "987"])[0]
    assert a.run(["vzpid", init, "1", "999999"]).stdout.splitlines() == \
        ["Pid\tCTID\tName", f"{init}\t101\tinit", f"1\t0\t{a.read_file('/proc/1/comm').strip()}"]
    assert a.run(["vzpid", "-p", "-"], input=f"{init}\n{sleep}\n").stdout.splitlines() == \
        ["Pid\tCT/Pid\tCTID\tName", f"{init}\t1\t101\tinit", f"{sleep}\t{inner}\t101\tsleep"]


def test_vzps_and_vztop_show_the_container_of_each_process(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    running(a, "102", MINIMAL, network=False)
    a.vzctl("set", "102", "--name", "other", "--save")
    init = {ctid: init_of(a, ctid) for ctid in ("101", "102")}
    everything = rows(a.run(["vzps", "-ef"]).stdout)
    assert everything[0][:3] == ["CTID", "UID", "PID"], everything[0]
    by_pid = {r[2]: r[0] for r in everything[1:]}
    assert by_pid["1"] == "0" and by_pid[init["101"]] == "101" and by_pid[init["102"]] == "102", everything
    for command in (["vzps", "-E", "other", "aux"], ["vztop", "-b", "-n", "1", "-E", "other"]):
        text = a.run(command).stdout
        found = {tuple(r[:2]) for r in rows(text) if r and r[0].isdigit()}
        assert {ctid for ctid, _ in found} == {"102"}, text
    assert ("101", init["101"]) in {tuple(r[:2]) for r in rows(a.run(["vztop", "-b", "-n", "1"]).stdout) if r}
    screen = a.run(["script", "-qec", "vztop -d 0.2 -E 101", "/dev/null"], input="Mq", timeout=20)
    assert screen.rc == 0 and f" 101 {init['101']:>7} 100000 " in screen.stdout, screen


def test_beancounters_of_a_running_container(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--numproc", "50", "--ram", "256M", "--swap", "128M", "--save")
    a.vzctl("start", "101")
    a.wait_started("101")
    count = len(a.run(["vzps", "-E", "101", "-o", "pid="]).stdout.splitlines())
    table = a.run(["vzubc", "101"]).stdout
    assert table.splitlines()[1].startswith("CT 101       | HELD  Bar%  Lim%|"), table
    numproc = re.search(r"^ +numproc\| +(\d+) .*\| +(\d+) \| +(\d+) \|", table, re.M)
    assert numproc and numproc.groups() == (str(count), "50", "50"), (count, table)
    assert re.search(r"^ +physpages\|.*\| 256M\|", table, re.M), table
    assert a.run(["vzubc", "-q", "101"]).stdout == ""
    first = a.run(["vzubc", "-i", "101"])
    a.exec("101", "for i in 1 2 3; do sleep 600 >/dev/null 2>&1 </dev/null & done")
    second = a.run(["vzubc", "-i", "101"]).stdout
    assert re.search(r"^ +numproc\| +\d+ +\+3 ", second, re.M), (first, second)
    watched = a.run(["script", "-qec", "timeout --foreground 3 vzubc -wn 1 101", "/dev/null"], check=False, timeout=20)
    assert "numproc" in watched.stdout, watched
    text = a.run(["vzoversell"]).stdout
    row = next(r for r in rows(text) if r and r[0] == "101")
    assert row[3] == "256M" and row[7] == "128M", text
    assert "\n       101 " in text and "allocated:  256M" in text, text
    a.vzctl("stop", "101", "--fast")
    assert a.run(["vzubc"]).stdout == ""


def test_memory_of_a_running_container_is_compared_with_the_hosts(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    a.exec("101", "dd if=/dev/zero of=/run/zeros bs=1M count=20 2>/dev/null")
    table = [line.split() for line in a.run(["vzmemcheck", "-v", "-A"]).stdout.splitlines()]
    assert table[1][:2] == ["CTID", "LowMem"] and table[3][0] == "101" and table[5][0] == "Summary:", table
    ram = float(table[3][3])
    assert 20 < ram < 100, table
    assert table[5][1:] == table[3][1:] and float(table[6][2]) > ram, table
    percent = float(a.run(["vzmemcheck"]).stdout.splitlines()[-1].split()[2])
    assert abs(percent - 100 * ram / float(table[6][2])) < 0.1, (percent, table)
    for key in ("kmemsize", "tcpsndbuf", "tcprcvbuf", "othersockbuf", "dgramrcvbuf"):
        a.vzctl("set", "101", f"--{key}", "1M", "--save")
    a.vzctl("set", "101", "--vmguarpages", "64M", "--privvmpages", "128M", "--numproc", "100", "--save")
    figures = {line[:10].strip(): line[10:].split() for line in a.run(["vzcalc", "-v", "101"]).stdout.splitlines()}
    assert float(figures["Total RAM"][0]) > 0 and figures["Total RAM"][1:] == ["n/a", "n/a"], figures
    assert figures["Memory"][0] == figures["Total RAM"][0] and figures["Num. Proc"][0] != "n/a", figures
    a.vzctl("stop", "101", "--fast")
    assert a.run(["vzcalc", "101"]).stdout.splitlines()[1].split()[1] == "n/a"


def test_vzcpucheck_counts_the_units_in_force(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    create(a, "102", MINIMAL, network=False)
    before = rows(a.run(["vzcpucheck", "-v"]).stdout)
    assert ["101", "1000"] in before and "102" not in [r[0] for r in before], before
    a.vzctl("set", "101", "--cpuunits", "3000")
    weighed = a.sh("cat /sys/fs/cgroup/vz/101/cpu.weight /sys/fs/cgroup/cpu*/vz/101/cpu.shares 2>/dev/null", check=False).stdout
    after = rows(a.run(["vzcpucheck", "-v"]).stdout)
    assert ["101", "3000" if weighed else "1000"] in after, (weighed, after)
    total = sum(int(r[1]) for r in after if r[0].isdigit())
    assert ["Current", "CPU", "utilization:", str(total)] in after, after


def test_a_sample_of_vzsplit_makes_containers_and_is_valid(world):
    a = world.node
    assert a.run(["vzsplit", "-n", "4", "-v", "no", "-f", "quarter"]).rc == 0
    create(a, "101", MINIMAL, "--config", "quarter", network=False)
    text = a.read_file(a.conf("101"))
    assert 'ORIGIN_SAMPLE="quarter"' in text and "NUMPROC=" in text, text
    assert a.run(["vzcfgvalidate", a.conf("101")]).stderr.endswith("Validation completed: success\n")
    a.vzctl("set", "101", "--numproc", "10:20", "--save")
    result = a.run(["vzcfgvalidate", a.conf("101")], check=False)
    assert result.rc == 2 and "Error: barrier should be equal to limit for numproc (currently, 10:20)" in result.stderr
    assert a.run(["vzcfgvalidate", "-r", a.conf("101")]).rc == 0
    assert 'NUMPROC="20"' in a.read_file(a.conf("101"))


def test_arpsend_finds_an_address_that_another_computer_uses(world):
    a, client = world.node, world.client
    used, free = client.addresses[0], "10.77.0.77"
    found = a.run(["arpsend", "-D", "-c", "1", "-w", "1", "-e", used, "eth0"], check=False)
    assert found.rc == 3, found
    assert found.stderr == f"arpsend: {used} is detected on another computer : {mac_of(client)}\n", found
    assert a.run(["arpsend", "-D", "-c", "1", "-w", "1", "-e", free, "eth0"]).out == ""
    both = a.run(["arpsend", "-D", "-c", "1", "-w", "1", "-e", free, "-e", used, "eth0"], check=False)
    assert both.rc == 3 and free not in both.stderr, both
    # Its own address is no other computer's.
    assert a.run(["arpsend", "-D", "-c", "1", "-w", "1", "-e", a.addresses[0], "eth0"]).rc == 0
    assert a.run(["arpsend", "-Q", "-c", "1", "-w", "1", "-e", used, "eth0"]).rc == 0
    assert a.run(["arpsend", "-Q", "-c", "2", "-w", "1", "-e", free, "eth0"], check=False).rc == 4
    a.run(["ip", "link", "add", "nowhere", "type", "veth", "peer", "name", "nobody"])
    down = a.run(["arpsend", "-D", "-e", used, "nowhere"], check=False)
    a.run(["ip", "link", "del", "nowhere"])
    assert (down.rc, down.stderr) == (2, "arpsend: iface 'nowhere' is down\n"), down


def learns(client, address, mac, send):
    """Until the client takes the address to be at that hardware address."""
    def learned():
        send()
        return mac in client.run(["ip", "neigh", "show", address, "dev", "eth0"]).stdout
    client.run(["ip", "neigh", "replace", address, "lladdr", SOFT_MAC, "nud", "stale", "dev", "eth0"])
    wait_for(f"{address} at {mac}", learned, 10, 0.3)
    client.run(["ip", "neigh", "del", address, "dev", "eth0"])


def test_announcements_move_an_address_at_the_neighbours(world):
    a, client = world.node, world.client
    learns(client, "10.77.0.88", mac_of(a),
           lambda: a.run(["arpsend", "-U", "-c", "1", "-i", "10.77.0.88", "-e", "10.77.0.88", "eth0"]))
    learns(client, "fd77::88", mac_of(a), lambda: a.run(["ndsend", "fd77::88", "eth0"]))
    learns(client, "fd77::88", mac_of(a), lambda: a.run(["arpsend", "-U", "-i", "fd77::88", "eth0"]))
    learns(client, "10.77.0.88", "02:00:00:00:00:42",
           lambda: a.run(["arpsend", "-U", "-c", "1", "-i", "10.77.0.88", "-S", "02:00:00:00:00:42", "eth0"]))


def test_vznnc_moves_bytes_between_two_commands(world):
    a = world.node
    listener = a.popen(["vznnc", "-l", "-p", "4711", "--", "sh", "-c", "cat >/tmp/got; echo all >&2; exit 7"], stdin="pipe")
    wait_for("the listener", lambda: ":4711" in a.run(["ss", "-ltn"]).stdout, 10)
    assert a.run(["vznnc", "-c", "-p", "4711", "sh", "-c", "head -c 5000000 /dev/zero | tr '\\0' x"]).out == ""
    _, stderr, _ = listener.communicate(timeout=20)
    assert listener.rc == 7 and stderr == b"all\n", (listener.rc, stderr)
    assert a.run(["stat", "-c", "%s", "/tmp/got"]).stdout == "5000000\n"
    # As a descriptor of its own, with the streams left alone.
    listener = a.popen(["vznnc", "-l", "-p", "4712", "-f", "5", "--", "sh", "-c", "cat <&5"], stdin="pipe")
    wait_for("the listener", lambda: ":4712" in a.run(["ss", "-ltn"]).stdout, 10)
    a.run(["vznnc", "-c", "-p", "4712", "-f", "9", "--", "sh", "-c", "echo hello >&9"])
    stdout, _, _ = listener.communicate(timeout=20)
    assert (listener.rc, stdout) == (0, b"hello\n")


def test_vznnc_does_not_outlive_who_waits_for_it(world):
    a = world.node
    listener = a.popen(["vznnc", "-l", "-p", "4713", "true"], stdin="pipe")
    wait_for("the listener", lambda: ":4713" in a.run(["ss", "-ltn"]).stdout, 10)
    listener.close_stdin()
    assert listener.wait(20) == 220


@needs(criu_fits)
def test_vzcptcheck_compares_hosts_by_numbers(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    version = a.run(["vzcptcheck", "version"]).stdout.strip()
    assert int(version) >= 30000
    assert a.run(["vzcptcheck", "version", version]).rc == 0
    assert a.run(["vzcptcheck", "version", str(int(version) + 1)], check=False).rc == 2
    caps = a.run(["vzcptcheck", "caps"]).stdout.strip()
    assert a.run(["vzcptcheck", "caps", "101", caps]).rc == 0
    worse = a.run(["vzcptcheck", "caps", "101", "0"], check=False)
    assert (worse.rc, worse.stderr) == (2, "Insufficient CPU capabilities: can't migrate\n"), worse
