#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The HTTP service and HAProxy's agent-check of `run`, asked by curl, Prometheus and HAProxy, and by those who mean no good.

load common
load http_common
load history_common

FIXTURES=$TOP/tests/golden/host

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${other-}" ] || kill -9 "$other" 2>/dev/null || true
    [ -z "${proxy-}" ] || kill -9 "$proxy" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; }
}

@test "curl gets every route, with the headers that protect, and the document says the same" {
    serve --set sources.remote_write.enabled=true --set sources.otlp.enabled=true
    lines_of out 2
    code 200 "$url/healthz"
    is "$(cat answer)" ok
    code 503 "$url/readyz"
    is "$(cat answer)" 'warming up'
    code 200 "$url/api/v1/status"
    is "$(jq -r '.profile, .ready, .sources[0].name' answer | paste -sd' ')" 'default false host'
    code 200 -I "$url/metrics"
    code 200 "$url/api/v1/openapi.json"
    cmp answer "$TOP/docs/openapi.json"
    if command -v python3 >/dev/null; then
        python3 "$TOP/tests/http/check_openapi.py" "$TOP/docs/openapi.json" "$url"
    fi
    kill "$pid"
    ends 0 3
}

@test "closed incidents come from the history, bounded, while a sentinel runs; what asks too much is refused" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    filled
    # What is in the file is not believed: a line that is none is left out.
    python3 -c "import sqlite3; db = sqlite3.connect('state/coherence.db'); db.execute('update incident set json=? where id=?', ('{\"a\":\"\\n\"}', '%016x' % 2)); db.commit()"
    serve --state-dir "$PWD/state" --set sources.host.deep=off --set history.keep=3650d
    lines_of out 1
    closed()
    {
        code 200 "$url/api/v1/incidents?$1"
        jq -r '[.incidents[] | .id[-1:]] + [.left_out | tostring] | join(" ")' answer
    }
    # The fifth one is open in the history, and not known to this sentinel: it was closed at the start.
    is "$(closed state=closed)" '5 4 3 1 1'
    is "$(closed 'state=all&limit=2')" '5 4 3'
    is "$(closed 'state=closed&host=other')" '3 0'
    is "$(closed 'state=closed&from=1767229200&to=2026-01-01T02:00:00Z')" '1'
    is "$(closed state=open)" '0'
    is "$(jq -rc . answer)" '{"incidents":[],"left_out":0}'
    code 404 "$url/api/v1/incidents/ffffffffffffffff"
    code 404 "$url/api/v1/incidents/1"
    for query in state=over from=yesterday 'to=1e9' limit=0 limit=1001 'state=open&state=open'; do
        code 400 "$url/api/v1/incidents?$query"
    done
    for query in '' metric=seizure\&step=0 'metric=seizure&from=9&to=8' 'metric=seizure&from=0' 'metric=seizure&from=1000&to=9000&step=1' 'metric=seizure&step=soon'; do
        code 400 "$url/api/v1/series?$query"
    done
    code 404 "$url/api/v1/series?metric=nothing"
    code 200 "$url/api/v1/series?metric=system.cpu.utilization"
    is "$(jq -r '[(.t | length), (.value | length), (.hi | length), .step, .unit] | join(" ")' answer)" '601 601 601 1 1'
    kill "$pid"
    ends 0 3
}

