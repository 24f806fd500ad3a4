"""Disk quota of containers: what they may write, what is counted, and what a host without quota says."""
import functools
import os
import subprocess
import tempfile

import harness
from harness import wait_for
from scenario import DEBIAN12, MINIMAL, create, criu_fits, escape_program, needs, second_platform, slow, start, vzctl_is_built, vzmigrate_is_built

NEEDS = [vzctl_is_built]
# Two with btrfs, and one whose /vz is a directory of this machine.
WORLD = dict(nodes=[dict(fs="btrfs", size="1G"), dict(fs="btrfs", size="1G"), {}], clients=0)

PROJECT_QUOTA = {
    "ext4": dict(fs="ext4", size="600M", mkfs=("-O", "project,quota"), options="prjquota"),
    "xfs": dict(fs="xfs", size="600M", options="prjquota"),
}


def btrfs_is_there():
    with open("/proc/filesystems") as f:
        return None if "\tbtrfs\n" in f.read() else "the kernel has no btrfs"


NEEDS.append(btrfs_is_there)


@functools.cache
def project_quota(fs):
    """Why this machine cannot limit projects on that file system; None if it can."""
    node = PROJECT_QUOTA[fs]
    with tempfile.TemporaryDirectory() as directory:
        image = f"{directory}/image"
        with open(image, "wb") as f:
            f.truncate(harness.parse_size(node["size"]))
        made = subprocess.run([f"mkfs.{fs}", "-q", *node.get("mkfs", ()), image], capture_output=True)
        if made.returncode != 0:
            return f"mkfs.{fs} makes no file system with project quota"
        os.mkdir(f"{directory}/mount")
        tried = subprocess.run(["unshare", "--mount", "mount", "-o", f"loop,{node['options']}", image, f"{directory}/mount"],
                               capture_output=True, timeout=60)
        return None if tried.returncode == 0 else f"the kernel has no project quota for {fs}"


def can_limit_projects(fs):
    return lambda: project_quota(fs)


def with_quota(node):
    node.run(["btrfs", "quota", "enable", "/vz"])


def limited(node, space="40M", *options, template=MINIMAL, ctid="101"):
    create(node, ctid, template, "--diskspace", space, *options, network=False)
    start(node, ctid)


def fill(node, megabytes, file="/root/filler", ctid="101"):
    """Writes that much; the number of whole MB that came to the disk."""
    node.exec(ctid, f"dd if=/dev/urandom of={file} bs=1M count={megabytes} conv=fsync 2>/dev/null", check=False)
    return int(node.exec(ctid, f"stat -c %s {file} 2>/dev/null || echo 0").stdout) >> 20


def used_mb(node, ctid="101"):
    text = node.run(["vzlist", "-aHo", "diskspace", ctid]).stdout.strip()
    return None if text == "-" else int(text) >> 10


def subvolumes(node):
    return [line.split()[-1] for line in node.run(["btrfs", "subvolume", "list", "/vz"]).stdout.splitlines()]


def test_a_container_cannot_write_more_than_its_diskspace(world):
    a = world.node
    with_quota(a)
    limited(a)
    written = fill(a, 100)
    assert 20 <= written < 40, written
    # The groups are counted when the file system writes its trees.
    a.run(["sync", "-f", "/vz"])
    assert written <= used_mb(a) <= 40
    assert a.run(["vzlist", "-aHo", "diskspace.h", "101"]).stdout.strip() == str(40 << 10)
    # The rest of the file system, and another container, are not concerned.
    limited(a, "100M", ctid="102")
    assert fill(a, 60, ctid="102") == 60


def test_a_new_limit_holds_at_once(world):
    a = world.node
    with_quota(a)
    limited(a)
    assert fill(a, 100) < 40
    a.vzctl("set", "101", "--diskspace", "80M", "--save")
    assert 40 <= fill(a, 100) < 80
    a.exec("101", "rm /root/filler")
    a.run(["sync", "-f", "/vz"])
    a.vzctl("set", "101", "--diskspace", "50M:60M", "--save")
    assert 40 <= fill(a, 100) < 60


