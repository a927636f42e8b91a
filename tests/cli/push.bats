#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Telemetry that others push: remote write, OTLP and StatsD, by curl, Prometheus, vmagent, OpenTelemetry's SDK and a DogStatsD client.

load common
load http_common

CLIENTS=$TOP/tests/connectors

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${other-}" ] || kill -9 "$other" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err answer 2>/dev/null || true; }
}

# Every protocol at once; no deep sense, which is not what is tested here.
take_all()
{
    serve --json --set sources.remote_write.enabled=true --set sources.otlp.enabled=true --set sources.statsd.listen=127.0.0.1:0 \
        --set sources.host.deep=off "$@"
    statsd=$(sed -n 's/.*StatsD on udp 127.0.0.1:\([0-9]*\).*/\1/p' err)
}

# write WANTED FILE CURL-ARGUMENT...: remote write; type and coding say what it is said to be.
write()
{
    local wanted=$1 file=$2
    shift 2
    code "$wanted" --data-binary "@$file" -H "Content-Encoding: ${coding:-snappy}" -H "Content-Type: ${type:-application/x-protobuf}" "$@" \
        "$url/api/v1/write"
}

# export_metrics WANTED FILE CURL-ARGUMENT...: OTLP, likewise.
export_metrics()
{
    local wanted=$1 file=$2
    shift 2
    code "$wanted" --data-binary "@$file" -H "Content-Encoding: ${coding:-identity}" -H "Content-Type: ${type:-application/x-protobuf}" "$@" \
        "$url/v1/metrics"
}

has_counted()
{
    curl -s -m 5 "$url/metrics" >metrics && grep -q "^$1" metrics
}

# counts TEXT: waits until /metrics has a line that begins so.
counts()
{
    patiently 20 has_counted "$1" || { echo "no $1"; grep '^coherence_samples' metrics; return 1; }
}

# taken_of SOURCE: how many samples of it were taken.
taken_of()
{
    curl -s -m 5 "$url/metrics" | sed -n "s/^coherence_samples_total{source=\"$1\"} //p"
}

has_taken()
{
    local n
    n=$(taken_of "$1")
    [ "${n:-0}" -ge "$2" ]
}

# arrived SOURCE COUNT: waits until so many samples of the source were taken.
arrived()
{
    patiently 30 has_taken "$1" "$2" || { echo "$(taken_of "$1") samples of $1"; return 1; }
}

@test "remote write: every status, and nothing of a bad message is taken" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    take_all
    python3 "$CLIENTS/messages.py" . "$(date +%s)"
    write 204 good
    is "$(cat answer)" ''
    write 204 good -H 'X-Prometheus-Remote-Write-Version: 0.1.0'
    write 400 old
    has '0 of 2 samples were taken; refused: old 1' "$(cat answer)"
    write 400 unnamed
    has 'bad_name 1' "$(cat answer)"
    write 400 cut
    has 'nothing of it was taken' "$(cat answer)"
    write 400 plain
    write 204 deep # fields that it does not know, in fields that it does not know
    write 413 bomb
    write 413 big
    coding=gzip write 415 good
    coding=zstd write 415 good
    type=text/plain write 415 good
    type='application/x-protobuf;proto=of.somebody.Else' write 415 good
    write 415 good -H 'X-Prometheus-Remote-Write-Version: 9'
    write 415 good -H 'X-Prometheus-Remote-Write-Version: 2.0.0'
    write 403 good -H 'Host: rebind.example'
    write 403 good -H 'Sec-Fetch-Site: cross-site'
    code 405 "$url/api/v1/write"
    code 405 -d x=1 "$url/metrics"
    code 404 -d x=1 "$url/api/v1/nowhere"
    type='application/x-protobuf;proto=io.prometheus.write.v2.Request'
    write 204 good2 -H 'X-Prometheus-Remote-Write-Version: 2.0.0' -D heads
    has 'X-Prometheus-Remote-Write-Samples-Written: 1' "$(cat heads)"
    write 400 refs2 -D heads
    has 'X-Prometheus-Remote-Write-Samples-Written: 0' "$(cat heads)"
    counts 'coherence_samples_total{source="remote_write"} 2'
    grep '^coherence_samples_dropped_total{source="remote_write",reason="malformed"}' metrics
    code 200 "$url/healthz"
    kill "$pid"
    ends 0 3
}

