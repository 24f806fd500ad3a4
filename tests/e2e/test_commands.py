"""vzctl's other commands on real containers: runscript, pause, set's modes, action scripts."""
import json

from harness import wait_for
from scenario import MINIMAL, assert_no_residue, create, criu_fits, needs, running, start, vzctl_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1)

HOST_SCRIPTS = ("premount", "mount", "umount", "postumount")


def write_script(node, name, body):
    node.write_file(f"/etc/vz/conf/{name}", "#!/bin/sh\n" + body, 0o755)


def note_calls(node, ctid="101"):
    """Every action script notes its name; host scripts also their environment and standard input."""
    for owner in ("vps", ctid):
        for kind in HOST_SCRIPTS:
            write_script(node, f"{owner}.{kind}",
                         f"echo {owner}.{kind} >>/root/calls\nenv | sort >/root/env.{owner}.{kind}\n"
                         f"echo $# >/root/args.{owner}.{kind}\n")
    for kind in ("start", "stop"):
        node.write_file(f"/etc/vz/conf/{ctid}.{kind}", f"echo {kind} $$ $(hostname) >>/calls\nenv | sort >/env.{kind}\n")


def calls(node):
    return node.read_file("/root/calls").split() if node.exists("/root/calls") else []


def test_runscript_runs_in_a_running_container(world):
    a = world.node
    running(a, "101", MINIMAL, "--hostname", "inner")
    a.write_file("/root/script", "echo on $(hostname); echo err >&2; exit 7\n")
    result = a.vzctl("runscript", "101", "/root/script", check=False)
    assert (result.stdout, result.stderr, result.rc) == ("on inner\n", "err\n", 7), result
    a.write_file("/root/big", "# filler\n" * 300000 + "echo end\n")
    assert a.vzctl("runscript", "101", "/root/big").stdout == "end\n"


def test_runscript_gives_a_stopped_container_its_surroundings_for_a_while(world):
    a = world.node
    create(a, "101", MINIMAL, "--hostname", "inner")
    note_calls(a)
    a.write_file("/root/script", "hostname; echo $$; cat /proc/1/comm; ip -o addr show venet0 | grep -c inet; "
                                 "echo left >/root/mark; sleep 1000 & exit 3\n")
    result = a.vzctl("runscript", "101", "/root/script", check=False)
    assert result.rc == 3, result
    lines = result.stdout.split()
    assert lines[-4] == "inner" and int(lines[-1]) >= 2 and lines[-2] != "init", result
    assert a.read_file("/vz/private/101/root/mark") == "left\n"
    assert a.status("101") == ["exist", "unmounted", "down"]
    assert_no_residue(a)
    assert not calls(a), calls(a)


