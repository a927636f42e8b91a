#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The words of the command line: what is understood, what is refused, and where help goes.

load common

# All flags of the help that take a value.
flags_with_value()
{
    "$COHERENCE" --help | sed -n '/^options/,/^configuration/s/^  \(--*[a-z-]*\) [^ ].*/\1/p'
}

@test "bare coherence prints help and exits 2" {
    coherence
    [ "$status" -eq 2 ]
    has 'usage: coherence COMMAND' "$output"
    [ "$stderr" = '' ]
}

@test "--help names every command, flag and configuration key, and exits 0" {
    fine --help
    for word in live run simulate replay check-config explain baseline verify-sandbox --source --profile --seed --duration --json --ticks --csv --format \
        --color --root --exit-code --input sandbox false_alarm_budget sources.host.interval COHERENCE_SANDBOX; do
        has "$word" "$output"
    done
    long=$output
    fine -h
    [ "$output" = "$long" ]
}

@test "the help of a command lists its own flags only" {
    for command in live run simulate replay check-config explain baseline verify-sandbox; do
        fine "$command" --help
        has "usage: coherence $command" "$output"
    done
    fine replay --help
    has '--input' "$output"
    lacks '--duration' "$output"
    fine live --help
    has '--root' "$output"
    lacks '--input' "$output"
}

@test "the help has no blank at the end of a line, and one column" {
    for command in '' live run simulate replay record backtest incidents explain baseline check-config doctor verify-sandbox; do
        # shellcheck disable=SC2086 # a command or none
        fine $command --help
        is "$(grep -nE ' $' <<<"$output")" ''
    done
    fine --help
    # Rows of commands and options: their help begins in the 31st column, or stands there in a line below.
    is "$(sed -n '/^commands:/,/^configuration/p' <<<"$output" |
        awk '/^  / && !/^  --?[a-z-]+ [^ ]+$/ && (substr($0, 30, 1) != " " || substr($0, 31, 1) == " ")')" ''
    is "$(sed -n '/^  --source /{N;p}' <<<"$output")" \
        "$(printf '  --source live|sim|datadog|prometheus|remote_write|otlp|statsd\n%30swhere telemetry comes from' '')"
}

@test "--version is the version of the build file" {
    fine --version
    [ "$output" = "coherence $(sed -n "s/^ *version: '\([0-9.]*\)'.*/\1/p" "$TOP/meson.build")" ]
}

@test "a misspelt command is answered with the nearest one" {
    refused 2 "unknown command 'lvie'; did you mean 'live'?" lvie
    refused 2 "unknown command 'simulat'; did you mean 'simulate'?" simulat
    refused 2 "unknown command 'frobnicate'; 'coherence --help' lists them" frobnicate
    refused 2 "unknown command '-'; 'coherence --help' lists them" -
}

@test "a misspelt flag is answered with the nearest one" {
    refused 2 "unknown option '--sorce'; did you mean '--source'?" live --sorce sim
    refused 2 "unknown option '--exit-cod'; did you mean '--exit-code'?" simulate --exit-cod
    refused 2 "unknown option '--sed'; did you mean '--seed'?" simulate --sed=3
    refused 2 "unknown option '-x'; 'coherence --help' lists them" -x
    refused 2 "unknown option '--absolutely'; 'coherence --help' lists them" run --absolutely
}

@test "a flag of another command is refused" {
    while read -r command flag value; do
        # shellcheck disable=SC2086 # a value or none
        refused 2 "'$command' does not know ${flag%%=*}; 'coherence $command --help' lists what it knows" "$command" "$flag" $value
    done <<'TABLE'
live --input csv
run --realtime
run --input=csv
simulate --source live
simulate --source sim
simulate --root /
simulate --input csv
replay --seed 1
replay --seed 0
replay --duration 3
replay --record x.rec
record --json
record --state-dir /x
live --from 5
replay --record=x.rec
replay --root /
replay --realtime
replay --source live
check-config --json
check-config --seed 1
check-config --ticks
TABLE
    [ ! -e x.csv ]
}

