/* SPDX-License-Identifier: MIT
 * Text made harmless, cut and wrapped by columns, against strings counted by hand: CJK is two columns wide, a
 * combining accent none. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "output/tui/cells.h"

static char buffer[4096];

static const char *harmless(const char *bytes, size_t n, bool utf8)
{
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    cells_add(&t, bytes, n, utf8);
    assert_false(t.truncated);
    return buffer;
}

static const char *fitted(const char *s, unsigned columns)
{
    static char out[4096];
    struct text t;
    text_init(&t, out, sizeof(out));
    cells_fit(&t, s, strlen(s), columns, "~");
    return out;
}

static void test_hostile_bytes_are_shown_not_obeyed(void **state)
{
    (void)state;
    assert_string_equal(harmless("a\033[31m\n\x9b\xff", 9, true), "a\\x1b[31m\\x0a\\x9b\\xff");
    /* A lead byte that promises more than follows, before an escape, and before the end. */
    assert_string_equal(harmless("\xe2\x1b[", 3, true), "\\xe2\\x1b[");
    assert_string_equal(harmless("x\xf0\x9f", 3, true), "x\\xf0\\x9f");
    /* A good character behind a bad lead is still judged by itself. */
    assert_string_equal(harmless("\xf0\u202e", 4, true), "\\xf0?");
    assert_string_equal(harmless("\xed\xa0\x80", 3, true), "\\xed\\xa0\\x80"); /* a surrogate */
    assert_string_equal(harmless("a\xc2\x85"
                                 "b",
                            4, true),
        "a\\xc2\\x85b"); /* C1 as UTF-8 */
}

static void test_direction_and_joiners_become_question_marks(void **state)
{
    (void)state;
    assert_string_equal(harmless("a\u202eb\u200bc\ufeff", 12, true), "a?b?c?");
}

static void test_without_utf8_every_other_byte_is_hex(void **state)
{
    (void)state;
    assert_string_equal(harmless("caf\u00e9", 5, false), "caf\\xc3\\xa9");
}

static void test_marks_stand_on_something_and_are_few(void **state)
{
    (void)state;
    assert_string_equal(
        harmless("\u0301e\u0301", 5, true), "e\u0301"); /* the first has nothing to stand on */
    assert_string_equal(harmless("e\u0301\u0301\u0301\u0301", 9, true), "e\u0301\u0301");
}

static void test_width_counts_columns(void **state)
{
    (void)state;
    assert_int_equal(cells_width("abc", 3), 3);
    assert_int_equal(cells_width("caf\u00e9", 5), 4);
    assert_int_equal(cells_width("\u65e5\u672c", 6), 4);
    assert_int_equal(cells_width("e\u0301", 3), 1);
}

static void test_prefix_never_splits_a_character(void **state)
{
    (void)state;
    unsigned used;
    assert_int_equal(cells_prefix("\u65e5\u672c", 6, 3, &used), 3);
    assert_int_equal(used, 2);
    assert_int_equal(cells_prefix("e\u0301x", 4, 1, &used), 3); /* the accent belongs to the e */
    assert_int_equal(used, 1);
    assert_int_equal(cells_prefix("abc", 3, 0, &used), 0);
}

static void test_fit_cuts_the_middle(void **state)
{
    (void)state;
    assert_string_equal(fitted("kubepods.slice", 14), "kubepods.slice");
    assert_string_equal(fitted("kubepods.slice/app", 10), "kub~ce/app");
    assert_string_equal(fitted("abc", 1), "~");
    assert_string_equal(fitted("abc", 0), "");
    assert_string_equal(fitted("\u65e5\u672c\u8a9e\u65e5\u672c", 6),
        "~\u65e5\u672c"); /* a wide one does not fit the one column of the head */
}

static void test_fit_never_exceeds_its_columns(void **state)
{
    (void)state;
    static const char name[] = "a\u65e5b\u672ce\u0301\u8a9ecdefgh\u00e9i";
    for (unsigned columns = 0; columns < 24; columns++)
        assert_true(cells_width(fitted(name, columns), strlen(fitted(name, columns))) <= columns);
}

/* Joins the wrapped lines with '|'. */
static const char *wrapped(const char *s, unsigned columns)
{
    static char out[4096];
    size_t n = strlen(s), o = 0;
    while (n > 0) {
        size_t next, length = cells_wrap(s, n, columns, &next);
        assert_true(next > 0 && next <= n && length <= next);
        assert_true(cells_width(s, length) <= columns);
        memcpy(out + o, s, length);
        o += length;
        out[o++] = '|';
        s += next;
        n -= next;
    }
    out[o] = '\0';
    return out;
}

static void test_wrap_breaks_at_blanks(void **state)
{
    (void)state;
    assert_string_equal(wrapped("CPU swings by 12 points", 10), "CPU swings|by 12|points|");
    assert_string_equal(wrapped("CPU swings", 10), "CPU swings|");
    assert_string_equal(wrapped("one  two", 4), "one|two|");
    assert_string_equal(wrapped("abcdefghij kl", 4), "abcd|efgh|ij|kl|");
    assert_string_equal(wrapped("\u65e5\u672c\u8a9e", 5), "\u65e5\u672c|\u8a9e|");
    assert_string_equal(wrapped("", 5), "");
    assert_string_equal(wrapped("   ", 2), "|");
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_bytes_are_shown_not_obeyed),
        cmocka_unit_test(test_direction_and_joiners_become_question_marks),
        cmocka_unit_test(test_without_utf8_every_other_byte_is_hex),
        cmocka_unit_test(test_marks_stand_on_something_and_are_few),
        cmocka_unit_test(test_width_counts_columns),
        cmocka_unit_test(test_prefix_never_splits_a_character),
        cmocka_unit_test(test_fit_cuts_the_middle),
        cmocka_unit_test(test_fit_never_exceeds_its_columns),
        cmocka_unit_test(test_wrap_breaks_at_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
