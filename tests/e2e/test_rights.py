"""What root of a container may do: CAPABILITY, FEATURES."""
from harness import wait_for
from scenario import DEBIAN12, MINIMAL, assert_no_residue, create, criu_fits, has_devices, needs, start, vzctl_is_built

NEEDS = [vzctl_is_built]
WORLD = dict(nodes=1)

# By number (linux/capability.h).
NAMES = ("chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service "
         "net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin "
         "sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override "
         "mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore").split()
NOT_BY_DEFAULT = set("sys_module sys_rawio sys_pacct sys_time mac_override mac_admin syslog wake_alarm block_suspend "
                     "audit_control audit_read perfmon bpf checkpoint_restore".split())
NOT_WITHOUT_USER_NAMESPACE = {"mknod", "sys_resource", "linux_immutable", "dac_read_search"}


def bounding(node, who="1"):
    """The capabilities that a process inside may ever have; self: a program of vzctl exec."""
    text = node.exec("101", f"grep CapBnd /proc/{who}/status").stdout
    return {name for number, name in enumerate(NAMES) if int(text.split()[1], 16) >> number & 1}


def configure(node, on):
    node.vzctl("set", "101", "--capability", ",".join(f"{name}:{'on' if name in on else 'off'}" for name in NAMES), "--save")


