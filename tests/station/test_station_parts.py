"""Parts come, are judged, remembered, found, shown and reviewed."""
import csv
import io
import json
import re
import sqlite3

import world
from world import photo


def same_as_score(w):
    """The verdict's bits are those of `purebank score`, and the answer comes when row and photo are on disk."""
    w.make()
    w.start()
    photos = {"good": photo(1), "spot": photo(2, spot=True), "dark": photo(3, dark=True)}
    for name, body in photos.items():
        (w.folder / f"{name}.png").write_bytes(body)
    w.run("score", "part.bank", *[f"{name}.png" for name in photos], "--json", "scores.json", "--quiet")
    said = json.loads((w.folder / "scores.json").read_text())
    words = {"pass": "ok", "fail": "ng", "unusable": "unusable"}
    for row in said["images"]:
        name = row["path"][:-4]
        part = w.judge(photos[name], id=name, line="L1", lot="7").json()
        assert part["score"] == row["score"] and part["verdict"] == words[row["verdict"]], (part, row)
        assert part["threshold"] == said["threshold"]
        assert (part["line"], part["lot"], part["bank"]) == ("L1", "7", 1)
        database = sqlite3.connect(f"file:{w.folder}/station/station.db?mode=ro", uri=True)
        score, file = database.execute("SELECT score, file FROM parts WHERE id = ?", (name,)).fetchone()
        database.close()
        assert score == part["score"]
        assert (w.folder / "station/photos" / file).read_bytes() == photos[name]
    verdicts = {p["id"]: p["verdict"] for p in w.get("/api/v1/parts").json()["parts"]}
    assert verdicts == {"good": "ok", "spot": "ng", "dark": "unusable"}, verdicts
    w.stop()


def same_id(w):
    """An id is judged once: the same photo gets the stored answer, another one a conflict, also after a restart."""
    w.make()
    w.make("lid")
    w.start()
    def facts(part):
        return {key: value for key, value in part.items() if key != "times"}  # the row cannot tell how long its own commit took
    first = facts(w.judge(photo(1), id="a").json())
    assert facts(w.judge(photo(1), 200, id="a").json()) == first
    assert w.judge(photo(2), 409, id="a").json()["error"]["code"] == "conflict"
    assert w.judge(photo(1), 409, product="lid", id="a").json()["error"]["code"] == "conflict"
    w.stop()
    w.start()
    assert facts(w.judge(photo(1), 200, id="a").json()) == first
    assert w.get("/api/v1/parts").json()["total"] == 1
    made = w.judge(photo(1)).json()["id"]
    assert re.fullmatch(r"\d{8}-\d{9}-[0-9a-f]{8}", made), made
    # Both products have the built-in backbone, and share it.
    assert "purebank_backbones 1\n" in w.get("/metrics").body.decode()
    w.stop()


def forms(w):
    """A form brings the same as headers do."""
    w.make()
    w.start()
    def form(fields, file=b""):
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
                 for name, value in fields.items()]
        if file:
            parts.append(b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a\xc3\xa4.png"\r\n'
                         b"Content-Type: image/png\r\n\r\n" + file + b"\r\n")
        return b"".join(parts) + b"--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    part = w.judge(form({"id": "f1", "line": "L", "lot": "ü"}, photo(1)), kind=kind).json()
    assert (part["id"], part["line"], part["lot"], part["name"]) == ("f1", "L", "ü", "aä.png"), part
    plain = w.judge(photo(1), id="f2", lot="%C3%BC").json()
    assert plain["score"] == part["score"] and plain["lot"] == "ü"
    assert w.judge(form({"id": "f3"}), 400, kind=kind).json()["error"]["code"] == "bad_request"
    assert w.judge(photo(1), 400, kind=kind).status == 400
    assert w.judge(form({"id": "../f"}, photo(1)), 400, kind=kind).status == 400
    w.stop()


