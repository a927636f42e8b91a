/* SPDX-License-Identifier: MIT
 * The bytes that name a series, as they stand in a row, to a number. Keys are kept in chunks that never move,
 * entries in an array in order of first appearance, and an open-addressing table finds them. What a key means
 * (host, metric, entity; quoting) is left to the callers, which ask the catalog once for each new key. The
 * hash is SipHash under the process's own random bytes, so that a hostile file cannot aim at it; nothing that
 * is shown depends on its order. */
#include "ingestion/replay/series_cache.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/auxv.h>

#include "base/hash.h"

#define CHUNK_BYTES   (64u * 1024u)
#define FIRST_ENTRIES 256u

struct series_cache_chunk {
    struct series_cache_chunk *before;
    char bytes[CHUNK_BYTES];
};

int series_cache_init(struct series_cache *c)
{
    *c = (struct series_cache){.chunk_used = CHUNK_BYTES};
    c->entries = malloc(FIRST_ENTRIES * sizeof(*c->entries));
    c->table = calloc(2u * FIRST_ENTRIES, sizeof(*c->table));
    if (c->entries == NULL || c->table == NULL) {
        series_cache_done(c);
        return -ENOMEM;
    }
    c->capacity = FIRST_ENTRIES;
    c->mask = 2u * FIRST_ENTRIES - 1u;
    /* The kernel gives each process 16 random bytes at its start (getauxval(3)): no system call, so it works
     * behind a seal. */
    const void *random = (const void *)getauxval(AT_RANDOM);
    if (random != NULL)
        memcpy(c->hash_key, random, sizeof(c->hash_key));
    return 0;
}

static void free_chunks(struct series_cache_chunk *chunk)
{
    while (chunk != NULL) {
        struct series_cache_chunk *before = chunk->before;
        free(chunk);
        chunk = before;
    }
}

void series_cache_done(struct series_cache *c)
{
    free_chunks(c->chunks);
    free(c->entries);
    free(c->table);
    *c = (struct series_cache){0};
}

static void table_put(struct series_cache *c, uint32_t index)
{
    uint32_t slot = (uint32_t)c->entries[index].hash & c->mask;
    while (c->table[slot] != 0)
        slot = (slot + 1u) & c->mask;
    c->table[slot] = index + 1u;
}

/* Doubles entries and table. Returns 0 or -ENOMEM with the cache as it was. */
static int grow(struct series_cache *c)
{
    uint32_t capacity = c->capacity * 2u;
    uint32_t *table = calloc(2u * (size_t)capacity, sizeof(*table));
    struct series_cache_entry *entries =
        table == NULL ? NULL : realloc(c->entries, capacity * sizeof(*entries));
    if (entries == NULL) {
        free(table);
        return -ENOMEM;
    }
    free(c->table);
    c->entries = entries;
    c->table = table;
    c->capacity = capacity;
    c->mask = 2u * capacity - 1u;
    for (uint32_t i = 0; i < c->count; i++)
        table_put(c, i);
    return 0;
}

/* Copies a key to where it stays. NULL: at the limit or no memory. */
static const char *keep(struct series_cache *c, const char *key, size_t n)
{
    if (n > CHUNK_BYTES || n > SERIES_CACHE_BYTES_MAX - c->bytes)
        return NULL;
    if (n > CHUNK_BYTES - c->chunk_used) {
        struct series_cache_chunk *chunk = malloc(sizeof(*chunk));
        if (chunk == NULL)
            return NULL;
        chunk->before = c->chunks;
        c->chunks = chunk;
        c->chunk_used = 0;
    }
    char *kept = c->chunks->bytes + c->chunk_used;
    memcpy(kept, key, n);
    c->chunk_used += n;
    c->bytes += n;
    return kept;
}

struct series_cache_entry *series_cache_find(struct series_cache *c, const char *key, size_t n)
{
    struct series_cache_entry *guess = series_cache_guess(c);
    if (guess != NULL && guess->key_n == n && memcmp(guess->key, key, n) == 0)
        return guess;
    uint64_t hash = hash_sip24(c->hash_key[0], c->hash_key[1], key, n);
    for (uint32_t slot = (uint32_t)hash & c->mask; c->table[slot] != 0; slot = (slot + 1u) & c->mask) {
        struct series_cache_entry *e = &c->entries[c->table[slot] - 1u];
        if (e->hash == hash && e->key_n == n && memcmp(e->key, key, n) == 0)
            return e;
    }
    c->asked = hash;
    return NULL;
}

struct series_cache_entry *series_cache_spare(struct series_cache *c)
{
    c->spare = (struct series_cache_entry){.last_t_ns = INT64_MIN};
    return &c->spare;
}

struct series_cache_entry *series_cache_add(struct series_cache *c, const char *key, size_t n, size_t head_n)
{
    struct series_cache_entry entry = {
        .last_t_ns = INT64_MIN, .key_n = (uint32_t)n, .head_n = (uint32_t)head_n};
    if (c->count >= SERIES_CACHE_ENTRIES_MAX || (c->count == c->capacity && grow(c) != 0))
        return series_cache_spare(c);
    entry.key = keep(c, key, n);
    if (entry.key == NULL)
        return series_cache_spare(c);
    entry.hash = hash_sip24(c->hash_key[0], c->hash_key[1], key, n);
    uint32_t index = c->count++;
    c->entries[index] = entry;
    table_put(c, index);
    return &c->entries[index];
}

/* Copies what lives into fresh, which is empty and has as much room. Returns false without memory. */
static bool copy_living(struct series_cache *fresh, const struct series_cache *c,
    bool (*is_dead)(void *context, const struct series_cache_entry *entry), void *context)
{
    for (uint32_t i = 0; i < c->count; i++) {
        struct series_cache_entry entry = c->entries[i];
        if (is_dead(context, &entry))
            continue;
        entry.key = keep(fresh, entry.key, entry.key_n);
        if (entry.key == NULL)
            return false;
        entry.next = fresh->count + 1; /* a guess as good as any */
        fresh->entries[fresh->count++] = entry;
    }
    if (fresh->count > 0)
        fresh->entries[fresh->count - 1].next = 0;
    return true;
}

void series_cache_drop(struct series_cache *c,
    bool (*is_dead)(void *context, const struct series_cache_entry *entry), void *context)
{
    struct series_cache fresh = {.chunk_used = CHUNK_BYTES, .capacity = c->capacity};
    fresh.entries = malloc(c->capacity * sizeof(*fresh.entries));
    if (fresh.entries == NULL || !copy_living(&fresh, c, is_dead, context)) {
        free_chunks(fresh.chunks);
        free(fresh.entries);
        return;
    }
    free(c->entries);
    free_chunks(c->chunks);
    c->entries = fresh.entries;
    c->count = fresh.count;
    c->last = 0;
    c->chunks = fresh.chunks;
    c->chunk_used = fresh.chunk_used;
    c->bytes = fresh.bytes;
    memset(c->table, 0, (c->mask + 1u) * sizeof(*c->table));
    for (uint32_t i = 0; i < c->count; i++)
        table_put(c, i);
}
