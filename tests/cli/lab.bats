#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The lab's harness: one short run, whole and interrupted. What the lab is for, real faults beside a sentinel for hours, is `make lab`.

load common
load lab_common

# column NAME [ROW]: of the results.
column()
{
    awk -F'\t' -v name="$1" -v row="${2:-1}" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i } NR == row + 1 { print $at[name] }' out/results.tsv
}

@test "the harness: cgroup layouts on trees of plain files, and the arithmetic of signals" {
    run python3 -B "$TOP/lab/harness/self_test.py"
    is "$status" 0
    has 'OK' "$output"
}

@test "the lab: lists its cases, knows no others" {
    run --separate-stderr "$TOP/scripts/lab" --list
    is "$status" 0
    has 'lock_convoy ' "$output"
    programs
    LAB_PROGRAMS=$LAB LAB_OUT=$PWD/out run --separate-stderr "$TOP/scripts/lab" no_such_case
    is "$status" 2
    has 'no such case: no_such_case'
}

@test "the lab: a run leaves what it saw, and nothing else" {
    programs
    LAB_PROGRAMS=$LAB LAB_OUT=$PWD/out run --separate-stderr timeout 60 "$TOP/scripts/lab" --signals --lead 2 --sick 3 --tail 1 lock_convoy
    [ "$status" -ne 75 ] || skip 'another lab is running'
    is "$status" 0
    is "$(column case)" lock_convoy
    [ "$(column verdict)" != skipped ] || skip "$(column note)"
    is "$(column law)" seizure
    cd out/lock_convoy-1
    is "$(printf '%s ' *)" 'README events.jsonl fault.err row.tsv sentinel.err signals.md signals.tsv telemetry.csv truth.json '
    jq -e '.end - .onset > 2.7 and .end - .onset < 3.3 and .onset - .watched_from > 1.5 and .crash == null' truth.json >/dev/null || { cat truth.json; return 1; }
    [ "$(grep -c '"type":"tick"' events.jsonl)" -ge 5 ]
    grep -q 'coherence-lab/lock_convoy' telemetry.csv
    has '| futex_share | % |' "$(cat signals.md)"
    is "$(find /sys/fs/cgroup -maxdepth 3 -name coherence-lab)" ''
}

@test "the lab: a sentinel that ends by itself is no run to be skipped" {
    programs
    printf '#!/bin/sh\necho "out of order" >&2\nexit 7\n' >broken
    chmod +x broken
    COHERENCE=$PWD/broken LAB_PROGRAMS=$LAB LAB_OUT=$PWD/out run --separate-stderr timeout 60 "$TOP/scripts/lab" --lead 1 --sick 2 --tail 1 lock_convoy
    [ "$status" -ne 75 ] || skip 'another lab is running'
    [ "$(column verdict)" != skipped ] || skip "$(column note)"
    is "$status" 1
    is "$(column verdict)" missed
    has 'status 7 by itself: out of order' "$(column note)"
}

@test "the lab: recorded telemetry is judged again" {
    programs
    "$COHERENCE" simulate seizure --csv flight.csv >/dev/null
    mkdir -p old/convoy-1 old/convoy-2
    mv flight.csv old/convoy-1/telemetry.csv
    # The flight's convoy is from 600 s to 1080 s after 2026-01-01 (scenarios/seizure.yaml).
    cat >old/convoy-1/truth.json <<<'{"case": "convoy", "watched_from": 1767225600, "watched_to": 1767227400, "onset": 1767226200, "end": 1767226680,
        "expected": [{"law": "seizure", "causes": ["lock_convoy"], "entities": ["process:*"]}], "around": ["host:*"]}'
    echo '{"case": "convoy", "run": 2, "skipped": "no reason"}' >old/convoy-2/truth.json
    LAB_PROGRAMS=$LAB LAB_OUT=$PWD/out run --separate-stderr timeout 60 "$TOP/scripts/lab" --replay old
    is "$status" 0
    is "$(column verdict) $(column entity) $(column entity_is)" 'found host:host-001 around'
    [ "$(column delay_s | cut -d. -f1)" -le 60 ]
    is "$(column run 2) $(column verdict 2)" '2 skipped'
}

@test "the lab: interrupted, it takes everything away again" {
    programs
    env --default-signal=INT LAB_PROGRAMS="$LAB" LAB_OUT="$PWD/out" "$TOP/scripts/lab" --lead 20 retry_storm >out.txt 2>err.txt 3>&- &
    pid=$!
    for _ in $(seq 100); do
        sleep 0.1
        ! grep -q 'another one' err.txt || skip 'another lab is running'
        [ ! -s out/results.tsv ] || [ "$(wc -l <out/results.tsv)" -lt 2 ] || skip "$(column note)"
        [ -z "$(find /sys/fs/cgroup -maxdepth 4 -path '*coherence-lab/client/cgroup.procs' -exec cat {} + 2>/dev/null)" ] || break
    done
    inside=$(find /sys/fs/cgroup -maxdepth 4 -path '*coherence-lab/*/cgroup.procs' -exec cat {} + | sort -u)
    [ "$(wc -w <<<"$inside")" -ge 3 ]
    kill -INT $pid
    status=0
    wait $pid || status=$?
    is "$status" 130
    has 'interrupted' "$(cat err.txt)"
    is "$(find /sys/fs/cgroup -maxdepth 3 -name coherence-lab)" ''
    for p in $inside; do
        gone "$p"
    done
}
