#!/usr/bin/python3
"""Moves a running Debian container to another node and shows what its client saw."""
import os
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import harness  # noqa: E402
import scenario  # noqa: E402

started = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - started:6.1f} s] {text}", flush=True)


def main():
    reason = scenario.vzctl_is_built() or scenario.vzmigrate_is_built()
    if reason:
        sys.exit(f"demo: {reason}")
    if scenario.criu_fits():
        sys.exit("demo: no CRIU fits this kernel, so nothing can be moved while it runs; see `./run build`")
    say("template " + scenario.DEMO)
    harness.build_template(scenario.DEMO)
    say("two nodes and a client, each a set of namespaces on one switch")
    with harness.World(nodes=2, clients=1) as world:
        a, b = world.nodes
        client = world.client
        say("node1: vzctl create 101; vzctl start 101   (Debian 12, systemd, sshd, nginx, redis)")
        scenario.running(a, "101", scenario.DEMO, "--hostname", "ct101")
        say("node1: systemctl is-system-running says: " + a.exec("101", "systemctl is-system-running").stdout.strip())
        scenario.start_echo(a, client)
        scenario.start_nginx(a, client)
        scenario.start_redis(a, client)
        traffic = scenario.Traffic(client, echo=20, downloads=2, redis=5)
        say(f"client1: 20 echo, 2 download and 5 redis connections to {scenario.v4('101')} are open")
        time.sleep(1)
        uptime = float(a.exec("101", "cut -d' ' -f1 /proc/uptime").stdout)
        say("node1: vzmigrate --online -t node2 101")
        begun = time.time()
        result = a.run(["vzmigrate", "--online", "-t", "node2", "101"], timeout=120, check=False)
        for line in result.out.splitlines():
            print("           | " + line)
        say(f"vzmigrate took {result.seconds:.2f} s, exit code {result.rc}")
        time.sleep(2)
        reports = [c.finish() for c in traffic.clients]
        say("node1: " + a.vzctl("status", "101").stdout.strip())
        say("node2: " + b.vzctl("status", "101").stdout.strip())
        if result.rc == 0:
            say("node2: systemctl is-system-running says: " + b.exec("101", "systemctl is-system-running", check=False).stdout.strip())
            later = float(b.exec("101", "cut -d' ' -f1 /proc/uptime").stdout)
            say(f"uptime inside went on: {uptime:.1f} s before, {later:.1f} s now")
        print("\nWhat the client saw, every byte of it verified:")
        for r in reports:
            at = f", {r['gap_at'] - begun:+.2f} s after vzmigrate began" if r["gap_at"] else ""
            print(f"  {r['kind']:9} {r['connections']:3} connections, {len(r['errors'])} broken, "
                  f"{r['received'] / 1e6:7.2f} MB received, longest gap {r['longest_gap_ms']:7.1f} ms{at}")
            for error in r["errors"][:3]:
                print(f"            {error}")
        gap = max(r["longest_gap_ms"] for r in reports)
        broken = sum(len(r["errors"]) for r in reports)
        print(f"Longest gap: {gap:.0f} ms; connections broken: {broken}\n")
        ok = result.rc == 0 and not broken and b.is_running("101") and not a.is_running("101")
        world.clear()
    say("everything is removed again")
    return 0 if ok else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except (harness.HarnessError, harness.Skip, AssertionError) as e:
        sys.exit(f"demo: {e}")
