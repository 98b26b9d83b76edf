#!/usr/bin/env python3
"""Posts photos to a station at a steady rate and says how long answers take.

    bench/station_load.py ADDRESS PRODUCT PHOTOS... [--rate PER_SECOND] [--parts N] [--connections C]

Parts are sent by the clock, whether or not earlier ones have been answered: latency counts from the moment at which a part was to be
sent, so that a station that falls behind shows it. Without --rate each connection sends as fast as it is answered, which finds the rate
that the machine can hold. Needs nothing but Python.
"""
import argparse
import http.client
import json
import re
import threading
import time
import urllib.parse


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, int(q / 100 * len(values)))] if values else float("nan")


class Load:
    def __init__(self, options):
        self.options = options
        self.address = urllib.parse.urlparse(options.address)
        self.bodies = [open(path, "rb").read() for path in options.photos]
        self.lock = threading.Lock()
        self.next = 0
        self.latency, self.engine, self.wait, self.store, self.refused, self.wrong = [], [], [], [], 0, []
        self.resident = []

    def take(self):
        with self.lock:
            number = self.next
            self.next += 1
        return number

    def send(self):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=120)
        while (number := self.take()) < self.options.parts:
            due = time.monotonic()
            if self.options.rate:
                due = self.began + number / self.options.rate
                time.sleep(max(0, due - time.monotonic()))
            body = self.bodies[number % len(self.bodies)]
            try:
                connection.request("POST", f"/api/v1/products/{self.options.product}/parts", body, {"Content-Type": "image/png"})
                answer = connection.getresponse()
                data = answer.read()
            except OSError as error:
                connection.close()
                with self.lock:
                    self.wrong.append(repr(error))
                continue
            took = time.monotonic() - due
            with self.lock:
                if answer.status == 201:
                    times = json.loads(data)["times"]
                    self.latency.append(1e3 * took)
                    self.engine.append(times["decode_ms"] + times["features_ms"] + times["score_ms"])
                    self.wait.append(times["wait_ms"])
                    self.store.append(times["store_ms"])
                elif answer.status == 429:
                    self.refused += 1
                else:
                    self.wrong.append(answer.status)
        connection.close()

    def watch(self):
        """Memory of the station, as it says itself."""
        while self.watching:
            connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=120)
            connection.request("GET", "/metrics")
            text = connection.getresponse().read().decode()
            connection.close()
            self.resident.append(int(re.search(r"^purebank_memory_resident_bytes (\d+)", text, re.M)[1]))
            time.sleep(2)

    def run(self):
        self.watching = True
        watcher = threading.Thread(target=self.watch)
        watcher.start()
        self.began = time.monotonic()
        threads = [threading.Thread(target=self.send) for _ in range(self.options.connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds = time.monotonic() - self.began
        self.watching = False
        watcher.join()

    def report(self):
        n = len(self.latency)
        print(f"{n} judged, {self.refused} refused (429), {len(self.wrong)} other, in {self.seconds:.1f} s: "
              f"{n / self.seconds:.1f} judged a second")
        for name, values in [("answer", self.latency), ("engine", self.engine), ("wait", self.wait), ("store", self.store)]:
            print(f"  {name:7} ms   p50 {percentile(values, 50):8.2f}   p95 {percentile(values, 95):8.2f}   "
                  f"p99 {percentile(values, 99):8.2f}   max {max(values, default=float('nan')):8.2f}")
        half = self.resident[len(self.resident) // 4:]
        if half:
            print(f"  memory of the station: {min(half) / 1e6:.1f} to {max(half) / 1e6:.1f} MB after the first quarter")
        if self.wrong:
            print("  other:", self.wrong[:5])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("product")
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--parts", type=int, default=1000)
    parser.add_argument("--connections", type=int, default=4)
    load = Load(parser.parse_args())
    load.run()
    load.report()


if __name__ == "__main__":
    main()
