#!/usr/bin/python3
"""Cleans up after a test run, however it ended.

    guardian.py RUNID WORKDIR      standard input: a pipe from the harness

Waits until the pipe closes, which it does when the harness ends or is killed.
Then thaws and kills what is left in the run's own cgroups, removes these, and
removes the work directory.  Nothing is found by name: only what lies in
cgroups and directories of this run is touched.
"""
import fcntl
import os
import shutil
import signal
import sys
import time

ROOT = "/sys/fs/cgroup"


def hierarchies():
    """(name, type, mount point, options) of each cgroup hierarchy mounted under /sys/fs/cgroup."""
    found = []
    with open("/proc/self/mountinfo") as f:
        for line in f:
            left, right = line.rstrip("\n").split(" - ")
            fields, (fstype, _, options) = left.split(), right.split(" ", 2)
            if not fstype.startswith("cgroup") or not fields[4].startswith(ROOT):
                continue
            wanted = [o for o in options.split(",") if o not in ("rw", "ro")]
            if fstype == "cgroup" and not any(o.startswith("name=") for o in wanted):
                wanted = [o for o in wanted if o not in ("xattr", "clone_children", "noprefix")
                          and not o.startswith("release_agent=")]
            else:
                wanted = [o for o in wanted if not o.startswith("release_agent=")]
            found.append({"name": os.path.relpath(fields[4], ROOT), "type": fstype,
                          "path": fields[4], "options": ",".join(wanted)})
    return found


def top_name(runid):
    return f"vztest-{runid}"


def try_write(path, text):
    try:
        with open(path, "w") as f:
            f.write(text)
    except OSError:
        pass


def empty_cgroups(name):
    """One round of thaw, kill and remove of that group in all hierarchies.  True when nothing is left."""
    left = False
    for h in hierarchies():
        top = f"{h['path']}/{name}"
        if not os.path.isdir(top):
            continue
        if h["type"] == "cgroup2":
            try_write(f"{top}/cgroup.kill", "1")
        for directory, _, _ in os.walk(top):
            try_write(f"{directory}/freezer.state", "THAWED")
            try_write(f"{directory}/cgroup.freeze", "0")
        for directory, _, _ in os.walk(top, topdown=False):
            try:
                with open(f"{directory}/cgroup.procs") as f:
                    pids = [int(p) for p in f.read().split()]
            except OSError:
                pids = []
            for pid in pids:
                if pid > 0:
                    try:
                        os.kill(pid, signal.SIGKILL)
                    except OSError:
                        pass
            try:
                os.rmdir(directory)
            except OSError:
                left = True
    return not left


def remove_tree(workdir):
    def make_writable(function, path, _):
        # An immutable or append-only file of a test.
        os.system(f"chattr -i -a '{path}' 2>/dev/null")
        try:
            function(path)
        except OSError:
            pass
    shutil.rmtree(workdir, onerror=make_writable)
    # btrfs subvolumes and the like live inside images, which are plain files here.
    return not os.path.lexists(workdir)


def clean(runid, workdir, seconds=60):
    end = time.monotonic() + seconds
    pause = 0.01
    while not empty_cgroups(top_name(runid)):
        if time.monotonic() > end:
            return False
        time.sleep(pause)
        pause = min(pause * 2, 0.2)
    while not remove_tree(workdir):
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def sweep(base, prefix):
    """Removes what a run left whose guardian was killed as well: nobody holds its lock."""
    for name in os.listdir(base):
        if not name.startswith(prefix):
            continue
        workdir = os.path.join(base, name)
        try:
            fd = os.open(f"{workdir}/lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            clean(name[len(prefix):], workdir, 20)
        except BlockingIOError:
            pass
        finally:
            os.close(fd)


def main():
    runid, workdir = sys.argv[1:3]
    for s in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(s, signal.SIG_IGN)
    lock = os.open(f"{workdir}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_SH)
    os.write(1, b"watching\n")
    while os.read(0, 4096):
        pass
    if not clean(runid, workdir):
        print(f"guardian: could not remove everything of run {runid} ({workdir})", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
