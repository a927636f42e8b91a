/* SPDX-License-Identifier: MIT
 * Remembers which series were refused, so that the next sample of one costs a look into a table and not
 * another examination of all its labels. What is refused and why is intake_declare.c's matter; this is only a
 * shorter way to the same answer, and forgetting costs nothing but time. */
#include <stdlib.h>

#include "base/hash.h"
#include "ingestion/intake/intake_inside.h"

/* 512 KiB for all sources together, taken when something is refused for the first time. Heuristic, chosen on
 * 2026-11-22: more than three times the default of sources.limits.series. */
#define MARKS  (1u << 16)
#define WAYS   4u /* places of one mark: 32 bytes, half a line of the processor's cache */
#define REASON 0xffu

struct intake_refusals {
    uint64_t marks[MARKS]; /* 0: none; the lowest byte is the reason, the others are of key and state */
    uint32_t turn;         /* which place goes next where all are taken */
};

/* Is the answer the same until the state changes? What another source has taken is not: it may let go. */
static bool is_lasting(enum intake_drop fault)
{
    return fault == INTAKE_DROP_BAD_NAME || fault == INTAKE_DROP_TOO_LONG ||
           fault == INTAKE_DROP_TOO_MANY_LABELS || fault == INTAKE_DROP_DUPLICATE_LABEL ||
           fault == INTAKE_DROP_SERIES_LIMIT || fault == INTAKE_DROP_ENGINE_LIMIT;
}

/* Everything but the series itself on which the answer depends: whether room was made, in this intake or (at
 * the engine's limit) in the catalog, and whether a series became known that other bytes may name too. */
static uint64_t mark_of(const struct intake *in, uint64_t hash, bool of_engine)
{
    const uint64_t changes = of_engine ? catalog_changes(in->house->feed.catalog) + 1 : 0;
    const uint64_t state[] = {in->serial, in->made, in->living, changes};
    uint64_t mark = hash;

    for (size_t i = 0; i < sizeof(state) / sizeof(state[0]); i++) {
        mark = (mark ^ state[i]) * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
        mark ^= mark >> 32;
    }
    return mark & ~(uint64_t)REASON;
}

static uint64_t *places(struct intake_refusals *r, uint64_t mark)
{
    return &r->marks[(uint32_t)(mark >> 8) % MARKS / WAYS * WAYS];
}

static uint32_t find(struct intake_refusals *r, uint64_t mark)
{
    const uint64_t *at = places(r, mark);

    for (size_t i = 0; i < WAYS; i++)
        if (at[i] != 0 && (at[i] & ~(uint64_t)REASON) == mark)
            return (uint32_t)(at[i] & REASON) - 1;
    return INTAKE_NONE;
}

uint32_t intake_recall(const struct intake *in)
{
    struct intake_refusals *r = in->house->refusals;

    if (!r || !in->refuses)
        return INTAKE_NONE;
    const uint32_t found = find(r, mark_of(in, in->cache.asked, false));
    if (found != INTAKE_NONE || !in->refuses_for_engine)
        return found;
    return find(r, mark_of(in, in->cache.asked, true));
}

void intake_remember_refusal(struct intake *in, const char *key, size_t n, enum intake_drop fault)
{
    struct intake_house *h = in->house;
    const bool of_engine = fault == INTAKE_DROP_ENGINE_LIMIT;

    if (!is_lasting(fault) || n > INTAKE_KEY_MAX)
        return;
    if (!h->refusals)
        h->refusals = calloc(1, sizeof(*h->refusals));
    if (!h->refusals)
        return; /* then each is examined */
    in->refuses = true;
    in->refuses_for_engine |= of_engine;
    /* The cache has been asked for another key since: for the series' identity. */
    const uint64_t hash = hash_sip24(in->cache.hash_key[0], in->cache.hash_key[1], key, n);
    const uint64_t mark = mark_of(in, hash, of_engine);
    uint64_t *at = places(h->refusals, mark);
    size_t way = 0;
    while (way < WAYS && at[way] != 0)
        way++;
    at[way < WAYS ? way : h->refusals->turn++ % WAYS] = mark | ((uint64_t)fault + 1);
}
