#!/bin/bash
# The Debian package is built, names what it needs, and the program in it serves a station.
#   test_deb.sh BUILD_DIR DEMO
set -euo pipefail
build=$1
demo=$2
for tool in cpack dpkg-deb dpkg-shlibdeps file; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
station=
trap '[ -z "$station" ] || kill "$station" 2>/dev/null || true; rm -rf "$work"' EXIT
# shellcheck source=scripts/demo_station.sh
. "$(dirname "$0")/../../scripts/demo_station.sh"
cd "$work"
cpack -G DEB --config "$build/CPackConfig.cmake" -B "$work" >cpack.log 2>&1 || { cat cpack.log; exit 1; }
deb=$(ls ./*.deb)
dpkg-deb -f "$deb" Depends | tee depends
grep -q adduser depends
dpkg-deb -x "$deb" root
for file in usr/bin/purebank usr/share/man/man1/purebank.1 usr/share/doc/purebank/README.md; do
    [ -e "root/$file" ] || [ -e "root/$file.gz" ] || { echo "the package has no $file"; exit 1; }
done
program=$work/root/usr/bin/purebank
said=$("$program" serve /nonexistent 2>&1) || true
if grep -q "there is no station" <<<"$said"; then
    echo "built without the station"
    exit 0
fi
grep -q libmicrohttpd depends
[ -e root/usr/lib/systemd/system/purebank-station@.service ]
if command -v systemd-analyze >/dev/null; then
    sed -i "s,/usr/bin/purebank,$program," root/usr/lib/systemd/system/purebank-station@.service
    systemd-analyze verify root/usr/lib/systemd/system/purebank-station@.service 2>&1 | grep -v "man " | tee verify || true
    ! grep -iE "unknown|invalid" verify
fi
LD_LIBRARY_PATH=$(dirname "$(find root -name 'libpurebank.so')")
export LD_LIBRARY_PATH
demo_station "$program" "$demo"
ask_station "/api/v1/parts?limit=1" >parts
grep -q '"total":40' parts || { cat parts; exit 1; }
ask_station / >page
grep -q '<html' page
kill "$station"
wait "$station"
station=
