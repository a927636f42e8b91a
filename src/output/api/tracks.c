/* SPDX-License-Identifier: MIT
 * Turns what the engine says at each tick into rings of the last ten minutes. Which points an answer has is
 * series_grid.c's matter. */
#include "output/api/tracks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What was wanted is followed for so long, in ticks: an hour, so that a page that is left open finds its
 * charts whole. */
#define WANTED_TICKS 3600u

/* Whose place is given away first. */
enum place { PLACE_REST, PLACE_WANTED, PLACE_HOST };

struct track {
    uint32_t entity, what;
    enum place place;
    uint64_t begun, seen; /* numbers of its first and its last tick */
    uint64_t wanted;      /* of the tick when somebody wanted it last */
    struct series_value *points;
};

struct tracks {
    uint64_t ticks; /* so far; the last one's number */
    uint32_t count;
    struct track items[TRACKS_MAX];
    int64_t t_ns[TRACKS_TICKS]; /* of tick n at n % TRACKS_TICKS */
    struct series_value *points;
    uint32_t next; /* where the next one to be written down probably is: the order is always the same */
};

static const enum metric_id of_hosts[] = {METRIC_CPU_UTILIZATION, METRIC_MEMORY_USAGE};

uint32_t track_metric_named(const struct catalog *c, uint32_t entity, const char *name)
{
    double scale;
    const int known = metric_find(name, strlen(name), &scale);

    if (known >= 0)
        return track_metric((uint32_t)known);
    if (entity == ENTITY_NONE)
        return UINT32_MAX;
    for (uint32_t s = catalog_newest_series(c, entity); s != CATALOG_NO_SERIES;
         s = catalog_older_series(c, s)) {
        const uint32_t metric = catalog_series_get(c, s)->metric;
        if (strcmp(catalog_metric_name(c, metric), name) == 0)
            return track_metric(metric);
    }
    return UINT32_MAX;
}

struct tracks *tracks_new(void)
{
    struct tracks *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->points = calloc((size_t)TRACKS_MAX * TRACKS_TICKS, sizeof(*t->points));
    if (!t->points) {
        free(t);
        return NULL;
    }
    for (uint32_t i = 0; i < TRACKS_MAX; i++)
        t->items[i].points = t->points + (size_t)i * TRACKS_TICKS;
    return t;
}

void tracks_free(struct tracks *t)
{
    if (t)
        free(t->points);
    free(t);
}

bool track_read(const struct view *v, uint32_t entity, uint32_t what, struct series_value *ret)
{
    struct view_signal signal;

    if (what >= LAW_COUNT) {
        if (!view_signal(v, entity, what - LAW_COUNT, &signal))
            return false;
        *ret = (struct series_value){(float)signal.value, (float)signal.expected, (float)NAN, (float)NAN};
        return true;
    }
    const struct law_reading r = view_reading(v, entity, (enum law_id)what);
    if (r.state == LAW_UNOBSERVABLE)
        return false;
    *ret = (struct series_value){(float)r.value, (float)r.expected, (float)r.lo, (float)r.hi};
    return true;
}

static struct track *find(struct tracks *t, uint32_t entity, uint32_t what)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct track *one = &t->items[(t->next + i) % t->count];
        if (one->entity == entity && one->what == what) {
            t->next = (t->next + i + 1) % t->count;
            return one;
        }
    }
    return NULL;
}

const struct track *tracks_find(const struct tracks *t, uint32_t entity, uint32_t what)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].entity == entity && t->items[i].what == what)
            return &t->items[i];
    return NULL;
}

static bool is_given_up(const struct tracks *t, const struct track *one)
{
    return one->seen + 1 < t->ticks;
}

/* A place for a new one: a free one, one that is written down no more, or one of a lower kind. NULL: none. */
static struct track *make(struct tracks *t, uint32_t entity, uint32_t what, enum place place)
{
    struct track *found = NULL;

    if (t->count < TRACKS_MAX)
        found = &t->items[t->count++];
    for (uint32_t i = 0; !found && i < t->count; i++)
        if (is_given_up(t, &t->items[i]))
            found = &t->items[i];
    for (uint32_t i = t->count; !found && i > 0; i--)
        if (t->items[i - 1].place < place)
            found = &t->items[i - 1];
    if (found)
        *found = (struct track){.entity = entity,
            .what = what,
            .place = place,
            .begun = t->ticks,
            .seen = t->ticks,
            .wanted = t->ticks,
            .points = found->points};
    return found;
}

