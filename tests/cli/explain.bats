#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `explain`: what the history tells of an id. Pictures of judged signals are tests/unit/cli/explain_test.c's.

load common

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; echo "${output-}"; echo "${stderr-}"; }
}

# explain ARGUMENT...: out of ./state.
explain()
{
    coherence explain --state-dir "$PWD/state" "$@" </dev/null
}

# remember: a state directory with what `simulate cascade` says, as a sentinel of that time would have left it.
remember()
{
    coherence run --json --duration 1 --state-dir "$PWD/state"
    "$COHERENCE" simulate cascade --json >said 2>/dev/null
    python3 - <<'END'
import json, sqlite3
db = sqlite3.connect('state/coherence.db')
ns = lambda t: int(round(t * 1e9))
incident = None
for line in open('said'):
    e = json.loads(line)
    line = line.rstrip('\n')
    if e['type'] == 'incident':
        incident = e['id']
        db.execute('REPLACE INTO incident VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?)', (e['id'], e['host'], e['kind'], e['severity'], e['state'], ' '.join(e['laws']),
            e['narrative'], None, ns(e['start']), ns(e['end']), ns(e['t']), e['risk'], line, len(line)))
for line in open('said'):
    e = json.loads(line)
    line = line.rstrip('\n')
    if e['type'] == 'finding':
        db.execute('REPLACE INTO finding VALUES(?,?,?,?,?,?,?,?,?,?,?)', (e['id'], incident, e['host'], 'host:' + e['host'], e['law'], e['cause'], e['state'],
            ns(e['onset']), ns(e['t']), line, len(line)))
db.commit()
END
    id=$(jq -r 'select(.type == "incident") | .id' said | head -n 1)
    fever=$(jq -r 'select(.type == "finding" and .law == "fever") | .id' said | head -n 1)
}

@test "an incident is explained by its id, or the beginning of it" {
    remember
    explain "$id"
    is "$status" 0
    is "$stderr" ''
    has "INCIDENT $id  critical, cascading" "$output"
    has 'Pattern: CASCADING FAILURE' "$output"
    has '  since     what                  entity           observed     expected  sure' "$output"
    has '1. compute seizure of host' "$output"
    has '2. resource fever of host' "$output"
    has '   evidence    cpu.mean' "$output"
    has '   how sure    low: 4 signals stand behind it' "$output"
    has 'Advice: THROTTLE' "$output"
    has 'It is advice: nothing was stopped, slowed or restarted.' "$output"
    # The recording is younger than the flight, and that is said.
    is "$(grep -c 'The recording does not reach back to 2026-01-01T00:' <<<"$(tr '\n' ' ' <<<"$output" | sed 's/  */ /g')")" 1
    whole=$output
    explain "${id:0:7}"
    is "$output" "$whole"
    [ "$(awk '{ if (length > most) most = length } END { print most }' <<<"$output")" -le 80 ]
    lacks $'\e' "$output"
    explain "$id" --color always
    has $'\e[1;31mINCIDENT' "$output"
}

@test "a finding is explained alone, and names its incident" {
    remember
    explain "$fever"
    is "$status" 0
    has "resource fever of host  (finding $fever)" "$output"
    has "It is part of incident $id: coherence explain $id" "$output"
    lacks 'INCIDENT' "$output"
}

@test "--json: the lines as they were printed, and what is missing" {
    remember
    explain "$id" --json
    is "$status" 0
    jq -e --arg id "$id" '.type == "explanation" and .incident.id == $id and .incident.type == "incident" and (.findings | length) == 2
        and all(.findings[]; .finding.type == "finding" and (.signal.missing | startswith("The recording does not reach back")))
        and .more == 0' <<<"$output"
    is "$(jq -c .findings[1].finding <<<"$output")" "$(grep "\"$fever\"" said | grep '"type":"finding"' | tail -n 1 | jq -c .)"
    explain "$fever" --json
    jq -e '.incident == null and (.findings | length) == 1' <<<"$output"
}

@test "beside a sentinel that runs" {
    remember
    begin run --json --state-dir "$PWD/state" --set history.keep=3650d
    lines_of out 3
    explain "$id"
    is "$status" 0
    has "INCIDENT $id" "$output"
    lines_of out $(($(wc -l <out) + 2))
    kill "$pid"
    ends 0 5
}

@test "what cannot be explained says why" {
    refused 2 'explain takes the id of an incident or a finding' explain
    refused 2 "'what' is no id: ids are 16 digits of 0-9 and a-f" explain what
    refused 2 'which history? give --state-dir DIR, or state_dir in the configuration' explain 12ab
    refused 1 "no history in '$PWD/none': a sentinel keeps one there" explain 12ab --state-dir "$PWD/none"
    remember
    refused 1 "nothing in the history has an id that begins with 'fffffff'; 'coherence incidents' lists them" explain fffffff --state-dir "$PWD/state"
    python3 - <<'END'
import sqlite3
db = sqlite3.connect('state/coherence.db')
db.execute("INSERT INTO incident SELECT '4a6a1118ffffffff', host, kind, severity, state, laws, narrative, veto, start_ns, end_ns, said_ns, risk, json, size FROM incident")
db.execute("UPDATE finding SET json = 'no line' WHERE law = 'fever'")
db.commit()
END
    refused 1 "'4a6a111' is the beginning of several ids (4a6a111800774caa, 4a6a1118ffffffff); give more of it" explain 4a6a111 --state-dir "$PWD/state"
    explain "$id"
    is "$status" 0
    has '1 row of the history is damaged and was left out'
    has '1. compute seizure of host' "$output"
    lacks $'\n2. ' "$output"
}
