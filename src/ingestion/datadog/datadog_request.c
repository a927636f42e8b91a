/* SPDX-License-Identifier: MIT
 * Puts the keys into a request's headers, and an answer that is none into words. */
#include "ingestion/datadog/datadog_request.h"

#include <errno.h>
#include <string.h>

#include "ingestion/datadog/datadog_answer.h"

#define CONNECT_NS   INT64_C(10000000000)
#define HEADER_ROOM  (DATADOG_KEY_MAX + 32)
#define MESSAGE_MOST 200 /* bytes of Datadog's own message that are shown */

static void add_key(const char *name, const char *key, char *ret_header)
{
    struct text t;

    text_init(&t, ret_header, HEADER_ROOM);
    text_addf(&t, "%s: %s", name, key);
}

int datadog_send(const struct datadog_request *r, uint64_t *ret_id)
{
    char api[HEADER_ROOM], app[HEADER_ROOM];
    const int64_t limit_ns = r->options->timeout_ns;

    add_key("DD-API-KEY", r->keys->api, api);
    add_key("DD-APPLICATION-KEY", r->keys->app, app);
    const struct http_client_request request = {.url = &r->keys->url,
        .path = r->path,
        .post = r->body != NULL,
        .body = r->body ? r->body->data : NULL,
        .body_n = r->body ? r->body->length : 0,
        .headers = {api, "Accept: application/json", "Content-Type: application/json",
            r->api_key_only ? NULL : app},
        .gzip = true,
        .body_max = r->options->max_body_bytes,
        .connect_ns = limit_ns < CONNECT_NS ? limit_ns : CONNECT_NS,
        .deadline_ns = limit_ns,
        .on_header = r->on_header,
        .on_answer = r->on_answer,
        .context = r->context};
    int sent = http_client_send(r->client, &request, ret_id);
    explicit_bzero(api, sizeof(api));
    explicit_bzero(app, sizeof(app));
    return sent;
}

enum datadog_end datadog_end_of(const struct http_client_answer *a)
{
    if (a->error)
        return a->error == -EMSGSIZE ? DATADOG_END_LONG : DATADOG_END_FAILED;
    switch (a->status) {
    case 200:
        return DATADOG_END_GOOD;
    case 400:
    case 422:
        return DATADOG_END_WRONG;
    case 401:
    case 403:
        return DATADOG_END_REFUSED;
    case 404:
        return DATADOG_END_ABSENT;
    case 429:
        return DATADOG_END_LIMITED;
    default:
        return DATADOG_END_FAILED;
    }
}

/* Datadog's own words, in parentheses. */
static void add_message(const struct datadog_keys *k, const struct http_client_answer *a, struct text *out)
{
    char bytes[MESSAGE_MOST + 1];
    struct text message;

    text_init(&message, bytes, sizeof(bytes));
    datadog_read_message(a->body, a->body_n, &message);
    if (message.length == 0 || message.truncated) /* a key might have been cut, and so not be found in it */
        return;
    text_add(out, ", \"");
    datadog_keys_scrub(k, bytes, message.length, out);
    text_add(out, "\"");
}

void datadog_explain(const struct datadog_keys *k, const struct http_client_answer *a, struct text *out)
{
    const enum datadog_end end = datadog_end_of(a);

    if (end == DATADOG_END_LIMITED) {
        text_add(out, "its rate limit is reached (HTTP 429)");
        return;
    }
    text_add(out, end == DATADOG_END_REFUSED ? "it refuses the keys (" : "");
    datadog_keys_scrub(k, a->text, strlen(a->text), out);
    if (!a->error)
        add_message(k, a, out);
    if (end == DATADOG_END_REFUSED)
        text_addf(out,
            "); look whether %s and %s are keys of an account at this site, and whether the application key "
            "may "
            "read metrics (scope timeseries_query)",
            k->api_from, k->app_from);
    else if (end == DATADOG_END_ABSENT)
        text_addf(out, "; there is no such API at this address (%s)", k->url_from);
    else if (a->error == -EHOSTUNREACH)
        text_addf(out, "; look at the address (%s) and at the name servers of this host", k->url_from);
    else if (a->error == -EKEYREJECTED)
        text_add(
            out, "; if a proxy or a CA of your own stands between, name its certificates in client.ca_file");
}
