# SPDX-License-Identifier: MIT
# What tests of sentinels with a state directory share: loaded after common. They keep in ./state; pid is a sentinel, swinging a writer of ./tree,
# mounted a place where something was mounted: what is left of these is ended.

# shellcheck disable=SC2034 # for those who load it
FIXTURES=$TOP/tests/golden/host

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${swinging-}" ] || kill "$swinging" 2>/dev/null || true
    [ -z "${mounted-}" ] || umount -l "$mounted" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; echo "${output-}" | head -5; echo "${stderr-}"; ls -l . state 2>/dev/null || true; head -c 1500 err 2>/dev/null || true; }
}

# waits_for FILE TEXT: until FILE has it, 15 s at most.
waits_for()
{
    local left=150
    until grep -qF "$2" "$1"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || { echo "no '$2' in $1"; return 1; }
        sleep 0.1
    done
}

# tree: a host of which there is a /proc/stat, to be changed by swing.
tree()
{
    mkdir -p tree/proc/sys/kernel
    echo swinger >tree/proc/sys/kernel/hostname
    { printf 'cpu  1000000000 0 0 1000000000 0 0 0 0 0 0\n'; grep -v '^cpu ' "$FIXTURES/only-stat/proc/stat"; } >tree/proc/stat
}

# swing SECONDS: the CPU of ./tree goes from busy to idle and back every second, written in place in lines of one length.
swing()
{
    local busy=1000000000 total=2000000000 left=$(($1 * 10)) line
    while [ $left -gt 0 ]; do
        busy=$((busy + (left / 10 % 2 ? 2 : 14)))
        total=$((total + 20))
        left=$((left - 1))
        printf -v line 'cpu  %d 0 0 %d 0 0 0 0 0 0' "$busy" "$((total - busy))"
        exec 8<>tree/proc/stat
        printf '%s\n' "$line" >&8
        sleep 0.1
    done
}
