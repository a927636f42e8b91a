/* SPDX-License-Identifier: MIT
 * Turns records into compressed blocks: decides where a block begins and ends, and which one declares all
 * names anew. What a block's body looks like is recording_draft's matter, which names are new
 * recording_names', and where blocks go put's. */
#include "state/recording_writer.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "state/recording_block.h"
#include "state/recording_draft.h"

#define SAMPLES_USUAL 65536u
#define SPAN_USUAL_NS INT64_C(60000000000)
#define LEVEL         3

struct recording_writer {
    struct recording_settings settings;
    int (*put)(void *context, const struct recording_block *block);
    void *context;
    ZSTD_CCtx *zstd;
    uint64_t sequence;
    struct recording_written totals;
    bool has_key; /* a stretch has begun */

    struct recording_names names;
    struct recording_draft draft;
    bool anew; /* the block that is open, or the next one, declares all names */
    bool open; /* records are waiting */
    struct block_head head;
    uint32_t since; /* blocks since the one that declared all names */
    struct byte_buffer key, out;
    struct sample *living; /* a frame less what is no more */
    uint32_t living_room;
};

struct recording_writer *recording_writer_new(const struct recording_settings *settings,
    int (*put)(void *context, const struct recording_block *block), void *context)
{
    struct recording_writer *w = calloc(1, sizeof(*w));
    if (w == NULL)
        return NULL;
    w->settings = *settings;
    if (w->settings.max_samples == 0)
        w->settings.max_samples = SAMPLES_USUAL;
    if (w->settings.max_samples > RECORDING_SAMPLES_MAX)
        w->settings.max_samples = RECORDING_SAMPLES_MAX;
    if (w->settings.max_span_ns <= 0)
        w->settings.max_span_ns = SPAN_USUAL_NS;
    w->put = put;
    w->context = context;
    w->anew = true;
    recording_names_init(&w->names);
    w->zstd = ZSTD_createCCtx();
    if (!recording_draft_init(&w->draft, w->settings.max_samples) || w->zstd == NULL) {
        recording_writer_free(w);
        return NULL;
    }
    return w;
}

void recording_writer_free(struct recording_writer *w)
{
    if (w == NULL)
        return;
    (void)ZSTD_freeCCtx(w->zstd);
    recording_names_done(&w->names);
    recording_draft_done(&w->draft);
    byte_buffer_done(&w->key);
    byte_buffer_done(&w->out);
    free(w->living);
    free(w);
}

/* Compresses a body behind a header, and puts the block. */
static int put_block(struct recording_writer *w, struct block_head *h, const struct byte_buffer *body)
{
    size_t bound = ZSTD_compressBound(body->n);
    h->block.sequence = w->sequence++;
    w->out.n = 0;
    w->out.failed = false;
    if (!byte_buffer_reserve(&w->out, RECORDING_HEADER_SIZE + bound + BLOCK_SUM_SIZE))
        return -ENOMEM;
    size_t n =
        ZSTD_compressCCtx(w->zstd, w->out.bytes + RECORDING_HEADER_SIZE, bound, body->bytes, body->n, LEVEL);
    if (ZSTD_isError(n))
        return -ENOMEM;
    h->body_n = (uint32_t)n;
    h->raw_n = (uint32_t)body->n;
    block_seal(w->out.bytes, h);
    int r = w->put(w->context, &h->block);
    if (r == 0) {
        w->totals.blocks++;
        w->totals.bytes += h->block.n;
        w->totals.samples += h->block.samples;
    }
    return r;
}

int recording_writer_key(struct recording_writer *w, const struct recording_key *key)
{
    if (key->config_n > RECORDING_CONFIG_MAX || key->snapshot_n > RECORDING_SNAPSHOT_MAX)
        return -EFBIG;
    int r = recording_writer_flush(w);
    struct block_head h = {
        .block = {.kind = RECORDING_KEY, .from_ns = key->t_ns, .to_ns = key->t_ns},
        .config_n = (uint32_t)key->config_n,
    };
    w->key.n = 0;
    w->key.failed = false;
    if (!byte_buffer_reserve(&w->key, key->config_n + key->snapshot_n + 1))
        return -ENOMEM;
    if (key->config_n > 0)
        memcpy(w->key.bytes, key->config, key->config_n);
    if (key->snapshot_n > 0)
        memcpy(w->key.bytes + key->config_n, key->snapshot, key->snapshot_n);
    w->key.n = key->config_n + key->snapshot_n;
    int put = put_block(w, &h, &w->key);
    w->totals.lost_blocks += put != 0;
    w->has_key = w->has_key || put == 0;
    w->anew = true;
    return put != 0 ? put : r;
}

/* There was no memory, or put did not keep it: the block is lost. */
static int drop_block(struct recording_writer *w, int fault)
{
    w->totals.lost_blocks++;
    w->totals.lost_samples += w->draft.count;
    w->open = false;
    w->anew = true;
    return fault;
}

/* Its number is lost with it, so that a reader sees that one is missing. */
static int no_memory(struct recording_writer *w)
{
    w->sequence++;
    return drop_block(w, -ENOMEM);
}

