#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# `coherence live` on a real terminal: tmux draws it, and what stands on its screen is read back. Every test has a tmux server of its own.

load common
load terminal

@test "80 by 24: the host, its state, the three laws, incidents, entities and the keys; q gives the terminal back" {
    start 80 24 -- --source sim --profile classic
    shows STABLE 20
    shows 'coherence  host-001   STABLE'
    shows ' UTC  tick '
    shows 'advice none'
    shows 'SEIZURE       ok'
    shows 'band 0 to 10 %'
    shows 'FEVER         ok'
    shows 'AMPLIFICATION ok'
    shows 'no open incident'
    shows '1 entity, 0 unstable'
    shows 'host:host-001'
    shows 'q quit'
    shows '▁'
    keys q
    ended 0
}

@test "this host is drawn" {
    start 80 24 -- --duration 4
    shows 'SEIZURE'
    shows 'WARMUP'
    ended 0
}

@test "help, incidents, processes, pause and scrolling answer to their keys" {
    start 80 24 -- --source sim --profile classic
    shows STABLE 20
    keys h
    shows '── keys'
    shows 'everything about the selected row'
    keys Down Down
    shows 'Q  F10'
    hides '── keys'
    keys End
    shows 'a recommendation that expires'
    keys Home
    shows '── keys'
    keys Escape
    shows 'laws of this host'
    keys i
    shows 'none is over since the start'
    hides 'laws of this host'
    keys '?'
    shows '── keys'
    keys q
    shows 'no open incident'
    keys i
    shows 'laws of this host'
    keys p
    shows 'none uses enough of anything to be watched'
    keys Escape
    shows 'laws of this host'
    keys Space
    shows PAUSED
    local before after
    before=$(screen | head -n 1)
    sleep 2.2
    after=$(screen | head -n 1)
    [ "$before" = "$after" ]
    keys Space
    sleep 0.5
    hides PAUSED
    keys F10
    ended 0
}

@test "Enter opens the selected entity: its laws and signals; q leads back, and out of the first page" {
    start 80 24 -- --source sim
    shows '>host:host-001' 20
    keys Enter
    shows '── laws ──'
    shows ' host:host-001'
    shows '── signals ──'
    shows 'packets out'
    keys q
    shows 'laws of this host'
    keys q
    ended 0
}

@test "filter, search and order; what is typed is no command" {
    start 80 24 -- --source sim
    shows '>host:host-001' 20
    keys '&' 'quest'
    shows 'only names with: quest_'
    shows 'with "quest"'
    hides '>host:host-001'
    keys Escape
    shows '>host:host-001'
    keys / 'HOST' Enter
    hides 'no row holds that'
    keys / 'nowhere' Enter
    shows 'no row holds that'
    keys s
    shows 'by CPU'
    keys '<'
    sleep 0.3
    hides 'by CPU'
    keys Q
    ended 0
}

@test "the mouse selects, opens and scrolls" {
    start 80 24 -- --source sim
    shows '>host:host-001' 20
    local row
    row=$(screen | grep -n '>host:host-001' | cut -d: -f1)
    # What a terminal of type screen sends: button, column and row, each 32 above its number.
    keys -l "$(printf '\033[M *%b' "\\0$(printf '%o' $((row + 32)))")"
    shows '── laws ──'
    keys h
    shows '── keys'
    keys -l "$(printf '\033[Ma**')"
    sleep 0.3
    hides '── keys'
    keys -l "$(printf '\033[M`**')"
    shows '── keys'
    keys Q
    ended 0
}

@test "this host's processes have a table of their own" {
    start 80 24 -- --duration 15
    shows 'laws of this host'
    keys p
    shows ' watched ──' 10
    shows 'command'
    keys s
    shows 'by memory'
    keys Q
    ended 0
}

@test "the screen follows the window's size" {
    start 80 24 -- --source sim --profile classic
    shows STABLE 20
    tm resize-window -t t -x 39 -y 9
    shows 'this window of 39x9'
    tm resize-window -t t -x 40 -y 10
    shows 'SEIZURE       ok'
    shows 'host:host-001'
    tm resize-window -t t -x 140 -y 50
    shows 'usual  of band'
    tm resize-window -t t -x 80 -y 24
    shows 'SPECTRUM'
    keys q
    ended 0
}

@test "a storm of sizes ends in a whole screen" {
    start 80 24 -- --source sim --profile classic
    shows STABLE 20
    local i
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        tm resize-window -t t -x $((20 + i * 9 % 150)) -y $((5 + i * 7 % 50))
    done
    tm resize-window -t t -x 80 -y 24
    shows 'AMPLIFICATION ok'
    shows 'q quit'
    [ "$(screen | grep -c 'AMPLIFICATION')" -eq 1 ]
    keys q
    ended 0
}

@test "interrupt and termination give the terminal back" {
    start 80 24 -- --source sim
    shows SEIZURE
    keys C-c
    ended 0
    tm kill-server
    server=$server-again # the old socket may still be closing
    rm -f modes.after
    start 80 24 -- --source sim
    shows SEIZURE
    kill -TERM "$(cat pid)"
    ended 0
}

@test "stopped by Ctrl-Z it gives the terminal back, and takes it again" {
    printf 'PS1="shell> "\n' >rc
    tm new-session -d -s t -x 80 -y 24 "bash --rcfile rc -i"
    shows 'shell>'
    keys "'$COHERENCE' live --source sim" Enter
    shows SEIZURE
    keys C-z
    shows Stopped
    hides SEIZURE
    keys fg Enter
    shows SEIZURE
    keys q
    shows 'shell>'
    keys 'echo "status $?"' Enter
    shows 'status 0'
}

@test "a terminal that goes away ends it" {
    start 80 24 -- --source sim
    shows SEIZURE
    local pid left
    pid=$(cat pid)
    kill -0 "$pid"
    left=10 # a second
    tm kill-server
    # Over, whether or not init has taken note of it.
    while grep -q '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$pid/status" 2>/dev/null; do
        left=$((left - 1))
        [ "$left" -gt 0 ]
        sleep 0.1
    done
}

@test "TERM=dumb is refused with a reason and without a single escape" {
    start 80 24 TERM=dumb -- --source sim --duration 1
    shows "cannot draw: terminal type 'dumb' (TERM) has no cursor addressing"
    rm -f modes.after
    [ "$(screen -e | grep -c "$(printf '\033')")" -eq 0 ]
}

@test "colour repeats words; NO_COLOR leaves it out" {
    local colors
    colors=$(printf '\033')'\[[0-9;]*(3[0-7]|4[0-7]|9[0-7])[;m]'
    start 80 24 -- --source sim --profile classic
    shows STABLE 20
    screen -e | grep -qE "$colors"
    keys q
    ended 0
    tm kill-server
    rm -f modes.after
    start 80 24 NO_COLOR=1 -- --source sim --profile classic
    shows STABLE 20
    screen -e | grep -q "$(printf '\033')" # bold remains
    [ "$(screen -e | grep -cE "$colors")" -eq 0 ]
    keys q
    ended 0
}

@test "LC_ALL=C: every shape is ASCII" {
    start 80 24 LC_ALL=C -- --source sim --profile classic
    shows STABLE 20
    shows '-- laws of this host ---'
    [ "$(screen | LC_ALL=C tr -d '\000-\177' | wc -c)" -eq 0 ]
    keys q
    ended 0
}
