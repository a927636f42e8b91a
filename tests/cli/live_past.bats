#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `live` looks back: an earlier moment stands on the screen as it stood there then, says that it is one, and a key leads back to now. What is
# seen of the past is compared with what was seen when it was now.

load common
load sentinel
load terminal

# shellcheck disable=SC2034 # for sentinel.bash
FIXTURES=$TOP/tests/golden/host

teardown()
{
    [ -z "$server" ] || tmux -L "$server" kill-server 2>/dev/null || true
    [ -z "${swinging-}" ] || kill "$swinging" 2>/dev/null || true
}

# values: what the laws say, and the host's row of the list, without what moves on with the minutes before.
values()
{
    screen | grep -E '^(SEIZURE|FEVER|AMPLIFICATION|>host:)'
}

# hold: holds the screen still; at is the time on it, and ./seen what stood there.
hold()
{
    keys Space
    shows PAUSED
    at=$(screen | sed -n '1s/.* \([0-9:]*\) UTC .*/\1/p')
    [ "${#at}" -eq 8 ]
    values >seen
    [ "$(wc -l <seen)" -eq 4 ]
}

# is_now: waits until the screen shows now again.
is_now()
{
    patiently 10 hides PAST || { screen; return 1; }
}

# go_back TIME: to a time that is typed.
go_back()
{
    keys @ "$1"
    shows "10m): $1_"
    keys Enter
    shows " $1 UTC, " 30
    shows ' PAST  '
}

@test "a moment is shown as it was, says that it is the past, and F leads back to now" {
    start 80 24 -- --source sim
    shows STABLE 30
    hold
    # What is recorded is at hand some seconds later; the screen stands still meanwhile.
    sleep 7
    go_back "$at"
    screen | head -n 1 | grep -qE "^ PAST  2026-01-01 $at UTC, [0-9ms]+ ago +F: back to now, [a-z]+$"
    shows 'F now  [ ] tick'
    diff seen <(values)
    keys ']'
    shows ' PAST  ' 30
    hides " $at UTC, "
    keys '['
    shows " $at UTC, "
    diff seen <(values)
    keys h
    shows '── keys'
    keys Escape Escape
    is_now
    hides PAUSED
    keys '['
    shows ' PAST  ' 30
    keys q
    is_now
    keys '@' 'soon' Enter
    shows 'that is no time: 03:02'
    keys '@' '1h' Enter
    shows "nothing earlier: without --state-dir only this run's last hours are kept"
    keys F
    is_now
    keys q
    ended 0
}

@test "the classic profile says that it has no past" {
    start 80 24 -- --source sim --profile classic
    shows STABLE 20
    keys '['
    shows 'no past: the classic profile keeps nothing to rebuild it from'
    keys q
    ended 0
}

@test "without colour and without UTF-8 the past is said in words" {
    start 60 20 LC_ALL=C NO_COLOR=1 -- --source sim
    shows SEIZURE 20
    local left=300
    until screen | grep -qF ' PAST  '; do # nothing is recorded in the first seconds
        keys '['
        left=$((left - 5))
        [ "$left" -gt 0 ]
        sleep 0.5
    done
    shows ' UTC, '
    shows 'F: back to now'
    [ "$(screen | LC_ALL=C tr -d '\000-\177' | wc -c)" -eq 0 ]
    keys F
    is_now
    keys q
    ended 0
}

@test "with a state directory: to an incident's opening, with what was known then; also after a restart" {
    tree
    swing 150 20 >/dev/null 2>&1 3>&- &
    swinging=$!
    start 100 24 -- --root "$PWD/tree" --state-dir "$PWD/state" --set sources.host.interval=200ms
    shows 'laws of this host' 20
    patiently 60 holds '1 open incident' || skip 'no incident came: this machine is too busy'
    sleep 8
    keys i
    shows ' single  risk '
    keys o
    shows ' PAST  ' 30
    keys i
    shows 'SEIZURE       ACTIVE'
    shows '1 open incident'
    local opened
    opened=$(screen | sed -n '1s/.* \([0-9:]*\) UTC, .*/\1/p')
    values >seen
    keys '['
    shows 'no open incident' 30
    shows ' PAST  ' 30
    keys ']'
    shows '1 open incident' 30
    diff seen <(values)
    # The recording goes on meanwhile and says the same as the screen: at that time the incident was opened.
    "$COHERENCE" replay --json --state-dir "$PWD/state" --from 10m >said 2>/dev/null
    [ "$(jq -r 'select(.type == "incident" and .state == "open") | .t | todate[11:19]' said | head -n 1)" = "$opened" ]
    keys F
    is_now
    keys q
    ended 0
    # Another run of the sentinel sees the past of the one before.
    tm kill-server
    rm -f modes.after
    server=$server-again
    start 100 24 -- --root "$PWD/tree" --state-dir "$PWD/state" --set sources.host.interval=200ms
    shows 'laws of this host' 20
    go_back "$opened"
    shows 'SEIZURE '
    keys Q
    ended 0
}
