"""A product whose bank cannot be loaded: the others go on, it says why, and there are ways back."""
import json
import threading

from world import main, photo, png


def make_two(w):
    """plate with two versions of which the second one judges, and lid with one."""
    w.make()
    w.make("lid")
    w.start()
    w.post("/api/v1/products/plate/changes", {"action": "remove-reference", "reference": 0, "base": 1, "by": "Eva", "reason": "x"}, 201)
    w.stop()


def damage(w, product, version):
    file = w.folder / f"station/banks/{product}/{version}.bank"
    file.write_bytes(file.read_bytes()[:1000])


def others_go_on(w):
    """One damaged bank stops one product, which says why everywhere, and an earlier version brings it back from the page."""
    make_two(w)
    damage(w, "plate", 2)
    w.start()
    assert "warning: parts of product plate are not judged: " in w.log() and "station --product plate; " in w.log(), w.log()
    assert w.judge(photo(1), product="lid").json()["verdict"] == "ok"
    said = w.judge(photo(1), 503).json()["error"]
    assert said["code"] == "unavailable" and said["message"].startswith("parts of product plate are not judged: banks/plate/2.bank"), said
    assert str(w.folder) not in said["message"]
    products = {p["name"]: p for p in w.get("/api/v1/products").json()["products"]}
    assert products["lid"]["trouble"] is None and products["lid"]["active"] == 1
    assert "banks/plate/2.bank" in products["plate"]["trouble"] and products["plate"]["active"] is None
    banners = w.get("/api/v1/health?product=plate").json()["banners"]
    assert any(b["level"] == "error" and b["text"].startswith("Parts are not judged: banks/plate/2.bank") and b["text"].endswith(". Another version of the bank may be activated.") and b["address"] == "#bank/plate" for b in banners), banners
    assert not any("not judged" in b["text"] for b in w.get("/api/v1/health?product=lid").json()["banners"])
    assert w.get("/healthz").body.startswith(b"ok\nparts of product plate are not judged: ")
    assert "purebank_products_not_judged 1\n" in w.get("/metrics").body.decode()
    change = {"action": "remove-reference", "reference": 0, "base": 2, "by": "Eva", "reason": "x"}
    assert "not judged" in w.post("/api/v1/products/plate/changes/preview", change, 503).json()["error"]["message"]
    assert w.get("/api/v1/products/plate/banks").json()["active"] == 2
    w.post("/api/v1/products/plate/active", {"version": 1, "by": "Eva", "reason": "the other one is damaged"})
    assert w.judge(photo(1)).json()["bank"] == 1
    assert w.get("/healthz").body == b"ok\n"
    assert w.get("/api/v1/products").json()["products"][0]["trouble"] is None
    w.stop()


def activate(w):
    """Without a running station: an earlier version, the one that is named or the newest that can be loaded."""
    make_two(w)
    damage(w, "plate", 2)
    result = w.run("station", "activate", "station", "--product", "plate")
    assert "Version 1 judges product plate now" in result.stdout, result
    w.start()
    assert w.judge(photo(1)).json()["bank"] == 1
    told = w.get("/api/v1/products/plate/banks").json()["activations"][0]
    assert (told["version"], told["by"]) == (1, "station activate"), told
    result = w.run("station", "activate", "station", "--product", "plate", "--to", "1", check=False)
    assert result.returncode == 4 and "by another purebank" in result.stderr, result
    w.stop()
    for options, word in ((("--product", "plate", "--to", "2"), "2.bank"), (("--product", "plate", "--to", "7"), "has no such version"),
                          (("--product", "lid"), "no other version"), (("--product", "cup"), "has no product 'cup'"),
                          (("--product", "plate"), "no other version can be loaded")):
        result = w.run("station", "activate", "station", *options, check=False)
        assert result.returncode in (2, 3) and word in result.stderr, (options, result)
    for options in ((), ("--product", "plate", "--bank", "part.bank")):
        assert w.run("station", "activate", "station", *options, check=False).returncode == 2
    assert w.run("station", "init", "station", "--product", "x", "--bank", "part.bank", "--to", "1", check=False).returncode == 2


def the_only_version(w):
    """Nobody is sent to look for another one."""
    w.make()
    w.make("lid")
    damage(w, "lid", 1)
    w.start()
    assert "parts of product lid are not judged" in w.log() and "station init" in w.log() and "station activate" not in w.log(), w.log()
    banners = [b["text"] for b in w.get("/api/v1/health?product=lid").json()["banners"] if "not judged" in b["text"]]
    assert len(banners) == 1 and "banks/lid/1.bank" in banners[0] and "version of the bank" not in banners[0], banners
    w.stop()


