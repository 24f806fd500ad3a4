#!/usr/bin/python3
"""A test bench by hand: a shell, or a command, on node1; node2 is an ssh away.

    shell.py [--nodes N] [--fs TYPE] [COMMAND [ARGUMENT…]]

Everything is gone when the command ends.
"""
import argparse
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import harness  # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--nodes", type=int, default=2)
    p.add_argument("--fs", help="file system of every node's /vz, in an image")
    p.add_argument("command", nargs=argparse.REMAINDER)
    args = p.parse_args()
    description = [{"fs": args.fs} if args.fs else {} for _ in range(args.nodes)]
    with harness.World(nodes=description, clients=1) as world:
        # A terminal of the node's own gives job control.
        command = args.command or ["script", "-qc", "PS1='\\h:\\w# ' bash --norc", "/dev/null"]
        process = world.node.popen(command, cwd="/root", stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr,
                                   env={"TERM": os.environ.get("TERM", "linux")})
        return process.wait(24 * 3600)


sys.exit(main())
