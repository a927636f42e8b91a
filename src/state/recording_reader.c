/* SPDX-License-Identifier: MIT
 * Turns blocks back into records. A block is taken apart as a whole first (checksum, compression, operations,
 * shapes, times, columns, declarations), so that nothing of a block that does not add up is fed; then its
 * operations are gone through once more, with nothing left that could fail but the catalog's room and the
 * feed. */
#include "state/recording_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <zstd.h>

#include "state/column.h"
#include "state/recording_block.h"
#include "state/recording_body.h"
#include "state/recording_places.h"
#include "state/recording_shapes.h"

struct recording_reader {
    ZSTD_DCtx *zstd;
    struct recording_read totals;
    struct error error;
    uint64_t next_sequence;
    uint64_t names_since; /* number of the block with which the numbers of names began */
    bool has_key, has_sequence;
    struct byte_buffer body;
    struct recording_places places;

    /* The block at hand. */
    struct block_head head;
    struct byte_cursor parts[BODY_PARTS];
    uint32_t first_entity, first_series; /* numbers of its first declarations */
    struct recording_shapes shapes;
    double *values; /* by column */
    uint32_t values_room;
    int64_t *times; /* by row */
    uint32_t times_room;
    uint32_t *rows; /* by row of times: where its next one is */
    uint32_t rows_room;
    uint32_t *columns; /* by series' number: where its next value is */
    uint32_t columns_room;
    struct sample *frame;
    uint32_t frame_room;
};

struct recording_reader *recording_reader_new(void)
{
    struct recording_reader *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    r->zstd = ZSTD_createDCtx();
    if (r->zstd == NULL) {
        free(r);
        return NULL;
    }
    return r;
}

void recording_reader_free(struct recording_reader *r)
{
    if (r == NULL)
        return;
    (void)ZSTD_freeDCtx(r->zstd);
    byte_buffer_done(&r->body);
    recording_places_done(&r->places);
    recording_shapes_done(&r->shapes);
    free(r->values);
    free(r->columns);
    free(r->times);
    free(r->rows);
    free(r->frame);
    free(r);
}

const struct error *recording_reader_error(const struct recording_reader *r)
{
    return &r->error;
}

struct recording_read recording_reader_totals(const struct recording_reader *r)
{
    return r->totals;
}

void recording_reader_lost(struct recording_reader *r)
{
    r->totals.damaged++;
}

static int bad(struct recording_reader *r, const char *what)
{
    return error_set(&r->error, -EBADMSG, "block %llu: %s", (unsigned long long)r->head.block.sequence, what);
}

static int no_memory(struct recording_reader *r)
{
    return error_set(&r->error, -ENOMEM, "not enough memory to read a recording");
}

/* The body as it was before compression, in r->body. */
static int unpack(struct recording_reader *r, const uint8_t *bytes)
{
    const struct block_head *h = &r->head;
    const uint8_t *from = bytes + RECORDING_HEADER_SIZE;

    if (ZSTD_getFrameContentSize(from, h->body_n) != h->raw_n)
        return bad(r, "its body is not as long as its header says");
    r->body.n = 0;
    r->body.failed = false;
    if (!byte_buffer_reserve(&r->body, h->raw_n + NUMBERS_SLACK))
        return no_memory(r);
    size_t n = ZSTD_decompressDCtx(r->zstd, r->body.bytes, h->raw_n, from, h->body_n);
    if (ZSTD_isError(n) || n != h->raw_n)
        return bad(r, "its body cannot be decompressed");
    memset(r->body.bytes + n, 0, NUMBERS_SLACK);
    r->body.n = n;
    return 0;
}

/* Where the parts of the body are. */
static int find_parts(struct recording_reader *r)
{
    struct byte_cursor c = {.at = r->body.bytes, .end = r->body.bytes + r->body.n};
    uint32_t lengths[BODY_PARTS];

    for (unsigned i = 0; i < BODY_PARTS; i++)
        lengths[i] = byte_cursor_count(&c, r->head.raw_n);
    for (unsigned i = 0; i < BODY_PARTS; i++) {
        const uint8_t *part = byte_cursor_bytes(&c, lengths[i]);
        if (part == NULL)
            return bad(r, "a part is longer than its body");
        r->parts[i] = (struct byte_cursor){.at = part, .end = part + lengths[i]};
    }
    return c.failed || c.at != c.end ? bad(r, "its parts are not its body") : 0;
}

