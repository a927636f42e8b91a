/* SPDX-License-Identifier: MIT
 * Turns rows with borrowed texts into entries that own everything, in one piece of memory allocated at the
 * start. An entry that a later word has made void stays until room is needed. */
#include "state/state_queue.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TEXTS_MAX 10
#define ALIGN     8U

/* Its texts follow, in the order of texts[]; the row's pointers to them are only made when it is read. */
struct entry {
    uint32_t size; /* bytes of it with its texts, a multiple of ALIGN */
    bool is_void;
    struct state_row row;
};

#define TEXT(member, field)                                                                                  \
    (offsetof(struct state_row, member) + offsetof(__typeof__(((struct state_row *)0)->member), field))

static const struct {
    size_t count;
    size_t texts[TEXTS_MAX]; /* offsets in struct state_row; the first is what tells rows apart */
} shapes[] = {
    [ROW_RUN] = {2, {TEXT(run, version), TEXT(run, end)}},
    [ROW_CONFIG] = {2, {TEXT(config, hash), TEXT(config, text)}},
    [ROW_INCIDENT] = {9, {TEXT(incident, id), TEXT(incident, host), TEXT(incident, kind),
                             TEXT(incident, severity), TEXT(incident, state), TEXT(incident, laws),
                             TEXT(incident, narrative), TEXT(incident, veto), TEXT(incident, json)}},
    [ROW_FINDING] = {8,
        {TEXT(finding, id), TEXT(finding, incident), TEXT(finding, host), TEXT(finding, entity),
            TEXT(finding, law), TEXT(finding, cause), TEXT(finding, state), TEXT(finding, json)}},
    [ROW_BLOCK] = {0, {0}},
};

static struct state_text *text_of(struct state_row *row, size_t i)
{
    return (struct state_text *)((char *)row + shapes[row->kind].texts[i]);
}

static const struct state_text *text_in(const struct state_row *row, size_t i)
{
    return (const struct state_text *)((const char *)row + shapes[row->kind].texts[i]);
}

static struct entry *entry_at(const struct state_queue *q, size_t at)
{
    return (struct entry *)(void *)(q->bytes + at);
}

int state_queue_init(struct state_queue *q, size_t size, size_t block_max)
{
    *q = (struct state_queue){.size = size, .block_max = block_max, .bytes = malloc(size)};
    return q->bytes ? 0 : -ENOMEM;
}

static void make_void(struct state_queue *q, struct entry *e)
{
    e->is_void = true;
    q->count--;
    if (e->row.kind != ROW_BLOCK)
        return;
    q->block_bytes -= e->row.block.n;
    free((void *)(uintptr_t)e->row.block.bytes); /* a copy of ours */
}

void state_queue_clear(struct state_queue *q)
{
    for (size_t at = 0; at < q->used; at += entry_at(q, at)->size)
        if (!entry_at(q, at)->is_void)
            make_void(q, entry_at(q, at));
    q->used = 0;
}

void state_queue_free(struct state_queue *q)
{
    if (q->bytes)
        state_queue_clear(q);
    free(q->bytes);
    *q = (struct state_queue){0};
}

/* Bytes that it will need; 0: a text over its limit. */
static size_t size_of(const struct state_row *row)
{
    size_t size = sizeof(struct entry);

    for (size_t i = 0; i < shapes[row->kind].count; i++) {
        if (text_in(row, i)->n > STATE_TEXT_MAX)
            return 0;
        size += text_in(row, i)->n;
    }
    if (row->kind == ROW_BLOCK && (row->block.n > STATE_BLOCK_MAX || !row->block.bytes))
        return 0;
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

static bool is_same(const struct state_row *a, const struct state_text *a_id, const struct state_row *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case ROW_RUN:
        return a->run.start_ns == b->run.start_ns;
    case ROW_INCIDENT:
    case ROW_FINDING:
        return a_id->n == text_in(b, 0)->n && memcmp(a_id->at, text_in(b, 0)->at, a_id->n) == 0;
    default:
        return false;
    }
}

/* An earlier word on the same thing is void. */
static void supersede(struct state_queue *q, const struct state_row *row)
{
    for (size_t at = 0; at < q->used; at += entry_at(q, at)->size) {
        struct entry *e = entry_at(q, at);
        const struct state_text id = {(const char *)(e + 1), text_in(&e->row, 0)->n};
        if (!e->is_void && is_same(&e->row, &id, row))
            make_void(q, e);
    }
}

static void compact(struct state_queue *q)
{
    size_t kept = 0;

    for (size_t at = 0, size; at < q->used; at += size) {
        size = entry_at(q, at)->size;
        if (entry_at(q, at)->is_void)
            continue;
        if (kept != at)
            memmove(q->bytes + kept, q->bytes + at, size);
        kept += size;
    }
    q->used = kept;
}

static void append(struct state_queue *q, const struct state_row *row, size_t size)
{
    struct entry *e = entry_at(q, q->used);
    char *to = (char *)(e + 1);

    e->size = (uint32_t)size;
    e->is_void = false;
    e->row = *row;
    for (size_t i = 0; i < shapes[row->kind].count; i++) {
        const struct state_text *t = text_in(row, i);
        if (t->n > 0)
            memcpy(to, t->at, t->n);
        to += t->n;
    }
    q->used += size;
    q->count++;
}

int state_queue_put(struct state_queue *q, const struct state_row *row)
{
    struct state_row copy = *row;
    size_t size = size_of(row);

    if (size == 0)
        return -EINVAL;
    supersede(q, row);
    if (q->count == 0)
        q->used = 0;
    if (size > q->size - q->used)
        compact(q);
    if (size > q->size - q->used)
        return -ENOSPC;
    if (row->kind == ROW_BLOCK) {
        if (row->block.n > q->block_max - q->block_bytes)
            return -ENOSPC;
        void *bytes = malloc(row->block.n ? row->block.n : 1);
        if (!bytes)
            return -ENOMEM;
        memcpy(bytes, row->block.bytes, row->block.n);
        copy.block.bytes = bytes;
        q->block_bytes += row->block.n;
    }
    append(q, &copy, size);
    return 0;
}

void state_queue_move(struct state_queue *q, struct state_queue *to)
{
    size_t at = 0;

    assert(to->count == 0);
    to->used = 0;
    while (at < q->used) {
        struct entry *e = entry_at(q, at);
        if (!e->is_void) {
            if (e->size > to->size - to->used)
                break;
            memcpy(to->bytes + to->used, e, e->size);
            to->used += e->size;
            to->count++;
            q->count--;
            if (e->row.kind == ROW_BLOCK) {
                to->block_bytes += e->row.block.n;
                q->block_bytes -= e->row.block.n;
            }
            e->is_void = true;
        }
        at += e->size;
    }
    memmove(q->bytes, q->bytes + at, q->used - at);
    q->used -= at;
}

bool state_queue_next(const struct state_queue *q, size_t *at, struct state_row *ret)
{
    while (*at < q->used && entry_at(q, *at)->is_void)
        *at += entry_at(q, *at)->size;
    if (*at >= q->used)
        return false;
    const struct entry *e = entry_at(q, *at);
    const char *from = (const char *)(e + 1);
    *ret = e->row;
    for (size_t i = 0; i < shapes[ret->kind].count; i++) {
        struct state_text *t = text_of(ret, i);
        t->at = t->at ? from : NULL; /* absent stays absent */
        from += t->n;
    }
    *at += e->size;
    return true;
}
