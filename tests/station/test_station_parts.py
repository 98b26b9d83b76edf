"""Parts come, are judged, remembered, found, shown and reviewed."""
import csv
import io
import json
import pathlib
import re
import shutil
import sqlite3
import urllib.parse

import world
from world import photo

IMAGES = pathlib.Path(__file__).parents[1] / "golden/image/files"


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


def formats(w):
    """Each format that is taken is judged as `purebank score` judges the file, whatever the sender says of its type."""
    w.make()
    w.start()
    names = {"33x17_420.jpg": "image/jpeg", "33x17_lossy.webp": "image/webp", "cmyk_tiff_lzw.tif": "image/tiff", "deep10_1.png": "image/png"}
    for name in (*names, "33x17_24.bmp"):
        shutil.copy(IMAGES / name, w.folder)
    w.run("score", "part.bank", *names, "--json", "scores.json", "--quiet")
    said = {row["path"]: row for row in json.loads((w.folder / "scores.json").read_text())["images"]}
    for name, kind in names.items():
        body = (w.folder / name).read_bytes()
        for told in (kind, "application/octet-stream", "image/png"):
            assert w.judge(body, kind=told).json()["score"] == said[name]["score"], (name, told)
        part = w.judge(body, id=name).json()
        assert part["photo_type"] == kind and w.get(part["photo"]).headers["Content-Type"] == kind
        assert w.get(part["photo"] + "?format=jpeg").body[:3] == b"\xff\xd8\xff" and w.get(part["heatmap"]).body[:4] == b"\x89PNG"
    w.judge((w.folder / "33x17_24.bmp").read_bytes(), 415, kind="image/png")
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


def regions(w):
    """A part is judged within its bank's region, and its heatmap shows what was not looked at."""
    white = bytes(255 if x < 24 else 0 for _ in range(world.SIDE) for x in range(world.SIDE))
    w.bank()
    (w.folder / "mask.png").write_bytes(world.png(white, world.SIDE, world.SIDE))
    w.run("fit", world.World.shared / "references", "-o", "left.bank", "--roi", "edge=mask.png", "--quiet")
    w.run("station", "init", "station", "--product", "plate", "--bank", "left.bank")
    w.start()
    (w.folder / "spot.png").write_bytes(photo(2, spot=True))
    w.run("score", "left.bank", "spot.png", "--json", "scores.json", "--quiet")
    part = w.judge(photo(2, spot=True), id="spot").json()
    assert part["score"] == json.loads((w.folder / "scores.json").read_text())["images"][0]["score"]
    roi = w.get("/api/v1/products/plate/banks/1").json()["roi"]
    assert roi["name"] == "edge" and 0 < roi["inside"] < roi["patches"] == 784, roi
    heatmap = w.get(part["heatmap"]).body
    palette = heatmap[heatmap.index(b"PLTE") + 4:][:6]
    assert palette == bytes([24, 24, 24, 0x3c, 0xb4, 0xff]), palette
    nearest = w.get("/api/v1/parts/spot/nearest").json()
    assert nearest["patches"] and all(patch["box"]["x"] < 24 for patch in nearest["patches"]), nearest
    assert w.get("/api/v1/parts/spot/nearest?box=0,0,12,12").json()["patches"]
    for box in ("", "1,2,3", "1,2,3,4,", "1,2,3,4,5", "1,2,0,4", "1,,3,4", "-1,2,3,4", "%2B1,2,3,4", "1,%202,3,4", "1,2,3,9999999999", "a"):
        w.get(f"/api/v1/parts/spot/nearest?box={box}", 400)
    w.stop()


