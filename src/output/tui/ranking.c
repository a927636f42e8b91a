/* SPDX-License-Identifier: MIT
 * Turns the readings of all entities into a list sorted by instability, through a heap of fixed size. How the
 * list is drawn is panel_entities.c's business. */
#include "output/tui/ranking.h"

#include <math.h>
#include <string.h>

/* The key: group (8 bits), ratio in tenths (24 bits), age (32 bits: older entities first). */
#define GROUP_SHIFT 56
#define RATIO_SHIFT 32
#define RATIO_MAX   0xffffffU

static unsigned group_of(enum law_state state)
{
    switch (state) {
    case LAW_ACTIVE:
        return 4;
    case LAW_OK:
        return 3;
    case LAW_STALE:
        return 2;
    case LAW_WARMUP:
        return 1;
    default:
        return 0;
    }
}

double ranking_ratio(const struct law_reading *l)
{
    return l->hi > 0.0 && isfinite(l->hi) && !isnan(l->value) ? l->value / l->hi : (double)NAN;
}

static uint64_t key_of(uint32_t entity, const struct law_reading *l)
{
    double tenths = ranking_ratio(l) * 10.0 + 0.5;
    uint32_t ratio = tenths >= (double)RATIO_MAX ? RATIO_MAX : tenths >= 1.0 ? (uint32_t)tenths : 0;
    return (uint64_t)group_of(l->state) << GROUP_SHIFT | (uint64_t)ratio << RATIO_SHIFT |
           (UINT32_MAX - entity);
}

/* What a law says of an entity. A host's main laws are those of its tick: the classic profile has no others.
 */
static struct law_reading read_law(const struct view *v, uint32_t entity, enum law_id law)
{
    const struct host_tick *h = law < LAW_MAIN_COUNT ? view_host(v, entity) : NULL;
    return h ? h->laws[law] : view_reading(v, entity, law);
}

static void sink(struct rank *heap, uint32_t n, uint32_t i)
{
    struct rank moving = heap[i];
    for (uint32_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
        if (child + 1 < n && heap[child + 1].key < heap[child].key)
            child++;
        if (heap[child].key >= moving.key)
            break;
        heap[i] = heap[child];
        i = child;
    }
    heap[i] = moving;
}

static void rise(struct rank *heap, uint32_t i)
{
    struct rank moving = heap[i];
    while (i > 0 && heap[(i - 1) / 2].key > moving.key) {
        heap[i] = heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    heap[i] = moving;
}

/* Keeps the largest: the smallest stands at the front of the heap, to be replaced. */
static void keep(struct ranking *r, const struct rank *one)
{
    if (r->count < RANKING_MAX) {
        r->rows[r->count++] = *one;
        rise(r->rows, r->count - 1);
    } else if (one->key > r->rows[0].key) {
        r->rows[0] = *one;
        sink(r->rows, r->count, 0);
    }
}

void ranking_update(struct ranking *r, const struct view *v)
{
    const struct catalog *c = view_catalog(v);
    r->count = r->unstable = r->total = 0;
    memset(r->active, 0, sizeof(r->active));
    for (uint32_t entity = catalog_entity_first(c); entity != ENTITY_NONE;
         entity = catalog_entity_next(c, entity)) {
        if (!catalog_entity_lives(c, entity))
            continue;
        r->total++;
        struct rank best = {0};
        bool unstable = false;
        for (unsigned law = 0; law < LAW_COUNT; law++) {
            struct law_reading l = read_law(v, entity, (enum law_id)law);
            uint64_t key = key_of(entity, &l);
            if (l.state == LAW_ACTIVE) {
                r->active[law]++;
                unstable = true;
            }
            /* That its source speaks is said of every entity; only that it does not is news. */
            if (law == LAW_SIGNAL_LOST && l.state != LAW_ACTIVE)
                continue;
            if (key > best.key)
                best = (struct rank){key, (enum law_id)law};
        }
        r->unstable += unstable;
        keep(r, &best);
    }
    /* The smallest goes to the end, again and again. */
    for (uint32_t n = r->count; n > 1; n--) {
        struct rank smallest = r->rows[0];
        r->rows[0] = r->rows[n - 1];
        sink(r->rows, n - 1, 0);
        r->rows[n - 1] = smallest;
    }
}

uint32_t ranking_get(const struct ranking *r, const struct view *v, uint32_t i, struct law_reading *ret)
{
    uint32_t entity = UINT32_MAX - (uint32_t)r->rows[i].key;
    *ret = read_law(v, entity, r->rows[i].law);
    return entity;
}
