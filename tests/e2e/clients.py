#!/usr/bin/python3
"""TCP clients that verify every byte and measure the longest silence.

    clients.py echo HOST PORT [--connections N] [--interval S] [--size BYTES]
    clients.py download URL-HOST PORT PATH [--connections N] [--rate BYTES-PER-SECOND]
    clients.py redis HOST PORT [--connections N] [--interval S]

Prints "ready" when all connections are open and have carried data, works until
standard input closes, takes what is still outstanding, and prints a report:

    connections      opened at the start; none is ever opened again
    sent, received   bytes, all of them checked
    errors           connections that were reset or closed, and wrong bytes, as texts
    longest_gap_ms   the longest time that any connection, while it expected data, got none
    gap_at           when that gap began (seconds since the epoch)
    gap_median_ms    the median over the connections of each one's longest gap

echo: record n of connection c is a line that holds both numbers and filling, sent
at a fixed interval whatever has come back, so that data is in flight in both
directions; the answer must be the same stream.  download: the file consists of
lines "%015d\\n" counting from 0, so every byte of every offset is known; after the
end of a file the same connection asks for it again.  redis: each connection
INCRs a key of its own and must read each number exactly once, and gets back what it set.
"""
import argparse
import json
import os
import select
import socket
import sys
import time


class Broken(Exception):
    pass


