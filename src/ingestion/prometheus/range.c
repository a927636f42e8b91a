/* SPDX-License-Identifier: MIT
 * Turns range queries into frames and ticks: asks for a page of time, decodes it as it comes (matrix.c),
 * brings it into the order of time (range_page.c) and hands it on through an intake, which knows what names
 * mean. */
#include "ingestion/prometheus/range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ingestion/prometheus/matrix.h"
#include "ingestion/prometheus/range_page.h"
#include "net/loop.h"

#define RANGE_PATH   "/api/v1/query_range"
#define DEADLINE_NS  INT64_C(120000000000) /* Prometheus' own, query.timeout, is as long */
#define CONNECT_NS   INT64_C(10000000000)
#define ANSWER_MAX   ((size_t)64 << 20) /* bytes of one answer, unpacked */
#define TRIES        3
#define PAUSE_NS     INT64_C(1000000000) /* after the first failure; then twice that */
#define POLL_NS      INT64_C(100000000)
#define FIRST_POINTS 500 /* of the first page: how many series there are is not known yet */
#define POINTS_MIN   10
#define NAME_ROOM    480 /* INTAKE_NAME_MAX is 512 */
#define BODY_ROOM    (3 * RANGE_QUERY_MAX + 256)

struct range {
    const struct range_options *o;
    const struct range_watch *watch;
    struct range_counts *counts;
    struct http_url url;
    struct loop_alarm *alarm;
    struct matrix *matrix;
    struct range_page *page;
    const char *query; /* the one that is being asked */
    char name[NAME_ROOM + 16];
    int fault; /* of the page: -EMSGSIZE, -ENOMEM */
    struct http_client_answer answer;
    char words[1024]; /* what the server said when it refused */
    bool answered;
};

int range_url(const struct http_url *server, struct http_url *ret, struct error *e)
{
    const size_t path_n = strcspn(server->path, "?");
    const size_t base_n = path_n > 0 && server->path[path_n - 1] == '/' ? path_n - 1 : path_n;

    if (base_n + sizeof(RANGE_PATH) > sizeof(ret->path))
        return error_set(e, -EINVAL, "the path of the address is too long");
    *ret = *server;
    memcpy(ret->path + base_n, RANGE_PATH, sizeof(RANGE_PATH));
    return 0;
}

static bool on_series(
    void *context, const char *key, size_t key_n, const struct intake_label *labels, size_t count)
{
    struct range *r = context;

    r->fault = range_page_series(r->page, key, key_n, labels, count, r->name);
    return r->fault == 0;
}

static bool on_point(void *context, int64_t t_ns, double value)
{
    struct range *r = context;

    r->fault = range_page_point(r->page, t_ns, value);
    return r->fault == 0;
}

static bool on_bytes(void *context, const char *bytes, size_t n)
{
    struct range *r = context;

    return matrix_take(r->matrix, bytes, n) == 0;
}

static void on_answer(void *context, const struct http_client_answer *a)
{
    struct range *r = context;
    struct text t;

    r->answer = *a;
    text_init(&t, r->words, sizeof(r->words));
    text_add_bytes(&t, a->body, a->body_n);
    r->answered = true;
    loop_stop(r->o->loop);
}

static void on_alarm(void *context)
{
    const struct range *r = context;

    loop_stop(r->o->loop);
}

static bool is_stopped(const struct range *r)
{
    return r->watch->stop && *r->watch->stop;
}

static void on_poll(void *context, const struct loop_instant *now)
{
    const struct range *r = context;

    (void)now;
    if (is_stopped(r))
        loop_stop(r->o->loop);
}

/* What stands in a form as it is, and else as %XX. Source: WHATWG URL, application/x-www-form-urlencoded. */
static void add_form(struct text *t, const char *value)
{
    static const char hex[] = "0123456789ABCDEF";

    for (const unsigned char *p = (const unsigned char *)value; *p; p++) {
        if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
            strchr("*-._", *p))
            text_add_char(t, (char)*p);
        else
            text_addf(t, "%%%c%c", hex[*p >> 4], hex[*p & 15]);
    }
}

/* The query that is asked next, and the name of its series that have none of their own: the query, or so much
 * of it as a name may have. */
static void name_query(struct range *r, size_t number)
{
    struct text t;

    r->query = r->o->queries[number];
    text_init(&t, r->name, NAME_ROOM);
    text_add(&t, r->query);
    if (t.truncated) {
        text_init(&t, r->name + t.length, sizeof(r->name) - t.length);
        text_addf(&t, "#%zu", number + 1);
    }
}

