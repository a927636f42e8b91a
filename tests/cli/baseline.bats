#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `baseline forget`: with a sentinel that holds the state directory, and without one.

load common

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${folder-}" ] || rm -rf "$folder"
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; echo "${output-}"; echo "${stderr-}"; ls -l state 2>/dev/null || true; head -c 1500 err 2>/dev/null || true; }
}

# forget ARGUMENT...: in ./state.
forget()
{
    coherence baseline forget --state-dir "$PWD/state" "$@" </dev/null
}

# kept: the files of ./state but those of the history.
kept()
{
    find state -type f ! -name 'coherence.db*' -printf '%f\n' | sort
}

@test "a sentinel that runs is asked, forgets, says so, keeps it, and leaves no files behind" {
    begin run --json --state-dir "$PWD/state"
    lines_of out 3
    was=$(stat -c %i state/snapshot 2>/dev/null || echo none)
    forget host
    is "$status" 0
    is "$stderr" ''
    is "$output" "forgotten: host on $(cat /proc/sys/kernel/hostname); its habits are learned anew from here on"
    lines_of out $(($(wc -l <out) + 2))
    has "coherence: $output" "$(cat err)"
    is "$(kept)" $'lock\nsnapshot'
    [ "$(stat -c %i state/snapshot)" != "$was" ]
    forget host --host "$(cat /proc/sys/kernel/hostname)"
    is "$status" 0
    forget hots
    is "$status" 1
    is "$output" ''
    has "no entity 'hots' is known on $(cat /proc/sys/kernel/hostname); did you mean 'host'?"
    has 'coherence: asked to forget: no entity' "$(cat err)"
    forget host --host elsewhere
    is "$status" 1
    has "no host 'elsewhere' is known"
    alive "$pid"
    kill "$pid"
    ends 0 5
}

@test "without one the snapshot is changed, and the next sentinel goes on from it" {
    coherence run --json --duration 2 --state-dir "$PWD/state"
    was=$(stat -c %i state/snapshot)
    forget host
    is "$status" 0
    is "$stderr" ''
    is "$output" "forgotten: host on $(cat /proc/sys/kernel/hostname); its habits are learned anew from here on"
    [ "$(stat -c %i state/snapshot)" != "$was" ]
    was=$(stat -c %i state/snapshot)
    forget cgroup:no-such
    is "$status" 1
    has "no entity 'cgroup:no-such' is known on"
    is "$(stat -c %i state/snapshot)" "$was"
    is "$(kept)" $'lock\nsnapshot'
    coherence run --json --duration 1 --state-dir "$PWD/state"
    is "$status" 0
    has 'coherence: baselines restored: '
}

@test "what cannot be read stays where it is, and is told" {
    coherence run --json --duration 1 --state-dir "$PWD/state"
    printf 'more' >>state/snapshot
    before=$(cksum <state/snapshot)
    forget host
    is "$status" 1
    has 'nothing was changed'
    is "$(cksum <state/snapshot)" "$before"
    is "$(kept)" $'lock\nsnapshot'
    mkdir empty
    refused 1 "no baselines are kept in '$PWD/empty' yet" baseline forget host --state-dir "$PWD/empty"
    refused 1 "cannot read the state directory '$PWD/none': No such file or directory" baseline forget host --state-dir "$PWD/none"
    [ ! -e none ]
    refused 2 'no state directory: nothing is kept that could be forgotten; name it with --state-dir DIR' baseline forget host
    refused 2 'baseline takes '\''forget'\'' and an entity' baseline
    refused 2 'baseline takes '\''forget'\'' and an entity' baseline remember host
}

@test "a sentinel that does not answer is told, and the request taken back" {
    begin run --json --state-dir "$PWD/state"
    lines_of out 2
    kill -STOP "$pid"
    LIMIT=30 forget host
    is "$status" 1
    has 'did not take the request up within 15 s; it is withdrawn, nothing is forgotten'
    [ ! -e state/request ]
    printf 'x' >state/request
    forget host
    is "$status" 75
    has 'another request waits'
    kill -CONT "$pid"
    lines_of out $(($(wc -l <out) + 3))
    has "a request in '$PWD/state' cannot be read" "$(cat err)"
    [ ! -e state/request ]
}

@test "root leaves nothing that the owner of the directory cannot read" {
    [ "$(id -u)" -eq 0 ] || skip 'only root can become nobody'
    command -v setpriv >/dev/null || skip 'setpriv is not installed'
    folder=$(mktemp -d /tmp/coherence.XXXXXX)
    cp "$COHERENCE" "$folder/coherence"
    mkdir "$folder/state"
    chmod 755 "$folder"
    chown 65534:65534 "$folder/state"
    local nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all'
    (cd / && $nobody "$folder/coherence" run --json --duration 2 --state-dir "$folder/state") >out 2>err </dev/null
    coherence baseline forget host --state-dir "$folder/state"
    is "$status" 0
    is "$(stat -c %u "$folder"/state/* | sort -u)" 65534
    : >out; : >err
    (cd / && exec $nobody "$folder/coherence" run --json --state-dir "$folder/state") >out 2>err </dev/null 3>&- &
    pid=$!
    lines_of out 3
    coherence baseline forget host --state-dir "$folder/state"
    is "$status" 0
    is "$stderr" ''
}
