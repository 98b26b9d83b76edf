"""A disk that is really full, in its middle and at its start: parts are answered or refused with the reason, and it recovers by itself.

Needs to mount a small tmpfs: root, or user namespaces. Skipped (77) where that cannot be done.
"""
import json
import os
import sqlite3
import subprocess
import sys
import time

import world
from world import photo

MEGABYTES = 12
INSIDE = "PB_DISK_INSIDE"


def fill(folder, leave=0):
    """All there is but `leave` bytes; returns the file to delete."""
    path = folder / "filler"
    with open(path, "wb", buffering=0) as file:
        block = bytes(1 << 16)
        while block:
            try:
                if file.write(block) < len(block):
                    raise OSError
            except OSError:
                block = block[:len(block) // 2]
        if leave:
            file.truncate(max(0, file.tell() - leave))
    return path


def disk(w):
    """A station of its own small disk."""
    folder = w.folder / "station"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=755", "tmpfs", folder], check=True)
    w.make()
    return folder


def files(folder):
    return {str(p.relative_to(folder / "photos")) for p in (folder / "photos").rglob("*") if p.is_file()}


def judge_until(w, status, n=2000):
    """How many were judged before the first answer of that status; all else is wrong."""
    for i in range(n):
        answer = w.judge(photo(i % 5), None)
        if answer.status == status:
            return i, answer
        assert answer.status == 201, (answer.status, answer.body)
    raise AssertionError(f"no {status} in {n} parts")


def full(w):
    """No byte is left: 503, when to come again and why, for parts, reviews and changes; nothing of them stays; then there is room again."""
    folder = disk(w)
    w.configure(retention={"free_gigabytes": 0})
    w.start()
    first = w.judge(photo(1, spot=True), id="first").json()
    for leave in (0, 6000, 30000, 150000):
        before = w.get("/api/v1/parts").json()["total"]
        filler = fill(folder, leave)
        n, refused = judge_until(w, 503)
        assert refused.json()["error"]["code"] == "unavailable" and int(refused.headers["Retry-After"]) >= 1
        assert "space" in refused.json()["error"]["message"] or "full" in refused.json()["error"]["message"], refused.body
        assert str(w.folder) not in refused.body.decode(), refused.body
        assert w.get("/healthz", 503).body
        assert w.get("/api/v1/health?product=plate").json()["banners"][0]["level"] == "error"
        assert w.get("/api/v1/parts").json()["total"] == before + n
        assert w.get(first["photo"]).status == 200 and w.get(first["heatmap"]).status == 200
        change = {"action": "add-reference", "base": 1, "part": "first", "by": "Eva", "reason": "x"}
        assert w.post("/api/v1/products/plate/changes", change, 503).json()["error"]["code"] == "unavailable"
        review = w.request("POST", "/api/v1/parts/first/review", json.dumps({"label": "good", "by": "Eva"}), {"Content-Type": "application/json"})
        assert review.status == 503 or (leave and review.status == 200), (leave, review.status, review.body)
        assert w.get("/api/v1/products/plate/banks").json()["active"] == 1
        assert [p.name for p in (folder / "banks/plate").iterdir()] == ["1.bank"]
        filler.unlink()
        w.eventually("it is well again, though nobody has sent a part", lambda: w.request("GET", "/healthz").status == 200, 20)
        assert w.judge(photo(1, spot=True)).json()["score"] == first["score"]
    total = w.get("/api/v1/parts").json()["total"]
    w.stop()
    w.start()
    assert w.get("/api/v1/parts").json()["total"] == total
    names = {p["id"] for p in all_parts(w)}
    assert len(names) == total == len(files(folder))
    w.stop()
    database = sqlite3.connect(folder / "station.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


def all_parts(w):
    page = w.get("/api/v1/parts?limit=200").json()
    while True:
        yield from page["parts"]
        if not page["next"]:
            return
        page = w.get(f"/api/v1/parts?limit=200&cursor={page['next']}").json()


def nearly_full(w):
    """With less free than `free_gigabytes` none is taken; retention makes room, and then they are."""
    folder = disk(w)
    w.configure(retention={"free_gigabytes": 0.004})
    w.start()
    filler = fill(folder, 3_000_000)
    time.sleep(1.1)  # the disk is asked once a second
    assert "free" in w.judge(photo(1), 503).json()["error"]["message"]
    w.get("/healthz", 503)
    filler.unlink()
    w.eventually("it is well again", lambda: w.request("GET", "/healthz").status == 200, 20)
    w.judge(photo(1))
    w.stop()


def full_at_the_start(w):
    """A station that cannot write says so and ends, and starts once it can."""
    folder = disk(w)
    w.configure(retention={"free_gigabytes": 0})
    w.start()
    w.judge(photo(1), id="a")
    w.kill()
    filler = fill(folder)
    try:
        w.start()
    except AssertionError as error:
        w.process = None
        assert "station.db" in str(error), error
    else:
        w.judge(photo(2), 503)
        w.stop()
    filler.unlink()
    w.start()
    assert [p["id"] for p in w.get("/api/v1/parts").json()["parts"]] == ["a"]
    w.judge(photo(2), id="b")
    w.stop()


if __name__ == "__main__":
    if INSIDE not in os.environ: # mounts go with the namespace, however the test ends
        unshare = ["unshare", "--mount", "--propagation", "private"] + ([] if os.geteuid() == 0 else ["--map-root-user"])
        try:
            able = subprocess.run([*unshare, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode == 0
        except OSError:
            able = False
        if not able:
            print("skipped: nothing may be mounted here")
            sys.exit(77)
        os.environ[INSIDE] = "1"
        os.execvp(unshare[0], [*unshare, sys.executable, *sys.argv])
    world.main([full, nearly_full, full_at_the_start])
