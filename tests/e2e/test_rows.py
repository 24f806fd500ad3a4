"""What vzctl says of a running container, word for word; where none runs it is in tests/golden.

Source of the words: vzctl 4.x.
"""
from scenario import MINIMAL, create, criu_fits, needs, running, v4, v6, vzctl_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1)

UNSAVED = "WARNING: Settings were not saved to config and will be lost after CT restart (use --save flag)\n"
STARTED = ("Starting container...\n"
           "Container is mounted\n"
           f"Adding IP address(es): {v4('101')} {v6('101')}\n"
           "Configure veth devices: veth101.0 \n"
           "Container start in progress...\n")
STOPPED = "Container was stopped\nContainer is unmounted\n"


def says(node, *words, rc=0, err=""):
    """What the command prints on stdout, after a look at the rest; what the node's kernel lacks is another test's."""
    result = node.vzctl(*words, check=False)
    told = "".join(line for line in result.stderr.splitlines(keepends=True) if " not enforced: " not in line)
    assert (result.rc, told) == (rc, err), result
    return result.stdout


def saved(node):
    return f"CT configuration saved to {node.conf('101')}\n"


def test_a_container_starts_changes_and_stops_with_the_usual_words(world):
    a = world.node
    create(a, "101", MINIMAL, "--hostname", "inner")
    assert says(a, "set", "101", "--netif_add", "eth0", "--devnodes", "fuse:rw", "--save") == saved(a)
    assert says(a, "start", "101") == STARTED
    a.wait_started("101")
    assert says(a, "set", "101", "--netif_add", "eth1", "--save") == "Configure veth devices: veth101.1 \n" + saved(a)
    assert says(a, "set", "101", "--netif_del", "eth1", "--save") == "Deleting veth devices: veth101.1 \n" + saved(a)
    assert says(a, "set", "101", "--netif_del", "eth7", "--save",
                err="Container does not have configured veth: eth7, skipped\n") == saved(a)
    assert says(a, "set", "101", "--ram", "256M", "--swap", "1G", "--cpulimit", "50", "--cpuunits", "500", "--cpus", "1",
                "--cpumask", "0", "--devnodes", "fuse:none") == (
        "UB limits were set successfully\nSetting CPU limit: 50\nSetting CPU units: 500\nSetting CPUs: 1\n"
        "Setting CPU mask: 0\nSetting devices\n" + UNSAVED)
    assert says(a, "set", "101", "--onboot", "yes") == UNSAVED
    assert says(a, "set", "101", "--userpasswd", "root:x") == ""
    assert says(a, "mount", "101", err="Container is already mounted\n") == ""
    assert says(a, "umount", "101", rc=32, err="Container is running -- stop it first\n") == ""
    assert says(a, "destroy", "101", rc=32) == "Container is currently running. Stop it first.\n"
    assert says(a, "restore", "101", rc=32, err="Unable to perform restore: container already running\n") == ""
    assert says(a, "convert", "101", rc=32, err="CT is running (stop it first)\n") == ""
    assert says(a, "set", "101", "--root", "/vz/root/x", rc=32, err="Unable to change VE_ROOT on a running container\n") == ""
    assert says(a, "restart", "101") == "Restarting container\nStopping container ...\n" + STOPPED + STARTED
    assert says(a, "stop", "101", "--fast", "--skip-umount") == "Killing container ...\nContainer was stopped\n"
    # What is mounted is mounted again, unless told otherwise.
    assert says(a, "start", "101") == "Starting container...\nContainer is unmounted\n" + STARTED.split("\n", 1)[1]
    a.vzctl("stop", "101", "--fast", "--skip-umount")
    assert says(a, "start", "101", "--skip-remount") == STARTED.replace("Container is mounted\n", "")
    a.vzctl("stop", "101", "--fast")
    # Nothing but its init.
    assert says(a, "restart", "101", "--skip_ve_setup") == (
        "Restarting container\nStarting container...\nContainer is mounted\nContainer start in progress...\n")
    assert "venet0" not in a.exec("101", "ip link").stdout
    a.vzctl("stop", "101", "--fast")
    assert says(a, "start", "101", "--wait") == (
        STARTED + "Container start in progress, waiting ...\nContainer started successfully\n")
    assert says(a, "stop", "101", "--fast") == "Killing container ...\n" + STOPPED


