#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The faults of docs/faults.md that need a kernel, a clock or a disk that fails: what a sentinel does then, what it says, and how it comes back.

load common
load sentinel

LAYER=${COHERENCE%/src/coherence}/tests/unit/cli/fault_layer.so

# layered FAULT=NUMBER ARGUMENT...: a sentinel of ./tree behind the fault layer; the fault holds while there is a file ./fault.
layered()
{
    local fault=${1%=*}=$PWD/fault:${1#*=}
    shift
    [ -e "$LAYER" ] || skip 'the fault layer is not built: meson builds it with the tests'
    : >out
    : >out; : >err
    env "$fault" LD_PRELOAD="$LAYER" "$COHERENCE" run --json --root "$PWD/tree" --set sources.host.interval=200ms "$@" >out 2>err </dev/null 3>&- &
    pid=$!
    lines_of out 5
}

# go_on LINES: so many more.
go_on()
{
    lines_of out $(($(wc -l <out) + $1))
}

# stop: it ends well.
stop()
{
    kill "$pid"
    ends 0 10
}

# keep_now: has it keep its baselines and a part of its recording at once, which it does when something is forgotten. Nobody is answered where the
# disk is ill.
keep_now()
{
    timeout 5 "$COHERENCE" baseline forget --state-dir "$PWD/state" host </dev/null || true
}

# shaky: its incident has come.
shaky()
{
    await_incident
    [ -n "$ill" ]
}

# said TYPE: the lines of a type and their states.
said()
{
    jq -r --arg type "$1" 'select(.type == $type) | .state' out | tr '\n' ' '
}

@test "a suspend of eight hours: it is said, nothing is judged by it, and what was open stays open" {
    tree
    swing 400 20 >/dev/null 2>&1 3>&- &
    swinging=$!
    layered FAULT_BOOT=28800 --record "$PWD/x.rec"
    shaky
    : >fault
    waits_for err 'coherence: this host was suspended: 8 h'
    go_on 20
    stop
    is "$(grep -c suspended err)" 1
    is "$(said incident)" 'open '
    is "$(said finding)" 'open '
    lacks '"cause":"lost"' "$(cat out)"
    # A recording begins anew there, and says the same.
    "$COHERENCE" replay --json --ticks x.rec | sed '$d' | cmp - out
}

@test "the clock of the wall is set back and ahead by a year while it runs: times never go back, nothing is found in it" {
    tree
    for by in -31536000 31536000 -1; do
        rm -f fault
        layered "FAULT_REAL=$by"
        : >fault
        go_on 25
        stop
        is "$(jq -s '[.[].t] | . == (sort | unique)' out)" true
        is "$(jq -r .type out | sort -u)" tick
        case $by in
        -31536000)
            has 'the clock stepped back; times go on 31536000 s ahead of it' "$(cat err)"
            is "$(jq -s '.[-1].t - .[0].t < 60' out)" true
            ;;
        31536000) has 'the clock was set ahead: 365 d' "$(cat err)" ;;
        esac
    done
    rm fault
    layered FAULT_REAL=31536000 --profile classic
    : >fault
    go_on 25
    stop
    has 'the clock was set ahead: 365 d' "$(cat err)"
}

# ill_disk ERRNO WORDS: the disk answers that while it runs, and is well again before the end; then it is ill to the end.
ill_disk()
{
    tree
    layered "FAULT_DISK=$1" --state-dir "$PWD/state"
    keep_now
    : >fault
    keep_now >/dev/null 2>&1 3>&- &
    waits_for err "the history cannot be written to '$PWD/state': $2; it is kept in memory and tried again"
    go_on 5
    rm fault
    waits_for err "the history is written again to '$PWD/state'" 70
    go_on 5
    stop
    lacks 'rows of the history could not be written' "$(cat err)"
    coherence incidents --state-dir "$PWD/state"
    is "$status" 0
    rm -f fault
    layered "FAULT_DISK=$1" --state-dir "$PWD/state"
    has 'baselines restored: ' "$(cat err)"
    : >fault
    stop
    has "cannot keep the baselines in '$PWD/state': $2; those up to 20" "$(cat err)"
    [[ $(cat err) =~ [0-9]+\ rows\ of\ the\ history\ could\ not\ be\ written ]]
    rm fault
    kept 1 --root "$PWD/tree"
    has 'baselines restored: '
    is "$(ls state)" $'coherence.db\ncoherence.db-wal\nlock\nsnapshot'
}

@test "a disk that answers EIO: watching goes on, it is said, and all is kept when it is well again" {
    ill_disk 5 'Input/output error'
}

@test "a file system that has become read-only: the same" {
    ill_disk 30 'Read-only file system'
}

@test "a file system that is read-only at the start: 78; one that is unmounted while it is written is said" {
    mkdir state
    mount -t tmpfs -o size=8m none state 2>/dev/null || skip 'no mounts for us here'
    mounted=$PWD/state
    begin_kept
    umount -l state
    waits_for err "the state directory '$PWD/state' was moved, or another is mounted in its place"
    stop
    mount -t tmpfs -o ro none state
    coherence run --duration 1 --state-dir "$PWD/state"
    is "$status" 78
    has "coherence: cannot write in the state directory '$PWD/state': Read-only file system"
}

