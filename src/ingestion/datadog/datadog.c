/* SPDX-License-Identifier: MIT
 * When Datadog is asked for what, and what becomes of the answers. A round asks for one span of time, in as
 * many requests as its queries need, one after the other; what it brought counts when all of them have come.
 * What is asked is datadog_query.c's matter, which points count datadog_book.c's, the pauses
 * datadog_pace.c's. */
#include "ingestion/datadog/datadog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/datadog/datadog_answer.h"
#include "ingestion/datadog/datadog_book.h"
#include "ingestion/datadog/datadog_pace.h"
#include "ingestion/datadog/datadog_query.h"
#include "ingestion/datadog/datadog_request.h"

/* So many buckets are asked for a second time: what a host said late may have been missing. Heuristic, chosen
 * on 2026-11-22: agents send every 10 to 15 s. */
#define OVERLAP_BUCKETS 6
/* Asked for at once; longer spans in several rounds. Datadog answers with 1500 points of a series at most. */
#define PAGE_NS      INT64_C(7200000000000)
#define PAGE_BUCKETS (3 * OVERLAP_BUCKETS) /* at least */
#define REFUSED_NS   INT64_C(60000000000)  /* keys that were refused are not tried again before */
#define CATCH_UP_NS  INT64_C(600000000000) /* after an outage: at least so far back */

struct datadog {
    const struct datadog_options *o;
    struct http_client *client;
    struct datadog_home home;
    struct datadog_keys keys;
    struct datadog_plan plan;
    struct datadog_pace pace;
    struct datadog_book *book;
    struct intake *in;
    struct loop_alarm *alarm;
    uint64_t request; /* on its way; 0: none */
    int version;      /* of the API: 2, or 1 */
    bool works;       /* a version has answered well */
    bool in_round, partial, ready;
    size_t most;                                  /* queries in a request */
    int64_t began_ns, since_ns, done_ns, page_ns; /* done_ns: asked up to there; INT64_MIN: not yet */
    struct datadog_batch batch;
    size_t skipped;        /* series of the answer that could not be taken */
    enum datadog_end said; /* what people know of */
    char body[DATADOG_BODY_MAX];
};

struct datadog *datadog_open(const struct datadog_options *o, struct http_client *c,
    const char *const *environment, const struct datadog_home *home, struct error *e)
{
    struct datadog *d = calloc(1, sizeof(*d));

    if (!d || !(d->book = datadog_book_new(o->hosts))) {
        free(d);
        error_set(e, -ENOMEM, "not enough memory to read from Datadog");
        return NULL;
    }
    d->o = o;
    d->client = c;
    d->home = *home;
    d->version = 2;
    d->most = DATADOG_BATCH_MAX;
    d->page_ns = PAGE_NS;
    d->done_ns = INT64_MIN;
    datadog_pace_init(&d->pace);
    if (datadog_plan_init(&d->plan, o, e) == 0 && datadog_keys_find(&d->keys, o, environment, e) == 0 &&
        http_client_allow(c, &d->keys.url, NULL, e) == 0)
        return d;
    datadog_close(d);
    return NULL;
}

void datadog_describe(const struct datadog *d, struct text *out)
{
    text_add(out, "asking Datadog at ");
    http_url_describe(&d->keys.url, out);
    text_addf(
        out, " (%s) for %zu metrics of the hosts %s every ", d->keys.url_from, d->plan.count, d->o->hosts);
    text_add_human(out, (double)d->o->interval_ns * 1e-9, 3);
    text_addf(out, " s, with the keys of %s and %s", d->keys.api_from, d->keys.app_from);
}

const char *datadog_warning(const struct datadog *d)
{
    return d->keys.warning;
}

static int64_t bucket_ns(const struct datadog *d)
{
    return d->plan.bucket_s * INT64_C(1000000000);
}

/* Tells people of a change: good again, or no longer, and why. */
static void stand(struct datadog *d, enum datadog_end end, const char *why, int64_t wait_ns)
{
    char line[1024];
    struct text t;
    const bool news = end != d->said;

    intake_set_up(d->in, end == DATADOG_END_GOOD);
    d->said = end;
    if (!news)
        return;
    text_init(&t, line, sizeof(line));
    text_add(&t, end == DATADOG_END_GOOD ? "reading from Datadog again" : "cannot read from Datadog at ");
    if (end != DATADOG_END_GOOD) {
        http_url_describe(&d->keys.url, &t);
        text_addf(&t, ": %s; trying again in ", why);
        text_add_span(&t, wait_ns);
    }
    d->home.say(d->home.context, line);
}

/* The round has come to nothing: once more, later. */
static void fail(struct datadog *d, enum datadog_end end, int64_t retry_after_ns, const char *why)
{
    const int64_t now_ns = d->home.now_ns(d->home.context);

    datadog_book_abandon(d->book);
    d->in_round = false;
    d->batch.most = d->most;
    int64_t wait_ns = datadog_pace_failed(&d->pace, now_ns, end == DATADOG_END_LIMITED, retry_after_ns,
        end == DATADOG_END_REFUSED ? REFUSED_NS : 0);
    stand(d, end, why, wait_ns);
    loop_alarm_set(d->alarm, wait_ns);
}