@test "the past of a law is judged again from the recording as it was said, and is asked for by many at once" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    serve --source live --state-dir "$PWD/state" --set sources.host.deep=off --set sources.host.processes=false
    lines_of out 8
    code 200 "$url/api/v1/series?metric=system.cpu.utilization"
    cp answer live
    is "$(jq -r .source live)" memory
    kill "$pid"
    ends 0 3
    serve --source live --state-dir "$PWD/state" --set sources.host.deep=off --set sources.host.processes=false
    lines_of out 1
    from=$(jq '[.t, .value] | transpose | map(select(.[1])) | .[0][0]' live)
    to=$(jq '[.t, .value] | transpose | map(select(.[1])) | .[-1][0]' live)
    code 200 "$url/api/v1/series?metric=system.cpu.utilization&from=$from&to=$to"
    is "$(jq -r .source answer)" recording
    is "$(jq -c '[.value, .expected]' answer)" "$(jq -c "[.t, .value, .expected] | transpose | map(select(.[0] >= $from and .[0] <= $to)) | [map(.[1]), map(.[2])]" live)"
    # Twenty at once: each is answered, some of them with 503 and when to come again.
    for i in {1..20}; do
        curl -s -m 10 -o /dev/null -w '%{http_code}\n' "$url/api/v1/series?metric=seizure&from=$from&to=$((to + i))" >"code.$i" 3>&- &
    done
    wait -n $(jobs -p | grep -vx "$pid") || true
    for i in {1..20}; do
        for _ in {1..50}; do [ -s "code.$i" ] && break; sleep 0.1; done
    done
    is "$(sort -u code.* | grep -vxE '200|503')" ''
    grep -qx 200 code.*
    code 200 "$url/healthz"
    kill "$pid"
    ends 0 3
}

# shaky TREE: a copy of a recorded host whose CPU is calm for ten seconds and then busy and idle in turn: for classic rules, a seizure.
shaky()
{
    cp -r "$FIXTURES/linux-5.10-v2" "$1"
    rm -r "$1/sys/fs/cgroup/system.slice"
    cat >shake <<'SH'
usage=1000000000 k=0
while sleep 0.1; do
    k=$((k + 1))
    if [ "$k" -lt 100 ]; then usage=$((usage + 20000 + k / 10 % 2 * 6000)); elif [ $((k / 20 % 2)) = 0 ]; then usage=$((usage + 200000)); fi
    printf 'usage_usec %d\nuser_usec %d\nsystem_usec 0\n' $usage $usage >"$1.new"
    cat "$1.new" >"$1/sys/fs/cgroup/cpu.stat"
done
SH
    bash shake "$1" 3>&- &
    other=$!
}

@test "the stream brings the lines as they are said, and 32 may listen" {
    serve --source sim
    curl -sN -m 4 "$url/api/v1/stream" >stream || true
    sed -n 's/^data: //p' stream | jq -e -s 'length >= 2 and all(.type == "tick")' >/dev/null
    # That it has left is noticed with the next line that it does not get.
    for _ in {1..50}; do
        ! curl -s -m 5 "$url/metrics" | grep -q '^coherence_stream_listeners 0$' || break
        sleep 0.2
    done
    listeners=()
    for _ in {1..32}; do
        curl -sN -m 20 "$url/api/v1/stream" >/dev/null 3>&- &
        listeners+=($!)
    done
    for _ in {1..50}; do
        curl -s -m 5 "$url/metrics" >metrics
        ! grep -q '^coherence_stream_listeners 32$' metrics || break
        sleep 0.2
    done
    grep '^coherence_stream_listeners 32$' metrics
    code 503 "$url/api/v1/stream"
    code 200 "$url/healthz"
    kill "${listeners[@]}"
    kill "$pid"
    ends 0 3
}

