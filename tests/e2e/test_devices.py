"""What a container may open of the host's devices: DEVICES, DEVNODES, FEATURES.

Tried inside, looked up outside: by the devices controller (cgroup v1), by a program of the group in the unified hierarchy, or
by both where the host has both.
"""
import json
import os

from scenario import MINIMAL, assert_no_residue, create, criu_fits, has_devices, needs, start, vzctl_is_built, vzmigrate_is_built

NEEDS = [vzctl_is_built, has_devices("/dev/fuse", "/dev/net/tun")]
WORLD = dict(nodes=2)

FUSE = "c 10:229"

# bpf(2): the ids of the device programs attached to a group itself; with "detach", takes them away.
PROGRAMS = """
import ctypes, json, os, struct, sys
call = ctypes.CDLL(None, use_errno=True).syscall
def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes + bytes(128 - len(attributes)), 128)
    result = call(321, command, buffer, 128)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"bpf {command}")
    return result, buffer.raw
group = os.open(sys.argv[1], os.O_RDONLY)
ids = (ctypes.c_uint32 * 64)()
_, answer = bpf(16, struct.pack("=IIIIQI", group, 6, 0, 0, ctypes.addressof(ids), 64))
count = struct.unpack_from("=I", answer, 24)[0]
print(json.dumps(list(ids[:count])))
if sys.argv[2:] == ["detach"]:
    for number in ids[:count]:
        program, _ = bpf(13, struct.pack("=I", number))
        bpf(9, struct.pack("=IIII", group, program, 6, 0))
"""


def group(node, ctid, wanted):
    """The container's group that has a file of this name; None if no hierarchy has."""
    found = node.sh(f"find /sys/fs/cgroup -path '*/vz/{ctid}/{wanted}' -not -path '*/vz/{ctid}/*/*' 2>/dev/null | head -n 1",
                    check=False).stdout.strip()
    return os.path.dirname(found) or None


def programs(node, ctid, *words):
    unified = group(node, ctid, "cgroup.events")
    return json.loads(node.run(["/usr/bin/python3", "-ISc", PROGRAMS, unified, *words]).stdout) if unified else []


def allowed(node, ctid):
    """The lines of the devices controller; None on a host that has none."""
    controller = group(node, ctid, "devices.list")
    return node.read_file(f"{controller}/devices.list").splitlines() if controller else None


def opens(node, ctid, how, path="/dev/fuse"):
    """True if a program inside can open it: how is a redirection, < or > or <>. Refused is only the kernel's EPERM."""
    result = node.exec(ctid, f": {how}{path}", check=False)
    assert result.rc == 0 or "not permitted" in result.stderr, result
    return result.rc == 0


def check_fuse(node, ctid, line):
    """fuse may be used as the line of the controller says ("rw", "r" or nothing)."""
    assert opens(node, ctid, "<") == ("r" in line), line
    assert opens(node, ctid, ">") == ("w" in line), line
    lines = allowed(node, ctid)
    if lines is not None:
        assert [entry for entry in lines if entry.startswith(FUSE + " ")] == ([f"{FUSE} {line}m"] if line else []), lines


