/* SPDX-License-Identifier: MIT
 * Turns the flags of a history out of Prometheus into range queries, and says what became of them. How they
 * are made is ingestion/prometheus/range.c's matter. */
#include "cli/range_input.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/number.h"

#define SECOND_NS      INT64_C(1000000000)
#define STEP_NS        (15 * SECOND_NS) /* by default: Prometheus' configurations scrape so often */
#define STEP_LEAST_NS  SECOND_NS
#define STEP_MOST_NS   (86400 * SECOND_NS)
#define DEFAULT_HOST   "host" /* of series that name none, as in replay */
#define PROGRESS_UNITS 1000000

bool range_input_wanted(const struct arguments *a)
{
    return a->prometheus != NULL;
}

bool range_input_stray(const struct arguments *a)
{
    const char *stray = a->query_count  ? "--query"
                        : a->step       ? "--step"
                        : a->token_file ? "--token-file"
                                        : NULL;

    if (stray)
        session_say("%s is of --prometheus URL, which is not given", stray);
    return stray != NULL;
}

static int refuse(const char *why)
{
    session_say("%s", why);
    return STATUS_USAGE;
}

static int read_step(const struct arguments *a, int64_t *ret_ns)
{
    *ret_ns = STEP_NS;
    if (!a->step)
        return STATUS_FINE;
    if (duration_parse(a->step, strlen(a->step), ret_ns) != 0 || *ret_ns < STEP_LEAST_NS ||
        *ret_ns > STEP_MOST_NS || *ret_ns % (SECOND_NS / 1000) != 0)
        return refuse("--step must be a time between 1s and 1d, such as 15s");
    return STATUS_FINE;
}

/* What was asked for, as far as flags say it. */
static int read_flags(struct range_input *r, const struct arguments *a)
{
    struct range_options *o = &r->options;
    struct timespec now;
    struct error e;
    struct text t;

    if (a->operand_count > 0)
        return refuse("give files or --prometheus, not both");
    if (http_url_parse(a->prometheus, strlen(a->prometheus), &r->server, &e) != 0) {
        session_say("--prometheus: %s", e.text);
        return STATUS_USAGE;
    }
    if (a->query_count == 0)
        return refuse("--prometheus needs at least one --query, such as --query '{job=\"node\"}'");
    for (size_t i = 0; i < a->query_count; i++) {
        if (!a->queries[i][0] || strlen(a->queries[i]) >= RANGE_QUERY_MAX)
            return refuse("--query must be a text of PromQL, of at most 8191 bytes");
        o->queries[i] = a->queries[i];
    }
    if (a->from_ns == INT64_MIN)
        return refuse("--prometheus needs --from TIME: 14d (ago), 2026-01-31T08:00:00Z or Unix seconds");
    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    o->from_ns = a->from_ns / SECOND_NS * SECOND_NS;
    o->to_ns = a->to_ns == INT64_MAX ? now.tv_sec * SECOND_NS : a->to_ns / SECOND_NS * SECOND_NS;
    if (o->from_ns > o->to_ns)
        return refuse("--to lies before --from");
    o->token_file = a->token_file ? a->token_file : "";
    o->default_host = DEFAULT_HOST;
    text_init(&t, r->name, sizeof(r->name));
    http_url_write(&r->server, "", &t);
    r->inputs[0] = r->name;
    memcpy(&r->inputs[1], a->queries, a->query_count * sizeof(a->queries[0]));
    return read_step(a, &o->step_ns);
}

static int status_of(const struct error *e)
{
    session_say_error(e);
    return e->code == -EINVAL ? STATUS_USAGE : e->code == -ENOMEM ? STATUS_FAILURE : STATUS_HOST_CANNOT;
}

int range_input_open(struct range_input *r, const struct arguments *a, struct session *s)
{
    struct http_url asked;
    struct error e;
    int status = read_flags(r, a);

    if (status)
        return status;
    r->options.url = &r->server;
    r->client = http_client_open(&s->config.client, &e);
    if (!r->client)
        return status_of(&e);
    r->options.client = r->client;
    r->options.meaning = &s->config.meaning;
    r->options.limits = &s->config.intake;
    if (range_url(&r->server, &asked, &e) != 0 ||
        http_client_allow(r->client, &asked, r->options.token_file, &e) != 0)
        return status_of(&e);
    s->reach = http_client_reach(r->client);
    return STATUS_FINE;
}

static void step(void *context, double done, int64_t now_ns)
{
    progress_step(context, (uint64_t)(done * PROGRESS_UNITS), now_ns);
}

static void note_counts(const struct range_input *r, const struct range_counts *c, struct notes *n)
{
    if (c->retries)
        notes_add(n, "%s: %llu pages had to be asked for again", r->name, (unsigned long long)c->retries);
    if (c->passed_over)
        notes_add(n, "%s: %llu points are histograms, or no numbers, and were passed over", r->name,
            (unsigned long long)c->passed_over);
    if (c->refused)
        notes_add(n, "%s: %llu samples could not be taken (limits, names, infinite values)", r->name,
            (unsigned long long)c->refused);
    if (c->samples == 0 && c->requests > 0)
        notes_add(n, "%s: the queries gave no sample between --from and --to", r->name);
}

static int run(
    void *context, const struct feed *feed, const volatile int *stop, struct notes *notes, struct error *e)
{
    struct range_input *r = context;
    const struct range_watch watch = {.context = &r->progress, .step = step, .stop = stop};
    struct range_counts counts = {.pages = 0};
    int result;

    r->loop = loop_new(e);
    if (!r->loop)
        return e->code;
    r->options.loop = r->loop;
    result = http_client_start(r->client, r->loop);
    if (result != 0)
        return error_set(e, result, "cannot start to connect out: %s", strerror(-result));
    progress_begin(&r->progress, PROGRESS_UNITS);
    result = range_run(&r->options, feed, &watch, &counts, e);
    progress_end(&r->progress);
    if (result == 0 || counts.samples > 0)
        note_counts(r, &counts, notes);
    if (stop && *stop)
        return -EINTR;
    if (result == 0 || result == -ECANCELED)
        return result;
    const struct error why = *e;
    return error_set_at(e, result, r->name, 0, 0, "%s", why.text[0] ? why.text : strerror(-result));
}

struct backtest_source range_input_source(struct range_input *r)
{
    return (struct backtest_source){.context = r, .run = run};
}

void range_input_close(struct range_input *r)
{
    http_client_close(r->client);
    if (r->loop)
        loop_free(r->loop);
    r->client = NULL;
    r->loop = NULL;
}
