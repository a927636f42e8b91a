#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Secrets stay where they were put: canaries in the token's file, in the environment and in configuration that is not understood, hunted through
# everything that the program says, serves, keeps and shows of itself.

load common

CANARY=canary-9f3a51c7e02b4d68

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err 2>/dev/null || true; }
}

# hunt FILE...: no canary in these files and trees, also not in what is compressed there.
hunt()
{
    local found
    found=$(grep -rlaF -e "$CANARY" "$@" || true)
    is "$found" ''
    while IFS= read -r -d '' file; do
        is "$(zstd -dqc "$file" 2>/dev/null | grep -caF -e "$CANARY")" 0 || { echo "in: $file"; return 1; }
    done < <(find "$@" -type f \( -name '*.rec' -o -name '*.zst' \) -print0)
}

# A canary in every variable in which people keep secrets.
ENVIRONMENT=(env DD_API_KEY="$CANARY" DD_APP_KEY="$CANARY" DATADOG_API_KEY="$CANARY" DATADOG_APP_KEY="$CANARY" AWS_SECRET_ACCESS_KEY="$CANARY"
    HTTPS_PROXY="http://user:$CANARY@127.0.0.1:1/" PGPASSWORD="$CANARY")

@test "a token is in nothing that is said, served or kept" {
    printf 'token-%s\n' "$CANARY" >token.secret
    chmod 600 token.secret
    mkdir hunted
    "${ENVIRONMENT[@]}" "$COHERENCE" run --json --set http.listen=127.0.0.1:0 --set "http.token_file=$PWD/token.secret" --state-dir "$PWD/hunted/state" \
        --record "$PWD/hunted/flight.rec" --csv "$PWD/hunted/kept.csv" --jsonl "$PWD/hunted/kept.jsonl" >hunted/out 2>hunted/err </dev/null 3>&- &
    pid=$!
    lines_of hunted/out 3
    url=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' hunted/err)
    for path in / /metrics /healthz /readyz /api/v1/status /api/v1/entities /api/v1/incidents /api/v1/incidents/0000000000000000 /api/v1/veto \
        /api/v1/veto/envoy /api/v1/veto/consul /api/v1/series /api/v1/openapi.json /nothing; do
        name=hunted/answer$(tr / _ <<<"$path")
        curl -s -m 5 -o "$name" -D "$name.head" "$url$path"
        curl -s -m 5 -o "$name.in" -D "$name.in.head" -H "Authorization: Bearer token-$CANARY" "$url$path"
    done
    grep -q '^HTTP/1.1 200' hunted/answer_api_v1_status.in.head
    timeout 2 curl -s -N -H "Authorization: Bearer token-$CANARY" "$url/api/v1/stream" >hunted/stream || true
    # A wrong one is not repeated either.
    curl -s -m 5 -o hunted/wrong -D hunted/wrong.head -H "Authorization: Bearer x$CANARY" "$url/metrics"
    curl -s -m 5 -o hunted/query -D hunted/query.head "$url/metrics?token=$CANARY"
    tr '\0' '\n' <"/proc/$pid/cmdline" >hunted/cmdline
    kill "$pid"
    ends 0 5
    [ -s hunted/state/coherence.db ] && [ -s hunted/flight.rec ] && [ -s hunted/kept.csv ]
    hunt hunted
    "$COHERENCE" replay --json hunted/flight.rec >hunted/replayed
    "$COHERENCE" replay --state-dir "$PWD/hunted/state" --json >hunted/replayed-state 2>&1
    "$COHERENCE" incidents --state-dir "$PWD/hunted/state" --json >hunted/incidents 2>&1
    hunt hunted
    # The hunter finds what is there.
    printf '%s' "$CANARY" | zstd -q >hunted/x.zst
    run hunt hunted
    [ "$status" -ne 0 ]
}

@test "the environment and misplaced secrets are not repeated by help, dump or check" {
    mkdir hunted
    cat >c.yaml <<YAML
http: {listen: "127.0.0.1:0", token: $CANARY}
sources: {datadog: {api_key: $CANARY, app_key: $CANARY}}
outputs:
  webhook: {urls: ["https://user:$CANARY@example.org/hook"]}
YAML
    "${ENVIRONMENT[@]}" "$COHERENCE" check-config c.yaml >hunted/check 2>&1 || true
    [ "$(wc -l <hunted/check)" -ge 3 ]
    "${ENVIRONMENT[@]}" "$COHERENCE" --help >hunted/help
    "${ENVIRONMENT[@]}" "$COHERENCE" run --dump-config >hunted/dump
    "${ENVIRONMENT[@]}" COHERENCE_HTTP_TOKEN="$CANARY" "$COHERENCE" run --duration 1 >hunted/unknown 2>&1 || true
    grep -q 'COHERENCE_HTTP_TOKEN' hunted/unknown
    "${ENVIRONMENT[@]}" "$COHERENCE" doctor --json >hunted/doctor 2>&1
    "${ENVIRONMENT[@]}" "$COHERENCE" verify-sandbox --json >hunted/verify 2>&1 || true
    "${ENVIRONMENT[@]}" "$COHERENCE" simulate cascade --json >hunted/simulate
    hunt hunted
}

@test "the process shows itself to nobody: no core dump, and its memory and environment are root's" {
    coherence run --set sandbox=required --duration 1
    [ "$status" -ne 78 ] || skip 'this kernel gives no whole seal'
    [ "$(id -u)" -eq 0 ] || skip 'only root can become nobody'
    command -v setpriv >/dev/null || skip 'setpriv is not installed'
    folder=$(mktemp -d /tmp/coherence.XXXXXX)
    chmod 755 "$folder"
    cp "$COHERENCE" "$folder/coherence"
    nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all)
    (cd / && ulimit -c unlimited && exec env DD_API_KEY="$CANARY" "${nobody[@]}" "$folder/coherence" run --json --duration 60) >out 2>err </dev/null 3>&- &
    pid=$!
    lines_of out 1
    is "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$pid/limits")" '0 0'
    for file in environ mem maps fd; do
        run "${nobody[@]}" head -c 1 "/proc/$pid/$file"
        [ "$status" -ne 0 ] || { echo "nobody reads $file"; return 1; }
    done
    deep=$(sed -n 's/^coherence: the deep sense is on (process \([0-9]*\)).*/\1/p' err)
    if [ -n "$deep" ]; then
        is "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$deep/limits")" '0 0'
        run "${nobody[@]}" head -c 1 "/proc/$deep/environ"
        [ "$status" -ne 0 ]
    fi
    kill "$pid"
    ends 0 5
    rm -r "$folder"
}