@test "--live and --simulate name the command, wherever they stand" {
    fine simulate stable --json
    wanted=$output
    fine --simulate stable --json
    is "$output" "$wanted"
    fine --json --simulate stable
    is "$output" "$wanted"
    LIMIT=5 coherence --live --json --duration 1 --root "$TOP/tests/golden/host/linux-5.10-v2"
    [ "$status" -eq 0 ]
    has '"host":"five"' "$output"
    refused 2 "'live' and '--simulate' are two commands; give one" --live --simulate
    refused 2 "'replay' and '--live' are two commands; give one" replay --live x.csv
}

@test "a command may follow its flags" {
    fine simulate stable --json
    wanted=$output
    fine --json simulate stable
    is "$output" "$wanted"
}

@test "without a command, flags mean run" {
    coherence --source sim --json --duration 2
    [ "$status" -eq 0 ]
    is "$(jq -r '"\(.type) \(.t) \(.host)"' <<<"$output" | paste -sd,)" 'tick 1767225601 host-001,tick 1767225602 host-001'
    without=$output
    coherence run --source sim --json --duration 2
    is "$output" "$without"
    refused 2 "'run' does not know --input" --input csv
}

@test "a flag without its value is refused, and says what it wants" {
    flags=$(flags_with_value)
    [ "$(wc -w <<<"$flags")" -ge 12 ]
    for flag in $flags; do
        refused 2 "$flag needs a value: " run "$flag"
    done
}

@test "a value may follow an equals sign" {
    fine simulate cascade --seed 7 --format json
    wanted=$output
    fine simulate cascade --seed=7 --format=json
    is "$output" "$wanted"
    refused 2 '--json takes no value' simulate --json=yes
    refused 2 '--ticks takes no value' simulate --ticks=
}

@test "values that make no sense are refused" {
    while IFS='|' read -r text arguments; do
        # shellcheck disable=SC2086 # the words of a line
        refused 2 "$text" $arguments
    done <<'TABLE'
--seed 'x' is not a whole number|simulate --seed x
--seed '-1' is not a whole number|simulate --seed -1
--seed '1.5' is not a whole number|simulate --seed 1.5
--seed '18446744073709551616' is not a whole number|simulate --seed 18446744073709551616
--duration '0' is not between|simulate --duration 0
--duration '1e-12' is not between|simulate --duration 1e-12
--duration '-5' is not between|live --duration -5
--duration '1e300' is not between|live --duration 1e300
--duration 'nan' is not|live --duration nan
--duration '' is not|live --duration=
--duration '5minutes' is not|live --duration=5minutes
--source 'mars' is unknown; 'live', 'sim', 'datadog', 'prometheus', 'remote_write', 'otlp' and 'statsd' are known|run --source mars
--source statsd listens nowhere|run --source statsd
'clasic' must be default or classic; did you mean 'classic'?|simulate --profile clasic
'xml' must be text, json or logfmt|simulate --format xml
'sometimes' must be auto, always or never|simulate --color sometimes
'0' is out of range|simulate --threads 0
unknown key 'engine.wramup'|simulate --set engine.wramup=9
--set 'engine.warmup': give KEY=VALUE|simulate --set engine.warmup
--set '=9': give KEY=VALUE|simulate --set =9
--input 'tsv' is unknown; csv, jsonl and recording are known|replay --input tsv -
--from 'x' is not a time|replay --from x -
unknown scenario 'stabel'|simulate stabel
TABLE
}

@test "operands that a command does not take are refused" {
    refused 2 "'live' takes no file; to judge recorded telemetry: coherence replay x.csv" live x.csv
    refused 2 "'run' takes no file" run x.csv
    refused 2 'simulate takes one scenario' simulate stable seizure
    refused 2 'replay needs a file, - for standard input, or --state-dir DIR' replay
    refused 2 'check-config takes one file' check-config
    refused 2 'check-config takes one file' check-config a b
}

