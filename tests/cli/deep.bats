#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The deep sense: what its process may and may not do, that neither process needs the other to live, and what is said of it.

load common

FIXTURES=$TOP/tests/golden/host

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${java-}" ] || kill -9 "$java" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; }
}

# find_deep: the process of the deep sense, once it is said: deep.
find_deep()
{
    patiently 15 grep -q '^coherence: the deep sense is on' err || { echo 'no word of the deep sense'; return 1; }
    deep=$(sed -n 's/^coherence: the deep sense is on (process \([0-9]*\)).*/\1/p' err)
}

# begin_deep ARGUMENT...: begin, and the process of its deep sense: deep.
begin_deep()
{
    begin "$@"
    lines_of out 2
    find_deep
}

# deep_here: is there a deep sense on this host?
deep_here()
{
    coherence run --duration 1 --set sources.host.deep=on
    [ "$status" -ne 78 ] || skip "$stderr"
    is "$status" 0
}

@test "it is on by itself, and says so; switched off it says what that costs" {
    deep_here
    begin_deep run --json
    [ -n "$deep" ]
    is "$(tr '\0' ' ' <"/proc/$deep/cmdline" | cut -d' ' -f2)" run
    is "$(sed -n 's/^PPid:[^0-9]*//p' "/proc/$deep/status")" "$pid"
    kill "$pid"
    gone "$deep" 2
    coherence run --duration 1 --set sources.host.deep=off
    [ "$status" -eq 0 ]
    lacks 'the deep sense is on' "$stderr"
    has 'coherence: not observable here: the deep sense: switched off (sources.host.deep); without it: waiting for locks, garbage collection of JVMs, open files and storage I/O of single processes'
}

@test "where it is required and cannot be had, nothing starts" {
    refused 78 'the deep sense is required (sources.host.deep), but cannot be had: there is no /proc of running processes' \
        run --root "$FIXTURES/linux-5.10-v2" --duration 1 --set sources.host.deep=on
    coherence run --root "$FIXTURES/linux-5.10-v2" --duration 1
    [ "$status" -eq 0 ]
    has 'not observable here: the deep sense: there is no /proc of running processes; without it: waiting for locks'
}

@test "the kernel confirms what its process has given up" {
    deep_here
    begin_deep run --json
    status_of() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$deep/status"; }
    is "$(status_of NoNewPrivs)" 1
    is "$(status_of Seccomp)" 2
    is "$(status_of Threads)" 1
    # CAP_DAC_READ_SEARCH is bit 2, CAP_SYS_PTRACE bit 19.
    is "$((0x$(status_of CapPrm) & ~0x80004))" 0
    is "$((0x$(status_of CapEff) & ~0x80004))" 0
    is "$((0x$(status_of CapInh)))" 0
    # Its own files: three directories and an end of each pipe; the rest are files of /proc and of JVMs.
    is "$(find "/proc/$deep/fd" -lname 'pipe:*' | wc -l)" 2
    is "$(find "/proc/$deep/fd" -type l -printf '%l\n' | grep -vcE '^(pipe:\[[0-9]+\]|/proc(/.*)?|/tmp|(/.*)?/hsperfdata_[^/]*/[0-9]+( \(deleted\))?)$')" 0
    is "$(grep -lE '^flags:.*[12]$' /proc/"$deep"/fdinfo/* | wc -l)" 1
    is "$(awk '/^Max (file size|core file size|processes)/ { print $(NF - 2) + $(NF - 1) }' "/proc/$deep/limits" | sort -u)" 0
    kill "$pid"
    gone "$deep" 2
}

