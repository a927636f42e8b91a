/* SPDX-License-Identifier: MIT
 * Turns an engine's view, tick by tick, into the signals around each outage. Values are kept as the extremes
 * of each point's time, so that a spike shows however short it was. Which of the signals are worth a picture
 * is the report's to choose. */
#include "verdict/trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* A picture begins so long before the reach of an outage, and ends so long after the outage: as long as it
 * lasted, within bounds. Heuristic, chosen on 2026-11-22 by looking at pictures of the labelled sets. */
#define MARGIN_MIN_NS INT64_C(3600000000000)
#define MARGIN_MAX_NS INT64_C(43200000000000)

#define IDS_MAX 4096 /* entities of one outage that are looked at */

/* Who is to be looked at for an outage, found anew when the catalog has changed. */
struct party {
    uint32_t *ids, count, capacity;
    uint64_t changes;
    uint32_t known;
};

struct trace {
    const struct ground *ground;
    struct trace_outage outages[TRACE_OUTAGES_MAX];
    struct party parties[TRACE_OUTAGES_MAX];
    uint32_t count;
    uint32_t all;    /* signals */
    int64_t next_ns; /* nothing is to be seen before */
};

static int64_t margin_of(const struct outage *o)
{
    int64_t lasted = o->end_ns - o->start_ns;
    return lasted < MARGIN_MIN_NS ? MARGIN_MIN_NS : lasted > MARGIN_MAX_NS ? MARGIN_MAX_NS : lasted;
}

struct trace *trace_new(const struct ground *ground)
{
    struct trace *t = calloc(1, sizeof(*t));
    if (!t)
        return NULL;
    t->ground = ground;
    t->next_ns = ground->count ? INT64_MIN : INT64_MAX;
    t->count = ground->count < TRACE_OUTAGES_MAX ? ground->count : TRACE_OUTAGES_MAX;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct outage *o = &ground->outages[i];
        t->outages[i].from_ns = ground_reach(ground, i) - margin_of(o);
        t->outages[i].to_ns = o->end_ns + margin_of(o);
    }
    return t;
}

void trace_free(struct trace *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < t->count; i++) {
        for (uint32_t k = 0; k < t->outages[i].count; k++)
            free(t->outages[i].signals[k]);
        free(t->outages[i].signals);
        free(t->parties[i].ids);
    }
    free(t);
}

static struct trace_signal *make_signal(const struct catalog *names, uint32_t entity, enum law_id law)
{
    struct trace_signal *s = calloc(1, sizeof(*s));
    struct text t;
    if (!s)
        return NULL;
    const struct entity *e = catalog_entity_get(names, entity);
    s->entity = entity;
    s->law = law;
    text_init(&t, s->host, sizeof(s->host));
    text_add(&t, catalog_host_name(names, entity));
    text_init(&t, s->name, sizeof(s->name));
    text_addf(&t, "%s:%s", entity_kind_name(e->kind), e->name);
    for (uint32_t i = 0; i < TRACE_POINTS; i++)
        s->points[i] = (struct trace_point){NAN, NAN, NAN, NAN, NAN};
    return s;
}

/* cursor: where the last one was found; entities come in the same order at every tick. */
static struct trace_signal *find_signal(struct trace *t, struct trace_outage *o, const struct catalog *names,
    uint32_t entity, enum law_id law, uint32_t *cursor)
{
    for (uint32_t n = 0; n < o->count; n++) {
        uint32_t i = (*cursor + n) % o->count;
        if (o->signals[i]->entity == entity && o->signals[i]->law == law) {
            *cursor = i + 1;
            return o->signals[i];
        }
    }
    if (o->count == TRACE_SIGNALS_MAX || t->all == TRACE_ALL_MAX)
        return NULL;
    if (!o->signals && !(o->signals = calloc(TRACE_SIGNALS_MAX, sizeof(struct trace_signal *))))
        return NULL;
    struct trace_signal *s = make_signal(names, entity, law);
    if (!s)
        return NULL;
    t->all++;
    o->signals[o->count++] = s;
    return s;
}