@test "OTLP: partial success, both forms, gzip, and bodies that are none" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    take_all
    python3 "$CLIENTS/messages.py" . "$(date +%s)"
    export_metrics 200 gauge
    is "$(wc -c <answer)" 0
    coding=gzip export_metrics 200 gauge.gz
    export_metrics 200 odd
    has 'unsupported' "$(tr -d '\0' <answer)"
    export_metrics 400 otlp_cut
    export_metrics 200 otlp_deep
    coding=gzip export_metrics 413 bomb.gz
    export_metrics 413 big
    coding=gzip export_metrics 400 gauge
    coding=snappy export_metrics 415 gauge
    echo '{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[{"asInt":"1"}]}}]}]}]}' >json
    type=application/json
    export_metrics 200 json
    is "$(cat answer)" '{}'
    sed 's/gauge/sum/' json >sum
    export_metrics 200 sum
    is "$(jq -r .partialSuccess.rejectedDataPoints answer)" 1
    echo '{"resourceMetrics":7}' >json
    export_metrics 400 json
    is "$(jq -r .code answer)" 3
    counts 'coherence_samples_total{source="otlp"} 3'
    kill "$pid"
    ends 0 3
}

@test "bodies whose length can be read in two ways, or that never end, are refused; a token guards them" {
    take_all
    for head in 'Content-Length: 5\r\nTransfer-Encoding: chunked' 'Content-Length: 5\r\nContent-Length: 5' 'Transfer-Encoding: gzip, chunked' \
        'Transfer-Encoding: identity' 'Content-Length: -1' 'Content-Length: 0x5'; do
        said=$(raw "POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\n$head\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        [[ $said =~ ^(400( 400)?|)$ ]] || { printf 'answered: %s\nof: %s\n' "$said" "$head"; return 1; }
    done
    is "$(raw 'POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')" 411
    is "$(raw 'POST /v1/metrics HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n')" 200
    kill "$pid"
    ends 0 3
    printf 'abcdefghijklmnopqrstuvwxyz' >token
    chmod 600 token
    take_all --set http.token_file="$PWD/token"
    echo '{}' >json
    type=application/json
    export_metrics 401 json
    export_metrics 200 json -H 'Authorization: Bearer abcdefghijklmnopqrstuvwxyz'
    kill "$pid"
    ends 0 3
}

@test "Prometheus writes to it" {
    command -v prometheus >/dev/null || skip 'prometheus is not installed'
    take_all
    cat >prometheus.yml <<YAML
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: coherence
    static_configs: [{targets: ["127.0.0.1:$port"]}]
remote_write:
  - url: $url/api/v1/write
    queue_config: {batch_send_deadline: 500ms}
YAML
    prometheus --config.file=prometheus.yml --storage.tsdb.path=data --web.listen-address=127.0.0.1:0 >prometheus.log 2>&1 3>&- &
    other=$!
    arrived remote_write 200
    is "$(grep -cE 'level=(warn|error)' prometheus.log)" 0
    kill "$other" "$pid"
    ends 0 3
}

@test "vmagent writes to it" {
    command -v vmagent >/dev/null || skip 'victoria-metrics is not installed'
    take_all
    cat >scrape.yml <<YAML
scrape_configs:
  - job_name: coherence
    scrape_interval: 1s
    static_configs: [{targets: ["127.0.0.1:$port"]}]
YAML
    vmagent -promscrape.config=scrape.yml -remoteWrite.url="$url/api/v1/write" -remoteWrite.tmpDataPath=data -remoteWrite.flushInterval=500ms \
        -httpListenAddr=127.0.0.1:0 >vmagent.log 2>&1 3>&- &
    other=$!
    arrived remote_write 200
    curl -s -m 5 "$url/metrics" >metrics
    grep '^coherence_http_requests_total{code="4xx"} 0$' metrics
    kill "$other" "$pid"
    ends 0 3
}

@test "OpenTelemetry's SDK exports to it, in JSON and protobuf, and a DogStatsD client sends to it" {
    CONNECTORS=$("$CLIENTS/install" 2>why) || skip "$(cat why)"
    export CONNECTORS
    take_all
    is "$(timeout 60 node "$CLIENTS/otlp.mjs" "$url/v1/metrics" | head -n 1)" '24 sent, 0 failed'
    timeout 30 node "$CLIENTS/dogstatsd.mjs" "$statsd"
    arrived otlp 80
    arrived statsd 10
    counts 'coherence_samples_dropped_total{source="statsd",reason="unsupported"} 2'
    curl -s -m 5 "$url/api/v1/entities" >entities
    is "$(jq -r '[.entities[].host] | unique | join(" ")' entities | tr ' ' '\n' | grep -c -E '^(json|proto)-(none|gzip)-(DELTA|CUMULATIVE)$')" 8
    jq -e '.entities[] | select(.host == "node-dog")' entities >/dev/null
    kill "$pid"
    ends 0 3
}

@test "a source that --source names is the only one, and needs its address" {
    refused 2 '--source statsd listens nowhere: give --set sources.statsd.listen=127.0.0.1:8125' --source statsd --duration 1
    for source in otlp remote_write; do
        refused 2 "sources.$source is taken in by the HTTP service; set http.listen, such as 127.0.0.1:9911" run --source "$source" --duration 1
    done
    serve --json --source otlp --set sources.remote_write.enabled=true --set sources.statsd.listen=127.0.0.1:0
    printf '{"resourceMetrics": []}' >empty.json
    type=application/json export_metrics 200 empty.json
    write 404 empty.json
    lacks StatsD "$(cat err)"
    kill "$pid"
    ends 0 3
    serve --json --source statsd --set sources.statsd.listen=127.0.0.1:0 --set sources.otlp.enabled=true
    statsd=$(sed -n 's/.*StatsD on udp 127.0.0.1:\([0-9]*\).*/\1/p' err)
    echo 'queue.depth:5|g|#host:a' >"/dev/udp/127.0.0.1/$statsd"
    arrived statsd 1
    type=application/json export_metrics 404 empty.json
    is "$(curl -s -m 5 "$url/api/v1/entities" | jq -c '[.entities[].host] | unique')" '["a"]'
    kill "$pid"
    ends 0 3
}

@test "StatsD on a Unix socket: permissions, a stale one is replaced, somebody else's file is not" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    send()
    {
        python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect(sys.argv[1])
for _ in range(3): s.send(b"queue.depth:5|g|#host:a\nnonsense\n")' "$PWD/statsd.sock"
    }
    for _ in 1 2; do
        serve --json --set sources.statsd.socket="$PWD/statsd.sock" --set sources.statsd.socket_mode=0600 --set sources.host.deep=off
        is "$(stat -c '%a %F' statsd.sock)" '600 socket'
        send
        arrived statsd 1
        counts 'coherence_samples_dropped_total{source="statsd",reason="malformed"} 3'
        kill "$pid"
        ends 0 3
    done
    rm statsd.sock
    echo precious >statsd.sock
    refused 78 'cannot listen there' run --set sources.statsd.socket="$PWD/statsd.sock" --duration 1
    is "$(cat statsd.sock)" precious
    refused 2 'others can reach' run --set sources.statsd.listen=0.0.0.0:8125 --duration 1
    refused 2 'set http.listen' run --set sources.otlp.enabled=true --duration 1
}
