#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Recorded telemetry through the whole program: every form of input gives the same verdict, and what is wrong is said with its place.

load common

START=1767225600 # 2026-01-01T00:00:00Z

# Ten minutes of a host: five of them quiet (30, 31, 32 %), then a convoy (5, 65, 5, ...). VALUE 0..1 of row i.
swing()
{
    awk -v start=$START -v format="$1" 'BEGIN {
        for (i = 0; i < 600; i++) {
            cpu = i < 300 ? 30 + i % 3 : i % 2 ? 5 : 65
            printf format, start + i, cpu
        }
    }'
}

wide()
{
    echo timestamp,host,cpu_usage
    swing '%d,web-1,%d\n'
}

long()
{
    echo timestamp,host,metric,value
    swing '%d,web-1,cpu_usage,%d\n'
}

lines()
{
    swing '{"t":%d,"host":"web-1","metric":"cpu_usage","value":%d}\n'
}

@test "classic: the anomalies of a table are those that a few lines of awk find" {
    wide >wide.csv
    # The sample variance of the last 60 values (5 at least) against twice the mean of all these variances.
    wanted=$(awk -F, 'NR > 1 { t[n] = $1; x[n++] = $3 } END {
        for (i = 4; i < n; i++) {
            from = i < 59 ? 0 : i - 59
            mean = 0; for (j = from; j <= i; j++) mean += x[j] / (i - from + 1)
            v[i] = 0; for (j = from; j <= i; j++) v[i] += (x[j] - mean) ^ 2 / (i - from)
            sum += v[i]
        }
        for (i = 4; i < n; i++) if (v[i] > 2 * sum / (n - 4)) printf "%d\n", t[i]
    }' wide.csv)
    [ "$(wc -l <<<"$wanted")" -eq 246 ]
    fine replay wide.csv --profile classic --json
    is "$(jq -r 'select(.type == "anomaly") | .t' <<<"$output")" "$wanted"
    is "$(jq -c 'select(.type == "incident") | [.host, .kind, .laws, .start, .end]' <<<"$output")" \
        "[\"web-1\",\"single\",[\"seizure\"],$((START + 354)),$((START + 599))]"
    is "$(tail -n 1 <<<"$output" | jq -c '[.type, .samples, .series, .anomalies, .incidents]')" '["summary",600,1,246,1]'
    fine replay wide.csv --profile classic
    has 'Detected 246 anomalies.' "$output"
    has $'--- INCIDENT #1 ---\nHost: web-1\nRisk Score: ' "$output"
    has 'Duration: 00:05:54 - 00:09:59' "$output"
}

@test "classic: with a column now each row is a tick, and the fixed limit of 10 points holds" {
    { echo timestamp,host,now,cpu_usage; wide | awk -F, 'NR > 1 { print $1 "," $2 "," $1 ".5," $3 }'; } >now.csv
    fine replay now.csv --profile classic --json --ticks
    is "$(grep -c '"type":"tick"' <<<"$output")" 600
    jq -c 'select(.type == "tick") | [.t, .laws.seizure.state, .laws.seizure.value]' <<<"$output" >ticks
    # Over a whole window of the convoy: 30 * sqrt(60 / 59), the standard deviation of 5, 65, 5, ...
    is "$(tail -n 1 ticks)" "[$((START + 599)).5,\"active\",30.253169045376644]"
    is "$(sed -n 299p ticks | cut -d, -f1,2)" "[$((START + 298)).5,\"ok\""
    # The first tick past the limit, by arithmetic on the last 60 values.
    first=$(awk -F, 'NR > 1 { x[n++] = $4 } END { for (i = 60; i < n; i++) {
        m = 0; for (j = i - 59; j <= i; j++) m += x[j] / 60
        v = 0; for (j = i - 59; j <= i; j++) v += (x[j] - m) ^ 2 / 59
        if (v > 100) { print i; exit } } }' now.csv)
    is "$(grep -n -m 1 active ticks | cut -d: -f1)" $((first + 1))
}

@test "default: a quiet file is quiet, a swinging one has one seizure" {
    { echo timestamp,host,cpu_usage; awk 'BEGIN { for (i = 0; i < 1200; i++) {
        cpu = i < 600 ? 30 + i % 3 : int(i / 2) % 2 ? 5 : 65; printf "%d,web-1,%d\n", 1767225600 + i, cpu } }'; } >swing.csv
    head -n 601 swing.csv >quiet.csv
    fine replay quiet.csv --json
    is "$(jq -c '[.type, .samples, .findings, .incidents]' <<<"$output")" '["summary",600,0,0]'
    fine replay swing.csv --json
    is "$(jq -c 'select(.type == "finding" and .state == "open") | [.host, .law, .entity.kind]' <<<"$output")" '["web-1","seizure","host"]'
    is "$(tail -n 1 <<<"$output" | jq -c '[.findings, .incidents]')" '[1,1]'
    [ "$(jq 'select(.type == "finding") | .onset' <<<"$output" | head -n 1)" -ge $((START + 590)) ]
}

