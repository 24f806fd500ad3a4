"""Commands that are killed or interrupted at any moment.

Each round lets a command run for a time drawn from the length that it takes, kills it, and
looks at what the next commands find.  VZ_E2E_SEED repeats a run.
"""
import os
import random
import signal
import time

from harness import wait_for
from scenario import MINIMAL, address, assert_no_residue, create, criu_fits, needs, residue, running, slow, v4, vzctl_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1, clients=0)
SEED = int(os.environ.get("VZ_E2E_SEED") or random.SystemRandom().randrange(10000))
ROUNDS = int(os.environ.get("VZ_E2E_ROUNDS") or 12)

COUNTERS = ("for i in 0 1 2; do setsid sh -c 'n=0; while :; do n=$((n+1)); echo $n >/run/c.'$i; mv /run/c.$i /run/c$i; sleep 0.05; done' "
            "</dev/null >/dev/null 2>&1 & done").replace("/run/c.'$i; mv /run/c.$i /run/c$i", "/run/c'$i'.new; mv /run/c'$i'.new /run/c'$i'")


def rounds(name):
    """Fractions of a command's time at which to strike, spread over all of it."""
    print(f"    seed {SEED}")
    dice = random.Random(f"{SEED} {name}")
    fractions = [(n + dice.random()) / ROUNDS for n in range(ROUNDS)]
    dice.shuffle(fractions)
    return fractions


def measure(a, *command):
    started = time.monotonic()
    a.vzctl(*command)
    return time.monotonic() - started


def strike(a, seconds, number, *command, group=False):
    """Starts a command and sends it a signal after that time; True if it came in time."""
    process = a.popen(["vzctl", *command])
    ended = process.poll(seconds) is not None
    process.kill(number, group=group)
    try:
        stdout, stderr, _ = process.communicate(timeout=40)
    except AssertionError as e:
        raise AssertionError(f"{command} after signal {number} at {seconds:.3f} s: {e}\n{a.sh('ps -eo pid,ppid,stat,wchan:20,args').stdout}")
    a.world.log(f"{command} struck by signal {number} after {seconds:.3f} s: {process.rc}\n{stdout.decode()}{stderr.decode()}")
    return not ended


def counts(a, ctid="101"):
    return [int(n or 0) for n in a.exec(ctid, "for i in 0 1 2; do cat /run/c$i; done").stdout.split()]


def counting(a, ctid="101"):
    a.exec(ctid, COUNTERS)
    wait_for("counters", lambda: len(a.exec(ctid, "cat /run/c0 /run/c1 /run/c2 2>/dev/null", check=False).stdout.split()) == 3, 5)


def goes_on(a, before, ctid="101"):
    """All processes of counting() are still there with their memory, and run."""
    # What was cut off is put right a moment after its death.
    wait_for("the container to go on", lambda: a.exec(ctid, "true", check=False).rc == 0, 10)
    now = counts(a, ctid)
    assert len(now) == 3 and all(x >= y for x, y in zip(now, before)), (before, now)
    wait_for(lambda: f"all of {counts(a, ctid)} to get past {now}", lambda: all(x > y for x, y in zip(counts(a, ctid), now)), 10)


def settled(a, *states, ctid="101"):
    """The words of status, once they are one of these."""
    return wait_for(lambda: f"one of {states}, not {a.status(ctid)}", lambda: [s for s in states if a.status(ctid) == s.split()], 10)[0]


DOWN, MOUNTED = "exist unmounted down", "exist mounted down"
RUNNING, SUSPENDED = "exist mounted running", "exist unmounted down suspended"


def test_start_killed_at_any_moment(world):
    a = world.node
    create(a)
    usual = measure(a, "start", "101")
    a.vzctl("stop", "101", "--fast")
    for n, fraction in enumerate(rounds("start")):
        strike(a, fraction * usual, signal.SIGKILL, "start", "101")
        if n % 2:
            # Whatever there is of it goes.
            a.vzctl("stop", "101", "--fast")
            if "mounted" in a.status("101"):
                a.vzctl("umount", "101")
        else:
            again = a.vzctl("start", "101", check=False)
            assert again.rc in (0, 32), again
            a.wait_started("101")
            a.exec("101", "ping -c 1 -W 2 10.77.0.1")
            a.vzctl("stop", "101", "--fast")
        assert settled(a, DOWN)
        assert_no_residue(a)


def test_start_interrupted_leaves_nothing(world):
    a = world.node
    create(a)
    usual = measure(a, "start", "101")
    a.vzctl("stop", "101", "--fast")
    for n, fraction in enumerate(rounds("interrupt start")):
        # The terminal sends it to the whole group, kill(1) to the one process.
        strike(a, fraction * usual, (signal.SIGINT, signal.SIGTERM)[n % 2], "start", "101", group=n % 3 == 0)
        if settled(a, DOWN, RUNNING) == RUNNING:
            a.vzctl("stop", "101", "--fast")
        assert_no_residue(a)
    a.vzctl("start", "101")
    a.wait_started("101")