def copies(w):
    """References have copies: a turned part passes, one that becomes a reference gets its copies, and patches leave with theirs."""
    w.bank()
    w.run("fit", world.World.shared / "references", "-o", "turned.bank", "--augment", "rot90", "--quiet")
    w.run("station", "init", "station", "--product", "plate", "--bank", "turned.bank")
    w.start()
    assert w.get("/api/v1/products/plate/banks/1").json()["augment"] == "rot90"
    (w.folder / "new.png").write_bytes(photo(3))
    w.judge(photo(3), id="new")
    change = {"action": "add-reference", "base": 1, "part": "new", "by": "Eva", "reason": "x"}
    version = w.post("/api/v1/products/plate/changes", change, 201).json()["version"]
    w.run("mend", "turned.bank", "--add", "new.png", "-o", "mended.bank", "--quiet")
    w.run("info", "mended.bank", "--json", "info.json", "--quiet")
    mended = json.loads((w.folder / "info.json").read_text())
    assert mended["n_patches"] == 9 * 4 * 784, mended["n_patches"]
    w.run("info", "station/banks/plate/2.bank", "--json", "info.json", "--quiet")
    told = json.loads((w.folder / "info.json").read_text())
    for key in ("threshold", "n_patches", "augment", "patch_score_low"):
        assert told[key] == mended[key], (key, version)
    w.judge(photo(4, spot=True), id="spot")
    near = [n for patch in w.get("/api/v1/parts/spot/nearest").json()["patches"] for n in patch["neighbours"]]
    assert any(n["variant"] for n in near) and all(n["variant"] is None or "turned by" in n["variant"] for n in near), near
    change = {"action": "remove-patches", "rows": [784 + 5, 2 * 784 + 5, 784 + 6], "base": 2, "by": "Eva", "reason": "x"}
    assert "8 descriptors leave" in json.dumps(w.post("/api/v1/products/plate/changes", change, 201).json())
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


def no_part_is_no_evidence(w):
    """A photo that shows no part, though somebody called it good, becomes no reference and calibrates nothing, as in the program."""
    w.make()
    w.start()
    for id, body in (("good", photo(1)), ("dark", photo(2, dark=True))):
        w.judge(body, id=id)
        w.post(f"/api/v1/parts/{id}/review", {"label": "good", "by": "Eva"})
    said = w.post("/api/v1/products/plate/changes/preview", {"action": "add-reference", "base": 1, "part": "dark"}, 422).json()["error"]["message"]
    assert "cannot become a reference: almost black" in said and str(w.folder) not in said, said
    change = {"action": "calibrate", "base": 1, "rate": 0.4}
    told = json.dumps(w.post("/api/v1/products/plate/changes/preview", change).json())
    assert "1 parts called good do not count: their photos show no part (" in told and "cannot be judged: almost black" in told, told
    assert "of 1 verified good parts" in told and str(w.folder) not in told, told
    w.post("/api/v1/products/plate/changes", {**change, "by": "Eva", "reason": "x"}, 201)
    w.run("info", "station/banks/plate/2.bank", "--json", "info.json", "--quiet")
    (w.folder / "good.png").write_bytes(photo(1))
    w.run("calibrate", "part.bank", "good.png", "--false-alarm-rate", "0.4", "--quiet", "--json", "calibrated.json")
    told, calibrated = (json.loads((w.folder / name).read_text()) for name in ("info.json", "calibrated.json"))
    assert told["threshold"]["value"] == calibrated["threshold"], (told["threshold"], calibrated["threshold"])
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


def nothing_is_ignored(w):
    """What nobody would look at is refused by its name: parameters, fields, keys, and what is given twice."""
    w.make()
    w.start()
    w.judge(photo(1), id="a")
    known = ("parts?limit=1&lot=x", "parts.csv?verdict=ok", "parts/a/photo?format=jpeg", "parts/a/nearest?limit=3", "review?limit=1",
             "statistics?hours=2&product=plate", "health?product=plate", "products")
    for path in known:
        w.get("/api/v1/" + path)
        sign = "&" if "?" in path else "?"
        for wrong in ("lott=x", "Limit=3", "=x", "limi=1", "product%20limit=x"):
            said = w.get(f"/api/v1/{path}{sign}{wrong}", 400).json()["error"]
            assert said["code"] == "bad_request" and "has no parameter '" in said["message"], (path, wrong, said)
            assert said["message"] == said["message"].strip(), said
        if "?" in path:
            said = w.get(f"/api/v1/{path}&{path.split('?')[1]}", 400).json()["error"]["message"]
            assert "is given twice" in said, said
    assert "has no parameter 'lot'" in w.request("POST", "/api/v1/products/plate/parts?lot=7", photo(1), {"Content-Type": "image/png"}).json()["error"]["message"]
    assert w.get("/healthz?t=1").status == w.get("/?from=mail").status == 200  # pages and probes take what others add
    def form(*fields):
        parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode() + value + b"\r\n" for name, value in fields]
        return b"".join(parts) + b"--x--\r\n"
    kind = "multipart/form-data; boundary=x"
    for name, value in (("id", b"h"), ("line", b"7"), ("lot", b"8")):
        said = w.judge(form(("photo", photo(1)), (name, value)), 400, kind=kind, **{name: "h"}).json()["error"]["message"]
        assert f"the {name} of the part is given twice" in said, said
    for fields, word in (([("photo", photo(1)), ("lott", b"7")], "field 'lott'"), ([("photo", photo(1)), ("lot", b"7"), ("lot", b"8")], "lot twice"),
                         ([("photo", photo(1)), ("photo", photo(2))], "photo twice")):
        said = w.judge(form(*fields), 400, kind=kind).json()["error"]["message"]
        assert word in said, said
    body = b'{"label": "good", "by": "Eva", "by": "Max"}'
    assert w.request("POST", "/api/v1/parts/a/review", body, {"Content-Type": "application/json"}).status == 400
    assert w.get("/api/v1/parts").json()["total"] == 1 and w.get("/api/v1/parts/a").json()["review"] is None
    part = w.judge(form(("photo", photo(1)), ("line", b"7")), kind=kind, id="h", lot="8").json()
    assert (part["id"], part["line"], part["lot"]) == ("h", "7", "8"), part  # by header what no field says
    w.stop()


