"""A station for tests: photos made here, a bank fitted to some of them, and the program serving."""
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import zlib

SIDE = 96


def png(pixels, width, height):
    """8-bit grey."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + pixels[y * width:(y + 1) * width] for y in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b""))


def photo(seed, spot=False, dark=False):
    """A weave with noise; with a bright spot: a defect; dark: no part to be seen."""
    draw = random.Random(seed)
    pixels = bytearray(SIDE * SIDE)
    for y in range(SIDE):
        for x in range(SIDE):
            value = 110 + (30 if (x // 4 + y // 4) % 2 else -30) + draw.randrange(-8, 9)
            pixels[y * SIDE + x] = 0 if dark else max(0, min(255, value))
    if spot:
        left, top = draw.randrange(20, 60), draw.randrange(20, 60)
        for y in range(14):
            for x in range(14):
                pixels[(top + y) * SIDE + left + x] = 250
    return png(bytes(pixels), SIDE, SIDE)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class World:
    shared = None  # folder of the bank that all tests of a program share: fitting takes longer than most of them

    def __init__(self, program):
        self.program = program
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="station."))
        self.process = None
        self.port = 0

    def run(self, *arguments, check=True):
        result = subprocess.run([self.program, *map(str, arguments)], capture_output=True, text=True, cwd=self.folder)
        if check and result.returncode != 0:
            raise AssertionError(f"{arguments}: {result.returncode}\n{result.stdout}{result.stderr}")
        return result

    def bank(self):
        """Of photos 1000 to 1007, fitted once."""
        if not World.shared:
            World.shared = pathlib.Path(tempfile.mkdtemp(prefix="station."))
            (World.shared / "references").mkdir()
            for i in range(8):
                (World.shared / f"references/good_{i}.png").write_bytes(photo(1000 + i))
            self.run("fit", World.shared / "references", "-o", World.shared / "part.bank", "--quiet")
        return World.shared / "part.bank"

    def make(self, product="plate", station="station"):
        shutil.copy(self.bank(), self.folder / "part.bank")
        self.run("station", "init", station, "--product", product, "--bank", "part.bank")

    def configure(self, station="station", **groups):
        path = self.folder / station / "station.json"
        config = json.loads(path.read_text())
        for name, values in groups.items():
            if isinstance(values, dict):
                config[name].update(values)
            else:
                config[name] = values
        path.write_text(json.dumps(config))

    def start(self, *options, station="station", folder="."):
        """Starts it at a port of its own, from a folder below this one's, and waits until it is there."""
        log = open(self.folder / "serve.log", "wb")
        self.process = subprocess.Popen([self.program, "serve", os.path.relpath(self.folder / station, self.folder / folder),
                                         "--listen", "127.0.0.1:0", *map(str, options)],
                                        stdout=log, stderr=subprocess.STDOUT, cwd=self.folder / folder)
        log.close()
        end = time.monotonic() + 120
        while time.monotonic() < end:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/", self.log())
            if found:
                self.port = int(found[1])
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        raise AssertionError("the station did not start: " + self.log())

    def log(self):
        return (self.folder / "serve.log").read_text(errors="replace")

    def stop(self):
        """In order; it ends with 0."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(120)
        self.process = None
        assert status == 0, f"serve ended with {status}: {self.log()}"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def request(self, method, path, body=None, headers=None, timeout=120):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def get(self, path, status=200, **headers):
        answer = self.request("GET", path, headers=headers)
        assert answer.status == status, (path, answer.status, answer.body[:500])
        return answer

    def post(self, path, value, status=200):
        answer = self.request("POST", path, json.dumps(value), {"Content-Type": "application/json"})
        assert answer.status == status, (path, answer.status, answer.body[:500])
        return answer

    def judge(self, body, status=201, product="plate", kind="image/png", **headers):
        names = {"id": "X-Part-Id", "line": "X-Line", "lot": "X-Lot"}
        sent = {names[key]: value for key, value in headers.items()}
        answer = self.request("POST", f"/api/v1/products/{product}/parts", body, {"Content-Type": kind, **sent})
        assert status is None or answer.status == status, (answer.status, answer.body[:500])
        return answer

    def eventually(self, what, condition, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.05)
        raise AssertionError("did not come true: " + what + "\n" + self.log())

    def close(self):
        if self.process:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def at_once(calls):
    """What they return, each called by a thread of its own."""
    results = [None] * len(calls)
    def call(i):
        results[i] = calls[i]()
    threads = [threading.Thread(target=call, args=(i,)) for i in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def raw(port, data, timeout=60):
    """Sends bytes as they are; what comes back until the other side closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(data)
        received = b""
        try:
            while piece := connection.recv(65536):
                received += piece
        except (ConnectionResetError, socket.timeout):
            pass
        return received


def main(tests):
    """Runs functions that take a World; each has one of its own. Exit status 1 where one fails."""
    program = os.path.abspath(sys.argv[1])
    result = subprocess.run([program, "serve", "/nonexistent"], capture_output=True, text=True)
    if "there is no station in this purebank" in result.stderr:
        print("skipped: built without the station")
        sys.exit(77)
    wanted = sys.argv[2:]
    failed = 0
    for test in tests:
        if wanted and test.__name__ not in wanted:
            continue
        world = World(program)
        began = time.monotonic()
        try:
            test(world)
            print(f"ok      {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
        except Exception as error:
            failed += 1
            import traceback
            traceback.print_exc()
            print(f"FAILED  {test.__name__}: {error}", flush=True)
        finally:
            world.close()
    if World.shared:
        shutil.rmtree(World.shared, ignore_errors=True)
    sys.exit(1 if failed else 0)
