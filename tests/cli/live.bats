#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `live` and `run` without a terminal, on this host and on recorded trees: ticks, the seal, signals, readers that are slow or leave.

load common

FIXTURES=$TOP/tests/golden/host

teardown()
{
    # A test that failed half-way leaves its sentinel behind.
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; }
}

# ticks FILE: every line of FILE is an object, and its ticks are on different whole seconds, in order, each with the three laws.
ticks()
{
    jq -e -s 'map(select(.type == "tick")) | length > 0
        and all(.t == (.t | floor))
        and ([.[].t] | . == unique)
        and all(.status | IN("warmup", "stable", "unstable", "stale", "error"))
        and all(.laws | keys == ["amplification", "fever", "seizure"])
        and all(.laws[].state | IN("warmup", "ok", "active", "stale", "unobservable"))
        and all(.laws[].band | length == 2)' "$1" >/dev/null
}

# traceable: may we watch system calls here?
traceable()
{
    command -v strace >/dev/null || skip 'strace is not installed'
    strace -o probe true 2>/dev/null || skip 'strace may not trace here'
}

# sealed_here: does this kernel give the whole seal?
sealed_here()
{
    coherence run --set sandbox=required --duration 1 --root "$FIXTURES/only-stat"
    [ "$status" -ne 78 ] || skip "this kernel gives no whole seal: $(tail -n 1 <<<"$stderr")"
    [ "$status" -eq 0 ]
}

@test "live --json: a line a second, on the second, with the three laws" {
    coherence live --json --duration 3
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >out
    ticks out
    is "$(jq -r .type out | grep -c tick)" 3
    is "$(jq -r 'select(.type == "tick") | .host' out | sort -u)" "$(cat /proc/sys/kernel/hostname)"
    now=$(date +%s)
    [ $((now - $(jq -s '.[-1].t' out))) -le 5 ]
    is "$(grep -vcE '^coherence: (not observable here: |the deep sense is on )' <<<"$stderr")" "$(grep -c '^$' <<<"$stderr")"
}

@test "live and run print the same kinds of lines: text, logfmt" {
    coherence run --duration 1
    [ "$status" -eq 0 ]
    is "$(sed -n 2p <<<"$output" | awk '{ print $3, $4 }')" 'TICK warmup'
    lacks $'\e' "$output"
    coherence live --duration 1 --format logfmt
    [ "$status" -eq 0 ]
    [[ $output =~ ^level=info\ type=tick\ t=[0-9]+\ host=[^\ ]+\ status=warmup\ seizure=[a-z]+\ fever=[a-z]+\ amplification=[a-z]+$ ]]
}

@test "what live keeps with --csv, replay says again, with any number of threads" {
    coherence live --json --duration 4 --csv kept.csv
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >said
    ticks said
    for threads in 1 1 2 4; do
        "$COHERENCE" replay --ticks --json --threads $threads kept.csv >again
        is "$(tail -n 1 again | jq -r .type)" summary
        sed '$d' again | cmp said -
    done
    is "$(stat -c %a kept.csv)" "$(printf '%o' $((0644 & ~$(umask))))"
}

