/* SPDX-License-Identifier: MIT
 * Turns what the engine says of incidents into what each receiver is to be told next. How it is told, and
 * when it is tried again, is the business of who delivers. */
#include "output/alert/alert_book.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"

#define BOOK_FORMAT 1U

int alert_book_add_target(struct alert_book *b, const char *name)
{
    if (b->targets == ALERT_TARGETS_MAX)
        return -ENOSPC;
    b->names[b->targets] = hash_sip24(0, 0, name, strlen(name));
    return (int)b->targets++;
}

static struct alert_record *find(struct alert_book *b, const char *id)
{
    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++)
        if (b->records[i].order != 0 && strcmp(b->records[i].alert.id, id) == 0)
            return &b->records[i];
    return NULL;
}

/* The word that the target has not taken yet. */
static bool next_word(const struct alert_record *r, size_t target, enum alert_word *ret)
{
    if (r->told[target].closed)
        return false;
    if (!r->told[target].opened)
        *ret = ALERT_OPENED;
    else if (r->closed)
        *ret = ALERT_CLOSED;
    else if (r->told[target].version < r->version)
        *ret = ALERT_CHANGED;
    else
        return false;
    return true;
}

/* Frees a record that is over and that everybody has taken. */
static void settle(struct alert_book *b, struct alert_record *r)
{
    bool done = r->closed;

    for (size_t t = 0; t < b->targets && done; t++)
        done = r->told[t].closed;
    if (done)
        r->order = 0;
    b->changed = true;
}

static void drop(struct alert_book *b, struct alert_record *r)
{
    enum alert_word word;

    for (size_t t = 0; t < b->targets; t++)
        if (next_word(r, t, &word))
            b->dropped[t] += word == ALERT_OPENED ? 2 : 1; /* its end, too */
    r->order = 0;
}

/* A free record; of a full book the oldest that is over, else the oldest. */
static struct alert_record *make_room(struct alert_book *b)
{
    struct alert_record *oldest = NULL;

    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++) {
        struct alert_record *r = &b->records[i];
        if (r->order == 0)
            return r;
        if (!oldest || (r->closed && !oldest->closed) ||
            (r->closed == oldest->closed && r->order < oldest->order))
            oldest = r;
    }
    drop(b, oldest);
    return oldest;
}

void alert_book_hear(struct alert_book *b, const struct catalog *c, const struct incident *i)
{
    struct alert_record *r = find(b, i->id);

    if (b->targets == 0 || (!r && i->change == CHANGE_CLOSE))
        return; /* nobody was told of it */
    if (!r) {
        r = make_room(b);
        memset(r, 0, sizeof(*r));
        r->order = ++b->last_order;
        r->version = 1;
        alert_take(&r->alert, c, i);
    } else {
        const enum severity severity = r->alert.severity;
        const enum incident_kind kind = r->alert.kind;
        alert_take(&r->alert, c, i);
        if (severity != r->alert.severity)
            r->was_severity |= (uint8_t)(1U << severity);
        r->was_severity &= (uint8_t) ~(1U << r->alert.severity);
        if (severity != r->alert.severity || kind != r->alert.kind)
            r->version++;
        r->closed = i->change == CHANGE_CLOSE;
    }
    settle(b, r);
}

void alert_book_meet(struct alert_book *b, const struct view *v, int64_t now_ns)
{
    const struct incident *i;
    bool known[ALERT_RECORDS_MAX] = {false};

    for (uint32_t n = 0; (i = view_incident(v, n)) != NULL; n++) {
        struct incident open = *i;
        open.change = CHANGE_UPDATE;
        alert_book_hear(b, view_catalog(v), &open);
        const struct alert_record *r = find(b, i->id);
        if (r)
            known[r - b->records] = true;
    }
    for (size_t n = 0; n < ALERT_RECORDS_MAX; n++) {
        struct alert_record *r = &b->records[n];
        if (r->order == 0 || r->closed || known[n])
            continue;
        r->closed = true;
        if (r->alert.t_ns < now_ns)
            r->alert.t_ns = now_ns;
        settle(b, r);
    }
}

