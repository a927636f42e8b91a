/* SPDX-License-Identifier: MIT
 * Collects records until a block is full, turns frames into columns, and hands out compressed blocks. What is
 * kept of a frame while it waits are its values and the number of its shape; names, shapes and columns are
 * the matter of recording_names, recording_shapes and column; where blocks go is put's. */
#include "state/recording_writer.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "base/hash.h"
#include "state/column.h"
#include "state/recording_block.h"
#include "state/recording_body.h"
#include "state/recording_names.h"
#include "state/recording_shapes.h"

#define SAMPLES_USUAL 65536u
#define SPAN_USUAL_NS INT64_C(60000000000)
#define LEVEL         3

/* Of the hash of shapes: any fixed key does, order never shows. Digits of e. */
#define SHAPE_KEY0 UINT64_C(0xb7e151628aed2a6a)
#define SHAPE_KEY1 UINT64_C(0xbf7158809cf4f3c7)

struct recording_writer {
    struct recording_settings settings;
    int (*put)(void *context, const struct recording_block *block);
    void *context;
    ZSTD_CCtx *zstd;
    uint64_t sequence;
    struct recording_written totals;
    bool has_key; /* a stretch has begun */

    struct recording_names names;
    bool anew; /* the block that is open, or the next one, declares all names */
    bool open; /* records are waiting */
    struct block_head head;
    uint32_t since; /* blocks since the one that declared all names */
    uint32_t records;
    struct byte_buffer parts[BODY_HEADS]; /* those before the columns */
    struct recording_shapes shapes;
    double *values;                /* in the order of frames: max_samples */
    double *sorted;                /* by column: as many */
    uint32_t count;                /* values */
    int64_t *times, *sorted_times; /* of records: max_samples */

    uint32_t *counts; /* by series: samples in the block, then where its next one goes */
    uint32_t counts_room;
    uint32_t *rows; /* by row of times: the same */
    uint32_t rows_room;
    struct numbers_out rows_out;
    struct byte_buffer body, out;
    struct sample *living; /* a frame less what is no more */
    uint32_t *ids;         /* of the frame at hand */
    uint32_t frame_room;
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
    w->values = malloc(w->settings.max_samples * sizeof(*w->values));
    w->sorted = malloc(w->settings.max_samples * sizeof(*w->sorted));
    w->times = malloc(w->settings.max_samples * sizeof(*w->times));
    w->sorted_times = malloc(w->settings.max_samples * sizeof(*w->sorted_times));
    if (w->zstd == NULL || w->values == NULL || w->sorted == NULL || w->times == NULL ||
        w->sorted_times == NULL) {
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
    recording_shapes_done(&w->shapes);
    for (unsigned i = 0; i < BODY_HEADS; i++)
        byte_buffer_done(&w->parts[i]);
    numbers_done(&w->rows_out);
    byte_buffer_done(&w->body);
    byte_buffer_done(&w->out);
    free(w->values);
    free(w->sorted);
    free(w->counts);
    free(w->rows);
    free(w->times);
    free(w->sorted_times);
    free(w->living);
    free(w->ids);
    free(w);
}

/* Compresses body into out behind a header, and puts the block. */
static int put_block(struct recording_writer *w, struct block_head *h)
{
    size_t bound = ZSTD_compressBound(w->body.n);
    h->block.sequence = w->sequence++;
    w->out.n = 0;
    if (w->body.failed || !byte_buffer_reserve(&w->out, RECORDING_HEADER_SIZE + bound + BLOCK_SUM_SIZE))
        return -ENOMEM;
    size_t n = ZSTD_compressCCtx(
        w->zstd, w->out.bytes + RECORDING_HEADER_SIZE, bound, w->body.bytes, w->body.n, LEVEL);
    if (ZSTD_isError(n))
        return -ENOMEM;
    h->body_n = (uint32_t)n;
    h->raw_n = (uint32_t)w->body.n;
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
    w->body.n = 0;
    w->body.failed = false;
    if (!byte_buffer_reserve(&w->body, key->config_n + key->snapshot_n + 1))
        return -ENOMEM;
    if (key->config_n > 0)
        memcpy(w->body.bytes, key->config, key->config_n);
    if (key->snapshot_n > 0)
        memcpy(w->body.bytes + key->config_n, key->snapshot, key->snapshot_n);
    w->body.n = key->config_n + key->snapshot_n;
    int put = put_block(w, &h);
    w->totals.lost_blocks += put != 0;
    w->has_key = w->has_key || put == 0;
    w->anew = true;
    return put != 0 ? put : r;
}

static bool reserve_counts(uint32_t **counts, uint32_t *room, uint32_t n)
{
    if (n <= *room)
        return true;
    uint32_t *more = realloc(*counts, 2 * (size_t)n * sizeof(*more));
    if (more == NULL)
        return false;
    *counts = more;
    *room = 2 * n;
    return true;
}

/* Counts to where each begins. */
static uint32_t add_up(uint32_t *counts, uint32_t n)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t count = counts[i];
        counts[i] = at;
        at += count;
    }
    return at;
}

