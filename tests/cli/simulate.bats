#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The flight simulator: each built-in flight is found for what it is, the same seed gives the same bytes, and a kept flight is judged the same.

load common

START=1767225600 # 2026-01-01T00:00:00Z, when every flight takes off

# flight NAME SEED: the flight's JSON lines in the file "flight"; found: one line a finding, law cause minutes-of-onset.
flight()
{
    fine simulate "$1" --seed "$2" --json
    printf '%s\n' "$output" >flight
    is "$(tail -n 1 flight | jq -r .type)" summary
    jq -r --argjson start $START 'select(.type == "finding" and .state == "open")
        | "\(.law) \(.cause) \((.onset - $start + 5) / 60 | floor)"' flight >found
}

# kinds: what kinds the flight's incidents had, in the order in which they first had them.
kinds()
{
    jq -r 'select(.type == "incident") | .kind' flight | awk '!seen[$0]++' | paste -sd' '
}

# each WHICH WHAT: there are such objects in the flight, and WHAT holds for each of them.
each()
{
    jq -e -s --argjson start $START "[.[] | select($1)] | length > 0 and all($2)" flight >/dev/null ||
        { printf 'not so for each: %s | %s\n' "$1" "$2"; return 1; }
}

@test "stable: nothing is found, whatever the seed" {
    for seed in 1 2 3 4 5 6 7 8; do
        flight stable "$seed"
        is "$(wc -l <flight)" 1
        is "$(jq -c '[.samples, .findings, .incidents]' flight)" '[32400,0,0]'
    done
    fine simulate stable
    has 'No incidents' "$output"
    fine simulate stable --exit-code
}

@test "seizure: one seizure from the 10th minute on, with the advice to shed load" {
    for seed in 1 2 3; do
        flight seizure "$seed"
        is "$(cut -d' ' -f1,3 found)" 'seizure 10'
        is "$(kinds)" single
        is "$(jq -c 'select(.type == "incident" and .state == "open") | [.host, .laws, .veto.type, .veto.action]' flight)" \
            '["host-001",["seizure"],"COMPUTE","SHED_LOAD"]'
        # Said within a minute, over within two of the convoy's end, the advice expires after its last evidence.
        each '.type == "finding" and .state == "open"' '.t <= $start + 660 and .value > .band[1]'
        each '.type == "finding" and .state == "close"' '.t >= $start + 1080 and .t <= $start + 1200'
        each '.type == "incident" and .state == "open"' '.veto.expires > .t and .veto.expires <= .t + 60'
    done
}

@test "fever: churn from the 8th minute on, then a leak with the time to exhaustion" {
    for seed in 1 2 3; do
        flight fever "$seed"
        is "$(cut -d' ' -f1 found | sort -u)" fever
        is "$(head -n 1 found)" 'fever churn 8'
        is "$(cut -d' ' -f2 found | uniq | paste -sd' ')" 'churn leak'
        each '.type == "finding" and .state == "open" and .cause == "leak"' '.onset >= $start + 830 and .onset <= $start + 850 and .t <= $start + 1020'
        # 8 GiB - 3 GiB at 3 MiB a second are 1707 s from the leak's beginning.
        each '.type == "finding" and .state == "open" and .cause == "leak"' \
            '($start + 840 + 1707 - .t) as $left | .exhaustion_s[0] < $left * 1.15 and .exhaustion_s[1] > $left * 0.85'
        each '.type == "finding" and .cause == "churn"' '.exhaustion_s == null'
        is "$(kinds | cut -d' ' -f1)" single
        lacks cascading "$(kinds)"
        is "$(jq -r 'select(.type == "incident" and .state == "open") | .veto.action' flight)" THROTTLE
    done
}

@test "retry-storm: amplification from the 10th minute on, with the advice to cap retries" {
    for seed in 1 2 3; do
        flight retry-storm "$seed"
        is "$(cat found)" 'amplification retry_storm 10'
        is "$(kinds)" single
        is "$(jq -r 'select(.type == "incident" and .state == "open") | .veto.action' flight)" CAP_RETRIES
        # Usual is 2 a request, and the storm makes it 6.
        each '.type == "finding" and .state == "close"' '.value > 5.5 and .value < 6.5 and .expected > 1.9 and .expected < 2.1'
    done
}

