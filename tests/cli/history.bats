#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The history: what a sentinel keeps of what it said, and `coherence incidents`, which shows it.

load common
load sentinel
load history_common

incidents()
{
    coherence incidents --state-dir "$PWD/state" "$@"
}

ids()
{
    jq -r '.id[-1:]' <<<"$output" | tr -d '\n'
}

@test "starts, stops and configurations are kept, and a kill is found at the next start" {
    coherence run --json --duration 1 --state-dir "$PWD/state"
    [ "$status" -eq 0 ]
    is "$(ls state)" $'coherence.db\ncoherence.db-wal\nlock\nsnapshot'
    is "$(stat -c %a state/coherence.db state/coherence.db-wal)" $'600\n600'
    coherence run --json --duration 1 --state-dir "$PWD/state"
    is "$(rows 'select version, end, stop_ns>start_ns from run')" $'0.1.0|stopped|1\n0.1.0|stopped|1'
    is "$(rows 'select count(*) from config')" 1
    coherence run --json --duration 1 --state-dir "$PWD/state" --set history.keep=30d
    is "$(rows 'select count(*), sum(text like "%keep: 30d%") from config')" '2|1'
    : >out; : >err
    "$COHERENCE" run --json --state-dir "$PWD/state" >out 2>err </dev/null 3>&- &
    pid=$!
    for _ in {1..50}; do [ "$(wc -l <out)" -ge 2 ] && break; sleep 0.1; done
    kill -9 "$pid"
    wait "$pid" || true
    coherence run --json --duration 1 --state-dir "$PWD/state"
    is "$(rows 'select end from run' | tr '\n' ' ')" 'stopped stopped stopped killed stopped '
    is "$(rows 'pragma integrity_check')" ok
}

@test "the table reads at 80 columns; what is hostile in it is harmless" {
    filled
    incidents
    [ "$status" -eq 0 ]
    is "$stderr" ''
    is "$(awk 'length > 80' <<<"$output")" ''
    is "$(head -1 <<<"$output")" 'STARTED (UTC)     LASTED  STATE   SEVERITY  KIND        RISK  ID'
    has '2026-01-21 12:53   1m40s  open    critical  single         -  0000000000000005' "$output"
    has '2026-01-03 00:00     15d  lost    critical  persistent  0.70  0000000000000004' "$output"
    has '2026-01-02 00:00   1d01h  closed  critical  cascading   0.92  0000000000000003' "$output"
    has '2026-01-01 01:00   1h02m  closed  warning   flapping    0.40  0000000000000002' "$output"
    has '2026-01-01 00:00     59s  closed  warning   single      0.51  0000000000000001' "$output"
    has '    Pattern: COMPUTE SEIZURE (High Variance). Short.' "$output"
    has '    other: Pattern: CASCADING FAILURE. memory grows' "$output"
    has ' ...' "$output"
    has 'Pattern: RESOURCE FEVER.\x1b[31m\xc2\x9b Evil.' "$output"
    incidents --color always
    has $'\e[1;31mopen\e[0m' "$output"
    is "$(sed 's/\x1b\[[0-9;]*m//g' <<<"$output" | awk 'length > 80')" ''
}

@test "filters; JSON has the same objects as were printed" {
    filled
    incidents --json
    is "$(ids)" 54321
    is "$(jq -r .type <<<"$output" | sort -u)" incident
    incidents --json --open
    is "$(ids)" 5
    incidents --json --host other
    is "$(ids)" 3
    incidents --json --kind flapping
    is "$(ids)" 2
    incidents --json --law fever
    is "$(ids)" 43
    incidents --json --severity critical --limit 2
    is "$(ids)" 54
    has '1 more, earlier: --limit 0 lists all'
    incidents --json --since 2026-01-02
    is "$(ids)" 543
    incidents --json --until 2026-01-01T00:30:00Z
    is "$(ids)" 1
    incidents --json --since 1767225659 --until 1767312000
    is "$(ids)" 321
    incidents --json --since 1h
    is "$(ids)" 5 # it is open
    incidents --exit-code --kind flapping
    [ "$status" -eq 3 ]
    incidents --exit-code --kind flapping --host nobody
    [ "$status" -eq 0 ]
    is "$output" 'no incidents'
}