@test "after -- every word is an operand" {
    quiet_csv 0 60 >--json
    quiet_csv 0 60 >-x
    fine replay -- --json
    has 'Read 120 samples of 2 series.' "$output"
    wanted=$output
    fine replay -- -x
    is "$output" "$wanted"
    refused 2 "unknown option '-x'" replay -x
    refused 65 "nothing: cannot read" replay -- nothing
    refused 2 "'run' takes no file" -- live
}

@test "words that are not text for a terminal are shown escaped" {
    refused 2 "unknown command '\\x1b[2Jlive'" $'\e[2Jlive'
    lacks $'\e' "$stderr"
    refused 65 '\x1b]0;owned\x07: cannot read' replay $'\e]0;owned\a'
}

@test "more words than there is room for are refused" {
    mapfile -t words < <(seq 1 257)
    refused 2 'more than 256 files' replay "${words[@]}"
    refused 2 'more than 64 settings' simulate "${words[@]/*/--json}"
}

@test "flags win over the environment, and the environment over the file" {
    echo 'format: text' >c.yaml
    fine simulate stable -c c.yaml
    has 'Running Advanced Detection' "$output"
    COHERENCE_FORMAT=logfmt fine simulate stable -c c.yaml
    has 'type=summary' "$output"
    COHERENCE_FORMAT=logfmt fine simulate stable -c c.yaml --json
    has '"type":"summary"' "$output"
    COHERENCE_FROMAT=json refused 2 "COHERENCE_FROMAT: is no setting; did you mean 'COHERENCE_FORMAT'?" simulate stable
}

@test "--dump-config prints what would hold, and the print loads to the same" {
    fine simulate --profile classic --set engine.warmup=9 --dump-config
    printf '%s\n' "$output" >dump.yaml
    has 'profile: classic' "$output"
    has 'warmup: 9' "$output"
    fine check-config dump.yaml
    fine replay -c dump.yaml --dump-config
    printf '%s\n' "$output" >again.yaml
    is "$(sed 's/ *#.*//' again.yaml)" "$(sed 's/ *#.*//' dump.yaml)"
}

@test "a stdout that is full is a failure, and said" {
    for words in --help --version 'live --help' 'simulate stable' 'simulate --dump-config' 'live --duration 1'; do
        run --separate-stderr timeout 5 bash -c "\"\$COHERENCE\" $words >/dev/full"
        [ "$status" -eq 1 ]
        has 'coherence: cannot write to standard output: No space left on device'
    done
}

@test "a closed stdout is a failure, and its number is given to no file" {
    run --separate-stderr bash -c '"$COHERENCE" simulate stable --csv kept.csv >&-'
    [ "$status" -eq 1 ]
    has 'cannot write to standard output: Bad file descriptor'
    is "$(grep -vcE '^(timestamp|[0-9.]+),' kept.csv)" 0
    is "$(tail -n 1 kept.csv)" '1767227400,,coherence.tick,,'
}

@test "a closed stderr or stdin does no harm" {
    run --separate-stderr bash -c '"$COHERENCE" live --csv kept.csv --duration 1 --root "$1/tests/golden/host/only-stat" 2>&- <&-' bash "$TOP"
    [ "$status" -eq 0 ]
    is "$(grep -vcE '^(timestamp|[0-9.]+),' kept.csv)" 0
    run --separate-stderr bash -c '"$COHERENCE" replay - <&-'
    [ "$status" -eq 65 ]
    has 'coherence: -'
}

@test "a command that is refused empties no file" {
    echo precious >kept.csv
    refused 2 "unknown scenario 'nope'" simulate nope --csv kept.csv
    refused 2 'unknown key' simulate stable --csv kept.csv --set no.key=1
    refused 2 "'live' takes no file" live --csv kept.csv x
    is "$(cat kept.csv)" precious
    mkdir folder
    ln -s kept.csv link
    refused 1 'folder: cannot write: Is a directory' simulate stable --csv folder
    refused 1 'link: cannot write: it is a symbolic link' simulate stable --csv link
    refused 1 'cannot write: it exists and is not a regular file' simulate stable --csv /dev/null
    refused 1 'cannot write: No such file or directory' simulate stable --csv nowhere/x.csv
    is "$(cat kept.csv)" precious
}