static int ask_once(struct range *r, int64_t from_ns, int64_t to_ns, struct error *e)
{
    static char body[BODY_ROOM];
    struct text t;
    struct http_client_request request = {.url = &r->url,
        .post = true,
        .headers = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json"},
        .token_file = r->o->token_file,
        .gzip = true,
        .body_max = ANSWER_MAX,
        .connect_ns = CONNECT_NS,
        .deadline_ns = DEADLINE_NS,
        .on_bytes = on_bytes,
        .on_answer = on_answer,
        .context = r};
    uint64_t id;

    text_init(&t, body, sizeof(body));
    text_add(&t, "query=");
    add_form(&t, r->query);
    text_add(&t, "&start=");
    text_add_time(&t, from_ns);
    text_add(&t, "&end=");
    text_add_time(&t, to_ns);
    text_add(&t, "&step=");
    text_add_time(&t, r->o->step_ns);
    request.body = body;
    request.body_n = t.length;
    matrix_reset(r->matrix);
    r->answered = false;
    r->fault = 0;
    r->counts->requests++;
    int sent = http_client_send(r->o->client, &request, &id);
    if (sent != 0)
        return error_set(e, sent, "cannot ask: %s", strerror(-sent));
    sent = loop_run(r->o->loop);
    if (r->answered)
        return 0;
    http_client_cancel(r->o->client, id);
    return sent ? error_set(e, sent, "the event loop stopped: %s", strerror(-sent)) : -EINTR;
}

/* Does the server say that a page is too large for it? Prometheus: "query processing would load too many
 * samples into memory in query execution", "exceeded maximum resolution of 11,000 points per timeseries";
 * VictoriaMetrics: "too many points for the given step". */
static bool is_too_large(const char *words)
{
    return strstr(words, "too many samples") || strstr(words, "maximum resolution") ||
           strstr(words, "too many points");
}

/* What became of the answer. Returns 0, -EAGAIN (another try may help; e says why), -EMSGSIZE (a smaller page
 * may), or what it is. */
static int judge_answer(struct range *r, struct error *e)
{
    const struct http_client_answer *a = &r->answer;
    struct error said = {.code = 0};

    if (r->fault)
        return r->fault;
    if (a->error == -EMSGSIZE)
        return -EMSGSIZE;
    if (a->error == -ECANCELED) /* the decoder refused */
        return matrix_end(r->matrix, e);
    if (a->error == -EKEYREJECTED || a->error == -EACCES)
        return error_set(e, a->error, "%s", a->text);
    if (a->error)
        return error_set(e, -EAGAIN, "%s", a->text);
    if (a->status == 200)
        return matrix_end(r->matrix, e);
    /* Its own words, where there are some: PromQL's errors come so. */
    matrix_reset(r->matrix);
    (void)matrix_take(r->matrix, r->words, strlen(r->words));
    if (matrix_end(r->matrix, &said) == -EREMOTEIO) {
        if (is_too_large(said.text))
            return -EMSGSIZE;
        return error_set(
            e, a->status >= 500 ? -EAGAIN : -EREMOTEIO, "it refuses '%s': %s", r->query, said.text);
    }
    return error_set(e, a->status >= 500 || a->status == 429 ? -EAGAIN : -EREMOTEIO, "%s", a->text);
}

/* Waits, unless it is stopped. */
static void pause_for(struct range *r, int64_t ns)
{
    if (is_stopped(r))
        return;
    loop_alarm_set(r->alarm, ns);
    (void)loop_run(r->o->loop);
    loop_alarm_clear(r->alarm);
}

static int ask(struct range *r, int64_t from_ns, int64_t to_ns, struct error *e)
{
    int result = is_stopped(r) ? -EINTR : ask_once(r, from_ns, to_ns, e);

    return result == 0 ? judge_answer(r, e) : result;
}

/* All queries for one page of time. A failure may have left a part of an answer in it: it is begun anew. */
static int read_page(struct range *r, int64_t from_ns, int64_t to_ns, struct error *e)
{
    int result = -EAGAIN;

    for (int tried = 0; tried < TRIES && result == -EAGAIN; tried++) {
        if (tried > 0) {
            r->counts->retries++;
            pause_for(r, PAUSE_NS << (tried - 1));
        }
        range_page_clear(r->page);
        result = 0;
        for (size_t i = 0; i < RANGE_QUERIES_MAX && r->o->queries[i] && result == 0; i++) {
            name_query(r, i);
            result = ask(r, from_ns, to_ns, e);
        }
    }
    if (result == 0)
        range_page_sort(r->page);
    return result;
}

/* Hands a page on: a tick at each of its steps, once there was a sample. */
static int feed_page(
    struct range *r, struct intake *in, const struct feed *feed, int64_t from_ns, int64_t to_ns)
{
    const double span_ns = (double)(r->o->to_ns - r->o->from_ns) + 1;
    int result = 0;

