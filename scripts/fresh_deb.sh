#!/bin/bash
# On a machine that may be changed (scripts/fresh.sh calls it in its own): builds the Debian package, installs it by apt, makes the
# demo's station as the user that the package brings, and starts it by the command of the package's unit, at a port that is free.
#
#   scripts/fresh_deb.sh BUILD_DIR
set -euo pipefail
# shellcheck source=scripts/demo_station.sh
. "$(dirname "$0")/demo_station.sh"
build=$(realpath "$1")
export DEBIAN_FRONTEND=noninteractive
apt-get -qq install --no-install-recommends file dpkg-dev >/dev/null
work=$(mktemp -d)
chmod 755 "$work"
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work" >"$work/cpack.log" 2>&1 || { cat "$work/cpack.log"; exit 1; }
apt-get -qq install --no-install-recommends "$work"/*.deb >"$work/apt.log" 2>&1 || { cat "$work/apt.log"; exit 1; }
cd "$work"
as_purebank=(setpriv --reuid=purebank --regid=purebank --clear-groups --no-new-privs)
"${as_purebank[@]}" purebank demo /var/lib/purebank/demo --quiet

unit=/usr/lib/systemd/system/purebank-station@.service
OPTIONS=$(sed -n 's/^Environment="OPTIONS=\(.*\)"$/\1/p' "$unit")
command=$(sed -n 's/^ExecStart=//p' "$unit")
command=${command//%i/demo/station}
command=${command/\$OPTIONS/${OPTIONS/:8080/:0}}
read -r -a words <<<"$command"
printf 'as purebank: %s\n' "${words[*]}"
"${as_purebank[@]}" "${words[@]}" >serve.log 2>&1 &
station=$!
trap 'kill "$station" 2>/dev/null || true; rm -rf "$work"' EXIT
await_station
parts=$(ask_station "/api/v1/parts?limit=1")
case $parts in *'"total":40'*) ;; *) printf '%s\n' "$parts" && exit 1 ;; esac
kill "$station"
wait "$station"
apt-get -qq remove purebank >/dev/null 2>&1
[ ! -e /usr/bin/purebank ] && [ -e /var/lib/purebank/demo/station/station.db ]
echo "the package was installed, its station answered, and removing it left the station's data"
