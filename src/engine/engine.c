/* SPDX-License-Identifier: MIT
 * The front door: turns frames and ticks into records for the shards, lets them judge (here, or by a crew of
 * threads), and has the outcomes merged. What a sample means is the detection room's business; what findings
 * mean together is the correlation room's. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/internal.h"

static void free_parts(struct engine *g)
{
    crew_free(g->crew);
    for (uint32_t i = 0; i < g->shard_count; i++) {
        if (g->shards)
            shard_done(&g->shards[i]);
        if (g->queues)
            free(g->queues[i].records);
    }
    for (uint32_t i = 0; i < g->host_count; i++) {
        for (uint32_t s = 0; s < g->shard_count; s++)
            free(g->hosts[i]->shares[s].members);
        free(g->hosts[i]->shares);
        free(g->hosts[i]);
    }
    free(g->shards);
    free(g->queues);
    free(g->hosts);
    id_table_done(&g->host_of);
    id_table_done(&g->watch_of);
    free(g->leavers);
    free(g->slots);
    free(g->ticks);
    free(g->changes);
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

static int make_shards(struct engine *g)
{
    g->shards = calloc(g->shard_count, sizeof(*g->shards));
    g->queues = calloc(g->shard_count, sizeof(*g->queues));
    if (!g->shards || !g->queues)
        return -ENOMEM;
    for (uint32_t i = 0; i < g->shard_count; i++) {
        shard_init(&g->shards[i], &g->settings, g->catalog);
        g->shards[i].want_anomalies = g->options.anomalies;
    }
    if (g->shard_count == 1)
        return 0;
    for (uint32_t i = 0; i < g->shard_count; i++) {
        g->queues[i].records = malloc(QUEUE_RECORDS * sizeof(struct record));
        if (!g->queues[i].records)
            return -ENOMEM;
    }
    g->crew = crew_new(g->shard_count);
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
    g->shard_count =
        options->profile == PROFILE_CLASSIC || options->threads < 1 ? 1 : (uint32_t)options->threads;
    if (g->shard_count > ENGINE_THREADS_MAX)
        g->shard_count = ENGINE_THREADS_MAX;
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

void engine_perform(struct shard *s, const struct record *r)
{
    switch (r->what) {
    case RECORD_HEARD:
        watch_heard(r->subject, r->t_ns);
        break;
    case RECORD_SILENT:
    case RECORD_SPEAKS:
        ((struct host_share *)r->subject)->silent = r->what == RECORD_SILENT;
        break;
    case RECORD_COMPANY:
        ((struct host_share *)r->subject)->series = r->tick;
        break;
    case RECORD_END:
        ((struct watch *)r->subject)->end = (enum entity_end)r->tick;
        break;
    case RECORD_TICK:
        shard_tick(s, r->tick, r->t_ns);
        break;
    default:
        if (isfinite(r->x))
            shard_sample(s, r->subject, r->what, r->t_ns, r->x);
        else
            ((struct watch *)r->subject)->unusable = true;
    }
}

static void work_off(void *context, uint32_t part)
{
    struct engine *g = context;
    struct queue *q = &g->queues[part];
    for (uint32_t i = 0; i < q->count; i++)
        engine_perform(&g->shards[part], &q->records[i]);
    q->count = 0;
}

int engine_flush(struct engine *g)
{
    if (g->crew)
        crew_run(g->crew, work_off, g);
    engine_merge(g);
    return 0;
}

void engine_pass_on(struct engine *g, uint32_t shard, const struct record *r)
{
    if (!g->crew) {
        engine_perform(&g->shards[shard], r);
        return;
    }
    struct queue *q = &g->queues[shard];
    if (q->count == QUEUE_RECORDS)
        crew_run(g->crew, work_off, g);
    q->records[q->count++] = *r;
}

static struct slot *find_slot(struct engine *g, uint32_t series)
{
    struct slot *slot = engine_slot(g, series);
    if (slot)
        return slot;
    /* A tick that waits must not find a watch that was not there yet. No thread is at work between two runs
     * of the crew: the shards' tables may move. */
    if (g->crew && g->tick_count > 0)
        crew_run(g->crew, work_off, g);
    return engine_admit(g, series);
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
        struct host_front *host = slot->host;
        if (isfinite(x) && t_ns > host->heard_ns) {
            host->heard_ns = t_ns;
            cadence_take(&host->cadence, t_ns);
            engine_pass_on(
                g, host->shard, &(struct record){.subject = host->watch, .t_ns = t_ns, .what = RECORD_HEARD});
        }
        engine_pass_on(g, slot->shard,
            &(struct record){.subject = slot->watch, .t_ns = t_ns, .x = x, .what = slot->metric});
    }
    return 0;
}

/* Grows a list by doubling; lists of one merge are bounded by the ticks between two flushes. */
static void *extend(void *items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    uint32_t more = *capacity ? 2 * *capacity : 16;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *capacity = more;
    return bigger ? bigger : items;
}

/* Which hosts have fallen silent or speak again at now_ns: told to every shard, in its own time, and to the
 * merge. */
static void note_silence(struct engine *g, int64_t now_ns)
{
    for (uint32_t i = 0; i < g->host_count; i++) {
        struct host_front *h = g->hosts[i];
        bool silent = now_ns >= cadence_lost_at(&h->cadence, g->settings.stale_after_ns);
        if (silent == h->silent || h->leaving)
            continue;
        g->changes = extend(g->changes, g->change_count, &g->change_capacity, sizeof(*g->changes));
        if (g->change_count == g->change_capacity)
            continue;
        h->silent = silent;
        g->changes[g->change_count++] = (struct silence_change){.host = h, .silent = silent};
        for (uint32_t s = 0; s < g->shard_count; s++)
            engine_pass_on(g, s,
                &(struct record){.subject = &h->shares[s], .what = silent ? RECORD_SILENT : RECORD_SPEAKS});
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
    g->ticks = extend(g->ticks, g->tick_count, &g->tick_capacity, sizeof(*g->ticks));
    if (g->tick_count == g->tick_capacity)
        return -ENOMEM;
    uint32_t from = g->change_count;
    note_silence(g, now_ns);
    for (uint32_t s = 0; s < g->shard_count; s++)
        engine_pass_on(g, s, &(struct record){.t_ns = now_ns, .what = RECORD_TICK, .tick = g->tick_count});
    g->ticks[g->tick_count++] =
        (struct tick_mark){.now_ns = now_ns, .change_from = from, .change_count = g->change_count - from};
    for (uint32_t i = 0; i < g->leaver_count; i++)
        g->leavers[i].ticked = true;
    /* With a crew, ticks are collected so that threads have something to do; without, what was judged is said
     * at once. So it is when somebody leaves: whoever asks for room must find it at the same tick. */
    if (!g->crew || g->unsettled || g->queues[0].count > QUEUE_RECORDS / 2 || g->tick_count >= 256)
        return engine_flush(g);
    return 0;
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
