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
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; }
}

# traced ARGUMENT...: runs it in the background under strace: pid, and the files trace, out and err.
traced()
{
    : >out
    strace -f -y -o trace -e trace=%file,%network,%process "$COHERENCE" "$@" >out 2>err </dev/null 3>&- &
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
    is "$(grep -cE ' (socket|connect|bind|listen|accept4?|sendto|sendmsg|recvfrom|recvmsg|getsockname|setsockopt)\(' trace)" 0
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
    strace -f -y -o trace -e trace=%file,%network,%process sh -c 'echo x >made; mkdir d; kill -0 $$; true | cat' >out 2>&1
    run "$TOP/scripts/check-trace" trace
    is "$status" 1
    for word in '"made"' mkdir kill execve clone; do
        has "$word" "$output"
    done
    : >trace
    run "$TOP/scripts/check-trace" trace
    is "$status" 2
}
