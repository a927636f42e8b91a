#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Recordings: what a run said is said again by the replay of its recording, whole, from a range of time and over a restart; `record`; exports.

load common
load sentinel

# within FROM TO: the lines of standard input whose time lies there.
within()
{
    awk -v from="$1" -v to="$2" '{ t = $0; sub(/^[^{]*\{"type":"[a-z]*","t":/, "", t); sub(/,.*/, "", t); if (t + 0 >= from + 0 && t + 0 <= to + 0) print }'
}

# again FILE [ARGUMENT...]: what a replay says, without the summary.
again()
{
    "$COHERENCE" replay --json --ticks "$@" | sed '$d'
}

# begin [ARGUMENT...]: a sentinel of ./tree in the background, whose CPU swings: pid, out, err.
begin()
{
    : >out # of an earlier run in this test
    : >out; : >err
    "$COHERENCE" run --json --root "$PWD/tree" --set sources.host.interval=200ms "$@" >out 2>err </dev/null 3>&- &
    pid=$!
}

# incident_wanted: the rest of a test is about one.
incident_wanted()
{
    [ -n "$ill" ] || skip 'no incident came: this machine is too busy'
}

@test "a minute with a fault in it, and a restart: every line is said again" {
    tree
    swing 200 20 >/dev/null 2>&1 3>&- &
    swinging=$!
    for run in first second; do
        begin --state-dir "$PWD/state" --record $run.rec
        [ $run = second ] || await_incident
        sleep 26
        kill -TERM "$pid"
        ends 0 5
        mv out $run
        has 'coherence: recorded ' "$(cat err)"
    done
    for run in first second; do
        again $run.rec | cmp - $run
        again --threads 2 $run.rec | cmp - $run
    done
    # One after the other they are one recording, also compressed and from a pipe.
    cat first.rec second.rec >both.rec
    cat first second >both
    again both.rec | cmp - both
    gzip -k both.rec
    again both.rec.gz | cmp - both
    again - <both.rec | cmp - both

    # A range: from the snapshot before it, with what was open as it was.
    from=$(sed -n 60p second | jq .t)
    to=$(sed -n 100p second | jq .t)
    again --from "$from" --to "$to" both.rec >range 2>err
    within "$from" "$to" <second | cmp - range
    [ "$(wc -l <range)" -ge 41 ]
    # Whatever its bounds: a tick belongs to it with all that was read for it.
    for n in 1 2 77 99; do
        t=$(sed -n ${n}p second | jq .t)
        again --from "$t" --to "$t" both.rec | cmp - <(within "$t" "$t" <second)
    done
    incident_wanted
    id=$(jq -r 'select(.type == "incident") | .id' first | sort -u)
    [[ $(cat err) == *"coherence: an incident is open as the range begins, since 20"*": $id" ]]
    coherence replay --from "$from" --to "$to" both.rec
    [ "$status" -eq 0 ]
    has "Id: $id" "$output"
    has 'INCIDENT #1' "$output"
    coherence replay --exit-code --from "$from" --to "$to" both.rec
    [ "$status" -eq 3 ]
}

@test "the flight recorder: after a crash the minute before it is said again" {
    tree
    swing 150 20 >/dev/null 2>&1 3>&- &
    swinging=$!
    begin --state-dir "$PWD/state" --duration 10
    ends 0 20
    mv out said
    begin --state-dir "$PWD/state"
    await_incident
    sleep 12
    # While it runs, and after it was killed.
    again --state-dir "$PWD/state" >running
    kill -9 "$pid"
    wait "$pid" || true
    pid=
    cat out >>said
    again --state-dir "$PWD/state" >killed
    for replayed in running killed; do
        head -c "$(stat -c %s $replayed)" said | cmp - $replayed
    done
    # What is lost are a few seconds.
    [ $(($(wc -l <said) - $(wc -l <killed))) -le 40 ]
    # The last twenty seconds alone.
    from=$(grep '"type":"tick"' killed | tail -n 100 | head -n 1 | jq .t)
    again --state-dir "$PWD/state" --from "$from" | cmp - <(within "$from" 1e18 <killed)
    # It can be switched off, and then there is nothing.
    coherence run --json --duration 1 --root "$PWD/tree" --state-dir "$PWD/other" --set recorder.enabled=false
    coherence replay --state-dir "$PWD/other"
    [ "$status" -eq 65 ]
    has "coherence: $PWD/other/coherence.db: no telemetry is recorded there"
    coherence replay --state-dir "$PWD/none"
    [ "$status" -eq 65 ]
    has "coherence: no recorded telemetry in '$PWD/none': a sentinel keeps some there with --state-dir $PWD/none (live, run)"
    refused 2 'a database; what a sentinel recorded is replayed with --state-dir DIR' replay "$PWD/state/coherence.db"
    refused 2 'replay needs a file, - for standard input, or --state-dir DIR for what a sentinel recorded' replay
    incident_wanted
    coherence replay --state-dir "$PWD/state" --from 10m
    [ "$status" -eq 0 ]
    has 'INCIDENT #1' "$output"
}