@test "an instability: advice in every form, metrics, and HAProxy's weight, which comes back" {
    command -v haproxy >/dev/null || skip 'haproxy is not installed'
    command -v python3 >/dev/null || skip 'python3 is not installed'
    shaky tree
    serve --profile classic --root tree --set sources.host.deep=off --set sources.host.filesystems=false --set veto.ttl=3s \
        --set sources.remote_write.enabled=true --set sources.otlp.enabled=true --set outputs.haproxy_agent.listen=127.0.0.1:0 --set outputs.haproxy_agent.farewell=3s
    agent=$(sed -n 's/.*agent-check on 127.0.0.1:\([0-9]*\)$/\1/p' err)
    is "$(timeout 3 cat <"/dev/tcp/127.0.0.1/$agent")" '100%'
    cat >haproxy.cfg <<CFG
global
    stats socket $PWD/haproxy.sock level admin
defaults
    mode http
    timeout connect 1s
    timeout client 5s
    timeout server 5s
backend web
    server here $(cut -d/ -f3 <<<"$url") weight 200 check inter 500ms agent-check agent-addr 127.0.0.1 agent-port $agent agent-inter 500ms
CFG
    haproxy -f haproxy.cfg >haproxy.log 2>&1 3>&- &
    proxy=$!
    weight()
    {
        python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(b"get weight web/here\n"); print(s.makefile().readline().split()[0])' "$PWD/haproxy.sock"
    }
    for _ in {1..200}; do
        curl -s -m 5 "$url/api/v1/veto" >veto
        ! jq -e .veto veto >/dev/null || break
        sleep 0.2
    done
    is "$(jq -r .veto.action veto)" SHED_LOAD
    code 429 "$url/api/v1/veto/consul"
    curl -s -m 5 -D heads -o /dev/null "$url/api/v1/veto/envoy"
    grep -qi '^x-envoy-degraded: true' heads
    curl -s -m 5 "$url/metrics" >metrics
    grep '^coherence_veto_active{action="SHED_LOAD"} 1$' metrics
    python3 "$TOP/tests/http/check_openapi.py" "$TOP/docs/openapi.json" "$url"
    for _ in {1..50}; do
        low=$(weight)
        [ "$low" -ge 200 ] || break
        sleep 0.1
    done
    # HAProxy asks the agent for percent of its own 200; the floor is 10.
    [ "$low" -lt 200 ] && [ "$low" -ge 20 ]
    # Readiness is about us: the advice is not in it.
    code 200 "$url/readyz"
    kill "$other"
    kill "$pid"
    ends 0 6
    is "$(weight)" 200
    has 'telling HAProxy for 3 s that the weight is 100% again' "$(cat err)"
    kill "$proxy"
}

@test "a browser gets the page, or the words that this build has none, and nothing that may load from elsewhere" {
    serve
    curl -s -m 5 -D heads -o front -H 'Accept: text/html,application/xhtml+xml,*/*;q=0.8' "$url/"
    grep -qi '^content-type: text/html' heads
    grep -qi "^content-security-policy: default-src 'none'; script-src 'self'; .*frame-ancestors 'none'" heads
    grep -q 'Coherence' front
    is "$(grep -cE '<script>|https?:|<style' front)" 0
    if grep -q '/page/page.js' front; then
        code 200 "$url/page/page.js"
        code 200 "$url/page/page.css"
    else
        code 404 "$url/page/page.js"
        grep -q 'make page' front
    fi
    # Whoever asks for nothing in particular gets the list, in which the page's parts do not stand.
    is "$(curl -s -m 5 "$url/" | grep -c '/page/')" 0
    # A link on another site may be followed; what another site's page asks for itself is refused.
    code 200 -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: document' "$url/"
    code 403 -H 'Sec-Fetch-Site: cross-site' -H 'Sec-Fetch-Mode: navigate' -H 'Sec-Fetch-Dest: iframe' "$url/"
    kill "$pid"
    ends 0 3
}

