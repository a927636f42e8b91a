/* SPDX-License-Identifier: MIT
 * Reads the wire format of Protocol Buffers, field by field, in place: nothing is copied, allocated or
 * recursed into. Who reads a message says which fields it knows; a message inside a message is a reader of
 * its own, so that depth is a matter of the caller's code, not of the bytes.
 * Source: Protocol Buffers documentation, "Encoding". Groups (types 3 and 4), which no format here has, and
 * which would nest, are refused. */
#ifndef COHERENCE_BASE_WIRE_H
#define COHERENCE_BASE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum wire_type { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

struct wire {
    const uint8_t *at, *end; /* borrowed */
    bool bad;                /* something was no wire format; nothing more is read */
};

struct wire_field {
    uint32_t number;      /* 1 .. 2^29 - 1 */
    enum wire_type type;  /* */
    uint64_t value;       /* WIRE_VARINT, WIRE_FIXED32 and WIRE_FIXED64: the bits */
    const uint8_t *bytes; /* WIRE_BYTES */
    size_t n;
};

static inline struct wire wire_of(const void *bytes, size_t n)
{
    const uint8_t *at = bytes;
    return (struct wire){.at = at, .end = n ? at + n : at};
}

/* A varint of up to ten bytes. Returns false (and bad) for one that is cut short or longer than 64 bits. */
bool wire_long_varint(struct wire *w, uint64_t *ret);
static inline bool wire_varint(struct wire *w, uint64_t *ret)
{
    if (w->at < w->end && *w->at < 0x80) {
        *ret = *w->at++;
        return true;
    }
    return wire_long_varint(w, ret);
}

/* The next field. Returns false at the end, and when the bytes are no field: then w->bad. */
static inline bool wire_next(struct wire *w, struct wire_field *ret)
{
    uint64_t tag, length;

    if (w->bad || w->at == w->end)
        return false;
    w->bad = true;
    if (!wire_varint(w, &tag) || tag >> 32 != 0 || tag >> 3 == 0)
        return false;
    ret->number = (uint32_t)(tag >> 3);
    ret->type = (enum wire_type)(tag & 7);
    switch (tag & 7) {
    case WIRE_VARINT:
        if (!wire_varint(w, &ret->value))
            return false;
        break;
    case WIRE_FIXED64:
        if (w->end - w->at < 8)
            return false;
        memcpy(&ret->value, w->at, 8);
        w->at += 8;
        break;
    case WIRE_BYTES:
        if (!wire_varint(w, &length) || length > (uint64_t)(w->end - w->at))
            return false;
        ret->bytes = w->at;
        ret->n = (size_t)length;
        w->at += length;
        break;
    case WIRE_FIXED32: {
        uint32_t half;
        if (w->end - w->at < 4)
            return false;
        memcpy(&half, w->at, 4);
        ret->value = half;
        w->at += 4;
        break;
    }
    default:
        return false;
    }
    w->bad = false;
    return true;
}

/* The double whose bits these are. */
static inline double wire_double(uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

#endif
