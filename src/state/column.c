/* SPDX-License-Identifier: MIT
 * Turns a series' values into few bytes and back. */
#include "state/column.h"

enum { COLUMN_SAME, COLUMN_XOR };

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

static bool is_same(const double *values, uint32_t n)
{
    uint64_t first = bits_of(values[0]);
    for (uint32_t i = 1; i < n; i++)
        if (bits_of(values[i]) != first)
            return false;
    return true;
}

bool column_write(struct column_out *out, const double *values, uint32_t n)
{
    if (!byte_buffer_reserve(&out->heads, 16) || !byte_buffer_reserve(&out->planes, 8 * (size_t)n))
        return false;
    if (is_same(values, n)) {
        byte_buffer_put(&out->heads, COLUMN_SAME);
        memcpy(out->heads.bytes + out->heads.n, values, 8);
        out->heads.n += 8;
        return true;
    }
    byte_buffer_put(&out->heads, COLUMN_XOR);
    uint8_t *to = out->planes.bytes + out->planes.n;
    uint64_t before = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t now = bits_of(values[i]), x = now ^ before;
        before = now;
        for (unsigned k = 0; k < 8; k++)
            to[k * (size_t)n + i] = (uint8_t)(x >> (8 * k));
    }
    out->planes.n += 8 * (size_t)n;
    return true;
}

bool column_read(struct column_in *in, double *values, uint32_t n)
{
    const uint8_t *mode = byte_cursor_bytes(&in->heads, 1);
    if (mode == NULL)
        return false;
    if (*mode == COLUMN_SAME) {
        const uint8_t *value = byte_cursor_bytes(&in->heads, 8);
        for (uint32_t i = 0; value != NULL && i < n; i++)
            memcpy(&values[i], value, 8);
        return value != NULL;
    }
    const uint8_t *from = *mode == COLUMN_XOR ? byte_cursor_bytes(&in->planes, 8 * (size_t)n) : NULL;
    uint64_t before = 0;
    for (uint32_t i = 0; from != NULL && i < n; i++) {
        for (unsigned k = 0; k < 8; k++)
            before ^= (uint64_t)from[k * (size_t)n + i] << (8 * k);
        values[i] = of_bits(before);
    }
    return from != NULL;
}
