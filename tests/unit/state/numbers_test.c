/* SPDX-License-Identifier: MIT
 * Rows of numbers and columns of values: everything comes back bit for bit, in the bytes that were meant;
 * what was cut or makes no sense is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "state/column.h"

#define MOST 5000

/* A copy of what was written, with slack behind, to be read; size: of everything. */
struct copy {
    uint8_t *bytes[3];
    struct numbers_in in;
    size_t size;
};

static struct copy copy_of(struct numbers_out *out)
{
    struct copy c = {0};
    const struct byte_buffer *from[3] = {&out->heads, &out->planes, &out->bits};
    struct byte_cursor *to[3] = {&c.in.heads, &c.in.planes, &c.in.bits};
    assert_true(numbers_end(out));
    for (int i = 0; i < 3; i++) {
        c.bytes[i] = calloc(1, from[i]->n + NUMBERS_SLACK);
        if (from[i]->n > 0)
            memcpy(c.bytes[i], from[i]->bytes, from[i]->n);
        *to[i] = (struct byte_cursor){.at = c.bytes[i], .end = c.bytes[i] + from[i]->n};
        c.size += from[i]->n;
    }
    return c;
}

static void done(struct copy *c)
{
    for (int i = 0; i < 3; i++)
        free(c->bytes[i]);
}

/* Writes rows, reads them, compares. Returns the bytes that they took. */
static size_t check_rows(const int64_t *numbers, uint32_t n, int rows)
{
    struct numbers_out out = {0};
    int64_t back[MOST];
    for (int i = 0; i < rows; i++)
        assert_true(numbers_write(&out, numbers, n));
    struct copy c = copy_of(&out);
    for (int i = 0; i < rows; i++) {
        assert_true(numbers_read(&c.in, back, n));
        assert_memory_equal(back, numbers, n * sizeof(*back));
    }
    assert_true(numbers_is_at_end(&c.in));
    assert_false(numbers_read(&c.in, back, n));
    done(&c);
    numbers_done(&out);
    return c.size;
}

static void test_numbers(void **state)
{
    static const int64_t edges[] = {0, INT64_MAX, INT64_MIN, -1, 1, INT64_MIN, INT64_MAX, 0, 0, 4096, -4096};
    int64_t x[MOST];
    struct rng r;
    (void)state;
    for (uint32_t n = 1; n <= sizeof(edges) / sizeof(edges[0]); n++)
        (void)check_rows(edges, n, 3);
    rng_seed(&r, 1);
    for (int round = 0; round < 2000; round++) {
        uint32_t n = 1 + (uint32_t)(rng_next(&r) % 70);
        unsigned width = (unsigned)(rng_next(&r) % 64), shift = (unsigned)(rng_next(&r) % 20);
        for (uint32_t i = 0; i < n; i++)
            x[i] = (int64_t)((rng_next(&r) >> width << shift) +
                             (i > 0 && round % 2 ? (uint64_t)x[i - 1] / 2 : 0));
        (void)check_rows(x, n, 2);
    }
    /* Steps that are all the same cost a byte each before compression, and nothing but zeros. */
    for (uint32_t i = 0; i < 1000; i++)
        x[i] = 1767225600000000000 + (int64_t)i * 1000000000;
    assert_in_range(check_rows(x, 1000, 1), 999, 999 + 2 + 20);
    /* Noise of 12 bits about a counter's pace: what it is worth and three bytes for five values. */
    for (uint32_t i = 1; i < MOST; i++)
        x[i] = x[i - 1] + 100000 + (int64_t)(rng_next(&r) % 4096);
    assert_in_range(check_rows(x, MOST, 1), MOST * 3 / 2, MOST * 9 / 4);
}

static size_t check_column(const double *values, uint32_t n)
{
    static int64_t scratch[MOST];
    struct numbers_out out = {0};
    double back[MOST];
    assert_true(column_write(&out, values, n, scratch));
    assert_true(column_write(&out, values, n, scratch));
    struct copy c = copy_of(&out);
    for (int i = 0; i < 2; i++) {
        assert_true(column_read(&c.in, back, n));
        assert_memory_equal(back, values, n * sizeof(*back));
    }
    assert_true(numbers_is_at_end(&c.in));
    done(&c);
    numbers_done(&out);
    return c.size / 2;
}

static void test_columns(void **state)
{
    static const double odd[] = {0, -0.0, 1, -1, 0.1, 1e300, -1e-300, 5e-324, 9007199254740992.0,
        4611686018427387904.0, -4611686018427387904.0, 9223372036854775808.0, 1e-9, 123456.789012345,
        13724.855122};
    double x[MOST];
    struct rng r;
    (void)state;
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        for (size_t k = 0; k < sizeof(odd) / sizeof(odd[0]); k++)
            for (uint32_t n = 1; n < 40; n += 13) {
                for (uint32_t j = 0; j < n; j++)
                    x[j] = j % 7 == 3 ? odd[k] : odd[i];
                (void)check_column(x, n);
            }
    /* A column that stands still takes nine bytes. */
    for (uint32_t i = 0; i < 600; i++)
        x[i] = 0.1;
    assert_int_equal(check_column(x, 600), 9);
    /* One missing value does not spoil it, and each kind of NaN is kept. */
    for (uint32_t i = 0; i < 600; i++)
        x[i] = (double)(i * 4096);
    x[300] = (double)NAN;
    x[301] = -(double)NAN;
    x[302] = -0.0;
    x[303] = (double)INFINITY;
    assert_in_range(check_column(x, 600), 600, 600 + 4 * 10 + 60);
    rng_seed(&r, 2);
    for (int round = 0; round < 2000; round++) {
        uint32_t n = 1 + (uint32_t)(rng_next(&r) % 70);
        double power = pow(10, (double)(rng_next(&r) % 13));
        for (uint32_t i = 0; i < n; i++) {
            uint64_t bits = rng_next(&r);
            x[i] = (double)(bits >> (20 + bits % 40)) / power;
            if (round % 10 == 0 && i % 9 == 4)
                memcpy(&x[i], &bits, sizeof(bits));
        }
        (void)check_column(x, n);
    }
}

/* Heads, planes and bits, each cut at every byte. */
static void test_cut(void **state)
{
    struct numbers_out out = {0};
    int64_t x[50], scratch[50];
    double values[50], back[50];
    (void)state;
    for (uint32_t i = 0; i < 50; i++) {
        x[i] = (int64_t)i * i * 1000003;
        values[i] = i == 20 ? (double)NAN : (double)x[i] / 100;
    }
    assert_true(column_write(&out, values, 50, scratch));
    struct copy c = copy_of(&out);
    struct numbers_in whole = c.in;
    struct byte_cursor *parts[3] = {&c.in.heads, &c.in.planes, &c.in.bits};
    for (int p = 0; p < 3; p++) {
        const uint8_t *end = parts[p]->end;
        assert_true(end > parts[p]->at);
        for (const uint8_t *cut = parts[p]->at; cut < end; cut++) {
            c.in = whole;
            parts[p]->end = cut;
            assert_false(column_read(&c.in, back, 50));
        }
        c.in = whole;
    }
    assert_true(column_read(&c.in, back, 50));
    c.bytes[0][0] = 3; /* no such mode */
    c.in = whole;
    assert_false(column_read(&c.in, back, 50));
    done(&c);
    numbers_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
