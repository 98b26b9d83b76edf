"""Products of networks: verdicts to the bit those of `purebank score`, and the weights of one network are in memory once."""
import json
import pathlib
import shutil

import world
from world import photo

CHECKPOINTS = pathlib.Path(__file__).parents[1] / "golden/vit/checkpoints"


def fit(w, name, first, *options, fitting=()):
    folder = w.folder / f"references_{name}"
    folder.mkdir()
    for i in range(5):
        (folder / f"good_{i}.png").write_bytes(photo(first + i))
    w.run("fit", folder, "-o", f"{name}.bank", "--quiet", *options, *fitting)
    w.run("station", "init", "station", "--product", name, "--bank", f"{name}.bank", *options)


def three_products(w):
    """Two banks of one network, whose checkpoint is named by a path of here, and one of the built-in backbone, by many senders at once."""
    shutil.copytree(CHECKPOINTS / "dinov3", w.folder / "network")
    fit(w, "plate", 1000, "--backbone", "network")
    fit(w, "lid", 2000, "--backbone", "./network/../network") # the same, by another path
    fit(w, "cap", 3000)
    (w.folder / "elsewhere").mkdir()
    photos = {f"{i}.png": photo(i, spot=i % 2 == 0) for i in range(4)}
    said = {}
    for name, body in photos.items():
        (w.folder / name).write_bytes(body)
    for product in ("plate", "lid", "cap"):
        w.run("score", f"{product}.bank", *photos, "--json", "scores.json", "--quiet", *([] if product == "cap" else ["--backbone", "network"]))
        for row in json.loads((w.folder / "scores.json").read_text())["images"]:
            said[product, row["path"]] = (row["score"], {"pass": "ok", "fail": "ng"}.get(row["verdict"], row["verdict"]))
    assert len(set(said.values())) == 12
    w.start(folder="elsewhere")
    assert "purebank_backbones 2\n" in w.get("/metrics").body.decode()
    for product, name in said:
        part = w.judge(photos[name], product=product, id=f"{product}-{name}").json()
        assert (part["score"], part["verdict"]) == said[product, name], (part, said[product, name])
        assert w.get(part["heatmap"]).status == 200
    together = world.at_once([lambda p=p, n=n: w.judge(photos[n], product=p).json() for p, n in said] * 3)
    for (product, name), part in zip(list(said) * 3, together):
        assert (part["product"], part["score"], part["verdict"]) == (product, *said[product, name])
    # The bank changes, the network stays.
    change = {"action": "add-reference", "base": 1, "part": "plate-1.png", "by": "Eva", "reason": "x"}
    w.post("/api/v1/products/plate/changes", change, 201)
    assert "purebank_backbones 2\n" in w.get("/metrics").body.decode()
    assert w.judge(photos["1.png"], product="lid").json()["score"] == said["lid", "1.png"][0]
    assert w.judge(photos["1.png"], product="plate").json()["bank"] == 2
    w.run("fit", *sorted((w.folder / "references_plate").iterdir()), "1.png", "-o", "mended.bank", "--quiet", "--backbone", "network")
    w.run("score", "mended.bank", "2.png", "--json", "scores.json", "--quiet", "--backbone", "network")
    row = json.loads((w.folder / "scores.json").read_text())["images"][0]
    assert w.judge(photos["2.png"], product="plate").json()["score"] == row["score"]
    w.stop()


def two_overlaps(w):
    """Products of one network and one resolution, but of other tiles, are two backbones: each is judged as `purebank score` would."""
    shutil.copytree(CHECKPOINTS / "dinov3", w.folder / "network")
    tiles = ["--resolution", "160x160", "--tile", "64", "--overlap"]
    (w.folder / "part.png").write_bytes(photo(1, spot=True))
    said = {}
    for i, (product, overlap) in enumerate((("plate", "0"), ("lid", "32"))):
        fit(w, product, 1000 * (i + 1), "--backbone", "network", fitting=[*tiles, overlap])
        w.run("score", f"{product}.bank", "part.png", "--json", "scores.json", "--quiet", "--backbone", "network")
        said[product] = json.loads((w.folder / "scores.json").read_text())["images"][0]["score"]
    w.start()
    assert "purebank_backbones 2\n" in w.get("/metrics").body.decode()
    for product in said:
        assert w.judge(photo(1, spot=True), product=product, id=product).json()["score"] == said[product]
    w.stop()


if __name__ == "__main__":
    world.main([three_products, two_overlaps])