@test "what is not asked rightly is refused" {
    serve
    code 404 "$url/nothing"
    code 405 -X DELETE "$url/metrics"
    code 400 -d x=1 "$url/metrics"
    # Sources that are not configured.
    for asked in '-d x=1' '-X POST' ''; do
        # shellcheck disable=SC2086 # the words of a request
        code 404 $asked "$url/api/v1/write"
        has 'sources.remote_write is not configured' "$(cat answer)"
        # shellcheck disable=SC2086
        code 404 $asked "$url/v1/metrics"
        has 'sources.otlp is not configured' "$(cat answer)"
    done
    code 406 -H 'Accept: image/png' "$url/healthz"
    code 400 "$url/healthz?x=1"
    code 400 "$url/api/v1/entities?kind=%zz"
    # DNS rebinding: the name that the browser was told.
    code 403 -H 'Host: rebind.example' "$url/metrics"
    code 403 -H 'Host: localhost.evil.example' "$url/metrics"
    code 200 -H "Host: localhost:$port" "$url/metrics"
    code 403 -H 'Sec-Fetch-Site: cross-site' "$url/api/v1/veto"
    # Paths.
    for path in /../../etc/passwd /%2e%2e/%2e%2e/etc/passwd //etc/passwd '/healthz%00' '/api//v1/status' '/api/./v1/status' '/<script>'; do
        code 400 --path-as-is "$url$path"
        lacks '<script>' "$(cat answer)"
    done
    kill "$pid"
    ends 0 3
}

@test "requests that two programs could read differently are refused, and their connection ends" {
    serve
    is "$(raw 'GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')" 200
    is "$(raw 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')" '200 200'
    for head in 'Host: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked' 'Host: localhost\r\nContent-Length: 5\r\nContent-Length: 6' \
        'Host: localhost\r\nTransfer-Encoding: chunked' 'Host: localhost\r\nContent-Length : 5' 'Host: localhost\r\nHost: localhost' 'Accept: */*' \
        'Host: localhost\r\nContent-Length: -1' 'Host: localhost\r\nContent-Length: 5' "X: $(printf 'x%.0s' {1..9000})\r\nHost: localhost"; do
        said=$(raw "GET /healthz HTTP/1.1\r\n$head\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        [[ $said =~ ^((400|431)( 400)?|)$ ]] || { printf 'answered: %s\nof: %.80s\n' "$said" "$head"; return 1; }
    done
    said=$(raw "GET /$(printf 'x%.0s' {1..40000}) HTTP/1.1\r\nHost: localhost\r\n\r\n")
    [[ $said =~ ^(414|431|)$ ]]
    is "$(raw 'GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')" 400
    code 200 "$url/healthz"
    kill "$pid"
    ends 0 3
}

@test "answers: once a tick, tagged, compressed when asked" {
    serve
    lines_of out 3
    etag=$(curl -sI -m 5 "$url/" | tr -d '\r' | sed -n 's/^ETag: //p')
    [ -n "$etag" ]
    code 304 -H "If-None-Match: $etag" "$url/"
    code 200 -H 'If-None-Match: "0"' "$url/"
    curl -s -m 5 "$url/metrics" >plain
    small=$(curl -s -m 5 --compressed -o unpacked -w '%{size_download}' "$url/metrics")
    [ "$small" -lt $(($(wc -c <plain) / 3)) ]
    is "$(grep -c ^coherence_ unpacked)" "$(grep -c ^coherence_ plain)"
    is "$(curl -s -m 5 -H 'Accept: application/openmetrics-text' "$url/metrics" | tail -n 1)" '# EOF'
    kill "$pid"
    ends 0 3
}

@test "promtool finds nothing wrong with the metrics; Prometheus scrapes them, and the dashboard finds what it shows" {
    command -v prometheus >/dev/null || skip 'prometheus is not installed'
    serve
    lines_of out 2
    curl -s -m 5 "$url/metrics" >exposed
    promtool check metrics <exposed >remarks 2>&1
    is "$(cat remarks)" ''
    cat >prometheus.yml <<YAML
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$TOP/packaging/prometheus/coherence-alerts.yml", "$TOP/packaging/prometheus/coherence-rules.yml"]
scrape_configs:
  - job_name: coherence
    static_configs: [{targets: ["127.0.0.1:$port"]}]
YAML
    # A port that was free a moment ago.
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])' >free || skip 'python3 is not installed'
    prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address="127.0.0.1:$(cat free)" --log.level=error >prometheus.log 2>&1 3>&- &
    other=$!
    for _ in {1..60}; do
        curl -s -m 5 -G "http://127.0.0.1:$(cat free)/api/v1/query" --data-urlencode 'query=count(coherence_law_state) and on() (up == 1)' >result || true
        jq -e '.data.result[0].value[1] | tonumber >= 30' result >/dev/null 2>&1 && break
        sleep 0.5
    done
    jq -e '.data.result[0].value[1] | tonumber >= 30' result
    for _ in {1..20}; do
        # Rates need two scrapes.
        ! python3 "$TOP/tests/http/check_dashboard.py" "$TOP/packaging/grafana/coherence.json" "http://127.0.0.1:$(cat free)" >dashboard || break
        sleep 0.5
    done
    sed 's/^/# /' dashboard >&3
    is "$(tail -n 1 dashboard | sed 's/.*, //')" '0 problems'
    kill "$other"
    kill "$pid"
    ends 0 3
}

