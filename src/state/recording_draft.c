/* SPDX-License-Identifier: MIT
 * Collects the records of a block and turns them into its body: frames become columns, times become rows.
 * What is kept of a frame while it waits are its values and the number of its shape. Which records belong
 * together, and where the body goes, is the writer's matter. */
#include "state/recording_draft.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/hash.h"
#include "state/column.h"
#include "state/recording_block.h"

/* Of the hash of shapes: any fixed key does, order never shows. Digits of e. */
#define SHAPE_KEY0 UINT64_C(0xb7e151628aed2a6a)
#define SHAPE_KEY1 UINT64_C(0xbf7158809cf4f3c7)

/* Ends are written as their numbers: who changes these changes the format. */
_Static_assert(ENTITY_ENDED == 1 && ENTITY_OUT_OF_MEMORY == 2, "docs/formats.md, Recordings");

bool recording_draft_init(struct recording_draft *d, uint32_t max)
{
    *d = (struct recording_draft){.max = max};
    d->values = malloc(max * sizeof(*d->values));
    d->sorted = malloc(max * sizeof(*d->sorted));
    d->times = malloc(max * sizeof(*d->times));
    d->sorted_times = malloc(max * sizeof(*d->sorted_times));
    return d->values != NULL && d->sorted != NULL && d->times != NULL && d->sorted_times != NULL;
}

void recording_draft_done(struct recording_draft *d)
{
    for (unsigned i = 0; i < BODY_HEADS; i++)
        byte_buffer_done(&d->parts[i]);
    recording_shapes_done(&d->shapes);
    numbers_done(&d->out);
    byte_buffer_done(&d->body);
    free(d->values);
    free(d->sorted);
    free(d->times);
    free(d->sorted_times);
    free(d->counts);
    free(d->rows);
    free(d->ids);
    *d = (struct recording_draft){0};
}

bool recording_draft_begin(struct recording_draft *d, uint32_t entities, uint32_t series)
{
    struct byte_buffer *names = &d->parts[BODY_NAMES];

    d->records = d->count = d->ticks = d->frames = d->gone = 0;
    for (unsigned i = 0; i < BODY_HEADS; i++) {
        d->parts[i].n = 0;
        d->parts[i].failed = false;
    }
    d->body.failed = false;
    recording_shapes_clear(&d->shapes);
    if (!byte_buffer_reserve(names, 2 * BYTE_NUMBER_MAX))
        return false;
    byte_buffer_number(names, entities);
    byte_buffer_number(names, series);
    return true;
}

bool recording_draft_record(
    struct recording_draft *d, struct recording_names *names, const struct catalog *c, int64_t t_ns)
{
    struct byte_buffer *ops = &d->parts[BODY_OPS];
    uint32_t entities, series;

    if (!byte_buffer_reserve(ops, 6 * BYTE_NUMBER_MAX) ||
        recording_names_sync(names, c, &d->parts[BODY_NAMES], &entities, &series) != 0)
        return false;
    if (entities > 0 || series > 0) {
        byte_buffer_number(ops, OP_DECLARE);
        byte_buffer_number(ops, entities);
        byte_buffer_number(ops, series);
    }
    d->times[d->records++] = t_ns;
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
static struct recording_shape *new_shape(
    struct recording_draft *d, const struct names_map *series, uint32_t n, uint64_t hash)
{
    struct recording_shapes *s = &d->shapes;
    struct recording_shape *shape = recording_shapes_add(s, n, true);

    if (shape == NULL)
        return NULL;
    shape->hash = hash;
    memcpy(s->ids + shape->begin, d->ids, n * sizeof(*d->ids));
    for (uint32_t i = 0; i < n; i++) {
        s->list[shape->begin + i] = names_number(series, d->ids[i]);
        assert(s->list[shape->begin + i] != NAMES_NONE);
    }
    if (!recording_shapes_index(s, s->count - 1) ||
        !recording_shapes_tell(s, series->count, &d->parts[BODY_SHAPES])) {
        recording_shapes_undo(s);
        return NULL;
    }
    return &s->shapes[s->count - 1];
}

/* The number of a frame's shape, or -ENOMEM. Most frames have the shape that followed last time. */
static int64_t shape_of(
    struct recording_draft *d, const struct names_map *series, const struct sample *samples, uint32_t n)
{
    struct recording_shapes *s = &d->shapes;
    uint32_t found;