static void take_reading(struct trace_signal *s, const struct law_reading *r, uint32_t at)
{
    struct trace_point *p = &s->points[at];
    float x = (float)r->value;
    if (!(p->lowest <= x))
        p->lowest = x;
    if (!(p->highest >= x))
        p->highest = x;
    p->expected = (float)r->expected;
    p->lo = (float)r->lo;
    p->hi = (float)r->hi;
    s->unit = r->unit;
}

/* Shocks of a host are told of whatever series was strangest: no line to draw. */
static bool is_drawn(const struct entity *e, enum law_id law)
{
    return law != LAW_SIGNAL_LOST && law != LAW_EARLY_WARNING && (law != LAW_SHOCK || e->kind != ENTITY_HOST);
}

static bool add_id(struct party *p, uint32_t id)
{
    if (p->count == p->capacity) {
        uint32_t more = p->capacity ? 2 * p->capacity : 64;
        uint32_t *ids = more > IDS_MAX ? NULL : realloc(p->ids, more * sizeof(*ids));
        if (!ids)
            return false;
        p->ids = ids;
        p->capacity = more;
    }
    p->ids[p->count++] = id;
    return true;
}

static void find_party(struct party *p, const struct catalog *names, const char *host)
{
    uint64_t changes = catalog_changes(names);
    uint32_t known = catalog_known_count(names);
    if (p->known == known && p->changes == changes)
        return;
    uint32_t id = host[0] ? catalog_find_text(names, host, strlen(host), "", 0) : ENTITY_NONE;
    p->count = 0;
    p->known = known;
    p->changes = changes;
    for (uint32_t i = catalog_entity_first(names); i != ENTITY_NONE; i = catalog_entity_next(names, i))
        if (host[0] == '\0' || catalog_entity_get(names, i)->host == id)
            if (!add_id(p, i))
                return;
}

static void look(struct trace *t, uint32_t outage, const struct view *v, int64_t now_ns)
{
    struct trace_outage *o = &t->outages[outage];
    struct party *p = &t->parties[outage];
    const struct catalog *names = view_catalog(v);
    double share = (double)(now_ns - o->from_ns) / (double)(o->to_ns - o->from_ns);
    uint32_t at = (uint32_t)(share * TRACE_POINTS), cursor = 0;
    if (at >= TRACE_POINTS)
        at = TRACE_POINTS - 1;
    find_party(p, names, t->ground->outages[outage].host);
    for (uint32_t k = 0; k < p->count; k++) {
        const struct entity *e = catalog_entity_get(names, p->ids[k]);
        for (int law = 0; law < LAW_COUNT; law++) {
            if (!is_drawn(e, (enum law_id)law))
                continue;
            struct law_reading r = view_reading(v, p->ids[k], (enum law_id)law);
            if (r.state == LAW_UNOBSERVABLE || !isfinite(r.value))
                continue;
            struct trace_signal *s = find_signal(t, o, names, p->ids[k], (enum law_id)law, &cursor);
            if (s)
                take_reading(s, &r, at);
            else
                o->left_out++;
        }
    }
}

void trace_tick(void *context, const struct view *v, int64_t now_ns)
{
    struct trace *t = context;
    if (now_ns < t->next_ns)
        return;
    t->next_ns = INT64_MAX;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct trace_outage *o = &t->outages[i];
        if (now_ns > o->to_ns)
            continue;
        if (now_ns < o->from_ns) {
            t->next_ns = o->from_ns < t->next_ns ? o->from_ns : t->next_ns;
            continue;
        }
        t->next_ns = now_ns;
        look(t, i, v, now_ns);
    }
}

const struct trace_outage *trace_outage(const struct trace *t, uint32_t outage)
{
    return t && outage < t->count && t->outages[outage].count ? &t->outages[outage] : NULL;
}