@test "neither process opens a file for writing, connects, starts a program or is refused anything" {
    command -v strace >/dev/null || skip 'strace is not installed'
    strace -o probe true 2>/dev/null || skip 'strace may not trace here'
    deep_here
    strace -ff -o trace "$COHERENCE" live --json --duration 4 >/dev/null 2>err
    is "$(find . -name 'trace.*' | wc -l)" 2
    # One try, to see that it fails.
    is "$(cat trace.* | grep -E '^open(at2?)?\(.*O_(WRONLY|RDWR|CREAT|TRUNC|APPEND)' | sed 's/.* = //')" '-1 EPERM (Operation not permitted)'
    is "$(cat trace.* | grep -cE '^(socket|socketpair|connect|bind|listen|accept4?|sendto|sendmsg|fork|vfork|execveat|ptrace|process_vm_readv|kill|tkill|unlinkat?|renameat2?|mkdirat?)\(')" 0
    is "$(cat trace.* | grep -c '^execve(')" 1
    # The second process, from its filter on: nothing but what stands in src/sandbox/deep_filter.c, and nothing refused but its three tries.
    deep=$(grep -l PR_SET_PDEATHSIG trace.*)
    filter=$(grep -nE 'seccomp\(SECCOMP_SET_MODE_FILTER|PR_SET_SECCOMP' "$deep" | tail -n 1 | cut -d: -f1)
    # The memory for the filter's text is given back after it is in force, which is refused too.
    tail -n +$((filter + 1)) "$deep" | grep -vE '^(munmap|brk|personality|write|openat)\(.* = -1 EPERM' >felt
    [ "$(wc -l <felt)" -gt 100 ]
    is "$(sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' felt | sort -u | grep -vxE 'read|pread64|lseek|close|getdents64|fstat|newfstatat|poll|ppoll|clock_gettime|exit_group|openat|write|setitimer')" ''
    is "$(grep -c EPERM felt)" 0
    is "$(sed -n 's/^write(\([0-9]*\),.*/\1/p' felt | sort -u | wc -l)" 1
}

@test "its death is said once, and the watching goes on" {
    deep_here
    begin_deep run --json
    kill -9 "$deep"
    lines_of out $(($(wc -l <out) + 4))
    is "$(grep -c 'the deep sense: its process has ended; not observable from now on: waiting for locks' err)" 1
    alive "$pid"
    kill "$pid"
    gone "$pid" 3
    status=0
    wait "$pid" || status=$?
    is "$status" 0
}

@test "it ends with the sentinel, however that ends" {
    deep_here
    for signal in KILL TERM INT; do
        env --default-signal=INT "$COHERENCE" run --json >out 2>err </dev/null 3>&- &
        pid=$!
        lines_of out 1
        find_deep
        alive "$deep"
        kill -$signal "$pid"
        gone "$deep" 2
        wait "$pid" || true
    done
}

@test "what is meant for the sentinel does not end it" {
    deep_here
    begin_deep run --json
    kill -TERM "$deep"
    kill -INT "$deep"
    kill -HUP "$deep"
    lines_of out $(($(wc -l <out) + 3))
    alive "$deep"
    lacks 'has ended' "$(cat err)"
    kill "$pid"
    gone "$deep" 2
}

@test "neither waits for the other" {
    deep_here
    begin_deep run --json
    kill -STOP "$deep"
    before=$(wc -l <out)
    sleep 4
    [ $(($(wc -l <out) - before)) -ge 3 ]
    kill -CONT "$deep"
    kill -STOP "$pid"
    sleep 3
    alive "$deep"
    kill -CONT "$pid"
    lines_of out $(($(wc -l <out) + 3))
    lacks 'has ended' "$(cat err)"
    kill "$pid"
    gone "$deep" 2
}

# folder_for_all: a folder that everybody may read, with the program and the classes of the sick JVM.
folder_for_all()
{
    folder=$(mktemp -d /tmp/coherence.XXXXXX)
    chmod 755 "$folder"
    cp "$COHERENCE" "$folder/coherence"
    javac -d "$folder" "$TOP/lab/HeapLeak.java"
}

