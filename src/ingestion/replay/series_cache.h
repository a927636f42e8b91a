/* SPDX-License-Identifier: MIT
 * From the bytes that name a series in a row to the series' number, without touching the catalog again: rows
 * mostly cycle through the series in one order, so the successor of the last one is compared first and the
 * hash table is asked only when that guess fails. */
#ifndef COHERENCE_INGESTION_SERIES_CACHE_H
#define COHERENCE_INGESTION_SERIES_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SERIES_CACHE_ENTRIES_MAX                                                                             \
    (1u << 20) /* heuristic: ten times the default limit of series; more are looked up in the catalog each   \
                  time */
#define SERIES_CACHE_BYTES_MAX (64u << 20) /* of keys, for the same reason */
#define SERIES_CACHE_REFUSED   UINT32_MAX  /* id of what did not fit the catalog's limits */

enum series_cache_kind { SERIES_CACHE_SERIES, SERIES_CACHE_TICK, SERIES_CACHE_CLOCK, SERIES_CACHE_GONE };

struct series_cache_entry {
    const char
        *key; /* the bytes as they stand in the input, quotes and separators included; owned by the cache */
    uint64_t hash;
    uint64_t changes;  /* of the catalog when id was asked for: the callers' business too */
    int64_t last_t_ns; /* time of its last row, INT64_MIN = none yet */
    uint32_t key_n;
    uint32_t head_n; /* how many of them come before the value in a row (the callers' business) */
    uint32_t next;   /* index of the entry that followed last time */
    uint32_t id;     /* the callers' number, or SERIES_CACHE_REFUSED */
    enum series_cache_kind kind;
    bool non_negative; /* a counter or count: a negative value is a fault */
};

struct series_cache {
    struct series_cache_entry *entries;
    uint32_t count, capacity;
    uint32_t *table; /* index + 1, 0 = free; open addressing */
    uint32_t mask;
    uint32_t last;                   /* the entry of the row before */
    struct series_cache_entry spare; /* answers for what is not kept */
    struct series_cache_chunk *chunks;
    size_t chunk_used, bytes;
    uint64_t asked;       /* hash of the last key that was not found */
    uint64_t hash_key[2]; /* of this process: nothing that is shown depends on the order of a hash */
};

int series_cache_init(struct series_cache *c); /* 0 or -ENOMEM */
void series_cache_done(struct series_cache *c);

/* The entry that is likely to come next, or NULL while the cache is empty. Compare its key before believing
 * it. */
static inline struct series_cache_entry *series_cache_guess(const struct series_cache *c)
{
    return c->count > 0 ? &c->entries[c->entries[c->last].next] : NULL;
}

/* Says that e is the entry of the present row. e: from this cache. */
static inline void series_cache_follow(struct series_cache *c, const struct series_cache_entry *e)
{
    if (e == &c->spare)
        return;
    uint32_t index = (uint32_t)(e - c->entries);
    c->entries[c->last].next = index;
    c->last = index;
}

/* The entry of exactly these bytes, or NULL. Tries the guess first. */
struct series_cache_entry *series_cache_find(struct series_cache *c, const char *key, size_t n);

/* An entry that is not kept: id 0, kind series. It holds until the next call of this or series_cache_add. */
struct series_cache_entry *series_cache_spare(struct series_cache *c);

/* Is it full, so that the next entry makes it grow? */
static inline bool series_cache_is_full(const struct series_cache *c)
{
    return c->count == c->capacity;
}

/* Drops the entries of which is_dead(context, entry) says so, and their keys' bytes; the others keep their
 * order. Entries move. Without memory nothing is dropped. Cost O(entries). */
void series_cache_drop(struct series_cache *c,
    bool (*is_dead)(void *context, const struct series_cache_entry *entry), void *context);

/* Adds the bytes, which are not in it (id 0, kind series). Never NULL: at a limit or without memory it
 * answers with a spare entry that holds until the next call. The pointer holds until the next add. */
struct series_cache_entry *series_cache_add(struct series_cache *c, const char *key, size_t n, size_t head_n);

#endif
