/* SPDX-License-Identifier: MIT
 * Takes a block apart as a whole: compression, operations, shapes, declarations, times, columns, each checked
 * against what the header counts, so that nothing of a block that does not add up is fed. The checksums have
 * been compared before; what the names mean to a catalog, and feeding, comes later. */
#include "state/recording_content.h"

#include <errno.h>
#include <stdlib.h>

#include "state/column.h"

bool recording_content_init(struct recording_content *c, struct recording_places *places, struct error *error)
{
    *c = (struct recording_content){.zstd = ZSTD_createDCtx(), .places = places, .error = error};
    return c->zstd != NULL;
}

void recording_content_done(struct recording_content *c)
{
    (void)ZSTD_freeDCtx(c->zstd);
    byte_buffer_done(&c->body);
    recording_shapes_done(&c->shapes);
    free(c->values);
    free(c->times);
    free(c->rows);
    free(c->columns);
    free(c->frame);
    *c = (struct recording_content){0};
}

static int bad(struct recording_content *c, const char *what)
{
    return error_set(c->error, -EBADMSG, "block %llu: %s", (unsigned long long)c->head.block.sequence, what);
}

static int no_memory(struct recording_content *c)
{
    return error_set(c->error, -ENOMEM, "not enough memory to read a recording");
}

int recording_content_unpack(struct recording_content *c, const uint8_t *bytes)
{
    const struct block_head *h = &c->head;
    const uint8_t *from = bytes + RECORDING_HEADER_SIZE;

    if (ZSTD_getFrameContentSize(from, h->body_n) != h->raw_n)
        return bad(c, "its body is not as long as its header says");
    c->body.n = 0;
    c->body.failed = false;
    if (!byte_buffer_reserve(&c->body, h->raw_n + NUMBERS_SLACK))
        return no_memory(c);
    size_t n = ZSTD_decompressDCtx(c->zstd, c->body.bytes, h->raw_n, from, h->body_n);
    if (ZSTD_isError(n) || n != h->raw_n)
        return bad(c, "its body cannot be decompressed");
    memset(c->body.bytes + n, 0, NUMBERS_SLACK);
    c->body.n = n;
    return 0;
}

/* Where the parts of the body are. */
static int find_parts(struct recording_content *c)
{
    struct byte_cursor all = {.at = c->body.bytes, .end = c->body.bytes + c->body.n};
    uint32_t lengths[BODY_PARTS];

    for (unsigned i = 0; i < BODY_PARTS; i++)
        lengths[i] = byte_cursor_count(&all, c->head.raw_n);
    for (unsigned i = 0; i < BODY_PARTS; i++) {
        const uint8_t *part = byte_cursor_bytes(&all, lengths[i]);
        if (part == NULL)
            return bad(c, "a part is longer than its body");
        c->parts[i] = (struct byte_cursor){.at = part, .end = part + lengths[i]};
    }
    return all.failed || all.at != all.end ? bad(c, "its parts are not its body") : 0;
}

/* One operation of a frame, while counting. Returns 0, -EBADMSG, -ENOMEM. */
static int hear_frame(struct recording_content *c, uint64_t shape, uint32_t *left)
{
    if (shape > c->shapes.count)
        return -EBADMSG;
    if (shape == c->shapes.count) {
        int fault = recording_shapes_hear(&c->shapes, c->places->series_count, *left, &c->parts[BODY_SHAPES]);
        if (fault != 0)
            return fault;
    }
    struct recording_shape *s = &c->shapes.shapes[shape];
    if (s->n > *left)
        return -EBADMSG;
    s->uses++;
    *left -= s->n;
    return 0;
}

/* Goes through the operations without feeding: declarations, shapes, counts. */
static int hear_ops(struct recording_content *c)
{
    struct byte_cursor ops = c->parts[BODY_OPS];
    struct recording_block found = {.samples = c->head.block.samples};
    uint32_t left = found.samples;

    while (ops.at < ops.end && !ops.failed) {
        uint64_t op = byte_cursor_number(&ops);
        int fault = 0;
        if (op >= OP_FRAME) {
            fault = hear_frame(c, op - OP_FRAME, &left);
            found.frames++;
        } else if (op == OP_TICK) {
            found.ticks++;
        } else {
            uint64_t first = byte_cursor_number(&ops), second = byte_cursor_number(&ops);
            if (op == OP_DECLARE)
                fault = first > UINT32_MAX || second > UINT32_MAX
                            ? -EBADMSG
                            : recording_places_hear(
                                  c->places, (uint32_t)first, (uint32_t)second, &c->parts[BODY_NAMES]);
            else if (first >= c->places->entity_count ||
                     (second != ENTITY_ENDED && second != ENTITY_OUT_OF_MEMORY))
                fault = -EBADMSG;
            found.gone += op == OP_GONE;
        }
        if (fault == -ENOMEM)
            return no_memory(c);
        if (fault != 0)
            return bad(c, "a declaration or a shape makes no sense");
    }
    const struct recording_block *said = &c->head.block;
    if (ops.failed || left != 0 || found.frames != said->frames || found.ticks != said->ticks ||
        found.gone != said->gone || c->parts[BODY_NAMES].at != c->parts[BODY_NAMES].end ||
        c->parts[BODY_SHAPES].at != c->parts[BODY_SHAPES].end)
        return bad(c, "its operations are not what its header counts");
    return 0;
}