static void put(struct tracks *t, struct track *one, const struct series_value *p)
{
    static const struct series_value absent = {NAN, NAN, NAN, NAN};
    /* Ticks at which it was not written down hold nothing. */
    uint64_t from = one->seen + 1;

    if (from + TRACKS_TICKS < t->ticks)
        from = t->ticks - TRACKS_TICKS;
    for (; from < t->ticks; from++)
        one->points[from % TRACKS_TICKS] = absent;
    one->points[t->ticks % TRACKS_TICKS] = *p;
    one->seen = t->ticks;
}

static void take(struct tracks *t, const struct view *v, uint32_t entity, uint32_t what, enum place place)
{
    struct series_value p;

    if (!track_read(v, entity, what, &p))
        return;
    struct track *one = find(t, entity, what);
    if (!one)
        one = make(t, entity, what, place);
    if (one)
        put(t, one, &p);
}

static void take_host(struct tracks *t, const struct view *v, uint32_t host)
{
    for (int law = 0; law < LAW_MAIN_COUNT; law++)
        take(t, v, host, track_law((enum law_id)law), PLACE_HOST);
    for (size_t i = 0; i < sizeof(of_hosts) / sizeof(of_hosts[0]); i++)
        take(t, v, host, track_metric(of_hosts[i]), PLACE_HOST);
}

void tracks_tick(struct tracks *t, const struct view *v)
{
    const struct catalog *c = view_catalog(v);
    struct series_value p;

    t->ticks++;
    t->t_ns[t->ticks % TRACKS_TICKS] = view_now_ns(v);
    for (uint32_t i = 0; i < t->count; i++) {
        struct track *one = &t->items[i];
        if (one->place == PLACE_WANTED && t->ticks - one->wanted <= WANTED_TICKS &&
            catalog_entity_lives(c, one->entity) && track_read(v, one->entity, one->what, &p))
            put(t, one, &p);
    }
    for (uint32_t e = catalog_entity_first(c); e != ENTITY_NONE; e = catalog_entity_next(c, e)) {
        const enum entity_kind kind = catalog_entity_get(c, e)->kind;
        if (kind == ENTITY_HOST && catalog_entity_lives(c, e))
            take_host(t, v, e);
        if (kind == ENTITY_HOST || kind == ENTITY_SERIES || kind == ENTITY_CPU || !catalog_entity_lives(c, e))
            continue;
        for (int law = 0; law < LAW_MAIN_COUNT; law++)
            take(t, v, e, track_law((enum law_id)law), PLACE_REST);
    }
}

void tracks_want(struct tracks *t, const struct view *v, uint32_t entity, uint32_t what)
{
    struct track *one = find(t, entity, what);

    if (!one) {
        struct series_value p = {NAN, NAN, NAN, NAN};
        one = make(t, entity, what, PLACE_WANTED);
        (void)track_read(v, entity, what, &p);
        if (one)
            put(t, one, &p);
    }
    if (!one)
        return;
    one->wanted = t->ticks;
    if (one->place == PLACE_REST)
        one->place = PLACE_WANTED;
}

/* The number of its first tick that is still kept. */
static uint64_t first_of(const struct tracks *t, const struct track *one)
{
    const uint64_t kept = t->ticks >= TRACKS_TICKS ? t->ticks - TRACKS_TICKS + 1 : 1;
    return one->begun > kept ? one->begun : kept;
}

int64_t track_from_ns(const struct tracks *t, const struct track *one)
{
    return t->t_ns[first_of(t, one) % TRACKS_TICKS];
}

void track_visit(const struct tracks *t, const struct track *one, int64_t from_ns, int64_t to_ns,
    void (*visit)(void *context, int64_t t_ns, const struct series_value *p), void *context)
{
    for (uint64_t n = first_of(t, one); n <= one->seen; n++) {
        const int64_t t_ns = t->t_ns[n % TRACKS_TICKS];
        if (t_ns >= from_ns && t_ns <= to_ns)
            visit(context, t_ns, &one->points[n % TRACKS_TICKS]);
    }
}