/* One operation of a frame, while counting. Returns 0, -EBADMSG, -ENOMEM. */
static int hear_frame(struct recording_reader *r, uint64_t shape, uint32_t *left)
{
    if (shape > r->shapes.count)
        return -EBADMSG;
    if (shape == r->shapes.count) {
        int fault = recording_shapes_hear(&r->shapes, r->places.series_count, *left, &r->parts[BODY_SHAPES]);
        if (fault != 0)
            return fault;
    }
    struct recording_shape *s = &r->shapes.shapes[shape];
    if (s->n > *left)
        return -EBADMSG;
    s->uses++;
    *left -= s->n;
    return 0;
}

/* Goes through the operations without feeding: declarations, shapes, counts. */
static int hear_ops(struct recording_reader *r)
{
    struct byte_cursor ops = r->parts[BODY_OPS];
    struct recording_block found = {.samples = r->head.block.samples};
    uint32_t left = found.samples;

    while (ops.at < ops.end && !ops.failed) {
        uint64_t op = byte_cursor_number(&ops);
        int fault = 0;
        if (op >= OP_FRAME) {
            fault = hear_frame(r, op - OP_FRAME, &left);
            found.frames++;
        } else if (op == OP_TICK) {
            found.ticks++;
        } else {
            uint64_t first = byte_cursor_number(&ops), second = byte_cursor_number(&ops);
            if (op == OP_DECLARE)
                fault = first > UINT32_MAX || second > UINT32_MAX
                            ? -EBADMSG
                            : recording_places_hear(
                                  &r->places, (uint32_t)first, (uint32_t)second, &r->parts[BODY_NAMES]);
            else if (first >= r->places.entity_count ||
                     (second != ENTITY_ENDED && second != ENTITY_OUT_OF_MEMORY))
                fault = -EBADMSG;
            found.gone += op == OP_GONE;
        }
        if (fault == -ENOMEM)
            return no_memory(r);
        if (fault != 0)
            return bad(r, "a declaration or a shape makes no sense");
    }
    const struct recording_block *said = &r->head.block;
    if (ops.failed || left != 0 || found.frames != said->frames || found.ticks != said->ticks ||
        found.gone != said->gone || r->parts[BODY_NAMES].at != r->parts[BODY_NAMES].end ||
        r->parts[BODY_SHAPES].at != r->parts[BODY_SHAPES].end)
        return bad(r, "its operations are not what its header counts");
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

static bool reserve_rows(struct recording_reader *r)
{
    const struct recording_block *b = &r->head.block;
    uint32_t records = b->frames + b->ticks + b->gone, most = 0;

    for (uint32_t i = 0; i < r->shapes.count; i++)
        most = r->shapes.shapes[i].n > most ? r->shapes.shapes[i].n : most;
    return reserve((void **)&r->values, &r->values_room, b->samples, sizeof(*r->values)) &&
           reserve((void **)&r->times, &r->times_room, records, sizeof(*r->times)) &&
           reserve((void **)&r->columns, &r->columns_room, r->places.series_room, sizeof(*r->columns)) &&
           reserve((void **)&r->rows, &r->rows_room, BODY_FRAME_ROWS + r->shapes.kinds, sizeof(*r->rows)) &&
           reserve((void **)&r->frame, &r->frame_room, most, sizeof(*r->frame));
}

/* How many values each column has, and how many times each row. */
static void count_rows(struct recording_reader *r)
{
    const struct recording_shapes *s = &r->shapes;

    if (r->places.series_count > 0)
        memset(r->columns, 0, r->places.series_count * sizeof(*r->columns));
    memset(r->rows, 0, (BODY_FRAME_ROWS + s->kinds) * sizeof(*r->rows));
    r->rows[BODY_TICK_ROW] = r->head.block.ticks;
    r->rows[BODY_GONE_ROW] = r->head.block.gone;
    for (uint32_t i = 0; i < s->count; i++) {
        const struct recording_shape *shape = &s->shapes[i];
        r->rows[BODY_FRAME_ROWS + shape->kind] += shape->uses;
        for (uint32_t k = 0; k < shape->n; k++)
            r->columns[s->list[shape->begin + k]] += shape->uses;
    }
}

/* Reads the rows of times and the columns; counts become where each begins. */
static int read_rows(struct recording_reader *r)
{
    struct numbers_in in = {
        .heads = r->parts[BODY_HEADS], .planes = r->parts[BODY_PLANES], .bits = r->parts[BODY_BITS]};
    uint32_t at = 0, n;

    if (!reserve_rows(r))
        return no_memory(r);
    count_rows(r);
    for (uint32_t i = 0; i < BODY_FRAME_ROWS + r->shapes.kinds; i++, at += n) {
        n = r->rows[i];
        r->rows[i] = at;
        if (n > 0 && !numbers_read(&in, r->times + at, n))
            return bad(r, "a row of times makes no sense");
    }
    at = 0;
    for (uint32_t i = 0; i < r->places.series_count; i++, at += n) {
        n = r->columns[i];
        r->columns[i] = at;
        if (n > 0 && !column_read(&in, r->values + at, n))
            return bad(r, "a column makes no sense");
    }
    return numbers_is_at_end(&in) ? 0 : bad(r, "its columns do not end where they should");
}

/* Everything that can be wrong with a block is found here. */
static int take_apart(struct recording_reader *r)
{
    int fault = find_parts(r);
    if (fault != 0)
        return fault;
    struct byte_cursor *names = &r->parts[BODY_NAMES];
    r->first_entity = byte_cursor_count(names, PLACES_ENTITIES_MAX);
    r->first_series = byte_cursor_count(names, PLACES_SERIES_MAX);

    recording_shapes_clear(&r->shapes);
    fault = names->failed ? -EBADMSG : recording_places_begin(&r->places, r->first_entity, r->first_series);
    if (fault != 0)
        return fault == -ENOMEM ? no_memory(r) : bad(r, "its names do not follow those before it");
    fault = hear_ops(r);
    return fault != 0 ? fault : read_rows(r);
}

/* Feeds one frame: what has no name or no room is left out. */
static int feed_frame(
    struct recording_reader *r, const struct feed *feed, const struct recording_shape *shape, int64_t t_ns)
{
    const uint32_t *list = r->shapes.list + shape->begin;
    const uint32_t *ids = r->places.ids;
    uint32_t n = 0;

    recording_places_look(&r->places, feed->catalog);
    for (uint32_t i = 0; i < shape->n; i++) {
        uint32_t number = list[i], id = ids[number];
        double value = r->values[r->columns[number]++];
        if (__builtin_expect(id == PLACES_UNKNOWN, 0))
            id = recording_places_series(&r->places, feed->catalog, number);
        if (__builtin_expect(id >= PLACES_ID_END, 0)) {
            r->totals.nameless += id == PLACES_LOST;
            r->totals.refused += id != PLACES_LOST;
            continue;
        }
        r->frame[n++] = (struct sample){.series = id, .value = value};
    }
    if (n == 0)
        return 0;
    r->totals.frames++;
    r->totals.samples += n;
    return feed->frame(feed->context, t_ns, r->frame, n);
}

static int feed_gone(
    struct recording_reader *r, const struct feed *feed, int64_t t_ns, uint32_t number, enum entity_end end)
{
    uint32_t id = r->places.entities[number].id;
    if (id >= PLACES_ID_END || feed->gone == NULL || !catalog_entity_lives(feed->catalog, id))
        return 0;
    r->totals.gone++;
    return feed->gone(feed->context, t_ns, id, end);
}

/* Declares what the block declares at this place, in its order. */
static void declare(struct recording_reader *r, const struct feed *feed, uint32_t entity, uint32_t series,
    uint32_t entities, uint32_t many)
{
    for (uint32_t i = 0; i < entities; i++)
        (void)recording_places_entity(&r->places, feed->catalog, entity + i);
    for (uint32_t i = 0; i < many; i++)
        (void)recording_places_series(&r->places, feed->catalog, series + i);
}

/* One operation that has a time. */
static int feed_record(
    struct recording_reader *r, const struct feed *feed, uint64_t op, const uint64_t about[2])
{
    if (op == OP_TICK) {
        r->totals.ticks++;
        return feed->tick(feed->context, r->times[r->rows[BODY_TICK_ROW]++]);
    }
    if (op == OP_GONE)
        return feed_gone(
            r, feed, r->times[r->rows[BODY_GONE_ROW]++], (uint32_t)about[0], (enum entity_end)about[1]);
    const struct recording_shape *shape = &r->shapes.shapes[op - OP_FRAME];
    return feed_frame(r, feed, shape, r->times[r->rows[BODY_FRAME_ROWS + shape->kind]++]);
}

/* Feeds a block that has been taken apart. */
static int deliver(struct recording_reader *r, const struct feed *feed)
{
    uint32_t entity = r->first_entity, series = r->first_series;
    struct byte_cursor ops = r->parts[BODY_OPS];
    int fault = 0;

    while (ops.at < ops.end && fault == 0) {
        uint64_t op = byte_cursor_number(&ops), about[2] = {0, 0};
        if (op == OP_GONE || op == OP_DECLARE) {
            about[0] = byte_cursor_number(&ops);
            about[1] = byte_cursor_number(&ops);
        }
        if (op != OP_DECLARE) {
            fault = feed_record(r, feed, op, about);
            continue;
        }
        declare(r, feed, entity, series, (uint32_t)about[0], (uint32_t)about[1]);
        entity += (uint32_t)about[0];
        series += (uint32_t)about[1];
    }
    return fault;
}

static int read_key(struct recording_reader *r, struct recording_key *ret)
{
    const struct block_head *h = &r->head;

    recording_places_restart(&r->places);
    r->has_key = true;
    r->totals.keys++;
    *ret = (struct recording_key){
        .t_ns = h->block.from_ns,
        .config = (const char *)r->body.bytes,
        .config_n = h->config_n,
        .snapshot = r->body.bytes + h->config_n,
        .snapshot_n = r->body.n - h->config_n,
    };
    return RECORDING_KEY;
}

static int read_data(struct recording_reader *r, const struct feed *feed)
{
    struct recording_places *p = &r->places;
    uint64_t since = r->head.block.sequence - r->head.since;

    /* Numbers that began with a block that was never seen mean nothing here. */
    if (r->head.since == 0 || since != r->names_since)
        recording_places_restart(p);
    r->names_since = since;
    const uint32_t entities = p->entity_count, series = p->series_count;
    const size_t text = p->text.n;
    int fault = take_apart(r);
    if (fault != 0) {
        recording_places_cut(p, entities, series, text);
        return fault;
    }
    r->totals.blocks++;
    fault = feed != NULL ? deliver(r, feed) : 0;
    return fault != 0 ? fault : RECORDING_DATA;
}

/* Blocks of one writer are numbered; a KEY with a smaller number begins another recording. */
static void follow_sequence(struct recording_reader *r)
{
    uint64_t sequence = r->head.block.sequence;
    if (r->has_sequence && sequence > r->next_sequence)
        r->totals.missing += sequence - r->next_sequence;
    r->has_sequence = true;
    r->next_sequence = sequence + 1;
}

int recording_reader_block(struct recording_reader *r, const uint8_t *bytes, size_t n,
    const struct feed *feed, struct recording_key *ret_key)
{
    r->error = (struct error){0};
    int fault = block_check(bytes, n, &r->head, &r->error);
    if (fault == 0) {
        follow_sequence(r);
        if (r->head.block.kind == RECORDING_DATA && !r->has_key)
            return error_set(&r->error, -ENOKEY, "no configuration stands before this block");
        fault = unpack(r, bytes);
    }
    if (fault == 0 && r->head.block.kind == RECORDING_KEY)
        return read_key(r, ret_key);
    if (fault == 0)
        fault = read_data(r, feed);
    if (fault == -EBADMSG && r->error.code == -EBADMSG)
        r->totals.damaged++;
    return fault;
}
