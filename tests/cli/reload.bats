#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# SIGHUP: a good configuration is taken over without losing what was learned, a bad one is refused with all its problems.

load common

FIXTURES=$TOP/tests/golden/host

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -z "${swinging-}" ] || kill -9 "$swinging" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; tail -n 20 err; ls -l etc; }
}

# config LINE...: the file of -c in a directory of its own, replaced as an editor does it.
config()
{
    mkdir -p etc
    printf '%s\n' "$@" >etc/new
    mv -T etc/new etc/coherence.yaml
}

is_said()
{
    [ "$(grep -cF "$1" err)" -ge "$2" ]
}

# said TEXT COUNT: waits until so many lines of err hold the text.
said()
{
    patiently 10 is_said "$1" "$2" || { echo "not said ${2} times: $1"; cat err; return 1; }
}

# start [ARGUMENT...]: a sentinel of recorded files in the background, with ./etc/coherence.yaml.
start()
{
    begin run --json --root "$FIXTURES/only-stat" -c etc/coherence.yaml --set sources.host.deep=off --set sources.host.interval=200ms "$@"
    lines_of out 1
}

# metric NAME: its value.
metric()
{
    curl -s -m 5 ${token:+-H "Authorization: Bearer $token"} "$url/metrics" | sed -n "s/^$1 //p"
}

has_metric()
{
    [ "$(metric "$1")" = "$2" ]
}

# told NAME VALUE: waits until the metric has it; /metrics is written once a tick.
told()
{
    patiently 10 has_metric "$1" "$2" || { is "$(metric "$1")" "$2"; return 1; }
}

@test "a good configuration is taken over: said, kept in the history, shown; what needs a restart is named and stays" {
    command -v python3 >/dev/null || skip 'python3 is not installed'
    printf 'first-token-0123456789\n' >token1
    printf 'other-token-0123456789\n' >token2
    mkdir -p etc
    chmod 600 token1 token2
    mv token1 token2 etc
    config 'false_alarm_budget: 1/30d' 'http:' '  listen: 127.0.0.1:0' "  token_file: $PWD/etc/token1"
    start --state-dir "$PWD/state"
    said 'HTTP on' 1
    url=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' err)
    token=first-token-0123456789
    told coherence_config_last_reload_successful 1
    before=$(metric coherence_config_last_reload_success_timestamp_seconds)
    config 'false_alarm_budget: 1/1d' 'recorder: {keep: 2h}' 'sources: {host: {max_cpus: 4}}' 'http:' '  listen: 127.0.0.1:1' \
        "  token_file: $PWD/etc/token2" '  allowed_hosts: web.example'
    kill -HUP "$pid"
    said 'configuration reloaded: recorder.keep, false_alarm_budget, http.token_file, http.allowed_hosts' 1
    said 'needs a restart, and stays as it was: sources.host.max_cpus, http.listen' 1
    is "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" "$url/metrics")" 401
    token=other-token-0123456789
    told coherence_false_alarms_promised_per_day 1
    is "$(metric coherence_config_last_reload_successful)" 1
    [ "$(metric coherence_config_last_reload_success_timestamp_seconds)" != "$before" ]
    is "$(curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" -H 'Host: web.example' "$url/metrics")" 200
    is "$(curl -s -H "Authorization: Bearer $token" "$url/api/v1/status" | jq -r .configuration.needs_restart)" 'sources.host.max_cpus, http.listen'
    kill "$pid"
    ends 0 3
    is "$(python3 -c "import sqlite3; print(sqlite3.connect('state/coherence.db').execute('select count(*) from config').fetchone()[0])")" 2
    is "$(grep -c token-0123 out err | paste -sd,)" 'out:0,err:0'
}

# swing FILE: writes a CPU that is calm and then swings.
swing()
{
    local busy=1000000000 total=2000000000 k=0 line
    while sleep 0.1; do
        k=$((k + 1)) busy=$((busy + (k / 10 % 2 ? 2 : 14))) total=$((total + 20))
        printf -v line 'cpu  %d 0 0 %d 0 0 0 0 0 0' "$busy" "$((total - busy))"
        exec 8<>"$1"
        printf '%s\n' "$line" >&8
    done
}