@test "this host: live --record is said again, whatever names came" {
    coherence live --json --duration 6 --record here.rec
    [ "$status" -eq 0 ]
    printf '%s\n' "$output" >said
    again here.rec | cmp - said
    [[ $stderr =~ recorded\ [1-9][0-9]*\ samples\ from\ 20[0-9-]*T[0-9:]*Z\ on,\ over\ [0-9.]+\ s:\ [1-9][0-9]*\ bytes,\ [0-9.]+\ a\ sample$ ]]
}

@test "record: nothing on standard output, one line at the end; signals end it well" {
    coherence record a.rec --duration 2
    [ "$status" -eq 0 ]
    is "$output" ''
    is "$(grep -c 'coherence: recorded ' <<<"$stderr")" 1
    is "$(head -c 7 a.rec)" COHEREC
    for signal in INT TERM; do
        "$COHERENCE" record b.rec 2>err </dev/null 3>&- &
        pid=$!
        sleep 2.5
        kill -$signal "$pid"
        ends 0 5
        has 'coherence: recorded ' "$(cat err)"
        [ "$("$COHERENCE" replay --json b.rec | tail -n 1 | jq .samples)" -gt 50 ]
    done
    "$COHERENCE" live --json --record - --duration 2 2>/dev/null | "$COHERENCE" replay --json - | tail -n 1 | jq -e '.samples > 50'
    refused 2 'give files or --state-dir' replay --state-dir /x a.rec
    "$COHERENCE" record - --duration 2 2>/dev/null | "$COHERENCE" replay --json - | tail -n 1 | jq -e '.samples > 50'
}

@test "killed, a recording is good up to a few seconds before" {
    "$COHERENCE" record a.rec 2>err </dev/null 3>&- &
    pid=$!
    sleep 8
    kill -9 "$pid"
    pid=
    coherence replay --json --ticks a.rec
    [ "$status" -eq 0 ]
    [ "$(grep -c '"type":"tick"' <<<"$output")" -ge 3 ]
    # Torn anywhere, what is before it is replayed, and one line says what is not.
    size=$(stat -c %s a.rec)
    head -c $((size - 3)) a.rec >torn.rec
    coherence replay torn.rec
    has 'coherence: torn.rec: not replayed: from '
    has ' to its end: '
    is "$(wc -l <<<"$stderr")" 1
}

@test "record overwrites recordings and empty files, and nothing else" {
    echo text >t.txt
    refused 1 "cannot write 't.txt': it exists and is no recording; name another file, or remove it" record t.txt
    is "$(cat t.txt)" text
    ln -s t.txt link
    refused 1 "cannot write 'link': it is a symbolic link" record link
    refused 1 "cannot write '.': Is a directory" record .
    mkfifo fifo
    refused 1 "cannot write 'fifo': it exists and is not a regular file" record fifo
    refused 2 'record takes one file, or - for standard output' record
    refused 2 'record takes one file, or - for standard output' record a b
    refused 2 "'record' does not know --json" record --json a.rec
    : >a.rec
    coherence record a.rec --duration 1
    [ "$status" -eq 0 ]
    coherence record a.rec --duration 1
    [ "$status" -eq 0 ]
    [ "$("$COHERENCE" replay --json --ticks a.rec | grep -c '"type":"tick"')" -le 2 ]
}

@test "a full disk: said once, counted, exit 1, the file good up to there" {
    mkdir small
    mount -t tmpfs -o size=64k none small 2>/dev/null || skip 'no mounts for us here'
    mounted=$PWD/small
    "$COHERENCE" record small/a.rec 2>err </dev/null 3>&- &
    pid=$!
    sleep 7
    head -c 65536 /dev/zero >small/filler 2>/dev/null || true
    ends 1 20
    is "$(grep -c 'No space left on device; it is good up to there, [1-9][0-9]* samples are lost' err)" 1
    coherence replay --json small/a.rec
    [ "$status" -eq 0 ]
    [ "$(tail -n 1 <<<"$output" | jq .samples)" -gt 50 ]
}

