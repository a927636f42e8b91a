/* SPDX-License-Identifier: MIT
 * The front door: turns frames and ticks into what the shards are to do. When they do it, and in which
 * thread, is dispatch.c's matter; what a sample means is the detection room's business; what findings mean
 * together is the correlation room's. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

static void free_parts(struct engine *g)
{
    crew_free(g->crew);
    for (uint32_t i = 0; i < g->shard_count && g->shards; i++)
        shard_done(&g->shards[i]);
    batch_done(&g->batches[0]);
    batch_done(&g->batches[1]);
    for (uint32_t i = 0; i < g->host_count; i++) {
        for (uint32_t s = 0; s < g->shard_count; s++)
            free(g->hosts[i]->shares[s].members);
        free(g->hosts[i]->shares);
        free(g->hosts[i]);
    }
    free(g->shards);
    free(g->taken);
    free(g->hosts);
    id_table_done(&g->host_of);
    id_table_done(&g->watch_of);
    free(g->leavers);
    free(g->slots);
    correlator_free(g->correlator);
    words_free(g->words);
    classic_engine_free(g->classic);
    catalog_free(g->catalog);
}

void engine_free(struct engine *g)
{
    if (!g)
        return;
    free_parts(g);
    free(g);
}

static void emit_incident(void *context, const struct incident *i)
{
    struct event e = {.type = EVENT_INCIDENT, .incident = i};
    engine_emit(context, &e);
}

static void wait_for_crew(void *context)
{
    engine_wait(context);
}

static int make_shards(struct engine *g)
{
    bool several = g->thread_count > 1;

    g->shards = calloc(g->shard_count, sizeof(*g->shards));
    g->taken = calloc(g->shard_count, sizeof(*g->taken));
    g->open = &g->batches[0];
    if (!g->shards || !g->taken || batch_init(&g->batches[0], g->shard_count, several))
        return -ENOMEM;
    for (uint32_t i = 0; i < g->shard_count; i++) {
        shard_init(&g->shards[i], i, &g->settings, g->catalog);
        g->shards[i].want_anomalies = g->options.anomalies;
        g->shards[i].out = &g->open->outcomes[i];
    }
    if (!several)
        return 0;
    if (batch_init(&g->batches[1], g->shard_count, true))
        return -ENOMEM;
    g->batch_records = BATCH_RECORDS * g->thread_count;
    catalog_before_moves(g->catalog, wait_for_crew, g);
    g->crew = crew_new(g->thread_count);
    return g->crew ? 0 : -EAGAIN;
}

static int make_parts(struct engine *g)
{
    const struct engine_options *o = &g->options;
    struct catalog_limits limits = {.entities = (uint32_t)o->max_entities,
        .series = (uint32_t)o->max_series,
        .metrics = (uint32_t)o->max_series};
    struct correlator_settings memory = {.join_ns = o->incident_join_ns,
        .veto_ttl_ns = o->veto_ttl_ns,
        .persistent_ns = o->incident_persistent_ns};

    g->catalog = catalog_new(&limits);
    if (!g->catalog)
        return -ENOMEM;
    g->correlator = correlator_new(&memory, g->catalog, emit_incident, g);
    if (!g->correlator)
        return -ENOMEM;
    if (o->profile == PROFILE_CLASSIC) {
        g->classic = classic_engine_new(g);
        if (!g->classic)
            return -ENOMEM;
    }
    return make_shards(g);
}

struct engine *engine_new(const struct engine_options *options, enum engine_mode mode, struct error *e)
{
    struct engine *g = calloc(1, sizeof(*g));
    if (!g) {
        error_set(e, -ENOMEM, "not enough memory for the engine");
        return NULL;
    }
    g->options = *options;
    g->mode = mode;
    g->thread_count =
        options->profile == PROFILE_CLASSIC || options->threads < 1 ? 1 : (uint32_t)options->threads;
    if (g->thread_count > ENGINE_THREADS_MAX)
        g->thread_count = ENGINE_THREADS_MAX;
    g->shard_count = g->thread_count > 1 ? g->thread_count * SHARDS_PER_THREAD : 1;
    g->settings = (struct law_settings){.budget_per_day = options->false_alarm_budget_per_day,
        .stale_after_ns = options->stale_after_ns,
        .warmup_samples = options->warmup_samples,
        .memory_per_series_bytes = options->memory_per_series_bytes};
    g->last_tick_ns = g->last_frame_ns = g->swept_ns = INT64_MIN;
    int r = make_parts(g);
    if (r) {
        error_set(e, r,
            r == -EAGAIN
                ? "cannot start the engine's threads; lower engine.threads"
                : "not enough memory for the engine; lower engine.max_series and engine.max_entities");
        engine_free(g);
        return NULL;
    }
    return g;
}

struct catalog *engine_catalog(struct engine *g)
{
    return g->catalog;
}

void engine_on_event(
    struct engine *g, void (*callback)(void *context, const struct event *event), void *context)
{
    g->callback = callback;
    g->context = context;
}

void engine_want_ticks(struct engine *g, bool wanted)
{
    g->want_ticks = wanted;
    for (uint32_t i = 0; i < g->shard_count; i++)
        g->shards[i].want_ticks = wanted;
}

void engine_emit(struct engine *g, const struct event *event)
{
    switch (event->type) {
    case EVENT_ANOMALY:
        if (g->classic)
            g->totals.anomalies++;
        break;
    case EVENT_FINDING:
        g->totals.findings += event->finding->change == CHANGE_OPEN;
        g->totals.shocks += event->finding->change == CHANGE_OPEN && event->finding->law == LAW_SHOCK;
        break;
    case EVENT_INCIDENT:
        g->totals.incidents += event->incident->change == CHANGE_OPEN;
        break;
    default:
        break;
    }
    if (g->callback)
        g->callback(g->context, event);
}

static struct slot *find_slot(struct engine *g, uint32_t series)
{
    struct slot *slot = engine_slot(g, series);
    if (slot)
        return slot;
    return engine_admit(g, series);
}

/* One sample to where it is judged, and word of it to the watch of its host. */
static inline void feed(struct engine *g, const struct slot *slot, uint32_t series, int64_t t_ns, double x)
{
    struct host_front *host = slot->host;
    bool first = isfinite(x) && t_ns > host->heard_ns, own = slot->watch == host->watch;

    if (first) {
        host->heard_ns = t_ns;
        cadence_take(&host->cadence, t_ns);
    }
    if (!g->crew) {
        if (first)
            watch_heard(host->watch, t_ns);
        engine_take(&g->shards[0], slot, t_ns, x);
        return;
    }
    if (first && !own)
        engine_pass_on(g, host->shard, t_ns, (struct record){.subject = host->number, .what = RECORD_HEARD});
    engine_pass_on(g, slot->shard, t_ns,
        (struct record){.x = x, .subject = series, .what = first && own ? RECORD_FIRST : RECORD_SAMPLE});
}

