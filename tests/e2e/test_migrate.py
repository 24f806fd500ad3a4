"""vzmigrate between two nodes, offline and online."""
import re
import time

import harness
from harness import wait_for
from scenario import (MINIMAL, Traffic, assert_no_residue, create, criu_fits, demo_container, needs, vzmigrate_is_built,
                      running, slow, v4, v6)
from test_checkpoint import count, counting, goes_on, is_frozen

NEEDS = [vzmigrate_is_built]
WORLD = dict(nodes=2, clients=1)


def migrate(node, *args, **more):
    return node.run(["vzmigrate", *args], **{"timeout": 150, **more})


def belongs_to(owner, other, ctid="101"):
    assert owner.status(ctid)[0] == "exist", owner.status(ctid)
    assert other.status(ctid)[0] == "deleted", other.status(ctid)


def nothing_of(ctid, node, address_is_anothers=False):
    """The node knows nothing of the container, on disk or in the kernel."""
    assert node.status(ctid)[0] == "deleted"
    for path in (f"/vz/private/{ctid}", f"/vz/private/{ctid}.tmp", f"/vz/private/{ctid}.migrating", node.conf(ctid),
                 node.conf(ctid) + ".migrating", f"/vz/dump/Dump.{ctid}", f"/vz/dump/tmp-dump.{ctid}", f"/vz/lock/{ctid}.lck"):
        assert not node.exists(path), f"{node.name} has {path}"
    if not address_is_anothers:
        assert_no_residue(node, ctid)


def pings(client, address):
    return client.run(["busybox", "ping", "-c", "1", "-W", "1", address], check=False, timeout=10).rc == 0


def test_a_stopped_container_moves(world):
    a, b = world.nodes
    create(a, "101", MINIMAL, "--hostname", "mover", "--name", "friend")
    a.sh("mkdir -p /vz/private/101/data; cd /vz/private/101/data; echo text >f; ln f hard; ln -s f soft; "
         "truncate -s 10M sparse; chown 1234:4321 f; mkfifo fifo; setfattr -n user.x -v y f 2>/dev/null; true")
    result = migrate(a, "node2", "101")
    assert "Starting migration of CT 101 to node2" in result.stdout, result
    belongs_to(b, a)
    assert b.status("friend") == ["exist", "unmounted", "down"]
    listing = b.sh("cd /vz/private/101/data; stat -c '%n %u %g %h %F' f hard; stat -c '%F' fifo soft; "
                   "test $(stat -c %i f) = $(stat -c %i hard) && echo same; du -k sparse | cut -f1").stdout.split("\n")
    assert listing[:5] == ["f 1234 4321 2 regular file", "hard 1234 4321 2 regular file", "fifo", "symbolic link", "same"], listing
    assert int(listing[5]) < 1000
    assert 'HOSTNAME="mover"' in b.read_file(b.conf("101"))
    b.vzctl("start", "101")
    wait_for("the moved container", lambda: pings(world.client, v4("101")), 15)


def test_a_running_container_moves_offline_and_is_started_there(world):
    a, b = world.nodes
    running(a)
    a.exec("101", "echo before >/root/file")
    migrate(a, "node2", "101")
    belongs_to(b, a)
    b.wait_started("101")
    assert b.exec("101", "cat /root/file").stdout == "before\n"
    nothing_of("101", a)
    wait_for("the address on its new node", lambda: pings(world.client, v4("101")), 10)


def test_action_scripts_and_the_name_move_along(world):
    a, b = world.nodes
    create(a, "101", MINIMAL, "--name", "scripted")
    a.sh("for s in mount umount start stop premount postumount; do printf '#!/bin/sh\\nexit 0\\n' >/etc/vz/conf/101.$s; "
         "chmod 755 /etc/vz/conf/101.$s; done")
    migrate(a, "node2", "101")
    for s in ("mount", "umount", "start", "stop", "premount", "postumount"):
        assert b.exists(f"/etc/vz/conf/101.{s}"), s
    assert not a.exists("/etc/vz/names/scripted") and b.exists("/etc/vz/names/scripted")


def test_the_private_area_stays_when_asked_for(world):
    a, b = world.nodes
    create(a)
    migrate(a, "-r", "no", "node2", "101")
    assert a.exists("/vz/private/101") and a.exists("/etc/vz/conf/101.conf.migrated") and not a.exists(a.conf("101"))
    assert b.status("101")[0] == "exist"
    a.sh("rm -rf /vz/private/101")