@test "what is said around a reload is said again by the replay of its recording, byte for byte" {
    cp -r "$FIXTURES/only-stat" tree
    { printf 'cpu  1000000000 0 0 1000000000 0 0 0 0 0 0\n'; grep -v '^cpu ' "$FIXTURES/only-stat/proc/stat"; } >tree/proc/stat
    swing tree/proc/stat 3>&- &
    swinging=$!
    config 'false_alarm_budget: 1/30d'
    begin run --json --root tree -c etc/coherence.yaml --set sources.host.interval=200ms --set sources.host.deep=off --state-dir "$PWD/state"
    lines_of out 20
    config 'false_alarm_budget: 20/1d' 'engine: {warmup: 9, stale_after: 3s}' 'incidents: {join_window: 20s, persistent_after: 30s}'
    kill -HUP "$pid"
    said 'configuration reloaded' 1
    lines_of out 40
    kill -HUP "$pid"
    said 'configuration reloaded: nothing has changed' 1
    config 'false_alarm_budget: 2/1d'
    kill -HUP "$pid"
    said 'configuration reloaded' 3
    lines_of out 60
    kill "$pid"
    ends 0 3
    kill "$swinging"
    "$COHERENCE" replay --json --ticks --state-dir "$PWD/state" 2>again.err | sed '$d' >again
    cmp out again
}

@test "a bad configuration is refused with all its problems, whatever became of the file, and the old one goes on" {
    config 'false_alarm_budget: 1/30d' 'http: {listen: "127.0.0.1:0"}'
    start
    said 'HTTP on' 1
    url=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' err)
    n=0
    refuses()
    {
        n=$((n + 1))
        kill -HUP "$pid"
        said 'the configuration was not reloaded; the old one goes on' "$n"
        said "$1" 1
        told coherence_config_last_reload_successful 0
    }
    config 'false_alarm_budget: often' 'engine: {warmup: -1}' 'no_such_key: 1'
    refuses "coherence.yaml:1:21: "
    said 'coherence.yaml:2:18: ' 1
    said "unknown key 'no_such_key'" 1
    printf 'false_alarm_budget: "1/3' >etc/coherence.yaml # half-written
    refuses 'coherence.yaml:1:'
    rm etc/coherence.yaml
    refuses 'coherence.yaml: cannot read the configuration: No such file or directory'
    mkdir etc/coherence.yaml
    refuses 'is a directory; a configuration is a regular file'
    rmdir etc/coherence.yaml
    mkfifo etc/coherence.yaml
    refuses 'is a FIFO; a configuration is a regular file'
    rm etc/coherence.yaml
    config 'http: {listen: "127.0.0.1:0", token_file: /nowhere/token}'
    refuses "http.token_file: cannot open '/nowhere/token'"
    # What needs a restart stays, and does not fit to what is new.
    config 'engine: {max_entities: 100, max_series: 100}' 'sources: {host: {max_cgroups: 8}}'
    refuses 'sources.host.max_cgroups (200) does not fit into engine.max_entities (100)'
    said 'this comes of what needs a restart and stays as it was: sources.host.max_cgroups, http.listen' 1
    config 'false_alarm_budget: 1/1d'
    kill -HUP "$pid"
    said 'configuration reloaded: false_alarm_budget' 1
    told coherence_config_last_reload_successful 1
    kill "$pid"
    ends 0 3
}

@test "a thousand reloads take no memory and no descriptor" {
    config 'false_alarm_budget: 1/30d'
    mkfifo never # nobody writes: a sleep without a process
    exec 7<>never
    start
    reloads()
    {
        local i
        for ((i = $1; i < $2; i++)); do
            [ $((i % 10)) != 0 ] || config "false_alarm_budget: $((1 + i / 10 % 9))/30d"
            kill -HUP "$pid"
            read -r -t 0.002 -u 7 || true
        done
        said 'configuration reloaded' $(($2 / 2)) # two signals at once are one
    }
    private()
    {
        sed -n 's/^Private_Dirty: *\([0-9]*\).*/\1/p' "/proc/$pid/smaps_rollup"
    }
    reloads 0 200
    fds=$(find "/proc/$pid/fd" -mindepth 1 | wc -l) kb=$(private)
    reloads 200 1200
    is "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" "$fds"
    echo "# $(grep -c 'configuration reloaded' err) reloads, $(($(private) - kb)) KiB more" >&3
    [ $(($(private) - kb)) -lt 512 ]
    lacks 'not reloaded' "$(cat err)"
    kill "$pid"
    ends 0 3
}

@test "what a list of mappings says is compared, not where it stands" {
    target() { printf '  prometheus: {interval: 1h, scrape: [{url: "http://127.0.0.1:1/%s"}]}' "$1"; }
    config 'sources:' "$(target metrics)"
    start
    config '# a line more' 'sources:' "$(target metrics)"
    kill -HUP "$pid"
    said 'configuration reloaded: nothing has changed' 1
    config 'sources:' "$(target metrics-of-another)"
    kill -HUP "$pid"
    said 'needs a restart, and stays as it was: sources.prometheus.scrape' 1
    kill "$pid"
    ends 0 5
}
