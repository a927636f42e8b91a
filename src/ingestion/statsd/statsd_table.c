/* SPDX-License-Identifier: MIT
 * Turns lines into sums by series, and the sums into a batch of the intake. A series is known by its name,
 * type and tags as they were written; what has not been heard of for a while is forgotten, all at once, when
 * there is no room left or it has been some time. */
#include "ingestion/statsd/statsd_table.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "ingestion/replay/series_cache.h"
#include "ingestion/statsd/statsd_line.h"

#define KEY_MAX 16384 /* name, type and tags: a datagram has 8 KiB */
/* Flushes after which series that were not heard of are forgotten. Heuristic, chosen on 2026-11-22: a client
 * that is still there speaks within minutes. */
#define ROUNDS_KEPT 600
/* Different members of a set in one interval: half of the places. Heuristic, chosen on 2026-11-22: 16 KiB a
 * set. */
#define SET_PLACES 2048u /* a power of two */
#define SETS_MAX   256u

/* What was said of one series since the flush. */
struct sum {
    double total, greatest; /* of a timer: weighted; the greatest value */
    double level;           /* of a gauge; kept over flushes */
    double weight;          /* of a timer's values: one sampled at 0.1 stands for ten */
    uint64_t *members;      /* of a set: hashes, 0 = free; NULL: none yet */
    uint32_t member_count;
    uint32_t name_n;
    uint8_t type; /* enum statsd_type */
    bool said;    /* since the flush */
    bool lives;   /* heard of since series were last forgotten */
    bool has_level;
};

struct statsd_table {
    struct statsd_rules rules;
    struct series_cache cache; /* of keys; an entry's id is its index, here and in sums */
    struct sum *sums;
    uint32_t sets, rounds;
    char key[KEY_MAX];
    size_t key_n;
    struct intake_label labels[INTAKE_LABELS_MAX + 1];
    char name[INTAKE_NAME_MAX + 8];
};

struct statsd_table *statsd_table_new(const struct statsd_rules *rules)
{
    struct statsd_table *t = calloc(1, sizeof(*t));

    if (!t)
        return NULL;
    t->rules = *rules;
    t->sums = calloc(rules->series, sizeof(*t->sums));
    if (t->sums && series_cache_init(&t->cache) == 0)
        return t;
    free(t->sums);
    free(t);
    return NULL;
}

void statsd_table_free(struct statsd_table *t)
{
    if (!t)
        return;
    for (uint32_t i = 0; i < t->cache.count; i++)
        free(t->sums[i].members);
    series_cache_done(&t->cache);
    free(t->sums);
    free(t);
}

uint32_t statsd_table_count(const struct statsd_table *t)
{
    return t->cache.count;
}

/* ---- series ---- */

static bool is_dead(void *context, const struct series_cache_entry *entry)
{
    const struct statsd_table *t = context;

    return !t->sums[entry->id].lives;
}

/* Forgets what was not heard of since the last time. */
static void forget(struct statsd_table *t)
{
    const uint32_t before = t->cache.count;

    t->rounds = 0;
    for (uint32_t i = 0; i < before; i++)
        if (!t->sums[i].lives && t->sums[i].members) {
            free(t->sums[i].members);
            t->sums[i].members = NULL;
            t->sets--;
        }
    series_cache_drop(&t->cache, is_dead, t);
    for (uint32_t i = 0; i < t->cache.count;
         i++) { /* they keep their order: nothing is overwritten too early */
        t->sums[i] = t->sums[t->cache.entries[i].id];
        t->sums[i].lives = false;
        t->cache.entries[i].id = i;
    }
    for (uint32_t i = t->cache.count; i < before; i++)
        t->sums[i] = (struct sum){0};
}

/* What stands around the values: name, type, tags. False: too long. */
static bool make_key(struct statsd_table *t, const struct statsd_line *l)
{
    if (l->name_n > INTAKE_NAME_MAX || l->name_n + l->tags_n + 4 > KEY_MAX)
        return false;
    memcpy(t->key, l->name, l->name_n);
    t->key[l->name_n] = '|';
    t->key[l->name_n + 1] = (char)('0' + l->type);
    if (l->tags_n)
        memcpy(t->key + l->name_n + 2, l->tags, l->tags_n);
    t->key_n = l->name_n + l->tags_n + 2;
    return true;
}

