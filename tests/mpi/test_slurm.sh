#!/bin/bash
# shellcheck disable=SC2154 # common.sh has them
# The lines for Slurm in docs/cluster.md, on a Slurm of one node that lives as long as this test: ranks by srun and pmix, one of which is
# killed, and an array of shards. Needs root, and the packages slurmctld, slurmd, slurm-client and munge.
#   test_slurm.sh PUREBANK PUREBANK_MPI FOLDER
docs=$(cd "$(dirname "$0")/../.." && pwd)/docs/cluster.md
. "$(dirname "$0")/common.sh"
for command in slurmctld slurmd munged sbatch srun; do
    PATH=$PATH:/usr/sbin command -v "$command" >/dev/null || skip "no $command (slurmctld, slurmd, slurm-client, munge)"
done
[ "$(id -u)" -eq 0 ] || skip "slurmd runs as root"
rm -rf slurm
mkdir -p slurm/{run,state,spool,out}
cd slurm || exit
here=$PWD
export PATH=$PATH:/usr/sbin SLURM_CONF=$here/slurm.conf

stop() {
    local name
    for name in slurmd slurmctld munged; do
        [ ! -s "$here/run/$name.pid" ] || kill "$(cat "$here/run/$name.pid")" 2>/dev/null || true
    done
}
trap stop EXIT

host=$(hostname -s)
port=$((20000 + $$ % 10000))
cat >slurm.conf <<END
ClusterName=test
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$here/run/munge.socket
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/run/slurmctld.pid
SlurmdPidFile=$here/run/slurmd.pid
SlurmctldLogFile=$here/run/slurmctld.log
SlurmdLogFile=$here/run/slurmd.log
SlurmctldPort=$port
SlurmdPort=$((port + 1))
ProctrackType=proctrack/pgid
TaskPlugin=task/affinity
SwitchType=switch/none
ReturnToService=2
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
END
head -c 1024 /dev/urandom >run/munge.key
chmod 400 run/munge.key
munged --force --key-file="$here/run/munge.key" --socket="$here/run/munge.socket" --pid-file="$here/run/munged.pid" \
    --log-file="$here/run/munged.log" --seed-file="$here/run/munged.seed" >"$log" 2>&1 || skip "munged does not start here"
slurmctld -i >"$log" 2>&1 || skip "slurmctld does not start here"
slurmd >"$log" 2>&1 || skip "slurmd does not start here"
for _ in $(seq 100); do
    [ "$(sinfo -h -o %t 2>/dev/null)" != idle ] || break
    sleep 0.2
done
[ "$(sinfo -h -o %t)" = idle ] || skip "the node does not become idle: $(tail -n 1 run/slurmd.log)"
grep -q pmix <<<"$(srun --mpi=list 2>&1)" || skip "this Slurm has no pmix"

# script N FILE: the Nth script of the page, with the sizes and folders of this test
script() {
    awk -v wanted="$1" '/^```/ { inside = 0 } /^#!\/bin\/bash/ { n++; inside = n == wanted } inside' "$docs" |
        sed -e "s|--nodes=4 --ntasks-per-node=4 --cpus-per-task=8|--nodes=1 --ntasks-per-node=2 --cpus-per-task=1|" \
            -e "s|--array=1-16 --cpus-per-task=8|--array=1-3 --cpus-per-task=1|" -e "s|--methods all|$(printf '%q ' "${grid[@]}")|" \
            -e "s|/shared|$here/shared|g" -e "s|purebank-mpi|$program|; s|^purebank |$purebank |" >"$2"
    grep -q "$here/shared/caches" "$2" || fail "docs/cluster.md has no script $1 that works on /shared/caches"
}
mkdir shared
ln -s "$work/caches" shared/caches
[ "$(nproc)" -ge 2 ] || skip "one core"

# submit FILE: returns the job's status; its output goes to $log
submit() {
    local status=0
    rm -f out/*
    timeout 300 sbatch --wait -o "$here/out/%j" "$1" >"$log" 2>&1 || status=$?
    cat out/* >>"$log"
    return "$status"
}

# Ranks share the work, and one of them dies in the middle.
script 1 ranks.sh
submit ranks.sh &
job=$!
for _ in $(seq 3000); do
    { [ ! -f shared/results/results_v2.csv ] || [ "$(wc -l <shared/results/results_v2.csv)" -le 6 ]; } || break
    sleep 0.02
done
worker=
for process in $(pgrep -f "^$program experiment main --cache $here"); do
    if has_variable "$process" SLURM_PROCID=1; then worker=$process; fi
done
[ -n "$worker" ] || fail "there is no rank 1"
kill -9 "$worker"
status=0
wait "$job" || status=$?
[ "$status" -ne 0 ] || fail "the job has lost a rank and says that all is well"
[ "$status" -ne 124 ] || fail "the job has lost a rank and does not end"
grep -qE 'rank 1 on [^ ]+ does not answer any more; it was computing (bottle|cable), disjoint, seed [0-9]' "$log" ||
    fail "does not name what rank 1 was computing"
submit ranks.sh || fail "the job does not go on"
grep -qE '[^0-9][1-9][0-9]* done before' "$log" || fail "begins anew"
same_rows "$work/one/results_v2.csv" shared/results/results_v2.csv

# An array of shards, and the line that merges them.
rm -r shared/results
script 2 array.sh
submit array.sh || fail "the array does not run"
merge=$(sed -n "s|.*\`purebank \(merge /shared/[^\`]*\)\`.*|\1|p" "$docs")
eval "$purebank ${merge//\/shared/$here/shared}" >"$log" 2>&1 || fail "the shards do not merge"
same_rows "$work/one/results_v2.csv" shared/results/results_v2.csv
