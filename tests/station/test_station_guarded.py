"""Who may ask, what is refused, and that the others do not notice."""
import http.client
import json
import os
import shutil
import socket
import sqlite3
import struct
import threading
import time
import zlib

import world
from world import photo, raw


def strangers(w):
    """Other names (DNS rebinding) and pages of other origins (CSRF) are refused; every answer carries its policy."""
    w.make()
    w.configure(hosts=["station.example:8443"])
    w.start()
    def status(host=None, **headers):
        return w.request("GET", "/api/v1/parts", headers={**({"Host": host} if host else {}), **headers}).status
    here = f"127.0.0.1:{w.port}"
    assert status() == 200 and status(f"localhost:{w.port}") == 200 and status("station.example:8443") == 200
    assert status("evil.example") == 403 and status(f"evil.example:{w.port}") == 403 and status("127.0.0.1:1") == 403
    assert status(Origin=f"http://{here}") == 200
    assert status(Origin="http://evil.example") == 403 and status(Origin="null") == 403
    assert status(**{"Sec-Fetch-Site": "cross-site"}) == 403
    body = photo(1)
    refused = w.request("POST", "/api/v1/products/plate/parts", body,
                        {"Content-Type": "image/png", "Origin": "http://evil.example"})
    assert refused.status == 403
    assert w.get("/api/v1/parts").json()["total"] == 0
    for path in ("/api/v1/parts", "/nowhere"):
        headers = w.request("GET", path).headers
        assert "default-src 'self'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert raw(w.port, b"GET / HTTP/1.1\r\n\r\n").split()[1] in (b"400", b"403")  # no host at all
    w.stop()


def token(w):
    """With a token nothing is said without it, but the page and whether the station is well."""
    w.make()
    (w.folder / "token").write_text("short\n")
    result = w.run("serve", "station", "--listen", "127.0.0.1:0", "--token-file", "token", check=False)
    assert result.returncode == 2 and "16" in result.stderr, result
    result = w.run("serve", "station", "--listen", "0.0.0.0:0", check=False)
    assert result.returncode == 2 and "token" in result.stderr, result
    secret = "correct-horse-battery-staple"
    (w.folder / "token").write_text(secret + "\n")
    w.start("--token-file", "token")
    for path in ("/api/v1/parts", "/metrics", "/api/v1/events", "/api/v1/products"):
        assert w.get(path, 401).headers["WWW-Authenticate"] == "Bearer"
    w.judge(photo(1), 401)
    w.get("/healthz")
    w.get("/openapi.json")
    w.get("/api/v1/parts", 401, Authorization="Bearer " + secret[:-1])
    w.get("/api/v1/parts", 401, Authorization="Bearer " + secret + "x")
    w.get("/api/v1/parts", 401, Authorization=secret)
    w.get("/api/v1/parts", Authorization="Bearer " + secret)
    w.post("/api/v1/session", {"token": "wrong"}, 401)
    cookie = w.post("/api/v1/session", {"token": secret}, 204).headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and secret not in cookie
    w.get("/api/v1/parts", Cookie="a=b; " + cookie.split(";")[0])
    w.get("/api/v1/parts", 401, Cookie="purebank=")
    w.stop()
    assert secret not in w.log()


def wrong_bodies(w):
    """What is no photo, too large, a bomb or half is refused with a reason; a photo judged meanwhile is not harmed."""
    w.make()
    w.configure(limits={"body_megabytes": 1, "megapixels": 2})
    w.start()
    good = photo(1)
    score = w.judge(good).json()["score"]
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    bomb = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 30000, 30000, 8, 0, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b""))
    for body, kind, status, code in [
            (b"hello, station", "image/png", 415, "wrong_type"), (b"GIF89a" + good, "image/png", 415, "wrong_type"),
            (good, "text/html", 415, "wrong_type"), (good[:700], "image/png", 422, "bad_image"),
            (good[:30], "image/png", 422, "bad_image"), (bomb, "image/png", 422, "bad_image"),
            (b"", "image/png", 400, "bad_request"), (b"\xff\xd8\xff\xe0" + bytes(100), "image/jpeg", 422, "bad_image"),
            (b"\x89PNG\r\n\x1a\n" + bytes((1 << 20) + 1), "image/png", 413, "too_large")]:
        answer = w.judge(body, None, kind=kind)
        assert answer.status == status and answer.json()["error"]["code"] == code, (body[:20], answer.status, answer.body)
        assert str(w.folder) not in answer.body.decode()
    assert w.judge(good, 404, product="none").json()["error"]["code"] == "not_found"
    # Of unknown length, and longer than is taken.
    connection = http.client.HTTPConnection("127.0.0.1", w.port, timeout=60)
    try:
        connection.request("POST", "/api/v1/products/plate/parts", iter([good[:8] + bytes(1 << 16)] * 40),
                           {"Content-Type": "image/png"}, encode_chunked=True)
        assert connection.getresponse().status == 413
    except (ConnectionError, BrokenPipeError):
        pass
    connection.close()
    assert w.request("PUT", "/api/v1/parts").status == 405
    assert w.request("POST", "/api/v1/parts", b"").headers["Allow"] == "GET"
    w.get("/" + "a" * 6000, 400)
    w.get("/api/v1/parts?lot=%zz", 400)
    w.get("/api/v1/parts/%00", 400)
    again = w.judge(good).json()
    assert again["score"] == score
    assert len(list((w.folder / "station/photos").rglob("*.*"))) == 2  # no temporary file is left
    w.stop()


