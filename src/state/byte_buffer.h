/* SPDX-License-Identifier: MIT
 * Bytes that are appended, and a cursor over bytes that are read; numbers of seven bits a byte, low ones
 * first (LEB128: DWARF 5, section 7.6). Appending asks for room first, so that the loops over samples need
 * not look; reading never passes the end, and remembers that it wanted to. */
#ifndef COHERENCE_STATE_BYTE_BUFFER_H
#define COHERENCE_STATE_BYTE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define BYTE_NUMBER_MAX 10u /* bytes of a number */

/* All zero: empty. The memory is kept when n is set to 0. */
struct byte_buffer {
    uint8_t *bytes;
    size_t n, room;
    bool failed; /* there was no memory: what was appended since is not in it */
};

/* Makes room for n more bytes. Returns false, and remembers, without memory. */
bool byte_buffer_reserve(struct byte_buffer *b, size_t n);
void byte_buffer_done(struct byte_buffer *b);

/* The following need room that was reserved. */
static inline void byte_buffer_put(struct byte_buffer *b, uint8_t x)
{
    b->bytes[b->n++] = x;
}

static inline void byte_buffer_number(struct byte_buffer *b, uint64_t x)
{
    for (; x >= 0x80; x >>= 7)
        b->bytes[b->n++] = (uint8_t)(x | 0x80);
    b->bytes[b->n++] = (uint8_t)x;
}

/* Small magnitudes of either sign to small numbers: 0, -1, 1, -2, ... */
static inline uint64_t zigzag(uint64_t x)
{
    return (x << 1) ^ (0 - (x >> 63));
}

static inline uint64_t unzigzag(uint64_t x)
{
    return (x >> 1) ^ (0 - (x & 1));
}

struct byte_cursor {
    const uint8_t *at, *end;
    bool failed; /* the bytes ended, or a number did not */
};

static inline uint64_t byte_cursor_number(struct byte_cursor *c)
{
    uint64_t x = 0;
    for (unsigned shift = 0; shift < 64 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        x |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            c->failed |= shift == 63 && byte > 1;
            return x;
        }
    }
    c->failed = true;
    return 0;
}

/* A number of at most `most`; more fails. */
static inline uint32_t byte_cursor_count(struct byte_cursor *c, uint32_t most)
{
    uint64_t x = byte_cursor_number(c);
    c->failed |= x > most;
    return x > most ? 0 : (uint32_t)x;
}

/* The next n bytes, or NULL. */
static inline const uint8_t *byte_cursor_bytes(struct byte_cursor *c, size_t n)
{
    if (n > (size_t)(c->end - c->at)) {
        c->failed = true;
        return NULL;
    }
    c->at += n;
    return c->at - n;
}

#endif
