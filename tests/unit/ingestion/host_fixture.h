/* SPDX-License-Identifier: MIT
 * For tests of the host source: small trees that stand before /proc and /sys, and a feed that remembers. */
#ifndef COHERENCE_TESTS_HOST_FIXTURE_H
#define COHERENCE_TESTS_HOST_FIXTURE_H

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/feed.h"
#include "ingestion/host/host.h"

#define FIXTURE_PATH_MAX 1024
#define FIXTURE_SAMPLES  4096

/* A directory of its own under TMPDIR. */
struct tree {
    char root[256];
};

static inline void tree_make(struct tree *t)
{
    const char *tmp = getenv("TMPDIR");

    snprintf(t->root, sizeof(t->root), "%s/coherence-test-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(t->root))
        abort();
}

/* Writes a file in place (same inode: a descriptor that was kept sees the new text), its directories made as
 * needed. */
static inline void tree_put(const struct tree *t, const char *path, const char *text)
{
    char full[FIXTURE_PATH_MAX];

    snprintf(full, sizeof(full), "%s/%s", t->root, path);
    for (char *slash = strchr(full + strlen(t->root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(full, 0777) < 0 && errno != EEXIST)
            abort();
        *slash = '/';
    }
    int fd = open(full, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        abort();
    close(fd);
}

static inline void tree_putf(const struct tree *t, const char *path, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static inline void tree_putf(const struct tree *t, const char *path, const char *format, ...)
{
    char text[8192];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    tree_put(t, path, text);
}

static inline int tree_remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void tree_remove_below(const char *path)
{
    nftw(path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void tree_remove(const struct tree *t, const char *path)
{
    char full[FIXTURE_PATH_MAX];

    snprintf(full, sizeof(full), "%s/%s", t->root, path);
    tree_remove_below(full);
}

static inline void tree_done(const struct tree *t)
{
    tree_remove_below(t->root);
}

/* What was fed since the last round. */
struct recorder {
    struct catalog *catalog;
    struct sample samples[FIXTURE_SAMPLES];
    size_t count;
    int frames;
    int64_t t_ns;
    int answer;      /* what the feed answers */
    char gone[4096]; /* names that were said to be gone, each with how it ended: "a 1,b 2," */
    int64_t gone_ns; /* when the last of them was */
};

static inline int recorder_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct recorder *r = context;

    if (n > FIXTURE_SAMPLES)
        abort();
    memcpy(r->samples, samples, n * sizeof(*samples));
    r->count = n;
    r->t_ns = t_ns;
    r->frames++;
    return r->answer;
}

static inline int recorder_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

/* As the engine does: at once the name is free, in the end there is nothing left of it. */
static inline void recorder_forget(struct recorder *r, uint32_t entity)
{
    for (uint32_t own; (own = catalog_own_series(r->catalog, entity)) != ENTITY_NONE;)
        recorder_forget(r, own);
    catalog_leave(r->catalog, entity);
    catalog_make_room(r->catalog, entity);
    catalog_remove(r->catalog, entity);
}

static inline int recorder_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct recorder *r = context;
    size_t n = strlen(r->gone);

    if (!catalog_entity_lives(r->catalog, entity))
        abort();
    snprintf(
        r->gone + n, sizeof(r->gone) - n, "%s %d,", catalog_entity_get(r->catalog, entity)->name, (int)end);
    r->gone_ns = t_ns;
    recorder_forget(r, entity);
    return r->answer;
}

static inline struct feed recorder_feed(struct recorder *r, uint32_t entities)
{
    const struct catalog_limits limits = {.entities = entities, .series = 4 * entities, .metrics = 64};

    *r = (struct recorder){.catalog = catalog_new(&limits)};
    if (!r->catalog)
        abort();
    return (struct feed){r, r->catalog, recorder_frame, recorder_tick, recorder_gone};
}

/* The value of a metric of an entity ("" = the host) in the last frame; NaN when it is not there. */
static inline double recorder_value(const struct recorder *r, const char *entity, const char *metric)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct series *s = catalog_series_get(r->catalog, r->samples[i].series);
        const struct entity *e = catalog_entity_get(r->catalog, s->entity);
        const char *name = e->kind == ENTITY_HOST || e->kind == ENTITY_SERIES ? "" : e->name;
        if (strcmp(name, entity) == 0 && strcmp(catalog_metric_name(r->catalog, s->metric), metric) == 0)
            return r->samples[i].value;
    }
    return (double)NAN;
}

static inline bool recorder_has(const struct recorder *r, const char *entity, const char *metric)
{
    return !isnan(recorder_value(r, entity, metric));
}

/* Is there an entity of that kind and name? Its parent's name goes to *ret_parent (NULL allowed). */
static inline bool recorder_knows(
    const struct recorder *r, enum entity_kind kind, const char *name, const char **ret_parent)
{
    for (uint32_t i = catalog_entity_first(r->catalog); i != ENTITY_NONE;
         i = catalog_entity_next(r->catalog, i)) {
        const struct entity *e = catalog_entity_get(r->catalog, i);
        if (e->kind != kind || strcmp(e->name, name) != 0)
            continue;
        if (ret_parent)
            *ret_parent = e->parent == ENTITY_NONE ? NULL : catalog_entity_get(r->catalog, e->parent)->name;
        return true;
    }
    return false;
}

/* Does a line about something missing hold that text? */
static inline bool source_lacks(const struct host_source *s, const char *text)
{
    const char *line;

    for (uint32_t i = 0; (line = host_source_missing(s, i)); i++)
        if (strstr(line, text))
            return true;
    return false;
}

#endif
