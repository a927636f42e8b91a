/* SPDX-License-Identifier: MIT
 * Keeps the shapes of a block's frames and turns a new one into a script over an older one, and back. On a
 * busy host a shape differs from the one before by a process or two, so the script is a few bytes where the
 * list is hundreds. Which frame has which shape is the writer's and the reader's matter. */
#include "state/recording_shapes.h"

#include <errno.h>
#include <stdlib.h>

/* Tokens of a script: a length less one above two bits of what to do. */
enum { DO_COPY, DO_INSERT, DO_SKIP };

#define FIRST_SHAPES 16u

void recording_shapes_done(struct recording_shapes *s)
{
    free(s->shapes);
    free(s->list);
    free(s->ids);
    free(s->table);
    free(s->where);
    free(s->by_first);
    *s = (struct recording_shapes){0};
}

void recording_shapes_clear(struct recording_shapes *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        s->by_first[s->list[s->shapes[i].begin]] = 0;
    s->count = s->listed = s->last = s->kinds = 0;
    if (s->table != NULL)
        memset(s->table, 0, (s->mask + 1u) * sizeof(*s->table));
}

static bool grow(uint32_t **list, uint32_t room)
{
    uint32_t *more = realloc(*list, room * sizeof(*more));
    if (more != NULL)
        *list = more;
    return more != NULL;
}

/* Room for n more numbers, and for another shape. */
static bool make_room(struct recording_shapes *s, uint32_t n, bool with_ids)
{
    if (s->count == s->room) {
        uint32_t room = s->room > 0 ? 2 * s->room : FIRST_SHAPES;
        struct recording_shape *shapes = realloc(s->shapes, room * sizeof(*shapes));
        if (shapes == NULL)
            return false;
        s->shapes = shapes;
        s->room = room;
    }
    if (n <= s->list_room - s->listed)
        return true;
    uint32_t room = 2 * s->list_room > s->listed + n ? 2 * s->list_room : s->listed + n;
    if (!grow(&s->list, room) || (with_ids && !grow(&s->ids, room)))
        return false;
    s->list_room = room;
    return true;
}

struct recording_shape *recording_shapes_add(struct recording_shapes *s, uint32_t n, bool with_ids)
{
    if (!make_room(s, n, with_ids))
        return NULL;
    struct recording_shape *shape = &s->shapes[s->count];
    *shape = (struct recording_shape){.begin = s->listed, .n = n, .next = s->count++};
    s->listed += n;
    return shape;
}

struct recording_shape *recording_shapes_find(
    struct recording_shapes *s, const uint32_t *ids, uint32_t n, uint64_t hash)
{
    if (s->table == NULL)
        return NULL;
    for (uint32_t i = (uint32_t)hash & s->mask; s->table[i] != 0; i = (i + 1) & s->mask) {
        struct recording_shape *shape = &s->shapes[s->table[i] - 1];
        if (shape->hash == hash && shape->n == n && memcmp(s->ids + shape->begin, ids, n * sizeof(*ids)) == 0)
            return shape;
    }
    return NULL;
}

static void put_in_table(struct recording_shapes *s, uint32_t shape)
{
    uint32_t i = (uint32_t)s->shapes[shape].hash & s->mask;
    while (s->table[i] != 0)
        i = (i + 1) & s->mask;
    s->table[i] = shape + 1;
}

bool recording_shapes_index(struct recording_shapes *s, uint32_t shape)
{
    if (s->table == NULL || 2 * s->count > s->mask) {
        uint32_t places = s->table == NULL ? 2 * FIRST_SHAPES : 2 * (s->mask + 1);
        uint32_t *table = calloc(places, sizeof(*table));
        if (table == NULL)
            return false;
        free(s->table);
        s->table = table;
        s->mask = places - 1;
        for (uint32_t i = 0; i + 1 < s->count; i++)
            put_in_table(s, i);
    }
    put_in_table(s, shape);
    return true;
}

void recording_shapes_undo(struct recording_shapes *s)
{
    s->listed = s->shapes[--s->count].begin;
}

/* A shape whose list is there: finds its kind, and is the latest of it. */
static void enter(struct recording_shapes *s, uint32_t newest)
{
    struct recording_shape *shape = &s->shapes[newest];
    uint32_t *latest = &s->by_first[s->list[shape->begin]];
    shape->kind = *latest > 0 ? s->shapes[*latest - 1].kind : s->kinds++;
    *latest = newest + 1;
}

/* A table by number, whose new part is zero. */
static bool reserve(uint32_t **table, uint32_t *room, uint32_t numbers)
{
    if (numbers <= *room)
        return true;
    if (!grow(table, 2 * numbers))
        return false;
    memset(*table + *room, 0, (2 * numbers - *room) * sizeof(**table));
    *room = 2 * numbers;
    return true;
}

