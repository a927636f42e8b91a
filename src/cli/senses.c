/* SPDX-License-Identifier: MIT
 * Turns the configuration of sources into decoders, each with an intake of its own, and their counts into
 * what the service tells. What is decoded how is the sources' matter, what it means the intake's. */
#include "cli/senses.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ingestion/otlp/otlp.h"
#include "ingestion/remote_write/remote_write.h"
#include "ingestion/statsd/statsd.h"

static int64_t engine_now(void *context)
{
    const struct senses *s = context;
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t); /* cannot fail */
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec + s->shift_ns;
}

static int feed_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct senses *s = context;

    s->fed += n;
    return s->feed.frame(s->feed.context, t_ns, samples, n);
}

static int feed_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct senses *s = context;

    return s->feed.gone ? s->feed.gone(s->feed.context, t_ns, entity, end) : 0;
}

static int no_memory(void)
{
    session_say("not enough memory for the sources");
    return STATUS_HOST_CANNOT;
}

/* Adds a row of the HTTP service. context NULL: there was no memory for it. */
static int add_route(struct service *service, const struct http_route *row, void *context)
{
    struct error e;

    if (!context)
        return no_memory();
    if (http_server_route(service->server, row, 1, context, &e) == 0)
        return STATUS_FINE;
    session_say_error(&e);
    return STATUS_HOST_CANNOT;
}

static void say(void *context, const char *sentence)
{
    const struct senses *s = context;

    if (s->tui)
        tui_note(s->tui, sentence);
    else
        session_say("%s", sentence);
}

static int64_t real_now(void *context)
{
    const struct senses *s = context;

    return engine_now(context) - s->shift_ns;
}

static int open_scrape(struct senses *s, struct outgoing *outgoing)
{
    const struct scrape_home home = {.now_ns = engine_now, .say = say, .context = s};
    struct error e;
    struct http_client *client = outgoing_client(outgoing, s->session, &e);

    if (client)
        s->scrape = scrape_open(&s->session->config.scrape, client, &home, &e);
    if (s->scrape)
        return STATUS_FINE;
    session_say_error(&e);
    return e.code == -EINVAL ? STATUS_USAGE : STATUS_HOST_CANNOT;
}

static int open_statsd(struct senses *s, const struct config *c)
{
    struct error e;

    s->statsd = statsd_open(&c->statsd, (uint32_t)c->intake.max_series, &e);
    s->session->receives = s->statsd != NULL;
    if (s->statsd)
        return STATUS_FINE;
    session_say_error(&e);
    return STATUS_HOST_CANNOT;
}

static bool statsd_is_on(const struct config *c)
{
    return c->statsd.listen[0] || c->statsd.socket[0];
}

/* Is that source watched? One that --source names is watched alone. */
static bool is_wanted(const struct session *s, enum argument_source which)
{
    return s->arguments->source == SOURCE_LIVE || s->arguments->source == which;
}

int senses_named(const struct session *s)
{
    const struct config *c = &s->config;

    if (s->arguments->source == SOURCE_PROMETHEUS && !scrape_is_on(&c->scrape)) {
        session_say(
            "--source prometheus has no target: name some under sources.prometheus.scrape in a file (-c), "
            "or give --set sources.prometheus.file_sd=FILE");
        return STATUS_USAGE;
    }
    if (s->arguments->source == SOURCE_STATSD && !statsd_is_on(c)) {
        session_say("--source statsd listens nowhere: give --set sources.statsd.listen=127.0.0.1:8125, or "
                    "sources.statsd.socket=PATH");
        return STATUS_USAGE;
    }
    return STATUS_FINE;
}

static int open_datadog(struct senses *s, struct outgoing *outgoing)
{
    if (!is_wanted(s->session, SOURCE_DATADOG))
        return STATUS_FINE;
    return datadog_sense_open(&s->datadog, s->session, outgoing,
        &(struct datadog_home){.now_ns = real_now, .say = say, .context = s});
}

/* The paths of sources that are not there. */
static const struct http_route write_off_route = {
    .path = "/api/v1/write",
    .off = "sources.remote_write is not configured (or --source names another): no remote write is taken",
};
static const struct http_route otlp_off_route = {
    .path = "/v1/metrics",
    .off = "sources.otlp is not configured (or --source names another): no OpenTelemetry metrics are taken",
};

/* The sources that the HTTP service takes in. */
static int open_pushed(struct senses *s, struct service *service)
{
    const struct config *c = &s->session->config;
    int status;

    if (c->remote_write.enabled && is_wanted(s->session, SOURCE_REMOTE_WRITE)) {
        s->remote_write = remote_write_new(&s->write_door);
        status = add_route(service, &remote_write_route, s->remote_write);
    } else {
        status = add_route(service, &write_off_route, s);
    }
    if (status)
        return status;
    if (!c->otlp.enabled || !is_wanted(s->session, SOURCE_OTLP))
        return add_route(service, &otlp_off_route, s);
    s->otlp = otlp_new(&s->otlp_door);
    return add_route(service, &otlp_route, s->otlp);
}

int senses_open(struct senses *s, struct session *session, struct service *service, struct outgoing *outgoing)
{
    const struct config *c = &session->config;
    int status;

    s->session = session;
    status = open_datadog(s, outgoing);
    if (!status && statsd_is_on(c) && is_wanted(session, SOURCE_STATSD))
        status = open_statsd(s, c);
    if (!status && scrape_is_on(&c->scrape) && is_wanted(session, SOURCE_PROMETHEUS))
        status = open_scrape(s, outgoing);
    if (status || !service->server)
        return status;
    return open_pushed(s, service); /* needs the service: config/rules.c */
}