    for (int64_t t_ns = from_ns; t_ns <= to_ns && result == 0; t_ns += r->o->step_ns) {
        if (is_stopped(r))
            return -EINTR;
        while (result == 0 && range_page_next_ns(r->page) <= t_ns)
            result = range_page_feed(r->page, in);
        if (result == 0 && intake_count(in)->samples > 0) {
            result = intake_tick(in, t_ns);
            if (result == 0)
                result = feed->tick(feed->context, t_ns);
        }
        if (r->watch->step)
            r->watch->step(r->watch->context, (double)(t_ns - r->o->from_ns) / span_ns, t_ns);
    }
    return result;
}

/* How many points the next page may have, by how many series this one had. */
static int64_t next_points(const struct range *r)
{
    const int64_t series = (int64_t)range_page_series_count(r->page);
    const int64_t fitting = series ? (int64_t)(RANGE_SAMPLES_MAX / 2) / series : RANGE_POINTS_MAX;

    return fitting > RANGE_POINTS_MAX ? RANGE_POINTS_MAX : fitting < POINTS_MIN ? POINTS_MIN : fitting;
}

static int read_all(struct range *r, struct intake *in, const struct feed *feed, struct error *e)
{
    const int64_t step_ns = r->o->step_ns;
    int64_t points = FIRST_POINTS;
    int result = 0;

    for (int64_t from_ns = r->o->from_ns; from_ns <= r->o->to_ns && result == 0;) {
        const int64_t left = (r->o->to_ns - from_ns) / step_ns + 1;
        const int64_t n = left < points ? left : points;
        const int64_t to_ns = from_ns + (n - 1) * step_ns;
        result = read_page(r, from_ns, to_ns, e);
        if (result == -EMSGSIZE && n > POINTS_MIN) {
            points = n / 2;
            result = 0;
            continue;
        }
        if (result == -EMSGSIZE)
            error_set(e, result,
                "even %d steps of it are too much at once: ask for less, or with a longer step", (int)n);
        if (result != 0)
            break;
        r->counts->pages++;
        r->counts->series = range_page_series_count(r->page);
        result = feed_page(r, in, feed, from_ns, to_ns);
        points = next_points(r);
        from_ns = to_ns + step_ns;
    }
    return result;
}

static void take_counts(struct range *r, const struct intake *in)
{
    const struct intake_counts *c = intake_count(in);

    r->counts->samples = c->samples;
    r->counts->passed_over = matrix_passed_over(r->matrix);
    for (int i = 0; i < INTAKE_DROP_COUNT; i++)
        r->counts->refused += c->dropped[i];
}

static int open_all(struct range *r, struct error *e)
{
    const struct matrix_listener listener = {.context = r, .series = on_series, .point = on_point};

    r->matrix = matrix_new(&listener);
    r->page = range_page_new(RANGE_SAMPLES_MAX);
    r->alarm = loop_alarm_new(r->o->loop, on_alarm, r);
    if (!r->matrix || !r->page || !r->alarm || loop_every(r->o->loop, POLL_NS, on_poll, r) != 0)
        return error_set(e, -ENOMEM, "not enough memory");
    return range_url(r->o->url, &r->url, e);
}

/* What names mean, and how much is taken. A sample of history is as old as it is: its age has no limit. */
static struct meaning *settle(const struct range_options *o, struct intake_setup *setup)
{
    static const struct meaning_options none = {.count = 0};

    option_set_defaults(&(struct option_group){intake_option_rows, intake_option_count, &setup->options});
    if (o->limits) {
        setup->options.max_series = o->limits->max_series;
        setup->options.max_batch = o->limits->max_batch;
    }
    return meaning_of_options(o->meaning ? o->meaning : &none);
}

int range_run(const struct range_options *o, const struct feed *feed, const struct range_watch *watch,
    struct range_counts *counts, struct error *e)
{
    struct range r = {.o = o, .watch = watch, .counts = counts};
    struct intake_setup setup = {.feed = feed, .local_host = o->default_host};
    struct meaning *meaning = settle(o, &setup);
    struct intake_house *house = NULL;
    struct intake *in = NULL;
    int result;

    *e = (struct error){.code = 0};
    *counts = (struct range_counts){.pages = 0};
    setup.meaning = meaning;
    house = meaning ? intake_house_new(&setup) : NULL;
    in = house ? intake_open(house, "prometheus", NULL, 0) : NULL;
    result = in ? open_all(&r, e) : error_set(e, -ENOMEM, "not enough memory");
    if (result == 0) {
        result = read_all(&r, in, feed, e);
        take_counts(&r, in);
    }
    range_page_free(r.page);
    matrix_free(r.matrix);
    intake_close(in);
    intake_house_free(house);
    meaning_free(meaning);
    return result;
}
