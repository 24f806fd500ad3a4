"""A container's life on one node."""
import time

from harness import wait_for
from scenario import (DEBIAN12, DEBIAN13, MINIMAL, assert_no_residue, create, needs, vzctl_is_built, vzlist_is_built,
                      running, slow, start, v4)

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1, clients=1)


def test_a_container_is_created_started_stopped_and_destroyed(world):
    a = world.node
    create(a)
    assert a.status("101") == ["exist", "unmounted", "down"]
    a.vzctl("start", "101")
    assert a.status("101") == ["exist", "mounted", "running"]
    a.vzctl("stop", "101")
    assert a.status("101") == ["exist", "unmounted", "down"]
    assert_no_residue(a)
    a.vzctl("destroy", "101")
    assert a.status("101") == ["deleted", "unmounted", "down"]
    assert not a.exists("/vz/private/101") and not a.exists(a.conf("101"))
    assert a.exists("/etc/vz/conf/101.conf.destroyed")


def test_create_writes_what_was_asked_for_into_the_configuration(world):
    a = world.node
    create(a, "101", MINIMAL, "--hostname", "some.host", "--name", "web one", "--description", "a text")
    text = a.read_file(a.conf("101"))
    for line in ('HOSTNAME="some.host"', 'NAME="web one"', 'DESCRIPTION="a text"', f'OSTEMPLATE="{MINIMAL}"',
                 'ORIGIN_SAMPLE=', 'VE_ROOT="/vz/root/$VEID"', 'VE_PRIVATE="/vz/private/$VEID"', 'VE_LAYOUT="simfs"'):
        assert line in text, f"{line} not in:\n{text}"
    assert a.vzctl("status", "web one").stdout.startswith("CTID 101 exist")


def test_a_container_is_not_created_twice(world):
    a = world.node
    create(a)
    before = a.read_file(a.conf("101"))
    again = a.vzctl("create", "101", "--ostemplate", MINIMAL, check=False)
    assert again.rc == 44 and "Private area already exists in /vz/private/101" in again.out, again
    assert a.read_file(a.conf("101")) == before
    assert a.status("101")[0] == "exist"


def test_create_without_a_known_template_leaves_nothing(world):
    a = world.node
    result = a.vzctl("create", "101", "--ostemplate", "no-such-template", check=False)
    assert result.rc == 91, result
    assert a.status("101")[0] == "deleted"
    assert not a.exists("/vz/private/101") and not a.exists("/vz/private/101.tmp") and not a.exists(a.conf("101"))


def test_commands_that_do_not_fit_the_state_are_refused(world):
    a = world.node
    create(a)
    assert a.vzctl("exec", "101", "true", check=False).rc == 8
    result = a.vzctl("exec2", "101", "true", check=False)
    assert result.rc == 31 and "Container is not running" in result.out
    result = a.vzctl("stop", "101", check=False)
    assert result.rc == 0 and "container is not running" in result.out
    assert a.vzctl("umount", "101", check=False).rc == 40
    a.vzctl("start", "101")
    assert a.vzctl("start", "101", check=False).rc == 32
    result = a.vzctl("destroy", "101", check=False)
    assert result.rc == 32 and "Container is currently running. Stop it first." in result.out
    assert a.vzctl("umount", "101", check=False).rc == 32
    assert a.is_running("101")
    assert a.vzctl("start", "999", check=False).rc == 14


def test_mount_and_umount_without_starting(world):
    a = world.node
    create(a)
    a.vzctl("mount", "101")
    assert a.status("101") == ["exist", "mounted", "down"]
    assert a.exists("/vz/root/101/bin/busybox")
    assert a.vzctl("mount", "101").rc == 0
    assert a.vzctl("destroy", "101", check=False).rc == 41
    a.vzctl("umount", "101")
    assert a.status("101") == ["exist", "unmounted", "down"]


def test_exec_gives_output_input_and_exit_codes_as_documented(world):
    a = world.node
    running(a)
    result = a.exec("101", "echo out; echo err >&2")
    assert (result.stdout, result.stderr) == ("out\n", "err\n")
    assert a.exec("101", "cat", input="through\n").stdout == "through\n"
    assert a.exec("101", "exit 42", check=False).rc == 42
    assert a.vzctl("exec", "101", "exit 42", check=False).rc == 8
    killed = a.exec("101", "kill -9 $$", check=False)
    assert killed.rc == 3 and "Got signal 9" in killed.stderr, killed
    env = dict(line.split("=", 1) for line in a.exec("101", "env").stdout.splitlines() if "=" in line)
    assert env["HOME"] == "/" and env["TERM"] == "linux", env
    assert a.run(["vzctl", "exec2", "101", "-"], input="echo from stdin\n").stdout == "from stdin\n"
    big = a.exec("101", "dd if=/dev/zero bs=1024 count=2048 2>/dev/null | tr '\\0' x").stdout
    assert len(big) == 2 << 20


