#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Telemetry of other systems by scraping: targets that answer well, badly, late and never, and real exporters.

load common

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${target-}" ] || kill -9 "$target" 2>/dev/null || true
    [ -z "${exporter-}" ] || kill -9 "$exporter" 2>/dev/null || true
    [ -z "${proxy-}" ] || kill -9 "$proxy" 2>/dev/null || true
    [ -z "${web_server-}" ] || { kill "$web_server" && wait "$web_server"; } 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; echo "${output-}" | head -c 1500; head -c 3000 err asked 2>/dev/null || true; }
}

# targets: starts the one that tests/connect/target.py is: target, and where.
targets()
{
    : >port
    python3 "$TOP/tests/connect/target.py" port >asked 2>/dev/null </dev/null 3>&- &
    target=$!
    lines_of port 1
    where=http://127.0.0.1:$(cat port)
}

# sentinel ITEMS SECONDS [ARGUMENT...]: a run that scrapes these and nothing else, and keeps what it fed in fed.csv.
sentinel()
{
    printf 'sources:\n  host: {deep: off, processes: false, cgroups: false}\n  prometheus:\n    interval: 1s\n    max_body: 4KiB\n    scrape: %s\n' "$1" >c.yaml
    shift
    LIMIT=30 coherence run -c c.yaml --json --csv fed.csv --duration "$@" </dev/null
    printf '%s\n' "$stderr" >err
    is "$status" 0
}

# fed TEXT: lines of the telemetry with that.
fed()
{
    grep -cF -- "$1" fed.csv
}

@test "a target is scraped under the seal, and its series are this host's" {
    targets
    sentinel "[{url: \"$where/metrics\"}, {url: \"$where/openmetrics\", labels: {node: db1}}]" 5s
    has 'scraping 2 targets'
    lacks 'cannot scrape' "$stderr"
    lacks 'the seal is not complete' "$stderr"
    [ "$(fed 'queue{instance=')" -ge 3 ]
    [ "$(fed 'rate(requests_total{instance=')" -ge 2 ]
    [ "$(fed ',db1,')" -ge 3 ]
    has '/metrics - text/plain' "$(cat asked)"
}

@test "--source prometheus watches targets and nothing else" {
    refused 2 '--source prometheus has no target' --source prometheus --duration 1
    targets
    sentinel "[{url: \"$where/metrics\", labels: {node: db1}}]" 4s --source prometheus
    has 'scraping 1 target'
    [ "$(fed ',db1,')" -ge 2 ]
    is "$(cut -d, -f2 fed.csv | sed '1d; /^$/d' | sort -u)" db1
}