/* Counts the samples of each series and the records of each row of times, and gives each its place among what
 * is sorted. */
static bool count_rows(struct recording_writer *w)
{
    const struct recording_shapes *s = &w->shapes;
    uint32_t numbers = w->names.series.count, rows = BODY_FRAME_ROWS + s->kinds;

    if (!reserve_counts(&w->counts, &w->counts_room, numbers) ||
        !reserve_counts(&w->rows, &w->rows_room, rows))
        return false;
    if (numbers > 0)
        memset(w->counts, 0, numbers * sizeof(*w->counts));
    memset(w->rows, 0, rows * sizeof(*w->rows));
    for (uint32_t i = 0; i < s->count; i++) {
        const struct recording_shape *shape = &s->shapes[i];
        w->rows[BODY_FRAME_ROWS + shape->kind] += shape->uses;
        for (uint32_t k = 0; k < shape->n; k++)
            w->counts[s->list[shape->begin + k]] += shape->uses;
    }
    w->rows[BODY_TICK_ROW] = w->head.block.ticks;
    w->rows[BODY_GONE_ROW] = w->head.block.gone;
    (void)add_up(w->counts, numbers);
    (void)add_up(w->rows, rows);
    return true;
}

/* Frames to columns, times to rows: the operations say what came in which order. */
static void sort_rows(struct recording_writer *w)
{
    struct byte_cursor ops = {.at = w->parts[BODY_OPS].bytes};
    const int64_t *time = w->times;
    const double *from = w->values;

    ops.end = ops.at + w->parts[BODY_OPS].n;
    while (ops.at < ops.end) {
        uint64_t op = byte_cursor_number(&ops);
        if (op == OP_GONE || op == OP_DECLARE) {
            (void)byte_cursor_number(&ops);
            (void)byte_cursor_number(&ops);
        }
        if (op == OP_DECLARE)
            continue;
        if (op < OP_FRAME) {
            w->sorted_times[w->rows[op == OP_TICK ? BODY_TICK_ROW : BODY_GONE_ROW]++] = *time++;
            continue;
        }
        const struct recording_shape *shape = &w->shapes.shapes[op - OP_FRAME];
        const uint32_t *list = w->shapes.list + shape->begin;
        w->sorted_times[w->rows[BODY_FRAME_ROWS + shape->kind]++] = *time++;
        for (uint32_t i = 0; i < shape->n; i++)
            w->sorted[w->counts[list[i]]++] = *from++;
    }
}

static bool write_rows(struct recording_writer *w)
{
    uint32_t at = 0;

    if (!count_rows(w))
        return false;
    sort_rows(w); /* each count is by now where the next one begins */
    numbers_clear(&w->rows_out);
    for (uint32_t i = 0; i < BODY_FRAME_ROWS + w->shapes.kinds; at = w->rows[i++])
        if (w->rows[i] > at && !numbers_write(&w->rows_out, w->sorted_times + at, w->rows[i] - at))
            return false;
    at = 0;
    /* The values in the order of frames are not needed any more: their place is the columns' scratch. */
    int64_t *scratch = (int64_t *)(void *)w->values;
    for (uint32_t i = 0; i < w->names.series.count; at = w->counts[i++])
        if (w->counts[i] > at && !column_write(&w->rows_out, w->sorted + at, w->counts[i] - at, scratch))
            return false;
    return numbers_end(&w->rows_out);
}

static bool join_parts(struct recording_writer *w)
{
    const struct byte_buffer *parts[BODY_PARTS];
    size_t n = 0;

    for (unsigned i = 0; i < BODY_HEADS; i++)
        parts[i] = &w->parts[i];
    parts[BODY_HEADS] = &w->rows_out.heads;
    parts[BODY_PLANES] = &w->rows_out.planes;
    parts[BODY_BITS] = &w->rows_out.bits;
    for (unsigned i = 0; i < BODY_PARTS; i++)
        n += parts[i]->n + BYTE_NUMBER_MAX;
    w->body.n = 0;
    if (n > BLOCK_RAW_MAX || !byte_buffer_reserve(&w->body, n))
        return false;
    for (unsigned i = 0; i < BODY_PARTS; i++)
        byte_buffer_number(&w->body, parts[i]->n);
    for (unsigned i = 0; i < BODY_PARTS; i++) {
        if (parts[i]->n > 0)
            memcpy(w->body.bytes + w->body.n, parts[i]->bytes, parts[i]->n);
        w->body.n += parts[i]->n;
    }
    return true;
}