def nothing_to_judge(w):
    """Where no product can be judged, nothing is served, and the advice works as it stands."""
    w.make()
    for harm in (lambda: damage(w, "plate", 1), lambda: (w.folder / "station/station.db").unlink()):
        harm()
        result = w.run("serve", "station", "--listen", "127.0.0.1:0", check=False)
        assert result.returncode == 3 and "judges nothing" in result.stderr, result
        assert "station init" in result.stderr and "--product plate --bank FILE" in result.stderr, result
        before = {path.name: path.read_bytes() for path in (w.folder / "station/banks/plate").iterdir()}
        w.run("station", "init", "station", "--product", "plate", "--bank", "part.bank")
        after = {path.name: path.read_bytes() for path in (w.folder / "station/banks/plate").iterdir()}
        assert len(after) == len(before) + 1 and before.items() <= after.items()  # none is written over
        w.start()
        assert w.judge(photo(1)).json()["verdict"] == "ok"
        w.stop()
    result = w.run("station", "init", "station", "--product", "plate", "--bank", "part.bank", check=False)
    assert result.returncode == 2 and "has a product plate already, and a bank that judges it" in result.stderr, result


def product_without_bank(w):
    """One that somebody wrote into station.json by hand."""
    w.make()
    config = json.loads((w.folder / "station/station.json").read_text())
    w.configure(products=[*config["products"], {"name": "lid"}])
    w.start()
    assert "parts of product lid are not judged: it has no bank" in w.log()
    assert "it has no bank" in w.judge(photo(1), 503, product="lid").json()["error"]["message"]
    w.judge(photo(1))
    w.stop()
    w.run("station", "init", "station", "--product", "lid", "--bank", "part.bank")
    w.start()
    w.judge(photo(2), product="lid")
    w.stop()


def out_already(w):
    """A reference that is left out cannot leave: a version in which nothing changes is no change."""
    w.bank()
    references = sorted((w.shared / "references").iterdir())
    images = [{"path": str(path), "sha256": "", "decision": "remove" if i == 3 else "keep"} for i, path in enumerate(references)]
    (w.folder / "decisions.json").write_text(json.dumps({"format": "purebank-decisions", "version": 1, "images": images}))
    w.run("fit", w.shared / "references", "-o", "seven.bank", "--decisions", "decisions.json", "-q")
    w.run("station", "init", "station", "--product", "plate", "--bank", "seven.bank")
    w.start()
    change = {"action": "remove-reference", "reference": 3, "base": 1}
    said = w.post("/api/v1/products/plate/changes/preview", change, 422).json()["error"]["message"]
    assert "good_3.png is out of the bank already" in said, said
    w.post("/api/v1/products/plate/changes", {**change, "by": "Eva", "reason": "x"}, 422)
    w.post("/api/v1/products/plate/changes/preview", {**change, "reference": 9}, 422)
    w.post("/api/v1/products/plate/changes/preview", {**change, "reference": 4})
    w.stop()


def failures_that_jump(w):
    """Many more NG than before is a banner; the usual share, however high, is none."""
    w.make()
    w.start()
    def banner():
        return [b["text"] for b in w.get("/api/v1/health?product=plate").json()["banners"] if "before them" in b["text"]]
    good, bad = ([photo(2000 + i, spot=spot) for i in range(5)] for spot in (False, True))
    def judge(n, every):
        for i in range(n):
            w.judge((bad if i % every == 0 else good)[i % 5])
    judge(50, 10)
    assert banner() == []
    judge(50, 2)
    (text,) = banner()
    assert text.startswith("2") and "of the last 50 parts are NG" in text and "of the 50 before them" in text, text
    judge(50, 2)
    assert banner() == []  # this is how it is by now
    w.stop()


def parts_that_pile_up(w):
    """A queue that is half full is a banner while it lasts."""
    w.make()
    w.configure(limits={"queue_parts": 4})
    w.start()
    def banners():
        return [b["text"] for b in w.get("/api/v1/health?product=plate").json()["banners"] if "wait to be judged" in b["text"]]
    assert banners() == []
    body = png(bytes(3 * 2500 * 2500), 2500, 2500)
    done = []
    senders = [threading.Thread(target=lambda: done.append(w.judge(body, status=None).status)) for _ in range(4)]
    for sender in senders:
        sender.start()
    (text,) = w.eventually("the banner", banners, 30)
    assert "of 4 that may" in text, text
    for sender in senders:
        sender.join()
    assert len(done) == 4 and banners() == []
    w.stop()


if __name__ == "__main__":
    main([others_go_on, activate, the_only_version, nothing_to_judge, product_without_bank, out_already, failures_that_jump, parts_that_pile_up])