@test "doctor: which targets answer, what of them is understood, and where could be listened" {
    targets
    local busy=${where#http://}
    cat >c.yaml <<END
sources:
  host: {deep: off}
  prometheus:
    timeout: 1s
    scrape:
      - {url: "http://127.0.0.1:1/metrics"}
      - {url: "$where/slow"}
      - {url: "$where/page"}
      - {url: "$where/metrics", labels: {node: db1}}
  meaning:
    - {name: requests_total, metric: http.server.request.count}
  remote_write: {}
  statsd: {listen: "127.0.0.1:0", socket: "$PWD/none/d.sock"}
http: {listen: "$busy"}
END
    coherence doctor -c c.yaml
    is "$status" 0
    is "$stderr" ''
    has 'CPU use of the host' "$output"
    has "other systems:
http://127.0.0.1:1/metrics                           does not answer
    why: cannot connect: Connection refused
    visible with: its program up, and reachable from here; or another url
$(printf %-52s "$where/slow") does not answer
    why: no answer in time
    visible with: its program up, and reachable from here; or another url
$(printf %-52s "$where/page") answers no metrics
    why: what it answers is a page for people, no metrics: is the path right?
    visible with: a url at which metrics are told in Prometheus' text format, and a token_file where it wants one
$(printf %-52s "$where/metrics") answers             2 series, 1 of them with a meaning
    watched for themselves: 1 (queue); rows of sources.meaning give names a meaning
$(printf %-52s "HTTP (remote write) on $busy") cannot listen
    why: http.listen $busy: cannot listen there: Address already in use
    possible with: nothing more, if that is a sentinel which runs already; else another address
StatsD, UDP on 127.0.0.1:0                           can listen" "$output"
    has "    why: sources.statsd.socket $PWD/none/d.sock: cannot listen there: No such file or directory
    possible with: the directory, made before the start" "$output"
    coherence doctor -c c.yaml --source prometheus --json
    is "$status" 0
    jq -e '.type == "doctor" and .listeners == [] and ([.targets[].state] == ["silent", "silent", "wrong", "answers"])
        and .targets[3].series == 2 and .targets[3].meant == 1 and .targets[3].unknown_names == "queue" and .targets[3].why == null' <<<"$output"
    mkdir none
    coherence doctor -c c.yaml --source statsd
    is "$(grep -c 'can listen$' <<<"$output")" 2
    [ ! -e none/d.sock ]
}

# Nothing here waits for anything but the one that never answers, whose time is 1 s.
@test "targets that are slow, dead or wrong are told of once, and delay none" {
    targets
    sentinel "[{url: \"$where/slow\"}, {url: \"http://127.0.0.1:1/metrics\"}, {url: \"$where/page\"}, {url: \"$where/none\"}, {url: \"$where/cut\"},
        {url: \"$where/wrong\"}, {url: \"$where/big\"}, {url: \"$where/bomb\"}, {url: \"$where/metrics\", interval: 2s}]" 8s
    for what in "/slow: no answer in time" ":1/metrics: cannot connect: Connection refused" "/page: what it answers is a page for people" "/none: HTTP 404" \
        "/cut: line 2: the last line is cut short" "/wrong: line 1: 50 of 50 lines are not well-formed" \
        "/big: the answer is longer than 4096 bytes" "/bomb: the answer is longer than 4096 bytes"; do
        is "$(grep -cF -- "$what" err) $what" "1 $what"
    done
    has 'asking again every 1 s'
    [ "$(fed 'queue{instance=')" -ge 2 ]
    lacks 'big{' "$(cut -d, -f3 fed.csv)"
}

@test "what is compressed or secret is read, and what has too many samples is not" {
    targets
    printf 'open-sesame\n' >token
    chmod 600 token
    sentinel "[{url: \"$where/gzip\"}, {url: \"$where/secret\", token_file: \"$PWD/token\"}]" 4s --set sources.limits.samples=1
    lacks 'cannot scrape' "$stderr"
    [ "$(fed 'zipped{')" -ge 2 ]
    [ "$(fed 'secret{')" -ge 2 ]
    has '/secret Bearer open-sesame' "$(cat asked)"
    sentinel "[{url: \"$where/many\"}]" 3s --set sources.limits.samples=100 --set sources.prometheus.max_body=64KiB
    has '/many: line 101: more than 100 samples'
}

@test "targets come from files, in JSON and YAML" {
    targets
    mkdir sd
    printf '[{"targets": ["127.0.0.1:%s"], "labels": {"node": "one", "__meta_x": "y"}}]\n' "$(cat port)" >sd/a.json
    printf -- '- targets: ["127.0.0.1:%s"]\n  labels: {node: two, __metrics_path__: /openmetrics}\n' "$(cat port)" >sd/b.yaml
    sentinel "[]
    file_sd: [\"$PWD/sd/a.json\", \"$PWD/sd/b.yaml\"]" 4s
    has 'scraping 2 targets'
    [ "$(fed ',one,')" -ge 2 ]
    [ "$(fed ',two,')" -ge 2 ]
    printf '[{"targets": [5]}]' >sd/a.json
    refused 2 'sd/a.json: a target that is no text' run -c c.yaml
}

@test "what is scraped is recorded, and a replay says the same" {
    targets
    sentinel "[{url: \"$where/metrics\", labels: {node: db1}}]" 6s --record rec
    printf '%s\n' "$output" >live
    "$COHERENCE" replay --json --ticks rec >again
    diff live <(grep -v '"type":"summary"' again)
}

@test "every fault of what is configured is told, with its line" {
    cat >bad.yaml <<'END'
sources:
  meaning:
    - {name: x, metric: nothing}
    - {nmae: y}
    - {name: z, metric: cpu_usage, entity: "process:1"}
  prometheus:
    scrape:
      - {url: "http://127.0.0.1:9100/metrics", interval: 5}
      - {url: "ftp://x"}
      - {interval: 10s}
      - {url: "http://h/", labels: {a: ""}}
    file_sd: [relative.json]
END
    coherence check-config bad.yaml
    is "$status" 2
    has "bad.yaml:3:7: sources.meaning: 'nothing' is no metric that a law knows"
    has ": unknown key 'nmae' in an item of 'sources.meaning'; did you mean 'name'?"
    has "bad.yaml:5:7: sources.meaning: 'process:1' is no entity"
    has ": interval: '5' needs a unit"
    has 'bad.yaml:9:9: sources.prometheus.scrape: it does not begin with http://'
    has 'bad.yaml:10:9: sources.prometheus.scrape: a target without url'
    has "sources.prometheus.file_sd: 'relative.json' must be an absolute path"
}

@test "node_exporter: CPU, memory, network and disk are the host's own" {
    command -v prometheus-node-exporter >/dev/null || skip "prometheus-node-exporter is not installed"
    prometheus-node-exporter --web.listen-address=127.0.0.1:0 >node.log 2>&1 </dev/null 3>&- &
    exporter=$!
    for _ in $(seq 50); do
        port=$(ss -Hltnp 2>/dev/null | sed -n "s/.*127.0.0.1:\([0-9]*\) .*pid=$exporter,.*/\1/p")
        [ -n "$port" ] && break
        sleep 0.1
    done
    sentinel "[{url: \"http://127.0.0.1:$port/metrics\", labels: {node: db1, job: node}}]" 5s --set sources.prometheus.max_body=1MiB
    lacks 'cannot scrape' "$stderr"
    for metric in system.cpu.utilization system.memory.limit system.linux.memory.available system.network.packet.count.transmit system.context_switches; do
        [ "$(fed ",db1,$metric,")" -ge 2 ] || { echo "no $metric"; return 1; }
    done
    awk -F, '$2 == "db1" && $3 == "system.cpu.utilization" && !($4 >= 0 && $4 <= 1) { bad = 1 } END { exit bad }' fed.csv
    [ "$(fed 'service:node:')" -ge 2 ]
}

@test "HAProxy: a backend is a service, with its retries among what goes out" {
    command -v haproxy >/dev/null || skip "haproxy is not installed"
    read -r web stats < <(python3 -c 'import socket; s = [socket.create_server(("127.0.0.1", 0)) for _ in "ab"]; print(*(x.getsockname()[1] for x in s))')
    cat >haproxy.cfg <<END
defaults
    mode http
    timeout connect 500ms
    timeout client 5s
    timeout server 2s
    retries 3
frontend web
    bind 127.0.0.1:$web
    default_backend app
backend app
    server a 127.0.0.1:1
frontend stats
    bind 127.0.0.1:$stats
    http-request use-service prometheus-exporter
END
    haproxy -f haproxy.cfg >haproxy.log 2>&1 </dev/null 3>&- &
    proxy=$!
    for _ in $(seq 50); do curl -s -o body "http://127.0.0.1:$stats/metrics" && break; sleep 0.1; done
    curl -s -o body "http://127.0.0.1:$web/"
    sentinel "[{url: \"http://127.0.0.1:$stats/metrics\", labels: {node: lb1}}]" 4s --set sources.prometheus.max_body=1MiB
    lacks 'cannot scrape' "$stderr"
    # One request that came in, three retries of it, all of them and the last try failed.
    grep -q ',lb1,http.server.request.count,1,service:haproxy/app$' fed.csv
    grep -q ',lb1,http.client.request.count,4,service:haproxy/app$' fed.csv
    grep -q ',lb1,http.client.request.failed,4,service:haproxy/app$' fed.csv
}

# is_small PID: within what a sentinel with every source may take.
is_small()
{
    awk '/^(Rss|Pss|Pss_Anon):/ { print $1, $2 }' "/proc/$1/smaps_rollup" >memory
    awk '{ kb[$1] = $2 } END { exit !(kb["Pss_Anon:"] > 0 && kb["Pss_Anon:"] <= 7 * 1024 && kb["Rss:"] <= 12 * 1024) }' memory || { cat memory; return 1; }
}

# Every client and every listener at once, without this host's cgroups and processes, whose number is the machine's own: what the code itself
# needs. What is resident is held to the bound, not the share of it (PSS): that depends on who else has the libraries mapped.
@test "with every source and an Alertmanager configured, a sentinel has no more than 12 MiB resident, 7 of them its own" {
    [ -r /proc/self/smaps_rollup ] || skip 'this kernel has no smaps_rollup'
    targets
    mkdir fake
    python3 "$TOP/tests/connectors/datadog_fake.py" fake >/dev/null 2>&1 3>&- &
    exporter=$!
    for _ in $(seq 100); do [ -s fake/port ] && break; sleep 0.1; done
    cat >c.yaml <<END
sources:
  host: {cgroups: false, processes: false}
  prometheus: {interval: 1s, scrape: [{url: "$where/metrics"}]}
  remote_write: {}
  otlp: {}
  statsd: {listen: "127.0.0.1:0", socket: "$PWD/d.sock"}
  datadog: {url: "http://127.0.0.1:$(cat fake/port)"}
http: {listen: "127.0.0.1:0"}
outputs: {alertmanager: {urls: "http://127.0.0.1:1"}}
END
    DD_API_KEY=0123456789abcdef0123456789canary DD_APP_KEY=canary0123456789abcdef0123456789abcdef01 begin run -c c.yaml --json
    for _ in $(seq 150); do # the past that Datadog knows has been judged
        grep -q '"host":"web-1"' out && break
        sleep 0.1
    done
    patiently 15 is_small "$pid" # and what only the start needed has been given back
    sleep 3
    is_small "$pid" # and it stays so
    kill "$pid"
    ends 0 5
}

# free N: that many ports that nobody listens at.
free()
{
    python3 -c 'import socket, sys; s = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]; print(*(x.getsockname()[1] for x in s))' "$1"
}

# answers URL: waits until it does.
answers()
{
    patiently 10 curl -s -o body "$1" || { echo "$1 does not answer"; return 1; }
}

# stub_status is no Prometheus text: NGINX's own exporter reads it.
@test "NGINX by its exporter: requests and connections that come in are the service's" {
    command -v nginx >/dev/null || skip "nginx is not installed"
    command -v prometheus-nginx-exporter >/dev/null || skip "prometheus-nginx-exporter is not installed"
    read -r web metrics < <(free 2)
    cat >nginx.conf <<END
daemon off;
master_process off;
pid $PWD/nginx.pid;
error_log $PWD/nginx.log;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $PWD/body_temp;
    proxy_temp_path $PWD/proxy_temp;
    fastcgi_temp_path $PWD/fastcgi_temp;
    uwsgi_temp_path $PWD/uwsgi_temp;
    scgi_temp_path $PWD/scgi_temp;
    server {
        listen 127.0.0.1:$web;
        location / { return 200 "hello"; }
        location = /stub_status { stub_status; }
    }
}
END
    nginx -p "$PWD" -c "$PWD/nginx.conf" >nginx.out 2>&1 </dev/null 3>&- &
    web_server=$!
    answers "http://127.0.0.1:$web/"
    prometheus-nginx-exporter -nginx.scrape-uri "http://127.0.0.1:$web/stub_status" -web.listen-address "127.0.0.1:$metrics" >exporter.log 2>&1 </dev/null 3>&- &
    exporter=$!
    answers "http://127.0.0.1:$metrics/metrics"
    before=$(sed -n 's/^nginx_http_requests_total //p' body)
    for _ in 1 2 3 4 5 6 7 8 9 10; do curl -s -o body "http://127.0.0.1:$web/"; done
    sentinel "[{url: \"http://127.0.0.1:$metrics/metrics\", labels: {node: web1, job: nginx}}]" 4s --set sources.prometheus.max_body=1MiB
    lacks 'cannot scrape' "$stderr"
    # Ten requests on ten connections, and one more of each with every scrape, by the exporter itself.
    awk -F, -v least="$((before + 10))" -v whose="service:nginx:$metrics" '$2 == "web1" && $5 == whose {
            if (n[$3]++ && $4 < last[$3]) exit 1
            last[$3] = $4 }
        END { exit !(n["http.server.request.count"] >= 2 && last["http.server.request.count"] >= least &&
                     n["system.network.connection.opened.passive"] >= 2 && last["system.network.connection.opened.passive"] > 10) }' fed.csv ||
        { grep nginx fed.csv; return 1; }
    [ "$(fed 'nginx_connections_active{')" -ge 2 ] # no law of ours: watched for itself
}

@test "Prometheus' own metrics: requests, memory, heap, collections and files of its process" {
    command -v prometheus >/dev/null || skip "prometheus is not installed"
    read -r port < <(free 1)
    printf 'scrape_configs: []\n' >prometheus.yml
    prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address="127.0.0.1:$port" >prometheus.log 2>&1 </dev/null 3>&- &
    exporter=$!
    answers "http://127.0.0.1:$port/-/ready"
    sentinel "[{url: \"http://127.0.0.1:$port/metrics\", labels: {node: mon1, job: prometheus}}]" 5s --set sources.prometheus.max_body=4MiB
    lacks 'cannot scrape' "$stderr"
    for metric in http.server.request.count system.memory.usage jvm.memory.used go.memory.allocated jvm.gc.duration jvm.gc.duration.count \
        process.open_file_descriptor.count; do
        [ "$(grep -c ",mon1,$metric,[0-9.e+-]*,service:prometheus:$port\$" fed.csv)" -ge 2 ] || { echo "no $metric"; return 1; }
    done
    # Of how many CPUs its time is a share, it does not tell: watched for itself, in seconds a second.
    fed 'rate(process_cpu_seconds_total' >/dev/null
    awk -F, '/process_cpu_seconds_total/ && !($(NF - 1) >= 0 && $(NF - 1) < 64) { exit 1 }' fed.csv
}

@test "prom-client: a Node.js program's requests, heap, collections and files, as text and as OpenMetrics" {
    CONNECTORS=$("$TOP/tests/connectors/install" 2>why) || skip "$(tail -n 1 why)"
    export CONNECTORS
    : >port
    node "$TOP/tests/connectors/prom_client.mjs" port >node.log 2>&1 </dev/null 3>&- &
    exporter=$!
    lines_of port 1
    where=http://127.0.0.1:$(cat port)
    sentinel "[{url: \"$where/metrics\", labels: {node: js1, job: shop}}, {url: \"$where/open\", labels: {node: js2, job: shop}}]" 6s \
        --set sources.prometheus.max_body=1MiB
    lacks 'cannot scrape' "$stderr"
    for host in js1 js2; do
        for metric in system.memory.usage jvm.memory.used jvm.gc.duration jvm.gc.duration.count process.open_file_descriptor.count; do
            [ "$(grep -c ",$host,$metric,[0-9.e+-]*,service:shop:" fed.csv)" -ge 2 ] || { echo "no $metric of $host"; return 1; }
        done
        # What no law knows is watched for itself: a counter as its rate, a histogram and a summary by their counts and sums.
        for series in 'rate(orders_total' queue_depth 'rate(checkout_seconds_count' 'rate(checkout_seconds_sum' 'rate(basket_size_count'; do
            [ "$(grep -F ",$host," fed.csv | grep -cF -- "$series")" -ge 2 ] || { echo "no $series of $host"; return 1; }
        done
    done
    # Twenty a second, by its own timer.
    awk -F, '/rate\(orders_total/ && !($(NF - 1) > 2 && $(NF - 1) < 200) { exit 1 }' fed.csv
}