def test_what_needs_a_restart_is_said_for_each_parameter(world):
    a = world.node
    running(a, "101", MINIMAL, network=False)
    end = ("WARNING: Some of the parameters could not be applied to a running container.\n"
           "\tPlease consider using --setmode option\n")
    says(a, "set", "101", "--diskquota", "no", "--netfilter", "full", "--quotaugidlimit", "5", "--mount_opts", "noatime",
         "--save", err="Unable to set iptables/netfilter on a running container\n"
                       "Unable to change mount options on a running container\n"
                       "Unable to switch DISK_QUOTA on or off on a running container\n"
                       "Unable to turn on second-level disk quota on a running container\n" + end)
    # Between two numbers there is nothing to turn on.
    says(a, "set", "101", "--quotaugidlimit", "6", "--save")
    says(a, "set", "101", "--quotaugidlimit", "0", "--save",
         err="Unable to turn off second-level disk quota on a running container\n" + end)


def test_addresses_that_are_not_saved_are_known_until_the_container_stops(world):
    a = world.node
    running(a)
    inside = lambda: a.exec("101", "ip -4 -o addr show dev venet0 | awk '{print $4}'").stdout.split()
    recorded = lambda: a.read_file("/var/lib/vzctl/veip/101").split()
    extra = "10.77.1.50"
    assert recorded() == [v4("101"), v6("101")]
    assert says(a, "set", "101", "--ipadd", extra) == f"Adding IP address(es): {extra}\n" + UNSAVED
    assert inside() == [f"{v4('101')}/32", f"{extra}/32"] and recorded() == [v4("101"), v6("101"), extra]
    assert says(a, "set", "101", "--ipdel", extra) == f"Deleting IP address(es): {extra}\n" + UNSAVED
    assert inside() == [f"{v4('101')}/32"]
    assert says(a, "set", "101", "--ipdel", "all") == f"Deleting all IP address(es): {v4('101')} {v6('101')}\n" + UNSAVED
    assert inside() == [] and recorded() == []
    # The configuration has it, the container has not.
    assert says(a, "set", "101", "--ipadd", v4("101"), "--save") == f"Adding IP address(es): {v4('101')}\n" + saved(a)
    assert inside() == [f"{v4('101')}/32"]
    a.vzctl("set", "101", "--ipadd", extra)
    assert extra in a.sh("ip neigh show proxy; ip route").stdout
    a.vzctl("stop", "101", "--fast")
    assert "10.77.1." not in a.sh("ip neigh show proxy; ip route").stdout
    assert not a.exists("/var/lib/vzctl/veip/101")
    assert f'IP_ADDRESS="{v4("101")} {v6("101")}"\n' in a.read_file(a.conf("101"))


def test_addresses_of_a_protocol_that_is_switched_off_are_left_out_with_one_warning(world):
    a = world.node
    create(a)
    a.set_conf("IPV6", "no")
    out = says(a, "start", "101")
    assert out.count("WARNING: IPv6 support is disabled\n") == 1, out
    assert f"Adding IP address(es): {v4('101')}\n" in out
    out = says(a, "set", "101", "--ipadd", "fd77::1:50", "--save")
    assert out == "WARNING: IPv6 support is disabled\n" + saved(a)


def test_what_a_distribution_lacks_is_said(world):
    a = world.node
    missing = lambda *actions: "".join(f"Warning: {each} action script is not specified\n" for each in actions)
    a.write_file("/etc/vz/dists/bare.conf", "")
    create(a, "101", MINIMAL, "--hostname", "inner", network=False)
    a.vzctl("set", "101", "--nameserver", "1.1.1.1", "--ostemplate", "bare-1", "--save")
    assert missing("add_ip", "set_hostname", "set_dns") in says(a, "start", "101")
    a.wait_started("101")
    assert says(a, "set", "101", "--hostname", "new", "--nameserver", "1.1.1.2", "--ipadd", v4("101"), "--save") == (
        f"Adding IP address(es): {v4('101')}\n" + missing("add_ip", "set_hostname", "set_dns") + saved(a))
    assert missing("del_ip") in says(a, "set", "101", "--ipdel", "all")
    password = a.vzctl("set", "101", "--userpasswd", "root:x", check=False)
    assert password.rc == 74 and password.stdout == missing("set_userpass"), password
    assert password.stderr.endswith("Password change failed\n"), password
    a.vzctl("stop", "101", "--fast")
    defaults = "using defaults from /etc/vz/dists/default\n"
    a.vzctl("set", "101", "--ostemplate", "unknown-1", "--save")
    says(a, "start", "101", err=f"Warning: configuration file for distribution unknown-1 not found, {defaults}")
    a.vzctl("stop", "101", "--fast")
    a.sh("sed -i /^OSTEMPLATE=/d /etc/vz/conf/101.conf")
    says(a, "start", "101", err=f"Warning: distribution not specified in CT config, {defaults}")
    a.vzctl("stop", "101", "--fast")
    a.sh("mv /etc/vz/dists/default /etc/vz/dists/none")
    result = a.vzctl("start", "101", check=False)
    a.sh("mv /etc/vz/dists/none /etc/vz/dists/default")
    assert result.rc == 107 and a.status("101") == ["exist", "unmounted", "down"], result