def test_every_capability_can_be_given_and_taken_away(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    start(a)
    default = set(NAMES) - NOT_BY_DEFAULT
    assert bounding(a) == bounding(a, "self") == default
    a.vzctl("stop", "101", "--fast")
    for on in (NOT_BY_DEFAULT, default, set(NAMES), set()):
        configure(a, on)
        start(a)
        assert bounding(a) == bounding(a, "self") == on
        a.vzctl("stop", "101", "--fast")


def test_without_a_user_namespace_a_container_has_fewer_capabilities(world):
    a = world.node
    create(a, "101", MINIMAL, "--local_uid", "0", network=False)
    start(a)
    assert bounding(a) == bounding(a, "self") == set(NAMES) - NOT_BY_DEFAULT - NOT_WITHOUT_USER_NAMESPACE
    a.vzctl("stop", "101", "--fast")


def start_with(node, *features):
    node.vzctl("set", "101", *[word for feature in features for word in ("--features", feature)], "--save")
    said = node.vzctl("start", "101").stderr
    node.wait_started("101")
    return said


@needs(has_devices("/dev/fuse", "/dev/net/tun"))
def test_features_give_device_nodes_and_say_what_they_cannot(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    start(a)
    assert a.exec("101", "ls -d /dev/fuse /dev/net /dev/ppp /dev/.nesting 2>/dev/null", check=False).stdout == ""
    result = a.vzctl("set", "101", "--features", "fuse:on", "--save", check=False)
    assert "Unable to set features on a running container" in result.stderr, result
    a.vzctl("stop", "101", "--fast")
    said = start_with(a, "fuse:on", "tun:on", "nfs:on", "sit:on")
    assert "Warning: FEATURES nfs has no effect" in said and "sit" not in said, said
    a.exec("101", ": <>/dev/fuse && : <>/dev/net/tun")
    assert 'FEATURES="nfs:on sit:on fuse:on tun:on"\n' in a.read_file(a.conf("101"))
    a.vzctl("stop", "101", "--fast")
    assert "FEATURES" not in start_with(a, "fuse:off", "tun:off", "nfs:off")
    assert a.exec("101", "ls /dev/fuse /dev/net/tun", check=False).rc != 0
    a.vzctl("stop", "101", "--fast")
    result = a.vzctl("set", "101", "--features", "nfss:on", "--save", check=False)
    assert result.rc == 21 and "Unknown feature" in result.out, result


@needs(criu_fits)
def test_nesting_lets_a_container_make_containers_but_shows_nothing_of_the_host(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    inner = "unshare -U -r -p -f -m sh -c 'mount -t proc proc /proc && ls -d /proc/[0-9]* | wc -l'"
    start(a)
    assert a.exec("101", inner, check=False).rc != 0
    a.vzctl("stop", "101", "--fast")
    assert "FEATURES" not in start_with(a, "nesting:on")
    assert int(a.exec("101", inner).stdout) <= 4
    for path in ("proc/kcore", "proc/timer_list", "proc/sysrq-trigger"):
        assert a.exec("101", f"head -c 1 /dev/.nesting/{path}", check=False).rc != 0, path
    assert a.exec("101", "echo h >/dev/.nesting/proc/sysrq-trigger", check=False).rc != 0
    assert a.exec("101", "echo 1 >/dev/.nesting/proc/sys/vm/swappiness", check=False).rc != 0
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert int(a.exec("101", inner).stdout) <= 4
    a.vzctl("stop", "101", "--fast")
    create(a, "102", MINIMAL, "--local_uid", "0", network=False)
    a.vzctl("set", "102", "--features", "nesting:on", "--save")
    assert "Warning: FEATURES nesting is left out" in a.vzctl("start", "102").stderr
    assert a.exec("102", "test -e /dev/.nesting", check=False).rc == 1
    a.vzctl("stop", "102", "--fast")
    assert_no_residue(a)


# Each keeps what it has made until it is killed.
TUN = """
open(my $f, "+<", "/dev/net/tun") or die "open $!";
my $request = pack("a16 s x22", "tap7", 2 | 0x1000);
ioctl($f, 0x400454ca, $request) or die "ioctl $!";
sleep 1000 while 1;
"""
FUSE = """
open(my $f, "+<", "/dev/fuse") or die "open $!";
my ($source, $target, $type, $options) = ("x", "/mnt", "fuse", "fd=" . fileno($f) . ",rootmode=40000,user_id=0,group_id=0");
syscall(165, $source, $target, $type, 0, $options) == 0 or die "mount $!";
sleep 1000 while 1;
"""


def holds(node, script, sign):
    node.exec("101", "cat >/root/holder && (setsid perl /root/holder </dev/null >/root/said 2>&1 &)", input=script)
    wait_for(lambda: "the holder: " + node.exec("101", "cat /root/said").stdout, lambda: node.exec("101", sign, check=False).rc == 0, 5)


@needs(criu_fits, has_devices("/dev/fuse", "/dev/net/tun"))
def test_what_cannot_be_checkpointed_of_features_is_said_and_the_rest_comes_back(world):
    a = world.node
    create(a, "101", DEBIAN12, network=False)
    start_with(a, "fuse:on", "tun:on")
    holds(a, FUSE, "grep ' /mnt fuse ' /proc/mounts")
    result = a.vzctl("chkpnt", "101", check=False)
    assert result.rc == 16 and "FUSE file systems (/mnt)" in result.stderr, result
    a.exec("101", "pkill -f '[/]root/holder'; umount -l /mnt")
    holds(a, TUN, "ip link show tap7")
    # The node's own /dev/net/tun, whatever the machine's is.
    a.sh("mkdir -p /run/tun && mount -t tmpfs tmpfs /run/tun && mknod -m 600 /run/tun/tun c 10 200 && mount --bind /run/tun/tun /dev/net/tun")
    try:
        result = a.vzctl("chkpnt", "101", check=False)
        assert result.rc == 16 and "tun devices (tap7)" in result.stderr and a.is_running("101"), result
        a.run(["chmod", "666", "/run/tun/tun"])
        a.vzctl("chkpnt", "101")
        a.vzctl("restore", "101")
        a.exec("101", "ip link show tap7 && pgrep -f '[/]root/holder'")
    finally:
        a.sh("umount /dev/net/tun /run/tun; rmdir /run/tun", check=False)
    a.vzctl("stop", "101", "--fast")
    assert_no_residue(a)
