/* SPDX-License-Identifier: MIT
 * Goes through the requests that `run` would make, once: the API key alone, then every query over the last
 * minutes. What is said about it is the command's matter. */
#include "ingestion/datadog/datadog_check.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/datadog/datadog_answer.h"
#include "ingestion/datadog/datadog_pace.h"
#include "ingestion/datadog/datadog_request.h"

#define LOOK_BACK_NS INT64_C(600000000000)

struct datadog_checking {
    const struct datadog_options *o;
    struct http_client *client;
    struct loop *loop;
    struct datadog_plan plan;
    struct datadog_pace pace;
    struct datadog_batch batch;
    uint64_t request;
    struct datadog_check result;
    char body[DATADOG_BODY_MAX];
};

static void on_answer(void *context, const struct http_client_answer *a);

static void on_header(void *context, const char *line, size_t n)
{
    struct datadog_checking *k = context;

    datadog_pace_header(&k->pace, line, n);
}

struct datadog_checking *datadog_check_open(
    const struct datadog_options *o, struct http_client *c, const char *const *environment, struct error *e)
{
    struct datadog_checking *k = calloc(1, sizeof(*k));

    if (!k) {
        error_set(e, -ENOMEM, "not enough memory");
        return NULL;
    }
    k->o = o;
    k->client = c;
    k->result.version = 2;
    k->result.newest_ns = INT64_MIN;
    datadog_pace_init(&k->pace);
    if (datadog_plan_init(&k->plan, o, e) == 0 &&
        datadog_keys_find(&k->result.keys, o, environment, e) == 0 &&
        http_client_allow(c, &k->result.keys.url, NULL, e) == 0)
        return k;
    datadog_check_close(k);
    return NULL;
}

static int send(struct datadog_checking *k, const char *path, const struct text *body, bool api_key_only)
{
    const struct datadog_request r = {.client = k->client,
        .keys = &k->result.keys,
        .options = k->o,
        .path = path,
        .body = body,
        .api_key_only = api_key_only,
        .on_header = on_header,
        .on_answer = on_answer,
        .context = k};

    return datadog_send(&r, &k->request);
}

static int ask(struct datadog_checking *k)
{
    char path[HTTP_URL_PATH_MAX];
    struct text body, at;

    text_init(&body, k->body, sizeof(k->body));
    text_init(&at, path, sizeof(path));
    if (k->result.version == 2)
        datadog_write_v2(&k->plan, &k->batch, &body);
    else
        datadog_write_v1(&k->plan, &k->batch, &at);
    return k->result.version == 2 ? send(k, DATADOG_PATH_V2, &body, false) : send(k, path, NULL, false);
}

int datadog_check_start(struct datadog_checking *k, struct loop *l, int64_t now_ns)
{
    const int64_t step_ns = k->plan.bucket_s * INT64_C(1000000000), to_ns = now_ns / step_ns * step_ns;

    k->loop = l;
    k->result.count = k->plan.count;
    for (size_t i = 0; i < k->plan.count; i++)
        k->result.findings[i].query = k->plan.queries[i];
    k->batch = (struct datadog_batch){
        .most = DATADOG_BATCH_MAX, .from_ns = (to_ns - LOOK_BACK_NS) / step_ns * step_ns, .to_ns = to_ns};
    return send(k, DATADOG_PATH_VALIDATE, NULL, true);
}

static void on_series(void *context, const struct datadog_series *s)
{
    struct datadog_checking *k = context;
    size_t i = s->query >= 0 ? (size_t)s->query : 0, last = s->count;

    while (s->query < 0 && i < k->batch.count &&
           strcmp(k->plan.queries[k->batch.chosen[i]].metric, s->metric) != 0)
        i++;
    while (last > 0 && isnan(s->value[last - 1]))
        last--;
    if (i >= k->batch.count || last == 0)
        return;
    k->result.findings[k->batch.chosen[i]].series++;
    if (s->t_ns[last - 1] > k->result.newest_ns)
        k->result.newest_ns = s->t_ns[last - 1];
}

static void end(struct datadog_checking *k)
{
    k->result.limit = k->pace.limit;
    k->result.remaining = k->pace.remaining;
    k->result.period_s = k->pace.period_s;
    k->result.hosts = k->result.findings[0].series;
    loop_stop(k->loop);
}

static void end_badly(struct datadog_checking *k, const struct http_client_answer *a)
{
    struct text t;

    text_init(&t, k->result.why, sizeof(k->result.why));
    datadog_explain(&k->result.keys, a, &t);
    end(k);
}

/* The API key alone has been looked at. */
static void judge_key(struct datadog_checking *k, const struct http_client_answer *a)
{
    struct text t;

    k->result.valid = datadog_end_of(a) == DATADOG_END_GOOD && datadog_read_valid(a->body, a->body_n) == 1;
    if (datadog_end_of(a) != DATADOG_END_GOOD && datadog_end_of(a) != DATADOG_END_ABSENT) {
        end_badly(k, a);
        return;
    }
    if (!k->result.valid && datadog_end_of(a) == DATADOG_END_GOOD) {
        text_init(&t, k->result.why, sizeof(k->result.why));
        text_addf(&t, "it does not say that the key of %s is valid; look whether this is Datadog's API (%s)",
            k->result.keys.api_from, k->result.keys.url_from);
        end(k);
        return;
    }
    if (ask(k) != 0)
        end(k);
}

static void judge_query(struct datadog_checking *k, const struct http_client_answer *a)
{
    const enum datadog_end how = datadog_end_of(a);
    struct datadog_reader r = {.series = on_series, .context = k};
    struct error e = {.text = ""};

    if ((how == DATADOG_END_REFUSED || how == DATADOG_END_ABSENT) && k->result.version == 2 &&
        k->batch.first == 0) {
        k->result.version = 1;
        if (ask(k) != 0)
            end(k);
        return;
    }
    int read = how != DATADOG_END_GOOD  ? -EINVAL
               : k->result.version == 2 ? datadog_read_v2(a->body, a->body_n, &r, &e)
                                        : datadog_read_v1(a->body, a->body_n, &r, &e);
    k->result.readable = read == 0;
    k->batch.first = k->batch.next;
    if (read != 0 && how == DATADOG_END_GOOD) {
        struct text t;
        text_init(&t, k->result.why, sizeof(k->result.why));
        text_add(&t, "what it answers cannot be used: ");
        datadog_keys_scrub(&k->result.keys, e.text, strlen(e.text), &t);
        end(k);
    } else if (read != 0) {
        end_badly(k, a);
    } else if (k->batch.next >= k->plan.count || ask(k) != 0) {
        end(k);
    }
}

static void on_answer(void *context, const struct http_client_answer *a)
{
    struct datadog_checking *k = context;

    k->request = 0;
    if (k->batch.next == 0) /* nothing has been asked yet but whether the key is one */
        judge_key(k, a);
    else
        judge_query(k, a);
}

const struct datadog_check *datadog_check_result(const struct datadog_checking *k)
{
    return &k->result;
}

void datadog_check_close(struct datadog_checking *k)
{
    if (!k)
        return;
    if (k->request)
        http_client_cancel(k->client, k->request);
    datadog_keys_forget(&k->result.keys);
    free(k);
}
