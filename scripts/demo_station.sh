# shellcheck shell=bash
# To be sourced: a station to be asked.
#   demo_station PROGRAM [MADE]   makes the demo in this folder, or copies one that is made, and serves its station, whose process is
#                              $station and whose address is $address (http://127.0.0.1:PORT); it is the caller's to end. What it says
#                              lies in serve.log.
#   await_station              waits until $station, which writes to serve.log, has said its $address
#   ask_station PATH           what it answers, head and body, by nothing but bash
demo_station() {
    if [ -n "${2:-}" ]; then cp -r "$2" demo; else "$1" demo demo --quiet; fi
    "$1" serve demo/station --listen 127.0.0.1:0 >serve.log 2>&1 &
    station=$!
    await_station
}

await_station() {
    for _ in $(seq 600); do
        ! grep -q http:// serve.log || break
        kill -0 "$station" || { cat serve.log; return 1; }
        sleep 0.1
    done
    address=$(sed -nE 's,^Station .*(http://127\.0\.0\.1:[0-9]+)/$,\1,p' serve.log)
    [ -n "$address" ] || { cat serve.log; return 1; }
}

ask_station() {
    local port=${address##*:}
    exec 3<>"/dev/tcp/127.0.0.1/$port"
    printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close\r\n\r\n' "$1" "$port" >&3
    cat <&3
    exec 3>&-
}