@test "without configuration: no socket, no program, no file opened for writing" {
    traceable
    strace -f -o trace -e trace=%file,%network,%process "$COHERENCE" live --json --duration 2 >/dev/null 2>&1
    strace -f -o more -e trace=%file,%network,%process "$COHERENCE" replay "$TOP/tests/golden/bad-input/19-crlf-is-accepted.csv" >/dev/null
    cat more >>trace
    strace -f -o more -e trace=%file,%network,%process "$COHERENCE" simulate stable >/dev/null
    cat more >>trace
    [ "$(grep -c 'openat(' trace)" -gt 20 ]
    # The deep sense tries once whether it can.
    is "$(grep -E ' open(at2?)?\(.*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)' trace | grep -v '"/dev/null".* EPERM ')" ''
    is "$(grep -cE ' (socket|socketpair|connect|bind|listen|accept4?|sendto|sendmsg|recvfrom|getsockname)\(' trace)" 0
    is "$(grep -cE ' (unlink|unlinkat|rename|renameat2?|mkdir|mkdirat|mknod|mknodat|link|linkat|symlink|symlinkat|chmod|fchmodat|chown|fchownat|truncate|mount|umount2?|utimensat)\(' trace)" 0
    is "$(grep -cE ' (fork|vfork|kill|tkill|ptrace|execveat)\(' trace)" 0
    is "$(grep -c ' execve(' trace)" 3
    # With --csv there is one such file.
    strace -f -o trace -e trace=%file "$COHERENCE" live --csv kept.csv --duration 1 >/dev/null 2>&1
    is "$(grep -E 'O_(WRONLY|RDWR|CREAT)' trace | grep -v ' EPERM ' | grep -o '"[^"]*"')" '"kept.csv"'
}

@test "the seal is on before the first file of the host is opened" {
    traceable
    [ -e /proc/sys/kernel/seccomp/actions_avail ] || skip 'this kernel has no seccomp'
    strace -f -o trace -e trace=openat,seccomp,prctl,landlock_restrict_self,clone,clone3 "$COHERENCE" live --json --duration 1 --set sources.host.deep=off >/dev/null 2>&1 ||
        strace -f -o trace -e trace=openat,seccomp,prctl,clone,clone3 "$COHERENCE" live --json --duration 1 --set sources.host.deep=off >/dev/null 2>&1
    sealed=$(grep -nE 'seccomp\(SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP' trace | tail -n 1 | cut -d: -f1)
    [ -n "$sealed" ]
    first=$(grep -nE '"/?proc/(stat|meminfo|sys/kernel/hostname)"' trace | head -n 1 | cut -d: -f1)
    [ "$first" -gt "$sealed" ]
    is "$(head -n "$sealed" trace | grep -cE ' clone3?\(')" 0
}

@test "under the seal nothing outside is readable, whatever a file of the host leads to" {
    sealed_here
    cp -r "$FIXTURES/linux-5.10-v2" tree
    mv tree/proc/meminfo outside
    ln -s ../../outside tree/proc/meminfo
    coherence run --json --duration 1 --root tree --set sandbox=required
    [ "$status" -eq 0 ]
    has 'tree/proc/meminfo: Permission denied; without it: memory used'
    coherence run --json --duration 1 --root tree --set sandbox=off
    [ "$status" -eq 0 ]
    lacks 'meminfo' "$stderr"
}

@test "the kernel confirms the seal" {
    sealed_here
    begin live --json
    lines_of out 1
    is "$(sed -n 's/^NoNewPrivs:[^0-9]*//p' /proc/$pid/status)" 1
    is "$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/$pid/status)" 2
    kill "$pid"
    ends 0 2
    begin live --json --set sandbox=off
    lines_of out 1
    is "$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/$pid/status)" "$(sed -n 's/^Seccomp:[^0-9]*//p' /proc/self/status)"
    kill "$pid"
    ends 0 2
    has 'coherence: the seal is not complete: ' "$(cat err)"
}

@test "nobody may run it, and sees the laws" {
    [ "$(id -u)" -eq 0 ] || skip 'only root can become nobody'
    command -v setpriv >/dev/null || skip 'setpriv is not installed'
    folder=$(mktemp -d /tmp/coherence.XXXXXX)
    chmod 755 "$folder"
    cp "$COHERENCE" "$folder/coherence"
    run --separate-stderr bash -c 'cd / && exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$1/coherence" live --json --duration 3' bash "$folder"
    rm -r "$folder"
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >out
    ticks out
    is "$(jq -r .type out | grep -c tick)" 3
    is "$(jq -s -r '.[-1].laws.fever.state' out)" warmup
}

@test "--root: a host of every kernel and every cgroup layout" {
    for tree in "$FIXTURES"/*/; do
        name=$(basename "$tree")
        timeout 10 "$COHERENCE" live --json --duration 2 --root "$tree" >"$name.out" 2>"$name.err" 3>&- &
    done
    wait
    seen=0
    for tree in "$FIXTURES"/*/; do
        name=$(basename "$tree")
        ticks "$name.out"
        is "$(wc -l <"$name.out")" 2
        is "$(jq -r .host "$name.out" | sort -u)" "$(cat "$tree/proc/sys/kernel/hostname" 2>/dev/null || echo localhost)"
        is "$(grep -vc '^coherence: not observable here: ' "$name.err")" 0
        seen=$((seen + 1))
    done
    [ "$seen" -ge 8 ]
    # There are no running processes in a recorded tree.
    is "$(grep -c . linux-6.18-hybrid.err)" 1
    has 'not observable here: the deep sense: there is no /proc of running processes' "$(cat linux-6.18-hybrid.err)"
    has 'proc/meminfo: No such file or directory; without it: memory used' "$(cat only-stat.err)"
    is "$(jq -s -r '.[-1].laws | "\(.fever.state) \(.amplification.state)"' only-stat.out)" 'unobservable unobservable'
    is "$(jq -s -r '.[-1].laws | "\(.seizure.state) \(.fever.state) \(.amplification.state)"' malformed.out)" 'warmup unobservable unobservable'
}

@test "a host without /proc/stat cannot be watched: 78" {
    mkdir -p empty/proc empty/sys
    refused 78 'proc/stat: No such file or directory' live --root empty --duration 1
    refused 78 'proc/stat' run --root empty --json --duration 1
    refused 78 'nowhere: ' live --root nowhere --duration 1
}

@test "SIGTERM, SIGINT and SIGHUP end it with 0, and the CSV file is whole" {
    for signal in TERM INT HUP; do
        : >out # the lines of the round before are not this one's
        # A shell's background job ignores SIGINT: env gives it back.
        env --default-signal=INT "$COHERENCE" live --json --csv kept.csv >out 2>err </dev/null 3>&- &
        pid=$!
        lines_of out 1
        kill -$signal "$pid"
        ends 0 2
        ticks out
        is "$(tail -c 1 kept.csv | od -An -c | tr -d ' ')" '\n'
        is "$(awk -F, 'NF != 5' kept.csv | wc -l)" 0
        "$COHERENCE" replay --ticks --json kept.csv | sed '$d' | cmp out -
    done
}

@test "stopped for three seconds: the ticks missed are counted, none is caught up" {
    begin live --json
    lines_of out 2
    kill -STOP "$pid"
    sleep 3.2
    before=$(wc -l <out)
    kill -CONT "$pid"
    sleep 0.4
    # At most the one that was due and the one that came due since.
    [ $(($(wc -l <out) - before)) -le 2 ]
    lines_of out $((before + 3))
    kill "$pid"
    ends 0 2
    ticks out
    missed=$(sed -n 's/^coherence: \([0-9]*\) ticks were missed.*/\1/p' err)
    [ "$missed" -ge 2 ]
    [ "$missed" -le 4 ]
    # What the lines leave out is what was counted.
    is "$(jq -s '(.[-1].t - .[0].t + 1) - length' out)" "$missed"
}

@test "a reader that leaves ends it with 0" {
    began=$(date +%s)
    run --separate-stderr bash -c 'timeout 10 "$COHERENCE" live --json | head -n 1; exit ${PIPESTATUS[0]}'
    [ "$status" -eq 0 ]
    is "$(jq -r .type <<<"$output")" tick
    is "$(grep -vcE 'not observable here|the deep sense is on' <<<"$stderr")" "$(grep -c '^$' <<<"$stderr")"
    [ $(($(date +%s) - began)) -le 5 ]
}

# A pipe that is full before anybody writes; descriptor 7 holds it open.
full_pipe()
{
    rm -f pipe
    mkfifo pipe
    exec 7<>pipe
    { dd if=/dev/zero of=pipe bs=4096 count=4096 oflag=nonblock status=none || true; } 2>/dev/null
}

@test "a reader that sleeps delays no tick, and gets every line" {
    full_pipe
    "$COHERENCE" live --json --duration 4 --set sources.host.interval=200ms --csv kept.csv >pipe 2>err </dev/null 3>&- 7>&- &
    pid=$!
    sleep 3
    # Only now is there a reader.
    cat pipe 7>&- 3>&- | tr -d '\0' >out 3>&- 7>&- &
    sleep 0.2
    exec 7>&-
    ends 0 4
    wait
    # On a busy machine a tick may be missed; then it is said.
    missed=$(sed -n 's/^coherence: \([0-9]*\) ticks were missed.*/\1/p' err)
    jq -e -s --argjson missed "${missed:-0}" 'length == 20 and ([.[].t] | . == unique)
        and ((.[-1].t - .[0].t) * 5 + 0.5 | floor) == 19 + $missed' out
    [ "${missed:-0}" -lt 5 ]
    is "$(grep -c coherence.tick kept.csv)" "$(wc -l <out)"
    lacks dropped "$(cat err)"
}

@test "a reader that never reads keeps nobody from ending, and what it did not take is counted" {
    full_pipe
    "$COHERENCE" live --json >pipe 2>err </dev/null 3>&- 7>&- &
    pid=$!
    sleep 2.5
    kill "$pid"
    ends 0 3
    exec 7>&-
    [[ $(cat err) =~ coherence:\ [1-3]\ lines\ dropped:\ the\ reader\ of\ standard\ output\ was\ too\ slow ]]
}

@test "a log that nobody reads delays no tick" {
    full_pipe
    "$COHERENCE" live --json --duration 2 --root "$FIXTURES/only-stat" >out 2>pipe </dev/null 3>&- 7>&- &
    pid=$!
    ends 0 6
    exec 7>&-
    is "$(wc -l <out)" 2
    ticks out
}

@test "without stdin it watches on, and uses little CPU time" {
    "$COHERENCE" live --json >out 2>err <&- 3>&- &
    pid=$!
    lines_of out 1
    cpu() { awk '{ print $1 }' "/proc/$pid/schedstat"; }
    before=$(cpu)
    sleep 3
    used=$(($(cpu) - before))
    kill "$pid"
    ends 0 2
    [ "$(wc -l <out)" -ge 3 ]
    echo "used $((used / 3000000)) ms of CPU time a second"
    [ "$used" -lt 300000000 ]
}

@test "few descriptors: it watches what it can, or says that it cannot" {
    for limit in 14 18 22 26 30 34 40 60; do
        bash -c "ulimit -n $limit; timeout 10 \"\$COHERENCE\" live --json --duration 1 >$limit.out 2>$limit.err; echo \$? >$limit.status" 3>&- &
    done
    wait
    for limit in 14 18 22 26 30 34 40 60; do
        case $(cat $limit.status) in
        0) is "$(jq -r .type $limit.out)" tick ;;
        1 | 78) has 'oo many open files' "$(cat $limit.err)" && is "$(cat $limit.out)" '' ;;
        *) echo "$limit: status $(cat $limit.status)"; false ;;
        esac
    done
    [ "$(cat 14.status)" -ne 0 ]
    is "$(cat 60.status)" 0
}