def test_usage_and_unknown_containers(world):
    a, _ = world.nodes
    assert migrate(a).rc == 0
    result = migrate(a, "node2", check=False)
    assert result.rc == 1 and "Invalid usage: not enough parameters" in result.stdout, result
    result = migrate(a, "node2", "555", check=False)
    assert result.rc == 10 and "555" in result.stderr, result
    create(a)
    result = migrate(a, "--online", "node2", "101", check=False)
    assert result.rc == 2, result
    belongs_to(a, world.nodes[1])


@needs(criu_fits)
def test_a_small_container_moves_online_with_its_processes(world):
    a, b = world.nodes
    running(a)
    counting(a)
    before = count(a)
    result = migrate(a, "--online", "-t", "node2", "101")
    assert "Starting live migration of CT 101 to node2" in result.stdout, result
    belongs_to(b, a)
    assert b.is_running("101")
    assert goes_on(b) >= before
    nothing_of("101", a)
    assert re.search(r"Total suspended time: +\d+\.\d\d", result.stdout), result
    for address in (v4("101"), v6("101")):
        wait_for("the address on its new node", lambda: pings(world.client, address), 10)


@needs(criu_fits)
def test_a_suspended_container_moves_with_its_dump(world):
    a, b = world.nodes
    running(a)
    counting(a)
    before = count(a)
    a.vzctl("chkpnt", "101")
    migrate(a, "node2", "101")
    assert b.status("101") == ["exist", "unmounted", "down", "suspended"]
    b.vzctl("restore", "101")
    assert goes_on(b) >= before


@needs(criu_fits)
@slow(300)
def test_connections_of_a_debian_container_survive_online_migration(world):
    a, b = world.nodes
    demo_container(a, world.client)
    traffic = Traffic(world.client)
    time.sleep(1)
    result = migrate(a, "--online", "-t", "node2", "101")
    time.sleep(2)
    reports = traffic.finish()
    for report in reports:
        print(f"    {report['kind']}: {report['connections']} connections, longest gap {report['longest_gap_ms']} ms")
    belongs_to(b, a)
    assert b.exec("101", "systemctl is-system-running").stdout == "running\n", result
    assert b.exec("101", "cat /run/echo-connections").stdout.strip() in ("0", "100")


@needs(criu_fits)
@slow(420)
def test_the_same_connections_survive_there_and_back_and_there_again(world):
    a, b = world.nodes
    demo_container(a, world.client)
    traffic = Traffic(world.client)
    here, there = a, b
    for _ in range(3):
        time.sleep(1)
        migrate(here, "--online", there.name, "101")
        belongs_to(there, here)
        here, there = there, here
    time.sleep(1)
    for report in traffic.finish():
        print(f"    {report['kind']}: longest gap {report['longest_gap_ms']} ms")
    nothing_of("101", a)


@needs(criu_fits)
def test_a_container_moves_online_to_another_file_system():
    import shutil
    if not shutil.which("mkfs.btrfs", path=harness.ENVIRONMENT["PATH"]):
        raise harness.Skip("no mkfs.btrfs")
    with harness.World(nodes=[dict(fs="ext4", size="2G"), dict(fs="btrfs", size="2G")], clients=1) as world:
        a, b = world.nodes
        running(a)
        counting(a)
        # An open file that is unlinked, and one that is not.
        a.exec("101", "setsid sh -c 'exec 3>/root/open 4>/root/gone; rm /root/gone; n=0; while :; do n=$((n+1)); "
               "echo $n >&3; echo $n >&4; sleep 0.1; done' </dev/null >/dev/null 2>&1 &")
        time.sleep(0.5)
        migrate(a, "--online", "node2", "101")
        goes_on(b)
        before = int(b.exec("101", "tail -n 1 /root/open").stdout)
        wait_for("the open file", lambda: int(b.exec("101", "tail -n 1 /root/open").stdout) > before, 5)
        migrate(b, "--online", "node1", "101")
        goes_on(a)


# -- what must not happen -------------------------------------------------------