/* Where each number stands in the base, or 0. */
static void mark(struct recording_shapes *s, const struct recording_shape *base)
{
    for (uint32_t i = base->n; i-- > 0;)
        s->where[s->list[base->begin + i]] = i + 1;
}

static void unmark(struct recording_shapes *s, const struct recording_shape *base)
{
    for (uint32_t i = 0; i < base->n; i++)
        s->where[s->list[base->begin + i]] = 0;
}

static void token(struct byte_buffer *b, uint32_t length, unsigned what)
{
    byte_buffer_number(b, (uint64_t)(length - 1) << 2 | what);
}

/* The script from base to shape. */
static void tell(const struct recording_shapes *s, const struct recording_shape *base,
    const struct recording_shape *shape, struct byte_buffer *b)
{
    const uint32_t *from = s->list + base->begin, *to = s->list + shape->begin;
    uint32_t at = 0, expected = 0, run;

    for (uint32_t i = 0; i < shape->n; i += run, expected = to[i - 1] + 1) {
        uint32_t place = s->where[to[i]];
        run = 1;
        if (place > at) {
            if (place - 1 > at)
                token(b, place - 1 - at, DO_SKIP);
            at = place - 1;
            while (i + run < shape->n && at + run < base->n && to[i + run] == from[at + run])
                run++;
            token(b, run, DO_COPY);
            at += run;
            continue;
        }
        while (i + run < shape->n && to[i + run] == to[i] + run && s->where[to[i + run]] <= at)
            run++;
        token(b, run, DO_INSERT);
        byte_buffer_number(b, zigzag((uint64_t)to[i] - expected));
    }
}

bool recording_shapes_tell(struct recording_shapes *s, uint32_t numbers, struct byte_buffer *b)
{
    static const struct recording_shape none = {0};
    uint32_t newest = s->count - 1;
    const struct recording_shape *shape = &s->shapes[newest];

    if (!byte_buffer_reserve(b, (2 + 3 * (size_t)shape->n) * BYTE_NUMBER_MAX) ||
        !reserve(&s->where, &s->where_room, numbers) || !reserve(&s->by_first, &s->first_room, numbers))
        return false;
    /* The latest shape that begins with the same series, or the one before. */
    uint32_t like = s->by_first[s->list[shape->begin]], base = like > 0     ? like - 1
                                                               : newest > 0 ? newest - 1
                                                                            : 0;
    const struct recording_shape *from = newest > 0 ? &s->shapes[base] : &none;
    byte_buffer_number(b, newest - base); /* 0: no base */
    byte_buffer_number(b, shape->n);
    mark(s, from);
    tell(s, from, shape, b);
    unmark(s, from);
    enter(s, newest);
    return true;
}

/* Follows one token of a script. Returns how many numbers it gave; 0: it makes no sense, or gave none. */
static uint32_t follow(struct recording_shapes *s, struct byte_cursor *c, uint32_t numbers,
    const struct recording_shape *base, struct recording_shape *shape, uint32_t done, uint32_t *at)
{
    uint32_t *to = s->list + shape->begin + done;
    uint64_t word = byte_cursor_number(c), length = (word >> 2) + 1;
    unsigned what = word & 3;

    if (what == DO_SKIP || what == DO_COPY) {
        c->failed |= length > base->n - *at || (what == DO_COPY && length > shape->n - done);
        if (c->failed)
            return 0;
        if (what == DO_COPY)
            memcpy(to, s->list + base->begin + *at, length * sizeof(*to));
        *at += (uint32_t)length;
        return what == DO_COPY ? (uint32_t)length : 0;
    }
    uint64_t first = (done > 0 ? (uint64_t)to[-1] + 1 : 0) + unzigzag(byte_cursor_number(c));
    c->failed |=
        what != DO_INSERT || length > shape->n - done || first >= numbers || length > numbers - first;
    for (uint32_t i = 0; !c->failed && i < length; i++)
        to[i] = (uint32_t)first + i;
    return c->failed ? 0 : (uint32_t)length;
}

int recording_shapes_hear(struct recording_shapes *s, uint32_t numbers, uint32_t most, struct byte_cursor *c)
{
    uint32_t back = byte_cursor_count(c, s->count), n = byte_cursor_count(c, most), at = 0, done = 0;

    if (c->failed || n == 0)
        return -EBADMSG;
    if (!reserve(&s->by_first, &s->first_room, numbers) || recording_shapes_add(s, n, false) == NULL)
        return -ENOMEM;
    struct recording_shape none = {0}, *shape = &s->shapes[s->count - 1];
    const struct recording_shape *base = back > 0 ? shape - back : &none;
    while (done < n && !c->failed)
        done += follow(s, c, numbers, base, shape, done, &at);
    if (done < n) {
        s->count--; /* its list does not count */
        return -EBADMSG;
    }
    enter(s, s->count - 1);
    return 0;
}