    if (s->count > 0 && has_shape(s, &s->shapes[s->shapes[s->last].next], samples, n)) {
        found = s->shapes[s->last].next;
    } else {
        for (uint32_t i = 0; i < n; i++)
            d->ids[i] = samples[i].series;
        uint64_t hash = hash_sip24(SHAPE_KEY0, SHAPE_KEY1, d->ids, n * sizeof(*d->ids));
        struct recording_shape *shape = recording_shapes_find(s, d->ids, n, hash);
        if (shape == NULL)
            shape = new_shape(d, series, n, hash);
        if (shape == NULL)
            return -ENOMEM;
        found = (uint32_t)(shape - s->shapes);
        s->shapes[s->last].next = found;
    }
    s->last = found;
    return found;
}

/* Room for the ids of n samples. */
static bool reserve_ids(struct recording_draft *d, uint32_t n)
{
    if (n <= d->ids_room)
        return true;
    uint32_t *ids = realloc(d->ids, n * sizeof(*ids));
    if (ids == NULL)
        return false;
    d->ids = ids;
    d->ids_room = n;
    return true;
}

bool recording_draft_frame(
    struct recording_draft *d, const struct names_map *series, const struct sample *samples, uint32_t n)
{
    int64_t shape = reserve_ids(d, n) ? shape_of(d, series, samples, n) : -ENOMEM;
    if (shape < 0)
        return false;
    byte_buffer_number(&d->parts[BODY_OPS], OP_FRAME + (uint64_t)shape);
    d->shapes.shapes[shape].uses++;
    d->frames++;
    for (uint32_t i = 0; i < n; i++)
        d->values[d->count + i] = samples[i].value;
    d->count += n;
    return true;
}

void recording_draft_tick(struct recording_draft *d)
{
    byte_buffer_number(&d->parts[BODY_OPS], OP_TICK);
    d->ticks++;
}

void recording_draft_gone(struct recording_draft *d, uint32_t entity, enum entity_end end)
{
    byte_buffer_number(&d->parts[BODY_OPS], OP_GONE);
    byte_buffer_number(&d->parts[BODY_OPS], entity);
    byte_buffer_number(&d->parts[BODY_OPS], end);
    d->gone++;
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
static bool count_rows(struct recording_draft *d, uint32_t numbers)
{
    const struct recording_shapes *s = &d->shapes;
    uint32_t rows = BODY_FRAME_ROWS + s->kinds;

    if (!reserve_counts(&d->counts, &d->counts_room, numbers) ||
        !reserve_counts(&d->rows, &d->rows_room, rows))
        return false;
    if (numbers > 0)
        memset(d->counts, 0, numbers * sizeof(*d->counts));
    memset(d->rows, 0, rows * sizeof(*d->rows));
    for (uint32_t i = 0; i < s->count; i++) {
        const struct recording_shape *shape = &s->shapes[i];
        d->rows[BODY_FRAME_ROWS + shape->kind] += shape->uses;
        for (uint32_t k = 0; k < shape->n; k++)
            d->counts[s->list[shape->begin + k]] += shape->uses;
    }
    d->rows[BODY_TICK_ROW] = d->ticks;
    d->rows[BODY_GONE_ROW] = d->gone;
    (void)add_up(d->counts, numbers);
    (void)add_up(d->rows, rows);
    return true;
}

/* Frames to columns, times to rows: the operations say what came in which order. */
static void sort_rows(struct recording_draft *d)
{
    struct byte_cursor ops = {.at = d->parts[BODY_OPS].bytes};
    const int64_t *time = d->times;
    const double *from = d->values;

    ops.end = ops.at + d->parts[BODY_OPS].n;
    while (ops.at < ops.end) {
        uint64_t op = byte_cursor_number(&ops);
        if (op == OP_GONE || op == OP_DECLARE) {
            (void)byte_cursor_number(&ops);
            (void)byte_cursor_number(&ops);
        }
        if (op == OP_DECLARE)
            continue;
        if (op < OP_FRAME) {
            d->sorted_times[d->rows[op == OP_TICK ? BODY_TICK_ROW : BODY_GONE_ROW]++] = *time++;
            continue;
        }
        const struct recording_shape *shape = &d->shapes.shapes[op - OP_FRAME];
        const uint32_t *list = d->shapes.list + shape->begin;
        d->sorted_times[d->rows[BODY_FRAME_ROWS + shape->kind]++] = *time++;
        for (uint32_t i = 0; i < shape->n; i++)
            d->sorted[d->counts[list[i]]++] = *from++;
    }
}

static bool write_rows(struct recording_draft *d, uint32_t numbers)
{
    uint32_t at = 0;

    if (!count_rows(d, numbers))
        return false;
    sort_rows(d); /* each count is by now where the next one begins */
    numbers_clear(&d->out);
    for (uint32_t i = 0; i < BODY_FRAME_ROWS + d->shapes.kinds; at = d->rows[i++])
        if (d->rows[i] > at && !numbers_write(&d->out, d->sorted_times + at, d->rows[i] - at))
            return false;
    at = 0;
    /* The values in the order of frames are not needed any more: their place is the columns' scratch. */
    int64_t *scratch = (int64_t *)(void *)d->values;
    for (uint32_t i = 0; i < numbers; at = d->counts[i++])
        if (d->counts[i] > at && !column_write(&d->out, d->sorted + at, d->counts[i] - at, scratch))
            return false;
    return numbers_end(&d->out);
}

static bool join_parts(struct recording_draft *d)
{
    const struct byte_buffer *parts[BODY_PARTS];
    size_t n = 0;

    for (unsigned i = 0; i < BODY_HEADS; i++)
        parts[i] = &d->parts[i];
    parts[BODY_HEADS] = &d->out.heads;
    parts[BODY_PLANES] = &d->out.planes;
    parts[BODY_BITS] = &d->out.bits;
    for (unsigned i = 0; i < BODY_PARTS; i++)
        n += parts[i]->n + BYTE_NUMBER_MAX;
    d->body.n = 0;
    if (n > BLOCK_RAW_MAX || !byte_buffer_reserve(&d->body, n))
        return false;
    for (unsigned i = 0; i < BODY_PARTS; i++)
        byte_buffer_number(&d->body, parts[i]->n);
    for (unsigned i = 0; i < BODY_PARTS; i++) {
        if (parts[i]->n > 0)
            memcpy(d->body.bytes + d->body.n, parts[i]->bytes, parts[i]->n);
        d->body.n += parts[i]->n;
    }
    return true;
}

bool recording_draft_close(struct recording_draft *d, uint32_t series)
{
    return write_rows(d, series) && join_parts(d);
}