def test_action_scripts_run_in_their_order_with_their_environment(world):
    a = world.node
    create(a)
    note_calls(a)
    start(a)
    assert calls(a) == ["vps.premount", "101.premount", "vps.mount", "101.mount"]
    # Before init: nothing but the script is there.
    assert a.exec("101", "cut -d' ' -f1 /calls").stdout == "start\n"
    assert "PATH=" in a.exec("101", "cat /env.start").stdout
    a.vzctl("stop", "101")
    assert calls(a)[4:] == ["101.umount", "vps.umount", "101.postumount", "vps.postumount"]
    assert [line.split()[0] for line in a.read_file("/vz/private/101/calls").splitlines()] == ["start", "stop"]
    for owner in ("vps", "101"):
        for kind in HOST_SCRIPTS:
            env = dict(line.split("=", 1) for line in a.read_file(f"/root/env.{owner}.{kind}").splitlines())
            env.pop("PWD", None), env.pop("_", None), env.pop("SHLVL", None)
            assert env == {"VEID": "101", "VE_CONFFILE": a.conf("101"), "HOME": "/", "TERM": "linux",
                           "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}, (kind, env)
            assert a.read_file(f"/root/args.{owner}.{kind}") == "0\n"


def test_a_failing_action_script_stops_what_it_belongs_to(world):
    a = world.node
    create(a)
    write_script(a, "101.premount", "exit 1\n")
    result = a.vzctl("mount", "101", check=False)
    assert result.rc == 79 and result.stderr == "Error executing premount script /etc/vz/conf/101.premount\n", result
    assert a.status("101") == ["exist", "unmounted", "down"]
    a.sh("rm /etc/vz/conf/101.premount")
    write_script(a, "vps.mount", "exit 1\n")
    assert a.vzctl("start", "101", check=False).rc == 79
    assert a.status("101") == ["exist", "unmounted", "down"]
    a.sh("chmod 644 /etc/vz/conf/vps.mount")
    result = a.vzctl("start", "101", check=False)
    assert result.rc == 79 and "Error exec /etc/vz/conf/vps.mount: " in result.stderr, result
    assert "Permission denied" in result.stderr, result
    a.sh("rm /etc/vz/conf/vps.mount")
    a.write_file("/etc/vz/conf/101.start", "exit 1\n")
    assert a.vzctl("start", "101", check=False).rc == 79
    assert_no_residue(a)
    a.sh("rm /etc/vz/conf/101.start")
    start(a)
    a.write_file("/etc/vz/conf/101.stop", "exit 1\n")
    assert a.vzctl("stop", "101", check=False).rc == 79
    assert a.status("101") == ["exist", "mounted", "running"]
    a.vzctl("stop", "101", "--fast")
    write_script(a, "101.umount", "exit 1\n")
    a.vzctl("mount", "101")
    assert a.vzctl("umount", "101", check=False).rc == 79
    assert a.status("101") == ["exist", "mounted", "down"]
    a.sh("rm /etc/vz/conf/101.umount")
    write_script(a, "101.postumount", "exit 1\n")
    assert a.vzctl("umount", "101", check=False).rc == 79
    assert a.status("101") == ["exist", "unmounted", "down"]


def test_start_writes_a_missing_layout_into_the_configuration(world):
    a = world.node
    create(a)
    a.sh("sed -i /VE_LAYOUT/d /etc/vz/conf/101.conf")
    out = a.vzctl("start", "101").stdout
    assert out.endswith("Container start in progress...\n"
                        "Saving VE layout 'simfs' to the VE config file\n"
                        f"CT configuration saved to {a.conf('101')}\n"), out
    assert 'VE_LAYOUT="simfs"\n' in a.read_file(a.conf("101"))


@needs(criu_fits)
def test_a_paused_container_stands_still_until_it_is_resumed(world):
    a = world.node
    running(a)
    a.exec("101", "setsid sh -c 'while :; do echo x >>/run/ticks; sleep 0.05; done' >/dev/null 2>&1 </dev/null &")
    ticks = lambda: a.sh(". /run/vz/101/state; wc -c </proc/$INIT_PID/root/run/ticks", check=False).stdout
    wait_for("ticks", ticks)
    a.vzctl("pause", "101")
    before = ticks()
    a.sh("sleep 0.3")
    assert before and ticks() == before
    assert a.vzctl("exec2", "101", "true", check=False).rc == 3
    a.vzctl("resume", "101")
    a.sh("sleep 0.3")
    assert ticks() != before
    assert a.exec("101", "echo ok").stdout == "ok\n"


def test_set_says_what_a_running_container_cannot_take(world):
    a = world.node
    running(a)
    result = a.vzctl("set", "101", "--capability", "net_admin:off", "--features", "sit:on", "--quotaugidlimit", "100",
                     "--hostname", "new", "--save")
    assert result.stderr == ("Unable to set capability on a running container\n"
                             "Unable to turn on second-level disk quota on a running container\n"
                             "Unable to set features on a running container\n"
                             "WARNING: Some of the parameters could not be applied to a running container.\n"
                             "\tPlease consider using --setmode option\n"), result
    assert a.exec("101", "hostname").stdout == "new\n"
    init = a.read_file("/run/vz/101/state")
    silent = a.vzctl("set", "101", "--capability", "net_admin:on", "--setmode", "ignore", "--save")
    assert silent.stderr == "" and a.read_file("/run/vz/101/state") == init, silent
    restarted = a.vzctl("set", "101", "--capability", "net_admin:off", "--setmode", "restart", "--save")
    assert "Restarting container\n" in restarted.stdout and a.read_file("/run/vz/101/state") != init, restarted
    text = a.read_file(a.conf("101"))
    assert 'CAPABILITY="NET_ADMIN:off"\n' in text and 'FEATURES="sit:on"\n' in text, text
    refused = a.vzctl("set", "101", "--private", "/vz/private/other", "--save", check=False)
    assert refused.rc == 32 and refused.stderr.startswith("Unable to change VE_PRIVATE on a running container\n"), refused


def test_reset_ub_brings_back_the_configured_limits(world):
    a = world.node
    running(a)
    a.vzctl("set", "101", "--numproc", "200", "--save")
    a.vzctl("set", "101", "--numproc", "300")
    limit = lambda: a.sh("cat /sys/fs/cgroup/pids/vz/101/pids.max 2>/dev/null || cat /sys/fs/cgroup/vz/101/pids.max").stdout
    assert limit() == "300\n"
    a.vzctl("set", "101", "--reset_ub")
    assert limit() == "200\n"


def test_what_is_not_enforced_is_said(world):
    a = world.node
    running(a)
    values = dict(numflock="100", numiptent="1000", numtcpsock="100", numothersock="100", kmemsize="10M", dcachesize="10M",
                  othersockbuf="1M", dgramrcvbuf="1M", vm_overcommit="1.5", meminfo="pages:1000", pci_add="00:1f.2")
    result = a.vzctl("set", "101", *[word for name, value in values.items() for word in (f"--{name}", value)], "--save")
    told = " ".join(line.split(" enforced: ")[0] for line in result.stderr.splitlines() if " enforced: " in line)
    for name in values:
        assert name.removesuffix("_add").upper() in told, (name, result)
    assert 'NUMFLOCK="100"\n' in a.read_file(a.conf("101"))
    unlimited = a.vzctl("set", "101", "--dcachesize", "unlimited", "--save")
    assert unlimited.stderr == "", unlimited
    # What only a restart could apply is told by the list of all.
    features = {row["parameter"]: row["enforced"] for row in json.loads(a.vzctl("features", "--json").stdout)}
    assert features["IPTABLES"] == features["QUOTAUGIDLIMIT"] == features["MOUNT_OPTS"] == "no", features
