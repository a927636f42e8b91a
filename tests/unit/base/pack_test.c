/* SPDX-License-Identifier: MIT
 * Fields go to bytes and come back; bytes that are not what was written are refused, and never read beyond.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/pack.h"

enum colour { RED, GREEN, BLUE, COLOURS };

struct everything {
    uint8_t a;
    uint16_t b;
    uint32_t c, count;
    uint64_t d;
    int64_t e, t_ns, none_ns;
    bool yes, no;
    float f, g;
    double h, i, j, k;
    int n;
    enum colour colour;
    char text[12];
    uint8_t bytes[3];
};

static void pack_everything(struct pack *p, struct everything *x)
{
    pack_part(p, "everything");
    pack_u8(p, &x->a);
    pack_u16(p, &x->b);
    pack_u32(p, &x->c);
    pack_count(p, &x->count, 10);
    pack_u64(p, &x->d);
    pack_i64(p, &x->e);
    pack_time(p, &x->t_ns);
    pack_time_or_none(p, &x->none_ns);
    pack_bool(p, &x->yes);
    pack_bool(p, &x->no);
    pack_f32(p, &x->f);
    pack_finite_f32(p, &x->g);
    pack_f64(p, &x->h);
    pack_finite(p, &x->i);
    pack_absent(p, &x->j);
    pack_within(p, &x->k, -1, 1);
    pack_int(p, &x->n, -3, 3);
    PACK_ENUM(p, &x->colour, COLOURS);
    pack_text(p, x->text, sizeof(x->text));
    pack_bytes(p, x->bytes, sizeof(x->bytes));
    pack_end(p);
}

static const struct everything sample = {.a = 250,
    .b = 65000,
    .c = 0xdeadbeef,
    .count = 10,
    .d = UINT64_C(0x0123456789abcdef),
    .e = INT64_MIN,
    .t_ns = -7,
    .none_ns = INT64_MIN,
    .yes = true,
    .f = -INFINITY,
    .g = 0.1F,
    .h = (double)NAN,
    .i = -0.0,
    .j = (double)NAN,
    .k = 1,
    .n = -3,
    .colour = BLUE,
    .text = "eleven byte",
    .bytes = {1, 2, 3}};

static void write_sample(struct pack *p)
{
    struct everything x = sample;
    pack_to_write(p, 4096);
    pack_everything(p, &x);
    assert_int_equal(p->error, 0);
    assert_memory_equal(&x, &sample, sizeof(x)); /* writing changes nothing */
}

static void test_what_was_written_is_read(void **state)
{
    struct pack w, r;
    struct everything x;

    (void)state;
    memset(&x, 0, sizeof(x));
    write_sample(&w);
    pack_to_read(&r, w.bytes, w.at);
    pack_everything(&r, &x);
    assert_int_equal(r.error, 0);
    assert_memory_equal(&x.h, &sample.h, sizeof(x.h)); /* NaN, bit for bit */
    assert_true(signbit(x.i) && x.a == 250 && x.b == 65000 && x.c == 0xdeadbeef && x.count == 10);
    assert_true(x.d == sample.d && x.e == INT64_MIN && x.t_ns == -7 && x.none_ns == INT64_MIN);
    assert_true(x.yes && !x.no && isinf(x.f) && x.k == 1 && x.n == -3 && x.colour == BLUE);
    assert_memory_equal(&x.g, &sample.g, sizeof(x.g));
    assert_string_equal(x.text, sample.text);
    assert_memory_equal(x.bytes, sample.bytes, 3);
    pack_free(&w);
}

/* Expected bytes written out by hand: little endian, two's complement, IEEE 754. */
static void test_the_bytes_are_the_same_everywhere(void **state)
{
    static const uint8_t expected[] = {0x12, 0x34, 0x12, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, /* */
        0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 2, 0, 0, 0, 'h', 'i', 1};
    uint8_t a = 0x12;
    uint16_t b = 0x1234;
    int64_t e = -2;
    double one = 1;
    char text[8] = "hi";
    bool yes = true;
    struct pack p;

    (void)state;
    pack_to_write(&p, 100);
    pack_u8(&p, &a);
    pack_u16(&p, &b);
    pack_i64(&p, &e);
    pack_f64(&p, &one);
    pack_text(&p, text, sizeof(text));
    pack_bool(&p, &yes);
    assert_int_equal(p.at, sizeof(expected));
    assert_memory_equal(p.bytes, expected, sizeof(expected));
    pack_free(&p);
}

