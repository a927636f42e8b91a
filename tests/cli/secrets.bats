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

# keys: every configuration key with its environment variable, as the program's own help lists them.
keys()
{
    "$COHERENCE" --help | sed -nE 's/^  ([a-z0-9_.]+) \(.*; (COHERENCE_[A-Z0-9_]+)\)$/\1 \2/p'
}

# What somebody may paste at a wrong key: alone, in a sentence, with what no text may hold, in URLs that are refused.
SHAPES=("$CANARY" "it is $CANARY" "$CANARY"$'\a' "http://user:$CANARY@192.0.2.1/" "user:$CANARY@192.0.2.1" "https://192.0.2.1:$CANARY/")

@test "a secret at any key is repeated by no message of a file" {
    mkdir hunted files
    keys >known
    [ "$(wc -l <known)" -gt 90 ]
    # Twenty keys a file, because a file's mistakes are said up to a number; every shape, as text, list, item, and name of a key.
    python3 - "$CANARY" "${SHAPES[@]}" <<'PYTHON'
import json, sys
canary, shapes = sys.argv[1], sys.argv[2:]
keys = [line.split()[0] for line in open("known")]
values = [(n, shape) for n, shape in enumerate(shapes)]
values += [("list", [canary, "https://u:" + canary + "@192.0.2.1/", "a " + canary]), ("map", {canary: canary}), ("name", {"x": {canary: 1}})]
values += [("items", [{k: canary for k in ("url", "interval", "token_file", "labels", "buckets", "name", "metric", "entity", "where", canary)}])]
values += [("rooms", [{"labels": {canary: 1, "a.b": canary}, "where": {"x": canary + "="}, "url": "http://u:" + canary + "@h/"}])]
for name, value in values:
    for first in range(0, len(keys), 20):
        tree = {}
        for key in keys[first:first + 20]:
            at = tree
            for word in key.split(".")[:-1]:
                at = at.setdefault(word, {})
            at[key.split(".")[-1]] = value
        with open("files/%s-%d.yaml" % (name, first), "w") as out:
            json.dump(tree, out)
PYTHON
    printf 'profile: *%s\nsandbox: !%s x\nstate_dir: &%s x\n%s: x\n%s.%s: x\n? [%s]\n' "$CANARY" "$CANARY" "$CANARY" "$CANARY" "$CANARY" "$CANARY" "$CANARY" >files/marks.yaml
    printf '%s\n' "$CANARY" >files/alone.yaml
    printf 'profile: x\n%s\n' "$CANARY" >files/line.yaml
    printf 'profile: "%s\n' "$CANARY" >files/open.yaml
    refused=0
    for file in files/*.yaml; do
        "$COHERENCE" check-config "$file" >>hunted/check 2>&1 || refused=$((refused + 1))
        "$COHERENCE" simulate stable --duration 1 -c "$file" >>hunted/simulate 2>&1 || true
    done
    [ "$refused" -ge 55 ]
    # Every key had something to refuse.
    silent=$(while read -r key _; do grep -qF -e "$key" hunted/check || echo "$key"; done <known)
    is "$silent" ''
    hunt hunted
}

@test "nor of a flag, nor of the environment, wherever it is pasted" {
    mkdir hunted
    keys >known
    while read -r key variable; do
        for shape in "$CANARY" "http://user:$CANARY@192.0.2.1/"; do
            "$COHERENCE" simulate stable --duration 1 --set "$key=$shape" >>hunted/set 2>&1 </dev/null || true
        done
        set -- "$@" "$variable"
    done <known
    for shape in "${SHAPES[@]}"; do
        env "${@/%/=$shape}" "$COHERENCE" run --duration 1 >>hunted/environment 2>&1 </dev/null || true
    done
    [ "$(grep -c 'COHERENCE_' hunted/environment)" -gt 300 ]
    for words in "--set $CANARY" "--set $CANARY=1" "--profile $CANARY" "--threads $CANARY" "--color $CANARY" "--state-dir $CANARY"; do
        # shellcheck disable=SC2086 # two words
        "$COHERENCE" run --duration 1 $words >>hunted/flags 2>&1 </dev/null || true
    done
    is "$(wc -l <hunted/flags)" 6
    hunt hunted
}

@test "a file that is named by its content, or holds what cannot be a secret, is not repeated" {
    mkdir hunted
    for key in http.token_file outputs.webhook.url_file outputs.webhook.token_file outputs.alertmanager.token_file sources.datadog.api_key_file; do
        for path in "/$CANARY" "/etc/$CANARY/x"; do
            "$COHERENCE" run --duration 1 --set http.listen=127.0.0.1:0 --set 'outputs.webhook.urls=http://127.0.0.1:1/' --set 'outputs.alertmanager.urls=http://127.0.0.1:1' \
                --set "$key=$path" >>hunted/paths 2>&1 </dev/null || true
        done
    done
    [ "$(grep -c 'cannot open .*: No such file' hunted/paths)" -eq 10 ]
    # What stands in such a file, and is none.
    printf '%s\n%s\n' "$CANARY" "$CANARY" >two
    printf 'http://user:%s@192.0.2.1/\n' "$CANARY" >url
    printf 'DD_API_KEY="%s\nDD_APP_KEY=%s %s\n' "$CANARY" "$CANARY" "$CANARY" >.env
    printf '[{"targets": ["http://user:%s@h"]}, %s]\n' "$CANARY" "$CANARY" >sd.json
    printf '[{"targets": ["http://user:%s@h"]}]\n' "$CANARY" >sd2.json
    chmod 600 two url .env
    for setting in "http.token_file=$PWD/two" "outputs.webhook.token_file=$PWD/two" "outputs.webhook.url_file=$PWD/url" "outputs.webhook.url_file=$PWD/two" \
        "sources.datadog.api_key_file=$PWD/two" sources.datadog.enabled=true "sources.datadog.env_file=$CANARY" "sources.prometheus.file_sd=$PWD/sd.json" \
        "sources.prometheus.file_sd=$PWD/sd2.json" "http.tls_key=$PWD/two"; do
        "$COHERENCE" run --duration 1 --set http.listen=127.0.0.1:0 --set 'outputs.webhook.urls=http://127.0.0.1:1/' --set "$setting" >>hunted/contents 2>&1 </dev/null || true
    done
    [ "$(wc -l <hunted/contents)" -ge 10 ]
    hunt hunted
}

@test "a reload that is refused tells no secret, in what is logged or served or kept" {
    mkdir hunted
    printf 'http: {listen: "127.0.0.1:0"}\n' >c.yaml
    : >hunted/out
    "$COHERENCE" run --json -c c.yaml --state-dir "$PWD/hunted/state" --record "$PWD/hunted/flight.rec" >hunted/out 2>hunted/err </dev/null 3>&- &
    pid=$!
    lines_of hunted/out 2
    cat >c.yaml <<YAML
profile: $CANARY
false_alarm_budget: $CANARY
sources: {host: {interval: $CANARY}, prometheus: {scrape: [{url: "http://user:$CANARY@192.0.2.1/"}]}, statsd: {listen: $CANARY}}
http: {listen: "127.0.0.1:0", token_file: $CANARY, allowed_hosts: "$CANARY $CANARY"}
outputs: {webhook: {urls: ["https://user:$CANARY@192.0.2.1/"]}, alertmanager: {labels: [$CANARY]}}
client: {proxy: "http://user:$CANARY@192.0.2.1"}
$CANARY: 1
YAML
    kill -HUP "$pid"
    lines_of hunted/err 8
    lines_of hunted/out "$(($(wc -l <hunted/out) + 2))"
    grep -q 'c.yaml:1:10: profile: ' hunted/err
    url=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' hunted/err)
    for path in / /metrics /readyz /api/v1/status /api/v1/entities /api/v1/incidents /api/v1/veto; do
        curl -s -m 5 -o "hunted/answer$(tr / _ <<<"$path")" "$url$path"
    done
    curl -s -m 5 -H 'Accept: text/html' -o hunted/page "$url/"
    grep -q 'coherence_config' hunted/answer_metrics
    kill "$pid"
    ends 0 5
    [ -s hunted/state/coherence.db ] && [ -s hunted/flight.rec ]
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