@needs(criu_fits)
def test_chkpnt_killed_at_any_moment_loses_nothing(world):
    a = world.node
    running(a)
    counting(a)
    usual = measure(a, "chkpnt", "101")
    a.vzctl("restore", "101")
    for fraction in rounds("chkpnt"):
        before = counts(a)
        strike(a, fraction * usual, signal.SIGKILL, "chkpnt", "101")
        # It goes on, or is wholly suspended, by itself.
        if settled(a, RUNNING, SUSPENDED) == SUSPENDED:
            assert_no_residue(a)
            a.vzctl("restore", "101")
        goes_on(a, before)
        assert a.sh("ls /vz/dump").stdout == ""
        a.exec("101", "ping -c 1 -W 2 10.77.0.1")
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    goes_on(a, before)


@needs(criu_fits)
def test_chkpnt_interrupted_leaves_the_container_running(world):
    a = world.node
    running(a)
    counting(a)
    usual = measure(a, "chkpnt", "101")
    a.vzctl("restore", "101")
    for n, fraction in enumerate(rounds("interrupt chkpnt")):
        before = counts(a)
        strike(a, fraction * usual, (signal.SIGINT, signal.SIGTERM)[n % 2], "chkpnt", "101", group=n % 3 == 0)
        if settled(a, RUNNING, SUSPENDED) == SUSPENDED:
            a.vzctl("restore", "101")
        goes_on(a, before)
        assert a.sh("ls /vz/dump | grep -v fail.log", check=False).stdout == ""
        a.exec("101", "ping -c 1 -W 2 10.77.0.1")


@needs(criu_fits)
def test_restore_killed_or_interrupted_at_any_moment_loses_nothing(world):
    a = world.node
    running(a)
    counting(a)
    a.vzctl("chkpnt", "101")
    usual = measure(a, "restore", "101")
    for n, fraction in enumerate(rounds("restore")):
        before = counts(a)
        a.vzctl("chkpnt", "101")
        strike(a, fraction * usual, (signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGTERM)[n % 4], "restore", "101", group=n % 3 == 0)
        if settled(a, RUNNING, SUSPENDED) == SUSPENDED:
            assert_no_residue(a)
            a.vzctl("restore", "101")
        goes_on(a, before)
        assert a.sh("ls /vz/dump").stdout == ""
        a.exec("101", "ping -c 1 -W 2 10.77.0.1")


def test_create_and_destroy_killed_or_interrupted_at_any_moment(world):
    a = world.node
    began = time.monotonic()
    create(a)
    usual = time.monotonic() - began
    usual_destroy = measure(a, "destroy", "101")
    for n, fraction in enumerate(rounds("create")):
        number = (signal.SIGKILL, signal.SIGKILL, signal.SIGINT)[n % 3]
        in_time = strike(a, fraction * usual, number, "create", "101", "--ostemplate", MINIMAL, *address("101"))
        status = a.status("101")
        if number == signal.SIGINT and in_time and status[0] == "deleted":
            left = a.sh("ls -d /vz/private/101* /etc/vz/conf/101.conf /vz/root/101 /etc/vz/names/*", check=False).stdout
            assert not left, left
        if status[0] == "deleted":
            again = a.vzctl("create", "101", "--ostemplate", MINIMAL, *address("101"), check=False)
            assert again.rc == 0, again
        elif status[1] == "mounted":
            a.vzctl("umount", "101")
        strike(a, fraction * usual_destroy, signal.SIGKILL, "destroy", "101")
        again = a.vzctl("destroy", "101", check=False)
        assert again.rc in (0, 14), again
        assert settled(a, "deleted unmounted down")
        # The lock file of a destroy that was killed at its very end is there until the next command wants the lock.
        left = [what for what in residue(a) if what != "lock file"] + a.sh("ls -d /vz/private/101* /vz/root/101", check=False).stdout.split()
        assert not left, left
    create(a)
    a.vzctl("start", "101")
    a.wait_started("101")


def test_a_destroy_killed_at_any_change_is_finished_by_the_next(world):
    a = world.node
    struck = []
    for call in ("rename", "renameat2", "unlink", "unlinkat", "rmdir", "mkdir", "umount2"):
        for n in range(1, 20):
            create(a, "102", MINIMAL, "--name", "fleeting")
            a.sh("mkdir -p /vz/dump/Dump.102")
            # Traced is the command alone, not what it starts.
            killed = a.sh(f"strace -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={n} vzctl destroy 102", check=False)
            again = a.vzctl("destroy", "102", check=False)
            assert again.rc in (0, 14), again
            left = [what for what in residue(a, "102") if what != "lock file"]
            left += a.sh("ls -d /vz/private/102* /vz/root/102 /vz/dump/Dump.102* /etc/vz/names/*", check=False).stdout.split()
            assert not left, (call, n, left)
            if killed.rc == 0:
                break
            struck.append(f"{call} {n}")
    assert len(struck) >= 5, struck
