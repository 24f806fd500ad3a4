#!/usr/bin/python3
"""An echo server for many connections; runs inside a container on python3-minimal.

    echo_server.py [PORT]       writes the number of open connections to /run/echo-connections
"""
import select
import socket
import sys


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::", port))
    listener.listen(512)
    listener.setblocking(False)
    poll = select.epoll()
    poll.register(listener.fileno(), select.EPOLLIN)
    connections, pending = {}, {}

    def drop(fd):
        poll.unregister(fd)
        connections.pop(fd).close()
        pending.pop(fd)

    def announce():
        with open("/run/echo-connections", "w") as f:
            f.write(f"{len(connections)}\n")

    announce()
    while True:
        for fd, events in poll.poll():
            if fd == listener.fileno():
                connection, _ = listener.accept()
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connections[connection.fileno()] = connection
                pending[connection.fileno()] = b""
                poll.register(connection.fileno(), select.EPOLLIN)
                announce()
                continue
            try:
                if events & (select.EPOLLERR | select.EPOLLHUP):
                    raise ConnectionError
                if events & select.EPOLLIN:
                    data = connections[fd].recv(65536)
                    if not data:
                        raise ConnectionError
                    pending[fd] += data
                if pending[fd]:
                    sent = connections[fd].send(pending[fd])
                    pending[fd] = pending[fd][sent:]
            except BlockingIOError:
                pass
            except OSError:
                drop(fd)
                announce()
                continue
            # With something to send, read no more until it is gone.
            poll.modify(fd, select.EPOLLOUT if pending[fd] else select.EPOLLIN)


main()
