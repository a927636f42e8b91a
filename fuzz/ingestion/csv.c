/* SPDX-License-Identifier: MIT
 * CSV, long and wide, through the whole replay; and long rows by the two roads (compared as a whole, split
 * into fields), which must agree. */
#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/hash.h"
#include "forget.h"
#include "ingestion/replay/csv_long.h"
#include "ingestion/replay/replay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What reached the feed, as one running hash. */
struct digest {
    uint64_t hash;
    struct catalog *catalog;
};

static void mix(struct digest *d, const void *bytes, size_t n)
{
    d->hash = hash_sip24(d->hash, 1, bytes, n);
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct digest *d = context;
    assert(n >= 1);
    for (size_t i = 0; i < n; i++) {
        double value = isnan(samples[i].value) ? -1e300 : samples[i].value;
        assert(!isinf(value));
        mix(d, &t_ns, sizeof(t_ns));
        mix(d, &samples[i].series, sizeof(samples[i].series));
        mix(d, &value, sizeof(value));
        assert(catalog_series_lives(d->catalog, samples[i].series));
    }
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    mix(context, &now_ns, sizeof(now_ns));
    return 0;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct digest *d = context;
    assert(end == ENTITY_ENDED || end == ENTITY_OUT_OF_MEMORY);
    mix(d, &t_ns, sizeof(t_ns));
    mix(d, &entity, sizeof(entity));
    forget(d->catalog, entity);
    return 0;
}

static const struct catalog_limits limits = {.entities = 40, .series = 30, .metrics = 25};

static void whole(const uint8_t *data, size_t size)
{
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    assert(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
    struct error e = {0};
    struct byte_stream *s = byte_stream_from_fd(fd, "fuzz", &e);
    struct replay_options o = {.format = REPLAY_CSV};
    struct replay *r = replay_open(s, &o, &e);
    if (r != NULL) {
        struct digest d = {.catalog = catalog_new(&limits)};
        struct feed feed = {&d, d.catalog, take_frame, take_tick, take_gone};
        struct replay_counts counts;
        int result = replay_run(r, &feed, NULL, &counts, &e);
        assert(result == 0 || e.code == result);
        assert(counts.skipped <= counts.rows + 1);
        catalog_free(d.catalog);
    } else {
        assert(e.code < 0 && e.text[0] != '\0');
    }
    replay_close(r);
    byte_stream_close(s);
}

struct outcome {
    int result;
    uint64_t hash;
    struct replay_counts counts;
    uint64_t line;
    size_t stopped;
};

static void one_road(
    const struct csv_header *header, const char *p, const char *end, bool may_compare, struct outcome *out)
{
    static struct frame_builder frames;
    struct digest d = {.catalog = catalog_new(&limits)};
    struct feed feed = {&d, d.catalog, take_frame, take_tick, take_gone};
    struct series_cache cache;
    assert(d.catalog != NULL && series_cache_init(&cache) == 0);
    struct error e = {0};
    *out = (struct outcome){0};
    frame_builder_init(&frames, &feed, &out->counts, true);
    struct replay_input in = {.name = "fuzz",
        .default_host = "host",
        .default_host_n = 4,
        .own_clock = true,
        .line = 2,
        .catalog = d.catalog,
        .frames = &frames,
        .cache = &cache,
        .counts = &out->counts,
        .e = &e};
    struct csv_long rows;
    csv_long_init(&rows, header, &in);
    rows.straight = rows.straight && may_compare;
    const char *stopped = p;
    out->result = csv_long_rows(&rows, p, end, &stopped);
    if (out->result == 0)
        out->result = frame_builder_end(&frames);
    out->hash = d.hash;
    out->line = in.line;
    out->stopped = out->result == 0 ? (size_t)(stopped - p) : 0;
    series_cache_done(&cache);
    catalog_free(d.catalog);
}

static void both_roads(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *header_end = memchr(text, '\n', size);
    const char *end = size > 0 ? memrchr(text, '\n', size) : NULL;
    struct csv_header header;
    if (header_end == NULL ||
        csv_header_parse(&header, text, (size_t)(header_end + 1 - text), "fuzz", NULL) != 0)
        return;
    if (header.is_long && end > header_end) {
        /* A copy of the exact size, so that the sanitizer sees a byte read too far. */
        size_t n = (size_t)(end - header_end);
        char *rows = malloc(n);
        assert(rows != NULL);
        memcpy(rows, header_end + 1, n);
        static struct outcome a, b;
        one_road(&header, rows, rows + n, true, &a);
        one_road(&header, rows, rows + n, false, &b);
        assert(a.result == b.result && a.hash == b.hash && a.line == b.line && a.stopped == b.stopped);
        assert(memcmp(&a.counts, &b.counts, sizeof(a.counts)) == 0);
        free(rows);
    }
    csv_header_done(&header);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    whole(data, size);
    both_roads(data, size);
    return 0;
}
