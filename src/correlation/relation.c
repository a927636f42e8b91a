/* SPDX-License-Identifier: MIT
 * Answers whether two findings of a host belong together. Entities on other hosts never do: nothing at hand
 * says who calls whom. */
#include "correlation/relation.h"

#include <string.h>

#include "core/cause.h"

#define DEPTH_MAX 64 /* of cgroups within each other */

/* A series is no thing of its own; whose parent is known no more counts as its host's, as a snapshot has it.
 */
static uint32_t subject_of(const struct catalog *names, uint32_t entity)
{
    const struct entity *e = catalog_entity_get(names, entity);
    if (e->kind != ENTITY_SERIES)
        return entity;
    return catalog_stage(names, e->parent) != CATALOG_UNKNOWN ? e->parent : e->host;
}

/* What came back under its old name is the same thing. */
static bool is_same(const struct catalog *names, uint32_t a, uint32_t b)
{
    if (a == b)
        return true;
    const struct entity *x = catalog_entity_get(names, a), *y = catalog_entity_get(names, b);
    return x->kind == y->kind && x->host == y->host && strcmp(x->name, y->name) == 0;
}

static bool is_above(const struct catalog *names, uint32_t above, uint32_t entity)
{
    if (catalog_entity_get(names, entity)->host == above)
        return true;
    for (int depth = 0; depth < DEPTH_MAX; depth++) {
        entity = catalog_entity_get(names, entity)->parent;
        if (entity == ENTITY_NONE || catalog_stage(names, entity) == CATALOG_UNKNOWN)
            return false;
        if (is_same(names, above, entity))
            return true;
    }
    return false;
}

bool relation_is_above(const struct catalog *names, uint32_t above, uint32_t entity)
{
    above = subject_of(names, above);
    entity = subject_of(names, entity);
    return !is_same(names, above, entity) && is_above(names, above, entity);
}

bool relation_in_line(const struct catalog *names, uint32_t a, uint32_t b)
{
    a = subject_of(names, a);
    b = subject_of(names, b);
    return is_same(names, a, b) || is_above(names, a, b) || is_above(names, b, a);
}

static int64_t distance(int64_t a, int64_t b)
{
    return a > b ? a - b : b - a;
}

/* Between its first onset and its latest evidence, or so far away from that. */
static int64_t gap(const struct chapter *k, int64_t onset_ns)
{
    if (onset_ns < k->onset_ns)
        return k->onset_ns - onset_ns;
    return k->open || onset_ns < k->seen_ns ? 0 : onset_ns - k->seen_ns;
}

static int64_t between_onsets(const struct chapter *k, int64_t onset_ns)
{
    int64_t first = distance(k->onset_ns, onset_ns), latest = distance(k->opened_ns[0], onset_ns);
    return first < latest ? first : latest;
}

/* What has just closed was last seen some time before: as long as its hold is. */
static bool reaches(const struct chapter *k, const struct finding *f, int64_t join_ns)
{
    return gap(k, f->onset_ns) <= join_ns ||
           (k->closed_ns != INT64_MIN && f->onset_ns >= k->onset_ns && f->onset_ns - k->closed_ns <= join_ns);
}

static enum relation relation_to(
    const struct catalog *names, const struct chapter *k, const struct finding *f, int64_t join_ns)
{
    uint32_t a = subject_of(names, k->entity), b = subject_of(names, f->entity);
    int64_t apart_ns = between_onsets(k, f->onset_ns);

    if (is_same(names, a, b))
        return reaches(k, f, join_ns) ? RELATION_SAME : RELATION_NONE;
    if (is_above(names, a, b) || is_above(names, b, a)) {
        /* The same law seen at two levels is one thing as long as it goes on; another law must begin near. */
        bool near = k->law == f->law ? reaches(k, f, join_ns) : apart_ns <= join_ns;
        return near ? RELATION_LINE : RELATION_NONE;
    }
    if (k->law == f->law && apart_ns <= COINCIDENCE_NS)
        return RELATION_MOMENT;
    bool shared = cause_is_shared(f->cause) && strcmp(f->cause, k->cause) == 0;
    return shared && apart_ns <= join_ns ? RELATION_MOMENT : RELATION_NONE;
}

struct relation_found relation_find(const struct catalog *names, const struct chapter *chapters, uint32_t n,
    const struct finding *f, int64_t join_ns)
{
    struct relation_found best = {RELATION_NONE, INT64_MAX};

    for (uint32_t i = 0; i < n; i++) {
        enum relation r = relation_to(names, &chapters[i], f, join_ns);
        int64_t apart_ns = between_onsets(&chapters[i], f->onset_ns);
        if (r > best.relation || (r == best.relation && r != RELATION_NONE && apart_ns < best.distance_ns))
            best = (struct relation_found){r, apart_ns};
    }
    return best;
}