@test "what cannot be asked or answered is said" {
    refused 2 'which history? give --state-dir DIR' incidents
    refused 2 "--since 'yesterday' is not a time; give how long ago, such as 10m or 7d, or 2026-01-31, or 2026-01-31T08:00:00Z, or Unix seconds" incidents --state-dir "$PWD" --since yesterday
    refused 2 "--kind 'cascadin' is unknown; did you mean cascading; known are single, flapping, cascading, persistent" incidents --state-dir "$PWD" --kind cascadin
    refused 2 "--law 'fevre' is unknown; did you mean fever; known are " incidents --state-dir "$PWD" --law fevre
    refused 2 "--limit '-1' is not a whole number" incidents --state-dir "$PWD" --limit -1
    refused 2 'incidents takes no file' incidents --state-dir "$PWD" x
    refused 1 "no history in '$PWD': a sentinel keeps one there with --state-dir $PWD (live, run)" incidents --state-dir "$PWD"
    refused 1 "no history in '$PWD/none'" incidents --state-dir "$PWD/none"
    mkdir state
    echo 'not a database' >state/coherence.db
    refused 65 "cannot read the history '$PWD/state/coherence.db': it is no database" incidents --state-dir "$PWD/state"
    python3 -c "import sqlite3; db = sqlite3.connect('state/x.db'); db.execute('create table t(x)'); db.commit()"
    mv state/x.db state/coherence.db
    refused 65 "it is another program's database" incidents --state-dir "$PWD/state"
}

@test "it is read while a sentinel runs, where one was killed, and where nothing may be written" {
    filled
    : >out; : >err
    "$COHERENCE" run --json --state-dir "$PWD/state" --set history.keep=3650d >out 2>err </dev/null 3>&- &
    pid=$!
    for _ in {1..50}; do [ "$(wc -l <out)" -ge 2 ] && break; sleep 0.1; done
    incidents --json
    [ "$status" -eq 0 ]
    is "$(ids)" 54321
    kill -9 "$pid"
    wait "$pid" || true
    [ -s state/coherence.db-wal ]
    incidents --json
    is "$(ids)" 54321
    # The incident that was open is not known to the baselines: it was closed, and said so.
    is "$(jq -r '[.state, .id[-1:]] | join(" ")' <<<"$(head -1 <<<"$output")")" 'close 5'
    has 'incident 0000000000000005 of ' "$(cat err)"
    has 'is not known any more after the restart: closed' "$(cat err)"
    is "$(jq -r 'select(.type == "incident") | .state' out)" close
    if mount --bind state state 2>/dev/null; then
        mounted=$PWD/state
        mount -o remount,bind,ro state
        incidents --json
        is "$(ids)" 54321
        umount state
        mounted=
    else
        chmod 500 state
        incidents --json
        is "$(ids)" 54321
        chmod 700 state
    fi
    rm state/coherence.db-wal
    incidents --json
    [ "$status" -eq 0 ]
}

@test "incidents opens nothing for writing and seals itself before it reads" {
    command -v strace >/dev/null || skip 'strace is not installed'
    strace -o probe true 2>/dev/null || skip 'strace may not trace here'
    filled
    strace -f -o trace -e trace=%file,%network,%process,read,pread64,seccomp,write,flock "$COHERENCE" incidents --state-dir "$PWD/state" >/dev/null
    is "$(grep -cE ' ?(open(at2?)?)\(.*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)' trace)" 0
    [ "$(grep -n 'seccomp(SECCOMP_SET_MODE_FILTER' trace | tail -1 | cut -d: -f1)" -lt "$(grep -n 'SQLite format 3' trace | head -1 | cut -d: -f1)" ]
    is "$(sed '1,/SQLite format 3/d' trace | grep -cE '^[0-9 ]*(open|openat|socket|execve)\(')" 0
}

@test "a full disk: watching goes on, it is said, and it recovers by itself" {
    mkdir state
    mount -t tmpfs -o size=1m none state 2>/dev/null || skip 'no mounts for us here'
    mounted=$PWD/state
    head -c 2000000 /dev/zero >state/filler 2>/dev/null || true
    : >out; : >err
    "$COHERENCE" run --json --duration 9 --state-dir "$PWD/state" >out 2>err </dev/null 3>&- &
    pid=$!
    sleep 3
    rm state/filler
    wait "$pid"
    pid=
    has "no history can be written yet: $PWD/state/coherence.db: it cannot be made: No space left on device; it is tried again" "$(cat err)"
    has "the history is written again to '$PWD/state'" "$(cat err)"
    [ "$(wc -l <out)" -ge 8 ]
    is "$(rows 'select end from run')" stopped
}