class Connection:
    def __init__(self, number, address, receive_buffer=0):
        self.number = number
        self.socket = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(20)
        self.socket.connect(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.out = b""
        self.sent = self.received = 0
        self.longest, self.longest_at = 0.0, 0.0
        self.expecting_since = None
        self.error = None
        self.started_counting = False

    def fileno(self):
        return self.socket.fileno()

    # To be defined: tick(now) may add to self.out; take(data) checks what came;
    # outstanding() says whether more is to come; wants_data() whether to read now.

    def wants_data(self, now):
        return True

    def expect(self, now):
        """The gap clock runs only while an answer is due."""
        if self.outstanding():
            if self.expecting_since is None:
                self.expecting_since = now
        else:
            self.expecting_since = None

    def flush(self):
        while self.out:
            n = self.socket.send(self.out[:262144])
            self.sent += n
            self.out = self.out[n:]

    def read(self, now):
        data = self.socket.recv(self.read_size(now))
        if not data:
            raise Broken("closed by the other side")
        if self.expecting_since is not None:
            gap = now - self.expecting_since
            if self.started_counting and gap > self.longest:
                self.longest, self.longest_at = gap, time.time() - gap
        self.started_counting = True
        self.received += len(data)
        self.take(data)
        self.expecting_since = now if self.outstanding() else None

    def read_size(self, now):
        return 262144


class Echo(Connection):
    def __init__(self, number, args):
        super().__init__(number, (args.host, args.port))
        self.interval, self.size = args.interval, args.size
        self.record = 0
        self.next = time.monotonic()
        self.awaited = b""

    def tick(self, now, stopping):
        if stopping or now < self.next or len(self.awaited) > 1 << 20:
            return
        text = b"c%d r%d " % (self.number, self.record)
        filling = b"%x" % (self.record * 2654435761 & 0xffffffff)
        text = (text + filling * (self.size // len(filling) + 1))[:self.size - 1] + b"\n"
        self.record += 1
        self.out += text
        self.awaited += text
        self.next = max(self.next + self.interval, now - self.interval)

    def take(self, data):
        if not self.awaited.startswith(data):
            raise Broken(f"wrong bytes after {self.received - len(data)}: {data[:60]!r} instead of {self.awaited[:60]!r}")
        self.awaited = self.awaited[len(data):]

    def outstanding(self):
        return bool(self.awaited)

    def due(self):
        return self.next


class Download(Connection):
    def __init__(self, number, args):
        # A large buffer would hide an interruption: at a limited rate it is read from for seconds.
        super().__init__(number, (args.host, args.port), 16384 if args.rate else 0)
        self.request = f"GET {args.path} HTTP/1.1\r\nHost: {args.host}\r\nConnection: keep-alive\r\n\r\n".encode()
        self.rate = args.rate
        self.begun = time.monotonic()
        self.header = b""
        self.left = 0
        self.offset = 0
        self.files = 0
        self.active = False

    def tick(self, now, stopping):
        if not self.active and not stopping:
            self.out += self.request
            self.active, self.header, self.left, self.offset = True, b"", None, 0
        if stopping:
            self.rate = 0

    def budget(self, now):
        return int((now - self.begun) * self.rate) - self.received if self.rate else 262144

    def wants_data(self, now):
        return self.budget(now) > 0

    def read_size(self, now):
        return max(1, min(262144, self.budget(now)))

    def take(self, data):
        if self.left is None:
            self.header += data
            head, end, data = self.header.partition(b"\r\n\r\n")
            if not end:
                return
            lines = head.decode(errors="replace").lower().split("\r\n")
            if " 200 " not in lines[0] + " ":
                raise Broken(f"answer {lines[0]!r}")
            self.left = int(next(x.split(":")[1] for x in lines if x.startswith("content-length:")))
        if len(data) > self.left:
            raise Broken("more bytes than announced")
        first = self.offset // 16
        lines = (self.offset % 16 + len(data)) // 16 + 1
        expected = b"".join(b"%015d\n" % n for n in range(first, first + lines))[self.offset % 16:][:len(data)]
        if data != expected:
            raise Broken(f"wrong bytes near offset {self.offset}")
        self.offset += len(data)
        self.left -= len(data)
        if self.left == 0:
            self.active = False
            self.files += 1

    def outstanding(self):
        return self.active

    def due(self):
        if self.rate and self.budget(time.monotonic()) <= 0:
            return time.monotonic() + 0.005
        return time.monotonic() + 0.05


class Redis(Connection):
    def __init__(self, number, args):
        super().__init__(number, (args.host, args.port))
        self.interval = args.interval
        self.next = time.monotonic()
        self.count = 0
        self.awaited = b""
        self.key = b"counter:%d:%d" % (os.getpid(), number)

    @staticmethod
    def command(*words):
        return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)

    def tick(self, now, stopping):
        if stopping or now < self.next or len(self.awaited) > 65536:
            return
        self.count += 1
        value = b"value %d of %d" % (self.count, self.number)
        self.out += self.command(b"INCR", self.key)
        self.out += self.command(b"SET", self.key + b":v", value) + self.command(b"GET", self.key + b":v")
        self.awaited += b":%d\r\n+OK\r\n$%d\r\n%s\r\n" % (self.count, len(value), value)
        self.next = max(self.next + self.interval, now - self.interval)

    take = Echo.take
    outstanding = Echo.outstanding
    due = Echo.due


def run(connections, seconds_to_drain):
    poll = select.poll()
    stdin_open, announced, stop_at = True, False, None
    by_fd = {c.fileno(): c for c in connections}
    poll.register(0, select.POLLIN | select.POLLHUP)
    for c in connections:
        poll.register(c, 0)

    def give_up(c, text):
        c.error = f"connection {c.number}: {text}"
        poll.unregister(c)
        del by_fd[c.fileno()]

    while by_fd:
        now = time.monotonic()
        due = now + 0.5
        for c in list(by_fd.values()):
            c.tick(now, stop_at is not None)
            try:
                c.flush()
            except BlockingIOError:
                pass
            except OSError as e:
                give_up(c, str(e))
                continue
            c.expect(now)
            wanted = c.wants_data(now)
            if not wanted:
                # Our own slowness is nobody's gap.
                c.expecting_since = None
            poll.modify(c, (select.POLLIN if wanted else 0) | (select.POLLOUT if c.out else 0))
            due = min(due, c.due())
        for fd, events in poll.poll(max(0, min(due - now, 0.5)) * 1000):
            if fd == 0:
                if not os.read(0, 4096):
                    stdin_open, stop_at = False, time.monotonic()
                    poll.unregister(0)
                continue
            c = by_fd.get(fd)
            if c is None:
                continue
            try:
                if events & (select.POLLIN | select.POLLHUP | select.POLLERR):
                    c.read(time.monotonic())
            except BlockingIOError:
                pass
            except (OSError, Broken) as e:
                give_up(c, str(e))
        if not announced and all(c.received for c in by_fd.values()):
            announced = True
            print("ready", flush=True)
        if stop_at is not None:
            if not any(c.outstanding() or c.out for c in by_fd.values()):
                break
            if time.monotonic() > stop_at + seconds_to_drain:
                for c in list(by_fd.values()):
                    if c.outstanding():
                        give_up(c, f"no answer for {seconds_to_drain} s")
                break
    # A connection that ended early still waits for the report to be asked for.
    while stdin_open:
        stdin_open = bool(os.read(0, 4096))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("kind", choices=["echo", "download", "redis"])
    p.add_argument("host")
    p.add_argument("port", type=int)
    p.add_argument("path", nargs="?")
    p.add_argument("--connections", type=int, default=1)
    p.add_argument("--interval", type=float, default=0.01)
    p.add_argument("--size", type=int, default=64)
    p.add_argument("--rate", type=float, default=0)
    p.add_argument("--drain", type=float, default=20)
    args = p.parse_args()
    kind = {"echo": Echo, "download": Download, "redis": Redis}[args.kind]
    connections = [kind(i, args) for i in range(args.connections)]
    started = time.monotonic()
    run(connections, args.drain)
    worst = max(connections, key=lambda c: c.longest)
    gaps = sorted(c.longest for c in connections)
    print(json.dumps({
        "kind": args.kind, "connections": len(connections), "seconds": round(time.monotonic() - started, 3),
        "sent": sum(c.sent for c in connections), "received": sum(c.received for c in connections),
        "errors": [c.error for c in connections if c.error],
        "longest_gap_ms": round(worst.longest * 1000, 1), "gap_at": worst.longest_at,
        "gap_median_ms": round(gaps[len(gaps) // 2] * 1000, 1),
        "files": sum(getattr(c, "files", 0) for c in connections),
    }))
    sys.exit(1 if any(c.error for c in connections) else 0)


main()
