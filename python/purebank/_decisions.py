"""What a person has decided about references: decisions.json, as the page of an audit saves it and the program reads it."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import NamedTuple

from . import _core
from ._arrays import PathLike, fs, fs_list
from ._errors import BadArgumentError, BadShapeError
from ._features import Features, named
from ._files import write_whole

DECISIONS = tuple(_core.DECISIONS)
#: As pb_recall_kind numbers them.
_KINDS = ("new", "same", "changed")


class Recall(NamedTuple):
    """Earlier decisions beside the references of today.

    Attributes:
        kinds: of each reference "same" (decided on this photo, as far as digests tell), "changed" (on another photo of this name) or "new".
        decisions: of each reference the earlier decision; "keep" where it is new.
        gone: paths that were decided about and are no longer among the references.
    """

    kinds: list[str]
    decisions: list[str]
    gone: list[str]


def check_decisions(decisions: Sequence[str], n: int) -> None:
    if len(decisions) != n:
        raise BadShapeError(f"{len(decisions)} decisions for {n} references")
    for decision in decisions:
        if not isinstance(decision, str) or decision not in DECISIONS:
            raise BadArgumentError(f'a decision is one of {", ".join(DECISIONS)}, not "{decision}"')


def names(features: Features) -> tuple[list[bytes], list[bytes] | None]:
    """Paths and digests of the references, as the extension module takes them."""
    digests = named(features, "decisions").sha256()
    return fs_list(features.paths or []), None if digests is None else [digest.encode() for digest in digests]


def read_decisions(path: PathLike, features: Features) -> list[str]:
    """What a person has decided about these references, to be obeyed.

    Args:
        path: decisions.json.
        features: n references with paths. An entry belongs to the photo of its SHA-256, whatever that is called, else to that of its path.

    Returns:
        n of "keep", "remove", "recapture".

    Raises:
        MismatchError: an image that is unknown, missing, decided twice, or another photo than the one decided on.
    """
    return [DECISIONS[decision] for decision in _core.decisions_load(fs(path), *names(features))]


def recall(path: PathLike, features: Features, audit: object | None) -> Recall:
    images, gone = _core.decisions_recall(fs(path), *names(features), audit)
    return Recall([_KINDS[kind] for kind, _ in images], [DECISIONS[decision] for _, decision in images], list(gone))


def recall_decisions(path: PathLike, features: Features) -> Recall:
    """Earlier decisions for references of which some may have been replaced, added or taken away since: see :meth:`Audit.recall`.

    Raises:
        MismatchError: an image that is decided twice.
    """
    return recall(path, features, None)


def _as_text(path: bytes) -> str:
    """As the library writes a name: a U+FFFD for each byte that is no UTF-8."""
    return "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in path.decode("utf-8", "surrogateescape"))


def write_decisions(path: PathLike, features: Features, decisions: Sequence[str]) -> None:
    """Writes decisions.json, whole or not at all, for :meth:`Bank.fit` and for the program's ``fit --decisions`` and ``audit --decisions``.

    Args:
        path: the file.
        features: n references with paths.
        decisions: n of "keep", "remove", "recapture".

    Raises:
        BadArgumentError: two names that are no UTF-8 and read the same as text, where no digests of photos tell them apart.
    """
    paths, digests = names(features)
    check_decisions(decisions, len(paths))
    texts = [_as_text(path) for path in paths]
    sha256 = [digest.decode() for digest in digests] if digests else [""] * len(paths)
    seen: dict[tuple[str, str], bytes] = {}
    for path_bytes, entry in zip(paths, zip(texts, sha256)):
        if seen.setdefault(entry, path_bytes) != path_bytes:
            raise BadArgumentError(
                f"{os.fsdecode(seen[entry])!r} and {os.fsdecode(path_bytes)!r} both read {entry[0]} in a file of text, "
                f"and {'their photos are the same' if entry[1] else 'no digest of a photo tells them apart'}: rename one of them"
            )
    images = [
        {"path": text, "sha256": digest, "decision": decision} for text, digest, decision in zip(texts, sha256, decisions)
    ]
    text = json.dumps({"format": "purebank-decisions", "version": 1, "images": images}, indent=1, ensure_ascii=False)
    write_whole(path, f"{text}\n".encode())
