#!/bin/bash
# Does the project build and pass its tests on a machine that has nothing? Makes a minimal Debian with git and make and no more in
# a folder, clones the current commit into it, and runs the README's two commands there: make demo and make test. Then draws
# figures with what those installed, installs the Debian package and starts its station, and builds and tests the Python package.
#
#   scripts/fresh.sh [FOLDER]       FOLDER to keep it; else a temporary one. Needs root or sudo, debootstrap, and some 3 GB.
#
# Packages come from where this machine has its own: sources, keys, proxies and certificates of apt are copied. What is not
# committed takes no part. Exit status 77 and a word where it cannot be done here.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)

skip() {
    echo "skipped: $1"
    exit 77
}

. /etc/os-release 2>/dev/null || skip "this is not Debian"
[ "${ID:-}" = debian ] || skip "this is not Debian"
PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || skip "no debootstrap (packages-ci.txt)"
if [ "$(id -u)" -ne 0 ]; then
    sudo -n true 2>/dev/null || skip "neither root nor sudo without a password"
    exec sudo --preserve-env "$(realpath "$0")" "$@"
fi
# In namespaces of its own, so that no mount and no process outlives this script, however it ends.
if [ "${1:-}" != --inside ]; then
    unshare --mount --pid --fork true 2>/dev/null || skip "nothing may be mounted here"
    root=$(realpath -m "${1:-$(mktemp -d "${TMPDIR:-/tmp}/fresh.XXXXXX")}")
    [ $# -gt 0 ] || trap 'rm -rf --one-file-system "$root"' EXIT
    status=0
    unshare --mount --propagation private --pid --fork --kill-child "$0" --inside "$root" || status=$?
    exit "$status"
fi
root=$2
mkdir -p "$root"
chmod 755 "$root" # it becomes "/" there, and not only root walks through it
say() {
    printf '%s (after %d s)\n' "$1" "$SECONDS"
}

# Which mirror? The first of apt's own sources for this release.
read -r mirror < <(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Identifier: Packages' |
    awk -v release="$VERSION_CODENAME" '$2 == release && $3 == "main" { print $1; exit }') || true
[ -n "${mirror:-}" ] || skip "apt has no source for $VERSION_CODENAME"
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy | sed 's/^/export /')"

say "a minimal $VERSION_CODENAME"
log=$(mktemp)
git_settings=$(mktemp)
trap 'rm -f "$log" "$git_settings"' EXIT
if ! debootstrap --variant=minbase --include=git,make,ca-certificates "$VERSION_CODENAME" "$root" "$mirror" >"$log" 2>&1; then
    tail -n 5 "$log"
    # Without a network nothing can be said about the project.
    skip "debootstrap cannot get its packages"
fi
copy() {
    local path
    for path in "$@"; do
        [ ! -e "$path" ] || cp -a --parents --dereference "$path" "$root"
    done
}
rm -f "$root/etc/apt/sources.list"
copy /etc/apt/{sources.list,sources.list.d,apt.conf,apt.conf.d,preferences,preferences.d,auth.conf,auth.conf.d,keyrings,trusted.gpg.d} \
    /usr/share/keyrings /etc/ssl/certs/ca-certificates.crt /usr/local/share/ca-certificates /etc/hosts /etc/resolv.conf
# Files that apt's configuration names: certificates and such.
mapfile -t named < <(apt-config dump | sed -n 's/^Acquire::.*"\(\/.*\)";$/\1/p')
copy ${named[@]+"${named[@]}"}

say "a clone of $(git -C "$here" describe --always 2>/dev/null || echo 'the commit')"
printf '[safe]\n\tdirectory = *\n' >"$git_settings" # root may clone what somebody else owns
GIT_CONFIG_GLOBAL=$git_settings git clone --quiet "file://$here" "$root/purebank"

mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"

# inside COMMAND: by a login shell of root, with nothing of this one's environment but proxies and where pip finds packages
inside() {
    mapfile -t proxies < <(env | grep -iE '^([a-z]*_proxy|PIP_[A-Z_]*)=' || true)
    env -i HOME=/root TERM=dumb PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin ${proxies[@]+"${proxies[@]}"} \
        chroot "$root" /bin/sh -ec "cd /purebank && $1"
}

failed=0
# check WHAT COMMAND: the end of what it says, all of it where it fails
check() {
    say "$1"
    if inside "$2" >"$root/said" 2>&1; then
        tail -n "${3:-1}" "$root/said"
    else
        cat "$root/said"
        echo "FAILED on a fresh machine: $1"
        failed=1
    fi
}

check "make demo" "make demo" 3
check "make install after it" '
    make install DESTDIR=/tmp/installed
    cc -o /tmp/score_part examples/score_part.c -I/tmp/installed/usr/local/include -L"$(dirname "$(find /tmp/installed -name libpurebank.so)")" -lpurebank
    ls -l /tmp/installed/usr/local/bin/purebank'
check "make test" "make test" 12
check "figures as PDF and SVG, with the font that packages.txt has" '
    build/release/purebank figures examples/results/disjoint/*.csv -o /tmp/figures --format pdf,svg,png
    grep -aq "LiberationSans" /tmp/figures/fig1_contamination.pdf
    grep -q "<text" /tmp/figures/fig1_contamination.svg
    build/release/purebank report examples/results/disjoint/*.csv -o /tmp/report.html
    grep -q "data:image/svg+xml" /tmp/report.html
    ls /tmp/figures | wc -l'
check "the Debian package and its station" "scripts/fresh_deb.sh build/release" 2
check "the Python package" '
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq install --no-install-recommends python3-dev python3-venv >/dev/null
    scripts/wheel.sh || [ $? -eq 77 ]' 3
say "done"
exit "$failed"