/* The sum of a line's series; NULL: there is no room for it, and why. */
static struct sum *find_sum(struct statsd_table *t, const struct statsd_line *l, enum intake_drop *ret_why)
{
    *ret_why = INTAKE_DROP_TOO_LONG;
    if (!make_key(t, l))
        return NULL;
    struct series_cache_entry *e = series_cache_find(&t->cache, t->key, t->key_n);
    if (!e) {
        const uint32_t id = t->cache.count;
        *ret_why = INTAKE_DROP_SERIES_LIMIT;
        if (id >= t->rules.series)
            return NULL;
        e = series_cache_add(&t->cache, t->key, t->key_n, 0);
        if (t->cache.count == id)
            return NULL; /* no memory for it */
        e->id = id;
        t->sums[id] = (struct sum){.type = (uint8_t)l->type, .name_n = (uint32_t)l->name_n};
    }
    series_cache_follow(&t->cache, e);
    return &t->sums[e->id];
}

/* ---- values ---- */

/* A member of a set. Returns false: no room for it. */
static bool add_member(struct statsd_table *t, struct sum *s, const char *member, size_t n)
{
    uint64_t hash = hash_sip24(0, 0, member, n);

    if (!s->members) {
        s->members = t->sets < SETS_MAX ? calloc(SET_PLACES, sizeof(*s->members)) : NULL;
        if (!s->members)
            return false;
        t->sets++;
    }
    hash += hash == 0;
    uint32_t at = (uint32_t)hash & (SET_PLACES - 1);
    while (s->members[at] && s->members[at] != hash)
        at = (at + 1) & (SET_PLACES - 1);
    if (s->members[at])
        return true;
    if (s->member_count >= SET_PLACES / 2)
        return false;
    s->members[at] = hash;
    s->member_count++;
    return true;
}

/* One value. Returns false: it means nothing here. */
static bool add_value(
    const struct statsd_table *t, struct sum *s, const struct statsd_line *l, double value, char sign)
{
    const bool changes = t->rules.relative_gauges && sign;

    switch (l->type) {
    case STATSD_COUNTER:
        s->total += value / l->rate;
        return true;
    case STATSD_GAUGE:
        if (changes && !s->has_level)
            return false; /* a change of what nobody has said */
        s->level = changes ? s->level + value : value;
        s->has_level = true;
        return true;
    case STATSD_TIMER:
        if (value < 0)
            return false;
        s->greatest = s->weight > 0 && s->greatest > value ? s->greatest : value;
        s->total += value / l->rate;
        s->weight += 1 / l->rate;
        return true;
    case STATSD_SET:
        break;
    }
    return false;
}

static void take_values(struct statsd_table *t, struct sum *s, const struct statsd_line *l, struct intake *in)
{
    size_t at = 0;
    double value;
    char sign;
    int r;

    for (unsigned i = 0; (r = statsd_next_value(l, &at, &value, &sign)) > 0; i++) {
        if (i == STATSD_VALUES_MAX) {
            intake_drop(in, INTAKE_DROP_BATCH_LIMIT, 1);
            return;
        }
        if (add_value(t, s, l, value, sign))
            s->said = s->lives = true;
        else
            intake_drop(in, INTAKE_DROP_BAD_VALUE, 1);
    }
    if (r < 0)
        intake_drop(in, INTAKE_DROP_MALFORMED, 1);
}

/* ---- to the intake ---- */

struct given {
    const char *suffix; /* "" or ".count", ... */
    enum intake_kind kind;
    int64_t t_ns;
    double value;
};

/* One value of the series whose key stands in t->key and whose name and tags l has. */
static void give(
    struct statsd_table *t, struct intake *in, const struct statsd_line *l, const struct given *g)
{
    const size_t suffix_n = strlen(g->suffix);
    struct intake_series series = {
        .name = t->name, .name_n = l->name_n + suffix_n, .labels = t->labels, .kind = g->kind};
    size_t key_n = t->key_n;

    t->key[key_n++] = '|';
    t->key[key_n++] = g->suffix[0] ? g->suffix[1] : '\0'; /* count, avg, max */
    uint32_t ref = intake_find(in, t->key, key_n);
    if (ref == INTAKE_NONE) {
        series.label_count = statsd_labels(l, t->labels, INTAKE_LABELS_MAX + 1);
        if (series.label_count > INTAKE_LABELS_MAX) {
            intake_drop(in, INTAKE_DROP_TOO_MANY_LABELS, 1);
            return;
        }
        memcpy(t->name, l->name, l->name_n);
        memcpy(t->name + l->name_n, g->suffix, suffix_n);
        ref = intake_declare(in, t->key, key_n, &series);
    }
    intake_sample(in, ref, g->t_ns, g->value);
}

