#!/bin/bash
# scripts/setup.sh among stand-ins for dpkg-query, apt-get, id and sudo: what it installs, how, and what it says.
#   test_setup.sh SCRIPTS_DIR
set -euo pipefail
setup=$1/setup.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
printf '# needed\nhere\nabsent   # why\n\nmissing\n' >"$work/list.txt"
printf 'here\n' >"$work/nothing.txt"

# stand_in NAME: a program NAME with the script on standard input
stand_in() {
    { echo '#!/bin/bash'; cat; } >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# A machine with apt-get where the user is root and "here" is installed; cases change it.
fresh_machine() {
    rm -rf "${work:?}/bin" "$work/calls"
    mkdir "$work/bin"
    for tool in bash sed mktemp rm tail env cat; do
        ln -s "$(command -v "$tool")" "$work/bin/$tool"
    done
    stand_in dpkg-query <<<'[ "${!#}" = here ] && echo -n installed || exit 1'
    stand_in apt-get <<<"echo \"apt-get \$*\" >>'$work/calls'; [ ! -f '$work/broken' ] || { echo no network >&2; exit 100; }"
    stand_in id <<<'echo 0'
    rm -f "$work/broken"
    : >"$work/calls"
}

# expect WHAT LIST STATUS OUTPUT CALLS: patterns for what is said and what is run; "" means nothing at all
expect() {
    local status=0 output calls
    output=$(PATH=$work/bin bash "$setup" "$work/$2" 2>&1) || status=$?
    calls=$(cat "$work/calls")
    if [ "$status" -ne "$3" ] || [[ ! $output =~ $4 ]] || [[ ! $calls =~ $5 ]] ||
        { [ -z "$4" ] && [ -n "$output" ]; } || { [ -z "$5" ] && [ -n "$calls" ]; }; then
        printf '%s: status %s, calls:\n%s\noutput:\n%s\n' "$1" "$status" "$calls" "$output"
        wrong=1
    fi
}

fresh_machine
expect 'nothing is missing' nothing.txt 0 '' ''
expect 'root installs just what is missing' list.txt 0 'absent missing$' 'install --no-install-recommends absent missing$'
: >"$work/broken"
expect 'the installation fails' list.txt 1 'no network.*Could not install: absent missing' 'install'

fresh_machine
stand_in id <<<'echo 1000'
expect 'neither root nor sudo' list.txt 1 'neither root nor sudo.*absent missing' ''
stand_in sudo <<<"echo -n 'sudo ' >>'$work/calls'; exec \"\$@\""
expect 'sudo is used' list.txt 0 'absent missing$' 'sudo apt-get .*install .*absent missing$'

fresh_machine
rm "$work/bin/apt-get"
expect 'not Debian' list.txt 0 'This is not Debian.*here absent missing$' ''

[ "$wrong" -eq 0 ] || exit 1
echo "every machine was served"
