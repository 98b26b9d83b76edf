"""From photos to pictures: a first bank in Python, step by step.

    python first_bank.py [REFERENCES PARTS] [-o FOLDER]

REFERENCES are good parts (a few may be bad: the audit looks for them), PARTS are new ones; without them the script makes some itself.
It ends in FOLDER (first-bank/): heatmaps/, worst.png, the page of the audit, and the bank.
"""

import argparse
import pathlib

import numpy as np

import purebank

parser = argparse.ArgumentParser()
parser.add_argument("folders", nargs="*", type=pathlib.Path, help="REFERENCES and PARTS")
parser.add_argument("-o", "--output", type=pathlib.Path, default=pathlib.Path("first-bank"))
arguments = parser.parse_args()
output = arguments.output
output.mkdir(parents=True, exist_ok=True)


# ---- 0. Photos, unless there are any -----------------------------------------------------------------------------------
def photo(rng, scratched):
    """Brushed metal: streaks, grain; a scratch goes across some."""
    y, x = np.mgrid[:160, :160]
    grey = 120 + rng.normal(0, 1) + rng.normal(0, 10, (160, 1)) + rng.normal(0, 8, (160, 160))
    if scratched:
        angle, offset = rng.uniform(0, np.pi), rng.uniform(-30, 30)
        grey += 90 * (np.abs((x - 80) * np.sin(angle) + (y - 80) * np.cos(angle) - offset) < 2)
    return np.clip(grey, 0, 255).astype(np.uint8)


def make_photos(folder):
    rng = np.random.default_rng(0)
    for name, scratched in (("references", [0] * 12 + [1] * 2), ("parts", [0] * 6 + [1] * 6)):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i, bad in enumerate(scratched):
            kind = "scratch" if bad else "good"
            purebank.images.write_png(folder / name / f"{i:02d}_{kind}.png", photo(rng, bad))
    return [folder / "references", folder / "parts"]


references, parts = arguments.folders or make_photos(output / "photos")

# ---- 1. Features: one array for all photos ---------------------------------------------------------------------------
backbone = purebank.Backbone("builtin")
candidates = backbone.extract(references)
print(candidates, "as a NumPy array:", candidates.array.shape, candidates.array.dtype)

# ---- 2. Which references do not belong? ------------------------------------------------------------------------------
audit = purebank.audit(candidates)
for path, row in zip(candidates.paths, audit.table()):
    if row["flagged"]:
        print(f"  suspicious: {path} ({row['score']:.3f}, limit {audit.limit:.3f})")
audit.report(output / "audit.html")

# ---- 3. The bank, without them; and new parts ------------------------------------------------------------------------
# A person looks at the page and decides; here all that is flagged goes.
decisions = ["remove" if flagged else "keep" for flagged in audit.flagged]
bank = purebank.Bank.fit(candidates, audit=audit, decisions=decisions)
bank.save(output / "first.bank")
print(bank, [finding.kind for finding in bank.diagnose()])
tested = backbone.extract(parts)
scores, maps = bank.score(tested)
for path, row in zip(tested.paths, bank.judge(tested)):
    print(f"  {row['verdict']:8} {row['score']:.3f}  {path} {row['reason']}")

# ---- 4. A method of our own, beside a built-in one -------------------------------------------------------------------
@purebank.purification("far_from_median", label="Median", takes=["percentile"])
def far_from_median(features, seen):
    """remove patches far from the median patch of their place"""
    far = np.linalg.norm(features - np.median(features, axis=0), axis=2)
    return far <= np.percentile(far, seen.options.percentile)


for method in ("loo_patch", "far_from_median"):
    keep = purebank.purify(candidates, method)
    print(f"{method}: {(~keep).sum()} of {keep.size} patches go, most from", candidates.paths[int((~keep).sum(axis=1).argmax())])

# ---- 5. Pictures -----------------------------------------------------------------------------------------------------
(output / "heatmaps").mkdir(exist_ok=True)
for path, patch_map in zip(tested.paths, maps):
    picture = bank.heatmap(purebank.images.read(path), patch_map)
    purebank.images.write_png(output / "heatmaps" / f"{pathlib.Path(path).stem}.png", picture)
worst = np.argsort(scores)[::-1][:6]
side_by_side = [
    np.concatenate([purebank.images.read(tested.paths[i]), bank.heatmap(purebank.images.read(tested.paths[i]), maps[i])])
    for i in worst
]
if len({picture.shape for picture in side_by_side}) == 1:
    purebank.images.write_png(output / "worst.png", np.concatenate(side_by_side, axis=1))
print(f"pictures: {output / 'worst.png'}, {output / 'heatmaps'}; the page for a person: {output / 'audit.html'}")