@test "a directory that goes away while it runs: said, and watched on" {
    : >out; : >err
    "$COHERENCE" run --json --duration 4 --state-dir "$PWD/state" >out 2>err </dev/null 3>&- &
    pid=$!
    for _ in {1..50}; do [ -s out ] && break; sleep 0.1; done
    rm -r state
    wait "$pid"
    pid=
    has "rows of the history could not be written to '$PWD/state'" "$(cat err)"
    [ "$(wc -l <out)" -ge 4 ]
}

@test "damage is set aside, another program's database is left alone, and both are said" {
    filled
    printf 'xxxx' | dd of=state/coherence.db bs=1 seek=8300 conv=notrunc status=none
    printf 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' | dd of=state/coherence.db bs=1 seek=4096 conv=notrunc status=none
    coherence run --json --duration 1 --state-dir "$PWD/state"
    [ "$status" -eq 0 ]
    has "coherence: $PWD/state/coherence.db: it is damaged; set aside as coherence.db.damaged-1, history begins anew"
    is "$(rows 'select end from run')" stopped
    python3 -c "import sqlite3; db = sqlite3.connect('x.db'); db.execute('create table t(x)'); db.commit()"
    rm state/coherence.db*
    cp x.db state/coherence.db
    coherence run --json --duration 1 --state-dir "$PWD/state"
    [ "$status" -eq 0 ]
    has "no history can be written yet: $PWD/state/coherence.db: it is another program's database, and is left alone"
    cmp x.db state/coherence.db
}

# heard SECONDS: a made host whose only signal is there; while ./silent exists it is not.
heard()
{
    local left=$(($1 * 10)) ticks=0
    while [ $left -gt 0 ]; do
        left=$((left - 1))
        ticks=$((ticks + 1))
        if [ -e silent ]; then
            : >tree/proc/stat
        else
            exec 8<>tree/proc/stat # in place: never empty while it is read
            printf 'cpu  %d 0 0 %d 0 0 0 0 0 0\nctxt 1\nbtime 1700000000\nprocesses 1\n' $((1000000000 + 8 * ticks)) $((1000000000 + 12 * ticks)) >&8
        fi
        sleep 0.1
    done
}

# watched [ARGUMENT...]: the sentinel in the background, watching it: pid, out, err.
watched()
{
    : >out; : >err
    "$COHERENCE" run --json --root "$PWD/tree" --state-dir "$PWD/state" --set sources.host.interval=100ms --set engine.stale_after=2s \
        --set incidents.join_window=1s --set sources.host.deep=off "$@" >out 2>err </dev/null 3>&- &
    pid=$!
}

# until_said STATE: the sentinel says that of an incident, within 20 s.
until_said()
{
    for _ in {1..200}; do
        [ -z "$(jq -r --arg s "$1" 'select(.type == "incident" and .state == $s) | .id' out 2>/dev/null)" ] || return 0
        sleep 0.1
    done
    echo "nobody said $1"
    return 1
}

@test "an end that was said is not said again when the snapshot is older than the history" {
    mkdir -p tree/proc/sys/kernel
    echo swinger >tree/proc/sys/kernel/hostname
    heard 120 >/dev/null 2>&1 3>&- &
    swinging=$!
    until [ -s tree/proc/stat ]; do sleep 0.1; done
    watched
    sleep 4
    touch silent
    until_said open
    id=$(jq -r 'select(.type == "incident") | .id' out | head -1)
    sleep 0.5 # the snapshot has it open
    rm silent
    cp state/snapshot before
    until_said close
    kill -9 "$pid"
    wait "$pid" || true
    is "$(rows 'select id, state from incident')" "$id|close"
    # As if the kill had come before the snapshot of the end.
    cp before state/snapshot
    watched --duration 8
    wait "$pid"
    pid=
    has 'an incident is still open' "$(cat err)"
    is "$(jq -r --arg id "$id" 'select(.type == "incident" or .type == "finding") | select(.id == $id)' out)" ''
    is "$(rows "select state from incident where id = '$id'")" close
    # Without a snapshot nobody knows what is open: it is closed as lost, and said once.
    rm state/snapshot
    watched
    sleep 4
    touch silent
    until_said open
    kill -9 "$pid"
    wait "$pid" || true
    rm -f state/snapshot silent
    watched --duration 3
    wait "$pid"
    pid=
    is "$(jq -r 'select(.type == "incident") | .state' out)" close
    is "$(rows 'select state from incident order by start_ns desc limit 1')" lost
    is "$(rows "select count(*) from finding where state = 'open'")" 0
}
