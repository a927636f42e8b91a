#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A history held against known outages, through the whole program: the report in its three forms, bad labels, broken input, determinism.

load common

CASE=$TOP/tests/golden/backtest

take_case()
{
    cp "$CASE/metrics.csv.xz" "$CASE/outages.csv" .
}

@test "the report of a small history, as text, JSON and HTML, to the byte" {
    take_case
    coherence backtest metrics.csv.xz --outages outages.csv --html report.html
    is "$status" 0
    is "$output" "$(cat "$CASE/expected.txt")"
    cmp report.html "$CASE/expected.html"
    coherence backtest metrics.csv.xz --outages outages.csv --json
    is "$output" "$(cat "$CASE/expected.json")"
    jq -e . <<<"$output" >/dev/null
}

@test "its incidents are those of replay" {
    take_case
    fine replay metrics.csv.xz --json
    wanted=$(jq -c 'select(.type == "incident" and .state == "open") | [.id, .host, .t]' <<<"$output")
    told=$(jq -c 'select(.type == "incident") | [.id, .narrative]' <<<"$output" | awk -F'"' '{ last[$2] = $0; if (!($2 in at)) { at[$2] = ++n; id[n] = $2 } } END { for (i = 1; i <= n; i++) print last[id[i]] }')
    fine backtest metrics.csv.xz --json
    is "$(jq -c '.incidents[] | [.id, .host, .t]' <<<"$output")" "$wanted"
    is "$(jq -c '.incidents[] | [.id, .narrative]' <<<"$output")" "$told"
    [ "$(wc -l <<<"$wanted")" -ge 2 ]
}

@test "the same bytes with one thread and with four, from a file and from a pipe" {
    take_case
    coherence backtest metrics.csv.xz --outages outages.csv --json --threads 4
    is "$output" "$(cat "$CASE/expected.json")"
    xz -dc metrics.csv.xz >metrics.csv
    run --separate-stderr bash -c '"$COHERENCE" backtest - --outages outages.csv --json <metrics.csv'
    is "$status" 0
    is "$(grep -v '^,"inputs"' <<<"$output")" "$(grep -v '^,"inputs"' "$CASE/expected.json")"
}

@test "a recording is judged as its telemetry in a file is; a torn one is said" {
    coherence record host.rec --duration 12
    is "$status" 0
    fine replay host.rec --csv host.csv
    fine backtest host.rec --budgets none --json
    recorded=$(jq -S 'del(.inputs)' <<<"$output")
    fine backtest host.csv --budgets none --json
    is "$recorded" "$(jq -S 'del(.inputs)' <<<"$output")"
    head -c $(($(stat -c %s host.rec) - 100)) host.rec >torn.rec
    coherence backtest torn.rec --budgets none
    is "$status" 0
    has "ends in the middle of a block" "$(tr -s ' \n' ' ' <<<"$output $stderr")"
}

@test "bad labels are said with their place, and the others judged" {
    take_case
    coherence backtest metrics.csv.xz --outages outages.csv --budgets none
    is "$status" 0
    has 'outages.csv:6:22: the end is before the start; this outage is left out'
    has "outages.csv:5: the outage of 'web-9' was not judged: the telemetry has no such host"
    has "outages.csv:7: the outage of 'web-1' was not judged: it is outside of the telemetry's time"
    has 'Of 3 outages that could be judged' "$output"
    has 'Not judged, and passed over' "$output"
    has 'Compute seizure could not be judged on 2 of 2 hosts: it needs CPU usage.' "$output"
    printf 'start,end\n1,2\n' >few.csv
    coherence backtest metrics.csv.xz --outages few.csv --budgets none
    is "$status" 0
    has 'None of the outages in the list could be judged.' "$output"
}