def lists(w):
    """Filters find what they say, and pages follow one another without gap or repetition while parts come."""
    w.make()
    w.start()
    for i in range(7):
        w.judge(photo(i, spot=i % 3 == 0), id=f"p{i}", lot="A" if i < 4 else "B")
    page = w.get("/api/v1/parts?limit=3").json()
    seen = [p["id"] for p in page["parts"]]
    w.judge(photo(50), id="later")
    while page["next"]:
        page = w.get(f"/api/v1/parts?limit=3&cursor={page['next']}").json()
        seen += [p["id"] for p in page["parts"]]
    assert seen == [f"p{i}" for i in range(6, -1, -1)], seen
    parts = {p["id"]: p for p in w.get("/api/v1/parts").json()["parts"]}
    bad = w.get("/api/v1/parts?verdict=ng,unusable&lot=A").json()
    assert {p["id"] for p in bad["parts"]} == {i for i, p in parts.items() if p["verdict"] != "ok" and p["lot"] == "A"}
    middle = sorted(p["score"] for p in parts.values())[3]
    low = w.get(f"/api/v1/parts?score_max={middle!r}").json()
    assert low["total"] == 4, low["total"]
    time = parts["p3"]["time"]
    total = w.get(f"/api/v1/parts?to={time}").json()["total"] + w.get(f"/api/v1/parts?from={time}").json()["total"]
    assert total == 8
    for wrong in ("limit=0", "limit=x", "verdict=bad", "from=yesterday", "score_min=nan", "reviewed=maybe", "cursor=-1"):
        assert w.get("/api/v1/parts?" + wrong, 400).json()["error"]["code"] == "bad_request", wrong
    assert w.get("/api/v1/parts/none", 404).json()["error"]["code"] == "not_found"
    w.stop()


def pictures(w):
    """The photo comes as it was; heatmap and thumbnail are pictures; names lead nowhere else."""
    w.make()
    w.start()
    body = photo(2, spot=True)
    part = w.judge(body, id="a:1").json()
    assert w.get(part["photo"]).body == body
    heatmap = w.get(part["heatmap"])
    assert heatmap.headers["Content-Type"] == "image/png" and heatmap.body[16:24] == b"\0\0\0\x60\0\0\0\x60"
    assert heatmap.body[25] == 3 and b"tRNS" in heatmap.body  # palette with transparency
    assert w.get(part["thumbnail"]).body[:3] == b"\xff\xd8\xff"
    assert w.get(part["photo"] + "?format=jpeg").body[:3] == b"\xff\xd8\xff"
    for wrong in ("/api/v1/parts/..%2f..%2fstation.db/photo", "/api/v1/parts/%2e%2e/photo", "/page/..%2fstation.json",
                  "/page/../station.json", "/api/v1/products/plate/banks/1/references/..%2f..%2fstation.json/photo"):
        assert w.get(wrong, 404)
    bank = w.get("/api/v1/products/plate/banks/1").json()
    references = bank["references"]
    assert len(references) == 8 and all(r["photo"] for r in references)
    assert w.get(references[0]["photo"]).body == (world.World.shared / "references" / references[0]["name"]).read_bytes()
    assert w.get(references[0]["thumbnail"]).body[:3] == b"\xff\xd8\xff"
    w.stop()


def reviews(w):
    """A word about a part is kept, replaced and taken back; the queue has what nobody has looked at."""
    w.make()
    w.configure(page={"review_share": 0})
    w.start()
    w.judge(photo(1), id="good")
    w.judge(photo(2, spot=True), id="bad")
    queue = w.get("/api/v1/review?product=plate").json()
    assert ("bad", "ng") in [(e["part"]["id"], e["why"]) for e in queue["entries"]], queue
    left = queue["left"]
    part = w.post("/api/v1/parts/bad/review", {"label": "defect", "by": "Eva"}).json()
    assert part["review"]["label"] == "defect" and part["review"]["by"] == "Eva"
    assert w.get("/api/v1/review").json()["left"] == left - 1
    assert w.get("/api/v1/parts?reviewed=defect").json()["total"] == 1
    assert w.post("/api/v1/parts/bad/review", {"label": "good", "by": "Max"}).json()["review"]["by"] == "Max"
    assert w.get("/api/v1/products").json()["products"][0]["reviewed"] == {"good": 1, "defect": 0, "unusable": 0}
    assert w.request("DELETE", "/api/v1/parts/bad/review").json()["review"] is None
    assert w.get("/api/v1/review").json()["left"] == left
    for wrong in ({"label": "bad", "by": "Eva"}, {"label": "good"}, {"label": "good", "by": ""}, [], {"label": 1, "by": "x"}):
        w.post("/api/v1/parts/bad/review", wrong, 400)
    w.post("/api/v1/parts/none/review", {"label": "good", "by": "Eva"}, 404)
    w.stop()


