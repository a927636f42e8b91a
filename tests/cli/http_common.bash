# SPDX-License-Identifier: MIT
# What the tests share that ask a sentinel over HTTP.

# serve ARGUMENT...: starts a sentinel with the service on any free port: pid, and url.
serve()
{
    begin run --json --set http.listen=127.0.0.1:0 "$@"
    lines_with err 'HTTP on'
    url=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' err)
    port=${url##*:}
}

# lines_with FILE TEXT: waits until FILE has a line with TEXT.
lines_with()
{
    patiently 10 grep -q "$2" "$1" || { echo "no '$2' in $1"; cat "$1"; return 1; }
}

# code WANTED CURL-ARGUMENT...
code()
{
    local wanted=$1
    shift
    is "$(curl -s -m 10 -o answer -w '%{http_code}' "$@")" "$wanted" || { printf 'of: %s\n' "$*"; head -c 300 answer; return 1; }
}

# raw BYTES: the status of every answer to them; nothing when the connection is closed without (what was not read can make the kernel throw the
# answer away).
raw()
{
    trap '' PIPE
    exec 9<>"/dev/tcp/127.0.0.1/$port"
    printf '%b' "$1" >&9 2>/dev/null || true
    timeout 8 cat <&9 2>/dev/null | sed -n 's|^HTTP/1.1 \([0-9]*\) .*|\1|p' | paste -sd' '
    exec 9>&-
}