static void test_cut_short_or_too_long_it_is_refused(void **state)
{
    struct pack w, r;

    (void)state;
    write_sample(&w);
    for (size_t n = 0; n <= w.at + 1; n++) {
        struct everything x;
        uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees a byte too many */
        assert_non_null(exact);
        memset(exact, 0, n + 1);
        memcpy(exact, w.bytes, n < w.at ? n : w.at);
        memset(&x, 0, sizeof(x));
        pack_to_read(&r, exact, n);
        pack_everything(&r, &x);
        assert_int_equal(r.error, n == w.at ? 0 : -EBADMSG);
        free(exact);
    }
    pack_free(&w);
}

static void test_values_out_of_bounds_are_refused_both_ways(void **state)
{
    struct everything wrong[10];
    struct pack p;

    (void)state;
    for (size_t i = 0; i < 10; i++)
        wrong[i] = sample;
    wrong[0].count = 11;
    wrong[1].t_ns = INT64_MIN;
    wrong[2].t_ns = PACK_TIME_MAX + 1;
    wrong[3].none_ns = PACK_TIME_MIN - 1;
    wrong[4].g = INFINITY;
    wrong[5].i = (double)NAN;
    wrong[6].j = (double)INFINITY;
    wrong[7].k = (double)NAN;
    wrong[8].n = 4;
    wrong[9].colour = COLOURS;
    for (size_t i = 0; i < 10; i++) {
        pack_to_write(&p, 4096);
        pack_everything(&p, &wrong[i]);
        assert_int_equal(p.error, -ERANGE);
        assert_string_equal(p.part, "everything");
        pack_free(&p);
    }
    /* The same from outside, where the field stays as it was. */
    uint32_t many = 11, count = 3;
    struct pack r;
    pack_to_write(&p, 100);
    pack_u32(&p, &many);
    pack_to_read(&r, p.bytes, p.at);
    pack_count(&r, &count, 10);
    assert_int_equal(r.error, -EBADMSG);
    assert_int_equal(count, 3);
    pack_free(&p);
    static const uint8_t two[] = {2}, nul[] = {3, 0, 0, 0, 'a', 0, 'b'},
                         long_text[] = {8, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1};
    bool flag = true;
    char text[8] = "before";
    pack_to_read(&r, two, 1);
    pack_bool(&r, &flag);
    assert_int_equal(r.error, -EBADMSG);
    assert_true(flag);
    pack_to_read(&r, nul, sizeof(nul));
    pack_text(&r, text, sizeof(text));
    assert_int_equal(r.error, -EBADMSG);
    pack_to_read(&r, long_text, sizeof(long_text));
    pack_text(&r, text, sizeof(text));
    assert_int_equal(r.error, -EBADMSG);
    assert_string_equal(text, "before");
}

static void test_the_limit_holds(void **state)
{
    struct pack p;
    uint64_t x = 1;

    (void)state;
    pack_to_write(&p, 20);
    pack_u64(&p, &x);
    pack_u64(&p, &x);
    assert_int_equal(p.error, 0);
    pack_u64(&p, &x);
    assert_int_equal(p.error, -EFBIG);
    assert_int_equal(p.at, 16);
    pack_rewind(&p);
    assert_int_equal(p.error, 0);
    pack_u64(&p, &x);
    assert_int_equal(p.at, 8);
    pack_free(&p);
    pack_to_write(&p, 1 << 20);
    for (int i = 0; i < (1 << 17); i++)
        pack_u64(&p, &x);
    assert_int_equal(p.error, 0);
    assert_int_equal(p.at, 1 << 20);
    pack_free(&p);
}

static void test_the_first_failure_stays(void **state)
{
    struct pack p;
    uint8_t x = 7;

    (void)state;
    pack_to_write(&p, 100);
    pack_fail(&p, -ENOSPC);
    pack_fail(&p, -ENOMEM);
    pack_u8(&p, &x);
    assert_int_equal(p.error, -ENOSPC);
    assert_int_equal(p.at, 0);
    pack_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_written_is_read),
        cmocka_unit_test(test_the_bytes_are_the_same_everywhere),
        cmocka_unit_test(test_cut_short_or_too_long_it_is_refused),
        cmocka_unit_test(test_values_out_of_bounds_are_refused_both_ways),
        cmocka_unit_test(test_the_limit_holds),
        cmocka_unit_test(test_the_first_failure_stays),
    };
    return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
