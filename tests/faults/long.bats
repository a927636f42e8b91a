#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Those faults of docs/faults.md that take their time, or the machine: starvation, limits of memory, crowds. `make faults` runs them; the gate does not.

load ../cli/common
load ../cli/sentinel

teardown()
{
    local one
    for one in ${pid-} ${swinging-} ${loads-}; do
        kill -9 "$one" 2>/dev/null || true
    done
    [ -z "${mounted-}" ] || umount -l "$mounted" 2>/dev/null || true
    [ -z "${group-}" ] || { sleep 0.2; rmdir "$group" 2>/dev/null || true; }
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; tail -n 3 out 2>/dev/null; head -c 1500 err 2>/dev/null; } || true
}

# in_group COMMAND...: in the cgroup that was made.
in_group()
{
    (echo "$BASHPID" >"$group/cgroup.procs" && exec "$@")
}

# cgroup CONTROLLER FILE VALUE: makes $group with that limit (version 1), or skips.
cgroup()
{
    group=/sys/fs/cgroup/$1/coherence-faults-$$
    if ! mkdir "$group" 2>/dev/null || ! echo "$3" >"$group/$2"; then skip "no $1 cgroup (v1) to be made here"; fi
}

# steady SECONDS: a tree whose CPU counters rise as those of a host that is always busy to 40 %.
steady()
{
    tree
    swing "$1" "$1" >/dev/null 2>&1 3>&- &
    swinging=$!
}

# own: every line of the log is one of its own. GnuTLS says one when its constructor finds no memory.
own()
{
    is "$(grep -vc -e '^coherence: ' -e '^Error in GnuTLS initialization: ' err)" 0
}

# only_ticks: that is all that was said on standard output, and every line of the log is one of its own.
only_ticks()
{
    is "$(jq -r .type out | sort -u)" tick
    own
}

# resident PID: KiB.
resident()
{
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

@test "a limit of address space, whatever it is: it ends with a reason or works" {
    tree
    local good=0 limit
    for limit in $(seq 16384 512 1048576); do
        # With less it is the loader that fails.
        { (ulimit -v "$limit" && exec "$COHERENCE" --version) || continue; } >/dev/null 2>&1
        status=0
        (ulimit -v "$limit" && exec timeout 20 "$COHERENCE" run --json --root "$PWD/tree" --set sources.host.interval=100ms --set http.listen=127.0.0.1:0 \
            --set sources.host.deep=off --state-dir "$PWD/state" --duration 300ms) >out 2>err </dev/null || status=$?
        case $status in
        0) good=$((good + 1)) ;;
        1 | 78) [ -s err ] && good=0 ;;
        *) echo "with $limit KiB: status $status"; false ;;
        esac
        own
        [ "$good" -lt 8 ] || break
    done
    [ "$good" -ge 8 ]
    kept 1 --root "$PWD/tree"
    has 'baselines restored: '
}

@test "a memory cgroup hardly larger than itself: it stays below and loses no tick" {
    steady 60
    begin run --json --root "$PWD/tree" --state-dir "$PWD/state" --set http.listen=127.0.0.1:0 --duration 8
    lines_of out 7
    local most
    most=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
    ends 0 10
    cgroup memory memory.limit_in_bytes $(((most + 2048) * 1024))
    : >out
    in_group "$COHERENCE" run --json --root "$PWD/tree" --state-dir "$PWD/state" --set http.listen=127.0.0.1:0 --duration 20 >out 2>err </dev/null 3>&- &
    pid=$!
    ends 0 30
    is "$(wc -l <out)" 20
    only_ticks
    lacks 'were missed' "$(cat err)"
    is "$(sed -n 's/^oom_kill //p' "$group/memory.oom_control")" 0
}

@test "the kernel kills its neighbour for want of memory: no tick is lost" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    steady 60
    cgroup memory memory.limit_in_bytes $((96 << 20))
    : >out
    in_group "$COHERENCE" run --json --root "$PWD/tree" --state-dir "$PWD/state" --duration 12 >out 2>err </dev/null 3>&- &
    pid=$!
    lines_of out 2
    status=0
    in_group python3 -c 'x = []
while True: x.append(bytearray(b"x") * (1 << 20))' >/dev/null 2>&1 || status=$?
    is "$status" 137
    ends 0 20
    is "$(wc -l <out)" 12
    only_ticks
    lacks 'were missed' "$(cat err)"
}

@test "more connections than descriptors: they wait, it costs nothing, and the next one is served" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    tree
    : >out
    prlimit --nofile=40 "$COHERENCE" run --json --root "$PWD/tree" --set http.listen=127.0.0.1:0 --set http.max_connections=1024 >out 2>err </dev/null 3>&- &
    pid=$!
    lines_of out 2
    local port before after
    port=$(sed -n 's/^coherence: HTTP on http.*:\([0-9]*\)\/.*/\1/p' err)
    python3 -c 'import socket, sys, time
