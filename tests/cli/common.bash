# SPDX-License-Identifier: MIT
# What the command-line tests share. COHERENCE is the program under test; each test works in a folder of its own.
bats_require_minimum_version 1.5.0

TOP=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
COHERENCE=${COHERENCE:-$TOP/build/release/src/coherence}
export COHERENCE

setup()
{
    cd "$BATS_TEST_TMPDIR"
    unset NO_COLOR
    export TERM=dumb LC_ALL=C
}

# What a failing test shows besides the line that failed.
teardown()
{
    [ -n "${BATS_TEST_COMPLETED-}" ] ||
        printf 'status %s\n-- stdout (beginning)\n%s\n-- stderr (beginning)\n%s\n' "${status-}" "$(head -c 1500 <<<"${output-}")" "$(head -c 1500 <<<"${stderr-}")"
}

# The variables of `run --separate-stderr`.
: "${status=}" "${output=}" "${stderr=}"

# coherence ARGUMENT...: sets status, output (stdout) and stderr. A hang is a failure (status 124).
coherence()
{
    run --separate-stderr timeout -k 2 "${LIMIT:-20}" "$COHERENCE" "$@"
}

# has TEXT [WHERE]: WHERE (default: stderr) contains the text.
has()
{
    [[ ${2-$stderr} == *"$1"* ]] || { printf 'missing: %s\n' "$1"; return 1; }
}

# lacks TEXT WHERE
lacks()
{
    [[ $2 != *"$1"* ]] || { printf 'not wanted: %s\n' "$1"; return 1; }
}

# is WHAT WANTED: they are the same.
is()
{
    [ "$1" = "$2" ] || { printf 'is     %s\nwanted %s\n' "$1" "$2"; return 1; }
}

# refused STATUS TEXT ARGUMENT...: ends with the status, says the text in one line, prints nothing on stdout.
refused()
{
    local wanted=$1 text=$2
    shift 2
    coherence "$@" </dev/null
    is "$status" "$wanted" && has "$text" && is "$output" '' && is "$(grep -c '^coherence: ' <<<"$stderr")" "$(wc -l <<<"$stderr")" ||
        { printf 'of: coherence %s\n' "$*"; return 1; }
}

# fine ARGUMENT...: ends with 0 and says nothing on stderr.
fine()
{
    coherence "$@" </dev/null
    is "$status" 0 && is "$stderr" '' || { printf 'of: coherence %s\n' "$*"; return 1; }
}

# A minute of a quiet host, wide: rows FROM..TO seconds after 2026-01-01.
quiet_csv()
{
    awk -v from="$1" -v to="$2" 'BEGIN {
        print "timestamp,host,cpu_usage,memory_used_mb"
        for (i = from; i < to; i++) printf "%d,web-1,%g,%d\n", 1767225600 + i, 30 + i % 3, 1000 + i % 5
    }'
}

# ends STATUS SECONDS: the sentinel ends by itself, in that time and with that status.
ends()
{
    gone "$pid" "$2" || return 1
    status=0
    wait "$pid" || status=$?
    pid=
    is "$status" "$1"
}

# begin ARGUMENT...: starts a sentinel in the background: pid, and the files out and err.
begin()
{
    : >out; : >err # of an earlier run in this test: the child would do so later, and somebody waits for a line of them
    "$COHERENCE" "$@" >out 2>err </dev/null 3>&- &
    pid=$!
}

# patiently SECONDS COMMAND...: waits until it succeeds; 1 when it has not by then.
patiently()
{
    local left=$(($1 * 10))
    shift
    until "$@"; do
        left=$((left - 1))
        [ "$left" -gt 0 ] || return 1
        sleep 0.1
    done
}

# has_lines FILE COUNT
has_lines()
{
    [ "$(wc -l <"$1")" -ge "$2" ]
}

# lines_of FILE COUNT: waits until FILE has so many lines.
lines_of()
{
    patiently 15 has_lines "$1" "$2" || { echo "no $2 lines in $1"; return 1; }
}

# alive PID: it runs, and not as a corpse.
alive()
{
    [ -n "$1" ] && [ "$(sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null || echo Z)" != Z ]
}

dead()
{
    ! alive "$1"
}

# gone PID SECONDS
gone()
{
    patiently "$2" dead "$1" || { echo "process $1 is still there"; return 1; }
}