static bool reserve(void **list, uint32_t *room, uint32_t n, size_t size)
{
    if (n <= *room)
        return true;
    void *more = realloc(*list, n * size);
    if (more == NULL)
        return false;
    *list = more;
    *room = n;
    return true;
}

static bool reserve_rows(struct recording_content *c)
{
    const struct recording_block *b = &c->head.block;
    uint32_t records = b->frames + b->ticks + b->gone, most = 0;

    for (uint32_t i = 0; i < c->shapes.count; i++)
        most = c->shapes.shapes[i].n > most ? c->shapes.shapes[i].n : most;
    return reserve((void **)&c->values, &c->values_room, b->samples, sizeof(*c->values)) &&
           reserve((void **)&c->times, &c->times_room, records, sizeof(*c->times)) &&
           reserve((void **)&c->columns, &c->columns_room, c->places->series_room, sizeof(*c->columns)) &&
           reserve((void **)&c->rows, &c->rows_room, BODY_FRAME_ROWS + c->shapes.kinds, sizeof(*c->rows)) &&
           reserve((void **)&c->frame, &c->frame_room, most, sizeof(*c->frame));
}

/* How many values each column has, and how many times each row. */
static void count_rows(struct recording_content *c)
{
    const struct recording_shapes *s = &c->shapes;

    if (c->places->series_count > 0)
        memset(c->columns, 0, c->places->series_count * sizeof(*c->columns));
    memset(c->rows, 0, (BODY_FRAME_ROWS + s->kinds) * sizeof(*c->rows));
    c->rows[BODY_TICK_ROW] = c->head.block.ticks;
    c->rows[BODY_GONE_ROW] = c->head.block.gone;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct recording_shape *shape = &s->shapes[i];
        c->rows[BODY_FRAME_ROWS + shape->kind] += shape->uses;
        for (uint32_t k = 0; k < shape->n; k++)
            c->columns[s->list[shape->begin + k]] += shape->uses;
    }
}

/* Reads the rows of times and the columns; counts become where each begins. */
static int read_rows(struct recording_content *c)
{
    struct numbers_in in = {
        .heads = c->parts[BODY_HEADS], .planes = c->parts[BODY_PLANES], .bits = c->parts[BODY_BITS]};
    uint32_t at = 0, n;

    if (!reserve_rows(c))
        return no_memory(c);
    count_rows(c);
    for (uint32_t i = 0; i < BODY_FRAME_ROWS + c->shapes.kinds; i++, at += n) {
        n = c->rows[i];
        c->rows[i] = at;
        if (n > 0 && !numbers_read(&in, c->times + at, n))
            return bad(c, "a row of times makes no sense");
    }
    at = 0;
    for (uint32_t i = 0; i < c->places->series_count; i++, at += n) {
        n = c->columns[i];
        c->columns[i] = at;
        if (n > 0 && !column_read(&in, c->values + at, n))
            return bad(c, "a column makes no sense");
    }
    return numbers_is_at_end(&in) ? 0 : bad(c, "its columns do not end where they should");
}

int recording_content_take(struct recording_content *c)
{
    int fault = find_parts(c);
    if (fault != 0)
        return fault;
    struct byte_cursor *names = &c->parts[BODY_NAMES];
    c->first_entity = byte_cursor_count(names, PLACES_ENTITIES_MAX);
    c->first_series = byte_cursor_count(names, PLACES_SERIES_MAX);

    recording_shapes_clear(&c->shapes);
    fault = names->failed ? -EBADMSG : recording_places_begin(c->places, c->first_entity, c->first_series);
    if (fault != 0)
        return fault == -ENOMEM ? no_memory(c) : bad(c, "its names do not follow those before it");
    fault = hear_ops(c);
    return fault != 0 ? fault : read_rows(c);
}
