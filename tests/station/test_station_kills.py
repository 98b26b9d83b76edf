"""kill -9 at random moments under load, and watched folders: nothing that was answered is lost, nothing is judged twice.

    test_station_kills.py PROGRAM [kills | watched | ...]     PB_KILLS: how often (10)
"""
import http.client
import os
import random
import sqlite3
import threading
import time

import world
from world import photo


def check(w, answered, restarted=True):
    """The database is sound, has each answered part once, and each row has its photo."""
    database = sqlite3.connect(w.folder / "station/station.db")
    assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows = database.execute("SELECT id, sha256, file, score FROM parts").fetchall()
    ids = [row[0] for row in rows]
    assert len(ids) == len(set(ids))
    stored = {row[0]: row for row in rows}
    for part in answered.values():
        row = stored.get(part["id"])
        assert row and row[3] == part["score"], f"{part['id']} was answered and is lost"
    root = w.folder / "station/photos"
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert {row[2] for row in rows} <= files, "a row without its photo"
    if restarted:
        assert files == {row[2] for row in rows}, "photos without a row are left"
    database.close()


def kills(w):
    """Senders send on while the station is killed; who got no answer sends the same part again."""
    random_ = random.Random(7)
    w.make()
    bodies = [photo(i, spot=i % 3 == 0) for i in range(6)]
    answered, running = {}, [True]
    lock = threading.Lock()
    def send(sender):
        number, tried = 0, 0
        while running[0]:
            try:
                answer = w.judge(bodies[number % 6], None, id=f"k{sender}-{number}")
            except (OSError, http.client.HTTPException):
                tried += 1
                time.sleep(0.01)
                continue
            if answer.status in (200, 201):
                with lock:
                    answered[(sender, number)] = answer.json()
                number += 1
            else:
                time.sleep(0.01)
    threads = [threading.Thread(target=send, args=(i,), daemon=True) for i in range(4)]
    w.start()
    for thread in threads:
        thread.start()
    n = int(os.environ.get("PB_KILLS", "10"))
    for i in range(n):
        before = len(answered)
        if i % 4: # mostly under load, sometimes while it is still coming up
            w.eventually("parts are answered", lambda: len(answered) > before)
        time.sleep(random_.uniform(0, 0.2))
        w.kill()
        with lock:
            known = dict(answered)
        check(w, known, restarted=False)
        w.start()
    time.sleep(0.3)
    running[0] = False
    for thread in threads:
        thread.join()
    w.stop()
    w.start()
    check(w, answered)
    w.stop()
    assert len(answered) >= n // 2, len(answered)
    print(f"{n} kills, {len(answered)} parts were answered, none lost")


def put(path, body):
    """A file that has been lying there for a while."""
    path.write_bytes(body)
    os.utime(path, (time.time() - 600,) * 2)


def sorted_files(w, root):
    return {path.name: path.parent.name for path in root.rglob("*.png")}


def watched(w):
    """What lies there at the start and what comes later is judged once and sorted; half files wait; others are put aside."""
    w.make()
    folder = w.folder / "camera/plate"
    folder.mkdir(parents=True)
    for i in range(4):
        put(folder / f"early{i}.png", photo(i, spot=i == 0, dark=i == 1))
    put(folder / "notes.txt", b"no photo")
    put(folder / "empty.png", b"")
    (w.folder / "camera/plaet").mkdir()
    (folder / ".hidden.png").write_bytes(photo(9))
    w.start("--watch", "camera", "--sort")
    half = open(folder / "half.png", "wb")
    half.write(photo(5)[:500])
    half.flush()
    (w.folder / "moved.png").write_bytes(photo(6))
    (w.folder / "moved.png").rename(folder / "moved.png")
    w.eventually("files that are whole are judged", lambda: w.get("/api/v1/parts").json()["total"] == 5)
    time.sleep(0.2)
    assert w.get("/api/v1/parts").json()["total"] == 5
    half.write(photo(5)[500:])
    half.close()
    w.eventually("and the half one once it is whole", lambda: w.get("/api/v1/parts").json()["total"] == 6)
    w.eventually("all are sorted", lambda: not [p for p in folder.iterdir() if p.is_file() and p.name[0] != "."])
    parts = {p["name"]: p["verdict"] for p in w.get("/api/v1/parts").json()["parts"]}
    places = sorted_files(w, folder)
    assert all(places[name] == verdict for name, verdict in parts.items()), (places, parts)
    assert "camera/plaet is of no product" in w.log() and "plate/empty.png is not judged: the file is empty" in w.log(), w.log()
    banners = [banner["text"] for banner in w.get("/api/v1/health?product=plate").json()["banners"]]
    assert any("2 files of the watched folders could not be judged" in text for text in banners), banners
    assert (folder / "unusable/empty.png").exists() and (folder / "unusable/notes.txt").exists() and (folder / ".hidden.png").exists()
    # A second file of a name that is taken is another part.
    (w.folder / "again.png").write_bytes(photo(6))
    (w.folder / "again.png").rename(folder / "moved.png")
    verdict = parts["moved.png"]
    w.eventually("the same name again", lambda: (folder / verdict / "moved-2.png").exists())
    assert w.get("/api/v1/parts").json()["total"] == 7
    w.stop()


