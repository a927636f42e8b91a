/* SPDX-License-Identifier: MIT
 * Runs the laws over a share of the entities, tick by tick, in order of entity and law: so outcomes of
 * several shards merge into one order that does not depend on their number. */
#include "engine/shard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "detection/case.h"
#include "detection/law_module.h"

#define OUTCOMES_MAX 1048576U /* of one kind between two merges */

void shard_init(
    struct shard *s, uint32_t number, const struct law_settings *settings, const struct catalog *names)
{
    memset(s, 0, sizeof(*s));
    s->number = number;
    s->settings = settings;
    s->names = names;
}

void shard_done(struct shard *s)
{
    for (uint32_t i = 0; i < s->watch_count; i++) {
        watch_done(s->watches[i]);
        free(s->watches[i]);
    }
    free(s->watches);
    memset(s, 0, sizeof(*s));
}

/* Makes room for one more item. Returns false when there is no memory or the bound is reached (counted). */
static bool make_room(struct shard *s, void **items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return true;
    uint32_t more = *capacity ? 2 * *capacity : 16;
    void *bigger = more <= OUTCOMES_MAX ? realloc(*items, more * size) : NULL;
    if (!bigger) {
        s->dropped++;
        return false;
    }
    *items = bigger;
    *capacity = more;
    return true;
}

int shard_adopt(struct shard *s, struct watch *w)
{
    if (s->watch_count == s->watch_capacity) {
        uint32_t more = s->watch_capacity ? 2 * s->watch_capacity : 64;
        void *watches = realloc(s->watches, more * sizeof(struct watch *));
        if (!watches)
            return -ENOMEM;
        s->watches = watches;
        s->watch_capacity = more;
    }
    uint32_t at = s->watch_count++;
    for (; at > 0 && s->watches[at - 1]->entity > w->entity; at--)
        s->watches[at] = s->watches[at - 1];
    s->watches[at] = w;
    return 0;
}

static void note_anomaly(struct shard *s, uint32_t tick, int64_t now_ns, const struct watch *w,
    const struct law_module *law, const struct opinion *o)
{
    s->anomalies++;
    if (!s->want_anomalies)
        return;
    struct outcomes *out = s->out;
    void *items = out->anomalies;
    if (!make_room(s, &items, out->anomaly_count, &out->anomaly_capacity, sizeof(*out->anomalies)))
        return;
    out->anomalies = items;
    struct anomaly a = {.t_ns = now_ns,
        .entity = w->entity,
        .metric = metric_table[METRIC_CPU_UTILIZATION].name,
        .kind = ANOMALY_VARIANCE,
        .score = o->reading.value};
    if (law->id == LAW_SHOCK) {
        struct watch_surprise m = watch_most_surprising(w);
        a.t_ns = m.shock->t_ns;
        a.metric = m.metric < METRIC_KNOWN_COUNT ? metric_table[m.metric].name
                                                 : catalog_entity_get(s->names, w->entity)->name;
        a.kind = ANOMALY_SPIKE;
        a.score = m.shock->view.score;
    }
    out->anomalies[out->anomaly_count++] = (struct shard_anomaly){.tick = tick, .anomaly = a};
}

/* Nothing open, nothing to find, nobody who reads the numbers. */
static bool may_skip(
    const struct shard *s, const struct watch *w, const struct law_module *law, int64_t now_ns)
{
    const struct law_case *k = w->cases[law->id];
    return !s->want_ticks && law->idle && !(k && k->open) && law->idle(w, s->settings, now_ns);
}

static void add_finding(struct shard *s, uint32_t tick, const struct finding *f)
{
    struct outcomes *out = s->out;
    void *items = out->findings;
    if (!f || !make_room(s, &items, out->finding_count, &out->finding_capacity, sizeof(*out->findings)))
        return;
    out->findings = items;
    out->findings[out->finding_count].tick = tick;
    out->findings[out->finding_count++].finding = *f;
}

static void apply_law(
    struct shard *s, struct watch *w, const struct law_module *law, uint32_t tick, int64_t now_ns)
{
    struct opinion o;
    law->judge(w, s->settings, now_ns, &o);
    if (w->readings)
        w->readings[law->id] = o.reading;
    if (o.active && (law->id == LAW_SEIZURE || law->id == LAW_SHOCK))
        note_anomaly(s, tick, now_ns, w, law, &o);
    add_finding(s, tick, case_step(w, law, s->settings, s->names, now_ns, &o));
}

/* The last that is said of an entity: what is open about it closes. */
static void say_end(struct shard *s, struct watch *w, uint32_t tick, int64_t now_ns)
{
    for (int law = 0; law < LAW_COUNT; law++)
        add_finding(s, tick, case_end(w, (enum law_id)law, now_ns));
    w->over = true;
}

