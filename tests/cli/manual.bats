#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The manual's pages, the completions in their shells and the example configuration: all made from the program's tables, and held to it here.

load common

MANUAL=${COHERENCE%/src/coherence}/man
PAGES=(coherence.1 coherence.yaml.5 coherence-laws.7 coherence-metrics.7)

# needs PROGRAM
needs()
{
    command -v "$1" >/dev/null || skip "$1 is not installed"
}

@test "the pages are well formed: groff and mandoc find nothing" {
    needs groff
    needs mandoc
    for page in "${PAGES[@]}"; do
        is "$(groff -man -ww -z -Tutf8 "$MANUAL/$page" 2>&1)" ''
        is "$(mandoc -T lint -W warning "$MANUAL/$page" 2>&1)" ''
        is "$(grep -c '[.][.][.][.]' "$MANUAL/$page" || true)" 0
        # Nothing that was to be filled is left, and roff took nothing of the tables as its own.
        is "$(grep -c '^@' "$MANUAL/$page" || true)" 0
    done
}

@test "coherence(1) names every command and option that the program knows, and its exit codes" {
    page=$(sed 's/\\-/-/g; s/\\f.//g' "$MANUAL/coherence.1")
    "$COHERENCE" --help | sed -n '/^commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p' >commands
    "$COHERENCE" --help | sed -n '/^options/,/^configuration/s/^  \(--*[a-z-]*\) .*/\1/p' >options
    [ "$(wc -l <commands)" -ge 12 ] && [ "$(wc -l <options)" -ge 30 ]
    while read -r word; do
        grep -qE "^$word( |\$)" <<<"$page" || { echo "missing: $word"; return 1; }
    done < <(cat commands options)
    sed -n '/^## Exit codes/,/^## /s/^| \([0-9]*\) |.*/\1/p' "$TOP/README.md" >codes
    is "$(sed -n '/^.SH EXIT STATUS/,/^.SH FILES/s/^\.B \([0-9]*\)$/\1/p' "$MANUAL/coherence.1" | paste -sd,)" "$(paste -sd, codes)"
}

@test "coherence.yaml(5) names every key with its default and its variable" {
    "$COHERENCE" --help | sed -n '/^configuration/,$s/^  \([a-z_.]*\) (.*; \(COHERENCE_[A-Z_]*\))$/\1 \2/p' >keys
    [ "$(wc -l <keys)" -ge 40 ]
    page=$(sed 's/\\-/-/g; s/\\f.//g' "$MANUAL/coherence.yaml.5")
    while read -r key variable; do
        grep -qx -F "$key" <<<"$page" && grep -qx -F "Environment: $variable" <<<"$page" || { echo "missing: $key"; return 1; }
    done <keys
    is "$(grep -c '^Environment: ' <<<"$page")" "$(wc -l <keys)"
}

@test "coherence-metrics(7) names what is served, with its labels" {
    sed -n '/^.SH METRICS/,/^.SH SEE/s/^\\fB\([a-z_]*\)\\fR.*/\1/p' "$MANUAL/coherence-metrics.7" | sort >described
    [ "$(wc -l <described)" -ge 25 ]
    grep -q 'coherence_law_state\\fR {\\fIlaw, entity, state\\fR} (gauge)' "$MANUAL/coherence-metrics.7"
    grep -q 'coherence_veto_active\\fR {\\fIaction\\fR} (gauge)' "$MANUAL/coherence-metrics.7"
    begin run --json --set http.listen=127.0.0.1:0 --duration 60
    lines_of out 2
    curl -s -m 5 "$(sed -n 's|^coherence: HTTP on \(http://[^/]*\)/.*|\1|p' err)/metrics" | sed -n 's/^# HELP \([a-z_]*\) .*/\1/p' | sort >served
    kill "$pid"
    ends 0 5
    [ -s served ]
    is "$(comm -23 served described)" ''
}

@test "coherence-laws(7) names every law and its advice" {
    for law in seizure fever amplification shock early_warning signal_lost; do
        grep -q "^\\\\fB$law\\\\fR\$" "$MANUAL/coherence-laws.7"
    done
    is "$(grep -c '^Advice: ' "$MANUAL/coherence-laws.7")" 3
}

@test "the example configuration changes nothing, commented out or not" {
    sed 's/^#//' "$MANUAL/coherence.yaml" >all.yaml
    for file in "$MANUAL/coherence.yaml" all.yaml; do
        fine check-config "$file"
        is "$("$COHERENCE" run -c "$file" --dump-config | sed 's/  #.*//')" "$("$COHERENCE" run --dump-config | sed 's/  #.*//')"
    done
    is "$(grep -vcE '^#|^$' "$MANUAL/coherence.yaml" || true)" 0
    is "$("$COHERENCE" run -c all.yaml --dump-config | grep -c '# default$' || true)" 0
}

# completed_by_bash WORD...: what bash offers for the last word.
completed_by_bash()
{
    bash --norc --noprofile -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _coherence; printf "%s\n" "${COMPREPLY[@]}" | sort | paste -sd" "' \
        "$MANUAL/coherence" "$@" 2>/dev/null
}

@test "bash completes commands, options, values, keys and files" {
    is "$(completed_by_bash coherence re)" 'record replay'
    is "$(completed_by_bash coherence run --form)" '--format'
    is "$(completed_by_bash coherence run --format '')" 'json logfmt text'
    is "$(completed_by_bash coherence run --format = j)" 'json'
    is "$(completed_by_bash coherence simulate ca)" 'cascade'
    is "$(completed_by_bash coherence run --set sandb)" 'sandbox='
    : >telemetry.csv
    is "$(completed_by_bash coherence replay tele)" 'telemetry.csv'
    is "$(completed_by_bash coherence check-config --se)" ''
    is "$(completed_by_bash coherence replay --input '')" 'csv jsonl recording'
    bash -c 'complete -r; . "$0"; complete -p coherence' "$MANUAL/coherence"
    shellcheck -s bash "$MANUAL/coherence"
}

@test "zsh completes the same" {
    needs zsh
    mkdir functions
    cp "$MANUAL/_coherence" functions/
    while IFS='>' read -r typed wanted; do
        run timeout 30 "$BATS_TEST_DIRNAME/complete.zsh" "$PWD/functions" "$typed"
        has "<<$wanted>>" "$output" || { echo "of: $typed"; return 1; }
    done <<'TABLE'
coherence simu>coherence simulate 
coherence run --form>coherence run --format=
coherence run --format=js>coherence run --format=json 
coherence simulate casc>coherence simulate cascade 
coherence run --set sandb>coherence run --set sandbox=
coherence verify-sandbox --js>coherence verify-sandbox --json 
TABLE
}

@test "fish completes the same" {
    needs fish
    export HOME=$PWD
    complete() { fish --no-config -c "source $MANUAL/coherence.fish; complete -C '$1'" | cut -f1 | sort | paste -sd' '; }
    is "$(complete 'coherence re')" 'record replay'
    is "$(complete 'coherence run --form')" '--format'
    is "$(complete 'coherence run --format ')" 'json logfmt text'
    is "$(complete 'coherence simulate casc')" 'cascade'
    is "$(complete 'coherence run --set sandb')" 'sandbox='
    : >telemetry.csv
    is "$(complete 'coherence replay tele')" 'telemetry.csv'
}
