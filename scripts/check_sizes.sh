#!/bin/bash
# Products of sizes overflow unseen where they are arguments of an allocation: what allocates a product says so, by PB_NEW_PRODUCT() or
# pb_size_multiply(). Looked through are the folders where sizes come from files and people; those after them get sizes whose products
# have been checked. A product within a sum, of a text's length for example, and one with a literal number are left alone.
#   scripts/check_sizes.sh [REPOSITORY]
set -euo pipefail
cd "${1:-$(dirname "$0")/..}"

python3 - cli figures station src/bank src/cache src/dataset src/guard src/image src/io <<'END'
import pathlib
import re
import sys


def arguments(text, at):
    """The arguments of a call whose bracket stands before `at`."""
    found, current, depth = [], "", 0
    while True:
        c = text[at]
        if depth == 0 and c == ")":
            return found + [current]
        depth += (c in "([{") - (c in ")]}")
        if depth == 0 and c == ",":
            found.append(current)
            current = ""
        else:
            current += c
        at += 1


def outside_brackets(text):
    out, depth = "", 0
    for c in text:
        depth -= c in ")]"
        if depth == 0:
            out += c
        depth += c in "(["
    return out


wrong = 0
for root in sys.argv[1:]:
    for path in sorted(pathlib.Path(root).rglob("*.c")):
        text = path.read_text()
        for call in re.finditer(r"\b(PB_NEW|PB_NEW_UNINITIALISED|pb_malloc|pb_calloc|pb_realloc)\(", text):
            for argument in arguments(text, call.end())[0 if call[1] in ("pb_malloc", "pb_calloc") else 1:]:
                plain = re.sub(r"^\s*\((size_t|int64_t)\)\((.*)\)\s*$", r"\2", argument, flags=re.S)
                flat = outside_brackets(plain)
                if re.search(r"[\w)\]]\s\*\s+[\w(]", flat) and not re.search(r" [+-] |\*\s\d+\b|\b\d+ \*", flat):
                    line = text.count("\n", 0, call.start()) + 1
                    print(f"{path}:{line}: {call[1]}() of a product, '{argument.strip()}': PB_NEW_PRODUCT() checks it",
                          file=sys.stderr)
                    wrong = 1
sys.exit(wrong)
END