@test "a token guards everything but the probes, and is needed beyond this host" {
    printf 'a-token-of-0123456789\n' >token
    chmod 600 token
    serve --set "http.token_file=$PWD/token"
    code 401 "$url/metrics"
    code 401 "$url/nothing"
    code 401 -H 'Authorization: Bearer a-token-of-0123456780' "$url/metrics"
    code 200 -H 'Authorization: Bearer a-token-of-0123456789' "$url/metrics"
    code 200 "$url/healthz"
    kill "$pid"
    ends 0 3
    is "$(grep -c a-token out err | paste -sd,)" 'out:0,err:0'
    refused 2 'others can reach 0.0.0.0:9911' run --set http.listen=0.0.0.0:9911 --duration 1
    refused 2 'is no address with a port' run --set http.listen=localhost:9911 --duration 1
    chmod 644 token
    refused 2 'everybody can get at' run --set http.listen=127.0.0.1:0 --set "http.token_file=$PWD/token" --duration 1
}

@test "a port that is taken is said, and ends it with 78" {
    serve
    coherence run --set http.listen="127.0.0.1:$port" --duration 1 --set sources.host.deep=off
    is "$status" 78
    has "http.listen 127.0.0.1:$port: cannot listen there: Address already in use"
    kill "$pid"
    ends 0 3
}

@test "without configuration the process has no HTTP library, no TLS and no socket; with it, only what it needs" {
    begin run --json
    lines_of out 1
    is "$(grep -cE 'microhttpd|gnutls' /proc/"$pid"/maps)" 0
    is "$(find /proc/"$pid"/fd -lname 'socket:*' | wc -l)" 0
    kill "$pid"
    ends 0 3
    serve
    lines_of out 1
    grep -q microhttpd /proc/"$pid"/maps
    is "$(find /proc/"$pid"/fd -lname 'socket:*' | wc -l)" 1
    kill "$pid"
    ends 0 3
}

@test "a thousand idle connections and fifty that ask: ticks on time, the probe answered" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    serve --set http.max_connections=1024
    lines_of out 2
    python3 "$TOP/tests/http/slow_loris.py" "$port" 1000 50 >report
    sed 's/^/# /' report >&3
    is "$(sed -n 's/^failed //p' report)" 0
    sleep 1
    curl -s -m 5 "$url/metrics" >metrics
    is "$(sed -n 's/^coherence_tick_overruns_total //p' metrics)" 0
    jq -e -s '[.[] | select(.type == "tick").t] | [.[1:], .[:-1]] | transpose | all(.[0] - .[1] == 1)' out >/dev/null
    kill "$pid"
    ends 0 3
}

@test "the rules that are shipped do what their tests say" {
    command -v promtool >/dev/null || skip 'prometheus is not installed'
    cd "$TOP/packaging/prometheus"
    promtool check rules coherence-alerts.yml coherence-rules.yml
    promtool check config --syntax-only prometheus.yml
    promtool test rules coherence-alerts-test.yml
    if command -v amtool >/dev/null; then amtool check-config alertmanager.yml; fi
    coherence check-config coherence-with-alertmanager.yaml
    is "$status" 0
}
