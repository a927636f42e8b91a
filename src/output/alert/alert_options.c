/* SPDX-License-Identifier: MIT
 * The options of the alerts and what they may say. */
#include "output/alert/alert_options.h"

#include <errno.h>
#include <string.h>

#include "net/http_url.h"
#include "output/alert/alert_body.h"

static const char *const forms[] = {
    [ALERT_FORM_CLOUDEVENTS] = "cloudevents", [ALERT_FORM_ALERTMANAGER] = "alertmanager", NULL};
static const char *const logs[] = {[ALERT_LOG_OFF] = "off",
    [ALERT_LOG_AUTO] = "auto",
    [ALERT_LOG_JOURNAL] = "journal",
    [ALERT_LOG_SYSLOG] = "syslog",
    NULL};

#define AT(field) .offset = offsetof(struct alert_options, field)

const struct option_row alert_option_rows[] = {
    {.key = "outputs.alertmanager.urls",
        .type = OPTION_LIST,
        AT(alertmanager.urls),
        .fallback = "",
        .unit = "",
        .help =
            "Prometheus Alertmanagers that are told of incidents, such as [\"http://127.0.0.1:9093\"]; of a "
            "cluster every member"},
    {.key = "outputs.alertmanager.token_file",
        .type = OPTION_TEXT,
        AT(alertmanager.token_file),
        .fallback = "",
        .unit = "",
        .help = "file with a bearer token that is sent to them"},
    {.key = "outputs.alertmanager.labels",
        .type = OPTION_LIST,
        AT(alertmanager.labels),
        .fallback = "",
        .unit = "",
        .help = "labels of every alert besides alertname, host, incident and severity, such as "
                "[\"team=storage\"]; "
                "in webhooks of that form too"},
    {.key = "outputs.alertmanager.resend",
        .type = OPTION_DURATION,
        AT(alertmanager.resend_ns),
        .minimum = 1e9,
        .maximum = 3600e9,
        .fallback = "1m",
        .unit = "",
        .help =
            "how often what is open is sent again; four times that long Alertmanager holds it open without"},
    {.key = "outputs.alertmanager.timeout",
        .type = OPTION_DURATION,
        AT(alertmanager.timeout_ns),
        .minimum = 100e6,
        .maximum = 300e9,
        .fallback = "10s",
        .unit = "",
        .help = "how long an Alertmanager may take to answer"},
    {.key = "outputs.webhook.urls",
        .type = OPTION_LIST,
        AT(webhook.urls),
        .fallback = "",
        .unit = "",
        .help = "receivers that are sent each opening, change and closing of an incident, such as "
                "[\"https://example.org/hook\"]"},
    {.key = "outputs.webhook.url_file",
        .type = OPTION_TEXT,
        AT(webhook.url_file),
        .fallback = "",
        .unit = "",
        .help =
            "file with the URL of one more receiver, for one whose address is a secret; read at the start"},
    {.key = "outputs.webhook.token_file",
        .type = OPTION_TEXT,
        AT(webhook.token_file),
        .fallback = "",
        .unit = "",
        .help = "file with a bearer token that is sent to them"},
    {.key = "outputs.webhook.format",
        .type = OPTION_CHOICE,
        AT(webhook.form),
        .choices = forms,
        .fallback = "cloudevents",
        .unit = "",
        .help = "what is sent: CloudEvents 1.0 in JSON, or what Alertmanager sends to webhook receivers"},
    {.key = "outputs.webhook.timeout",
        .type = OPTION_DURATION,
        AT(webhook.timeout_ns),
        .minimum = 100e6,
        .maximum = 300e9,
        .fallback = "10s",
        .unit = "",
        .help = "how long a receiver may take to answer"},
    {.key = "outputs.log",
        .type = OPTION_CHOICE,
        AT(log),
        .choices = logs,
        .fallback = "off",
        .unit = "",
        .help = "where a line is logged for each opening and closing of an incident: the journal with its "
                "fields, "
                "syslog (RFC 5424 to /dev/log), auto: the journal where there is one"},
    {.key = "outputs.link",
        .type = OPTION_TEXT,
        AT(link),
        .fallback = "",
        .unit = "",
        .help = "address under which people reach this sentinel's HTTP service, for links in alerts, such as "
                "http://node7:9911"},
};
const size_t alert_option_count = sizeof(alert_option_rows) / sizeof(alert_option_rows[0]);

static int check_urls(const char *key, const char *list, const char *token_file, struct error *e)
{
    struct http_url u;
    struct error why;
    const char *word;
    size_t n;

    while ((word = option_list_next(&list, &n)) != NULL) {
        if (http_url_parse(word, n, &u, &why) != 0)
            return error_set(e, -EINVAL, "%s: %s", key, why.text);
        if (token_file[0] && !u.tls && !u.loopback)
            return error_set(e, -EINVAL,
                "%s: the token would go to %s unencrypted; use https, or an address of this host", key,
                u.host);
    }
    return 0;
}

static int check_path(const char *key, const char *path, struct error *e)
{
    return path[0] && path[0] != '/' ? error_set(e, -EINVAL, "%s must be an absolute path, from '/' on", key)
                                     : 0;
}

int alert_options_check(const struct alert_options *o, const char **ret_key, struct error *e)
{
    struct http_url u;
    struct error why;

    *ret_key = "outputs.alertmanager.urls";
    if (check_urls(*ret_key, o->alertmanager.urls, o->alertmanager.token_file, e) != 0)
        return -EINVAL;
    *ret_key = "outputs.webhook.urls";
    if (check_urls(*ret_key, o->webhook.urls, o->webhook.token_file, e) != 0)
        return -EINVAL;
    *ret_key = "outputs.alertmanager.token_file";
    if (check_path(*ret_key, o->alertmanager.token_file, e) != 0)
        return -EINVAL;
    *ret_key = "outputs.webhook.token_file";
    if (check_path(*ret_key, o->webhook.token_file, e) != 0)
        return -EINVAL;
    *ret_key = "outputs.webhook.url_file";
    if (check_path(*ret_key, o->webhook.url_file, e) != 0)
        return -EINVAL;
    *ret_key = "outputs.alertmanager.labels";
    if (alert_labels_check(*ret_key, o->alertmanager.labels, e) != 0)
        return -EINVAL;
    *ret_key = "outputs.link";
    if (o->link[0] && http_url_parse(o->link, strlen(o->link), &u, &why) != 0)
        return error_set(e, -EINVAL, "outputs.link: %s", why.text);
    return 0;
}

bool alert_options_connect(const struct alert_options *o)
{
    return o->alertmanager.urls[0] || o->webhook.urls[0] || o->webhook.url_file[0];
}

bool alert_options_any(const struct alert_options *o)
{
    return alert_options_connect(o) || o->log != ALERT_LOG_OFF;
}