def overload(w):
    """More than fits gets 429 and when to come again; then all is as before, and what was answered is there."""
    w.make()
    w.configure(limits={"queue_parts": 2})
    w.start()
    bodies = [photo(i) for i in range(6)]
    answered, refused, wrong = [], [], []
    def send(sender):
        for i in range(12):
            answer = w.judge(bodies[i % 6], None, id=f"s{sender}-{i}")
            if answer.status == 201:
                answered.append(answer.json()["id"])
            elif answer.status == 429 and int(answer.headers["Retry-After"]) >= 1:
                refused.append(answer.json()["error"]["code"])
            else:
                wrong.append(answer.status)
    threads = [threading.Thread(target=send, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and set(refused) == {"queue_full"} and answered, (wrong, len(answered), len(refused))
    stored = {p["id"] for p in w.get("/api/v1/parts?limit=200").json()["parts"]}
    assert stored == set(answered)
    w.judge(photo(99))
    metrics = w.get("/metrics").body.decode()
    assert f'refused_total{{reason="queue_full"}} {len(refused)}\n' in metrics
    w.stop()


def trouble(w):
    """The photos' folder goes, or the disk has less than is to stay free: a part is answered or refused, never wrongly."""
    w.make()
    w.start()
    score = w.judge(photo(1)).json()["score"]
    shutil.rmtree(w.folder / "station/photos")
    assert w.judge(photo(1)).json()["score"] == score # it is made again
    if os.geteuid() != 0:
        (w.folder / "station/photos").chmod(0o500)
    else: # root may write anywhere, but not into a file
        shutil.rmtree(w.folder / "station/photos")
        (w.folder / "station/photos").write_text("")
    answer = w.judge(photo(2), 503, id="x")
    assert answer.json()["error"]["code"] == "unavailable" and answer.headers["Retry-After"]
    assert w.get("/healthz", 503).body
    assert w.get("/api/v1/health?product=plate").json()["banners"][0]["level"] == "error"
    if os.geteuid() != 0:
        (w.folder / "station/photos").chmod(0o700)
    else:
        (w.folder / "station/photos").unlink()
    w.eventually("it is well again, though nobody has sent a part", lambda: w.request("GET", "/healthz").status == 200)
    w.judge(photo(2), 201, id="x")
    w.stop()
    w.configure(retention={"free_gigabytes": 1e8})
    w.start()
    assert "free" in w.judge(photo(4), 503).json()["error"]["message"]
    w.get("/healthz", 503)
    w.stop()


def locked(w):
    """Another process holds the database: a part waits a while, then is refused with the reason, and later judged; reading goes on."""
    w.make()
    w.start()
    w.judge(photo(2), 201, id="x")
    database = sqlite3.connect(w.folder / "station/station.db", isolation_level=None, check_same_thread=False)
    database.execute("BEGIN IMMEDIATE")
    results = []
    thread = threading.Thread(target=lambda: results.append(w.judge(photo(3), None, id="briefly").status))
    thread.start()
    time.sleep(0.5)
    database.execute("COMMIT")
    thread.join()
    assert results == [201], results # it waited
    database.execute("BEGIN IMMEDIATE")
    answers = world.at_once([lambda i=i: w.judge(photo(4 + i), None, id=f"long{i}") for i in range(2)] + [
        lambda: w.request("POST", "/api/v1/parts/x/review", '{"label": "good", "by": "Eva"}', {"Content-Type": "application/json"})])
    for answer in answers:
        assert answer.status == 503 and "locked" in answer.json()["error"]["message"], (answer.status, answer.body)
    assert int(answers[0].headers["Retry-After"]) >= 1
    w.get("/healthz", 503)
    assert [p["id"] for p in w.get("/api/v1/parts").json()["parts"]] == ["briefly", "x"]
    database.execute("COMMIT")
    database.close()
    w.eventually("it is well again, though nobody has sent a part", lambda: w.request("GET", "/healthz").status == 200)
    for i in range(2):
        w.judge(photo(4 + i), 201, id=f"long{i}")
    assert len([p for p in (w.folder / "station/photos").rglob("*") if p.is_file()]) == 4
    w.stop()


def events(w):
    """Pages that listen are told of each part, review and bank; one that does not read is let go."""
    w.make()
    w.start()
    stream = socket.create_connection(("127.0.0.1", w.port), timeout=60)
    stream.sendall(f"GET /api/v1/events?product=plate HTTP/1.1\r\nHost: 127.0.0.1:{w.port}\r\n\r\n".encode())
    received = b""
    def wait_for(*words):
        nonlocal received
        while not all(word in received for word in words):
            piece = stream.recv(65536)
            assert piece, received
            received += piece
    wait_for(b"text/event-stream", b"welcome")
    part = w.judge(photo(1), id="e1").json()
    wait_for(b"event: part\ndata: ", b'"id":"e1"')
    w.post("/api/v1/parts/e1/review", {"label": "good", "by": "Eva"})
    wait_for(b"event: review\ndata: ", b'"Eva"')
    w.post("/api/v1/products/plate/active", {"version": 1, "by": "Eva", "reason": "x"})
    wait_for(b"event: bank\ndata: ", b'"version": 1')
    assert part["verdict"] in ("ok", "ng")
    w.get("/api/v1/events?product=none", 404)
    stream.close()
    w.stop()


if __name__ == "__main__":
    world.main([strangers, token, wrong_bodies, overload, trouble, locked, events])