@test "a list of which no row can be read tells nothing of right and wrong; without some rows that is said" {
    take_case
    printf 'start,end\nlast week,2\n1767225600,yesterday\n' >none.csv
    refused 65 'none.csv: none of its 2 rows can be read as an outage, so nothing says which incidents are false; mend the list, or leave --outages out' \
        backtest metrics.csv.xz --outages none.csv
    has 'none.csv:2:1: start is not a time; write 1767225600 or 2026-01-01T00:00:00Z; this outage is left out'
    has 'none.csv:3:12: end is not a time'
    refused 65 'none.csv: none of its 2 rows can be read' backtest metrics.csv.xz --outages none.csv --json
    { cat outages.csv; echo 'last week,2,web-1,'; } >some.csv
    coherence backtest metrics.csv.xz --outages some.csv --budgets none --json
    is "$status" 0
    is "$(jq -c '[.outages_unread, .verdict.judged]' <<<"$output")" '[2,3]'
    coherence backtest metrics.csv.xz --outages some.csv --budgets none
    is "$status" 0
    has '2 rows of the list could not be read as an outage: incidents that count as false may belong to them.' "$(tr -s ' \n' ' ' <<<"$output")"
    { sed 1,2p\;d outages.csv; sed 2\!d outages.csv; } >twice.csv
    coherence backtest metrics.csv.xz --outages twice.csv --budgets none --json
    is "$status" 0
    is "$(jq -c '[.outages_unread, .verdict.judged]' <<<"$output")" '[0,1]'
    echo start,end >quiet.csv
    coherence backtest metrics.csv.xz --outages quiet.csv --budgets none
    is "$status" 0
    has 'The list names no outage: every incident counts as false.' "$output"
    has 'quiet.csv: the list names no outage'
}

@test "a detector without a setting that counts: whether none is so quiet, or it is always in alarm" {
    fine simulate cascade --csv history.csv
    printf 'start,end,host\n2026-01-01T00:13:00Z,2026-01-01T00:18:00Z,host-001\n' >one.csv
    fine backtest history.csv --outages one.csv --budgets none
    # The classic profile: no false incident, in alarm half the time.
    grep -qE '^  classic profile +1 +0 +0 .* 51%$' <<<"$output"
    grep -qE '^  classic profile +busy +busy$' <<<"$output"
    has '(-: none is so quiet; busy: in alarm over 10 % of the time)' "$output"
    fine backtest history.csv --outages one.csv --budgets none --html one.html
    grep -q 'has none so quiet, or only such as are in alarm' one.html
}

@test "a list that is none refuses the backtest before anything is judged" {
    take_case
    printf 'when,what\n1,2\n' >bad.csv
    refused 65 'bad.csv:1:1: the first line must name the columns, start and end among them' backtest metrics.csv.xz --outages bad.csv
    refused 65 'missing.csv: cannot read' backtest metrics.csv.xz --outages missing.csv
    : >empty.csv
    refused 65 'empty.csv:1:1: the list of outages is empty' backtest metrics.csv.xz --outages empty.csv
}

@test "half a file: what was read is judged, and the report says that it is not all" {
    take_case
    head -c 9000 metrics.csv.xz >half.csv.xz
    coherence backtest half.csv.xz --outages outages.csv --html half.html
    is "$status" 65
    has 'half.csv.xz: '
    has 'This is not all of it: half.csv.xz: ' "$output"
    grep -q 'This is not all of it' half.html
    coherence backtest half.csv.xz --json
    is "$(jq -c '[.complete, (.samples > 1000)]' <<<"$output")" '[false,true]'
}

@test "files come in the order of their times" {
    printf 'timestamp,cpu_usage\n%d,5\n%d,6\n' 1767225600 1767225601 >first.csv
    printf 'timestamp,cpu_usage\n%d,5\n%d,6\n' 1767225700 1767225701 >second.csv
    fine backtest first.csv second.csv --json
    is "$(jq .samples <<<"$output")" 4
    coherence backtest second.csv first.csv
    is "$status" 65
    has 'first.csv: it begins before the end of the file before it'
}

