#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The lab's judge on runs that were made up: a judge that errs would fool everybody.

load common

JUDGE=$TOP/lab/harness/judge.py

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