def watched_kills(w):
    """Killed while it judges watched files: each is judged once and none is stuck."""
    random_ = random.Random(3)
    w.make()
    folder = w.folder / "camera/plate"
    folder.mkdir(parents=True)
    n = 0
    for _ in range(max(3, int(os.environ.get("PB_KILLS", "10")) // 2)):
        for _ in range(4):
            put(folder / f"f{n}.png", photo(n % 5, spot=n % 5 == 0))
            n += 1
        w.start("--watch", "camera", "--sort")
        time.sleep(random_.uniform(0.0, 0.15))
        w.kill()
    w.start("--watch", "camera", "--sort")
    w.eventually("nothing is left", lambda: not [p for p in folder.iterdir() if p.is_file()])
    w.eventually("all are known", lambda: w.get("/api/v1/parts").json()["total"] >= n)
    assert w.get("/api/v1/parts").json()["total"] == n
    assert len(sorted_files(w, folder)) == n
    check(w, {})
    w.stop()


def retention(w):
    """Old parts go in their order: OK and called good first, NG that nobody has seen never."""
    w.make()
    w.start()
    for i in range(4):
        w.judge(photo(i), id=f"ok{i}")
        w.judge(photo(i, spot=True), id=f"ng{i}")
    verdicts = {p["id"]: p["verdict"] for p in w.get("/api/v1/parts").json()["parts"]}
    w.post("/api/v1/parts/ok3/review", {"label": "good", "by": "Eva"})
    w.post("/api/v1/parts/ng0/review", {"label": "defect", "by": "Eva"})
    w.stop()
    size = len(photo(0))
    w.configure(retention={"gigabytes": 6.5 * size / 1e9}) # two must go
    w.start()
    gone = lambda: set(verdicts) - {p["id"] for p in w.get("/api/v1/parts").json()["parts"]}
    w.eventually("two went", lambda: len(gone()) >= 1)
    oks = [i for i in sorted(verdicts) if verdicts[i] == "ok"]
    assert gone() <= set(oks) and ("ok3" in gone() or verdicts["ok3"] != "ok"), gone()
    w.stop()
    database = sqlite3.connect(w.folder / "station/station.db")
    database.execute("UPDATE parts SET time = time - 3 * 86400000")
    database.commit()
    database.close()
    w.configure(retention={"days": 2, "gigabytes": 0})
    w.start()
    w.eventually("all that may go went", lambda: all(
        p["verdict"] == "ng" and not p["review"] for p in w.get("/api/v1/parts").json()["parts"]))
    left = {p["id"] for p in w.get("/api/v1/parts").json()["parts"]}
    assert left == {i for i in verdicts if verdicts[i] == "ng" and i != "ng0"}, left
    w.stop()
    w.start()
    check(w, {})
    w.stop()


def clock_back(w):
    """Rows of a time to come, as when the clock was set back: order and pages go by arrival."""
    w.make()
    w.start()
    w.judge(photo(1), id="a")
    w.stop()
    database = sqlite3.connect(w.folder / "station/station.db")
    database.execute("UPDATE parts SET time = time + 86400000")
    database.commit()
    database.close()
    w.start()
    w.judge(photo(2), id="b")
    assert [p["id"] for p in w.get("/api/v1/parts").json()["parts"]] == ["b", "a"]
    w.get("/api/v1/statistics")
    w.get("/api/v1/health?product=plate")
    w.stop()


if __name__ == "__main__":
    world.main([kills, watched, watched_kills, retention, clock_back])
