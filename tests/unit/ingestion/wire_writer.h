/* SPDX-License-Identifier: MIT
 * Writes Protocol Buffers for tests and benches: tag by tag, as the documentation of the encoding has it. */
#ifndef COHERENCE_TESTS_WIRE_WRITER_H
#define COHERENCE_TESTS_WIRE_WRITER_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wire_writer {
    char *bytes; /* borrowed */
    size_t n, size;
};

static inline void put_raw(struct wire_writer *w, const void *bytes, size_t n)
{
    assert(w->n + n <= w->size);
    if (n)
        memcpy(w->bytes + w->n, bytes, n);
    w->n += n;
}

static inline void put_varint(struct wire_writer *w, uint64_t v)
{
    do {
        const uint8_t byte = (uint8_t)(v & 0x7f) | (v > 0x7f ? 0x80 : 0);
        put_raw(w, &byte, 1);
        v >>= 7;
    } while (v);
}

static inline void put_integer(struct wire_writer *w, unsigned field, uint64_t v)
{
    put_varint(w, field << 3 | 0);
    put_varint(w, v);
}

static inline void put_fixed64(struct wire_writer *w, unsigned field, uint64_t v)
{
    put_varint(w, field << 3 | 1);
    put_raw(w, &v, 8);
}

static inline void put_real(struct wire_writer *w, unsigned field, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, 8);
    put_fixed64(w, field, bits);
}

static inline void put_bytes(struct wire_writer *w, unsigned field, const void *bytes, size_t n)
{
    put_varint(w, field << 3 | 2);
    put_varint(w, n);
    put_raw(w, bytes, n);
}

static inline void put_string(struct wire_writer *w, unsigned field, const char *text)
{
    put_bytes(w, field, text, strlen(text));
}

static inline void put_message(struct wire_writer *w, unsigned field, const struct wire_writer *inner)
{
    put_bytes(w, field, inner->bytes, inner->n);
}

#define WIRE_WRITER(name, bytes_n)                                                                           \
    char name##_bytes[bytes_n];                                                                              \
    struct wire_writer name = {.bytes = name##_bytes, .size = (bytes_n)}

#endif
