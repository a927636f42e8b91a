/* SPDX-License-Identifier: MIT
 * Gives an engine other options in the middle of its life: each part takes over what it had made of the old
 * ones. Which options the user may change, and when, is the shell's business. */
#include <errno.h>

#include "engine/internal.h"

static void set_budget(struct watch *w, double budget_per_day, double before)
{
    if (w->surprise)
        surprise_set_budget(w->surprise, budget_per_day, before);
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        struct quantity *q = watch_quantity(w, (enum metric_id)i);
        if (q)
            surprise_set_budget(&q->surprise, budget_per_day, before);
    }
    if (w->together)
        host_surprise_set_budget(w->together, budget_per_day);
}

int engine_set_options(struct engine *g, const struct engine_options *options)
{
    const struct engine_options *now = &g->options;
    const struct catalog_limits limits = {.entities = (uint32_t)options->max_entities,
        .series = (uint32_t)options->max_series,
        .metrics = (uint32_t)options->max_series};
    const struct correlator_settings memory = {.join_ns = options->incident_join_ns,
        .veto_ttl_ns = options->veto_ttl_ns,
        .persistent_ns = options->incident_persistent_ns};
    const double before = g->settings.budget_per_day;

    if (g->classic)
        return -ENOTSUP;
    if (options->profile != now->profile || options->threads != now->threads ||
        options->memory_per_series_bytes != now->memory_per_series_bytes)
        return -EINVAL;
    int r = engine_flush(g);
    if (r == 0)
        r = catalog_set_limits(g->catalog, &limits);
    if (r)
        return r;
    g->options = *options;
    g->settings.budget_per_day = options->false_alarm_budget_per_day;
    g->settings.stale_after_ns = options->stale_after_ns;
    g->settings.warmup_samples = options->warmup_samples;
    correlator_set(g->correlator, &memory);
    for (uint32_t i = 0; i < g->shard_count; i++)
        g->shards[i].want_anomalies = options->anomalies;
    for (uint32_t e = catalog_entity_first(g->catalog); e != ENTITY_NONE;
         e = catalog_entity_next(g->catalog, e)) {
        struct watch *w = engine_watch(g, e);
        if (w)
            set_budget(w, options->false_alarm_budget_per_day, before);
    }
    return 0;
}
