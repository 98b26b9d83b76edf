"""A message a part, at a real mosquitto; a broker that is away holds nothing up."""
import json
import os
import shutil
import socket
import subprocess
import sys

import world
from world import photo

PATH = os.environ.get("PATH", "") + ":/usr/sbin"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def messages(w):
    port = free_port()
    w.make()
    (w.folder / "broker.conf").write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    start = lambda: subprocess.Popen([shutil.which("mosquitto", path=PATH), "-c", str(w.folder / "broker.conf")],
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    w.start("--mqtt", f"mqtt://127.0.0.1:{port}") # nobody is there yet
    w.judge(photo(1), id="before")
    broker = start()
    try:
        w.eventually("the broker is found", lambda: "purebank_mqtt_connected 1\n" in w.get("/metrics").body.decode())
        listener = subprocess.Popen(["mosquitto_sub", "-p", str(port), "-t", "purebank/+/verdict", "-v", "-C", "1", "-W", "60"],
                                    stdout=subprocess.PIPE, text=True)
        sent = 0
        while listener.poll() is None and sent < 200: # until the listener is there
            part = w.judge(photo(sent % 5)).json()
            sent += 1
        topic, data = listener.communicate()[0].split(" ", 1)
        message = json.loads(data)
        assert topic == "purebank/plate/verdict" and message["verdict"] in ("ok", "ng", "unusable"), (topic, message)
        stored = w.get("/api/v1/parts/" + message["id"]).json()
        assert {**stored, "times": 0} == {**message, "times": 0}
        w.eventually("all are acknowledged", lambda: f"purebank_mqtt_sent_total {sent + 1}\n" in w.get("/metrics").body.decode())
    finally:
        broker.terminate()
        broker.wait()
    w.eventually("the broker is missed", lambda: "purebank_mqtt_connected 0\n" in w.get("/metrics").body.decode())
    w.judge(photo(2), id="after")
    w.stop()


if __name__ == "__main__":
    if not shutil.which("mosquitto", path=PATH) or not shutil.which("mosquitto_sub"):
        print("skipped: mosquitto and mosquitto-clients are not installed")
        sys.exit(77)
    world.main([messages])
