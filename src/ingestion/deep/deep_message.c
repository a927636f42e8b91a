/* SPDX-License-Identifier: MIT
 * Turns messages into bytes, bytes that came through a pipe into messages, and nothing else into anything:
 * what is not exactly a message is an error. What a message means is left to both sides. */
#include "ingestion/deep/deep_message.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/pack.h"

#define HEADER  4u
#define VERSION 1u

_Static_assert(DEEP_MESSAGE_MAX <= PIPE_BUF, "a message is written in one piece");

static void pack_id(struct pack *p, struct deep_id *id)
{
    pack_u32(p, &id->pid);
    pack_u64(p, &id->start_ticks);
    pack_check(p, id->pid > 0 && id->pid <= INT32_MAX);
}

static void pack_name(struct pack *p, char name[DEEP_NAME_MAX])
{
    pack_text(p, name, DEEP_NAME_MAX);
    if (!pack_check(p, name[0] != '\0'))
        return;
    for (const char *c = name; *c; c++)
        pack_check(p, *c >= 0x20 && *c < 0x7f);
}

/* A quantity: NaN, or finite and not negative. */
static void pack_amount(struct pack *p, double *x)
{
    pack_absent(p, x);
    pack_check(p, isnan(*x) || *x >= 0);
}

static void pack_watch(struct pack *p, struct deep_watch *w)
{
    pack_count(p, &w->count, DEEP_WATCH_MAX);
    for (uint32_t i = 0; !p->error && i < w->count; i++)
        pack_id(p, &w->ids[i]);
}

static void pack_process(struct pack *p, struct deep_process *x)
{
    pack_id(p, &x->id);
    pack_name(p, x->name);
    pack_u32(p, &x->tasks_known);
    pack_u32(p, &x->tasks_futex);
    pack_check(p, x->tasks_futex <= x->tasks_known);
    pack_amount(p, &x->open_files);
    pack_amount(p, &x->open_files_limit);
    pack_amount(p, &x->read_bytes);
    pack_amount(p, &x->written_bytes);
}

static void pack_jvm(struct pack *p, struct deep_jvm *x)
{
    struct jvm_reading *r = &x->reading;

    pack_id(p, &x->id);
    pack_name(p, x->name);
    pack_amount(p, &r->gc_time_s);
    pack_amount(p, &r->gc_count);
    pack_amount(p, &r->major_count);
    pack_amount(p, &r->uptime_s);
    pack_amount(p, &r->heap_used_bytes);
    pack_amount(p, &r->heap_limit_bytes);
    pack_amount(p, &r->heap_live_bytes);
    pack_amount(p, &r->eden_used_bytes);
    pack_amount(p, &r->eden_capacity_bytes);
    pack_amount(p, &r->young_count);
}

static void pack_round(struct pack *p, struct deep_round *x)
{
    pack_u64(p, &x->number);
    pack_u64(p, &x->took_ns);
    pack_u64(p, &x->dropped);
    pack_u32(p, &x->processes);
    pack_u32(p, &x->denied);
    pack_u32(p, &x->hidden);
    pack_u32(p, &x->jvms);
    pack_u32(p, &x->jvms_denied);
    pack_u32(p, &x->jvms_excess);
}

static void pack_body(struct pack *p, struct deep_message *m)
{
    switch (m->kind) {
    case DEEP_HELLO:
        pack_bool(p, &m->of.hello.may_trace);
        pack_bool(p, &m->of.hello.may_read);
        break;
    case DEEP_WATCH:
        pack_watch(p, &m->of.watch);
        break;
    case DEEP_PROCESS:
        pack_process(p, &m->of.process);
        break;
    case DEEP_JVM:
        pack_jvm(p, &m->of.jvm);
        break;
    case DEEP_ROUND:
        pack_round(p, &m->of.round);
        break;
    default:
        pack_fail(p, p->reading ? -EBADMSG : -ERANGE);
    }
}

int deep_message_write(const struct deep_message *m, uint8_t *out)
{
    const size_t room = DEEP_MESSAGE_MAX - HEADER;
    /* With room and limit alike the packer never allocates. */
    struct pack p = {.bytes = out + HEADER, .size = room, .limit = room, .part = ""};
    struct deep_message copy = *m;

    pack_body(&p, &copy);
    if (p.error)
        return -ERANGE;
    out[0] = (uint8_t)m->kind;
    out[1] = VERSION;
    out[2] = (uint8_t)p.at;
    out[3] = (uint8_t)(p.at >> 8);
    return (int)(HEADER + p.at);
}

int deep_message_read(const uint8_t *bytes, size_t n, struct deep_message *ret)
{
    struct deep_message m;
    struct pack p;

    if (n < HEADER)
        return 0;
    const size_t length = (size_t)bytes[2] | (size_t)bytes[3] << 8;
    if (bytes[0] == 0 || bytes[0] >= DEEP_KIND_END || bytes[1] != VERSION ||
        length > DEEP_MESSAGE_MAX - HEADER)
        return -EBADMSG;
    if (n - HEADER < length)
        return 0;
    memset(&m, 0, sizeof(m));
    m.kind = (enum deep_kind)bytes[0];
    pack_to_read(&p, bytes + HEADER, length);
    pack_body(&p, &m);
    pack_end(&p);
    if (p.error)
        return -EBADMSG;
    *ret = m;
    return (int)(HEADER + length);
}

/* Reads once. Returns 1; 0: nothing there; or -errno. */
static int fill(struct deep_inbox *in)
{
    ssize_t got;

    do
        got = read(in->fd, in->bytes + in->n, sizeof(in->bytes) - in->n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN ? 0 : -errno;
    if (got == 0)
        return -EPIPE;
    in->n += (size_t)got;
    return 1;
}

int deep_inbox_next(struct deep_inbox *in, struct deep_message *ret)
{
    for (;;) {
        const int length = deep_message_read(in->bytes, in->n, ret);
        if (length < 0)
            return length;
        if (length > 0) {
            in->n -= (size_t)length;
            memmove(in->bytes, in->bytes + length, in->n);
            return 1;
        }
        const int r = fill(in); /* there is room: a message that is not whole is shorter than the buffer */
        if (r <= 0)
            return r;
    }
}

int deep_message_send(int fd, const struct deep_message *m)
{
    uint8_t bytes[DEEP_MESSAGE_MAX];
    const int n = deep_message_write(m, bytes);
    ssize_t put;

    if (n < 0)
        return n;
    do
        put = write(fd, bytes, (size_t)n);
    while (put < 0 && errno == EINTR);
    return put < 0 ? -errno : 0;
}

void deep_name_clean(const char *name, size_t n, char out[DEEP_NAME_MAX])
{
    size_t length = 0;

    for (size_t i = 0; i < n && length + 1 < DEEP_NAME_MAX; i++)
        out[length++] = name[i] >= 0x20 && name[i] < 0x7f ? name[i] : '_';
    if (length == 0)
        out[length++] = '?';
    out[length] = '\0';
}