@test "wide, long, JSON lines, gzip, xz, zstd, stdin and a pipe: the same verdict" {
    wide >wide.csv
    long >long.csv
    lines >lines.jsonl
    gzip -k wide.csv
    xz -k long.csv
    zstd -q lines.jsonl
    sed 's/$/\r/' wide.csv >crlf.csv
    { printf '\xef\xbb\xbf'; cat wide.csv; } >mark.csv
    fine replay wide.csv --profile classic --json --ticks
    printf '%s\n' "$output" >wanted
    [ "$(wc -l <wanted)" -gt 800 ]
    for file in long.csv lines.jsonl wide.csv.gz long.csv.xz lines.jsonl.zst crlf.csv mark.csv; do
        fine replay "$file" --profile classic --json --ticks
        cmp wanted - <<<"$output"
        # shellcheck disable=SC2002 # a pipe is what is tested
        cat "$file" | "$COHERENCE" replay - --profile classic --json --ticks | cmp wanted -
        "$COHERENCE" replay - --profile classic --json --ticks <"$file" | cmp wanted -
    done
    "$COHERENCE" replay <(cat long.csv.xz) --profile classic --json --ticks | cmp wanted -
}

@test "compressed files are known by their bytes, and may come in several members" {
    wide >wide.csv
    { head -n 300 wide.csv | gzip; tail -n +301 wide.csv | gzip; } >two.csv
    fine replay two.csv --json
    has '"samples":600' "$output"
    gzip <wide.csv | head -c 900 >cut.gz
    refused 65 'cut.gz: ' replay cut.gz
    xz <wide.csv | head -c 400 >cut.xz
    refused 65 'cut.xz: ' replay cut.xz
    zstd -q <wide.csv | head -c 400 >cut.zst
    refused 65 'cut.zst: ' replay cut.zst
    { gzip <wide.csv; echo 'and more'; } >trail.gz
    refused 65 'trail.gz: ' replay trail.gz
}

@test "several files are one recording, in the order given" {
    wide >wide.csv
    head -n 301 wide.csv >1.csv
    { head -n 1 wide.csv; tail -n +302 wide.csv; } >2.csv
    fine replay wide.csv --profile classic --json
    wanted=$output
    fine replay 1.csv 2.csv --profile classic --json
    is "$output" "$wanted"
    refused 65 '1.csv: it begins before the end of the file before it; name files in the order of their times' replay 2.csv 1.csv
}

@test "--input names the format" {
    lines >lines.jsonl
    wide >wide.csv
    fine replay lines.jsonl --input jsonl
    wanted=$output
    fine replay --input=jsonl lines.jsonl
    is "$output" "$wanted"
    refused 65 'lines.jsonl:1:' replay lines.jsonl --input csv
    refused 65 'wide.csv:1:1: no good record; the first fault: not an object' replay wide.csv --input jsonl
    refused 2 "--input '' is unknown" replay --input= wide.csv
}

@test "every bad input of tests/golden/bad-input ends as is written beside it" {
    cd "$TOP/tests/golden/bad-input"
    seen=0
    for file in *.csv *.jsonl *.xz; do
        name=${file%.xz}
        mapfile -t lines <"${name%.*}.expected"
        status=0
        timeout 20 "$COHERENCE" replay "$file" --json >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" || status=$?
        output=$(<"$BATS_TEST_TMPDIR/out") stderr=$(<"$BATS_TEST_TMPDIR/err")
        case ${lines[0]} in
        accepted)
            [ "$status" -eq 0 ]
            has '{"type":"summary",' "${output##*$'\n'}"
            skipped=${lines[1]#*skipped } skipped=${skipped%%,*}
            if [ "$skipped" -gt 0 ]; then
                records=records
                [ "$skipped" -gt 1 ] || records=record
                has "coherence: $file: $skipped $records passed over; the first:"$'\n'"coherence: ${lines[2]#first skipped: }"
            else
                lacks 'passed over; the first' "$stderr"
            fi
            ;;
        refused:*)
            [ "$status" -eq 65 ]
            has "coherence: ${lines[0]#refused: }"
            lacks '"summary"' "$output"
            ;;
        *) false ;;
        esac
        seen=$((seen + 1))
    done
    [ "$seen" -ge 100 ]
}