static void on_answer(void *context, const struct http_client_answer *a);

static void on_header(void *context, const char *line, size_t n)
{
    struct datadog *d = context;

    datadog_pace_header(&d->pace, line, n);
}

/* Asks for the batch that is next. */
static void ask(struct datadog *d)
{
    char path[HTTP_URL_PATH_MAX];
    struct text body, at;

    text_init(&body, d->body, sizeof(d->body));
    text_init(&at, path, sizeof(path));
    if (d->version == 2)
        datadog_write_v2(&d->plan, &d->batch, &body);
    else
        datadog_write_v1(&d->plan, &d->batch, &at);
    if (d->batch.count == 0 || body.truncated) {
        fail(d, DATADOG_END_WRONG, -1, "it has refused every metric that was asked for");
        return;
    }
    datadog_pace_begin(&d->pace);
    const struct datadog_request r = {.client = d->client,
        .keys = &d->keys,
        .options = d->o,
        .path = d->version == 2 ? DATADOG_PATH_V2 : path,
        .body = d->version == 2 ? &body : NULL,
        .on_header = on_header,
        .on_answer = on_answer,
        .context = d};
    int sent = datadog_send(&r, &d->request);
    if (sent != 0)
        fail(d, DATADOG_END_FAILED, -1, strerror(-sent));
}

/* Begins a round for what has become complete. False: nothing has. */
static bool begin_round(struct datadog *d, int64_t now_ns)
{
    const int64_t step_ns = bucket_ns(d), back_ns = d->o->backfill_ns;
    const int64_t overlap_ns = OVERLAP_BUCKETS * step_ns;
    int64_t to_ns = (now_ns - d->o->lag_ns) / step_ns * step_ns, from_ns = to_ns - back_ns - overlap_ns;

    if (d->done_ns != INT64_MIN) {
        if (to_ns <= d->done_ns && !d->partial)
            return false;
        int64_t least_ns = to_ns - (back_ns > CATCH_UP_NS ? back_ns : CATCH_UP_NS);
        from_ns = d->done_ns - overlap_ns > least_ns ? d->done_ns - overlap_ns : least_ns;
    } else if (d->since_ns != INT64_MIN && from_ns < d->since_ns) {
        from_ns = d->since_ns < to_ns ? d->since_ns : to_ns - overlap_ns;
    }
    from_ns = from_ns / step_ns * step_ns;
    d->partial = to_ns - from_ns > d->page_ns;
    d->batch = (struct datadog_batch){
        .most = d->most, .from_ns = from_ns, .to_ns = d->partial ? from_ns + d->page_ns : to_ns};
    d->in_round = true;
    d->began_ns = now_ns;
    return true;
}

static void on_alarm(void *context)
{
    struct datadog *d = context;
    const int64_t now_ns = d->home.now_ns(d->home.context);
    int64_t wait_ns = d->pace.not_before_ns - now_ns;

    if (d->request)
        return;
    if (wait_ns > 0 && wait_ns <= DATADOG_RESET_MOST_NS) { /* more: the clock has stepped */
        loop_alarm_set(d->alarm, wait_ns);
        return;
    }
    if (d->in_round || begin_round(d, now_ns))
        ask(d);
    else
        loop_alarm_set(d->alarm, bucket_ns(d));
}

/* All requests of the round are answered. */
static void end_round(struct datadog *d)
{
    const int64_t now_ns = d->home.now_ns(d->home.context), took_ns = now_ns - d->began_ns;

    datadog_book_commit(d->book);
    d->in_round = false;
    d->done_ns = d->batch.to_ns;
    d->ready |= !d->partial;
    stand(d, DATADOG_END_GOOD, NULL, 0);
    loop_alarm_set(d->alarm, d->partial                                    ? 0
                             : took_ns >= 0 && took_ns < d->o->interval_ns ? d->o->interval_ns - took_ns
                                                                           : 0);
}

/* To which query of the batch does the series belong? count of the batch: to none. */
static size_t query_of(const struct datadog *d, const struct datadog_series *s)
{
    size_t i = 0;

    if (s->query >= 0)
        return (size_t)s->query < d->batch.count ? (size_t)s->query : d->batch.count;
    for (; i < d->batch.count; i++) {
        const char *metric = d->plan.queries[d->batch.chosen[i]].metric, *in = strstr(s->expression, metric);
        if (strcmp(s->metric, metric) == 0 || (in && in[strlen(metric)] == '{'))
            break;
    }
    return i;
}

