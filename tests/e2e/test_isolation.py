"""Attempts of a container's root to leave it, to take more than its share, and to lead the host astray.

escape.c makes them; here stands what each is given and what the host looks at afterwards.  Each attempt prints
its line, so that the output is the table of them.
"""
import json
import time

from harness import wait_for
from scenario import create, escape_program, needs, running, slow, start, v4, vzctl_is_built, vzmigrate_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=2, clients=0)
ALONE = True

MARKER = "/vz-host-marker"


def armed(a, ctid="101", *options):
    """A running container with the program in it."""
    create(a, ctid)
    if options:
        a.vzctl("set", ctid, *options, "--save")
    start(a, ctid)
    a.run(["vzctl", "exec2", ctid, "cat >/escape && chmod 755 /escape"], input=escape_program(), text=False)


def attempts(a, prefix, ctid="101"):
    names = a.exec(ctid, "/escape").stdout.split()
    return [name for name in names if name.startswith(prefix + "_")]


def attempt(a, name, argument="", ctid="101", timeout=60):
    result = a.exec(ctid, f"/escape {name} {argument}", check=False, timeout=timeout)
    print(f"    {name:28} {result.stdout.strip()}{result.stderr.strip()}")
    return result


def all_refused(a, prefix, arguments=None, ctid="101"):
    results = {name: attempt(a, name, (arguments or {}).get(name, ""), ctid) for name in attempts(a, prefix, ctid)}
    assert len(results) > 3, results
    came_through = [name for name, result in results.items() if result.rc != 0 or not result.stdout.startswith("refused: ")]
    assert not came_through, [results[name] for name in came_through]


SETTINGS = ("/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/panic_on_oops", "/proc/sys/fs/file-max",
            "/sys/kernel/mm/transparent_hugepage/enabled", "/proc/irq/default_smp_affinity")


def settings_of_host(a):
    return a.sh("cat " + " ".join(SETTINGS) + " 2>/dev/null", check=False).stdout


def test_the_hosts_kernel_takes_no_orders(world):
    a = world.node
    armed(a)
    before = settings_of_host(a)
    all_refused(a, "kernel")
    all_refused(a, "proc")
    all_refused(a, "sys")
    assert settings_of_host(a) == before


def test_the_hosts_devices_and_files_are_out_of_reach(world):
    a = world.node
    a.sh(f"mkdir -p {MARKER}; echo secret >{MARKER}/secret")
    armed(a)
    all_refused(a, "device")
    all_refused(a, "file", {name: MARKER for name in attempts(a, "file")})


def test_an_executed_process_carries_nothing_from_outside(world):
    a = world.node
    a.sh(f"mkdir -p {MARKER}; echo secret >{MARKER}/secret")
    armed(a)
    # While a command from outside is at work inside, through exec and through a script.
    a.popen(["vzctl", "exec2", "101", "sleep 5"])
    wait_for("the command inside", lambda: "sleep 5" in a.exec("101", "ps").stdout)
    assert attempt(a, "file_descriptor_of_host", MARKER).rc == 0


def foreign_pid(a):
    """A process of the host whose number is nobody's inside."""
    while True:
        process = a.popen(["sleep", "1000"])
        if a.exec("101", f"test -e /proc/{process.pid}", check=False).rc != 0:
            return process


def test_other_processes_namespaces_and_groups_are_out_of_reach(world):
    a = world.node
    armed(a, "101", "--numproc", "300", "--ram", "128M", "--swap", "0")
    running(a, "102")
    process = foreign_pid(a)
    listener = a.popen(["/usr/bin/python3", "-ISc", "import socket, sys, time\ns = socket.socket(socket.AF_UNIX)\n"
                        "s.bind('\\0vz-host-socket'); s.listen(); print('ready', flush=True); time.sleep(1000)"], stdout="pipe")
    assert listener.stdout.readline() == b"ready\n"
    cpus = a.sh("nproc").stdout.strip()
    pid = str(process.pid)
    all_refused(a, "process", {"process_ptrace": pid, "process_signal": pid, "process_pidfd": pid, "process_cpus": cpus,
                               "process_abstract_socket": "vz-host-socket"})
    assert process.poll() is None
    all_refused(a, "cgroup", {"cgroup_of_another": "102"} | {name: "102" for name in attempts(a, "cgroup")})
    shown = json.loads(a.run(["vzlist", "-j", "-o", "ctid,physpages,numproc", "101"]).stdout)[0]
    assert shown["physpages"]["limit"] == 32768 and shown["numproc"]["limit"] == 300, shown


def received(a, source):
    """What 102 gets when 101 sends it a datagram with that source address."""
    receiver = a.popen(["vzctl", "exec2", "102", "/escape receive 9999"], stdout="pipe")
    assert receiver.stdout.readline() == b"listening\n"
    sent = attempt(a, "network_spoof", f"{source},{v4('102')},9999")
    assert sent.stdout == "sent\n", sent
    words = receiver.communicate(timeout=20)[0].decode().strip()
    print(f"    {'':28} from {source} arrives: {words}")
    return words


def test_another_containers_address_cannot_be_used(world):
    a = world.node
    armed(a)
    armed(a, "102")
    for stolen in ("10.77.1.3", "10.77.0.1", "8.8.8.8"):
        assert received(a, stolen) == "nothing"
    # The way is open for the right address.
    assert received(a, v4("101")) == f"spoofed from {v4('101')}"
    assert attempt(a, "network_host_interfaces", "veth102.0").rc == 0