def test_no_time_above_the_soft_limit_makes_it_the_hard_one(world):
    a = world.node
    with_quota(a)
    limited(a, "30M:90M")
    a.vzctl("set", "101", "--quotatime", "0", "--save")
    assert fill(a, 100) < 30


def test_quotaoff_and_quotaon(world):
    a = world.node
    with_quota(a)
    limited(a)
    a.vzctl("quotaoff", "101")
    assert fill(a, 100) == 100
    a.exec("101", "rm /root/filler")
    a.run(["sync", "-f", "/vz"])
    a.vzctl("quotaon", "101")
    assert fill(a, 100) < 40
    a.vzctl("quotainit", "101")


def test_without_disk_quota_nothing_is_limited(world):
    a = world.node
    with_quota(a)
    limited(a)
    a.vzctl("stop", "101", "--fast")
    a.vzctl("set", "101", "--diskquota", "no", "--save")
    a.vzctl("start", "101")
    assert fill(a, 100) == 100
    off = a.vzctl("quotaon", "101", check=False)
    assert (off.rc, off.stdout) == (60, "Disk quota is not enabled, skipping operation\n"), off


def test_creating_cannot_pass_the_limit(world):
    a = world.node
    with_quota(a)
    before = subvolumes(a)
    failed = a.vzctl("create", "101", "--ostemplate", MINIMAL, "--diskspace", "600K", check=False)
    assert failed.rc == 46 and "quota exceeded" in failed.out, failed
    assert not a.exists("/vz/private/101") and not a.exists("/vz/private/101.tmp")
    assert subvolumes(a) == before


def test_a_container_is_a_subvolume_and_goes_as_one(world):
    a = world.node
    with_quota(a)
    limited(a)
    assert "private/101" in subvolumes(a)
    a.vzctl("stop", "101", "--fast")
    a.vzctl("destroy", "101")
    wait_for("the subvolume to be gone", lambda: subvolumes(a) == [], 10, 0.2)


BTRFS_ESCAPES = r"""
use strict;
my %tried = (SUBVOL_CREATE => 0x5000940e, SUBVOL_CREATE_V2 => 0x50009418, SNAP_CREATE => 0x50009401, SNAP_CREATE_V2 => 0x50009417);
opendir(my $root, "/") or die;
open(my $top, "<", "/") or die;
for my $name (sort keys %tried) {
    my $args = pack("q a4088", fileno($top), "escape");
    my $done = ioctl($top, $tried{$name}, $args);
    print "$name ", $done ? "done" : $!, "\n";
}
# The limit of the group, and quota itself.
my $limit = pack("Q6", 0, 1, ~0, 0, 0, 0);
print "QGROUP_LIMIT ", ioctl($top, 0x8030942b, $limit) ? "done" : $!, "\n";
my $quota = pack("Q2", 2, 0);
print "QUOTA_CTL ", ioctl($top, 0xc0109428, $quota) ? "done" : $!, "\n";
"""


def test_container_root_cannot_get_around_its_group(world):
    a = world.node
    with_quota(a)
    limited(a, "700M", template=DEBIAN12)
    done = a.exec("101", "perl -", input=BTRFS_ESCAPES).stdout.splitlines()
    assert len(done) == 6 and not [line for line in done if line.endswith("done")], done
    assert not a.exec("101", "test -e /escape", check=False).rc == 0


def test_inodes_are_not_limited_on_btrfs_and_that_is_said(world):
    a = world.node
    with_quota(a)
    limited(a, "40M")
    told = a.vzctl("set", "101", "--diskinodes", "1000:1100", "--save")
    assert "DISKINODES" in told.out and "btrfs" in told.out, told


def test_a_host_without_quota_refuses_and_starts(world):
    c = world.nodes[2]
    create(c, "101", MINIMAL, "--diskspace", "40M", network=False)
    started = c.vzctl("start", "101")
    assert started.out.count("DISKSPACE") == 1 and "prjquota" in started.out, started
    refused = c.vzctl("set", "101", "--diskspace", "50M", "--save", check=False)
    assert refused.rc == 62 and "prjquota" in refused.out, refused
    for command, code in (("quotaon", 60), ("quotainit", 61)):
        assert c.vzctl(command, "101", check=False).rc == code
    assert c.run(["vzlist", "-aHo", "diskspace", "101"]).stdout.strip() == "-"


