#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Alerts: who is told, by a real Alertmanager and by webhooks that misbehave; what a sentinel does that is configured to tell somebody.

load common

DRIVE=${COHERENCE_DRIVE_ALERTS:-$(dirname "$COHERENCE")/../tests/alerts/drive_alerts}

teardown()
{
    [ -z "${pid-}" ] || kill -9 "$pid" 2>/dev/null || true
    [ -n "${BATS_TEST_COMPLETED-}" ] || { echo "-- status ${status-}"; head -c 1500 out err told 2>/dev/null || true; }
}

accept()
{
    [ -x "$DRIVE" ] || skip "no driver at $DRIVE"
    timeout -k 5 170 python3 "$TOP/tests/alerts/acceptance.py" "$DRIVE" --only "$1" >told 2>&1
    cat told
    ! grep -q '^# SKIP' told || skip "$(sed -n 's/^# SKIP: //p' told)"
    grep -q "^ok $1 " told
}

@test "an Alertmanager that goes away and comes back knows what is open and what is over" {
    accept alertmanager
}

@test "a webhook is told of each opening, change and closing in both formats" {
    accept webhook
}

@test "webhooks that answer 500, redirects, garbage, nothing or without end are told in the end" {
    accept misbehaved
}

@test "a restart tells nothing twice and loses nothing" {
    accept restart
}

@test "the journal and syslog get one line for each opening and closing" {
    accept log
}

@test "certificates are verified, and a token goes to the right one only" {
    accept tls
}

@test "names come from the hosts file and from a resolver over TCP, and go on without it" {
    accept names
}

@test "a sentinel connects to nobody while nothing has happened, and its metrics count the receivers" {
    begin run --json --source sim --set http.listen=127.0.0.1:0 --set outputs.webhook.urls=http://127.0.0.1:9/ --set outputs.alertmanager.urls=http://127.0.0.1:9/
    lines_of out 2
    url=$(sed -n 's/^coherence: HTTP on \(http[^ ,]*\)\/.*/\1/p' err)
    curl -s -m 10 "$url/metrics" >metrics
    grep -qx 'coherence_notifications_waiting{output="webhook"} 0' metrics
    grep -qx 'coherence_notifications_failed_total{output="alertmanager"} 0' metrics
    lacks 'output="log"' "$(cat metrics)"
    grep -q 'libcurl' "/proc/$pid/maps"
    lacks libcares "$(cat "/proc/$pid/maps")"
}

@test "what is configured is judged before anything starts" {
    refused 2 "outputs.webhook.urls: it does not begin with http:// or https://" run --source sim --set outputs.webhook.urls=ftp://x/
    refused 2 "those belong in a file of their own" run --source sim --set outputs.webhook.urls=https://user:secret@x/
    lacks secret "$stderr"
    refused 2 "'severity' is a label that every alert has already" run --source sim --set 'outputs.alertmanager.labels=severity=x'
    refused 2 "the token would go to 192.0.2.1 unencrypted" run --source sim --set outputs.webhook.urls=http://192.0.2.1/ --set outputs.webhook.token_file=/t
    refused 2 "cannot open '$PWD/none'" run --source sim --set outputs.webhook.url_file="$PWD/none"
}