/* A counter or gauge that says of what time it is. */
static void give_timed(struct statsd_table *t, struct push_door *door, const struct statsd_line *l)
{
    struct given g = {
        .suffix = "", .kind = l->type == STATSD_COUNTER ? INTAKE_DELTA : INTAKE_GAUGE, .t_ns = l->t_ns};
    double value;
    size_t at = 0;
    char sign;

    if (l->type > STATSD_GAUGE || !make_key(t, l)) {
        intake_drop(door->in, l->type > STATSD_GAUGE ? INTAKE_DROP_UNSUPPORTED : INTAKE_DROP_TOO_LONG, 1);
        return;
    }
    push_begin(door);
    int r = statsd_next_value(l, &at, &value, &sign);
    for (; r > 0; r = statsd_next_value(l, &at, &value, &sign))
        g.value = l->type == STATSD_COUNTER ? g.value + value / l->rate : value;
    if (r == 0)
        give(t, door->in, l, &g);
    else
        intake_drop(door->in, INTAKE_DROP_MALFORMED, 1);
    (void)push_end(door, true);
}

static void give_sum(
    struct statsd_table *t, struct intake *in, const struct statsd_line *l, const struct sum *s)
{
    struct given g = {.suffix = "", .kind = INTAKE_GAUGE, .t_ns = INTAKE_NOW};

    switch (l->type) {
    case STATSD_COUNTER:
        g.kind = INTAKE_DELTA;
        g.value = s->total;
        break;
    case STATSD_GAUGE:
        g.value = s->level;
        break;
    case STATSD_SET:
        g.value = s->member_count;
        break;
    case STATSD_TIMER:
        give(t, in, l, &(struct given){".count", INTAKE_DELTA, INTAKE_NOW, s->weight});
        give(t, in, l, &(struct given){".avg", INTAKE_GAUGE, INTAKE_NOW, s->total / s->weight});
        g.suffix = ".max";
        g.value = s->greatest;
        break;
    }
    give(t, in, l, &g);
}

int statsd_table_flush(struct statsd_table *t, struct push_door *door)
{
    push_begin(door);
    for (uint32_t i = 0; i < t->cache.count; i++) {
        const struct series_cache_entry *e = &t->cache.entries[i];
        struct sum *s = &t->sums[i];
        if (!s->said)
            continue;
        const struct statsd_line l = {.name = e->key,
            .name_n = s->name_n,
            .type = (enum statsd_type)s->type,
            .tags = e->key + s->name_n + 2,
            .tags_n = e->key_n - s->name_n - 2};
        (void)make_key(t, &l); /* it is as long as it was */
        give_sum(t, door->in, &l, s);
        s->said = false;
        s->total = s->greatest = s->weight = 0;
        if (s->members)
            memset(s->members, 0, SET_PLACES * sizeof(*s->members));
        s->member_count = 0;
    }
    const int r = push_end(door, true);
    if (++t->rounds >= ROUNDS_KEPT || t->cache.count >= t->rules.series)
        forget(t);
    return r;
}

/* ---- lines ---- */

static void take_line(struct statsd_table *t, struct push_door *door, const char *line, size_t n)
{
    struct statsd_line l;
    enum intake_drop why;

    if (!statsd_line_read(line, n, &l, &why)) {
        intake_drop(door->in, why, 1);
        return;
    }
    if (l.t_ns != INTAKE_NOW) {
        give_timed(t, door, &l);
        return;
    }
    struct sum *s = find_sum(t, &l, &why);
    if (!s)
        intake_drop(door->in, why, 1);
    else if (l.type != STATSD_SET)
        take_values(t, s, &l, door->in);
    else if (add_member(t, s, l.values, l.values_n))
        s->said = s->lives = true;
    else
        intake_drop(door->in, INTAKE_DROP_BATCH_LIMIT, 1);
}

void statsd_table_take(struct statsd_table *t, struct push_door *door, const char *bytes, size_t n)
{
    const char *p = bytes, *const end = bytes + n;

    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        const char *to = newline ? newline : end;
        if (to > p)
            take_line(t, door, p, (size_t)(to - p));
        p = to + 1;
    }
}
