#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# verify-sandbox: the forbidden attempts, as this user and as nobody, in namespaces, with and without Landlock; what is configured; what it leaves.

load common

# The Landlock calls have the same numbers on every architecture: create_ruleset, add_rule, restrict_self.
LANDLOCK_CALLS=444,445,446

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; head -c 1500 <<<"${stderr-}"; }
}

# whole_here: does this kernel give the whole seal?
whole_here()
{
    coherence verify-sandbox --set sandbox=required --json
    [ "$status" -ne 78 ] || skip "this kernel gives no whole seal: $(tail -n 1 <<<"$stderr")"
}

# proven: the JSON in $output says that nothing was possible, and that the sources lost nothing.
proven()
{
    jq -e '.counts.possible == 0 and .sources.values > 10 and .sources.lost == []
        and (.counts.refused > 150) and (.attempts | length) == ([.counts[]] | add)' <<<"$output" >/dev/null ||
        { jq -c 'del(.attempts)' <<<"$output"; return 1; }
}

# without_landlock ARGUMENT...
without_landlock()
{
    run --separate-stderr timeout -k 2 20 python3 "$BATS_TEST_DIRNAME/without_calls.py" $LANDLOCK_CALLS "$COHERENCE" "$@"
}

@test "as it is: every attempt is refused, by its layer, and the sources still read" {
    whole_here
    coherence verify-sandbox --json
    is "$status" 0
    proven
    is "$(jq -c '.seal | [.no_new_privileges, .capabilities, .landlock, .seccomp, .state_directory, .answers_connections]' <<<"$output")" \
        '[true,true,true,true,false,false]'
    # The layer named is the one that the errno belongs to.
    is "$(jq -c '[.attempts[] | select(.result == "refused") | "\(.layer) \(.sealed)"] | unique' <<<"$output")" \
        '["Landlock EACCES","seccomp ENOSYS","seccomp EPERM"]'
    coherence verify-sandbox
    is "$status" 0
    has 'open a file for writing ' "$output"
    is "$(tail -n 1 <<<"$output" | grep -oE '[0-9]+ possible$')" '0 possible'
    lacks POSSIBLE "$output"
}

@test "what the security reviewer asks for is in the table" {
    whole_here
    coherence verify-sandbox --json
    while read -r attempt; do
        is "$(jq -r --arg name "$attempt" '.attempts[] | select(.process == "sentinel" and .attempt == $name) | .result' <<<"$output" |
            grep -cE '^refused(_anyway)?$')" 1 || { echo "of: $attempt"; return 1; }
    done <<'TABLE'
create a file
open a file for writing
truncate a file
remove a file
make a directory
open a kernel setting for writing
open an own kernel setting for writing
open a control group's processes for writing
open the list of users for writing
list /root
read a disk
look into the root directory of a process
read the memory of a process by its file
read the environment of a process
run a program
trace a process
signal a process
fork
map memory writable and executable
mount
load a BPF program
submit work by io_uring
make a device
make a symbolic link
change the mode of a file
open an IPv4 stream socket
open an IPv6 datagram socket
open a unix socket
open a netlink socket
open a packet socket
connect
bind
TABLE
}

@test "a state directory and a service allow what they need and no more; the real directory is left alone" {
    whole_here
    coherence verify-sandbox --json --state-dir "$PWD/kept" --set http.listen=127.0.0.1:9911
    is "$status" 0
    proven
    is "$(jq -c '.seal | [.state_directory, .answers_connections]' <<<"$output")" '[true,true]'
    is "$(jq -r '[.attempts[] | select(.attempt | test("outside through the state|above the state|out of the state|into the state")) | .result] | unique | join(",")' \
        <<<"$output")" refused
    is "$(jq -r '.attempts[] | select(.process == "deep" and .result == "allowed") | .attempt' <<<"$output")" ''
    [ ! -e kept ]
    # A file says the same as flags.
    printf 'state_dir: %s/kept\nhttp: {listen: "127.0.0.1:9911"}\n' "$PWD" >c.yaml
    by_flags=$(jq -c .counts <<<"$output")
    coherence verify-sandbox --json -c c.yaml
    is "$(jq -c .counts <<<"$output")" "$by_flags"
}

@test "it works beside a running sentinel with the same configuration" {
    whole_here
    printf 'state_dir: %s/kept\n' "$PWD" >c.yaml
    begin run -c c.yaml
    lines_of out 1
    coherence verify-sandbox -c c.yaml
    is "$status" 0
    kill "$pid"
    ends 0 5
}

@test "as nobody every attempt is refused, and what was refused anyway is shown as that" {
    [ "$(id -u)" -eq 0 ] || skip 'only root can become nobody'
    command -v setpriv >/dev/null || skip 'setpriv is not installed'
    whole_here
    folder=$(mktemp -d /tmp/coherence.XXXXXX)
    chmod 755 "$folder"
    cp "$COHERENCE" "$folder/coherence"
    run --separate-stderr bash -c 'cd / && exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all "$1/coherence" verify-sandbox --json' bash "$folder"
    rm -r "$folder"
    is "$status" 0
    proven
    is "$(jq -r '.attempts[] | select(.process == "sentinel" and .attempt == "read /etc/shadow") | "\(.result) \(.layer) \(.without_seal)"' <<<"$output")" \
        'refused_anyway null EACCES'
}