def test_exec_passes_input_on_while_output_comes(world):
    a = world.node
    running(a)
    # Every byte that is read makes many that are written: both pipes are full at the same time.
    answer = "while read -r n; do echo $n$n$n$n$n$n$n$n$n$n$n$n$n$n$n$n$n$n$n$n; done"
    result = a.exec("101", answer, input="go\n" * 100000 + "\n", timeout=90, check=False)
    assert result.rc == 0, result.rc


def test_start_does_not_keep_the_callers_output_open(world):
    a = world.node
    create(a)
    assert not a.vzctl("start", "101").held_open


def test_inside_is_another_machine(world):
    a = world.node
    running(a, "101", MINIMAL, "--hostname", "inner")
    assert a.exec("101", "hostname").stdout == "inner\n"
    assert a.exec("101", "cat /proc/1/comm").stdout.strip() == "init"
    assert "101" not in a.exec("101", "cat /proc/self/cgroup").stdout
    assert a.exec("101", "cat /proc/self/uid_map").stdout.split()[1] == "100000"
    # Its init is busybox: nothing says that systemd runs.
    assert a.exec("101", "test -e /run/systemd", check=False).rc == 1
    # Owners on the disk are what they are inside.
    a.exec("101", "touch /root/mine && chown 33:44 /root/mine")
    assert a.run(["stat", "-c", "%u %g", "/vz/private/101/root/mine"]).stdout == "33 44\n"
    # Where the kernel has a kcore, an empty file lies over it.
    for forbidden in ("mknod /x b 8 0", "echo 1 >/proc/sys/kernel/sysrq", "echo b >/proc/sysrq-trigger", "head -c 1 /proc/kcore | grep -q ''"):
        assert a.exec("101", forbidden, check=False).rc != 0, forbidden
    assert a.exec("101", "ls /proc/self/fd | wc -l").stdout.strip() == "4"
    assert a.exec("101", "ls -l /proc/1/fd | grep -vE '/dev/(null|console)|^total' | wc -l").stdout.strip() == "0"


def test_halt_and_reboot_from_inside_are_noticed(world):
    a = world.node
    running(a)
    a.exec("101", "rm /run/started; reboot", check=False)
    a.wait_started("101", 30)
    a.exec("101", "halt", check=False)
    wait_for("halt", lambda: a.status("101") == ["exist", "unmounted", "down"], 30)
    assert_no_residue(a)


def test_stop_kills_what_does_not_want_to_halt(world):
    a = world.node
    running(a)
    a.vzctl("set", "101", "--stop-timeout", "2", "--save")
    a.exec("101", "rm -f /sbin/halt /sbin/poweroff /sbin/reboot")
    started = time.monotonic()
    a.vzctl("stop", "101")
    assert time.monotonic() - started < 15
    assert a.status("101") == ["exist", "unmounted", "down"]


