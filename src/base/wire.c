/* SPDX-License-Identifier: MIT
 * The part of reading the wire format that is seldom needed: numbers of more than one byte. */
#include "base/wire.h"

#define VARINT_BYTES_MAX 10 /* 64 bits, seven a byte */

bool wire_long_varint(struct wire *w, uint64_t *ret)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_BYTES_MAX; i++) {
        if (w->at == w->end)
            break;
        const uint8_t byte = *w->at++;
        if (i == VARINT_BYTES_MAX - 1 && byte > 1)
            break; /* the tenth byte has room for one bit */
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *ret = value;
            return true;
        }
    }
    w->bad = true;
    return false;
}