# nobody: somebody who owns nothing may run the program, and go to folder; else skips.
nobody()
{
    [ "$(id -u)" -eq 0 ] || skip 'only root can become nobody'
    folder=$(mktemp -d)
    chmod 755 "$folder"
    mkdir "$folder/state"
    setpriv --reuid 65534 --regid 65534 --clear-groups "$COHERENCE" --version >/dev/null 2>&1 || skip "nobody may not run $COHERENCE"
}

as_nobody()
{
    run --separate-stderr timeout 20 setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

@test "another user's directory: 78, and what to do about it" {
    nobody
    as_nobody "$COHERENCE" run --duration 1 --state-dir "$folder/state"
    is "$status" 78
    has "coherence: cannot write in the state directory '$folder/state': Permission denied; make it writable for this user"
    is "$(ls "$folder/state")" ''
}

@test "memory that runs out anywhere ends it with a reason, never with a signal" {
    quiet_csv 0 300 >a.csv
    for limit in $(seq 8192 64 102400); do
        # With less it is the loader that fails.
        (ulimit -v "$limit" && exec "$COHERENCE" --version) >/dev/null 2>&1 || continue
        status=0
        (ulimit -v "$limit" && exec "$COHERENCE" replay --json a.csv) >out 2>err </dev/null || status=$?
        case $status in
        0) is "$(tail -n 1 out | jq .samples)" 600; break ;;
        1 | 65 | 78) [ -s err ] ;;
        *) echo "with $limit KiB: status $status"; cat err; false ;;
        esac
    done
    is "$status" 0
}

@test "64 MB for a million rows of 250 000 series: what is beyond the limits is refused and counted, and nobody is killed" {
    local group=/sys/fs/cgroup/memory/coherence-faults-$$
    mkdir "$group" 2>/dev/null && echo 67108864 >"$group/memory.limit_in_bytes" || skip 'no memory cgroup (v1) to be made here'
    awk 'BEGIN { print "timestamp,host,metric,value"; for (t = 0; t < 4; t++) for (i = 0; i < 250000; i++) printf "%d,h%d,m,%d\n", 1767225600 + t * 60, i, i % 7 }' >big.csv
    status=0
    (echo "$BASHPID" >"$group/cgroup.procs" && exec "$COHERENCE" replay --json --set engine.max_entities=10000 --set engine.max_series=10000 big.csv) >out 2>err </dev/null || status=$?
    rmdir "$group"
    is "$status" 0
    is "$(tail -n 1 out | jq -c '[.samples, .series, .refused]')" '[20000,5000,245000]'
    has '980000 rows beyond the limits were not judged; raise engine.max_series or engine.max_entities' "$(cat err)"
}

@test "no more threads for this user: it watches, and says what it cannot keep" {
    nobody
    chown 65534 "$folder/state"
    as_nobody prlimit --nproc=1 "$COHERENCE" run --json --set sources.host.deep=off --duration 2 --state-dir "$folder/state"
    is "$status" 0
    has 'no history is kept: its thread cannot be started: Resource temporarily unavailable'
    is "$(wc -l <<<"$output")" 2
    is "$(head -c 8 "$folder/state/snapshot")" COHESNAP
}

# sweep KIND: some of the sweep that `make faults` does whole.
sweep()
{
    command -v python3 >/dev/null || skip 'python3 is not installed'
    [ -e "$LAYER" ] || skip 'the fault layer is not built: meson builds it with the tests'
    LIMIT=150
    run timeout "$LIMIT" python3 "$TOP/tests/faults/sweep.py" "$COHERENCE" "$LAYER" --kinds "$1" --points "$2"
    echo "$output"
    [[ $output == *' 0 failed' ]]
    is "$status" 0
}

@test "one of the allocations fails, at the start, in a tick, in a reload, at the stop: it ends with a reason or goes on" {
    sweep allocation 4
}

@test "one of the system calls fails, at the start, in a tick, in a reload, at the stop: it ends with a reason or goes on" {
    sweep call 6
}

@test "a FIFO in the place of files that hang: nothing waits for them" {
    cp -r "$FIXTURES/processes" tree
    for process in tree/proc/[0-9]*; do
        rm -f "$process/cmdline" "$process/environ"
        mkfifo "$process/cmdline" "$process/environ"
    done
    rm -f tree/proc/diskstats tree/proc/net/dev
    mkdir -p tree/proc/net
    mkfifo tree/proc/diskstats tree/proc/net/dev
    coherence run --json --root "$PWD/tree" --set sources.host.interval=200ms --duration 1
    is "$status" 0
    is "$(wc -l <<<"$output")" 5
    lacks 'were missed' "$stderr"
}

@test "hidepid and subset of a real /proc: what is hidden is said; without /proc/stat it ends" {
    nobody
    mkdir -p "$folder/proc"
    mount -t proc -o hidepid=2 none "$folder/proc" 2>/dev/null || skip 'no mounts for us here'
    mounted=$folder/proc
    as_nobody "$COHERENCE" run --json --root "$folder" --duration 1
    is "$status" 0
    has 'hidepid'
    is "$(jq -r .type <<<"$output")" tick
    umount "$mounted"
    mount -t proc -o subset=pid none "$folder/proc" 2>/dev/null || skip 'this kernel knows no subset=pid'
    as_nobody "$COHERENCE" run --json --root "$folder" --duration 1
    is "$status" 78
    has 'proc/stat: No such file or directory'
}