def test_btrfs_without_quota_says_how_to_enable_it(world):
    b = world.nodes[1]
    b.run(["btrfs", "quota", "disable", "/vz"], check=False)
    limited(b)
    refused = b.vzctl("set", "101", "--diskspace", "50M", check=False)
    assert refused.rc == 62 and "btrfs quota enable" in refused.out, refused
    # Enabled now, it counts at once: the private area is a subvolume already.
    with_quota(b)
    b.vzctl("set", "101", "--diskspace", "50M", "--save")
    assert fill(b, 100) < 50


@needs(criu_fits, vzmigrate_is_built)
def test_the_limit_holds_after_restore_and_migration(world):
    a, b, _ = world.nodes
    with_quota(a)
    with_quota(b)
    limited(a)
    a.vzctl("chkpnt", "101")
    a.vzctl("restore", "101")
    assert fill(a, 20) == 20
    a.run(["vzmigrate", "--online", b.ip, "101"], timeout=120)
    assert "private/101" in subvolumes(b)
    assert fill(b, 100, "/root/more") < 20
    wait_for("the source's subvolume to be gone", lambda: subvolumes(a) == [], 10, 0.2)
    b.vzctl("stop", "101", "--fast")
    b.run(["vzmigrate", a.ip, "101"], timeout=120)
    a.vzctl("start", "101")
    assert fill(a, 100, "/root/again") < 20


def check_project_quota(fs):
    """All of it with project quota, in a World of its own."""
    with harness.World(nodes=[PROJECT_QUOTA[fs], PROJECT_QUOTA[fs]], clients=0) as world:
        a, b = world.nodes
        limited(a, "40M:48M", "--diskinodes", "2000:2200")
        # Not from inside, as container root.
        a.run(["vzctl", "exec2", "101", "cat >/escape && chmod 755 /escape"], input=escape_program(), text=False)
        refused = a.exec("101", "/escape project_change", check=False)
        assert refused.rc == 0 and refused.stdout.startswith("refused: FSSETXATTR"), refused
        assert 20 <= fill(a, 100) <= 48
        assert 20 <= used_mb(a) <= 48
        size = int(a.exec("101", "df -k / | tail -n 1").stdout.split()[1])
        assert size <= 48 << 10, size
        # An inode bomb.
        a.exec("101", "rm /root/filler")
        a.exec("101", "i=0; while [ $i -lt 3000 ]; do : >/root/n$i || exit 1; i=$((i+1)); done", check=False)
        made = int(a.exec("101", "ls /root | wc -l").stdout)
        assert 100 < made < 2200, made
        assert made < int(a.run(["vzlist", "-aHo", "diskinodes", "101"]).stdout) <= 2200
        a.exec("101", "rm /root/n*")
        a.vzctl("set", "101", "--diskspace", "80M", "--diskinodes", "5000:5000", "--save")
        assert 48 < fill(a, 100) <= 80
        a.vzctl("set", "101", "--quotatime", "0", "--diskspace", "30M:90M", "--save")
        a.exec("101", "rm /root/filler")
        assert fill(a, 100) <= 30
        # A tree that was made without quota is counted as a whole.
        a.vzctl("quotaoff", "101")
        a.exec("101", "rm /root/filler")
        a.vzctl("stop", "101", "--fast")
        a.sh("find /vz/private/101 -type d -exec chattr -P {} + ; find /vz/private/101 \\( -type d -o -type f \\) -exec chattr -p 0 {} +", check=False)
        started = a.vzctl("start", "101")
        assert "Initializing quota ..." in started.out, started
        assert fill(a, 100) <= 30
        if not criu_fits():
            a.vzctl("chkpnt", "101")
            a.vzctl("restore", "101")
            a.run(["vzmigrate", "--online", b.ip, "101"], timeout=180)
            assert fill(b, 100, "/root/more") < 10


@second_platform
@needs(can_limit_projects("ext4"))
@slow(400)
def test_project_quota_of_ext4():
    check_project_quota("ext4")


@second_platform
@needs(can_limit_projects("xfs"))
@slow(400)
def test_project_quota_of_xfs():
    check_project_quota("xfs")
