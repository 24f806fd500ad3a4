"""What existing callers parse of running containers; the rest is in tests/golden/contract_test.cc."""
import json

from scenario import (MINIMAL, create, criu_fits, needs, running, v4, vzctl_is_built, vzlist_is_built, vzmigrate_is_built)

NEEDS = [vzctl_is_built, vzlist_is_built]
WORLD = dict(nodes=2)


def test_g4_the_status_line_follows_the_container(world):
    a = world.nodes[0]
    create(a)
    line = lambda: a.vzctl("status", "101").stdout
    assert line() == "CTID 101 exist unmounted down\n"
    a.vzctl("mount", "101")
    assert line() == "CTID 101 exist mounted down\n"
    a.vzctl("start", "101")
    assert line() == "CTID 101 exist mounted running\n"


def test_g9_json_of_a_running_container_has_what_it_holds(world):
    a = world.nodes[0]
    running(a, "101", MINIMAL, "--hostname", "inner")
    (ct,) = json.loads(a.run(["vzlist", "-j"]).stdout)
    assert (ct["ctid"], ct["status"], ct["hostname"]) == (101, "running", "inner"), ct
    assert v4("101") in ct["ip"] and ct["uptime"] > 0, ct
    assert ct["numproc"]["held"] > 0 and ct["physpages"]["held"] > 0, ct
    assert ct["numproc"]["maxheld"] >= ct["numproc"]["held"], ct


@needs(criu_fits)
def test_g10_statuses_are_the_known_words(world):
    a = world.nodes[0]
    create(a)
    status = lambda: a.run(["vzlist", "-aHo", "status", "101"]).stdout
    assert status() == "stopped\n"
    a.vzctl("mount", "101")
    assert status() == "mounted\n"
    a.vzctl("start", "101")
    assert status() == "running\n"
    a.vzctl("suspend", "101")
    assert status() == "suspended\n"


def test_g12_messages_that_scripts_look_for(world):
    a = world.nodes[0]
    create(a)
    assert "Container start in progress...\n" in a.vzctl("start", "101").stdout
    again = a.vzctl("start", "101", check=False)
    assert again.rc == 32 and again.stderr == "Container is already running\n", again
    assert "Container was stopped\n" in a.vzctl("stop", "101", "--fast").stdout
    stopped = a.vzctl("stop", "101")
    assert stopped.stderr == "Unable to stop: container is not running\n", stopped
    assert "Container private area was destroyed\n" in a.vzctl("destroy", "101").stdout


@needs(vzmigrate_is_built)
def test_g14_what_stays_behind_with_r_no(world):
    a, b = world.nodes
    create(a)
    a.run(["vzmigrate", "-r", "no", "--rsync= --bwlimit=100000", "--ssh=-p 22", b.ip, "101"], timeout=60)
    assert a.exists("/etc/vz/conf/101.conf.migrated") and not a.exists("/etc/vz/conf/101.conf")
    assert a.exists("/vz/private/101") and b.exists("/vz/private/101")
    assert b.vzctl("status", "101").stdout == "CTID 101 exist unmounted down\n"
    a.sh("rm -r /vz/private/101")


def test_g15_exit_codes_of_a_running_container(world):
    a = world.nodes[0]
    running(a)
    code = lambda *words: a.vzctl(*words, check=False).rc
    assert code("start", "101") == 32
    assert code("destroy", "101") == 32
    assert code("umount", "101") == 32
    assert code("exec", "101", "exit 5") == 8
    assert code("exec2", "101", "exit 5") == 5
    assert code("restore", "101") == 32
    a.vzctl("stop", "101", "--fast", "--skip-umount")
    assert code("destroy", "101") == 41
