# SPDX-License-Identifier: MIT
# What tests of sentinels with a state directory share: loaded after common. They keep in ./state; pid is a sentinel, swinging a writer of ./tree,
# mounted a place where something was mounted, folder one outside the test's: what is left of these is ended.

# shellcheck disable=SC2034 # for those who load it
FIXTURES=$TOP/tests/golden/host

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${swinging-}" ] || kill "$swinging" 2>/dev/null || true
    [ -z "${mounted-}" ] || umount -l "$mounted" 2>/dev/null || true
    [ -z "${folder-}" ] || rm -rf "$folder"
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; echo "${output-}" | head -5; echo "${stderr-}"; ls -l . state 2>/dev/null || true; head -c 1500 err 2>/dev/null || true; }
}

# kept SECONDS [ARGUMENT...]: one run that keeps its baselines in ./state.
kept()
{
    local seconds=$1
    shift
    coherence run --json --duration "$seconds" --state-dir "$PWD/state" "$@"
}

# begin_kept ARGUMENT...: a sentinel in the background that keeps its baselines: pid, out, err.
begin_kept()
{
    begin run --json --state-dir "$PWD/state" "$@"
    lines_of out 1
}

# waits_for FILE TEXT [SECONDS]: until FILE has it, 15 s at most or so many.
waits_for()
{
    patiently "${3:-15}" grep -qF "$2" "$1" || { echo "no '$2' in $1"; return 1; }
}

# tree: a host of which there is a /proc/stat, to be changed by swing.
tree()
{
    mkdir -p tree/proc/sys/kernel
    echo swinger >tree/proc/sys/kernel/hostname
    { printf 'cpu  1000000000 0 0 1000000000 0 0 0 0 0 0\n'; grep -v '^cpu ' "$FIXTURES/only-stat/proc/stat"; } >tree/proc/stat
}

# swing SECONDS [CALM]: the CPU of ./tree is calm for CALM seconds and then goes from busy (70 %) to idle (10 %) and back every 1.03 seconds, which is
# no multiple of the time between two readings; written in place in lines of one length. The counters are a function of the time: one who writes
# late, because the machine is busy, writes what is right then, and nothing is forked in between.
swing()
{
    local begun=${EPOCHREALTIME/./} us=0 calm=${2-0}000000 half=1030000 swung on busy line nap
    exec {nap}<> <(:)
    while [ "$us" -lt "$1"000000 ]; do
        us=$((${EPOCHREALTIME/./} - begun))
        if [ "$us" -lt "$calm" ]; then
            busy=$((us / 25000))
        else
            swung=$((us - calm))
            on=$((swung % (2 * half)))
            on=$(((swung - on) / 2 + (on < half ? on : half))) # microseconds of the busy halves so far
            busy=$((calm / 25000 + (on * 140 + (swung - on) * 20) / 1000000))
        fi
        printf -v line 'cpu  %d 0 0 %d 0 0 0 0 0 0' "$((1000000000 + busy))" "$((1000000000 + us / 5000 - busy))"
        exec 8<>tree/proc/stat
        printf '%s\n' "$line" >&8
        read -r -t 0.1 -u "$nap" || true
    done
}

# await_incident: waits for one in ./out, two minutes at most; ill says whether it came. What swings here is a file, and on a machine that is busy
# enough it does not swing: everything is compared then all the same, but there is no incident to look at.
await_incident()
{
    patiently 120 grep -q '"type":"incident"' out || { ill=; return 0; }
    ill=yes
}