COUNT = "n=0; end=$(($(date +%s) + 2)); while [ $(date +%s) -lt $end ]; do n=$((n+1)); done; echo $n"


def pace(a, ctid="102"):
    """How much work the neighbour gets done in two seconds."""
    return int(a.exec(ctid, COUNT, timeout=60).stdout)


@slow(300)
def test_bombs_of_all_kinds_stay_inside(world):
    a = world.node
    armed(a, "101", "--numproc", "200", "--ram", "96M", "--swap", "0", "--cpulimit", "50")
    running(a, "102")
    usual = pace(a)
    for name in ("bomb_fork", "bomb_memory", "bomb_tmpfs", "bomb_files"):
        bomb = a.popen(["vzctl", "exec", "101", f"/escape {name}"], stdout="pipe")
        time.sleep(0.5)
        during = pace(a)
        free = int(a.sh("sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo").stdout)
        a.sh("true", timeout=20)
        a.vzctl("status", "101", timeout=30)
        # Whatever is left of it, the host can end it.
        a.vzctl("stop", "101", "--fast", timeout=60)
        words = bomb.communicate(timeout=60)[0].decode().strip()
        print(f"    {name:28} {words or 'ended with its container'}; the neighbour got {during} of {usual} done")
        assert "SUCCEEDED" not in words, words
        # Half of one processor is the bomb's; the rest is noise of the machine.
        assert during > usual / 5, (name, during, usual)
        assert free > 200 * 1024, free
        a.vzctl("start", "101")
        a.wait_started("101")
    assert pace(a) > usual / 5


LINKED = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/etc/shadow", "/etc/passwd", "/etc/network/interfaces", "/etc/os-release")


def canaries(a):
    return a.sh(f"cd {MARKER} && find . -type f | sort | xargs cat; find . | sort").stdout


def test_symlinks_inside_do_not_lead_the_host_out_of_the_private_area(world):
    a = world.node
    a.sh(f"rm -rf {MARKER}; mkdir -p {MARKER}/network {MARKER}/pts; for f in hostname hosts resolv.conf shadow passwd os-release network/interfaces null; "
         f"do echo host >{MARKER}/$f; done")
    armed(a)
    before = canaries(a)

    def change_everything():
        for options in (("--hostname", "changed"), ("--nameserver", "10.77.0.1"), ("--searchdomain", "example.org"), ("--ipadd", "10.77.1.50"),
                        ("--ipdel", "10.77.1.50"), ("--userpasswd", "root:secret"), ("--devnodes", "urandom:rw"), ("--devnodes", "urandom:none"),
                        ("--devnodes", "net/tun:rw"), ("--devnodes", "net/tun:none")):
            a.vzctl("set", "101", *options, check=False, timeout=60)
        a.vzctl("exec", "101", "true", check=False)
        a.sh("echo true >/tmp/script; vzctl runscript 101 /tmp/script", check=False)

    # Single files, then directories above them.
    for path in LINKED:
        a.exec("101", f"mkdir -p $(dirname {path}); rm -f {path}; ln -s {MARKER}/${{x:-{path.removeprefix('/etc/')}}} {path}", check=False)
    change_everything()
    assert canaries(a) == before
    a.exec("101", f"mv /etc /etc.old; ln -s {MARKER} /etc; mkdir -p /dev; rm -rf /dev/net; ln -s {MARKER} /dev/net", check=False)
    change_everything()
    assert canaries(a) == before
    a.vzctl("stop", "101", "--fast")
    # What lies in the way when it starts; mount points too.
    private = "/vz/private/101"
    a.sh(f"cd {private} && rm -rf dev proc sys run tmp && for d in dev proc sys run tmp; do ln -s {MARKER} $d; done")
    a.vzctl("start", "101", check=False)
    change_everything()
    a.vzctl("stop", "101", "--fast", check=False)
    a.vzctl("umount", "101", check=False)
    assert canaries(a) == before
    a.vzctl("destroy", "101")
    assert canaries(a) == before


@needs(vzmigrate_is_built)
def test_a_container_that_races_with_its_migration_takes_no_files_of_the_host_along(world):
    a, b = world.nodes
    a.sh(f"mkdir -p {MARKER}; echo 'known to the host alone' >{MARKER}/secret")
    armed(a)
    racing = a.popen(["vzctl", "exec2", "101", f"/escape race_walk {MARKER}"], stdout="pipe")
    assert racing.stdout.readline() == b"racing\n"
    # Read-only and without symlinks is how rsync sees it, and only rsync.
    a.sh("cat >/usr/local/bin/rsync; chmod 755 /usr/local/bin/rsync",
         input="#!/bin/sh\ngrep ' /vz/private/101 ' /proc/self/mountinfo >>/root/rsync-saw\nexec /usr/bin/rsync \"$@\"\n")
    result = a.run(["vzmigrate", "--online", b.ip, "101"], timeout=120)
    print(f"    race_walk {'':18} {result.stderr.count('symbolic links')} times refused to rsync")
    saw = a.read_file("/root/rsync-saw").splitlines()
    assert len(saw) >= 3 and all("nosymfollow" in line and " ro," in line for line in saw), saw
    b.vzctl("exec", "101", "true")
    assert b.sh("grep -rl 'known to the host alone' /vz/private", check=False).stdout == ""
    a.sh("rm /usr/local/bin/rsync")
