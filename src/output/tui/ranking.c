/* SPDX-License-Identifier: MIT
 * Turns the readings of all entities into a list sorted by instability, through a heap of fixed size. How the
 * list is drawn is panel_entities.c's business. */
#include "output/tui/ranking.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* "series:OWNER NAME": the longest that can stand in a row. */
#define ROW_NAME_MAX (2 * CATALOG_NAME_MAX + 32)

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

struct law_reading ranking_reading(const struct view *v, uint32_t entity, enum law_id law)
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

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool ranking_matches(const char *name, const char *text)
{
    for (;; name++) {
        size_t i = 0;
        while (text[i] && lower(name[i]) == lower(text[i]))
            i++;
        if (!text[i])
            return true;
        if (!*name)
            return false;
    }
}

const char *ranking_owner(const struct catalog *c, uint32_t entity)
{
    const struct entity *e = catalog_entity_get(c, entity);

    if (e->kind != ENTITY_SERIES || e->parent == e->host || catalog_stage(c, e->parent) == CATALOG_UNKNOWN)
        return NULL;
    return catalog_entity_get(c, e->parent)->name;
}

bool ranking_shows(const struct catalog *c, uint32_t entity, const char *text)
{
    const struct entity *e = catalog_entity_get(c, entity);
    const char *owner = ranking_owner(c, entity);
    char buffer[ROW_NAME_MAX];
    struct text row;

    if (e->kind == ENTITY_PROCESS || !*text)
        return ranking_matches(e->name, text);
    text_init(&row, buffer, sizeof(buffer));
    text_add(&row, entity_kind_name(e->kind));
    text_add_char(&row, ':');
    if (owner) {
        text_add(&row, owner);
        text_add_char(&row, ' ');
    }
    text_add(&row, e->name);
    return ranking_matches(row.data, text);
}

const char *rank_order_name(enum rank_order order)
{
    static const char *const names[ORDER_COUNT] = {"instability", "CPU", "memory", "growth", "futex waits",
        "run-queue wait", "page faults", "storage", "name"};
    return names[order];
}

/* The reading that puts an entity where it stands; what is active is counted. */
static struct rank judge(struct ranking *r, const struct view *v, uint32_t entity)
{
    struct rank best = {.key = UINT32_MAX - entity, .entity = entity, .by = (double)NAN};
    bool unstable = false;

    for (unsigned law = 0; law < LAW_COUNT; law++) {
        struct law_reading l = ranking_reading(v, entity, (enum law_id)law);
        uint64_t key = key_of(entity, &l);
        if (l.state == LAW_ACTIVE) {
            r->active[law]++;
            unstable = true;
        }
        /* That its source speaks is said of every entity; only that it does not is news. */
        if (law == LAW_SIGNAL_LOST && l.state != LAW_ACTIVE)
            continue;
        if (key > best.key) {
            best.key = key;
            best.law = (enum law_id)law;
        }
    }
    r->unstable += unstable;
    return best;
}

static double signal_of(const struct view *v, uint32_t entity, enum metric_id metric)
{
    struct view_signal s;
    return view_signal(v, entity, metric, &s) ? s.value : (double)NAN;
}

/* What a row is ordered by. */
static double amount_of(const struct view *v, uint32_t entity, enum rank_order order)
{
    struct view_process p;

    if (order == ORDER_UNSTABLE || order == ORDER_NAME)
        return (double)NAN;
    if (order == ORDER_CPU)
        return signal_of(v, entity, METRIC_CPU_UTILIZATION);
    if (order == ORDER_MEMORY)
        return signal_of(v, entity, METRIC_MEMORY_USAGE);
    if (!view_process(v, entity, &p))
        return (double)NAN;
    switch (order) {
    case ORDER_GROWTH:
        return p.growth_bytes_per_s;
    case ORDER_FUTEX:
        return p.futex_ratio;
    case ORDER_WAIT:
        return p.wait_ratio;
    case ORDER_FAULTS:
        return p.faults_per_s;
    default:
        return fmax(p.read_bytes_per_s, p.written_bytes_per_s);
    }
}

static bool is_below(const struct catalog *c, uint32_t entity, uint32_t above)
{
    while (entity != ENTITY_NONE && catalog_stage(c, entity) != CATALOG_UNKNOWN) {
        if (entity == above)
            return true;
        entity = catalog_entity_get(c, entity)->parent;
    }
    return false;
}

struct sorting {
    const struct catalog *names;
    const struct rank_query *query;
};

static int compare(const void *left, const void *right, void *context)
{
    const struct rank *a = left, *b = right;
    const struct sorting *s = context;
    int result = 0, sign = s->query->reversed ? -1 : 1;

    if (s->query->order == ORDER_NAME)
        result = strcmp(
            catalog_entity_get(s->names, a->entity)->name, catalog_entity_get(s->names, b->entity)->name);
    else if (isnan(a->by) != isnan(b->by))
        return isnan(a->by) ? 1 : -1;
    else if (!isnan(a->by))
        result = (a->by < b->by) - (a->by > b->by);
    if (result == 0)
        result = (a->key < b->key) - (a->key > b->key);
    return sign * result;
}

void ranking_update(struct ranking *r, const struct view *v, const struct rank_query *q)
{
    const struct catalog *c = view_catalog(v);
    struct sorting sorting = {c, q};

    r->count = r->unstable = r->total = 0;
    memset(r->active, 0, sizeof(r->active));
    for (uint32_t entity = catalog_entity_first(c); entity != ENTITY_NONE;
         entity = catalog_entity_next(c, entity)) {
        const struct entity *e = catalog_entity_get(c, entity);
        if (!catalog_entity_lives(c, entity) || (e->kind == ENTITY_PROCESS) != q->processes)
            continue;
        if (q->below != ENTITY_NONE && !is_below(c, entity, q->below))
            continue;
        r->total++;
        struct rank one =
            q->processes ? (struct rank){.key = UINT32_MAX - entity, .entity = entity} : judge(r, v, entity);
        if (!ranking_shows(c, entity, q->filter))
            continue;
        one.by = amount_of(v, entity, q->order);
        keep(r, &one);
    }
    qsort_r(r->rows, r->count, sizeof(r->rows[0]), compare, &sorting);
}

uint32_t ranking_get(const struct ranking *r, const struct view *v, uint32_t i, struct law_reading *ret)
{
    *ret = ranking_reading(v, r->rows[i].entity, r->rows[i].law);
    return r->rows[i].entity;
}