static void note_reading(struct shard *s, const struct watch *w, uint32_t tick)
{
    struct outcomes *out = s->out;
    void *items = out->readings;
    if (!make_room(s, &items, out->reading_count, &out->reading_capacity, sizeof(*out->readings)))
        return;
    out->readings = items;
    struct host_reading *r = &out->readings[out->reading_count++];
    *r = (struct host_reading){.tick = tick,
        .host = w->entity,
        .fresh = w->fresh,
        .unusable = w->unusable,
        .paced = w->cadence.usual_s > 0};
    for (int i = 0; i < LAW_MAIN_COUNT; i++)
        r->laws[i] = w->readings[i];
}

/* The list of the host's most surprising series at this tick, begun when new. NULL: no room. */
static struct host_top *top_of(struct shard *s, const struct watch *w, uint32_t tick)
{
    struct host_share *share = w->share;
    struct outcomes *out = s->out;

    if (share->judged != s->judged) {
        void *items = out->tops;
        if (!make_room(s, &items, out->top_count, &out->top_capacity, sizeof(*out->tops)))
            return NULL;
        out->tops = items;
        share->judged = s->judged;
        share->top_at = out->top_count++;
        out->tops[share->top_at] = (struct shard_top){.tick = tick, .host = w->host};
    }
    return &out->tops[share->top_at].top;
}

static void offer_level(
    struct host_top *top, uint32_t entity, uint32_t metric, const struct shock *k, double usual_s)
{
    if (usual_s > 0 && !(top->step_s > 0 && top->step_s <= usual_s))
        top->step_s = usual_s;
    if (top->count == HOST_TOP && k->level < top->series[HOST_TOP - 1].level)
        return;
    host_top_add(top, &(struct series_level){.t_ns = k->t_ns,
                          .value = k->value,
                          .expected = k->view.expected,
                          .score = k->view.score,
                          .level = k->level,
                          .entity = entity,
                          .metric = metric});
}

/* Offers the level of each series' last sample, while it is not late, to the top of its host. */
static void offer_levels(struct shard *s, const struct watch *w, uint32_t tick, int64_t now_ns)
{
    int64_t stale_after_ns = s->settings->stale_after_ns;
    struct host_top *top;

    if (w->surprise && now_ns < cadence_lost_at(&w->cadence, stale_after_ns) && (top = top_of(s, w, tick)))
        offer_level(top, w->entity, METRIC_KNOWN_COUNT, &w->shock, w->cadence.usual_s);
    for (uint32_t i = 0; w->quantities && i < w->quantities->count; i++) {
        const struct quantity *q = w->quantities->items[i];
        if (q->cadence.count > 0 && now_ns < cadence_lost_at(&q->cadence, stale_after_ns) &&
            (top = top_of(s, w, tick)))
            offer_level(top, w->entity, q->metric, &q->shock, q->cadence.usual_s);
    }
}

/* Most ticks have nothing to say about most series: no alarm, nothing open, not late. */
static bool is_idle(const struct watch *w, const struct law_settings *settings, int64_t now_ns)
{
    if (w->kind != ENTITY_SERIES || w->alarmed || w->cases[LAW_SHOCK] || w->cases[LAW_SIGNAL_LOST])
        return false;
    return now_ns < cadence_lost_at(&w->cadence, settings->stale_after_ns);
}

void shard_tick(struct shard *s, uint32_t tick, int64_t now_ns)
{
    s->judged++;
    for (uint32_t i = 0; i < s->watch_count; i++) {
        struct watch *w = s->watches[i];
        if (w->end != ENTITY_LIVES) {
            if (!w->over)
                say_end(s, w, tick, now_ns);
            continue;
        }
        if (w->share->series > 1)
            offer_levels(s, w, tick, now_ns);
        if (!is_idle(w, s->settings, now_ns))
            for (const struct law_module *const *law = law_registry; *law; law++)
                if ((*law)->applies(w) && !may_skip(s, w, *law, now_ns))
                    apply_law(s, w, *law, tick, now_ns);
        if (s->want_ticks && w->kind == ENTITY_HOST)
            note_reading(s, w, tick);
        watch_rest(w);
    }
}

uint32_t shard_drop_over(struct shard *s)
{
    uint32_t kept = 0, count = s->watch_count;
    for (uint32_t i = 0; i < count; i++) {
        struct watch *w = s->watches[i];
        if (!w->over) {
            s->watches[kept++] = w;
            continue;
        }
        watch_done(w);
        free(w);
    }
    s->watch_count = kept;
    return count - kept;
}

void outcomes_clear(struct outcomes *o)
{
    o->reading_count = o->finding_count = o->anomaly_count = o->top_count = 0;
}

void outcomes_done(struct outcomes *o)
{
    free(o->readings);
    free(o->findings);
    free(o->tops);
    free(o->anomalies);
    memset(o, 0, sizeof(*o));
}