@test "metastable: a storm that outlives its surge is critical; one that ends with it is not metastable" {
    for seed in 1 2 3; do
        flight metastable "$seed"
        # The surge ends with the 12th minute; five minutes later the storm stands for itself.
        is "$(cut -d' ' -f1,2 found | paste -sd' ')" 'amplification retry_storm amplification metastable_retry_storm'
        each '.type == "finding" and .state == "open" and .cause == "metastable_retry_storm"' '.t >= $start + 1020 and .t <= $start + 1140'
        is "$(jq -r 'select(.type == "incident") | .severity' flight | tail -n 1)" critical
        is "$(jq -r 'select(.type == "incident" and .state == "open") | .veto.action' flight)" CAP_RETRIES
        is "$(tail -n 1 flight | jq .incidents)" 1
    done
    printf '%s\n' 'requests: {in: 200, fan_out: 2, batch: 2}' 'phases:' '  - {at: 10m, for: 2m, effect: step, requests: 2.5, ramp: 10s}' \
        '  - {at: 10m, for: 2m, effect: retry_storm, factor: 4, failures: 0.8, ramp: 30s}' >ends.yaml
    fine simulate ends.yaml --json
    is "$(jq -r 'select(.type == "finding" and .state == "open") | .cause' <<<"$output")" retry_storm
}

@test "cascade: a seizure, and a fever behind it, are one cascading incident" {
    for seed in 1 2 3; do
        flight cascade "$seed"
        is "$(cut -d' ' -f1 found | paste -sd' ')" 'seizure fever'
        is "$(kinds)" 'single cascading'
        is "$(tail -n 1 flight | jq -c '[.findings, .incidents]')" '[2,1]'
        is "$(jq -c 'select(.type == "incident" and .kind == "cascading") | [.severity, .laws]' flight | sort -u)" '["critical",["seizure","fever"]]'
    done
    fine simulate
    is "$output" "$("$COHERENCE" simulate cascade)"
}

@test "flapping: a seizure that comes five times is one flapping incident" {
    for seed in 1 2 3; do
        flight flapping "$seed"
        is "$(cut -d' ' -f1,3 found | paste -sd' ')" 'seizure 8 seizure 12 seizure 16 seizure 20 seizure 24'
        is "$(kinds)" 'single flapping'
        is "$(tail -n 1 flight | jq -c '[.findings, .incidents]')" '[5,1]'
    done
}

@test "signal-lost: silence from the 12th minute on is said, and no advice is given" {
    for seed in 1 2 3; do
        flight signal-lost "$seed"
        is "$(cat found)" 'signal_lost silence 12'
        is "$(jq -r 'select(.type == "incident") | .veto' flight | sort -u)" null
        fine simulate signal-lost --seed "$seed" --json --ticks
        is "$(jq -r --argjson start $START 'select(.type == "tick" and .t >= $start + 735 and .t < $start + 1200) | "\(.status) \(.laws.seizure.state) \(.laws.fever.state) \(.laws.amplification.state) \(.veto)"' <<<"$output" | sort -u)" \
            'stale stale stale stale null'
    done
}

@test "slow-burn: the leak is found hours before the crash, with a time to exhaustion that holds" {
    for seed in 1 2 3; do
        flight slow-burn "$seed"
        has 'fever leak' "$(cat found)"
        # The CPU's slower recovery is a warning, never more.
        has 'early_warning slowing_down' "$(cat found)"
        lacks amplification "$(cat found)"
        lacks signal_lost "$(cat found)"
        # The limit is reached six hours after take-off.
        each '.type == "finding" and .state == "open" and .law == "fever"' \
            '($start + 21600 - .t) as $left | $left > 7200 and .exhaustion_s[0] < $left * 1.2 and .exhaustion_s[1] > $left * 0.8'
    done
}

@test "the same seed gives the same bytes, another seed others" {
    fine simulate cascade --json --ticks --seed 42 --csv a.csv
    wanted=$output
    fine simulate cascade --json --ticks --seed 42 --csv b.csv
    is "$(cksum <<<"$output")" "$(cksum <<<"$wanted")"
    cmp a.csv b.csv
    fine simulate cascade --json --ticks --seed 43 --csv c.csv
    [ "$output" != "$wanted" ]
    run -1 cmp -s a.csv c.csv
    fine simulate cascade --json --ticks --seed 18446744073709551615
    # Ids are those of the host, the entity, the law and the onset: no seed is in them.
    is "$("$COHERENCE" simulate signal-lost --seed 1 --json | jq -r .id | head -n 1)" "$("$COHERENCE" simulate signal-lost --seed 2 --json | jq -r .id | head -n 1)"
}