def people_write_characters(w):
    """Limits are of characters, whatever their bytes, and blanks alone are no name."""
    w.make()
    w.start()
    w.judge(photo(1), id="a")
    for blank in ("", "   ", "\t\n", "\u00a0\u3000", "\u200b", "\u0085\u1680", "\u00ad", "\u3164", "\ufe0f", "\U000e0001"):
        said = w.post("/api/v1/parts/a/review", {"label": "good", "by": blank}, 400).json()["error"]["message"]
        assert '"by" must be a text of 1 to 200 characters that are not all blank' in said, said
        w.post("/api/v1/products/plate/active", {"version": 1, "by": blank, "reason": "x"}, 400)
    for letter in ("a", "ä", "\u5b57", "\U0001f527"):
        w.post("/api/v1/parts/a/review", {"label": "good", "by": 200 * letter})
        assert w.get("/api/v1/parts/a").json()["review"]["by"] == 200 * letter
        said = w.post("/api/v1/parts/a/review", {"label": "good", "by": 201 * letter}, 400).json()["error"]["message"]
        assert "1 to 200 characters" in said and said.endswith("not a longer one"), said
        w.post("/api/v1/products/plate/active", {"version": 1, "by": 200 * letter, "reason": 501 * letter}, 400)
        told = w.post("/api/v1/products/plate/active", {"version": 1, "by": 200 * letter, "reason": 500 * letter}).json()["activations"][0]
        assert (told["by"], told["reason"]) == (200 * letter, 500 * letter)
        part = w.judge(photo(2), id=f"lot-{ord(letter)}", lot=urllib.parse.quote(200 * letter)).json()
        assert part["lot"] == 200 * letter
        assert w.get("/api/v1/parts?lot=" + urllib.parse.quote(200 * letter)).json()["total"] == 1
        said = w.judge(photo(2), 400, lot=urllib.parse.quote(201 * letter)).json()["error"]["message"]
        assert "lot" in said, said
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
    refused("not 1.0000000000000001e-09", retention={"days": 1e-9})
    refused("0, or from 1e-06 to 1e+09, not 1.0000000000000001e-09", retention={"gigabytes": 1e-9})
    refused('must be a number, 0, or from 0.001 to 36500, not "ten"', retention={"days": "ten"})
    refused('"products" is []', products=[])
    refused("no bank", products=[{"name": "other"}])
    refused("../x", products=[{"name": "../x"}])
    w.start()
    result = w.run("station", "init", "station", "--product", "lid", "--bank", "part.bank", check=False)
    assert result.returncode == 4 and "another purebank" in result.stderr and "end it" in result.stderr, result
    w.stop()
    assert w.run("station", "init", "station", "--product", "a/b", "--bank", "part.bank", check=False).returncode == 2
    assert w.run("station", "init", "station", "--product", "plate", "--bank", "part.bank", check=False).returncode == 2


if __name__ == "__main__":
    world.main([same_as_score, formats, same_id, forms, lists, pictures, regions, copies, reviews, no_part_is_no_evidence, names_are_text, numbers, nothing_is_ignored, people_write_characters, versions, configuration])