int recording_writer_flush(struct recording_writer *w)
{
    struct recording_block *b = &w->head.block;
    const struct recording_draft *d = &w->draft;

    if (!w->open)
        return 0;
    b->kind = RECORDING_DATA;
    b->samples = d->count;
    b->frames = d->frames;
    b->ticks = d->ticks;
    b->gone = d->gone;
    if (!recording_draft_close(&w->draft, w->names.series.count))
        return no_memory(w);
    int r = put_block(w, &w->head, &d->body);
    if (r != 0)
        return drop_block(w, r);
    w->open = w->anew = false;
    return 0;
}

/* Opens a block at t_ns when none is. Returns false without memory. */
static bool open_block(struct recording_writer *w, const struct catalog *c, int64_t t_ns)
{
    if (w->open)
        return true;
    if (w->anew || recording_names_is_stale(&w->names, c)) {
        w->anew = true;
        recording_names_restart(&w->names);
    }
    w->open = true;
    w->since = w->anew ? 0 : w->since + 1;
    w->head = (struct block_head){.block = {.from_ns = t_ns, .to_ns = t_ns}, .since = w->since};
    return recording_draft_begin(&w->draft, w->names.entities.count, w->names.series.count);
}

/* A record of n samples at t_ns comes: ends a block that is full, opens one, declares what is new, keeps the
 * time. Returns 0, what put answered, or -ENOMEM with no block open. */
static int begin_record(struct recording_writer *w, const struct catalog *c, int64_t t_ns, uint32_t n)
{
    struct recording_block *b = &w->head.block;
    int fault = w->open && recording_draft_is_full(&w->draft, n) ? recording_writer_flush(w) : 0;

    if (!open_block(w, c, t_ns) || !recording_draft_record(&w->draft, &w->names, c, t_ns))
        return no_memory(w);
    b->from_ns = t_ns < b->from_ns ? t_ns : b->from_ns;
    b->to_ns = t_ns > b->to_ns ? t_ns : b->to_ns;
    return fault;
}

static bool lives(const struct catalog *c, const struct sample *samples, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!catalog_series_lives(c, samples[i].series))
            return false;
    return true;
}

/* A frame that fits a block and whose series live. */
static int write_frame(struct recording_writer *w, const struct catalog *c, int64_t t_ns,
    const struct sample *samples, uint32_t n)
{
    int fault = begin_record(w, c, t_ns, n);
    if (!w->open)
        return fault;
    if (!recording_draft_frame(&w->draft, &w->names.series, samples, n))
        return no_memory(w);
    return fault;
}

/* Leaves out what is no more. Returns how many stay, in w->living, or -ENOMEM. */
static int64_t keep_living(
    struct recording_writer *w, const struct catalog *c, const struct sample *samples, uint32_t n)
{
    uint32_t kept = 0;

    if (n > w->living_room) {
        struct sample *living = realloc(w->living, n * sizeof(*living));
        if (living == NULL)
            return -ENOMEM;
        w->living = living;
        w->living_room = n;
    }
    for (uint32_t i = 0; i < n; i++)
        if (catalog_series_lives(c, samples[i].series))
            w->living[kept++] = samples[i];
    w->totals.dead_samples += n - kept;
    return kept;
}

int recording_writer_frame(
    struct recording_writer *w, const struct catalog *c, int64_t t_ns, const struct sample *samples, size_t n)
{
    int fault = 0;

    if (!w->has_key)
        return -ENOKEY;
    while (n > 0) {
        uint32_t piece = n < w->settings.max_samples ? (uint32_t)n : w->settings.max_samples;
        bool whole = lives(c, samples, piece);
        int64_t kept = whole ? piece : keep_living(w, c, samples, piece);
        int r = kept > 0 ? write_frame(w, c, t_ns, whole ? samples : w->living, (uint32_t)kept) : (int)kept;
        if (r == -ENOMEM)
            return r;
        fault = fault != 0 ? fault : r;
        samples += piece;
        n -= piece;
    }
    return fault;
}

int recording_writer_tick(struct recording_writer *w, const struct catalog *c, int64_t now_ns)
{
    if (!w->has_key)
        return -ENOKEY;
    int fault = begin_record(w, c, now_ns, 0);
    if (!w->open)
        return fault;
    recording_draft_tick(&w->draft);
    uint64_t span = (uint64_t)w->head.block.to_ns - (uint64_t)w->head.block.from_ns;
    if (span < (uint64_t)w->settings.max_span_ns)
        return fault;
    int r = recording_writer_flush(w);
    return fault != 0 ? fault : r;
}

int recording_writer_gone(
    struct recording_writer *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    if (!w->has_key)
        return -ENOKEY;
    int fault = begin_record(w, c, t_ns, 0);
    if (w->open)
        recording_draft_gone(&w->draft, names_number(&w->names.entities, entity), end);
    return fault;
}

struct recording_written recording_writer_totals(const struct recording_writer *w)
{
    return w->totals;
}