int engine_frame(struct engine *g, int64_t t_ns, const struct sample *samples, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!engine_slot(g, samples[i].series) && !catalog_series_lives(g->catalog, samples[i].series))
            return -ENOENT;
    g->last_frame_ns = t_ns;
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = find_slot(g, samples[i].series);
        g->totals.samples++;
        if (!slot) {
            g->totals.refused++;
            continue;
        }
        double x = samples[i].value * slot->scale;
        if (!isfinite(x))
            g->totals.not_finite++;
        if (g->classic) {
            classic_engine_sample(g->classic, samples[i].series, t_ns, samples[i].value);
            continue;
        }
        feed(g, slot, samples[i].series, t_ns, x);
    }
    return 0;
}

/* Which hosts have fallen silent or speak again at now_ns: told to every shard, in its own time, and to the
 * merge. */
static void note_silence(struct engine *g, int64_t now_ns)
{
    for (uint32_t i = 0; i < g->host_count; i++) {
        struct host_front *h = g->hosts[i];
        bool silent = now_ns >= cadence_lost_at(&h->cadence, g->settings.stale_after_ns);
        if (silent != h->silent && !h->leaving && !batch_add_change(g->open, h, silent))
            h->silent = silent;
    }
}

int engine_tick(struct engine *g, int64_t now_ns)
{
    if (g->has_ticked && now_ns < g->last_tick_ns)
        return -EINVAL;
    g->has_ticked = true;
    g->last_tick_ns = now_ns;
    if (g->classic) {
        classic_engine_tick(g->classic, now_ns);
        return 0;
    }
    engine_sweep(g, now_ns);
    uint32_t from = g->open->change_count;
    note_silence(g, now_ns);
    int64_t tick = batch_add_tick(g->open, now_ns, from);
    if (tick < 0)
        return (int)tick;
    engine_pass_on_tick(g, (uint32_t)tick);
    for (uint32_t i = 0; i < g->leaver_count; i++)
        g->leavers[i].ticked = true;
    /* With a crew, ticks are collected so that threads have something to do; without, what was judged is said
     * at once. So it is when somebody leaves: whoever asks for room must find it at the same tick. */
    return g->crew && !g->unsettled ? 0 : engine_flush(g);
}

bool engine_forget_incident(struct engine *g, const char *incident_id)
{
    return !g->classic && correlator_settle(g->correlator, incident_id);
}

int engine_end(struct engine *g)
{
    engine_flush(g);
    if (g->classic)
        classic_engine_end(g->classic);
    struct summary s = view_summary((const struct view *)g);
    engine_emit(g, &(struct event){.type = EVENT_SUMMARY, .summary = &s});
    return 0;
}

static int feed_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    return engine_frame(context, t_ns, samples, n);
}

static int feed_tick(void *context, int64_t now_ns)
{
    return engine_tick(context, now_ns);
}

static int feed_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    return engine_gone(context, t_ns, entity, end);
}

struct feed engine_feed(struct engine *g)
{
    return (struct feed){
        .context = g, .catalog = g->catalog, .frame = feed_frame, .tick = feed_tick, .gone = feed_gone};
}

const struct view *engine_view(const struct engine *g)
{
    return (const struct view *)g;
}
