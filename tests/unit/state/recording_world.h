/* SPDX-License-Identifier: MIT
 * What the tests of recordings share: a catalog whose things come and go, everything that is fed to it
 * written down as text, and blocks kept in memory. */
#ifndef COHERENCE_TESTS_RECORDING_WORLD_H
#define COHERENCE_TESTS_RECORDING_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "state/recording_reader.h"
#include "state/recording_writer.h"

#define WORLD_BLOCKS 4096

struct world_block {
    struct recording_block head;
    uint8_t *bytes;
};

struct world {
    struct catalog *catalog;
    struct recording_writer *writer; /* NULL: nobody records */
    char *text;
    size_t text_n;
    FILE *log;
    struct world_block blocks[WORLD_BLOCKS];
    size_t block_count;
    int put_fault; /* answered to blocks instead of keeping them */
};

static int world_keep(void *context, const struct recording_block *b)
{
    struct world *w = context;
    if (w->put_fault)
        return w->put_fault;
    assert_true(w->block_count < WORLD_BLOCKS);
    struct world_block *kept = &w->blocks[w->block_count++];
    kept->head = *b;
    kept->bytes = malloc(b->n);
    memcpy(kept->bytes, b->bytes, b->n);
    kept->head.bytes = kept->bytes;
    return 0;
}

static struct world *world_new(const struct recording_settings *recorded)
{
    const struct catalog_limits limits = {.entities = 100000, .series = 100000, .metrics = 100000};
    struct world *w = calloc(1, sizeof(*w));
    w->catalog = catalog_new(&limits);
    w->log = open_memstream(&w->text, &w->text_n);
    if (recorded)
        w->writer = recording_writer_new(recorded, world_keep, w);
    return w;
}

static void world_free(struct world *w)
{
    recording_writer_free(w->writer);
    catalog_free(w->catalog);
    fclose(w->log);
    free(w->text);
    for (size_t i = 0; i < w->block_count; i++)
        free(w->blocks[i].bytes);
    free(w);
}

static void world_name(struct world *w, uint32_t entity)
{
    const struct entity *e = catalog_entity_get(w->catalog, entity);
    fprintf(w->log, "%s/%s:%s(%s)", catalog_host_name(w->catalog, entity), entity_kind_name(e->kind), e->name,
        e->parent == ENTITY_NONE ? "" : catalog_entity_get(w->catalog, e->parent)->name);
}

static int world_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct world *w = context;
    if (w->writer)
        assert_int_equal(recording_writer_frame(w->writer, w->catalog, t_ns, samples, n), w->put_fault);
    fprintf(w->log, "frame %lld\n", (long long)t_ns);
    for (size_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(w->catalog, samples[i].series);
        uint64_t bits;
        memcpy(&bits, &samples[i].value, sizeof(bits));
        world_name(w, s->entity);
        fprintf(w->log, " %s %a %016llx\n", catalog_metric_name(w->catalog, s->metric), s->scale,
            (unsigned long long)bits);
    }
    return 0;
}

static int world_tick(void *context, int64_t now_ns)
{
    struct world *w = context;
    if (w->writer)
        assert_int_equal(recording_writer_tick(w->writer, w->catalog, now_ns), w->put_fault);
    fprintf(w->log, "tick %lld\n", (long long)now_ns);
    return 0;
}

/* Takes an entity and the series that are its own out of the catalog, the latest first. */
static void world_remove(struct world *w, uint32_t entity)
{
    for (uint32_t own; (own = catalog_own_series(w->catalog, entity)) != ENTITY_NONE;)
        world_remove(w, own);
    catalog_leave(w->catalog, entity);
    catalog_make_room(w->catalog, entity);
    catalog_remove(w->catalog, entity);
}

static int world_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct world *w = context;
    if (w->writer)
        assert_int_equal(recording_writer_gone(w->writer, w->catalog, t_ns, entity, end), w->put_fault);
    fprintf(w->log, "gone %lld %d ", (long long)t_ns, (int)end);
    world_name(w, entity);
    fprintf(w->log, "\n");
    world_remove(w, entity);
    return 0;
}

static struct feed world_feed(struct world *w)
{
    return (struct feed){
        .context = w, .catalog = w->catalog, .frame = world_frame, .tick = world_tick, .gone = world_gone};
}

/* What the catalog holds, in its order. */
static void world_say_catalog(struct world *w)
{
    uint32_t n = catalog_series_count(w->catalog);
    uint32_t *ids = malloc((n + 1) * sizeof(*ids));
    for (uint32_t i = catalog_entity_first(w->catalog); i != ENTITY_NONE;
         i = catalog_entity_next(w->catalog, i)) {
        world_name(w, i);
        fprintf(w->log, "\n");
    }
    catalog_series_list(w->catalog, ids);
    for (uint32_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(w->catalog, ids[i]);
        world_name(w, s->entity);
        fprintf(w->log, " %s %a\n", catalog_metric_name(w->catalog, s->metric), s->scale);
    }
    free(ids);
    fflush(w->log);
}

static void world_key(struct world *w, int64_t t_ns, const char *config, const char *snapshot)
{
    const struct recording_key key = {.t_ns = t_ns,
        .config = config,
        .config_n = strlen(config),
        .snapshot = (const uint8_t *)snapshot,
        .snapshot_n = strlen(snapshot)};
    assert_int_equal(recording_writer_key(w->writer, &key), w->put_fault);
}

#endif
