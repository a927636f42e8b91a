#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `doctor`: which signals this host and these privileges can observe.

load common

FIXTURES=$TOP/tests/golden/host

# state SIGNAL: what the JSON in `output` says of it.
state()
{
    jq -r --arg name "$1" '.signals[] | select(.signal == $name) | .state' <<<"$output"
}

@test "doctor on this host: every signal with its state, and why it is missing" {
    coherence doctor --json
    [ "$status" -eq 0 ]
    is "$stderr" ''
    is "$(wc -l <<<"$output")" 1
    jq -e '.type == "doctor" and (.signals | length > 15) and (.deep.on | type == "boolean")
        and all(.signals[]; .state == "observed" and .why == null and .visible_with == null
            or .state == "nothing" and .why != null and .visible_with == null
            or .state == "missing" and .visible_with != null)
        and all(.signals[]; (.metrics | length > 0) and (.use | length > 0))' <<<"$output"
    is "$(state 'CPU use of the host')" observed
    is "$(state 'memory in use')" observed
    is "$(jq -r .host <<<"$output")" "$(cat /proc/sys/kernel/hostname)"
}

@test "without the deep sense its signals are missing, and the reason is said" {
    coherence doctor --json --set sources.host.deep=off
    [ "$status" -eq 0 ]
    for signal in 'waiting for locks' 'garbage collection of JVMs' 'open files of processes' 'storage I/O of processes'; do
        is "$(state "$signal")" missing
    done
    is "$(jq -r .deep.why <<<"$output")" 'switched off (sources.host.deep)'
    coherence doctor --set sources.host.deep=off
    has 'deep sense: switched off (sources.host.deep)' "$output"
    has 'why: the deep sense: switched off' "$output"
    has 'visible with: sources.host.deep: auto' "$output"
}

@test "doctor on a recorded tree with little in it" {
    coherence doctor --json --root "$FIXTURES/only-stat"
    [ "$status" -eq 0 ]
    is "$(state 'CPU use of the host')" observed
    is "$(state 'memory in use')" missing
    has 'proc/meminfo: No such file or directory' "$(jq -r '.signals[] | select(.signal == "memory in use") | .why' <<<"$output")"
    is "$(state 'CPU use of cgroups')" missing
    is "$(state 'pressure of CPU, memory and I/O')" missing
    cp -r "$FIXTURES/only-stat" top
    mkdir -p top/proc/self top/sys/fs/cgroup/cpuacct
    echo '32 31 0:32 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct' >top/proc/self/mountinfo
    echo 1000000000 >top/sys/fs/cgroup/cpuacct/cpuacct.usage
    : >top/sys/fs/cgroup/cpuacct/release_agent # which only the host's own top has
    coherence doctor --json --root top
    is "$(state 'CPU use of cgroups')" nothing
    is "$(jq -r '.signals[] | select(.signal == "CPU use of cgroups") | .why' <<<"$output")" 'no cgroup below the top counts its own CPU time'
    # docs/laws.md: single CPUs are not judged.
    is "$(jq -r '.signals[] | select(.signal == "CPU use of each CPU") | .use' <<<"$output")" 'shown and recorded; no law judges a single CPU'
    refused 78 'nowhere: ' doctor --root nowhere
    refused 2 'doctor takes no file' doctor x
}