def test_the_end_of_a_container_does_not_lock_the_next_command_out(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    for _ in range(6):
        a.vzctl("start", "101")
        a.vzctl("stop", "101", "--fast")
        for _ in range(8):
            a.vzctl("set", "101", "--hostname", "x", "--save")


def test_restart_gives_a_new_init(world):
    a = world.node
    running(a)
    a.exec("101", "touch /run/before")
    a.vzctl("restart", "101")
    a.wait_started("101")
    assert a.exec("101", "test -e /run/before", check=False).rc == 1 or \
        a.exec("101", "cut -d. -f1 /proc/uptime").stdout.strip() in [str(n) for n in range(10)]


def test_killing_the_monitor_hurts_nobody(world):
    a = world.node
    running(a)
    pids = a.sh("pgrep -x vzmonitor", check=False).stdout.split()
    assert pids, a.sh("ps ax").stdout
    a.run(["kill", "-9", *pids])
    assert a.is_running("101")
    assert a.exec("101", "echo alive").stdout == "alive\n"
    a.vzctl("stop", "101")
    assert a.status("101") == ["exist", "unmounted", "down"]
    assert_no_residue(a)


def test_a_killed_monitor_is_replaced_by_the_next_command(world):
    a = world.node
    running(a)
    for command in (["status", "101"], ["exec", "101", "true"], ["set", "101", "--hostname", "x", "--save"]):
        a.run(["pkill", "-9", "-x", "vzmonitor"])
        # By name: a process that is ending has no arguments any more.
        wait_for("end of vzmonitor", lambda: a.run(["pgrep", "-x", "vzmonitor"], check=False).rc == 1, 5)
        a.vzctl(*command)
        assert len(a.sees(["vzmonitor", "101"])) == 1, a.sh("ps ax").stdout
    a.exec("101", "halt", check=False)
    wait_for("halt", lambda: a.status("101") == ["exist", "unmounted", "down"], 30)
    assert_no_residue(a)


def test_limits_are_in_force_and_can_be_changed_live(world):
    a = world.node
    running(a, "101", MINIMAL)
    a.vzctl("set", "101", "--numproc", "40", "--save")
    result = a.exec("101", "i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i+1)); done 2>&1; wait", check=False)
    assert "fork" in result.out, result
    assert 'NUMPROC="40' in a.read_file(a.conf("101"))


@needs(vzlist_is_built)
def test_vzlist_shows_running_and_stopped_containers(world):
    a = world.node
    running(a, "101", MINIMAL, "--hostname", "one")
    create(a, "102", MINIMAL, "--hostname", "two")
    assert a.run(["vzlist", "-H", "-o", "ctid,status,hostname"]).stdout.split() == ["101", "running", "one"]
    lines = a.run(["vzlist", "-a", "-H", "-o", "ctid,status,hostname,ip"]).stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [["101", "running", "one"], ["102", "stopped", "two"]]
    assert v4("101") in lines[0]
    assert a.run(["vzlist", "-S", "-H", "-o", "ctid"]).stdout.split() == ["102"]


def test_a_name_works_wherever_an_id_does(world):
    a = world.node
    create(a)
    a.vzctl("set", "101", "--name", "friend", "--save")
    a.vzctl("start", "friend")
    assert a.vzctl("exec2", "friend", "echo hi").stdout == "hi\n"
    a.vzctl("set", "friend", "--name", "", "--save")
    assert a.vzctl("status", "friend", check=False).rc == 21


def test_configuration_is_edited_in_place(world):
    a = world.node
    create(a)
    a.sh(f"printf '\\n# my own comment\\nUNKNOWN_KEY=\"kept\"\\n' >>{a.conf('101')}")
    a.vzctl("set", "101", "--hostname", "new.name", "--save")
    text = a.read_file(a.conf("101"))
    assert "# my own comment" in text and 'UNKNOWN_KEY="kept"' in text and 'HOSTNAME="new.name"' in text


def test_a_lock_of_a_dead_process_is_removed_and_that_of_a_living_one_respected(world):
    a = world.node
    create(a)
    a.sh("mkdir -p /vz/lock; echo 999999 >/vz/lock/101.lck")
    a.vzctl("set", "101", "--hostname", "x", "--save")
    a.sh("echo 1 >/vz/lock/101.lck")
    assert a.vzctl("set", "101", "--hostname", "y", "--save", check=False).rc == 9
    a.sh("rm /vz/lock/101.lck")


def test_enter_gives_a_terminal(world):
    a = world.node
    running(a)
    result = a.run(["script", "-qec", "vzctl enter 101", "/dev/null"], input="tty; echo size $(stty size); exit\n", timeout=30)
    assert "entered into CT 101" in result.stdout and "exited from CT 101" in result.stdout, result
    assert "/dev/pts/" in result.stdout, result


@slow(240)
def test_debian_12_reaches_running_and_is_stopped_by_its_own_systemd(world):
    debian_runs(world, DEBIAN12)


@slow(400)
def test_debian_13_reaches_running_and_is_stopped_by_its_own_systemd(world):
    debian_runs(world, DEBIAN13)


def debian_runs(world, template):
    a = world.node
    create(a, "101", template, "--hostname", "deb")
    a.vzctl("set", "101", "--nameserver", "10.77.0.53", "--searchdomain", "example.org", "--save")
    start(a)
    assert a.exec("101", "systemctl is-system-running").stdout == "running\n"
    assert a.exec("101", "hostname").stdout == "deb\n"
    assert "nameserver 10.77.0.53" in a.exec("101", "cat /etc/resolv.conf").stdout
    assert v4("101") in a.exec("101", "ip -4 addr show venet0").stdout
    a.vzctl("set", "101", "--userpasswd", "root:secret")
    assert a.exec("101", "grep ^root: /etc/shadow").stdout.split(":")[1].startswith("$")
    assert a.exec("101", "systemctl is-active ssh").stdout == "active\n"
    begun = time.monotonic()
    a.vzctl("stop", "101")
    assert time.monotonic() - begun < 20
    assert_no_residue(a)
    # start --wait comes back when everything is up.
    a.vzctl("start", "101", "--wait")
    assert a.exec("101", "systemctl is-system-running").stdout == "running\n"
    a.exec("101", "touch /run/before; reboot", check=False)
    wait_for("another init", lambda: a.exec("101", "test ! -e /run/before", check=False).rc == 0, 60, 0.2)
    a.wait_started("101", 60)
    a.exec("101", "halt", check=False)
    wait_for("halt", lambda: a.status("101") == ["exist", "unmounted", "down"], 60, 0.2)
    assert_no_residue(a)
