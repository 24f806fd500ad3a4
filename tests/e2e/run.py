#!/usr/bin/python3
"""Runs the end-to-end tests.

    run.py [--filter TEXT] [--list] [--keep-going|--fail-fast] [-v]

Every test_*.py in this directory holds functions test_…; each gets a fresh or
emptied World as `world` (the module's WORLD = dict(nodes=…, clients=…) says which),
unless it takes no argument.  @slow(seconds) changes a test's time limit.  Each module
runs in a process of its own.  Prints one line per test - ok, FAILED, SKIPPED: reason -
and at the end "N passed, N failed, N skipped".  Exit code 1 when something failed.
"""
import argparse
import importlib
import inspect
import json
import os
import signal
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True
DEFAULT_TIMEOUT = 180


def tests_of(module):
    return [(name, f) for name, f in vars(module).items() if name.startswith("test_") and inspect.isfunction(f)]


def time_limit(function):
    import harness
    return int(getattr(function, "timeout", DEFAULT_TIMEOUT) * harness.PATIENCE)


def sentence(name):
    return name.removeprefix("test_").replace("_", " ")


def explain(error):
    """The error, and the lines of the test files that led to it."""
    if os.environ.get("VZ_E2E_VERBOSE"):
        return traceback.format_exc()
    text = ""
    for frame in traceback.extract_tb(error.__traceback__):
        name = os.path.basename(frame.filename)
        if name.startswith(("test_", "scenario")):
            text += f"{name}:{frame.lineno}: {frame.line}\n"
    return (text or traceback.format_exc()) + f"{type(error).__name__}: {error}\n"


class TestTimeout(BaseException):
    pass


def run_module(name, selected, report):
    """In the module's own process: one JSON line per test to the descriptor report."""
    import ctypes
    import harness
    # Killed together with the runner; the guardian then cleans up behind both.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)

    def tell(**fields):
        os.write(report, (json.dumps(fields) + "\n").encode())

    def alarm(*_):
        raise TestTimeout()
    signal.signal(signal.SIGALRM, alarm)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        module = importlib.import_module(name)
    except Exception:
        for test in selected:
            tell(test=test, result="failed", seconds=0, text=traceback.format_exc())
        return
    description = getattr(module, "WORLD", {})
    world = None
    try:
        for test, function in tests_of(module):
            if test not in selected:
                continue
            started = time.monotonic()
            result, text = "passed", ""
            tell(test=test, result="started", timeout=time_limit(function))
            try:
                needed = getattr(module, "NEEDS", []) if "NEEDS" in vars(module) else []
                for condition in [*needed, *getattr(function, "needs", [])]:
                    reason = condition()
                    if reason:
                        raise harness.Skip(reason)
                signal.alarm(time_limit(function))
                if inspect.signature(function).parameters:
                    if world is None:
                        world = harness.World(**description)
                        world.__enter__()
                    function(world)
                else:
                    function()
            except harness.Skip as e:
                result, text = "skipped", str(e)
            except TestTimeout as e:
                result, text = "failed", "took longer than its time limit\n" + explain(e)
            except Exception as e:
                result, text = "failed", explain(e)
            finally:
                signal.alarm(0)
            if result == "failed" and world:
                text += "last commands:\n" + "\n".join(world.recent(8)) + "\n"
            if world is not None and inspect.signature(function).parameters:
                # What a failed test left may be anything: the next one gets a new world.
                keep = False
                if result != "failed":
                    try:
                        signal.alarm(int(90 * harness.PATIENCE))
                        keep = world.clear()
                        signal.alarm(0)
                    except (Exception, TestTimeout):
                        signal.alarm(0)
                        text += traceback.format_exc()
                    if not keep and result == "passed":
                        result, text = "failed", "the test left containers that cannot be removed\n" + text + "\n".join(world.recent(6))
                if not keep:
                    world.close()
                    world = None
            tell(test=test, result=result, seconds=round(time.monotonic() - started, 2), text=text)
    finally:
        if world:
            world.close()


def main():
    p = argparse.ArgumentParser(description="Runs the end-to-end tests.")
    p.add_argument("--filter", default="", help="only tests whose file or name contains this text")
    p.add_argument("--list", action="store_true", help="only print the names")
    p.add_argument("--fail-fast", action="store_true", help="stop at the first failure")
    p.add_argument("-v", "--verbose", action="store_true", help="print every command")
    p.add_argument("--module", help=argparse.SUPPRESS)
    p.add_argument("--report", type=int, help=argparse.SUPPRESS)
    p.add_argument("tests", nargs="*", help=argparse.SUPPRESS)
    args = p.parse_args()
    if args.module:
        run_module(args.module, args.tests, args.report)
        return 0
    if args.verbose:
        os.environ["VZ_E2E_VERBOSE"] = "1"

    wanted = args.filter.replace(" ", "_")
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    failures = []
    for file in sorted(os.listdir(HERE)):
        if not (file.startswith("test_") and file.endswith(".py")):
            continue
        module = file[:-3]
        # The names are read without running the file: a broken module fails alone.
        with open(f"{HERE}/{file}") as f:
            names = [line[4:].split("(")[0] for line in f if line.startswith("def test_")]
        names = [n for n in names if wanted in module or wanted in n]
        if not names:
            continue
        if args.list:
            print("\n".join(f"{module}: {sentence(n)}" for n in names))
            continue
        print(f"{module}", flush=True)
        done = run_one_module(module, names, counts, failures)
        for name in names:
            if name not in done:
                counts["failed"] += 1
                failures.append((module, name))
                print(f"  FAILED {sentence(name)} (its process ended before it)", flush=True)
        if args.fail_fast and failures:
            break
    if args.list:
        return 0
    if failures:
        print("failed:")
        for module, name in failures:
            print(f"  {module}: {sentence(name)}")
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    return 1 if failures else 0


def run_one_module(module, names, counts, failures):
    import selectors
    r, w = os.pipe()
    command = ["/usr/bin/python3", "-B", os.path.abspath(__file__), "--module", module, "--report", str(w), "--", *names]
    process = subprocess.Popen(command, pass_fds=[w], stdin=subprocess.DEVNULL)
    os.close(w)
    done = set()
    buffer = b""
    limit = time.monotonic() + 60
    selector = selectors.DefaultSelector()
    selector.register(r, selectors.EVENT_READ)
    try:
        while True:
            if not selector.select(max(0, min(5, limit - time.monotonic()))):
                if time.monotonic() > limit:
                    # Stuck beyond what its own alarm could end.  The guardian cleans up behind it.
                    process.kill()
                continue
            data = os.read(r, 65536)
            if not data:
                break
            buffer += data
            while b"\n" in buffer:
                line, _, buffer = buffer.partition(b"\n")
                record = json.loads(line)
                if record["result"] == "started":
                    limit = time.monotonic() + record["timeout"] + 200
                    continue
                limit = time.monotonic() + 200
                done.add(record["test"])
                counts[record["result"]] += 1
                text = record["text"].rstrip()
                title = f"{sentence(record['test'])} ({record['seconds']:.1f} s)"
                if record["result"] == "passed":
                    print(f"  ok {title}", flush=True)
                elif record["result"] == "skipped":
                    print(f"  SKIPPED: {text}: {title}", flush=True)
                else:
                    failures.append((module, record["test"]))
                    print(f"  FAILED {title}\n    " + text.replace("\n", "\n    "), flush=True)
        process.wait(120)
    except BaseException:
        process.terminate()
        try:
            process.wait(100)
        except subprocess.TimeoutExpired:
            process.kill()
        raise
    finally:
        os.close(r)
    return done


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
