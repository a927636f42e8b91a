/* SPDX-License-Identifier: MIT
 * Turns fields into a growing, bounded run of bytes, and such bytes back into fields. Nothing that is read is
 * believed: every length is checked against what is left, every value against what its kind allows. What the
 * fields mean together is their owners' business (*_snapshot.c), and whether the bytes are whole is the
 * file's (state/snapshot_file.c). */
#include "base/pack.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_ROOM 4096U

void pack_to_write(struct pack *p, size_t limit)
{
    *p = (struct pack){.limit = limit, .part = ""};
}

void pack_rewind(struct pack *p)
{
    p->at = 0;
    p->error = 0;
    p->part = "";
}

void pack_free(struct pack *p)
{
    if (!p->reading)
        free(p->bytes);
    p->bytes = NULL;
    p->size = p->at = 0;
}

void pack_to_read(struct pack *p, const uint8_t *bytes, size_t n)
{
    /* Not changed: every write stands behind !reading. */
    *p = (struct pack){.bytes = (uint8_t *)(uintptr_t)bytes, .size = n, .reading = true, .part = ""};
}

void pack_fail(struct pack *p, int code)
{
    if (!p->error)
        p->error = code;
}

bool pack_check(struct pack *p, bool holds)
{
    if (!holds)
        pack_fail(p, p->reading ? -EBADMSG : -ERANGE);
    return !p->error;
}

/* Makes room for n more bytes, or finds them. Returns where they are, or NULL (failed). */
static uint8_t *step(struct pack *p, size_t n)
{
    if (p->error)
        return NULL;
    if (n > p->size - p->at) {
        if (p->reading) {
            pack_fail(p, -EBADMSG);
            return NULL;
        }
        size_t need = p->at + n, room = p->size ? p->size : FIRST_ROOM;
        while (room < need && room <= p->limit / 2)
            room *= 2;
        room = room < need || room > p->limit ? p->limit : room;
        uint8_t *bytes = need <= p->limit ? realloc(p->bytes, room) : NULL;
        if (!bytes) {
            pack_fail(p, need <= p->limit ? -ENOMEM : -EFBIG);
            return NULL;
        }
        p->bytes = bytes;
        p->size = room;
    }
    uint8_t *at = p->bytes + p->at;
    p->at += n;
    return at;
}

/* The low n bytes of x. */
static bool pack_word(struct pack *p, uint64_t *x, unsigned n)
{
    uint8_t *at = step(p, n);
    uint64_t word = 0;

    if (!at)
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (p->reading)
            word |= (uint64_t)at[i] << (8 * i);
        else
            at[i] = (uint8_t)(*x >> (8 * i));
    }
    if (p->reading)
        *x = word;
    return true;
}

void pack_u8(struct pack *p, uint8_t *x)
{
    uint64_t word = *x;
    if (pack_word(p, &word, 1))
        *x = (uint8_t)word;
}

void pack_u16(struct pack *p, uint16_t *x)
{
    uint64_t word = *x;
    if (pack_word(p, &word, 2))
        *x = (uint16_t)word;
}

void pack_u32(struct pack *p, uint32_t *x)
{
    uint64_t word = *x;
    if (pack_word(p, &word, 4))
        *x = (uint32_t)word;
}

void pack_u64(struct pack *p, uint64_t *x)
{
    uint64_t word = *x;
    if (pack_word(p, &word, 8))
        *x = word;
}

void pack_i64(struct pack *p, int64_t *x)
{
    uint64_t word = (uint64_t)*x;
    if (pack_word(p, &word, 8))
        *x = (int64_t)word;
}

void pack_bool(struct pack *p, bool *x)
{
    uint64_t word = *x;
    if (pack_word(p, &word, 1) && pack_check(p, word <= 1))
        *x = word != 0;
}

void pack_f32(struct pack *p, float *x)
{
    uint32_t bits;
    memcpy(&bits, x, sizeof(bits));
    pack_u32(p, &bits);
    memcpy(x, &bits, sizeof(bits));
}

void pack_f64(struct pack *p, double *x)
{
    uint64_t bits;
    memcpy(&bits, x, sizeof(bits));
    pack_u64(p, &bits);
    memcpy(x, &bits, sizeof(bits));
}

void pack_count(struct pack *p, uint32_t *x, uint32_t most)
{
    uint32_t value = *x;
    pack_u32(p, &value);
    if (pack_check(p, value <= most))
        *x = value;
}

void pack_int(struct pack *p, int *x, int lo, int hi)
{
    int64_t value = *x;
    pack_i64(p, &value);
    if (pack_check(p, value >= lo && value <= hi))
        *x = (int)value;
}

void pack_finite(struct pack *p, double *x)
{
    double value = *x;
    pack_f64(p, &value);
    if (pack_check(p, isfinite(value)))
        *x = value;
}

void pack_finite_f32(struct pack *p, float *x)
{
    float value = *x;
    pack_f32(p, &value);
    if (pack_check(p, isfinite(value)))
        *x = value;
}

void pack_absent(struct pack *p, double *x)
{
    double value = *x;
    pack_f64(p, &value);
    if (pack_check(p, !isinf(value)))
        *x = value;
}

void pack_within(struct pack *p, double *x, double lo, double hi)
{
    double value = *x;
    pack_f64(p, &value);
    if (pack_check(p, value >= lo && value <= hi))
        *x = value;
}

static void pack_moment(struct pack *p, int64_t *t_ns, bool may_be_none)
{
    int64_t value = *t_ns;
    pack_i64(p, &value);
    if (pack_check(
            p, (value >= PACK_TIME_MIN && value <= PACK_TIME_MAX) || (may_be_none && value == INT64_MIN)))
        *t_ns = value;
}

void pack_time(struct pack *p, int64_t *t_ns)
{
    pack_moment(p, t_ns, false);
}

void pack_time_or_none(struct pack *p, int64_t *t_ns)
{
    pack_moment(p, t_ns, true);
}

void pack_bytes(struct pack *p, void *bytes, size_t n)
{
    uint8_t *at = n ? step(p, n) : NULL;
    if (at)
        memcpy(p->reading ? bytes : at, p->reading ? at : bytes, n);
}

void pack_text(struct pack *p, char *text, size_t size)
{
    size_t length = p->reading ? 0 : strnlen(text, size);
    uint32_t n = (uint32_t)length;

    pack_u32(p, &n);
    if (!pack_check(p, n < size))
        return;
    const uint8_t *at = step(p, n);
    if (!at)
        return;
    if (!p->reading) {
        memcpy(p->bytes + p->at - n, text, n);
    } else if (pack_check(p, memchr(at, 0, n) == NULL)) {
        memset(text, 0, size);
        memcpy(text, at, n);
    }
}

void pack_part(struct pack *p, const char *name)
{
    uint32_t mark = 2166136261U; /* FNV-1a: Fowler, Noll & Vo, draft-eastlake-fnv */
    for (const char *c = name; *c; c++)
        mark = (mark ^ (uint8_t)*c) * 16777619U;
    uint32_t found = mark;
    if (!p->error)
        p->part = name;
    pack_u32(p, &found);
    pack_check(p, found == mark);
}

void pack_end(struct pack *p)
{
    if (p->reading)
        pack_check(p, p->at == p->size);
}