static void on_series(void *context, const struct datadog_series *s)
{
    struct datadog *d = context;
    const size_t i = query_of(d, s);

    if (i == d->batch.count)
        d->skipped++;
    else
        datadog_book_take(d->book, &d->plan.queries[d->batch.chosen[i]], d->plan.bucket_s, d->batch.to_ns, s);
}

/* Less time at once, or fewer queries. False: it is as little as can be. */
static bool ask_for_less(struct datadog *d)
{
    const int64_t least_ns = PAGE_BUCKETS * bucket_ns(d), span_ns = d->batch.to_ns - d->batch.from_ns;

    if (span_ns <= least_ns && d->most == 1)
        return false;
    if (span_ns <= least_ns)
        d->most /= 2;
    else
        d->page_ns = span_ns / 2 > least_ns ? span_ns / 2 / bucket_ns(d) * bucket_ns(d) : least_ns;
    datadog_book_abandon(d->book);
    d->in_round = false;
    loop_alarm_set(d->alarm, 0);
    return true;
}

static void take(struct datadog *d, const struct http_client_answer *a)
{
    struct datadog_reader r = {.series = on_series, .context = d};
    struct error e;
    char line[ERROR_TEXT_MAX + 64];
    struct text why;

    d->skipped = 0;
    int read = d->version == 2 ? datadog_read_v2(a->body, a->body_n, &r, &e)
                               : datadog_read_v1(a->body, a->body_n, &r, &e);
    if (read == -EMSGSIZE && ask_for_less(d))
        return;
    if (read != 0) {
        text_init(&why, line, sizeof(line));
        text_add(&why, "what it answers cannot be used: ");
        datadog_keys_scrub(&d->keys, e.text, strlen(e.text), &why);
        fail(d, DATADOG_END_FAILED, -1, line);
        return;
    }
    intake_drop(d->in, INTAKE_DROP_MALFORMED, d->skipped + r.skipped);
    d->works = true;
    datadog_pace_good(&d->pace, d->home.now_ns(d->home.context));
    d->batch.first = d->batch.next;
    if (d->batch.next >= d->plan.count)
        end_round(d);
    else
        loop_alarm_set(d->alarm, 0);
}

/* It does not take what was asked: the queries are asked one by one, and the one that it refuses not again.
 */
static void single_out(struct datadog *d, const struct http_client_answer *a)
{
    char line[1024];
    struct text t;

    if (d->batch.count == 1) {
        struct datadog_query *q = &d->plan.queries[d->batch.chosen[0]];
        q->refused = true;
        text_init(&t, line, sizeof(line));
        text_addf(&t, "Datadog does not take the query of %s (", q->metric);
        datadog_explain(&d->keys, a, &t);
        text_add(&t, "); it is left out");
        d->home.say(d->home.context, line);
        d->batch.first = d->batch.next;
        d->batch.most = d->most;
    } else {
        d->batch.most = 1;
    }
    if (d->batch.first >= d->plan.count)
        end_round(d);
    else
        loop_alarm_set(d->alarm, 0);
}

static void on_answer(void *context, const struct http_client_answer *a)
{
    struct datadog *d = context;
    const enum datadog_end end = datadog_end_of(a);
    char why[768];
    struct text t;

    d->request = 0;
    if (end == DATADOG_END_GOOD) {
        take(d, a);
        return;
    }
    if ((end == DATADOG_END_REFUSED || end == DATADOG_END_ABSENT) && d->version == 2 && !d->works) {
        d->version = 1; /* this account has, or this proxy lets through, only the older one */
        loop_alarm_set(d->alarm, 0);
        return;
    }
    if (end == DATADOG_END_WRONG) {
        single_out(d, a);
        return;
    }
    if (end == DATADOG_END_LONG && ask_for_less(d))
        return;
    if (!d->works)
        d->version = 2;
    text_init(&t, why, sizeof(why));
    datadog_explain(&d->keys, a, &t);
    if (end == DATADOG_END_LONG)
        text_add(&t, ": name fewer hosts, or raise sources.datadog.max_body");
    fail(d, end, a->retry_after_ns, why);
}

int datadog_start(struct datadog *d, struct intake *in, struct loop *l, int64_t since_ns)
{
    d->in = in;
    d->since_ns = since_ns;
    d->alarm = loop_alarm_new(l, on_alarm, d);
    if (!d->alarm)
        return -ENOSPC;
    loop_alarm_set(d->alarm, 0);
    return 0;
}

bool datadog_is_ready(const struct datadog *d)
{
    return d->ready;
}

int64_t datadog_due(const struct datadog *d)
{
    return datadog_book_due(d->book);
}

int datadog_step(struct datadog *d, int64_t now_ns)
{
    return datadog_book_release(d->book, d->in, now_ns);
}

void datadog_close(struct datadog *d)
{
    if (!d)
        return;
    if (d->request)
        http_client_cancel(d->client, d->request);
    if (d->alarm)
        loop_alarm_clear(d->alarm);
    datadog_keys_forget(&d->keys);
    datadog_book_free(d->book);
    free(d);
}
