#!/usr/bin/python3
"""Runs the end-to-end tests.

    run.py [--filter TEXT] [--list] [--jobs N] [--fail-fast] [-v]

Every test_*.py in this directory holds functions test_…; each gets a fresh or
emptied World as `world` (the module's WORLD = dict(nodes=…, clients=…) says which),
unless it takes no argument.  @slow(seconds) changes a test's time limit.  Each module
runs in a process of its own, with --jobs several at a time; a module with ALONE = True
runs beside no other, because it measures what others would take from it.
Tests marked @second_platform, and files with SECOND_PLATFORM = True, need the virtual
machine of tests/vm and are left out elsewhere; --second-platform takes these and
those marked @both_platforms.  Prints one line per test - ok, FAILED, SKIPPED: reason -
and at the end "N passed, N failed, N skipped".  Exit code 1 when something failed.
"""
import argparse
import concurrent.futures
import importlib
import inspect
import io
import json
import os
import signal
import subprocess
import sys
import threading
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


class Module:
    """A test_*.py: its tests, and what became of them."""

    def __init__(self, file, wanted, platforms):
        '''wanted: text in its names; platforms: which of "first", "second", "both".'''
        self.name = file[:-3]
        # Read without running the file: a broken module fails alone.
        with open(f"{HERE}/{file}") as f:
            lines = f.readlines()
        self.alone = "ALONE = True\n" in lines
        self.tests = []
        marks = []
        for line in lines:
            if line.startswith("@"):
                marks.append(line.strip())
            elif line.startswith("def "):
                name = line[4:].split("(")[0]
                platform = "second" if "@second_platform" in marks or "SECOND_PLATFORM = True\n" in lines else \
                    "both" if "@both_platforms" in marks else "first"
                if name.startswith("test_") and platform in platforms and (wanted in self.name or wanted in name):
                    self.tests.append(name)
                marks = []
        self.counts = {"passed": 0, "failed": 0, "skipped": 0}
        self.failures = []

    def run(self, out):
        """Prints its name and a line per test to out."""
        print(self.name, file=out, flush=True)
        done = self._run_in_process(out)
        for test in self.tests:
            if test not in done:
                self._failed(test)
                print(f"  FAILED {sentence(test)} (its process ended before it)", file=out, flush=True)

    def _failed(self, test):
        self.counts["failed"] += 1
        self.failures.append(f"{self.name}: {sentence(test)}")

    def _take(self, record, out):
        text = record["text"].rstrip()
        title = f"{sentence(record['test'])} ({record['seconds']:.1f} s)"
        if record["result"] == "failed":
            self._failed(record["test"])
            print(f"  FAILED {title}\n    " + text.replace("\n", "\n    "), file=out, flush=True)
            return
        self.counts[record["result"]] += 1
        print(f"  ok {title}" if record["result"] == "passed" else f"  SKIPPED: {text}: {title}", file=out, flush=True)

    def _run_in_process(self, out):
        import selectors
        r, w = os.pipe()
        command = ["/usr/bin/python3", "-B", os.path.abspath(__file__), "--module", self.name, "--report", str(w), "--", *self.tests]
        # What a test prints itself comes between the lines.
        process = subprocess.Popen(command, pass_fds=[w], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        os.close(w)
        done = set()
        buffer = b""
        limit = time.monotonic() + 60
        selector = selectors.DefaultSelector()
        selector.register(r, selectors.EVENT_READ)
        selector.register(process.stdout, selectors.EVENT_READ)
        try:
            while True:
                ready = [key.fileobj for key, _ in selector.select(max(0, min(5, limit - time.monotonic())))]
                if not ready and time.monotonic() > limit:
                    # Stuck beyond what its own alarm could end.  The guardian cleans up behind it.
                    process.kill()
                if process.stdout in ready:
                    words = os.read(process.stdout.fileno(), 65536)
                    out.write(words.decode(errors="replace"))
                    out.flush()
                    if not words:
                        selector.unregister(process.stdout)
                    continue
                if r not in ready:
                    continue
                data = os.read(r, 65536)
                if not data:
                    break
                buffer += data
                while b"\n" in buffer:
                    line, _, buffer = buffer.partition(b"\n")
                    record = json.loads(line)
                    started = record["result"] == "started"
                    limit = time.monotonic() + 200 + (record["timeout"] if started else 0)
                    if not started:
                        done.add(record["test"])
                        self._take(record, out)
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
            process.stdout.close()
        return done


def run_beside_each_other(modules, jobs):
    """Each module's lines come together, when it has ended."""
    lock = threading.Lock()

    def run(module):
        out = io.StringIO()
        module.run(out)
        with lock:
            print(out.getvalue(), end="", flush=True)

    # The long ones first, so that none of them is left for the end.
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for future in [pool.submit(run, module) for module in sorted(modules, key=lambda m: -len(m.tests))]:
            future.result()


def main():
    p = argparse.ArgumentParser(description="Runs the end-to-end tests.")
    p.add_argument("--filter", default="", help="only tests whose file or name contains this text")
    p.add_argument("--list", action="store_true", help="only print the names")
    p.add_argument("--jobs", type=int, default=1, help="so many files at a time; with 1 each line comes at once")
    p.add_argument("--second-platform", action="store_true", help="only the tests that are for the virtual machine too")
    p.add_argument("--fail-fast", action="store_true", help="stop after the first file with a failure")
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
    files = sorted(f for f in os.listdir(HERE) if f.startswith("test_") and f.endswith(".py"))
    platforms = ["second", "both"] if args.second_platform else ["first", "both"]
    if os.path.exists("/vz-vm") and not args.second_platform:
        platforms.append("second")
    modules = [m for m in (Module(f, wanted, platforms) for f in files) if m.tests]
    if args.list:
        print("\n".join(f"{m.name}: {sentence(n)}" for m in modules for n in m.tests))
        return 0
    together = [m for m in modules if not m.alone] if args.jobs > 1 else []
    run_beside_each_other(together, args.jobs)
    for module in modules:
        if args.fail_fast and any(m.failures for m in modules):
            break
        if module not in together:
            module.run(sys.stdout)
    failures = [f for m in modules for f in m.failures]
    if failures:
        print("failed:\n" + "\n".join(f"  {f}" for f in failures))
    passed, failed, skipped = (sum(m.counts[kind] for m in modules) for kind in ("passed", "failed", "skipped"))
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
