#!/bin/bash
# The Debian package is built, names what it needs, and the program in it makes a station and serves it.
#   test_deb.sh BUILD_DIR
set -euo pipefail
build=$1
for tool in cpack dpkg-deb dpkg-shlibdeps; do
    command -v "$tool" >/dev/null || { echo "skipped: no $tool"; exit 77; }
done
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
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
if "$program" serve /nonexistent 2>&1 | grep -q "there is no station"; then
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
"$program" demo demo --quiet
"$program" serve demo/station --listen 127.0.0.1:0 >serve.log 2>&1 &
pid=$!
for _ in $(seq 600); do
    grep -q http:// serve.log && break
    kill -0 "$pid" || { cat serve.log; exit 1; }
    sleep 0.1
done
address=$(sed -nE 's,.*(http://[0-9.]+:[0-9]+)/$,\1,p' serve.log | head -n 1)
python3 - "$address" <<'END'
import json, sys, urllib.request
parts = json.load(urllib.request.urlopen(sys.argv[1] + "/api/v1/parts"))
assert parts["total"] == 40, parts["total"]
assert b"<html" in urllib.request.urlopen(sys.argv[1] + "/").read()
END
kill "$pid"
wait "$pid"
pid=