@test "without /sys and without pressure it says what is missing and goes on" {
    unshare -m true 2>/dev/null || skip 'no mount namespaces for us here'
    run --separate-stderr unshare -m sh -c 'umount -l /sys && mount -t tmpfs none /proc/pressure && exec timeout 10 "$COHERENCE" live --json --duration 2'
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >out
    ticks out
    has 'not observable here: /proc/pressure/cpu: '
    is "$(jq -s -r '.[-1].laws.seizure.state' out)" warmup
}

@test "run -c: the sandbox as configured" {
    printf 'sandbox: "off"\n' >off.yaml
    coherence run -c off.yaml --json --duration 1
    [ "$status" -eq 0 ]
    has 'coherence: the seal is not complete: '
    sealed_here
    printf 'sandbox: required\nsources:\n  host: {interval: 500ms}\n' >required.yaml
    coherence run -c required.yaml --json --duration 2
    [ "$status" -eq 0 ]
    lacks 'the seal is not complete' "$stderr"
    is "$(jq -r .type <<<"$output" | grep -c tick)" 4
}

@test "run -c: an empty file is a configuration; one with mistakes is refused with their places" {
    : >empty.yaml
    coherence run -c empty.yaml --json --duration 1
    [ "$status" -eq 0 ]
    is "$(jq -r .type <<<"$output")" tick
    printf 'profil: classic\nsandbox: maybe\nsources:\n  host: {interval: 10}\n' >bad.yaml
    coherence run -c bad.yaml --json --duration 1
    [ "$status" -eq 2 ]
    is "$output" ''
    is "$(wc -l <<<"$stderr")" 3
    has "coherence: bad.yaml:1:1: unknown key 'profil'; did you mean 'profile'?"
    has 'coherence: bad.yaml:2:10: sandbox: '
    has 'coherence: bad.yaml:4:20: sources.host.interval: '
    refused 2 'nowhere.yaml: cannot read the configuration: No such file or directory' run -c nowhere.yaml
    mkdir folder
    refused 2 'folder: is a directory' run -c folder
    mkfifo fifo
    refused 2 'fifo: ' run -c fifo
    printf 'profile: "default\n' >open.yaml
    refused 2 'open.yaml:' run -c open.yaml
}

@test "conf.d beside the file is read after it" {
    mkdir conf.d
    printf 'format: text\n' >c.yaml
    printf 'format: logfmt\n' >conf.d/50-format.yaml
    coherence run -c c.yaml --duration 1
    [ "$status" -eq 0 ]
    has 'level=info type=tick' "$output"
    printf 'fromat: json\n' >conf.d/60-wrong.yaml
    refused 2 'conf.d/60-wrong.yaml:1:1: ' run -c c.yaml --duration 1
}
