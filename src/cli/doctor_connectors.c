/* SPDX-License-Identifier: MIT
 * Turns one look at the configured peers into lines: each address at which we would listen is tried, each
 * target asked once. How targets are asked is ingestion/prometheus' matter, and what their names mean the
 * intake's. Nothing is judged, and what came goes nowhere. */
#include "cli/doctor_connectors.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ingestion/statsd/statsd.h"
#include "net/http_server.h"
#include "output/haproxy_agent.h"

#define NAME_WIDE  52
#define STATE_WIDE 20
#define POLL_NS    INT64_C(50000000)
#define GRACE_NS   INT64_C(1000000000) /* beside what the targets may take */
#define NAMES_MAX  120                 /* bytes of names that mean nothing, of one target */

#define CHECK_TARGET "its program up, and reachable from here; or another url"
#define CHECK_ANSWER                                                                                         \
    "a url at which metrics are told in Prometheus' text format, and a token_file where it wants one"
#define OWN_ROWS "rows of sources.meaning give names a meaning"

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t); /* cannot fail for these clocks */
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- addresses ---- */

static struct doctor_listener *add(struct doctor_connectors *d, const char *what, const char *address)
{
    struct doctor_listener *l = &d->listeners[d->listener_count++];

    *l = (struct doctor_listener){.what = what, .address = address};
    return l;
}

static int weight(void *context)
{
    (void)context;
    return 100;
}

/* As a sentinel would; what is opened is closed again. */
static void try_listeners(struct doctor_connectors *d)
{
    const struct config *c = &d->session->config;
    const enum argument_source source = d->session->arguments->source;
    const bool all = source == SOURCE_LIVE;
    struct doctor_listener *l;

    if (c->http.listen[0] && (all || source == SOURCE_REMOTE_WRITE || source == SOURCE_OTLP)) {
        l = add(d,
            c->remote_write.enabled && c->otlp.enabled ? "HTTP (remote write, OTLP)"
            : c->remote_write.enabled                  ? "HTTP (remote write)"
            : c->otlp.enabled                          ? "HTTP (OTLP)"
                                                       : "HTTP",
            c->http.listen);
        http_server_close(http_server_open(&c->http, &l->why));
    }
    if (c->haproxy.listen[0] && all) {
        l = add(d, "HAProxy's agent-check", c->haproxy.listen);
        haproxy_agent_close(haproxy_agent_open(&c->haproxy, weight, NULL, &l->why));
    }
    if (c->statsd.listen[0] && (all || source == SOURCE_STATSD)) {
        l = add(d, "StatsD, UDP", c->statsd.listen);
        (void)statsd_try(&c->statsd, false, &l->why);
    }
    if (c->statsd.socket[0] && (all || source == SOURCE_STATSD)) {
        l = add(d, "StatsD, Unix socket", c->statsd.socket);
        (void)statsd_try(&c->statsd, true, &l->why);
    }
}

/* What would help against that error; NULL: nothing that is always right. */
static const char *remedy_of(int code)
{
    switch (-code) {
    case EADDRINUSE:
        return "nothing more, if that is a sentinel which runs already; else another address";
    case EACCES:
    case EPERM:
        return "a port from 1024 on and a directory that this user may write to, or the rights for it";
    case EADDRNOTAVAIL:
        return "an address that this host has";
    case ENOENT:
        return "the directory, made before the start";
    default:
        return NULL;
    }
}

/* ---- targets ---- */

static int64_t now(void *context)
{
    (void)context;
    return clock_ns(CLOCK_REALTIME);
}

/* What it would say is kept with each target. */
static void say_nothing(void *context, const char *sentence)
{
    (void)context;
    (void)sentence;
}

static int count_nothing(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)context;
    (void)t_ns;
    (void)samples;
    (void)n;
    return 0;
}

static int fail(const struct error *e)
{
    session_say_error(e);
    return e->code == -EINVAL ? STATUS_USAGE : STATUS_HOST_CANNOT;
}

int doctor_connectors_open(struct doctor_connectors *d, struct session *s)
{
    const struct config *c = &s->config;
    const struct scrape_home home = {.now_ns = now, .say = say_nothing, .context = d};
    struct error e = {.code = 0};

    *d = (struct doctor_connectors){.session = s};
    try_listeners(d);
    if (!scrape_is_on(&c->scrape) ||
        (s->arguments->source != SOURCE_LIVE && s->arguments->source != SOURCE_PROMETHEUS))
        return STATUS_FINE;
    d->client = http_client_open(&c->client, &e);
    if (d->client)
        d->scrape = scrape_open(&c->scrape, d->client, &home, &e);
    if (!d->scrape)
        return fail(&e);
    s->reach = http_client_reach(d->client);
    return STATUS_FINE;
}