int recording_writer_flush(struct recording_writer *w)
{
    if (!w->open)
        return 0;
    struct block_head *h = &w->head;
    h->block.kind = RECORDING_DATA;
    h->block.samples = w->count;
    w->body.failed = false;
    bool whole = write_rows(w) && join_parts(w);
    int r = whole ? put_block(w, h) : -ENOMEM;
    w->open = false;
    w->anew = r != 0;
    if (r != 0) {
        w->totals.lost_blocks++;
        w->totals.lost_samples += w->count;
    }
    return r;
}

/* Opens a block at t_ns when none is. */
static void open_block(struct recording_writer *w, const struct catalog *c, int64_t t_ns)
{
    if (w->open)
        return;
    if (w->anew || recording_names_is_stale(&w->names, c)) {
        w->anew = true;
        recording_names_restart(&w->names);
    }
    w->open = true;
    w->since = w->anew ? 0 : w->since + 1;
    w->head = (struct block_head){.block = {.from_ns = t_ns, .to_ns = t_ns}, .since = w->since};
    w->records = w->count = 0;
    for (unsigned i = 0; i < BODY_HEADS; i++) {
        w->parts[i].n = 0;
        w->parts[i].failed = false;
    }
    recording_shapes_clear(&w->shapes);
    if (byte_buffer_reserve(&w->parts[BODY_NAMES], 2 * BYTE_NUMBER_MAX)) {
        byte_buffer_number(&w->parts[BODY_NAMES], w->names.entities.count);
        byte_buffer_number(&w->parts[BODY_NAMES], w->names.series.count);
    }
}

/* A record at t_ns comes: opens a block, declares what is new, keeps the time. Returns false without memory.
 */
static bool begin_record(struct recording_writer *w, const struct catalog *c, int64_t t_ns)
{
    struct byte_buffer *ops = &w->parts[BODY_OPS];
    uint32_t entities, series;

    open_block(w, c, t_ns);
    if (!byte_buffer_reserve(ops, 6 * BYTE_NUMBER_MAX) ||
        recording_names_sync(&w->names, c, &w->parts[BODY_NAMES], &entities, &series) != 0)
        return false;
    if (entities > 0 || series > 0) {
        byte_buffer_number(ops, OP_DECLARE);
        byte_buffer_number(ops, entities);
        byte_buffer_number(ops, series);
    }
    w->times[w->records] = t_ns;
    if (t_ns < w->head.block.from_ns)
        w->head.block.from_ns = t_ns;
    if (t_ns > w->head.block.to_ns)
        w->head.block.to_ns = t_ns;
    w->records++;
    return true;
}

/* There was no memory: what is open cannot be completed. */
static int drop_block(struct recording_writer *w)
{
    w->totals.lost_blocks++;
    w->totals.lost_samples += w->count;
    w->sequence++;
    w->open = false;
    w->anew = true;
    return -ENOMEM;
}

static bool lives(const struct catalog *c, const struct sample *samples, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!catalog_series_lives(c, samples[i].series))
            return false;
    return true;
}

/* Has the frame that shape? */
static bool has_shape(const struct recording_shapes *s, const struct recording_shape *shape,
    const struct sample *samples, uint32_t n)
{
    const uint32_t *ids = s->ids + shape->begin;
    if (shape->n != n)
        return false;
    for (uint32_t i = 0; i < n; i++)
        if (ids[i] != samples[i].series)
            return false;
    return true;
}

/* A shape that has not been there. NULL: no memory. */
static struct recording_shape *new_shape(struct recording_writer *w, uint32_t n, uint64_t hash)
{
    struct recording_shapes *s = &w->shapes;
    struct recording_shape *shape = recording_shapes_add(s, n, true);

    if (shape == NULL)
        return NULL;
    shape->hash = hash;
    memcpy(s->ids + shape->begin, w->ids, n * sizeof(*w->ids));
    for (uint32_t i = 0; i < n; i++) {
        s->list[shape->begin + i] = names_number(&w->names.series, w->ids[i]);
        assert(s->list[shape->begin + i] != NAMES_NONE);
    }
    if (!recording_shapes_index(s, s->count - 1) ||
        !recording_shapes_tell(s, w->names.series.count, &w->parts[BODY_SHAPES]))
        return NULL;
    return &s->shapes[s->count - 1];
}

