/* SPDX-License-Identifier: MIT
 * Turns blocks back into records: a block that has been taken apart whole (recording_content) is gone through
 * once, with nothing left that could fail but the catalog's room and the feed. Here is also known what is
 * missing: blocks, and names. */
#include "state/recording_reader.h"

#include <errno.h>
#include <stdlib.h>

#include "state/recording_content.h"

struct recording_reader {
    struct recording_read totals;
    struct error error;
    uint64_t next_sequence;
    uint64_t names_since; /* number of the block with which the numbers of names began */
    bool has_key, has_sequence;
    struct recording_places places;
    struct recording_content content; /* of the block at hand */
};

struct recording_reader *recording_reader_new(void)
{
    struct recording_reader *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    if (!recording_content_init(&r->content, &r->places, &r->error)) {
        free(r);
        return NULL;
    }
    return r;
}

void recording_reader_free(struct recording_reader *r)
{
    if (r == NULL)
        return;
    recording_content_done(&r->content);
    recording_places_done(&r->places);
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

/* Feeds one frame: what has no name or no room is left out. */
static int feed_frame(
    struct recording_reader *r, const struct feed *feed, const struct recording_shape *shape, int64_t t_ns)
{
    const uint32_t *list = r->content.shapes.list + shape->begin;
    const uint32_t *ids = r->places.ids;
    uint32_t n = 0;

    recording_places_look(&r->places, feed->catalog);
    for (uint32_t i = 0; i < shape->n; i++) {
        uint32_t number = list[i], id = ids[number];
        double value = r->content.values[r->content.columns[number]++];
        if (__builtin_expect(id == PLACES_UNKNOWN, 0))
            id = recording_places_series(&r->places, feed->catalog, number);
        if (__builtin_expect(id >= PLACES_ID_END, 0)) {
            r->totals.nameless += id == PLACES_LOST;
            r->totals.refused += id != PLACES_LOST;
            continue;
        }
        r->content.frame[n++] = (struct sample){.series = id, .value = value};
    }
    if (n == 0)
        return 0;
    r->totals.frames++;
    r->totals.samples += n;
    return feed->frame(feed->context, t_ns, r->content.frame, n);
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
        return feed->tick(feed->context, r->content.times[r->content.rows[BODY_TICK_ROW]++]);
    }
    if (op == OP_GONE)
        return feed_gone(r, feed, r->content.times[r->content.rows[BODY_GONE_ROW]++], (uint32_t)about[0],
            (enum entity_end)about[1]);
    const struct recording_shape *shape = &r->content.shapes.shapes[op - OP_FRAME];
    return feed_frame(r, feed, shape, r->content.times[r->content.rows[BODY_FRAME_ROWS + shape->kind]++]);
}

/* Feeds a block that has been taken apart. */
static int deliver(struct recording_reader *r, const struct feed *feed)
{
    uint32_t entity = r->content.first_entity, series = r->content.first_series;
    struct byte_cursor ops = r->content.parts[BODY_OPS];
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
    const struct block_head *h = &r->content.head;

    recording_places_restart(&r->places);
    r->has_key = true;
    r->totals.keys++;
    *ret = (struct recording_key){
        .t_ns = h->block.from_ns,
        .config = (const char *)r->content.body.bytes,
        .config_n = h->config_n,
        .snapshot = r->content.body.bytes + h->config_n,
        .snapshot_n = r->content.body.n - h->config_n,
    };
    return RECORDING_KEY;
}

static int read_data(struct recording_reader *r, const struct feed *feed)
{
    struct recording_places *p = &r->places;
    uint64_t since = r->content.head.block.sequence - r->content.head.since;

    /* Numbers that began with a block that was never seen mean nothing here. */
    if (r->content.head.since == 0 || since != r->names_since)
        recording_places_restart(p);
    r->names_since = since;
    const uint32_t entities = p->entity_count, series = p->series_count;
    const size_t text = p->text.n;
    int fault = recording_content_take(&r->content);
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
    uint64_t sequence = r->content.head.block.sequence;
    if (r->has_sequence && sequence > r->next_sequence)
        r->totals.missing += sequence - r->next_sequence;
    r->has_sequence = true;
    r->next_sequence = sequence + 1;
}

int recording_reader_block(struct recording_reader *r, const uint8_t *bytes, size_t n,
    const struct feed *feed, struct recording_key *ret_key)
{
    r->error = (struct error){0};
    int fault = block_check(bytes, n, &r->content.head, &r->error);
    if (fault == 0) {
        follow_sequence(r);
        if (r->content.head.block.kind == RECORDING_DATA && !r->has_key)
            return error_set(&r->error, -ENOKEY, "no configuration stands before this block");
        fault = recording_content_unpack(&r->content, bytes);
    }
    if (fault == 0 && r->content.head.block.kind == RECORDING_KEY)
        return read_key(r, ret_key);
    if (fault == 0)
        fault = read_data(r, feed);
    if (fault == -EBADMSG && r->error.code == -EBADMSG)
        r->totals.damaged++;
    return fault;
}
