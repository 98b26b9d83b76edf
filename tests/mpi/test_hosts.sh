#!/bin/bash
# shellcheck disable=SC2154 # common.sh has them
# Two hosts: network namespaces with an address, a name and an sshd each. The same job over both gives the same rows; with one of them
# cut off in the middle it ends and names what was being computed there, and the same command goes on with the host that is left.
#   test_hosts.sh PUREBANK PUREBANK_MPI FOLDER
. "$(dirname "$0")/common.sh"
PATH=$PATH:/usr/sbin:/sbin
[ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
for tool in ip sshd ssh ssh-keygen unshare; do
    command -v "$tool" >/dev/null || skip "no $tool (packages-ci.txt)"
done
rm -rf hosts
mkdir hosts

names=("pb-a-$$" "pb-b-$$")
addresses=(10.213.77.1 10.213.77.2)

close_host() {
    local process
    for process in $(ip netns pids "$1" 2>/dev/null); do
        kill -9 "$process" 2>/dev/null || true
    done
    ip netns del "$1" 2>/dev/null || true
}

close_hosts() {
    for name in "${names[@]}"; do
        close_host "$name"
    done
}
trap close_hosts EXIT

# on I COMMAND...: on host I, where the machine's name is the host's
on() {
    # shellcheck disable=SC2016 # the inner shell's
    ip netns exec "${names[$1]}" unshare --uts sh -c 'hostname "$0" && exec "$@"' "${names[$1]}" "${@:2}"
}

open_hosts() {
    for i in 0 1; do
        ip netns add "${names[$i]}" && ip -n "${names[$i]}" link set lo up || return 1
    done
    ip link add "pba$$" netns "${names[0]}" type veth peer name "pbb$$" netns "${names[1]}" || return 1
    ip -n "${names[0]}" addr add "${addresses[0]}/24" dev "pba$$" && ip -n "${names[0]}" link set "pba$$" up || return 1
    ip -n "${names[1]}" addr add "${addresses[1]}/24" dev "pbb$$" && ip -n "${names[1]}" link set "pbb$$" up || return 1
    on 0 true
}
open_hosts 2>hosts/ip.log || skip "no network namespaces here: $(head -n 1 hosts/ip.log)"

# A key and a server that accepts it, on each host; nothing of the machine's own configuration takes part.
ssh-keygen -q -t ed25519 -N '' -f hosts/key
ssh-keygen -q -t ed25519 -N '' -f hosts/host_key
cp hosts/key.pub hosts/authorized
mkdir -p /run/sshd
cat >hosts/sshd_config <<END
HostKey $PWD/hosts/host_key
AuthorizedKeysFile $PWD/hosts/authorized
PermitRootLogin yes
StrictModes no
UsePAM no
PidFile none
END
for i in 0 1; do
    on "$i" "$(command -v sshd)" -D -f "$PWD/hosts/sshd_config" -o "ListenAddress=${addresses[$i]}" \
        2>"hosts/sshd$i.log" &
done
ssh_options=(-i "$PWD/hosts/key" -o StrictHostKeyChecking=no -o "UserKnownHostsFile=/dev/null" -o LogLevel=ERROR
    -o BatchMode=yes -o ConnectTimeout=5)
reaches() { on 0 ssh "${ssh_options[@]}" "${addresses[$1]}" true 2>>hosts/ssh.log; }
for i in 0 1; do
    for ((n = 0; n < 50; n++)); do
        ! reaches "$i" || continue 2
        sleep 0.1
    done
    skip "no ssh into a namespace: $(tail -n 1 hosts/ssh.log)"
done

cat >hosts/hostfile <<END
${addresses[0]} slots=1
${addresses[1]} slots=2
END
# job N FILE OUTPUT: N ranks on the hosts of a hostfile
job() {
    on 0 timeout -k 5 "${limit:-300}" mpirun --allow-run-as-root -np "$1" --hostfile "$2" --bind-to none \
        --mca plm_rsh_args "${ssh_options[*]}" --mca oob_tcp_if_include 10.213.77.0/24 \
        --mca btl_tcp_if_include 10.213.77.0/24 --mca btl self,vader,tcp --mca oob_tcp_keepalive_time 2 \
        --mca oob_tcp_keepalive_intvl 1 --mca oob_tcp_keepalive_probes 2 -x PB_MPI_LOST_AFTER \
        "$program" "${run[@]/#caches/$PWD/caches}" -o "$PWD/$3" >"$log" 2>&1 </dev/null
}

job 3 hosts/hostfile hosts/both || fail "a run over two hosts"
same_rows one/results_v2.csv hosts/both/results_v2.csv

# One host is cut off: no more answers, and no end of a connection either.
export PB_MPI_LOST_AFTER=5
limit=200 job 3 hosts/hostfile hosts/cut &
running=$!
rows_of_cut() { [ -f hosts/cut/results_v2.csv ] && [ "$(wc -l <hosts/cut/results_v2.csv)" -gt 12 ]; }
for ((n = 0; n < 2400; n++)); do
    ! rows_of_cut || break
    sleep 0.05
done
rows_of_cut || fail "no rows over two hosts"
ip -n "${names[1]}" link set "pbb$$" down
status=0
wait "$running" || status=$?
[ "$status" -ne 0 ] || fail "a host was cut off and all is well"
grep -qE "rank [12] on ${names[1]} (has not been heard of for [0-9]+ s|does not answer any more); it was computing (bottle|cable)" "$log" ||
    fail "does not name what the lost host was computing"
foreign=$(comm -13 <(rows one/results_v2.csv) <(rows hosts/cut/results_v2.csv) | wc -l)
[ "$foreign" -eq 0 ] || fail "$foreign rows that no undisturbed run has"
head -n 1 hosts/hostfile >hosts/left
job 1 hosts/left hosts/cut || fail "does not go on with the host that is left"
same_rows one/results_v2.csv hosts/cut/results_v2.csv
echo "two hosts, one of them cut off"
