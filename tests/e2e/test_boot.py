"""Boot and shutdown of all containers of a node."""
from harness import wait_for
from scenario import MINIMAL, create, criu_fits, needs, running, vzctl_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1, clients=0)


def vz(node, action, **more):
    """What the unit and the init script call."""
    return node.sh(f"for d in /usr/libexec/vz /usr/local/libexec/vz; do if [ -x $d/vzboot ]; then exec $d/vzboot {action}; fi; done; exit 5",
                   timeout=120, **more)


def three(node):
    # What earlier tests have left to the next boot.
    node.sh("rm -rf /run/vz/boot-* /var/lib/vzctl/vzreboot")
    for ctid, order in (("101", "1"), ("102", None), ("103", "7")):
        create(node, ctid, MINIMAL)
        if order:
            node.vzctl("set", ctid, "--bootorder", order, "--save")


def states(node):
    return [node.status(ctid)[2] for ctid in ("101", "102", "103")]


def as_after_a_boot(node):
    node.sh("rm -rf /run/vz")


def test_containers_are_started_by_onboot_and_in_their_order(world):
    a = world.node
    three(a)
    a.vzctl("set", "101", "--onboot", "yes", "--save")
    a.vzctl("set", "103", "--onboot", "yes", "--save")
    assert vz(a, "status", check=False).rc == 3
    said = vz(a, "start")
    assert said.stdout == ("Starting CT: 103\nContainer 103 start: ok\nStarting CT: 101\nContainer 101 start: ok\n"), said
    assert states(a) == ["running", "down", "running"]
    assert vz(a, "status").stdout == "OpenVZ is running...\n"
    assert vz(a, "start").stdout == ""
    vz(a, "stop")
    assert states(a) == ["down", "down", "down"]


def test_a_shutdown_that_stops_is_followed_by_a_boot_that_starts_what_ran(world):
    a = world.node
    a.set_conf("VE_STOP_MODE", "stop")
    three(a)
    for ctid in ("101", "102"):
        a.vzctl("start", ctid)
    said = vz(a, "stop")
    assert said.stdout == "Stopping CT: 102\nContainer 102 stop: ok\nStopping CT: 101\nContainer 101 stop: ok\n", said
    assert states(a) == ["down", "down", "down"]
    as_after_a_boot(a)
    vz(a, "start")
    assert states(a) == ["running", "running", "down"]
    a.set_conf("VE_STOP_MODE", "suspend")


@needs(criu_fits)
def test_a_shutdown_suspends_and_the_boot_brings_the_processes_back(world):
    a = world.node
    three(a)
    for ctid in ("101", "102", "103"):
        a.vzctl("start", ctid)
        a.wait_started(ctid)
        a.exec(ctid, "(sleep 1000 & echo $! >/run/kept) >/dev/null 2>&1")
    said = vz(a, "stop")
    assert "Container 101 suspend: ok" in said.stdout, said
    assert [line for line in said.stdout.splitlines() if line.startswith("Susp")] == \
        ["Suspending CT: 102", "Suspending CT: 101", "Suspending CT: 103"], said
    assert a.status("101")[3:] == ["suspended"], a.status("101")
    as_after_a_boot(a)
    vz(a, "start")
    assert states(a) == ["running", "running", "running"]
    for ctid in ("101", "102", "103"):
        a.exec(ctid, "kill -0 $(cat /run/kept)")


def test_a_boot_that_was_killed_goes_on(world):
    a = world.node
    three(a)
    for ctid in ("101", "102", "103"):
        a.vzctl("start", ctid)
    a.set_conf("VE_STOP_MODE", "stop")
    vz(a, "stop")
    as_after_a_boot(a)
    a.set_conf("VE_PARALLEL", "1")
    a.sh("for d in /usr/libexec/vz /usr/local/libexec/vz; do [ ! -x $d/vzboot ] || exec timeout -s KILL 0.2 $d/vzboot start; done",
         check=False)
    # What the killed one has begun comes to its end by itself.
    wait_for("end of vzctl", lambda: not a.sees(["/usr/sbin/vzctl", "start"]), 30)
    vz(a, "start")
    assert states(a) == ["running", "running", "running"]
    vz(a, "stop")
    assert states(a) == ["down", "down", "down"]
    a.set_conf("VE_STOP_MODE", "suspend")