static bool all_known(const struct doctor_connectors *d)
{
    for (uint32_t i = 0; i < scrape_target_count(d->scrape); i++)
        if (!scrape_stand(d->scrape, i).known)
            return false;
    return true;
}

static void on_poll(void *context, const struct loop_instant *instant)
{
    struct doctor_connectors *d = context;

    if (instant->mono_ns >= d->end_ns || all_known(d))
        loop_stop(d->loop);
}

/* An intake with names of its own: what is scraped is not mixed with what this host shows. */
static int make_house(struct doctor_connectors *d)
{
    const struct config *c = &d->session->config;
    const struct catalog_limits limits = {
        (uint32_t)c->engine.max_entities, (uint32_t)c->engine.max_series, (uint32_t)c->engine.max_series};

    if (gethostname(d->local_host, CATALOG_NAME_MAX) != 0)
        strcpy(d->local_host, "localhost");
    d->catalog = catalog_new(&limits);
    d->meaning = meaning_of_options(&c->meaning);
    if (!d->catalog || !d->meaning)
        return -ENOMEM;
    const struct feed feed = {.context = d, .catalog = d->catalog, .frame = count_nothing};
    const struct intake_setup setup = {.feed = &feed,
        .meaning = d->meaning,
        .options = c->intake,
        .local_host = d->local_host,
        .local_is_watched = d->session->arguments->source == SOURCE_LIVE};
    d->house = intake_house_new(&setup);
    return d->house ? 0 : -ENOMEM;
}

int doctor_connectors_look(struct doctor_connectors *d)
{
    const struct scrape_options *o = &d->session->config.scrape;
    struct error e = {.code = 0};
    int r;

    if (!d->scrape)
        return STATUS_FINE;
    /* So many may be on their way at once; the others wait for their turn. */
    const int64_t turns = 1 + scrape_target_count(d->scrape) / HTTP_CLIENT_FLIGHT_MAX;
    r = make_house(d);
    d->loop = r == 0 ? loop_new(&e) : NULL;
    if (r == 0 && !d->loop)
        r = e.code;
    if (r == 0)
        r = http_client_start(d->client, d->loop);
    if (r == 0)
        r = scrape_start(d->scrape, d->house, d->loop);
    if (r == 0)
        r = loop_every(d->loop, POLL_NS, on_poll, d);
    if (r == 0) {
        scrape_hurry(d->scrape);
        d->end_ns = clock_ns(CLOCK_MONOTONIC) + turns * o->timeout_ns + GRACE_NS;
        r = loop_run(d->loop);
    }
    if (r == 0)
        return STATUS_FINE;
    session_say("cannot ask the targets: %s", strerror(-r));
    return STATUS_FAILURE;
}

/* ---- what is told ---- */

bool doctor_connectors_any(const struct doctor_connectors *d)
{
    return d->listener_count > 0 || d->scrape != NULL;
}

static const char *target_remedy(const struct scrape_standing *s)
{
    return s->answered ? CHECK_ANSWER : CHECK_TARGET;
}

static void write_name(struct text *t, const char *name, size_t n)
{
    text_add_printable(t, name, n);
    for (size_t i = n; i < NAME_WIDE; i++)
        text_add_char(t, ' ');
    text_add_char(t, ' ');
}

static void write_why(struct text *t, const char *why, const char *with, const char *remedy)
{
    text_add(t, "    why: ");
    text_add_printable(t, why, strlen(why));
    text_add(t, "\n");
    if (remedy)
        text_addf(t, "    %s with: %s\n", with, remedy);
}

static void write_drops(const struct intake_counts *c, struct text *t)
{
    bool any = false;

    for (int i = 0; i < INTAKE_DROP_COUNT; i++) {
        if (c->dropped[i] == 0)
            continue;
        text_addf(t, "%s%s ", any ? ", " : "    dropped samples: ", intake_drop_name((enum intake_drop)i));
        text_add_uint(t, c->dropped[i]);
        any = true;
    }
    text_add(t, any ? "\n" : "");
}