def names_are_text(w):
    """What a sender calls a lot is text wherever it turns up: JSON, CSV, a spreadsheet."""
    w.make()
    w.start()
    evil = ["<img src=x onerror=alert(1)>", '=HYPERLINK("http://x")', 'a"b,c', "'; DROP TABLE parts; --"]
    from urllib.parse import quote
    for i, lot in enumerate(evil):
        assert w.judge(photo(i), id=f"e{i}", lot=quote(lot)).json()["lot"] == lot
    answer = w.get("/api/v1/parts.csv")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    lots = {row["id"]: row["lot"] for row in rows}
    assert lots == {"e0": evil[0], "e1": "'" + evil[1], "e2": evil[2], "e3": "'" + evil[3]} or \
        lots == {"e0": evil[0], "e1": "'" + evil[1], "e2": evil[2], "e3": evil[3]}, lots
    assert w.get("/api/v1/parts?lot=" + quote(evil[0])).json()["total"] == 1
    assert answer.headers["Content-Disposition"].startswith("attachment") and answer.headers["X-Content-Type-Options"] == "nosniff"
    w.judge(photo(9), 400, lot="a%00b")
    w.judge(photo(9), 400, lot="%ff")
    w.judge(photo(9), 400, lot="x" * 700)
    w.stop()


def numbers(w):
    """Statistics, health and metrics count what came."""
    w.make()
    w.start()
    assert w.get("/healthz").body == b"ok\n"
    for i in range(4):
        w.judge(photo(i, spot=i == 0), id=f"p{i}")
    parts = w.get("/api/v1/parts").json()["parts"]
    ok = sum(p["verdict"] == "ok" for p in parts)
    statistics = w.get("/api/v1/statistics?product=plate&hours=2").json()
    assert sum(h["ok"] for h in statistics["hours"]) == ok and sum(h["ng"] for h in statistics["hours"]) == 4 - ok
    health = w.get("/api/v1/health?product=plate").json()
    assert health["drift"]["state"] == "unknown" and health["banners"] == [], health
    assert [s["name"] for s in health["steps"]] == ["wait", "decode", "features", "score", "store", "total"]
    metrics = w.get("/metrics").body.decode()
    assert f'purebank_parts_total{{verdict="ok"}} {ok}\n' in metrics
    assert "purebank_part_seconds_count 4\n" in metrics
    w.get("/api/v1/health", 400)
    w.get("/api/v1/health?product=none", 404)
    w.stop()


def versions(w):
    """Another version may judge, and the one before may come back; a file that was replaced under it may not."""
    w.make()
    w.start()
    first = w.get("/api/v1/products/plate/banks").json()
    assert first["active"] == 1 and len(first["versions"]) == 1 and first["versions"][0]["action"] == "import"
    w.post("/api/v1/products/plate/active", {"version": 2, "by": "Eva", "reason": "x"}, 404)
    again = w.post("/api/v1/products/plate/active", {"version": 1, "by": "Eva", "reason": "again"}).json()
    assert [a["by"] for a in again["activations"]] == ["Eva", "station init"]
    before = w.judge(photo(1), id="a").json()
    file = w.folder / "station/banks/plate/1.bank"
    file.write_bytes(b"\0" * file.stat().st_size)  # written over while it is in use
    assert w.judge(photo(1), id="b").json()["score"] == before["score"]
    said = w.post("/api/v1/products/plate/active", {"version": 1, "by": "Eva", "reason": "x"}, 422).json()
    assert "replaced" in said["error"]["message"], said
    w.stop()
    result = w.run("serve", "station", "--listen", "127.0.0.1:0", check=False)
    assert result.returncode == 3 and "has been replaced" in result.stderr, result


def configuration(w):
    """station.json is checked: what is unknown or out of range is named."""
    w.make()
    def refused(word, **groups):
        path = w.folder / "station/station.json"
        text = path.read_text()
        w.configure(**groups)
        result = w.run("serve", "station", "--listen", "127.0.0.1:0", check=False)
        path.write_text(text)
        assert result.returncode == 3 and word in result.stderr, (result.returncode, result.stderr)
    refused("queue_part", limits={"queue_part": 5})
    refused("queue_parts", limits={"queue_parts": 0})
    refused("colour", colour="blue")
    refused("days", retention={"days": "ten"})
    refused("no bank", products=[{"name": "other"}])
    refused("../x", products=[{"name": "../x"}])
    w.start()
    result = w.run("station", "init", "station", "--product", "lid", "--bank", "part.bank", check=False)
    assert result.returncode == 4 and "another purebank" in result.stderr, result
    w.stop()
    assert w.run("station", "init", "station", "--product", "a/b", "--bank", "part.bank", check=False).returncode == 2
    assert w.run("station", "init", "station", "--product", "plate", "--bank", "part.bank", check=False).returncode == 2


if __name__ == "__main__":
    world.main([same_as_score, same_id, forms, lists, pictures, reviews, names_are_text, numbers, versions, configuration])