@test "a flight kept with --csv is judged the same by replay" {
    for name in stable seizure fever retry-storm metastable cascade flapping signal-lost; do
        fine simulate "$name" --json --ticks --csv flight.csv
        printf '%s\n' "$output" >flown
        fine replay flight.csv --json --ticks
        cmp flown - <<<"$output"
    done
    xz flight.csv
    fine replay flight.csv.xz --json --ticks
    cmp flown - <<<"$output"
    rm flight.csv.xz
    fine simulate slow-burn --json --csv flight.csv
    wanted=$output
    fine replay flight.csv --json
    is "$output" "$wanted"
}

@test "--duration ends a flight early" {
    fine simulate cascade --duration 90 --json --ticks
    is "$(grep -c '"type":"tick"' <<<"$output")" 90
    is "$(jq -r 'select(.type == "tick") | .t' <<<"$output" | tail -n 1)" $((START + 90))
    wanted=$output
    fine simulate cascade --duration 1m30s --json --ticks || fine simulate cascade --duration 1.5m --json --ticks
    is "$output" "$wanted"
    fine simulate cascade --duration 11m --json
    is "$(jq -r 'select(.type == "finding") | .law' <<<"$output")" seizure
}

@test "--realtime takes as long as it says, a line a second" {
    began=$(date +%s%N)
    # The reader notes when each line came.
    "$COHERENCE" simulate stable --duration 2 --realtime --json --ticks | while read -r line; do echo "$(date +%s%N) $line"; done >came
    took=$((($(date +%s%N) - began) / 1000000))
    [ "$took" -ge 1000 ]
    [ "$took" -le 4000 ]
    is "$(grep -c '"type":"tick"' came)" 2
    [ $(($(sed -n '2s/ .*//p' came) - $(sed -n '1s/ .*//p' came))) -ge 700000000 ]
}

@test "every flight reads as it was reviewed" {
    golden=$BATS_TEST_DIRNAME/../golden/flights
    for report in "$golden"/*.report; do
        name=$(basename "$report" .report)
        fine simulate "$name"
        diff -u "$report" - <<<"$output"
        fine simulate "$name" --json
        diff -u "$golden/$name.jsonl" - <<<"$output"
    done
    is "$(find "$golden" -name '*.report' | wc -l)" "$(find "$BATS_TEST_DIRNAME/../../scenarios" -name '*.yaml' | wc -l)"
}

@test "--format: the same flight as text, JSON lines and logfmt" {
    fine simulate cascade --format json
    is "$output" "$("$COHERENCE" simulate cascade --json)"
    events=$(jq -r '"\(.type) \(.id // "")"' <<<"$output")
    fine simulate cascade --format logfmt
    is "$(sed 's/^level=[a-z]* type=\([a-z]*\) \(.* id=\([0-9a-f]*\) \)*.*/\1 \3/' <<<"$output")" "$events"
    fine simulate cascade --format text
    is "$output" "$("$COHERENCE" simulate cascade)"
    is "$(sed -n 1,2p <<<"$output")" $'[Running Advanced Detection...]\nRead 32400 samples of 9 series.'
    has 'Opened 2 findings.' "$output"
    has $'--- INCIDENT #1 ---\nHost: host-001\nRisk Score: 0.' "$output"
    has 'Duration: 00:1' "$output"
    has 'Narrative: Detected instability on host-001. Pattern: CASCADING FAILURE.' "$output"
    lacks '--- INCIDENT #2 ---' "$output"
}

@test "JSON lines are objects with the promised keys, and hold no NaN" {
    fine simulate cascade --json --ticks --anomalies
    printf '%s\n' "$output" >flight
    is "$(jq -r type flight | sort -u)" object
    is "$(jq -r .type flight | sort | uniq | paste -sd' ')" 'anomaly finding incident summary tick'
    lacks nan "$(grep -io '[^"a-z]nan[^a-z]\|[^a-z]inf[,}]' flight || true)"
    keys()
    {
        jq -c --arg type "$1" 'select(.type == $type) | [keys_unsorted[]] | .[0:'"$2"']' flight | sort -u
    }
    is "$(keys tick 6)" '["type","t","host","status","laws","veto"]'
    is "$(keys anomaly 7)" '["type","t","host","entity","metric","kind","score"]'
    is "$(keys finding 20)" '["type","t","state","id","host","entity","law","onset","value","expected","band","unit","scale_s","false_alarms_per_year","calibrated","confidence","cause","exhaustion_s","evidence","text"]'
    is "$(keys incident 14)" '["type","t","state","id","host","kind","severity","start","end","risk","laws","narrative","findings","veto"]'
    is "$(keys summary 6)" '["type","samples","series","anomalies","findings","incidents"]'
    is "$(jq -c 'select(.type == "tick") | .laws | keys_unsorted' flight | sort -u)" '["seizure","fever","amplification"]'
    is "$(jq -c 'select(.type == "tick") | .laws[] | keys_unsorted[0:6]' flight | sort -u)" '["state","value","expected","band","unit","scale_s"]'
    jq -e -s 'map(.id // empty) | all(test("^[0-9a-f]{16}$")) and length > 3' flight
}