@test "bad records are passed over, counted and placed; too many refuse the file" {
    long >long.csv
    sed -i '5s/,[0-9]*$/,1_000/; 9s/,[0-9]*$/,0x10/' long.csv
    coherence replay long.csv --json
    [ "$status" -eq 0 ]
    is "$(grep -c . <<<"$stderr")" 2
    has 'coherence: long.csv: 2 records passed over; the first:'
    has 'coherence: long.csv:5:28: value '"'1_000'"
    is "$(tail -n 1 <<<"$output" | jq .samples)" 598
    long | sed '2~3s/,[0-9]*$/,x/' >worse.csv
    coherence replay worse.csv --json
    [ "$status" -eq 65 ]
    has 'worse.csv:2:28:'
}

@test "a fault that ends the reading is said once; an empty value is called empty" {
    printf 'timestamp,cpu_usage\n1767225600,x\n' >none.csv
    refused 65 "coherence: none.csv:2:12: no good record; the first fault: cpu_usage: value 'x': not a decimal number" replay none.csv
    is "$(wc -l <<<"$stderr")" 1
    printf 'timestamp,cpu_usage\n1767225600,5\n1767225601,\n' >empty.csv
    fine replay empty.csv
    has '1 sample was empty or no finite number, and was taken as missing.' "$output"
}

@test "values that come twice, long integers and columns without meaning are said" {
    printf '%s\n' timestamp,host,metric,value,colour 100,a,queue,1,red 100,a,queue,9,red 101,a,queue,12345678901234567891,red >odd.csv
    coherence replay odd.csv
    [ "$status" -eq 0 ]
    has 'odd.csv: 1 values come at a time for which their series had one already'
    has 'odd.csv: 1 integers have more digits than a double keeps; they were rounded'
    has 'odd.csv: 1 columns mean nothing in a long file and were passed over'
}

@test "what is not a file that can be read is refused" {
    refused 65 'nowhere.csv: cannot read: No such file or directory' replay nowhere.csv
    mkdir folder
    refused 65 'folder: cannot read: it is a directory' replay folder
    refused 65 '/dev/zero: cannot read: it is a device' replay /dev/zero
    refused 65 'input is empty' replay -
    run --separate-stderr bash -c '"$COHERENCE" replay - <folder'
    [ "$status" -eq 65 ]
    has 'it is a directory'
    refused 65 ':1:' replay "$COHERENCE"
    head -c 4096 /dev/zero >zeros
    refused 65 'zeros:1:1: NUL byte' replay zeros
    wide >wide.csv
    # The second file is looked at before the first is judged.
    refused 65 'nowhere.csv: cannot read' replay wide.csv nowhere.csv
}

@test "a file without permission is refused" {
    wide >wide.csv
    chmod 0 wide.csv
    if [ "$(id -u)" -eq 0 ]; then
        chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || true
        cp "$COHERENCE" /tmp/coherence.$$
        run --separate-stderr setpriv --reuid=65534 --regid=65534 --clear-groups /tmp/coherence.$$ replay "$PWD/wide.csv"
        rm -f /tmp/coherence.$$
    else
        run --separate-stderr "$COHERENCE" replay wide.csv
    fi
    [ "$status" -eq 65 ]
    has 'wide.csv: cannot read: Permission denied'
}

@test "--exit-code: 3 with an incident, 0 without, 65 for bad input" {
    wide >wide.csv
    head -n 100 wide.csv >quiet.csv
    coherence replay wide.csv --profile classic --exit-code
    [ "$status" -eq 3 ]
    [ "$stderr" = '' ]
    fine replay quiet.csv --profile classic --exit-code
    fine replay wide.csv --profile classic
    refused 65 'input is empty' replay - --profile classic --exit-code
}

@test "a reader that leaves ends it with 0 and without a word" {
    long | head -n 1 >many.csv
    awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%d,web-1,cpu_usage,%d\n", 1767225600 + i, 30 + i % 3 }' >>many.csv
    run --separate-stderr bash -c '"$COHERENCE" replay many.csv --json --ticks | head -n 1 >first; exit ${PIPESTATUS[0]}'
    [ "$status" -eq 0 ]
    [ "$stderr" = '' ]
    is "$(jq -r .type first)" tick
    run --separate-stderr bash -c '"$COHERENCE" replay many.csv --json --ticks --exit-code | true; exit ${PIPESTATUS[0]}'
    [ "$status" -eq 0 ]
    [ "$stderr" = '' ]
}

