#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# A history out of Prometheus for replay and backtest: a real one, one that refuses, one that is slow, none at all.

load common

teardown()
{
    [ -z "${server-}" ] || kill -9 "$server" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { printf 'status %s\n-- stdout\n%s\n-- stderr\n%s\n' "${status-}" "$(head -c 1500 <<<"${output-}")" "$(head -c 1500 <<<"${stderr-}")"; }
}

# play WHAT: a server that answers range queries so (tests/prometheus/range_server.py); its address is url.
play()
{
    python3 "$TOP/tests/prometheus/range_server.py" "$1" >address 2>asked 3>&- &
    server=$!
    lines_of address 1
    url=$(cat address)
}

@test "three outages in the history of a real Prometheus are announced" {
    command -v promtool >/dev/null || skip 'prometheus is not installed'
    timeout -k 5 120 python3 "$TOP/tests/prometheus/range_acceptance.py" "$COHERENCE" --days 3 --series 12 >told 2>&1 || { cat told; false; }
    grep -qx 'ok: 3 of 3 outages announced' told
}

@test "the history is asked for in pages, in order, and every step is a tick" {
    play good
    coherence replay --prometheus "$url/prefix/" --query load --query 'rate(x[1m])' --from 1767225600 --to 1767315600 --step 60s --json --ticks
    is "$status" 0
    is "$stderr" ''
    is "$(grep -c '"type":"tick"' <<<"$output")" 3002 # of two hosts
    is "$(jq -r 'select(.type == "summary") | "\(.samples) \(.series)"' <<<"$output")" '6004 4'
    # 500 steps first, then all that fits; both queries for each page, behind the server's own path.
    is "$(sort -u asked | wc -l)" 4
    grep -qx '/prefix/api/v1/query_range load 1767225600 1767255540 60' asked
    grep -qx '/prefix/api/v1/query_range rate(x\[1m\]) 1767255600 1767315600 60' asked
}

@test "names mean what the configuration says, and its limits hold" {
    play good
    cat >own.yaml <<'END'
sources:
  meaning:
    - {name: load, metric: system.cpu.utilization, scale: 0.01, entity: host}
END
    for command in replay 'backtest --budgets none'; do
        # shellcheck disable=SC2086
        coherence $command -c own.yaml --prometheus "$url" --query load --from 1767225600 --to 1767231600 --step 60s --json
        is "$status" 0
        is "$stderr" ''
        is "$(jq -r 'select(.type == "summary" or .type == "backtest") | .series' <<<"$output")" 2
    done
    coherence replay -c own.yaml --prometheus "$url" --query load --from 1767225600 --to 1767231600 --step 60s --csv fed.csv
    is "$status" 0
    grep -qx '1767225600,a,system.cpu.utilization,0.4,' fed.csv || { head -3 fed.csv; return 1; }
    lacks load "$(cat fed.csv)"
    coherence replay -c own.yaml --set sources.limits.series=1 --prometheus "$url" --query load --from 1767225600 --to 1767231600 --step 60s --json
    is "$(jq -r 'select(.type == "summary") | .series' <<<"$output")" 1
    has '101 samples could not be taken (limits'
}

@test "a page that is too large for the server is asked for in halves" {
    play small
    coherence replay --prometheus "$url" --query load --from 1767225600 --to 1767255540 --step 60s --json
    is "$status" 0
    is "$(jq -r 'select(.type == "summary") | .samples' <<<"$output")" 1000
}

@test "a server that refuses, breaks off, or is no Prometheus is named with its words, and what was read is judged" {
    play refuses
    refused 65 "it refuses 'load': invalid parameter: nonsense" replay --prometheus "$url" --query load --from 1767225600 --to 1767255540 --json
    kill -9 "$server"
    play breaks
    coherence replay --prometheus "$url" --query load --from 1767225600 --to 1767315600 --step 60s --json
    is "$status" 65
    has "HTTP 502"
    has "what was read before that was judged"
    is "$(jq -r 'select(.type == "summary") | .samples' <<<"$output")" 1000
    coherence backtest --prometheus "$url" --query load --from 1767225600 --to 1767315600 --step 60s --budgets none --json
    is "$status" 65
    is "$(jq -r .complete <<<"$output")" false
    kill -9 "$server"
    play web
    coherence replay --prometheus "$url" --query load --from 1767225600 --to 1767315600 --json
    is "$status" 65
    has "what came is not the answer to a range query"
}

@test "nobody there, and a server that is slow, interrupted" {
    coherence replay --prometheus http://127.0.0.1:9 --query load --from 1h
    is "$status" 65
    has "http://127.0.0.1:9: cannot connect: Connection refused"
    play slow
    "$COHERENCE" replay --prometheus "$url" --query load --from 1h >out 2>err &
    pid=$!
    lines_of asked 1
    kill -INT "$pid"
    ends 1 5
    grep -q interrupted err
}

@test "flags that do not fit are said" {
    refused 2 "--prometheus needs at least one --query" replay --prometheus http://127.0.0.1:9 --from 1h
    refused 2 "--prometheus needs --from TIME" backtest --prometheus http://127.0.0.1:9 --query up
    refused 2 "give files or --prometheus, not both" replay --prometheus http://127.0.0.1:9 --query up --from 1h x.csv
    refused 2 "--step must be a time between 1s and 1d" replay --prometheus http://127.0.0.1:9 --query up --from 1h --step 15
    refused 2 "--query is of --prometheus URL" replay --query up x.csv
    refused 2 "--from and --to are of --prometheus URL" backtest --from 1h x.csv
    refused 2 "--prometheus: it does not begin with http:// or https://" replay --prometheus 127.0.0.1:9 --query up --from 1h
    refused 2 "unencrypted" replay --prometheus http://192.0.2.1 --query up --from 1h --token-file /etc/hostname
}
