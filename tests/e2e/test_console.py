"""vzctl console: attaching, leaving and coming back, over everything that happens to a container."""
import os
import pty
import re
import select
import time

from harness import wait_for
from scenario import DEBIAN12, MINIMAL, assert_no_residue, create, criu_fits, needs, running, slow, start, vzctl_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=2)

# Answers each line on the console, and tells with what it began: its memory.
PARROT = ("setsid sh -c 'exec </dev/console >/dev/console 2>&1; n=0; "
          "while read -r line; do n=$((n+1)); echo \"heard:$line:$n\"; done' >/dev/null 2>&1 </dev/null &")


class Console:
    """`vzctl console` on a terminal of its own."""

    def __init__(self, node, ctid="101"):
        self.master, slave = pty.openpty()
        self.process = node.popen(["vzctl", "console", ctid], stdin=slave, stdout=slave, stderr=slave,
                                  env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TERM": "linux"})
        os.close(slave)
        self.seen = ""
        self.expect("Attached to CT")

    def type(self, text):
        os.write(self.master, text.encode())

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            try:
                self.seen += os.read(self.master, 65536).decode(errors="replace")
            except OSError:  # the program has closed its side
                time.sleep(seconds)

    def expect(self, pattern, seconds=15):
        """Waits for it in what has not been looked at yet."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            assert time.monotonic() < end, f"no {pattern!r} on the console but {self.seen!r}"
            self.read(0.1)
        self.seen = self.seen[found.end():]
        return found

    def ask(self, word, seconds=15):
        """Says a word to the parrot; the number of its answer."""
        self.type(word + "\r")
        return int(self.expect(rf"heard:{word}:(\d+)", seconds).group(1))

    def leave(self):
        self.type("\r\x1b.")
        self.expect("Detached from CT")
        self.process.wait(10)
        os.close(self.master)
        assert self.process.rc == 0, self.process.rc


def parrot(node, ctid="101"):
    node.exec(ctid, PARROT)


def test_what_is_typed_arrives_and_the_answer_comes_back(world):
    a = world.nodes[0]
    running(a)
    parrot(a)
    console = Console(a)
    assert console.ask("one") == 1
    console.leave()
    again = Console(a)
    assert again.ask("two") >= 2
    # An escape in the middle of a line, or followed by something else, belongs to the container.
    again.type("x\x1b.y\r")
    again.expect(r"heard:x\x1b\.y:")
    second = Console(a)
    second.ask("three")
    again.expect("heard:three:")
    second.leave()
    again.leave()
    a.vzctl("stop", "101", "--fast")
    assert_no_residue(a)


def test_nobody_has_to_listen(world):
    a = world.nodes[0]
    running(a)
    a.exec("101", "seq 1 100000 >/dev/console", timeout=30)
    parrot(a)
    console = Console(a)
    console.ask("still-there")
    console.leave()


def test_a_container_that_writes_without_end_does_not_keep_the_host_busy(world):
    a = world.nodes[0]
    running(a)
    a.exec("101", "setsid sh -c 'exec yes >/dev/console' >/dev/null 2>&1 </dev/null &")
    (pid,) = server_pids(a)
    used = lambda: sum(int(word) for word in a.read_file(f"/proc/{pid}/stat").rpartition(")")[2].split()[11:13])
    before, began = used(), time.monotonic()
    time.sleep(2)
    share = (used() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began)
    assert share < 0.3, f"the console server takes {share:.0%} of a CPU"


def test_a_console_waits_for_its_container_and_stays_over_a_restart(world):
    a = world.nodes[0]
    create(a)
    console = Console(a)
    start(a)
    parrot(a)
    time.sleep(0.5)
    console.ask("up")
    a.vzctl("restart", "101", "--fast")
    parrot(a)
    time.sleep(0.5)
    console.ask("up-again")
    a.vzctl("stop", "101", "--fast")
    a.vzctl("destroy", "101")
    console.expect("Detached from CT")


def test_a_killed_console_server_is_replaced(world):
    a = world.nodes[0]
    running(a)
    for pid in server_pids(a):
        a.run(["kill", "-9", pid])
    console = Console(a)
    wait_for("a new server", lambda: server_pids(a), 10)
    parrot(a)
    time.sleep(0.5)
    console.ask("new")
    console.leave()
    assert a.status("101") == ["exist", "mounted", "running"]


def server_pids(node, ctid="101"):
    return node.sees(["/usr/libexec/vz/vzmonitor", "--console", f"/run/vz/{ctid}/console"])


@needs(criu_fits)
def test_a_console_works_across_checkpoint_and_restore(world):
    a = world.nodes[0]
    running(a)
    parrot(a)
    console = Console(a)
    first = console.ask("before")
    a.vzctl("chkpnt", "101")
    assert not server_pids(a)
    a.vzctl("restore", "101")
    time.sleep(0.5)
    assert console.ask("after") > first, "the parrot began anew"
    console.leave()


@needs(criu_fits)
def test_a_console_that_nobody_had_open_works_after_a_restore(world):
    a = world.nodes[0]
    running(a)
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    parrot(a)
    console = Console(a)
    console.ask("new")
    console.leave()
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    again = Console(a)
    assert again.ask("still") > 1
    again.leave()


@needs(criu_fits)
@slow(180)
def test_a_login_on_the_console_of_a_debian_container_moves_with_it(world):
    a, b = world.nodes
    running(a, "101", DEBIAN12)
    a.vzctl("set", "101", "--userpasswd", "root:secret")
    console = Console(a)
    console.type("\r")
    console.expect("login: ", 30)
    console.type("root\r")
    console.expect("Password: ")
    console.type("secret\r")
    console.expect("# ")
    console.type("MARK=kept; tty\r")
    console.expect("/dev/console")
    a.run(["vzmigrate", "--online", b.ip, "101"], timeout=120)
    console.expect("Detached from CT", 30)
    moved = Console(b)
    moved.type("\r")
    moved.expect("# ")
    moved.type("echo it-is-$MARK\r")
    moved.expect("it-is-kept")
    moved.leave()