@test "nobody sees his own JVM, and is told that other users' processes stay dark" {
    [ "$(id -u)" -eq 0 ] || skip 'only root can become nobody'
    command -v setpriv >/dev/null || skip 'setpriv is not installed'
    command -v javac >/dev/null || skip 'there is no JDK'
    deep_here
    folder_for_all
    java -Xmx64m -XX:+UseSerialGC -cp "$folder" HeapLeak 600 0 >/dev/null 2>&1 3>&- & # root's
    java=$!
    local nobody='setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all'
    $nobody java -Xmx48m -XX:+UseSerialGC -cp "$folder" HeapLeak 600 0 >/dev/null 2>&1 3>&- &
    pid=$!
    sleep 2
    mkdir "$folder/kept"
    chown 65534 "$folder/kept"
    (cd / && $nobody timeout 30 "$folder/coherence" run --json --duration 14 --csv "$folder/kept/csv") >out 2>err </dev/null 3>&-
    kill -9 "$java" "$pid"
    java=
    pid=
    grep ',jvm:' "$folder/kept/csv" >kept.csv
    rm -r "$folder"
    has 'the deep sense is on' "$(cat err)"
    has 'not observable here: JVMs of other users: their counters need the capabilities SYS_PTRACE and DAC_READ_SEARCH' "$(cat err)"
    has 'not observable here: processes of other users: ' "$(cat err)"
    is "$(grep -F ',jvm.memory.limit,' kept.csv | cut -d, -f4,5 | sed 's,jvm:.*/,jvm:,' | sort -u)" '50331648,jvm:HeapLeak'
}

@test "a JVM in a container is found by the number and in the /tmp that it has there" {
    command -v javac >/dev/null || skip 'there is no JDK'
    unshare -pm --fork --mount-proc true 2>/dev/null || skip 'namespaces cannot be made here'
    deep_here
    folder_for_all
    # Its /tmp is hidden from everybody outside.
    # shellcheck disable=SC2016 # $1 is the inner shell's
    unshare -pm --fork --kill-child --mount-proc sh -c 'cp -r "$1" /run/inner && mount -t tmpfs none /tmp && exec java -Xmx64m -XX:+UseSerialGC -cp /run/inner HeapLeak 600 0' \
        sh "$folder" >/dev/null 2>&1 3>&- &
    java=$!
    sleep 3
    "$COHERENCE" run --json --duration 6 --csv kept.csv >out 2>err </dev/null 3>&-
    kill -9 "$java"
    java=
    rm -r "$folder" /run/inner
    [ "$(grep -cE ',jvm.memory.used,[0-9]*,jvm:([^,]*/)?HeapLeak' kept.csv)" -ge 2 ]
}

@test "a JVM is watched under the name of what it runs, without its arguments, and goes without a word" {
    command -v javac >/dev/null || skip 'there is no JDK'
    deep_here
    mkdir classes
    javac -d classes "$TOP/lab/HeapLeak.java"
    (cd classes && exec java -Xmx64m -XX:+UseSerialGC HeapLeak 600 0 >/dev/null 2>&1 3>&-) &
    java=$!
    sleep 2
    "$COHERENCE" run --json --duration 26 --csv kept.csv >out 2>err </dev/null 3>&- &
    pid=$!
    lines_of out 14
    kill -9 "$java"
    java=
    wait "$pid"
    pid=
    for metric in jvm.gc.duration jvm.gc.duration.count jvm.memory.used jvm.memory.used_after_last_gc jvm.memory.limit go.memory.allocated; do
        [ "$(grep -cE ",$metric,[0-9.e+]*,jvm:([^,]*/)?HeapLeak\$" kept.csv)" -ge 3 ] || { echo "no $metric"; return 1; }
    done
    # 64 MiB, as it was told.
    is "$(grep -F ',jvm.memory.limit,' kept.csv | grep -F HeapLeak | cut -d, -f4 | sort -u)" 67108864
    # It makes 80 MB of garbage a second.
    awk -F, '$3 == "go.memory.allocated" && $5 ~ /^jvm:(.*\/)?HeapLeak$/ { if (!n++) { t = $1; v = $4 } T = $1; V = $4 } END { r = (V - v) / (T - t); exit !(r > 60e6 && r < 100e6) }' kept.csv
    lacks '600' "$(grep -o 'jvm:[^,]*' kept.csv | sort -u)"
    is "$(grep -c '"law":"signal_lost".*HeapLeak' out)" 0
}