def test_a_device_node_is_the_containers_own_and_can_be_opened(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--devnodes", "fuse:rw", "--save")
    start(a)
    assert a.exec("101", "stat -c '%F %u:%g %t:%T' /dev/fuse /dev/null").stdout.splitlines() == [
        "character special file 0:0 a:e5", "character special file 0:0 1:3"]
    check_fuse(a, "101", "rw")
    # What it does to its nodes, the host's do not notice.
    before = a.sh("stat -c '%a %u' /dev/null /dev/fuse").stdout
    a.exec("101", "chmod 600 /dev/null && chown 5:5 /dev/fuse")
    assert a.sh("stat -c '%a %u' /dev/null /dev/fuse").stdout == before
    # Others cannot be made, nor bound from elsewhere.
    assert a.exec("101", "mknod /tmp/tun c 10 200", check=False).rc != 0
    a.vzctl("stop", "101", "--fast")
    assert not a.exists("/run/vz/101.dev") and "/run/vz/101.dev" not in a.read_file("/proc/self/mountinfo")
    assert_no_residue(a)


def test_devices_by_number_are_allowed_and_taken_away_while_it_runs(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--devnodes", "fuse:rw", "--save")
    start(a)
    first = programs(a, "101")
    a.vzctl("set", "101", "--devices", "c:10:229:none")
    check_fuse(a, "101", "")
    a.vzctl("set", "101", "--devices", "c:10:229:r")
    check_fuse(a, "101", "r")
    a.vzctl("set", "101", "--devices", "c:10:all:rw")
    assert opens(a, "101", "<>")
    a.vzctl("set", "101", "--devices", "c:10:all:none", "--devices", "c:10:229:none")
    assert not opens(a, "101", "<")
    # Whatever was allowed from the start was so all the time, and is.
    assert opens(a, "101", "<>", "/dev/null")
    assert len(programs(a, "101")) == len(first) <= 1 and not set(first) & set(programs(a, "101"))
    a.vzctl("set", "101", "--devnodes", "fuse:none")
    assert a.exec("101", "test -e /dev/fuse", check=False).rc == 1
    assert "Warning: DEVICES c:99:1:rw may be opened, but the container has no node for it" in a.vzctl(
        "set", "101", "--devices", "c:99:1:rw").stderr
    result = a.vzctl("set", "101", "--devices", "b:7:0:rw", check=False)
    assert result.rc == 21 and "Device b:7:0:rw is not allowed to be assigned to a CT" in result.out, result
    a.vzctl("stop", "101", "--fast")


def test_each_of_program_and_controller_refuses_by_itself(world):
    a = world.node
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--devnodes", "fuse:rw", "--devices", "c:10:229:none", "--save")
    start(a)
    controller, unified = group(a, "101", "devices.list"), group(a, "101", "cgroup.events")
    assert controller or programs(a, "101"), "neither of them is there"
    if unified:
        assert len(programs(a, "101")) == 1
        if controller:
            a.write_file(f"{controller}/devices.allow", "a")
        assert not opens(a, "101", "<")
        a.vzctl("set", "101", "--devices", "c:10:229:none")
    if controller:
        assert "a *:* rwm" not in allowed(a, "101")
        if unified:
            programs(a, "101", "detach")
            assert programs(a, "101") == []
        assert not opens(a, "101", "<")
    elif unified:
        programs(a, "101", "detach")
        assert opens(a, "101", "<")
    a.vzctl("stop", "101", "--fast")


@needs(criu_fits, vzmigrate_is_built)
def test_devices_stay_limited_after_a_restore_and_a_migration(world):
    a, b = world.nodes
    create(a, "101", MINIMAL, network=False)
    a.vzctl("set", "101", "--devnodes", "fuse:r net/tun:rw", "--save")
    start(a)
    a.exec("101", "exec 9</dev/null; exec sleep 1000 >/dev/null 2>&1 &")
    for node in (a, b):
        check_fuse(node, "101", "r")
        assert opens(node, "101", "<>", "/dev/net/tun")
        node.vzctl("chkpnt", "101")
        assert not node.exists("/run/vz/101.dev")
        node.vzctl("restore", "101")
        check_fuse(node, "101", "r")
        assert opens(node, "101", "<>", "/dev/net/tun") and opens(node, "101", "<>", "/dev/null")
        unified = group(node, "101", "cgroup.events")
        assert len(programs(node, "101")) == (1 if unified else 0)
        # Still changed as before.
        node.vzctl("set", "101", "--devnodes", "fuse:none")
        assert node.exec("101", "test -e /dev/fuse", check=False).rc == 1
        node.vzctl("set", "101", "--devnodes", "fuse:r")
        check_fuse(node, "101", "r")
        if node is a:
            a.run(["vzmigrate", "--online", b.name, "101"], timeout=120)
    b.vzctl("stop", "101", "--fast")
    assert_no_residue(b)
