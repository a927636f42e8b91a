#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds idle connections to a server, sends it the heads of requests byte by byte, and asks it properly beside that.

usage: slow_loris.py PORT IDLE ACTIVE
Prints how many proper requests failed, and how long they took.
"""
import resource
import socket
import sys
import time


def ask(port):
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while chunk := s.recv(4096):
            answer += chunk
    return answer.startswith(b"HTTP/1.1 200"), time.monotonic() - began


def main():
    port, idle, active = (int(a) for a in sys.argv[1:4])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
    held = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(idle)]
    slow = held[: idle // 2]
    for s in slow:
        s.setblocking(False)
    text = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 100
    failed, times = 0, []
    for i in range(active):
        for s in slow:
            try:
                s.send(text[i % len(text):i % len(text) + 1])
            except OSError:
                pass
        ok, took = ask(port)
        failed += not ok
        times.append(took)
        time.sleep(0.1)
    ended = 0
    for s in held:
        s.setblocking(False)
        try:
            ended += s.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            ended += 1
    times.sort()
    print(f"failed {failed}")
    print(f"median_ms {times[len(times) // 2] * 1000:.1f}")
    print(f"worst_ms {times[-1] * 1000:.1f}")
    print(f"ended {ended} of {idle} idle connections were closed by the server")


if __name__ == "__main__":
    main()
