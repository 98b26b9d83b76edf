#!/bin/bash
# The Debian package is built, names what it needs, and the program in it makes a station and serves it.
#   test_deb.sh BUILD_DIR
set -euo pipefail
build=$1
for tool in cpack dpkg-deb dpkg-shlibdeps file; do
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
port=$(sed -nE 's,^Station .*http://127\.0\.0\.1:([0-9]+)/$,\1,p' serve.log)
# get PATH: what the station says, by nothing but bash
get() {
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$1" "$port" >&3
    cat <&3
    exec 3>&-
}
get "/api/v1/parts?limit=1" >parts
grep -q '"total":40' parts || { cat parts; exit 1; }
get / >page
grep -q '<html' page
kill "$pid"
wait "$pid"
pid=