def refused(world, code, *options, text=None):
    """The move is refused and the container goes on here as if nothing had been."""
    a, b = world.nodes
    result = migrate(a, *options, "node2", "101", check=False)
    assert result.rc == code, result
    assert result.stderr.startswith("Error: ") or "\nError: " in result.stderr or "not" in result.out, result
    if text:
        assert text in result.out, result
    goes_on(a)
    assert pings(world.client, v4("101"))
    return result


@needs(criu_fits)
def test_a_container_that_exists_there_is_not_overwritten(world):
    a, b = world.nodes
    running(a)
    counting(a)
    create(b, "101", MINIMAL, "--hostname", "theirs", network=False)
    refused(world, 9, "--online", text="CT #101 already exists on destination node")
    assert 'HOSTNAME="theirs"' in b.read_file(b.conf("101"))


@needs(criu_fits)
def test_a_node_that_cannot_be_reached_is_named(world):
    a, b = world.nodes
    running(a)
    counting(a)
    b.unplug()
    refused(world, 4, "--online")
    b.replug()


@needs(criu_fits)
def test_a_wrong_key_is_refused_and_no_password_is_asked_for(world):
    a, b = world.nodes
    running(a)
    counting(a)
    a.sh("mv /root/.ssh/id_ed25519 /root/.ssh/hidden")
    started = time.monotonic()
    refused(world, 4, "--online")
    assert time.monotonic() - started < 30
    a.sh("mv /root/.ssh/hidden /root/.ssh/id_ed25519")
    # An unknown host key is as bad.
    a.sh("mv /root/.ssh/known_hosts /root/.ssh/hidden; touch /root/.ssh/known_hosts")
    refused(world, 4, "--online")
    a.sh("mv /root/.ssh/hidden /root/.ssh/known_hosts")
    nothing_of("101", b)


@needs(criu_fits)
def test_an_address_in_use_there_is_found_before_anything_is_changed(world):
    a, b = world.nodes
    running(a)
    counting(a)
    create(b, "102", MINIMAL, "--ipadd", v4("101"), network=False)
    b.vzctl("start", "102")
    result = migrate(a, "--online", "node2", "101", check=False)
    assert result.rc == 12 and "IP address(es) already in use on destination node" in result.out, result
    goes_on(a)
    nothing_of("101", b, address_is_anothers=True)


@needs(criu_fits)
def test_a_missing_bridge_there_is_found_before_anything_is_changed(world):
    a, b = world.nodes
    a.sh("ip link add br0 type bridge && ip link set br0 up")
    create(a)
    a.vzctl("set", "101", "--netif_add", "eth0,,,,br0", "--save")
    a.vzctl("start", "101")
    a.wait_started("101")
    counting(a)
    result = migrate(a, "--online", "node2", "101", check=False)
    assert result.rc != 0 and "br0" in result.out, result
    goes_on(a)
    nothing_of("101", b)


@needs(criu_fits)
def test_too_little_space_there_is_found_and_nothing_stays(world):
    a, b = world.nodes
    running(a)
    counting(a)
    a.exec("101", "dd if=/dev/urandom of=/root/big bs=1M count=40 2>/dev/null")
    b.sh("mkdir -p /vz/private && mount -t tmpfs -o size=20m tmpfs /vz/private")
    result = migrate(a, "--online", "node2", "101", check=False)
    assert result.rc != 0, result
    goes_on(a)
    assert a.is_running("101")
    assert not b.exists("/vz/private/101")
    b.run(["umount", "/vz/private"])
    nothing_of("101", b)
    migrate(a, "--online", "node2", "101")
    goes_on(b)


@needs(criu_fits)
@slow(300)
def test_when_the_restore_fails_there_the_source_goes_on_with_its_connections(world):
    a, b = world.nodes
    demo_container(a, world.client)
    # A CRIU that does not find the programs it needs fails only when everything else has been done.
    good = b.sh("sed -n 's/^CRIU=\"\\(.*\\)\"/\\1/p' /etc/vz/vz.conf").stdout.strip() or "criu"
    b.write_file("/vz/broken-criu", f"#!/bin/sh\nPATH=/nowhere exec {good} \"$@\"\n", 0o755)
    b.set_conf("CRIU", "/vz/broken-criu")
    traffic = Traffic(world.client)
    time.sleep(0.5)
    result = migrate(a, "--online", "node2", "101", check=False)
    assert result.rc == 7 and "Restore on destination node failed" in result.stderr, result
    time.sleep(1)
    for report in traffic.finish():
        print(f"    {report['kind']}: longest gap {report['longest_gap_ms']} ms")
    assert a.is_running("101")
    assert a.exec("101", "systemctl is-system-running").stdout == "running\n"
    nothing_of("101", b)
    b.set_conf("CRIU", good)
    migrate(a, "--online", "node2", "101")
    belongs_to(b, a)


