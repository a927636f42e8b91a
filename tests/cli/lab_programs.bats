#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Each of the lab's programs for some seconds in its cheapest form: it starts, provokes what it is for, says when, and ends.

load common
load lab_common

# two_phases FILE REST SICK: ready, onset and end in this order and at these distances, give or take what a busy machine takes.
two_phases()
{
    awk -v rest="$2" -v sick="$3" '
        $2 == "ready" || $2 == "onset" || $2 == "end" { at[$2] = $1; words = words " " $2 }
        END {
            if (words != " ready onset end") { print "words:" words; exit 1 }
            if (at["onset"] - at["ready"] < rest - 0.3 || at["onset"] - at["ready"] > rest + 0.3) { print "rest:", at["onset"] - at["ready"]; exit 1 }
            if (at["end"] - at["onset"] < sick - 0.3 || at["end"] - at["onset"] > sick + 0.3) { print "sick:", at["end"] - at["onset"]; exit 1 }
        }' "$1"
}

# runs PROGRAM ARGUMENT...: half a second at rest, two sick; its lines in the file said.
runs()
{
    timeout 20 "$LAB/$1" --rest 0.5 --sick 2 "${@:2}" >said
    two_phases said 0.5 2
}

fact()
{
    awk -v word="$1" '$2 == word { print int($3) }' said
}

faults_of()
{
    sed 's/.*) //' "/proc/$1/stat" | cut -d' ' -f8
}

@test "wrong arguments are refused with the usage" {
    programs
    for program in lock_convoy bursts churn leak slowing thrash cascade startup pool backend retry_proxy client; do
        for wrong in --no-such=1 '--rest x' '--rest -1' --rest 'nonsense 1'; do
            # shellcheck disable=SC2086 # words
            run --separate-stderr timeout 5 "$LAB/$program" $wrong
            is "$status" 2 && has "usage: $program" || { echo "of $program $wrong"; return 1; }
        done
    done
}

@test "lock_convoy: threads queue in futex when sick, and not at rest" {
    programs
    "$LAB/lock_convoy" --rest 2 --sick 6 --threads 4 --share 0.05 --period 1 >said &
    pid=$!
    rest=0 at_rest=0 sick=0 when_sick=0
    for _ in $(seq 200); do
        ! grep -q end said || break
        waiting=$(cat /proc/$pid/task/*/wchan 2>/dev/null | grep -o futex | wc -l)
        if grep -q onset said; then
            sick=$((sick + 1)) when_sick=$((when_sick + waiting))
        else
            rest=$((rest + 1)) at_rest=$((at_rest + waiting))
        fi
        sleep 0.1
    done
    wait $pid
    two_phases said 2 6
    [ "$when_sick" -gt 0 ] || skip 'wchan of another process is not readable here'
    # The main thread always waits there for the four others; sick, three of these do, too, most of the time.
    [ $((at_rest * 2)) -lt $((rest * 4)) ] && [ $((when_sick * 2)) -gt $((sick * 5)) ] ||
        { echo "in futex: $at_rest in $rest looks at rest, $when_sick in $sick when sick"; return 1; }
}

@test "bursts, slowing and pool end when they should" {
    programs
    runs bursts --period 0.5 --burst 0.05
    runs slowing --mean 0.05 --step 0.2
    runs pool --rate 20 --threads 4
}

@test "churn: page faults where the kernel sees it, none where it does not" {
    programs
    for hidden in 0 1; do
        "$LAB/churn" --rest 0.3 --sick 4 --threads 1 --area 4 --rate 100 --hidden $hidden >said &
        pid=$!
        sleep 0.8
        before=$(faults_of $pid)
        sleep 1
        faults=$(($(faults_of $pid) - before))
        wait $pid
        [ "$(fact churned)" -gt 20000000 ]
        if [ $hidden = 0 ]; then [ $faults -gt 5000 ]; else [ $faults -lt 500 ]; fi || { echo "hidden $hidden: $faults faults"; return 1; }
    done
}

@test "leak: straight and in teeth, and no further than told" {
    programs
    "$LAB/leak" --rest 0.3 --sick 5 --base 4 --rate 8 --most 12 >said &
    pid=$!
    sleep 1.9
    rss=$(awk '/^VmRSS/ { print $2 }' /proc/$pid/status)
    wait $pid
    [ "$rss" -gt 11000 ] && [ "$rss" -lt 20000 ] || { echo "$rss KiB"; return 1; }
    two_phases said 0.3 5
    runs leak --base 2 --rate 2 --tooth 0.5 --keep 0.5
}

@test "thrash, cascade and startup end when they should, and leave no file" {
    programs
    timeout 30 "$LAB/thrash" --rest 1 --sick 1 --fits 1 --needs 4 --period 0.1 --cpu 0.001 >said
    [ "$(fact requests)" -ge 1 ]
    timeout 30 "$LAB/cascade" --rest 1 --sick 2 --index 2 --room 1 --rate 4 --most 8 --period 0.1 --cpu 0.001 >said
    is "$(awk '{ print $2 }' said | xargs)" 'ready onset squeezed end'
    runs startup --to 8 --ramp 1
    is "$(ls)" said
}

@test "backend, retry_proxy and client: a storm while the backend fails, a request each before" {
    programs
    "$LAB/backend" --port 18731 --rest 2 --sick 3 --fail 0.7 --service 2 >backend &
    "$LAB/retry_proxy" --port 18732 --to-port 18731 --rest 2 --sick 3.5 >said &
    sleep 0.3
    "$LAB/client" --to-port 18732 --rest 1.7 --sick 2.5 --rate 40 >client
    wait
    [ "$(fact came_in)" -ge 40 ]
    # 1.7 s at one for one, 2.5 s at (1 - 0.7^4) / 0.3 = 2.53 for one: 1.9 in the mean.
    [ $(($(fact went_out) * 10)) -gt $(($(fact came_in) * 15)) ] || { cat said backend client; return 1; }
    run "$LAB/client" --to 192000002001
    is "$status" 1
}

@test "enter: a limit of time, and an end with whoever started it" {
    programs
    run timeout 10 "$LAB/enter" --seconds 1 -- sleep 30
    is "$status" 142
    bash -c '"$1" -- sleep 30 & echo $!; exec sleep 1' bash "$LAB/enter" >pid
    sleep 0.3
    gone "$(cat pid)"
}

@test "GcSpiral: from rest to OutOfMemoryError" {
    command -v javac >/dev/null || skip 'javac is not installed'
    javac -d . "$TOP/lab/GcSpiral.java"
    run timeout 60 java -Xmx16m -XX:+UseSerialGC -cp . GcSpiral 0.5 20 2 20 20
    is "$status" 3
    is "$(awk '{ print $2 }' <<<"$output" | xargs)" 'ready onset crash'
}