kept = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(60)]
time.sleep(5)' "$port" &
    loads=$!
    sleep 1
    before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    sleep 3
    after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
    [ "$((after - before))" -lt 60 ] || { echo "$((after - before)) ticks of CPU time in 3 s"; false; }
    wait "$loads" || true
    curl -s -m 10 -f "http://127.0.0.1:$port/healthz" >/dev/null
    kill "$pid"
    ends 0 5
    only_ticks
    lacks 'were missed' "$(cat err)"
}

@test "two percent of a CPU: late ticks are counted, and nothing is found in that" {
    steady 60
    cgroup cpu cpu.cfs_quota_us 2000
    : >out
    in_group "$COHERENCE" run --json --root "$PWD/tree" --state-dir "$PWD/state" --duration 30 >out 2>err </dev/null 3>&- &
    pid=$!
    ends 0 60
    only_ticks
    is "$(jq -s '[.[].t] | . == (sort | unique)' out)" true
    # Every second was either told or counted.
    local missed
    missed=$(sed -n 's/^coherence: \([0-9]*\) ticks were missed.*/\1/p' err)
    [ "$(wc -l <out)" -eq 30 ]
    echo "# missed: ${missed:-0}" >&3
    kept 1 --root "$PWD/tree"
    has 'baselines restored: '
}

@test "the idle class beside busy loops: late ticks are counted, and nothing is found in that" {
    command -v chrt >/dev/null || skip 'chrt is not installed'
    steady 60
    local i
    loads=
    for ((i = 0; i < 2 * $(nproc); i++)); do
        (while :; do :; done) >/dev/null 2>&1 3>&- &
        loads="$loads $!"
    done
    : >out
    chrt --idle 0 "$COHERENCE" run --json --root "$PWD/tree" --duration 20 >out 2>err </dev/null 3>&- &
    pid=$!
    ends 0 90
    only_ticks
    echo "# $(grep -o '.*ticks were missed' err || echo none missed)" >&3
}

@test "interfaces come and go by the thousand: memory stays what it was" {
    unshare -n ip link add name first type veth peer name second 2>/dev/null || skip 'no network namespaces, or no veth'
    : >out
    unshare -n bash -c 'echo $$ >pid; "$COHERENCE" run --json --set sources.host.deep=off >out 2>err </dev/null 3>&- & echo $! >sentinel
        for ((i = 0; i < 1200; i++)); do ip link add name "x$i" type veth peer name "y$i"; ip link set "x$i" up; ip link del "x$i"; echo >>rounds; done; wait' 3>&- &
    loads=$!
    lines_of out 1
    pid=$(cat sentinel)
    until [ "$(wc -l <rounds)" -ge 300 ]; do sleep 0.2; done
    local early late
    early=$(resident "$pid")
    until [ "$(wc -l <rounds)" -ge 1200 ]; do sleep 0.2; done
    late=$(resident "$pid")
    kill "$pid"
    gone "$pid" 10
    echo "# $early KiB after 300, $late KiB after 1200" >&3
    [ "$late" -le $((early + 512)) ]
    is "$(grep -c 'signal_lost' out)" 0
    own
}

@test "a storm of forks: processes end while they are read, and nobody notices" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    python3 -c 'import os, time
end, n = time.monotonic() + 12, 0
while time.monotonic() < end:
    p = os.fork()
    if p == 0: os._exit(0)
    os.waitpid(p, 0)
    n += 1
print(n)' >forks 3>&- &
    loads=$!
    begin run --json --duration 10 --set sources.host.deep=off
    ends 0 20
    wait "$loads" || true
    echo "# $(cat forks) processes in 12 s" >&3
    is "$(jq -r .type out | grep -c tick)" 10
    own
}

@test "a FUSE file system that answers nobody is not asked" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    mkdir hung over
    cat >hang.py <<'PY'
import ctypes, os, sys, time
libc = ctypes.CDLL(None, use_errno=True)
for where in sys.argv[1:]:
    fd = os.open('/dev/fuse', os.O_RDWR)
    if libc.mount(b'hung', where.encode(), b'fuse', 0, b'fd=%d,rootmode=40000,user_id=0,group_id=0' % fd) != 0:
        sys.exit(os.strerror(ctypes.get_errno()))
print('mounted', flush=True)
time.sleep(25)
PY
    # One in a place of its own, one over a file system that is watched.
    unshare -m bash -c 'mount -t tmpfs -o size=1m none over || exit
        python3 hang.py "$PWD/hung" "$PWD/over" >told 2>&1 & until grep -q . told; do sleep 0.1; done
        grep -q mounted told || exit 77
        timeout -k 1 15 "$COHERENCE" run --json --duration 12 >out 2>err </dev/null; echo $? >status; kill %1' 3>&- || skip "no FUSE here: $(cat told 2>/dev/null)"
    is "$(cat status)" 0
    is "$(jq -r .type out | grep -c tick)" 12
    lacks 'were missed' "$(cat err)"
}