int senses_reach(struct senses *s, struct session *session, struct outgoing *outgoing)
{
    const struct config *c = &session->config;
    int status;

    s->session = session;
    session->receives = statsd_is_on(c);
    status = open_datadog(s, outgoing);
    return !status && scrape_is_on(&c->scrape) ? open_scrape(s, outgoing) : status;
}

void senses_paths(const struct senses *s, const char **paths, size_t most)
{
    size_t n = 0;

    while (paths[n])
        n++;
    for (const char *const *p = s->scrape ? scrape_directories(s->scrape) : NULL; p && *p && n + 1 < most;
         p++)
        paths[n++] = *p;
    paths[n] = NULL;
}

bool senses_are_on(const struct senses *s)
{
    return s->remote_write || s->otlp || s->statsd || s->scrape || s->datadog.datadog;
}

/* An intake for a source whose clients push. */
static int open_door(struct senses *s, struct push_door *door, const char *name)
{
    door->in = intake_open(s->house, name, NULL, 0);
    door->now_ns = engine_now;
    door->context = s;
    if (door->in)
        intake_set_up(door->in, true); /* nobody has to send */
    return door->in ? STATUS_FINE : no_memory();
}

static int start_statsd(struct senses *s, struct loop *l)
{
    char where[256];
    struct text t;

    const int status = open_door(s, &s->statsd_door, "statsd");
    if (status)
        return status;
    const int r = statsd_start(s->statsd, l, &s->statsd_door);
    if (r) {
        session_say("cannot start to take in StatsD: %s", strerror(-r));
        return STATUS_FAILURE;
    }
    text_init(&t, where, sizeof(where));
    statsd_describe(s->statsd, &t);
    if (!s->tui)
        session_say("StatsD on %s", where);
    return STATUS_FINE;
}

/* Connections out, when there are targets. */
static int start_scrape(struct senses *s, struct loop *l)
{
    const int r = scrape_start(s->scrape, s->house, l);

    if (r == 0) {
        uint32_t n = scrape_target_count(s->scrape);
        if (!s->tui)
            session_say("scraping %u target%s", (unsigned)n, n == 1 ? "" : "s");
        return STATUS_FINE;
    }
    session_say("cannot start to scrape: %s", strerror(-r));
    return STATUS_FAILURE;
}

int senses_start(struct senses *s, const struct feed *feed, uint32_t host, struct loop *l, int64_t known_ns)
{
    const struct feed counted = {
        .context = s, .catalog = feed->catalog, .frame = feed_frame, .gone = feed_gone};
    int status = STATUS_FINE;

    if (!senses_are_on(s))
        return STATUS_FINE;
    s->feed = *feed;
    if (host != ENTITY_NONE)
        strncpy(s->local_host, catalog_host_name(feed->catalog, host), CATALOG_NAME_MAX);
    else if (gethostname(s->local_host, CATALOG_NAME_MAX) != 0)
        strcpy(s->local_host, "localhost");
    s->meaning = meaning_of_options(&s->session->config.meaning);
    const struct intake_setup setup = {.feed = &counted,
        .meaning = s->meaning,
        .options = s->session->config.intake,
        .local_host = s->local_host,
        .local_is_watched = host != ENTITY_NONE};
    s->house = s->meaning ? intake_house_new(&setup) : NULL;
    if (!s->house)
        return no_memory();
    if (s->remote_write)
        status = open_door(s, &s->write_door, "remote_write");
    if (!status && s->otlp)
        status = open_door(s, &s->otlp_door, "otlp");
    if (!status && s->statsd)
        status = start_statsd(s, l);
    if (!status && s->scrape)
        status = start_scrape(s, l);
    if (!status)
        status = datadog_sense_start(&s->datadog, s->house, l, known_ns);
    return status;
}

int senses_tick(struct senses *s, int64_t now_ns)
{
    int r = s->write_door.fault;

    r = r ? r : s->otlp_door.fault;
    r = r ? r : s->statsd_door.fault;
    r = r || !s->scrape ? r : scrape_fault(s->scrape);
    if (r >= 0)
        r = datadog_sense_step(&s->datadog, &s->feed, now_ns);
    for (size_t i = 0; s->house && r >= 0 && i < intake_house_count(s->house); i++)
        r = intake_tick(intake_house_at(s->house, i), now_ns);
    return r < 0 ? r : 0;
}

void senses_tell(struct senses *s, struct service *service)
{
    if (!s->told) {
        s->told = true;
        s->others = service->api.source_count;
    }
    service_forget_sources(service, s->others);
    for (size_t i = 0; s->house && i < intake_house_count(s->house); i++) {
        const struct intake *in = intake_house_at(s->house, i);
        const struct intake_counts *c = intake_count(in);
        struct api_source *told = service_source(service, intake_name(in));
        told->up = c->up;
        told->samples = c->samples;
        told->heard_ns = c->heard_ns;
        for (unsigned k = 0; k < INTAKE_DROP_COUNT && k < API_DROPS_MAX; k++) {
            told->drops[k].reason = intake_drop_name((enum intake_drop)k);
            told->drops[k].count = c->dropped[k];
        }
    }
}

void senses_close(struct senses *s)
{
    remote_write_free(s->remote_write);
    otlp_free(s->otlp);
    scrape_close(s->scrape);
    statsd_close(s->statsd);
    datadog_close(s->datadog.datadog);
    if (!s->house)
        return;
    for (size_t i = intake_house_count(s->house); i > 0; i--)
        intake_close(intake_house_at(s->house, i - 1));
    intake_house_free(s->house);
    meaning_free(s->meaning);
}