static void write_target(const struct scrape_standing *s, struct text *t)
{
    char url[HTTP_URL_HOST_MAX + HTTP_URL_PATH_MAX + 32], names[NAMES_MAX];
    const struct intake_counts *c = intake_count(s->in);
    struct text u, unknown;

    text_init(&u, url, sizeof(url));
    http_url_describe(s->url, &u);
    write_name(t, url, u.length);
    if (!s->known || s->why) {
        text_add(t, s->answered ? "answers no metrics\n" : "does not answer\n");
        write_why(t, s->why ? s->why : "no answer in time", "visible", target_remedy(s));
        return;
    }
    text_init(&unknown, names, sizeof(names));
    const uint32_t meant = intake_meant(s->in, &unknown);
    text_addf(t, "%-*s%u series, %u of them with a meaning\n", STATE_WIDE, "answers", (unsigned)c->series,
        (unsigned)meant);
    if (c->series > meant)
        text_addf(t, "    watched for themselves: %u (%s%s); %s\n", (unsigned)(c->series - meant), names,
            unknown.truncated ? ", ..." : "", OWN_ROWS);
    write_drops(c, t);
}

void doctor_connectors_text(const struct doctor_connectors *d, struct text *t)
{
    char name[NAME_WIDE * 8];
    struct text n;

    for (uint32_t i = 0; d->scrape && i < scrape_target_count(d->scrape); i++) {
        const struct scrape_standing s = scrape_stand(d->scrape, i);
        write_target(&s, t);
    }
    for (size_t i = 0; i < d->listener_count; i++) {
        const struct doctor_listener *l = &d->listeners[i];
        text_init(&n, name, sizeof(name));
        text_addf(&n, "%s on %s", l->what, l->address);
        write_name(t, name, n.length);
        text_add(t, l->why.code ? "cannot listen\n" : "can listen\n");
        if (l->why.code)
            write_why(t, l->why.text, "possible", remedy_of(l->why.code));
    }
}

static void put_target(const struct scrape_standing *s, struct json *j)
{
    char url[HTTP_URL_HOST_MAX + HTTP_URL_PATH_MAX + 32], names[NAMES_MAX];
    const struct intake_counts *c = intake_count(s->in);
    const bool answers = s->known && !s->why;
    struct text u, unknown;

    text_init(&u, url, sizeof(url));
    http_url_describe(s->url, &u);
    text_init(&unknown, names, sizeof(names));
    const uint32_t meant = intake_meant(s->in, &unknown);
    json_begin_object(j, NULL);
    json_put_string(j, "url", url);
    json_put_string(j, "state", answers ? "answers" : s->answered ? "wrong" : "silent");
    json_put_string(j, "why", answers ? NULL : s->why ? s->why : "no answer in time");
    json_put_uint(j, "series", c->series);
    json_put_uint(j, "meant", meant);
    json_put_uint(j, "unknown", c->series - meant);
    json_put_string(j, "unknown_names", unknown.length ? names : NULL);
    json_begin_object(j, "dropped");
    for (int i = 0; i < INTAKE_DROP_COUNT; i++)
        if (c->dropped[i] > 0)
            json_put_uint(j, intake_drop_name((enum intake_drop)i), c->dropped[i]);
    json_end_object(j);
    json_put_string(j, "visible_with", answers ? NULL : target_remedy(s));
    json_end_object(j);
}

void doctor_connectors_json(const struct doctor_connectors *d, struct json *j)
{
    json_begin_array(j, "targets");
    for (uint32_t i = 0; d->scrape && i < scrape_target_count(d->scrape); i++) {
        const struct scrape_standing s = scrape_stand(d->scrape, i);
        put_target(&s, j);
    }
    json_end_array(j);
    json_begin_array(j, "listeners");
    for (size_t i = 0; i < d->listener_count; i++) {
        const struct doctor_listener *l = &d->listeners[i];
        json_begin_object(j, NULL);
        json_put_string(j, "for", l->what);
        json_put_string(j, "address", l->address);
        json_put_string(j, "state", l->why.code ? "refused" : "free");
        json_put_string(j, "why", l->why.code ? l->why.text : NULL);
        json_put_string(j, "possible_with", l->why.code ? remedy_of(l->why.code) : NULL);
        json_end_object(j);
    }
    json_end_array(j);
}

void doctor_connectors_close(struct doctor_connectors *d)
{
    scrape_close(d->scrape);
    http_client_close(d->client);
    if (d->house) {
        while (intake_house_count(d->house) > 0)
            intake_close(intake_house_at(d->house, intake_house_count(d->house) - 1));
        intake_house_free(d->house);
    }
    meaning_free(d->meaning);
    if (d->catalog)
        catalog_free(d->catalog);
    if (d->loop)
        loop_free(d->loop);
    *d = (struct doctor_connectors){.session = NULL};
}
