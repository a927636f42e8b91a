#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `--source datadog` against a fake of Datadog's API (tests/connectors/datadog_fake.py): three hosts, of which one seizes, one leaks and one
# holds a service that retries.

load common
load sentinel

FAKE=$TOP/tests/connectors/datadog_fake.py
API=0123456789abcdef0123456789canary
APP=canary0123456789abcdef0123456789abcdef01

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${fake-}" ] || { kill "$fake" && wait "$fake"; } 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err fake/log fake/errors 2>/dev/null || true; }
}

# fake ARGUMENT...: starts the fake: fake (its process) and port. Without arguments it listens where it did before.
fake()
{
    mkdir -p fake
    [ $# -gt 0 ] || [ ! -e fake/port ] || set -- --port "$(cat fake/port)"
    rm -f fake/port
    python3 "$FAKE" fake "$@" >/dev/null 2>fake/stderr 3>&- &
    fake=$!
    patiently 10 [ -s fake/port ] || { cat fake/stderr; return 1; }
    port=$(cat fake/port)
    export DD_API_KEY=$API DD_APP_KEY=$APP
}

# read_from SCHEME COMMAND ARGUMENT...: coherence with the fake as its source.
read_from()
{
    local scheme=$1 command=$2
    shift 2
    coherence "$command" --source datadog --set "sources.datadog.url=$scheme://127.0.0.1:$port" "$@" </dev/null
}

# says TEXT: waits until the sentinel in the background has said it.
says()
{
    patiently 20 grep -q -- "$1" err || { echo "not said: $1"; cat err; return 1; }
}

# findings: law and host (service) of what opened, each once, sorted.
findings()
{
    python3 -c '
import json, sys
print("\n".join(sorted({"%s %s %s" % (e["law"], e["host"], e["entity"]["kind"]) for e in map(json.loads, sys.stdin)
                        if e["type"] == "finding" and e["state"] == "open"})))'
}

@test "a seizure, a leak and a retry storm are found in the past, each at its host; the recording replays the same" {
    fake
    read_from http run --json --duration 5 --record seen.rec
    is "$status" 0
    is "$(findings <<<"$output")" "amplification web-2 service
fever db-1 host
seizure web-1 host"
    has 'for 36 metrics of the hosts * every 60 s, with the keys of DD_API_KEY and DD_APP_KEY'
    lived=$(grep -E '"type":"(finding|incident)"' <<<"$output")
    coherence replay --json seen.rec
    is "$status" 0
    is "$(grep -E '"type":"(finding|incident)"' <<<"$output")" "$lived"
    lacks "KEY IN URL" "$(cat fake/log)"
}

@test "hosts are chosen by globs, on both sides" {
    fake
    read_from http run --json --duration 4 --set 'sources.datadog.hosts=web-*'
    is "$status" 0
    lacks '"host":"db-1"' "$output"
    has '"host":"web-1"' "$output"
    is "$(findings <<<"$output" | wc -l)" 2
}

# Datadog tells collections as rates: 8 ms of minor ones a second are what the counter grows by.
@test "the JVM of a service that runs out of heap is found by what Datadog knows of it" {
    fake
    echo jvm >fake/mode
    read_from http run --json --duration 4 --csv seen.csv
    is "$status" 0
    grep -q ',web-2,jvm.memory.limit,1073741824,service:shop$' seen.csv
    [ "$(grep -c ',web-2,jvm.gc.duration,' seen.csv)" -gt 100 ]
    jq -es 'map(select(.type == "finding" and .state == "open" and .cause == "gc_spiral")) | map([.host, .entity.kind, .entity.name]) | unique
        == [["web-1", "service", "shop"]]' <<<"$output"
}

@test "what the fake says and is asked are what Datadog's own client takes and sends" {
    CONNECTORS=$("$TOP/tests/connectors/install" 2>why) || skip "$(cat why)"
    fake
    echo jvm >fake/mode
    read_from http run --json --duration 3
    is "$status" 0
    CONNECTORS=$CONNECTORS timeout 60 node "$TOP/tests/connectors/datadog.mjs" "http://127.0.0.1:$port" fake/request.json >told
    is "$(cat told)" 'version 2: 3 series; version 1: 3 series; keys valid; what the program asks for is understood'
}

@test "version 1 of the API stands in; nulls and coarse buckets change nothing" {
    fake
    echo no-v2 >fake/mode
    read_from http run --json --duration 4
    is "$(findings <<<"$output")" "amplification web-2 service
fever db-1 host
seizure web-1 host"
    grep -q '^GET /api/v1/query 200' fake/log
    echo nulls >fake/mode
    read_from http run --json --duration 4
    has '"law":"amplification"' "$output"
    lacks '"law":"signal_lost"' "$output"
}

@test "what is too long for one answer is asked for in pieces" {
    fake
    read_from http run --json --duration 4 --set sources.datadog.max_body=32KiB
    is "$(wc -l <<<"$stderr")" 1
    is "$(findings <<<"$output")" "amplification web-2 service
fever db-1 host
seizure web-1 host"
    read_from http run --json --duration 3 --set sources.datadog.max_body=6KiB --set sources.datadog.backfill=4m
    is "$(wc -l <<<"$stderr")" 1
    has '"host":"web-1"' "$output"
}

@test "over TLS, trusted by its certificate alone" {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=fake -addext subjectAltName=IP:127.0.0.1 \
        -keyout key.pem -out cert.pem 2>/dev/null
    fake --tls cert.pem key.pem
    read_from https doctor
    is "$status" 78
    has 'cannot read from Datadog: TLS: ' "$output"
    has 'name its certificates in client.ca_file' "$output"
    is "$(cat fake/log 2>/dev/null)" ''
    read_from https run --json --duration 4 --set "client.ca_file=$PWD/cert.pem"
    is "$status" 0
    is "$(findings <<<"$output" | wc -l)" 3
}

@test "doctor says what there is and what is missing" {
    fake
    read_from http doctor
    is "$status" 0
    is "$stderr" ''
    has 'API key: valid (DD_API_KEY)' "$output"
    has 'application key: may read metrics (DD_APP_KEY)' "$output"
    has 'rate limit: 100 requests in 60 s, 96 of them left; run makes 3 every 60 s' "$output"
    has 'hosts: 3' "$output"
    has 'system.cpu.user                         3 series      the law seizure' "$output"
    has 'trace.flask.request.hits                missing       the law amplification, of services' "$output"
    read_from http doctor --json
    python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["readable"] and d["hosts"] == 3' <<<"$output"
    for mode in scope html broken cut huge fault limit 'no-v1 no-v2'; do
        echo "$mode" >fake/mode
        read_from http doctor
        is "$status" 78
        has 'cannot read from Datadog: ' "$output"
        lacks canary "$output$stderr"
    done
    echo refuse >fake/mode
    read_from http doctor
    is "$status" 78
    has 'API key: not confirmed (DD_API_KEY)' "$output"
    has 'it refuses the keys (HTTP 403, "Forbidden"); look whether DD_API_KEY and DD_APP_KEY are keys of an account at this site' "$output"
    kill "$fake"
    wait "$fake" || true
    read_from http doctor
    is "$status" 78
    has 'cannot read from Datadog: cannot connect' "$output"
}

@test "keys and sites are checked before anything is sent" {
    unset DD_API_KEY DD_APP_KEY DATADOG_API_KEY DATADOG_APP_KEY DD_SITE
    refused 2 "the API key is missing: set DD_API_KEY, write it into '.env'" --source datadog
    DD_API_KEY=$API refused 2 'the application key is missing: set DD_APP_KEY' --source datadog
    DD_API_KEY=$API DD_APP_KEY=$APP DD_SITE=datadog.eu refused 2 "'datadog.eu' is no site of Datadog; did you mean 'datadoghq.eu'?" run --source datadog
    refused 2 "did you mean 'us5.datadoghq.com'?" run --source datadog --set sources.datadog.site=us5.datadoghq.co
    refused 2 'keys are sent there; write https' run --source datadog --set sources.datadog.url=http://example.org
    refused 2 'holds a character that no such name has' run --source datadog --set 'sources.datadog.hosts=a} by {b'
    printf 'DD_API_KEY="oops\n' >.env
    refused 2 '.env:1: the value must be plain' --source datadog
    lacks oops "$stderr"
}

@test "a .env file in the working directory is read, and said to be readable by everybody" {
    fake
    unset DD_API_KEY DD_APP_KEY
    printf '# Datadog\nDATADOG_API_KEY=%s\nDATADOG_APP_KEY=%s\nDATADOG_SITE=us5.datadoghq.com\n' "$API" "$APP" >.env
    chmod 644 .env
    read_from http run --json --duration 3
    is "$status" 0
    has 'with the keys of DATADOG_API_KEY in .env and DATADOG_APP_KEY in .env'
    has "everybody on this host can read the keys in '.env'; take that away: chmod o= '.env'"
    has '"host":"web-1"' "$output"
    chmod 600 .env
    read_from http doctor
    is "$status" 0
    lacks everybody "$output$stderr"
}

@test "keys are nowhere but in headers" {
    fake
    echo 'scope echo' >fake/mode
    begin run --source datadog --set "sources.datadog.url=http://127.0.0.1:$port" --set http.listen=127.0.0.1:0 --set sandbox=off
    says '"Forbidden: \[key\]"'
    service=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' err)
    left=50
    until curl -s -m 10 "$service/metrics" | tee answers | grep -q 'coherence_source_up{source="datadog"} 0'; do
        left=$((left - 1))
        [ "$left" -gt 0 ]
        sleep 0.2
    done
    curl -s -m 10 "$service/api/v1/status" >>answers
    grep -q '^Max core file size *0 *0 ' "/proc/$pid/limits"
    kill -TERM "$pid"
    ends 0 5
    run ! grep -r canary out err answers fake/log
    lacks 'KEY IN URL' "$(cat fake/log)"
}

@test "a rate limit is waited for, and a server that goes and comes back" {
    fake
    echo limit >fake/mode
    begin run --json --source datadog --set "sources.datadog.url=http://127.0.0.1:$port" --set sources.datadog.interval=1s
    says 'its rate limit is reached (HTTP 429); trying again in 1 s'
    rm fake/mode
    says 'reading from Datadog again'
    lines_of out 3 # the past has been judged
    kill "$fake"
    wait "$fake" || true
    says 'cannot connect: Connection refused; trying again in 5 s'
    : >err
    fake
    says 'reading from Datadog again'
    kill -HUP "$pid" # advice lives longer by how far the clock goes behind, and that is no change
    says 'configuration reloaded: nothing has changed'
    says "Datadog's keys stay as they were read at the start; new ones need a restart"
    kill -TERM "$pid"
    ends 0 5
    lacks '"type":"finding","state":"open","law":"signal_lost"' "$(cat out)"
}

@test "beside this host it is one source more" {
    fake
    cat >c.yaml <<END
sources:
  datadog: {url: "http://127.0.0.1:$port", hosts: "web-*"}
END
    coherence check-config c.yaml
    is "$status" 0
    coherence run -c c.yaml --json --duration 4 </dev/null
    is "$status" 0
    has '"host":"web-1"' "$output"
    has "\"host\":\"$(uname -n)\"" "$output"
}