@test "a full disk behind stdout is a failure, and said once" {
    wide >wide.csv
    for options in '' '--json' '--json --ticks --profile classic'; do
        run --separate-stderr bash -c "\"\$COHERENCE\" replay wide.csv $options >/dev/full"
        [ "$status" -eq 1 ]
        is "$stderr" 'coherence: cannot write to standard output: No space left on device'
    done
}

@test "one thread and many: the same bytes" {
    "$COHERENCE" simulate cascade --csv flight.csv >/dev/null
    { cat flight.csv; tail -n +2 flight.csv | sed 's/host-001/host-002/'; } | LC_ALL=C sort -t, -s -k1,1n >two.csv
    grep -v coherence.clock two.csv | awk -F, '!(/coherence.tick/ && seen[$1]++)' >flights.csv
    sed -i '/^timestamp/d' flights.csv
    sed -i '1i timestamp,host,metric,value,entity\n1767225600.1,,coherence.clock,,' flights.csv
    coherence replay flights.csv --json --ticks --anomalies --threads 1
    [ "$status" -eq 0 ]
    one=$output
    [ "$(grep -c '"type":"tick"' <<<"$one")" -eq 3600 ]
    [ "$(grep -c '"type":"anomaly"' <<<"$one")" -gt 100 ]
    for threads in 2 3 8; do
        coherence replay flights.csv --json --ticks --anomalies --threads $threads
        is "$(cksum <<<"$output")" "$(cksum <<<"$one")"
    done
}

@test "input in one piece and in writes of 1 to 7 bytes: the same bytes" {
    { wide; echo 'oops'; } >wide.csv
    { lines | head -n 300; echo '{"t":1,'; lines | tail -n 300; } >lines.jsonl
    gzip -k wide.csv
    zstd -q lines.jsonl
    xz -k wide.csv
    for file in wide.csv lines.jsonl wide.csv.gz wide.csv.xz lines.jsonl.zst; do
        "$COHERENCE" replay - --profile classic --json --ticks <"$file" >whole 2>whole.err
        has '1 record passed over' "$(cat whole.err)"
        for size in 1 2 3 5 7; do
            dd if="$file" bs=$size status=none | "$COHERENCE" replay - --profile classic --json --ticks >pieces 2>pieces.err
            cmp whole pieces
            cmp whole.err pieces.err
        done
    done
}

@test "an input that stops for a while is waited for" {
    wide >wide.csv
    fine replay wide.csv --profile classic
    wanted=$output
    run --separate-stderr bash -c '(head -c 3000 wide.csv; sleep 0.4; tail -c +3001 wide.csv) | "$COHERENCE" replay - --profile classic'
    [ "$status" -eq 0 ]
    is "$output" "$wanted"
}

@test "SIGINT ends a replay that waits, and what was judged is printed" {
    wide >wide.csv
    mkfifo pipe
    "$COHERENCE" replay - --profile classic <pipe >out 2>err &
    pid=$!
    exec 7>pipe
    cat wide.csv >&7
    sleep 0.3
    kill -INT $pid
    status=0
    wait $pid || status=$?
    exec 7>&-
    [ "$status" -eq 1 ]
    has 'interrupted; what was judged so far follows' "$(cat err)"
    has 'samples of 1 series' "$(cat out)"
}

@test "50 MB through a pipe take no more memory than 1 MB" {
    flood()
    {
        echo timestamp,host,metric,value
        awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) for (h = 0; h < 9; h++)
            printf "%d,host-%d,cpu_usage,%d.%03d\n", 1767225600 + i, h, 30 + (i * 7 + h) % 10, i * 37 % 1000 }'
    }
    peak() # SECONDS: bytes written, peak resident set in KiB
    {
        mkfifo pipe
        (ulimit -v 65536; exec "$COHERENCE" replay - <pipe >out 2>err) &
        pid=$!
        exec 7>pipe
        rm pipe
        flood "$1" | tee >(wc -c >bytes) >&7
        sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status
        exec 7>&-
        wait $pid
    }
    small=$(peak 3200)
    large=$(peak 160000)
    has 'Read 1440000 samples of 9 series.' "$(cat out)"
    [ "$(cat bytes)" -ge 50000000 ]
    echo "peak: $small KiB of 1 MB, $large KiB of $(cat bytes) bytes"
    [ "$large" -le $((small + 1024)) ]
}