@test "in namespaces of its own, as in a container" {
    [ "$(id -u)" -eq 0 ] || skip 'only root can make namespaces here'
    unshare --mount --pid --net --ipc --uts --fork --mount-proc true 2>/dev/null || skip 'no namespaces can be made here'
    whole_here
    run --separate-stderr timeout -k 2 20 unshare --mount --pid --net --ipc --uts --fork --mount-proc "$COHERENCE" verify-sandbox --json
    is "$status" 0
    proven
}

@test "without Landlock it says what is possible and exits 1; required: 78" {
    whole_here
    without_landlock verify-sandbox --json
    is "$status" 1
    has 'the seal is not complete: landlock: not in this kernel'
    has 'the sentinel can read a file outside'
    is "$(jq -c '[.seal.landlock, .seal.landlock_abi, .seal.seccomp]' <<<"$output")" '[false,0,true]'
    # Only reading is open, and who may read what is then the user's rights; with a state directory also what leads out of it.
    is "$(jq -r '.attempts[] | select(.result == "possible") | .attempt' <<<"$output" | grep -vcE '^(read|list|look|open (a descriptor|the program) of)')" 0
    without_landlock verify-sandbox
    is "$status" 1
    is "$(grep -E 'read a file outside' <<<"$output" | awk '{ print $5, $6, $7 }')" 'POSSIBLE it succeeded'
    without_landlock verify-sandbox --set sandbox=required
    is "$status" 78
    has 'the sandbox is required, but cannot be had: landlock: not in this kernel'
    is "$output" ''
}

@test "what the sources lose by the seal is named, and counts; what changes on the host does not" {
    whole_here
    cp -r "$TOP/tests/golden/host/linux-5.10-v2" tree
    coherence verify-sandbox --json --root tree
    is "$status" 0
    proven
    mv tree/proc/meminfo outside
    ln -s ../../outside tree/proc/meminfo
    coherence verify-sandbox --json --root tree
    is "$status" 1
    has 'not readable under the seal: tree/proc/meminfo: Permission denied'
    is "$(jq '.sources.lost | length' <<<"$output")" 1
    coherence verify-sandbox --root tree
    has 'lost: tree/proc/meminfo: Permission denied' "$output"
}

@test "switched off, everything is possible and the first few are named" {
    coherence verify-sandbox --set sandbox=off --set sources.host.deep=off
    is "$status" 1
    has 'coherence: the sentinel can open a file for writing'
    [[ $stderr =~ and\ [0-9]+\ more\ of\ what\ should\ be\ impossible ]]
    has 'POSSIBLE' "$output"
    has 'deep sense: none, ' "$output"
}

@test "it leaves nothing behind: no file, no process" {
    export TMPDIR=$PWD
    coherence verify-sandbox --set sandbox=off
    coherence verify-sandbox
    is "$(find . -name 'coherence-*')" ''
    is "$(grep -lzs '^verify-sandbox$' /proc/[0-9]*/cmdline | head -n 1)" ''
    refused 2 'takes no file' verify-sandbox x
}

@test "status and metrics say which layers hold" {
    whole_here
    begin run --json --set http.listen=127.0.0.1:0 --duration 60
    lines_of out 2
    url=$(sed -n 's|^coherence: HTTP on \(http://[^/]*\)/.*|\1|p' err)
    is "$(curl -s -m 5 "$url/api/v1/status" | jq -c .seal)" '{"no_new_privileges":true,"capabilities":true,"landlock":true,"seccomp":true,"missing":null}'
    is "$(curl -s -m 5 "$url/metrics" | sed -n 's/^coherence_sandbox_enforced{layer="\(.*\)"} /\1 /p' | paste -sd,)" \
        'no_new_privileges 1,capabilities 1,landlock 1,seccomp 1'
    is "$(sed -n 's/^Cap\(Prm\|Eff\):[^0-9a-f]*//p' "/proc/$pid/status" | tr -d 04 | sort -u)" ''
    kill "$pid"
    ends 0 5
    begin run --json --set http.listen=127.0.0.1:0 --duration 60 --set sandbox=off
    lines_of out 2
    url=$(sed -n 's|^coherence: HTTP on \(http://[^/]*\)/.*|\1|p' err)
    is "$(curl -s -m 5 "$url/metrics" | sed -n 's/^coherence_sandbox_enforced{.*} //p' | sort -u)" 0
    kill "$pid"
    ends 0 5
}

@test "with somebody to call, the configured ports are open and nothing else" {
    coherence verify-sandbox --json --set outputs.webhook.urls=http://127.0.0.1:19094/
    is "$status" 0
    is "$(jq -c '.seal | [.answers_connections, .makes_connections]' <<<"$output")" '[false,true]'
    coherence verify-sandbox --set outputs.webhook.urls=http://127.0.0.1:19094/
    has 'configured: making connections' "$output"
}

@test "who takes telemetry in, or asks for it, is sealed as it would be, and binds nothing" {
    cat >c.yaml <<'END'
sources:
  statsd: {listen: "127.0.0.1:18125"}
  prometheus: {scrape: [{url: "http://127.0.0.1:19100/metrics"}]}
END
    coherence verify-sandbox --json -c c.yaml
    is "$status" 0
    is "$(jq -c '.seal | [.answers_connections, .makes_connections, .receives_datagrams]' <<<"$output")" '[false,true,true]'
    is "$(jq -c '[.attempts[] | select(.process == "sentinel" and .attempt == "receive several messages") | .result] | unique' <<<"$output")" '["allowed"]'
    coherence verify-sandbox -c c.yaml
    has 'receiving datagrams' "$output"
}