@test "an interrupt ends the reading, not the report" {
    mkfifo pipe
    "$COHERENCE" backtest - --json <pipe >out.json 2>err.txt &
    pid=$!
    exec 7>pipe
    { echo timestamp,cpu_usage; for i in $(seq 200); do echo "$((1767225600 + i)),30"; done; } >&7
    sleep 0.5
    kill -INT "$pid"
    ends 1 10
    exec 7>&-
    grep -q 'interrupted; what was judged so far follows' err.txt
    is "$(jq -c '[.complete, .cut_short]' out.json)" '[false,"it was interrupted"]'
}

@test "without labels: what would have paged you, and no word of right or wrong" {
    take_case
    fine backtest metrics.csv.xz
    has 'What would have paged you, by risk' "$output"
    has 'no list of outages was given' "$output"
    lacks 'Outages' "$output"
}

@test "the HTML file asks for nothing from anywhere, and runs nothing" {
    take_case
    coherence backtest metrics.csv.xz --outages outages.csv --html report.html
    [ "$(grep -ciE '(src|srcset|data|action|poster|background)="|<script|<link|<iframe|<img|<object|@import|url\(|javascript:| on[a-z]+="' report.html)" -eq 0 ]
    [ "$(grep -oE 'href="[^"]*"' report.html | grep -vcE '^href="#outage-[0-9]+"$')" -eq 0 ]
    grep -q "default-src 'none'" report.html
    grep -q 'nobody noticed &lt;script&gt;alert(1)&lt;/script&gt;' report.html
}

@test "the words of the command line" {
    take_case
    refused 2 'backtest needs the recorded telemetry' backtest
    refused 2 "--lead 'soon' is not a time" backtest metrics.csv.xz --lead soon
    refused 2 "--budgets: '1/2' is not a rate" backtest metrics.csv.xz --budgets 1/1d,1/2
    refused 2 "--judge-from 'yesterday' is not a time" backtest metrics.csv.xz --judge-from yesterday
    refused 2 "'replay' does not know --outages" replay metrics.csv.xz --outages outages.csv
    refused 2 'knows no logfmt' backtest metrics.csv.xz --set format=logfmt
    refused 2 'with the classic one beside it' backtest metrics.csv.xz --set profile=classic
    coherence backtest metrics.csv.xz --input recording
    is "$status" 65
    has 'no telemetry in it can be read'
    refused 1 'cannot write' backtest metrics.csv.xz --html nowhere/report.html
    fine backtest metrics.csv.xz --json --budgets 1/1d,1/10d,1/10d --lead 0 --merge 1h
    is "$(jq -c '[.lead_s, .merge_s, [.points[] | select(.detector == "coherence") | .budget_per_day]]' <<<"$output")" \
        '[0,3600,[0.03333333333333333,1,0.1]]'
}

@test "one key for each incident makes a list of outages that backtest takes" {
    take_case
    printf 'xoq' >keys
    run timeout -k 2 30 script -qec '"$COHERENCE" backtest metrics.csv.xz --budgets none --label list.csv' typescript <keys
    is "$status" 0
    has '[1 of 2]' "$output"
    has 'Was it an outage? o yes, f false alarm, s skip, b back, q done' "$output"
    has '[2 of 2]' "$output"
    is "$(wc -l <list.csv)" 2
    is "$(head -n 1 list.csv)" start,end,host,label
    fine backtest metrics.csv.xz --budgets none --outages list.csv --json
    is "$(jq -c '[.verdict.judged, .verdict.announced + .verdict.seen]' <<<"$output")" '[1,1]'
    refused 1 "'list.csv' is there already" backtest metrics.csv.xz --outages list.csv --label list.csv || has 'there is none'
}

@test "labelled sets: the same figures as the bench that judges from outside" {
    if [ -z "${COHERENCE_TEST_DATA-}" ]; then
        echo '# SKIP: COHERENCE_TEST_DATA names no folder with the labelled sets' >&3
        skip
    fi
    run python3 -B "$TOP/bench/quality/agree.py" --program "$COHERENCE" --data "$COHERENCE_TEST_DATA" --sets application-server --match omi-1
    echo "$output"
    is "$status" 0
    has '1 recordings, 0 of them differ' "$output"
}