def test_a_private_area_that_is_none_does_not_start(world):
    a = world.node
    create(a, network=False)
    a.sh("chown 100000:100000 /vz/private/101")
    result = a.vzctl("start", "101", check=False)
    assert result.rc == 47 and a.status("101") == ["exist", "unmounted", "down"], result
    assert result.stderr.startswith("Container private area is owned by 100000:100000, but "), result
    assert result.stderr.endswith("\nRefusing to run.\n"), result
    a.sh("chown 0:0 /vz/private/101; cd /vz/private/101; rm -f sbin/init etc/init bin/init")
    assert says(a, "start", "101", rc=47, err="Unable to start init, probably incorrect template\nContainer start failed\n") == (
        "Starting container...\nContainer is mounted\nContainer is unmounted\n")
    assert a.status("101") == ["exist", "unmounted", "down"]


def test_places_that_are_mount_points_are_told_from_others(world):
    a = world.node
    a.sh("mkdir -p /vz/private/101; mount -t tmpfs tmpfs /vz/private/101")
    result = a.vzctl("create", "101", "--ostemplate", MINIMAL, check=False)
    assert result.rc == 48 and result.stderr == (
        "Can't create: private dir (/vz/private/101) is a mount point. Suggestion: use --private /vz/private/101/private\n"
        "Creation of container private area failed\n"), result
    create(a, "101", MINIMAL, "--private", "/vz/private/101/private", network=False)
    # Another file system than that of VE_PRIVATE's parent: nothing to worry about.
    assert says(a, "destroy", "101") == (
        "Destroying container private area: /vz/private/101/private\nContainer private area was destroyed\n")
    assert a.sh("ls /vz/private/101").stdout in ("", "vztmp\n")
    a.sh("umount /vz/private/101")
    create(a, "102", MINIMAL, network=False)
    a.vzctl("mount", "102")
    a.sh("mount -t tmpfs tmpfs /vz/root/102/tmp; mkdir /vz/root/102/tmp/x; mount -t tmpfs tmpfs /vz/root/102/tmp/x")
    assert says(a, "umount", "102") == "Container is unmounted\n"
    assert "/vz/root/102" not in a.read_file("/proc/self/mounts")
    a.sh("mount --bind /vz/private/102 /vz/private/102")
    assert says(a, "destroy", "102", err="Warning: /vz/private/102 is a mount point: it is empty now, but stays\n") == (
        "Destroying container private area: /vz/private/102\n"
        "Warning: directory /vz/private/102 is not on the same filesystem as /vz/private/102/vztmp - doing slow/sync removal\n"
        "Container private area was destroyed\n")
    assert a.sh("ls -A /vz/private/102").stdout == "" and a.status("102") == ["deleted", "unmounted", "down"]
    a.sh("umount /vz/private/102")


@needs(criu_fits)
def test_checkpoints_are_told_stage_by_stage(world):
    a = world.node
    running(a, network=False)
    assert says(a, "chkpnt", "101") == ("Setting up checkpoint...\n\tsuspend...\n\tdump...\n\tkill...\n"
                                        "Container is unmounted\nCheckpointing completed successfully\n")
    assert says(a, "resume", "101") == ("Restoring container ...\nContainer is mounted\n\tundump...\n\tresume...\n"
                                        "Container start in progress...\nRestoring completed successfully\n")
    assert not a.exists("/vz/dump/Dump.101")
    a.vzctl("chkpnt", "101")
    assert says(a, "start", "101").startswith("Dump file /vz/dump/Dump.101 exists, trying to restore from it\n"
                                              "Restoring container ...\n")
    assert says(a, "chkpnt", "101", "--suspend") == "Setting up checkpoint...\n\tsuspend...\n"
    assert says(a, "chkpnt", "101", "--resume") == "Resuming...\n"
    a.vzctl("chkpnt", "101", "--suspend")
    assert says(a, "chkpnt", "101", "--kill") == "Killing...\nContainer is unmounted\n"
    # A dump that cannot be restored is no hindrance.
    a.sh("mkdir /vz/dump/Dump.101")
    result = a.vzctl("start", "101", check=False)
    assert result.rc == 0 and "\nStarting container...\n" in result.stdout, result
    assert "Container restore failed\n" in result.stderr and not a.exists("/vz/dump/Dump.101"), result


