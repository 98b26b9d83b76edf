#!/bin/bash
# Does a station keep to its openapi.json? Asked by schemathesis (PyPI), with what the file allows and what it does not.
#
#   scripts/schemathesis.sh [SECONDS]       SECONDS: about a minute (60)
#
# Against the demo's station. Needs python3-venv and build/release/purebank. Exit status 77 and a word where pip reaches no registry.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-60}
program=${PB_PROGRAM:-$here/build/release/purebank}
work=$(mktemp -d)
station=
trap '[ -z "$station" ] || kill "$station" 2>/dev/null || true; rm -rf "$work"' EXIT
# shellcheck source=scripts/demo_station.sh
. "$here/scripts/demo_station.sh"
export PIP_DISABLE_PIP_VERSION_CHECK=1
certificates=/etc/ssl/certs/ca-certificates.crt # pip brings its own, without those that this machine was given
[ -n "${PIP_CERT:-}" ] || [ ! -f "$certificates" ] || export PIP_CERT=$certificates

skip() {
    tail -n 5 "$work/log" 2>/dev/null || true
    echo "skipped: $1"
    exit 77
}

[ -x "$program" ] || skip "there is no $program"
"$program" serve --help >"$work/log" 2>&1 || skip "built without the station"
python=$(command -v /usr/bin/python3 || command -v python3) || skip "there is no python3"
"$python" -m venv "$work/venv" >"$work/log" 2>&1 || skip "$python makes no virtual environment (python3-venv)"
"$work/venv/bin/pip" install -q 'schemathesis==4.32.5' >"$work/log" 2>&1 || skip "pip cannot get schemathesis"

cd "$work"
demo_station "$program"
status=0
# The stream of events never ends, and so answers no request. The seed is fixed: what it finds can be found again.
"$work/venv/bin/schemathesis" --config-file "$here/tests/station/schemathesis.toml" run "$address/openapi.json" \
    --exclude-path /api/v1/events --seed 14 --max-examples 30 --max-time "$seconds" --phases coverage,fuzzing --warnings off >said 2>&1 || status=$?
grep -E "^ +[^ ]+ +[A-Z].*\(in |passed|generated" said || true
kill "$station"
wait "$station" || { cat serve.log; exit 1; } # and it is still there, and ends in order
station=
[ "$status" -eq 0 ] || cat said
exit "$status"