bool alert_book_next(const struct alert_book *b, size_t target, struct alert_work *ret)
{
    const struct alert_record *first = NULL;
    enum alert_word word;

    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++) {
        const struct alert_record *r = &b->records[i];
        if (r->order != 0 && next_word(r, target, &word) && (!first || r->order < first->order)) {
            first = r;
            ret->word = word;
        }
    }
    if (!first)
        return false;
    ret->record = (size_t)(first - b->records);
    ret->order = first->order;
    ret->version = first->version;
    return true;
}

const struct alert_record *alert_book_record(const struct alert_book *b, const struct alert_work *w)
{
    return b->records[w->record].order == w->order ? &b->records[w->record] : NULL;
}

void alert_book_told(struct alert_book *b, size_t target, const struct alert_work *w, bool dropped)
{
    struct alert_record *r = &b->records[w->record];

    b->dropped[target] += dropped;
    if (r->order != w->order)
        return;
    r->told[target].opened = true;
    r->told[target].version = w->version;
    r->told[target].closed = w->word == ALERT_CLOSED;
    settle(b, r);
}

size_t alert_book_waiting(const struct alert_book *b, size_t target)
{
    enum alert_word word;
    size_t n = 0;

    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++)
        if (b->records[i].order != 0 && next_word(&b->records[i], target, &word))
            n += word == ALERT_OPENED && b->records[i].closed ? 2 : 1;
    return n;
}

size_t alert_book_open(const struct alert_book *b)
{
    size_t n = 0;

    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++)
        n += b->records[i].order != 0 && !b->records[i].closed;
    return n;
}

/* targets: how many the file has. */
static void pack_record(struct pack *p, struct alert_record *r, uint32_t targets)
{
    pack_u64(p, &r->order);
    pack_check(p, r->order != 0);
    alert_pack(p, &r->alert);
    pack_bool(p, &r->closed);
    pack_u32(p, &r->version);
    pack_u8(p, &r->was_severity);
    for (uint32_t t = 0; t < targets; t++) {
        pack_bool(p, &r->told[t].opened);
        pack_bool(p, &r->told[t].closed);
        pack_u32(p, &r->told[t].version);
    }
}

void alert_book_write(struct alert_book *b, struct pack *p)
{
    uint32_t format = BOOK_FORMAT, targets = (uint32_t)b->targets, count = 0;

    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++)
        count += b->records[i].order != 0;
    pack_part(p, "alerts");
    pack_u32(p, &format);
    pack_count(p, &targets, ALERT_TARGETS_MAX);
    for (uint32_t t = 0; t < targets; t++)
        pack_u64(p, &b->names[t]);
    pack_u64(p, &b->last_order);
    pack_count(p, &count, ALERT_RECORDS_MAX);
    for (size_t i = 0; i < ALERT_RECORDS_MAX; i++)
        if (b->records[i].order != 0)
            pack_record(p, &b->records[i], targets);
    b->changed = false;
}

/* What the file's targets have been told goes to those of today that are the same. */
static void assign(struct alert_book *b, struct alert_record *r, const uint64_t *names, uint32_t targets)
{
    const struct alert_record was = *r;

    memset(r->told, 0, sizeof(r->told));
    for (size_t t = 0; t < b->targets; t++) {
        bool is_new = true;
        for (uint32_t k = 0; k < targets; k++)
            if (b->names[t] == names[k]) {
                r->told[t] = was.told[k];
                is_new = false;
            }
        if (is_new && r->closed) /* it was over before this one came */
            r->told[t].opened = r->told[t].closed = true;
    }
}

void alert_book_read(struct alert_book *b, struct pack *p)
{
    uint32_t format = 0, targets = 0, count = 0;
    uint64_t names[ALERT_TARGETS_MAX];

    pack_part(p, "alerts");
    pack_u32(p, &format);
    pack_check(p, format == BOOK_FORMAT);
    pack_count(p, &targets, ALERT_TARGETS_MAX);
    for (uint32_t t = 0; t < targets && !p->error; t++)
        pack_u64(p, &names[t]);
    pack_u64(p, &b->last_order);
    pack_count(p, &count, ALERT_RECORDS_MAX);
    for (uint32_t i = 0; i < count && !p->error; i++) {
        pack_record(p, &b->records[i], targets);
        pack_check(p, b->records[i].order <= b->last_order);
    }
    pack_end(p);
    if (p->error) {
        memset(b->records, 0, sizeof(b->records));
        b->last_order = 0;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        assign(b, &b->records[i], names, targets);
        settle(b, &b->records[i]);
    }
    b->changed = false;
}
