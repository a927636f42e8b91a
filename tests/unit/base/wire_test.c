/* SPDX-License-Identifier: MIT
 * The wire format, and bytes that are none: row 49 of the bad inputs. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/wire.h"

#define BYTES(s) s, sizeof(s) - 1

/* The examples of the documentation: field 1 = 150, field 2 = "testing". */
static void test_fields(void **state)
{
    static const char message[] =
        "\x08\x96\x01\x12\x07testing\x19\x00\x00\x00\x00\x00\x00\xf0\x3f\x25\x07\x00\x00\x00";
    struct wire w = wire_of(BYTES(message));
    struct wire_field f;

    (void)state;
    assert_true(wire_next(&w, &f));
    assert_int_equal(f.number, 1);
    assert_int_equal(f.value, 150);
    assert_true(wire_next(&w, &f));
    assert_int_equal(f.number, 2);
    assert_int_equal(f.n, 7);
    assert_memory_equal(f.bytes, "testing", 7);
    assert_true(wire_next(&w, &f));
    assert_true(f.type == WIRE_FIXED64 && wire_double(f.value) == 1.0);
    assert_true(wire_next(&w, &f));
    assert_true(f.type == WIRE_FIXED32 && f.value == 7);
    assert_false(wire_next(&w, &f));
    assert_false(w.bad);
}

static void test_bad_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } rows[] = {
        {BYTES("\x08")},                                             /* no value */
        {BYTES("\x08\x96")},                                         /* half a value */
        {BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")},     /* more than 64 bits */
        {BYTES("\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")}, /* eleven bytes */
        {BYTES("\x12\x08testing")},                                  /* longer than what is left */
        {BYTES("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")},     /* longer than memory */
        {BYTES("\x19\x00\x00\x00\x00\x00\x00\x00")},                 /* seven of eight bytes */
        {BYTES("\x25\x00\x00\x00")},                                 /* three of four */
        {BYTES("\x0b\x0c")},                                         /* a group */
        {BYTES("\x0e\x00")},                                         /* type 6 */
        {BYTES("\x00\x00")},                                         /* field 0 */
        {BYTES("\xf8\xff\xff\xff\x7f\x00")},                         /* field 2^32 - 1 */
    };
    struct wire_field f;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct wire w = wire_of(rows[i].bytes, rows[i].n);
        if (wire_next(&w, &f) || !w.bad || wire_next(&w, &f))
            fail_msg("row %zu is taken", i);
    }
}

static void test_longest_varint(void **state)
{
    struct wire w = wire_of(BYTES("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
    struct wire_field f;

    (void)state;
    assert_true(wire_next(&w, &f));
    assert_true(f.value == UINT64_MAX);
    w = wire_of(NULL, 0);
    assert_false(wire_next(&w, &f));
    assert_false(w.bad);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_bad_bytes),
        cmocka_unit_test(test_longest_varint),
    };

    return cmocka_run_group_tests_name("wire", tests, NULL, NULL);
}