/* The number of a frame's shape, or -ENOMEM. Most frames have the shape that followed last time. */
static int64_t shape_of(struct recording_writer *w, const struct sample *samples, uint32_t n)
{
    struct recording_shapes *s = &w->shapes;
    uint32_t found;

    if (s->count > 0 && has_shape(s, &s->shapes[s->shapes[s->last].next], samples, n)) {
        found = s->shapes[s->last].next;
    } else {
        for (uint32_t i = 0; i < n; i++)
            w->ids[i] = samples[i].series;
        uint64_t hash = hash_sip24(SHAPE_KEY0, SHAPE_KEY1, w->ids, n * sizeof(*w->ids));
        struct recording_shape *shape = recording_shapes_find(s, w->ids, n, hash);
        if (shape == NULL)
            shape = new_shape(w, n, hash);
        if (shape == NULL)
            return -ENOMEM;
        found = (uint32_t)(shape - s->shapes);
        s->shapes[s->last].next = found;
    }
    s->last = found;
    return found;
}

/* A frame that fits a block and whose series live. */
static int write_frame(struct recording_writer *w, const struct catalog *c, int64_t t_ns,
    const struct sample *samples, uint32_t n)
{
    int fault = 0;
    if (w->open && (n > w->settings.max_samples - w->count || w->records >= w->settings.max_samples))
        fault = recording_writer_flush(w);
    if (!begin_record(w, c, t_ns))
        return drop_block(w);
    int64_t shape = shape_of(w, samples, n);
    if (shape < 0)
        return drop_block(w);
    byte_buffer_number(&w->parts[BODY_OPS], OP_FRAME + (uint64_t)shape);
    w->shapes.shapes[shape].uses++;
    w->head.block.frames++;
    for (uint32_t i = 0; i < n; i++)
        w->values[w->count + i] = samples[i].value;
    w->count += n;
    return fault;
}

/* Room for the ids of n samples. */
static bool reserve_frame(struct recording_writer *w, uint32_t n)
{
    if (n <= w->frame_room)
        return true;
    struct sample *living = realloc(w->living, n * sizeof(*living));
    if (living != NULL)
        w->living = living;
    uint32_t *ids = realloc(w->ids, n * sizeof(*ids));
    if (ids != NULL)
        w->ids = ids;
    if (living == NULL || ids == NULL)
        return false;
    w->frame_room = n;
    return true;
}

/* Leaves out what is no more. Returns how many stay, in w->living. */
static uint32_t keep_living(
    struct recording_writer *w, const struct catalog *c, const struct sample *samples, uint32_t n)
{
    uint32_t kept = 0;
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
        uint32_t piece = n < w->settings.max_samples ? (uint32_t)n : w->settings.max_samples, kept = piece;
        const struct sample *from = samples;
        if (!reserve_frame(w, piece))
            return -ENOMEM;
        if (!lives(c, samples, piece)) {
            kept = keep_living(w, c, samples, piece);
            from = w->living;
        }
        int r = kept > 0 ? write_frame(w, c, t_ns, from, kept) : 0;
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
    if (!begin_record(w, c, now_ns))
        return drop_block(w);
    byte_buffer_number(&w->parts[BODY_OPS], OP_TICK);
    w->head.block.ticks++;
    uint64_t span = (uint64_t)w->head.block.to_ns - (uint64_t)w->head.block.from_ns;
    if (span < (uint64_t)w->settings.max_span_ns && w->records < w->settings.max_samples)
        return 0;
    return recording_writer_flush(w);
}

int recording_writer_gone(
    struct recording_writer *w, const struct catalog *c, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    int fault = 0;
    if (!w->has_key)
        return -ENOKEY;
    if (w->open && w->records >= w->settings.max_samples)
        fault = recording_writer_flush(w);
    if (!begin_record(w, c, t_ns))
        return drop_block(w);
    byte_buffer_number(&w->parts[BODY_OPS], OP_GONE);
    byte_buffer_number(&w->parts[BODY_OPS], names_number(&w->names.entities, entity));
    byte_buffer_number(&w->parts[BODY_OPS], end);
    w->head.block.gone++;
    return fault;
}

struct recording_written recording_writer_totals(const struct recording_writer *w)
{
    return w->totals;
}
