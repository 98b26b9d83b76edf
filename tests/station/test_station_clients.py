"""Slow, broken and hostile clients, while others go on being answered: how long these wait is measured meanwhile.

    test_station_clients.py PROGRAM [idle | drips | ...]
        PB_CLIENTS: how many connections (300; 10000 takes as many open files, here and there)
        PB_SECONDS: how long the storm lasts (4)
"""
import contextlib
import os
import random
import resource
import socket
import struct
import threading
import time
import zlib

import world
from world import photo, png, raw

CLIENTS = int(os.environ.get("PB_CLIENTS", "300"))
SECONDS = float(os.environ.get("PB_SECONDS", "4"))
SECOND_TRY = 8  # seconds that an honest client waits at most where hostile ones hold all connections


class Others:
    """Honest senders beside the hostile ones: each part comes by a connection of its own, is judged, and rightly."""
    def __init__(self, w, seed):
        self.w, self.body, self.ms, self.wrong, self.stopped = w, photo(seed), [], [], False
        self.score = w.judge(self.body).json()["score"]
        self.n = 1  # that are stored
        self.thread = threading.Thread(target=self.send)

    def send(self):
        while not self.stopped:
            began = time.monotonic()
            try:
                answer = self.w.judge(self.body, None)
                right = answer.status == 201 and answer.json()["score"] == self.score
            except OSError as error:
                answer, right = error, False
            self.ms.append(1e3 * (time.monotonic() - began))
            self.n += right
            if not right:
                self.wrong.append(answer)
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        while error == (None, None, None) and len(self.ms) < 3:
            time.sleep(0.01)
        self.stopped = True
        self.thread.join()
        if error == (None, None, None):
            assert not self.wrong, [getattr(a, "body", a) for a in self.wrong[:3]]
            assert max(self.ms) < 1e3 * SECOND_TRY, self.ms

    def said(self):
        ms = sorted(self.ms)
        return f"{len(ms)} parts of others, ms: median {ms[len(ms) // 2]:.0f}, longest {ms[-1]:.0f}"


