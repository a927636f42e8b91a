/* SPDX-License-Identifier: MIT
 * Alerts as others read them. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERT_BODY_H
#define COHERENCE_OUTPUT_ALERT_ALERT_BODY_H

#include "base/error.h"
#include "base/json.h"
#include "output/alert/alert_book.h"

/* What does not change from alert to alert. */
struct alert_style {
    const char *labels; /* "name=value name=value": labels of every alert; "" = none */
    const char *link;   /* address of this sentinel's HTTP service; "" = none */
};

/* Whether they are names that Prometheus takes, none of our own among them, with values. Returns 0, or
 * -EINVAL with e filled. */
int alert_labels_check(const char *key, const char *labels, struct error *e);

/* Appends what Alertmanager's API takes of one record (a JSON array is being written): the alert, and for
 * each severity that it had before, which is another alert to Alertmanager, that this one is over. until_ns:
 * until when an open one holds without being sent again. Source: Alertmanager, api/v2/openapi.yaml. */
void alert_body_alertmanager(
    struct json *j, const struct alert_record *r, const struct alert_style *s, int64_t until_ns);

/* Writes a CloudEvent in structured mode. id: as alert_body_id writes. Source: CloudEvents 1.0.2. */
void alert_body_cloudevent(
    struct text *out, const struct alert_record *r, enum alert_word word, const struct alert_style *s);

/* Writes what Alertmanager's webhook receiver is sent, version 4. Source: Prometheus documentation,
 * Alertmanager configuration, webhook_config. */
void alert_body_webhook(
    struct text *out, const struct alert_record *r, enum alert_word word, const struct alert_style *s);

/* Writes the name of one telling, the same when it is told again: "ID-opened", "ID-changed-2", "ID-closed".
 */
void alert_body_id(const struct alert_record *r, enum alert_word word, struct text *out);

#endif
