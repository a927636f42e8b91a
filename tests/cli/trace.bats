#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# What a running sentinel does, call by call, held to what it was configured to do: scripts/check-trace on what strace saw.

load common

setup()
{
    cd "$BATS_TEST_TMPDIR"
    export TERM=dumb LC_ALL=C
    command -v strace >/dev/null || skip 'strace is not installed'
    strace -o probe true 2>/dev/null || skip 'strace may not trace here'
}

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "${targets-}" ] || kill -9 $targets 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; }
}

# traced ARGUMENT...: runs it in the background under strace: pid, and the files trace, out and err.
traced()
{
    : >out
    : >out; : >err
    strace -f -yy -o trace -e trace=%file,%network,%process "$COHERENCE" "$@" >out 2>err </dev/null 3>&- &
    pid=$!
}

# judged ARGUMENT...: check-trace finds nothing; else shows it.
judged()
{
    run "$TOP/scripts/check-trace" trace "$@"
    [ "$status" -eq 0 ] || { printf '%s\n' "$output"; return 1; }
}

@test "without configuration run writes nothing, connects to nobody, starts nothing" {
    traced run --json --duration 3
    ends 0 20
    judged
    is "$(grep -cE ' (socket|socketpair|connect|bind|listen|accept4?|send[a-z]*|recv[a-z]*|get(sock|peer)name|[gs]etsockopt)\(' trace)" 0
}

@test "with a service there is its socket and no other, and nothing is written" {
    traced run --json --set http.listen=127.0.0.1:0 --duration 60
    lines_of out 2
    where=$(sed -n 's|^coherence: HTTP on \(http://[^/]*\)/.*|\1|p' err)
    for path in metrics healthz api/v1/status api/v1/veto api/v1/entities nothing; do
        curl -s -m 5 -o answer "$where/$path"
    done
    grep -q 'SOCK_STREAM' trace
    kill "$(pgrep -P "$pid" -x coherence)"
    ends 0 10
    judged --listens 127.0.0.1:0
    is "$(grep -cE ' socket\(' trace)" 1
    # The same trace, held to a configuration without a service.
    run "$TOP/scripts/check-trace" trace
    is "$status" 1
    has 'socket(' "$output"
}

@test "with a state directory everything that is written is in it, and there is no socket" {
    traced run --json --state-dir "$PWD/state" --duration 3
    ends 0 20
    judged --writes state
    [ "$(grep -cE ' openat\(.*O_CREAT' trace)" -ge 3 ]
    is "$(grep -cE ' (socket|connect|bind)\(' trace)" 0
    run "$TOP/scripts/check-trace" trace --writes elsewhere
    is "$status" 1
}

# target FILE: what answers scrapes, and other requests with 501; its port is in FILE.
target()
{
    : >"$1"
    python3 "$TOP/tests/connect/target.py" "$1" >/dev/null 2>&1 </dev/null 3>&- &
    targets="${targets-} $!"
    lines_of "$1" 1
}

@test "with a target, an Alertmanager and StatsD it connects to these, receives there, and sends no datagram" {
    target scraped
    target told
    # The metric swings by tens of percent a second: an incident, and somebody is told, within seconds.
    cat >c.yaml <<YAML
profile: classic
sources:
  prometheus: {interval: 1s, scrape: [{url: "http://127.0.0.1:$(cat scraped)/metrics"}]}
  statsd: {listen: "127.0.0.1:0"}
  meaning: [{name: queue, metric: system.cpu.utilization, entity: host, scale: 0.1}]
outputs: {alertmanager: {urls: ["http://127.0.0.1:$(cat told)"]}}
YAML
    traced run --json -c c.yaml --duration 120
    lines_of out 2
    echo 'made:1|c' >"/dev/udp/127.0.0.1/$(sed -n 's/.*StatsD on udp 127.0.0.1:\([0-9]*\).*/\1/p' err)"
    patiently 60 grep -q "cannot tell http://127.0.0.1:$(cat told) of incidents: HTTP 501" err || { echo 'nobody is told'; return 1; }
    kill "$(pgrep -P "$pid" -x coherence)"
    ends 0 10
    judged --connects "127.0.0.1:$(cat scraped)" --connects "127.0.0.1:$(cat told)" --receives 127.0.0.1:0
    [ "$(grep -c ' connect(.*TCP' trace)" -ge 2 ]
    is "$(grep -c 'SOCK_DGRAM' trace)" 1
    grep -q ' recvmmsg(.*UDP' trace
    # The same trace, held to a configuration that names less.
    run "$TOP/scripts/check-trace" trace --connects "127.0.0.1:$(cat scraped)" --receives 127.0.0.1:0
    is "$status" 1
    has "htons($(cat told))" "$output"
    lacks "htons($(cat scraped))" "$output"
    run "$TOP/scripts/check-trace" trace --connects "127.0.0.1:$(cat scraped)" --connects "127.0.0.1:$(cat told)"
    is "$status" 1
    has 'SOCK_DGRAM' "$output"
    lacks 'SOCK_STREAM' "$output"
    run "$TOP/scripts/check-trace" trace --receives 127.0.0.1:0
    is "$status" 1
    has ' connect(' "$output"
}

@test "record, replay and incidents write what was named only" {
    traced record "$PWD/kept/x.rec" --duration 2
    ends 1 20
    judged --writes kept
    mkdir kept
    traced record "$PWD/kept/x.rec" --duration 2
    ends 0 20
    judged --writes kept
    traced replay --json kept/x.rec
    ends 0 20
    judged --processes 0
}

@test "the judge itself catches what it is for" {
    strace -f -yy -o trace -e trace=%file,%network,%process sh -c 'echo x >made; mkdir d; kill -0 $$; true | cat' >out 2>&1
    run "$TOP/scripts/check-trace" trace
    is "$status" 1
    for word in '"made"' mkdir kill execve clone; do
        has "$word" "$output"
    done
    # Names are looked up, and datagrams sent, to nobody whom a configuration names. (The interpreter itself: python3 may be a script that starts it.)
    strace -f -yy -o trace -e trace=%file,%network,%process "$(python3 -c 'import sys; print(sys.executable)')" -S -c '
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.sendto(b"x", ("127.0.0.1", 9))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s: s.connect(("127.0.0.1", 9)); s.send(b"x")
with socket.socket(socket.AF_INET) as s: s.connect_ex(("127.0.0.1", 1))
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s: pass
' >out 2>&1
    run "$TOP/scripts/check-trace" trace --connects 127.0.0.1:9 --receives 127.0.0.1:0
    is "$status" 1
    is "$(grep -c ' sendto(' <<<"$output")" 2
    is "$(grep -c ' connect(' <<<"$output")" 2
    is "$(grep -c ' socket(AF_UNIX' <<<"$output")" 1
    is "$(grep -c ' socket(AF_INET' <<<"$output")" 0
    : >trace
    run "$TOP/scripts/check-trace" trace
    is "$status" 2
}
