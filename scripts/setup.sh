#!/bin/bash
# Installs the Debian packages listed in the given files (one a line, # comments) that are not there yet.
# Says nothing and needs no rights when nothing is missing.
set -euo pipefail

if [ $# -eq 0 ]; then
    echo "usage: scripts/setup.sh LIST..." >&2
    exit 2
fi

mapfile -t wanted < <(sed -e 's/#.*//' -e 's/[[:space:]]//g' "$@" | sed '/^$/d')

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    # Somewhere else the names differ, so this can only say what is needed; CMake then names what it misses.
    echo "This is not Debian: please see to it that these are installed (Debian's names): ${wanted[*]}" >&2
    exit 0
fi

missing=()
for package in "${wanted[@]}"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$state" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages are missing, and neither root nor sudo is at hand to install them:" >&2
        echo "    ${missing[*]}" >&2
        echo "Please have an administrator run: apt-get install ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
fi

apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@"
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "Installing ${missing[*]}"
# An update that fails may still leave lists that are good enough: the installation decides.
apt update >"$log" 2>&1 || true
if ! apt install --no-install-recommends "${missing[@]}" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "Could not install: ${missing[*]}" >&2
    echo "Check the network and the package sources, or install them by hand, then run make again." >&2
    exit 1
fi
