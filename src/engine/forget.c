/* SPDX-License-Identifier: MIT
 * Turns an entity back into one that is new: after a deliberate change its habits are no measure any more.
 * Its findings close and say so, its watch begins anew with the same series; ids, names, and everything of
 * others stay as they are. Who wants that, and when, is the shell's business. */
#include <errno.h>
#include <stdlib.h>

#include "detection/case.h"
#include "engine/internal.h"

/* Makes room in a new watch for the series that the old one takes. Returns 0 or -ENOMEM. */
static int prepare_like(
    const struct engine *g, struct watch *fresh, const struct watch *w, const uint32_t *metrics, uint32_t n)
{
    struct law_settings settings = g->settings;
    int r = 0;

    if (!w->novelty) /* it came to a host that had others, which keep no past (admit.c) */
        settings.memory_per_series_bytes = 0;
    for (uint32_t i = n; i > 0 && r == 0; i--) /* the oldest first, in which order they were admitted */
        r = watch_prepare(fresh, metrics[i - 1], &settings);
    if (r == 0 && w->together) {
        fresh->together = malloc(sizeof(*fresh->together));
        if (!fresh->together)
            return -ENOMEM;
        host_surprise_init(fresh->together, g->settings.budget_per_day);
    }
    return r;
}

/* The metrics of the entity's series that have had a sample, the newest first. Returns how many, or -ENOMEM.
 */
static int64_t list_metrics(const struct engine *g, uint32_t entity, uint32_t **ret_metrics)
{
    const struct catalog *c = g->catalog;
    uint32_t n = 0, room = 0;

    for (uint32_t s = catalog_newest_series(c, entity); s != CATALOG_NO_SERIES;
         s = catalog_older_series(c, s))
        room++;
    *ret_metrics = calloc(room + 1, sizeof(**ret_metrics));
    if (!*ret_metrics)
        return -ENOMEM;
    for (uint32_t s = catalog_newest_series(c, entity); s != CATALOG_NO_SERIES;
         s = catalog_older_series(c, s)) {
        const struct slot *slot = engine_slot(g, s);
        if (slot)
            (*ret_metrics)[n++] = slot->metric;
    }
    return n;
}

/* Others point to the watch and share with it: what it has learned goes, it stays. */
static void replace(struct watch *w, struct watch *fresh)
{
    struct watch old = *w;

    fresh->share = old.share;
    fresh->host_watch = old.host_watch;
    fresh->readings = old.readings;
    for (int i = 0; fresh->readings && i < LAW_COUNT; i++)
        fresh->readings[i] = law_reading_empty(LAW_UNOBSERVABLE, "");
    *w = *fresh;
    old.share = NULL;
    old.readings = NULL;
    watch_done(&old);
}

static int forget_one(struct engine *g, struct watch *w)
{
    struct watch fresh;
    uint32_t *metrics;
    int64_t n = list_metrics(g, w->entity, &metrics);

    if (n < 0)
        return (int)n;
    watch_init(&fresh, w->entity, w->host, w->kind);
    int r = prepare_like(g, &fresh, w, metrics, (uint32_t)n);
    free(metrics);
    if (r) {
        watch_done(&fresh);
        return r;
    }
    for (int law = 0; law < LAW_COUNT; law++) {
        const struct finding *f = case_forget(w, (enum law_id)law, g->last_tick_ns);
        if (f)
            engine_say_finding(g, f);
    }
    g->totals.judged_days += engine_judged_days(w, w->share->series == 1);
    replace(w, &fresh);
    return 0;
}

int engine_forget(struct engine *g, uint32_t entity)
{
    const struct catalog *c = g->catalog;

    if (g->classic)
        return -ENOTSUP;
    if (!catalog_entity_lives(c, entity))
        return -ENOENT;
    if (!engine_is_drained(g))
        engine_flush(g);
    for (uint32_t i = entity; i != ENTITY_NONE; i = catalog_entity_next(c, i)) {
        const struct entity *e = catalog_entity_get(c, i);
        bool own = e->kind == ENTITY_SERIES && e->parent == entity && catalog_entity_lives(c, i);
        struct watch *w = i == entity || own ? engine_watch(g, i) : NULL;
        int r = w ? forget_one(g, w) : 0;
        if (r)
            return r;
    }
    return 0;
}