def test_commands_inside_get_their_words_and_surroundings(world):
    a = world.node
    running(a, network=False)
    assert says(a, "exec", "101", "echo", "a  b", "", "$0", "'c  d'") == "a b  /bin/sh c  d\n"
    assert says(a, "exec3", "101", "echo", "a  b", "$0", "") == "a  b $0 \n"
    assert says(a, "exec3", "101", "sh", "-c", "exit 9", rc=9) == ""
    assert a.vzctl("exec3", "101", "nosuch", check=False).rc == 4
    environment = a.vzctl("exec3", "101", "env").stdout.splitlines()
    assert sorted(environment) == ["HOME=/", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=linux"]
    assert says(a, "exec2", "101", "kill -15 $$", rc=3, err="Got signal 15\n") == ""
    # Also while another command holds the lock.
    a.sh("echo 1 >/vz/lock/101.lck")
    assert says(a, "exec2", "101", "echo ok") == "ok\n"
    a.sh("rm /vz/lock/101.lck; mv /vz/private/101/bin/sh /vz/private/101/bin/nosh")
    assert a.vzctl("exec2", "101", "true", check=False).rc == 4
    assert a.vzctl("exec", "101", "true", check=False).rc == 8
    a.vzctl("stop", "101", "--fast")


def test_what_the_host_refuses_has_its_exit_code(world):
    a = world.node
    create(a, network=False)
    a.vzctl("mount", "101")
    sleeper = a.popen(["sleep", "60"], cwd="/vz/root/101/tmp")
    assert says(a, "umount", "101", rc=51, err="Can't umount /vz/root/101: Device or resource busy\n") == ""
    sleeper.kill()
    sleeper.wait()
    a.vzctl("umount", "101")
    a.sh("mount --bind /etc/vz/conf /etc/vz/conf && mount -o remount,bind,ro /etc/vz/conf")
    result = a.vzctl("set", "101", "--onboot", "yes", "--save", check=False)
    a.sh("umount /etc/vz/conf")
    assert result.rc == 139 and "Read-only file system" in result.stderr and "ONBOOT" not in a.read_file(a.conf("101")), result
    a.sh("mount --bind /vz/lock /vz/lock && mount -o remount,bind,ro /vz/lock")
    locked = a.vzctl("stop", "101", check=False)
    skipped = a.vzctl("--skiplock", "stop", "101")
    a.sh("umount /vz/lock")
    assert skipped.rc == 0 and locked.rc == 3 and locked.stderr == (
        "Unable to create lock file /vz/lock/101.lck, use --skiplock option: Read-only file system\n"
        "Unable to lock container\n"), locked
    a.vzctl("set", "101", "--netif_add", "eth0,,,,nobridge", "--save")
    result = a.vzctl("start", "101", check=False)
    assert result.rc == 130 and a.status("101") == ["exist", "unmounted", "down"], result
    a.vzctl("set", "101", "--netif_del", "eth0", "--save")
    running_one = a.vzctl("start", "101")
    assert running_one.rc == 0
    assert a.vzctl("set", "101", "--netif_add", "eth1,,,,nobridge", "--save", check=False).rc == 130
    assert "eth1" not in a.read_file(a.conf("101"))
    a.vzctl("stop", "101", "--fast")


@needs(criu_fits)
def test_checkpoints_run_the_scripts_of_mounting_and_no_others(world):
    a = world.node
    running(a, network=False)
    kinds = ("premount", "mount", "umount", "postumount", "start", "stop")
    for kind in kinds:
        where = "/root/calls" if kind not in ("start", "stop") else "/calls"
        a.write_file(f"/etc/vz/conf/101.{kind}", f"#!/bin/sh\necho {kind} >>{where}\n", 0o755)
    a.vzctl("suspend", "101")
    a.vzctl("resume", "101")
    assert a.read_file("/root/calls").split() == ["umount", "postumount", "premount", "mount"]
    assert not a.exists("/vz/private/101/calls")
    a.sh("rm /root/calls /etc/vz/conf/101.*mount; echo 'exit 1' >/etc/vz/conf/101.premount; chmod 755 /etc/vz/conf/101.premount")
    a.vzctl("suspend", "101")
    assert a.vzctl("resume", "101", check=False).rc == 17
    assert a.status("101") == ["exist", "unmounted", "down", "suspended"]
    a.sh("rm /etc/vz/conf/101.premount /etc/vz/conf/101.st*")
    a.vzctl("resume", "101")
