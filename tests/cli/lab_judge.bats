#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The lab's judge on runs that were made up: a judge that errs would fool everybody.

load common

JUDGE=$TOP/lab/harness/judge.py

lab_backtest()
{
    python3 -B "$TOP/lab/harness" --coherence "$COHERENCE" --programs none --build none --out none --backtest lab
}

# The columns that hold something, a blank line between rows.
shown()
{
    awk -F'\t' 'NR == 1 { n = split($0, head, "\t"); next }
        NR > 2 { print "" }
        { for (i = 1; i <= n; i++) if ($i != "-") print head[i] "\t" $i }'
}

@test "the judge: every run that was made up" {
    seen=0
    for folder in "$TOP"/tests/golden/lab/*/; do
        python3 -B "$JUDGE" "$folder" | shown | diff "$folder/expected.txt" - || { echo "in $folder"; return 1; }
        seen=$((seen + 1))
    done
    [ "$seen" -ge 18 ]
}

@test "the judge: a line in the middle that is no JSON is an error, not a silence" {
    cp -r "$TOP/tests/golden/lab/last-line-cut-off" bad
    printf '\n{"type":"tick"}\n' >>bad/events.jsonl
    run --separate-stderr python3 -B "$JUDGE" bad
    is "$status" 1
    has 'line 2 is no JSON'
}

@test "the lab's backtest: what was said live is said again, and a difference is seen" {
    "$COHERENCE" simulate cascade --csv history.csv --json >said.jsonl
    mkdir -p lab/cascade-1
    mv history.csv lab/cascade-1/telemetry.csv
    mv said.jsonl lab/cascade-1/events.jsonl
    printf '{"case":"cascade","onset":1767226195,"crash":1767226800,"end":1767226800,"watched_from":1767225600,"watched_to":1767227400}\n' \
        >lab/cascade-1/truth.json
    run --separate-stderr lab_backtest
    is "$status" 0
    grep -qE '^live +cascade-1  announced  [0-9]+  seizure  host:host-001 ' <<<"$output" || { echo "$output"; return 1; }
    grep -qE '^backtest +cascade-1  announced ' <<<"$output"
    grep -qx '1 runs, 0 of them differ' <<<"$output"

    sed -i 's/"cause":"[a-z_]*"/"cause":"another"/' lab/cascade-1/events.jsonl
    run --separate-stderr lab_backtest
    is "$status" 1
    grep -q '^DIFFERS' <<<"$output"
}