def resident(w):
    with open(f"/proc/{w.process.pid}/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def metric(w, name):
    return next(float(line.split()[1]) for line in w.get("/metrics").body.decode().splitlines() if line.startswith(name + " "))


def head(w, more=""):
    return (f"POST /api/v1/products/plate/parts HTTP/1.1\r\nHost: 127.0.0.1:{w.port}\r\nContent-Type: image/png\r\n{more}").encode()


def is_closed(connection):
    """By the other side."""
    connection.setblocking(False)
    try:
        return connection.recv(1 << 16) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def connect(w, stack, rcvbuf=0):
    connection = stack.enter_context(socket.socket())
    if rcvbuf:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    connection.settimeout(60)
    connection.connect(("127.0.0.1", w.port))
    return connection


def quantity_of_files(n):
    """Lets this program and the station have so many open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard >= n, f"PB_CLIENTS={CLIENTS} needs {n} open files, and {hard} may be"
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, n), hard))


def idle(w):
    """Connections that say nothing, as many as there is room for: all are held, and others are answered as fast as before."""
    quantity_of_files(CLIENTS + 500)
    w.make()
    w.configure(limits={"header_seconds": 3600})  # a slow machine must not take longer than they may be silent
    w.start()
    with contextlib.ExitStack() as stack, Others(w, 1) as others:
        silent = [connect(w, stack) for _ in range(CLIENTS)]
        held = metric(w, "purebank_connections")
        memory = resident(w)
        n = len(others.ms)
        w.eventually("parts are judged beside them", lambda: len(others.ms) >= n + 20)
        assert held >= CLIENTS, held
        assert not any(is_closed(c) for c in silent[-CLIENTS // 2:])
    print(f"{CLIENTS} idle connections, {memory / 1e6:.0f} MB: {others.said()}")
    w.stop()


def more_than_fit(w):
    """Twice the connections that there is room for, and those that are let go come again: others still find room."""
    quantity_of_files(CLIENTS + 500)
    room = max(40, CLIENTS // 2)
    w.make()
    w.configure(limits={"connections": room})
    w.start()
    with contextlib.ExitStack() as stack, Others(w, 2) as others:
        silent = [connect(w, stack) for _ in range(CLIENTS)]
        for _ in range(4):
            time.sleep(1)
            for i, connection in enumerate(silent):
                if is_closed(connection):
                    silent[i] = connect(w, stack)
                    connection.close()
        assert metric(w, "purebank_connections") <= room
    w.eventually("all is quiet", lambda: others.w.judge(photo(3), None).status == 201)
    assert metric(w, "purebank_connections_slow_total") > 0
    print(f"{CLIENTS} connections where {room} fit: {others.said()}")
    w.stop()


def drips(w):
    """A byte now and then, of headers and of bodies, and answers that nobody takes: each has its time, and it ends."""
    w.make()
    w.configure(limits={"header_seconds": 2, "body_seconds": 3, "answer_seconds": 3})
    w.start()
    draw = random.Random(1)
    side = 1600
    w.judge(png(draw.randbytes(side * side), side, side), id="large")
    n = min(CLIENTS, 1000) // 10
    with contextlib.ExitStack() as stack, Others(w, 4) as others:
        began = time.monotonic()
        headers = [connect(w, stack) for _ in range(n)]
        bodies = [connect(w, stack) for _ in range(n)]
        readers = [connect(w, stack, rcvbuf=4096) for _ in range(n)]
        for connection in bodies:
            connection.sendall(head(w, "Content-Length: 5000\r\n\r\n\x89PNG"))
        for connection in readers:
            connection.sendall(f"GET /api/v1/parts/large/photo HTTP/1.1\r\nHost: 127.0.0.1:{w.port}\r\n\r\n".encode())
        text, at = head(w, "X-Lot: " + "a" * 5000), 0
        left = set(headers + bodies)
        while left and time.monotonic() - began < 30:
            for connection in list(left):
                try:
                    connection.sendall(text[at:at + 1])
                except OSError:
                    left.discard(connection)
            at += 1
            time.sleep(0.1)
        took = time.monotonic() - began
        assert not left and 2 <= took < 15, (len(left), took)
        w.eventually("answers that nobody takes end", lambda: metric(w, "purebank_connections") < 5, 30)
    assert w.get("/api/v1/parts").json()["total"] == others.n + 1
    print(f"{3 * n} that drip, gone after {took:.1f} s: {others.said()}")
    w.stop()


def halves(w):
    """Half requests, whose senders go away or shut down, leave nothing behind."""
    w.make()
    w.start()
    body = photo(5)
    beginnings = [b"", b"GET", b"GET / HTTP/1.1\r\nHost:", head(w, f"Content-Length: {len(body)}\r\n\r\n") + body[:900],
                  head(w, "Transfer-Encoding: chunked\r\n\r\n400\r\n") + body[:500], head(w, "Content-Length: 99999\r\n\r\n") + body]
    with Others(w, 6) as others:
        for i in range(min(CLIENTS, 3000) // 10 * 6):
            with contextlib.ExitStack() as stack:
                connection = connect(w, stack)
                connection.sendall(beginnings[i % 6])
                if i % 3 == 0:
                    connection.shutdown(socket.SHUT_WR)
                elif i % 3 == 1:  # a reset
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Whole ones, whose senders do not wait for the answer: these count.
        for i in range(10):
            with contextlib.ExitStack() as stack:
                connect(w, stack).sendall(head(w, f"X-Part-Id: gone{i}\r\nContent-Length: {len(body)}\r\n\r\n") + body)
        w.eventually("parts of senders that left are stored", lambda:
                     all(w.request("GET", f"/api/v1/parts/gone{i}").status == 200 for i in range(10)))
    assert w.get("/api/v1/parts").json()["total"] == others.n + 10
    assert len([p for p in (w.folder / "station/photos").rglob("*") if p.is_file()]) == others.n + 10
    print(f"half requests: {others.said()}")
    w.stop()


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width, height, *more):
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) + b"".join(more) + chunk(b"IEND", b"")


def bombs():
    """Small files that say they are large, or become so: (body, type, the answer)."""
    tags = [(256, 60000), (257, 60000), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 60000), (279, 100)]
    tiff = b"II*\0" + struct.pack("<I", 108) + bytes(100) + struct.pack("<H", len(tags)) + b"".join(
        struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags) + bytes(4)
    jpeg = (b"\xff\xd8\xff\xdb\0\x43\0" + b"\1" * 64 + b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", 65000, 65000) + b"\1\1\x11\0" +
            b"\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(50) + b"\xff\xd9")
    vp8 = b"\x30\1\0\x9d\1\x2a" + struct.pack("<HH", 16383, 16383) + bytes(40)
    webp = b"RIFF" + struct.pack("<I", 12 + len(vp8)) + b"WEBPVP8 " + struct.pack("<I", len(vp8)) + vp8
    zeros = zlib.compress(bytes(20_000_000), 9)  # 20 kB
    return [(png_of(30000, 30000, chunk(b"IDAT", zeros)), "image/png", 422),
            (png_of(0x7fffffff, 0x7fffffff, chunk(b"IDAT", zeros)), "image/png", 422),
            (png_of(64, 64, chunk(b"zTXt", b"a\0\0" + zeros)), "image/png", 422),
            (png_of(64, 64, chunk(b"iCCP", b"a\0\0" + zeros)), "image/png", 422),
            (tiff, "image/tiff", 422), (jpeg, "image/jpeg", 422), (webp, "image/webp", 422)]


def storm(w):
    """All of it at the same time: each is refused with its reason, nothing of it stays, and the station does not grow."""
    w.make()
    w.configure(limits={"body_megabytes": 2, "queue_parts": 64})
    w.start()
    good = photo(7)
    large = b"\x89PNG\r\n\x1a\n" + bytes(3 << 20)
    cases = bombs() + [(b"hello", "image/png", 415), (good, "text/html", 415), (good[:800], "image/png", 422), (large, "image/png", 413)]
    for body, kind, status in cases:
        answer = w.judge(body, None, kind=kind)
        assert answer.status == status, (kind, body[:40], answer.status, answer.body)
        assert str(w.folder) not in answer.body.decode()
    nonsense = [b"NONSENSE\r\n\r\n", b"\0" * 100, b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\0\x01\0", b"GET " + b"a" * 70000,
                head(w, "Content-Length: -5\r\n\r\n"), head(w, "Content-Length: 99999999999999999999\r\n\r\n"),
                head(w, "Transfer-Encoding: chunked\r\n\r\nzz\r\n"), head(w, "".join(f"X-{i}: y\r\n" for i in range(5000)) + "\r\n")]
    wrong, n, running = [], [0], [True]
    def attack(seed):
        draw = random.Random(seed)
        while running[0]:
            body, kind, status = draw.choice(cases)
            try:
                answer = w.judge(body, None, kind=kind)
                if answer.status not in (status, 429):
                    wrong.append((kind, answer.status))
                raw(w.port, draw.choice(nonsense), 0.5)
            except ConnectionError:
                pass  # it may be cut off before it has sent all
            n[0] += 2
    before = resident(w)
    with Others(w, 8) as others:
        threads = [threading.Thread(target=attack, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        running[0] = False
        for thread in threads:
            thread.join()
    grown = resident(w) - before
    assert not wrong, wrong[:5]
    assert n[0] > 20 and w.get("/api/v1/parts").json()["total"] == others.n
    assert len([p for p in (w.folder / "station/photos").rglob("*") if p.is_file()]) == others.n
    assert os.environ.get("PB_SANITIZED") or grown < 150e6, grown
    w.get("/healthz")
    print(f"{n[0]} hostile requests, {grown / 1e6:+.0f} MB: {others.said()}")
    w.stop()


def ends(w):
    """Told to end while clients knock without a pause, it ends in order every time."""
    w.make()
    for _ in range(4 if os.environ.get("PB_SANITIZED") else 40):
        w.start()
        running = [True]
        def knock():
            while running[0]:
                try:
                    raw(w.port, head(w, "Connection: close\r\n\r\n"), 5)
                except OSError:
                    pass  # the door was shut
        threads = [threading.Thread(target=knock) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        try:
            w.stop()
        finally:
            running[0] = False
            for thread in threads:
                thread.join()


if __name__ == "__main__":
    world.main([idle, more_than_fit, drips, halves, storm, ends])
