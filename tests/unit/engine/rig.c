/* SPDX-License-Identifier: MIT */
#include "rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/replay/byte_stream.h"
#include "ingestion/replay/replay.h"

void rig_init(struct rig *r)
{
    memset(r, 0, sizeof(*r));
    struct option_group g = {.rows = engine_option_rows, .count = engine_option_count, .target = &r->options};
    option_set_defaults(&g);
    r->options.max_entities = r->options.max_series = 10000;
}

static void keep(void *context, const struct event *e)
{
    struct rig *r = context;
    assert(r->count < RIG_EVENTS_MAX);
    struct rig_event *k = &r->events[r->count++];
    memset(k, 0, sizeof(*k));
    k->type = e->type;
    k->incident_kind = k->incident_severity = -1;
    switch (e->type) {
    case EVENT_TICK:
        k->tick = *e->tick;
        if (e->tick->incident) {
            k->incident_kind = (int)e->tick->incident->kind;
            k->incident_severity = (int)e->tick->incident->severity;
        }
        break;
    case EVENT_ANOMALY:
        k->anomaly = *e->anomaly;
        break;
    case EVENT_FINDING:
        k->finding = malloc(sizeof(*k->finding));
        assert(k->finding);
        *k->finding = *e->finding;
        break;
    case EVENT_INCIDENT:
        k->incident = malloc(sizeof(*k->incident));
        assert(k->incident);
        *k->incident = *e->incident;
        break;
    case EVENT_SUMMARY:
        k->summary = *e->summary;
    }
}

void rig_start(struct rig *r, enum engine_mode mode)
{
    struct error e;
    r->events = calloc(RIG_EVENTS_MAX, sizeof(*r->events));
    r->engine = engine_new(&r->options, mode, &e);
    assert(r->engine && r->events);
    engine_on_event(r->engine, keep, r);
    engine_want_ticks(r->engine, true);
}

void rig_begin(struct rig *r, int64_t threads)
{
    rig_init(r);
    r->options.threads = threads;
    rig_start(r, ENGINE_STREAM);
}

void rig_done(struct rig *r)
{
    for (size_t i = 0; i < r->count; i++) {
        if (r->events[i].type == EVENT_FINDING)
            free(r->events[i].finding);
        if (r->events[i].type == EVENT_INCIDENT)
            free(r->events[i].incident);
    }
    free(r->events);
    engine_free(r->engine);
}

void rig_sample(struct rig *r, const char *host, const char *metric, int64_t t_ns, double value)
{
    struct catalog *c = engine_catalog(r->engine);
    int64_t h = catalog_host(c, host, strlen(host));
    assert(h >= 0);
    int64_t s = catalog_series(c, (uint32_t)h, metric, strlen(metric));
    assert(s >= 0);
    struct sample sample = {.series = (uint32_t)s, .value = value};
    int e = engine_frame(r->engine, t_ns, &sample, 1);
    assert(e == 0);
    (void)e;
}

int rig_replay(struct rig *r, const char *path)
{
    struct error e;
    struct replay_options o = {.default_host = "host"};
    struct replay_counts counts;
    struct feed feed = engine_feed(r->engine);
    struct byte_stream *s = byte_stream_open(path, &e);
    assert(s);
    struct replay *p = replay_open(s, &o, &e);
    assert(p);
    int result = replay_run(p, &feed, NULL, &counts, &e);
    replay_close(p);
    byte_stream_close(s);
    return result;
}

static int matches(const struct rig_event *e, enum event_type type, int change)
{
    if (e->type != type)
        return 0;
    if (change < 0)
        return 1;
    return type == EVENT_FINDING    ? (int)e->finding->change == change
           : type == EVENT_INCIDENT ? (int)e->incident->change == change
                                    : 1;
}

size_t rig_count(const struct rig *r, enum event_type type, int change)
{
    size_t n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += (size_t)matches(&r->events[i], type, change);
    return n;
}

const struct rig_event *rig_find(const struct rig *r, enum event_type type, int change, size_t n)
{
    for (size_t i = 0; i < r->count; i++)
        if (matches(&r->events[i], type, change) && n-- == 0)
            return &r->events[i];
    return NULL;
}

const char *rig_data(const char *test)
{
    const char *folder = getenv("COHERENCE_TEST_DATA");
    if (!folder || !*folder) {
        printf("# SKIP %s: COHERENCE_TEST_DATA is not set\n", test);
        return NULL;
    }
    return folder;
}