@needs(criu_fits)
def test_an_interrupted_migration_is_a_failed_one(world):
    a, b = world.nodes
    running(a)
    counting(a)
    a.exec("101", "dd if=/dev/urandom of=/root/big bs=1M count=200 2>/dev/null")
    process = a.popen(["vzmigrate", "--online", "-v", "node2", "101"])
    wait_for("the copy to begin", lambda: b.exists("/vz/private/101.migrating"), 20, 0.02)
    process.kill(2)
    process.communicate(timeout=60)
    assert process.rc != 0
    goes_on(a)
    belongs_to(a, b)
    wait_for("the copy to be removed", lambda: not b.exists("/vz/private/101.migrating"), 10)
    nothing_of("101", b)
    migrate(a, "--online", "node2", "101")
    goes_on(b)


@needs(criu_fits)
def test_a_mount_script_that_fails_there_stops_the_migration_before_the_freeze(world):
    a, b = world.nodes
    running(a)
    counting(a)
    a.write_file("/etc/vz/conf/101.mount", "#!/bin/sh\n[ \"$(hostname)\" != node2 ] || exit 1\n", 0o755)
    result = migrate(a, "--online", "node2", "101", check=False)
    assert result.rc == 7 and "Error executing mount script" in result.stderr, result
    goes_on(a)
    nothing_of("101", b)


@needs(criu_fits)
def test_killed_at_any_moment_the_container_runs_on_exactly_one_node(world):
    a, b = world.nodes
    running(a)
    counting(a)
    random = __import__("random").Random(7)
    where, other = a, b
    for _ in range(12):
        process = where.popen(["vzmigrate", "--online", other.name, "101"])
        time.sleep(random.uniform(0.2, 1.5))
        process.kill(9)
        process.communicate(timeout=60)
        # What the killed one could not do itself, its guard and the other side's agent do at once. Killed between the
        # commit and its answer, the source cannot know who owns the container; it holds it still and says so.
        def settled():
            if where.exists("/etc/vz/conf/101.migrating"):
                assert not where.is_running("101") or is_frozen(where)
                return not other.exists("/vz/lock/101.lck")
            owners = [n for n in (a, b) if n.status("101")[0] == "exist"]
            # One that was killed as the last thing it had to do leaves its lock file; the next command takes it.
            return len(owners) == 1 and (owners[0] is other or not other.exists("/vz/lock/101.lck"))
        wait_for(lambda: "one owner: " + "".join(n.sh("cat /vz/lock/101.lck 2>/dev/null; ps -eo pid,ppid,stat,wchan:20,args", check=False).stdout
                                                 for n in (a, b)), settled, 20, 0.1)
        if where.exists("/etc/vz/conf/101.migrating"):
            assert where.vzctl("restore", "101", check=False).rc != 0
            migrate(where, "--online", other.name, "101", check=False)
            assert not where.exists("/etc/vz/conf/101.migrating")
        owners = [n for n in (a, b) if n.status("101")[0] == "exist"]
        assert len(owners) == 1, owners
        if owners[0] is not where:
            where, other = other, where
        wait_for("the container to go on", lambda: where.exec("101", "true", check=False).rc == 0, 10)
        goes_on(where)


@needs(criu_fits)
def test_exactly_one_node_has_the_container_when_the_destination_dies(world):
    a, b = world.nodes
    running(a)
    counting(a)
    a.exec("101", "dd if=/dev/urandom of=/root/big bs=1M count=100 2>/dev/null")
    process = a.popen(["vzmigrate", "--online", "node2", "101"])
    wait_for("the copy to begin", lambda: b.exists("/vz/private/101.migrating"), 20, 0.02)
    b.power_off()
    process.communicate(timeout=120)
    assert process.rc != 0
    goes_on(a)
    b.boot()
    assert not b.is_running("101")
    migrate(a, "--online", "node2", "101")
    belongs_to(b, a)
    goes_on(b)