@test "colours: only when asked for, or on a terminal without NO_COLOR" {
    plain=$("$COHERENCE" simulate seizure --ticks)
    lacks $'\e' "$plain"
    fine simulate seizure --ticks --color never
    is "$output" "$plain"
    fine simulate seizure --ticks --color always
    has $'\e[' "$output"
    is "$(sed 's/\x1b\[[0-9;]*m//g' <<<"$output")" "$plain"
    NO_COLOR=1 fine simulate seizure --ticks --color always
    has $'\e[' "$output"
    fine simulate seizure --ticks --color always --json
    lacks $'\e' "$output"
    command -v script >/dev/null || skip 'script (util-linux) is not installed'
    on_terminal()
    {
        script -qec "env $1 '$COHERENCE' simulate seizure --ticks" /dev/null </dev/null
    }
    has $'\e[' "$(on_terminal TERM=xterm)"
    lacks $'\e' "$(on_terminal 'TERM=xterm NO_COLOR=1')"
    lacks $'\e' "$(on_terminal TERM=dumb)"
    has $'\e[' "$(on_terminal 'TERM=xterm NO_COLOR=')"
}

@test "a scenario file flies like a built-in one" {
    for file in "$TOP"/scenarios/*.yaml; do
        name=$(basename "$file" .yaml)
        [ "$name" != slow-burn ] || continue
        fine simulate "$file" --json
        is "$(cksum <<<"$output")" "$("$COHERENCE" simulate "$name" --json | cksum)"
    done
    printf 'duration: 20m\nhosts: [web-1, web-2]\nphases:\n  - {at: 8m, for: 5m, host: 2, effect: cpu_swing, period: 3s, low: 0.05, high: 0.65}\n' >two.yaml
    fine simulate two.yaml --json
    is "$(jq -r 'select(.type == "finding") | "\(.host) \(.law)"' <<<"$output" | sort -u)" 'web-2 seizure'
    fine simulate ./two.yaml
    has 'Host: web-2' "$output"
    lacks 'Host: web-1' "$output"
}

@test "a scenario with a mistake is refused with its place" {
    printf 'duration: 20m\nphases:\n  - {at: 1m, efect: silence}\n' >a.yaml
    refused 65 "a.yaml:3:14: unknown key 'efect'" simulate a.yaml
    printf 'duraton: 20m\n' >b.yaml
    refused 65 "b.yaml:1:1: unknown key 'duraton'" simulate b.yaml
    printf 'duration: 20\n' >c.yaml
    refused 65 'c.yaml:1:11: ' simulate c.yaml
    printf 'cpu: {mean: 40%%}\n' >d.yaml
    refused 65 'd.yaml:1:13: ' simulate d.yaml
    printf 'phases:\n  - {at: 1m, effect: silence, rate: 3MiB}\n' >e.yaml
    refused 65 'e.yaml:2:' simulate e.yaml
    printf 'phases: [\n' >f.yaml
    refused 65 'f.yaml:2:1: ' simulate f.yaml
    mkdir g.yaml
    refused 65 "cannot read 'g.yaml': not a regular file" simulate g.yaml
    refused 65 "cannot read './none.yaml': No such file or directory" simulate ./none.yaml
    refused 2 "unknown scenario 'none'; there are stable, seizure, fever, retry-storm, metastable, cascade, flapping, signal-lost, slow-burn" simulate none
    head -c 1100000 /dev/zero | tr '\0' '#' >h.yaml
    refused 65 "cannot read 'h.yaml': larger than 1 MiB" simulate h.yaml
}

@test "--exit-code: 3 when a flight ends with an incident" {
    coherence simulate seizure --exit-code
    [ "$status" -eq 3 ]
    coherence simulate seizure --exit-code --json
    [ "$status" -eq 3 ]
    fine simulate seizure --exit-code --duration 5m
}
