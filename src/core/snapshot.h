/* SPDX-License-Identifier: MIT
 * What the packers of all rooms share while a snapshot is written or read: the bytes, the names that are left
 * out, the words. And the catalog's own part, which comes first because everything else refers to it. */
#ifndef COHERENCE_CORE_SNAPSHOT_H
#define COHERENCE_CORE_SNAPSHOT_H

#include "base/pack.h"
#include "core/catalog.h"
#include "core/words.h"

#define SNAPSHOT_LEFT_OUT UINT32_MAX

/* New ids, which close ranks and keep their order, by the old ones' places in the catalog; SNAPSHOT_LEFT_OUT
 * for what is not kept. */
struct snapshot_cut {
    uint32_t *entity, *series, *metric;
    uint32_t *series_list, *metric_list; /* what is kept, in order: the old ids */
    uint32_t entities, series_count, metrics;
};

struct snapshot {
    struct pack *pack;
    struct catalog *catalog;
    struct words *words;            /* reading; borrowed: what is read points into it */
    const struct snapshot_cut *cut; /* writing; NULL when reading */
};

/* Decides from keep[] (a flag by an entity's place; parents and hosts of what is kept are kept too and
 * marked) what a snapshot holds. Returns 0 or -ENOMEM (nothing to free). */
int snapshot_cut_make(struct snapshot_cut *cut, const struct catalog *c, bool *keep);
void snapshot_cut_free(struct snapshot_cut *cut);

/* Whether that entity is in the snapshot; always when reading. */
bool snapshot_has_entity(const struct snapshot *s, uint32_t id);

/* The id of an entity of the catalog. */
void snapshot_entity(struct snapshot *s, uint32_t *id);

/* A word that is static in the program, never NULL. */
void snapshot_word(struct snapshot *s, const char **word);

/* The catalog: reading fills an empty one. Errors as in pack.h, and -ENOSPC: more than its limits allow. */
void snapshot_catalog(struct snapshot *s);

/* A hash over the names and numbers of everything that a snapshot counts on (metrics, laws, kinds of
 * entities): a program in which they differ cannot read it. */
uint64_t snapshot_vocabulary(void);

#endif