@test "exports replay to the same events from a cold start" {
    tree
    swing 120 20 >/dev/null 2>&1 3>&- &
    swinging=$!
    begin --record a.rec
    await_incident
    kill -TERM "$pid"
    ends 0 5
    again a.rec >said
    coherence replay --json --csv a.csv --jsonl a.jsonl a.rec
    [ "$status" -eq 0 ]
    again a.csv | cmp - said
    again a.jsonl | cmp - said
    # On standard output they are alone there.
    "$COHERENCE" replay --csv - a.rec | cmp - a.csv
    "$COHERENCE" replay --json --ticks --jsonl - a.rec | cmp - a.jsonl
    "$COHERENCE" replay --csv - a.rec | head -n 1 >first
    is "$(cat first)" 'timestamp,host,metric,value,entity'
    cp a.csv b.csv
    refused 2 "'b.csv' is to be read and to be written; name another file" replay --csv b.csv b.csv
    cmp a.csv b.csv
    refused 2 '--csv, --jsonl and --record cannot share standard output; name a file' replay --csv - --jsonl - a.rec
    # A range has the telemetry of that range.
    from=$(sed -n 20p said | jq .t)
    "$COHERENCE" replay --from "$from" --csv - a.rec | sed '1,2d' | cut -d, -f1 | sort -n | head -n 1 >first
    awk -v from="$from" '{ exit !($1 >= from && $1 < from + 0.5) }' first
    incident_wanted
    grep -q '"type":"finding"' said
}

@test "judged as it was recorded; what the command line changes is said" {
    coherence run --duration 2 --record a.rec --set veto.ttl=70s
    fine replay a.rec
    printf 'veto: {ttl: 90s}\n' >c.yaml
    coherence replay -c c.yaml --set engine.warmup=9 --threads 2 a.rec
    [ "$status" -eq 0 ]
    is "$stderr" 'coherence: a.rec: judged with other settings than it was recorded with: what is said may differ (engine.warmup, veto.ttl)'
    coherence replay --profile classic a.rec
    [ "$status" -eq 0 ]
    has 'judged with other settings than it was recorded with: what is said may differ (profile)'
    # The environment is this host's, not the recording's.
    COHERENCE_VETO_TTL=80s coherence replay a.rec
    is "$stderr" ''
}

@test "ranges: of text too; what is not there is said" {
    quiet_csv 0 60 >a.csv
    coherence replay --json --ticks --from 1767225610 --to 1767225619.5 a.csv
    [ "$status" -eq 0 ]
    is "$(grep -c '"type":"tick"' <<<"$output")" 10
    is "$(tail -n 1 <<<"$output" | jq .samples)" 20
    coherence replay --from 2026-01-02T00:00:00Z a.csv
    [ "$status" -eq 0 ]
    is "$stderr" 'coherence: there is nothing of the time that was asked for'
    has 'Read 0 samples' "$output"
    coherence replay --from 2026-01-02 a.csv
    is "$stderr" 'coherence: there is nothing of the time that was asked for'
    coherence replay --to 2025-01-02T00:00:00Z a.csv
    is "$stderr" 'coherence: there is nothing of the time that was asked for'
    refused 2 '--to lies before --from' replay --from 5 --to 4 a.csv
    refused 2 "--from 'now' is not a time; give how long ago, such as 10m or 7d, or 2026-01-31, or 2026-01-31T08:00:00Z, or Unix seconds" replay --from now a.csv
    refused 2 "--from '2026-01-01T00:00:00' has no zone" replay --from 2026-01-01T00:00:00 a.csv
}

@test "what is no recording, or damaged" {
    echo text >t.txt
    coherence replay --input recording t.txt
    [ "$status" -eq 65 ]
    has 'coherence: t.txt: nothing in it can be replayed'
    coherence record a.rec --duration 8
    refused 2 'a recording and text cannot be replayed together' replay a.rec t.txt
    # Any byte changed: never a crash, and at least the beginning is told apart.
    size=$(stat -c %s a.rec)
    for at in 0 9 40 100 $((size / 2)) $((size - 20)); do
        cp a.rec b.rec
        printf '\377\376' | dd of=b.rec bs=1 seek=$at conv=notrunc status=none
        coherence replay b.rec
        [ "$status" -eq 0 ] || [ "$status" -eq 65 ]
        [ -n "$stderr" ]
    done
}
