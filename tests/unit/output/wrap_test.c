/* SPDX-License-Identifier: MIT
 * One long line into several that fit a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/rng.h"
#include "output/wrap.h"

static char buffer[4096];

static const char *wrapped(size_t columns, size_t indent, size_t at, const char *s)
{
    const struct wrap w = {.columns = columns, .indent = indent, .at = at};
    struct text t;
    text_init(&t, buffer, sizeof(buffer));
    wrap_add(&t, &w, s, strlen(s));
    return buffer;
}

static void it_breaks_at_blanks(void **state)
{
    (void)state;
    assert_string_equal(wrapped(10, 2, 0, "one two three four"), "one two\n  three\n  four");
    assert_string_equal(wrapped(7, 0, 0, "one two three"), "one two\nthree");
    assert_string_equal(wrapped(10, 2, 6, "one two"), "one\n  two");
    assert_string_equal(wrapped(0, 2, 0, "one two three"), "one two three");
    assert_string_equal(wrapped(5, 1, 0, "longerthanthat x"), "longerthanthat\n x");
    assert_string_equal(wrapped(10, 1, 0, ""), "");
}

static void columns_of_events_stay(void **state)
{
    (void)state;
    assert_string_equal(
        wrapped(20, 4, 0, "12:00  web   TICK  ok and more"), "12:00  web   TICK\n    ok and more");
}

static void numbers_stay_with_their_unit(void **state)
{
    (void)state;
    assert_string_equal(wrapped(11, 0, 0, "grows by 24 MiB a day"), "grows by\n24 MiB a\nday");
}

static void newlines_break_anyway(void **state)
{
    (void)state;
    assert_string_equal(wrapped(0, 3, 0, "one\ntwo"), "one\n   two");
    assert_string_equal(wrapped(20, 3, 0, "one\ntwo three"), "one\n   two three");
}

static void what_is_not_seen_takes_no_column(void **state)
{
    (void)state;
    assert_string_equal(wrapped(7, 0, 0, "\033[1;31mone\033[0m two x"), "\033[1;31mone\033[0m two\nx");
    assert_string_equal(wrapped(3, 0, 0, "\xc3\xa4\xc3\xb6\xc3\xbc x"), "\xc3\xa4\xc3\xb6\xc3\xbc\nx");
}

/* Whatever the text: the words come out in their order, and no line that could be broken is too long. */
static void nothing_is_lost(void **state)
{
    struct rng rng;
    (void)state;
    rng_seed(&rng, 3);
    for (int round = 0; round < 2000; round++) {
        char s[200];
        size_t n = 1 + rng_next(&rng) % (sizeof(s) - 1), columns = 8 + rng_next(&rng) % 60, at = 0,
               column = 0;
        for (size_t i = 0; i < n; i++)
            s[i] = i > 0 && s[i - 1] != ' ' && i + 1 < n && rng_next(&rng) % 4 == 0 ? ' ' : 'a';
        s[n - 1] = '\0';
        const char *out = wrapped(columns, 2, 0, s);
        bool one_word = true;
        for (size_t i = 0; out[i]; i++) {
            if (out[i] == '\n') {
                assert_true(s[at++] == ' ' && strncmp(out + i, "\n  ", 3) == 0);
                i += 2;
                column = 2;
                one_word = true;
                continue;
            }
            one_word &= out[i] != ' ';
            assert_true(out[i] == s[at++]);
            assert_true(++column <= columns || one_word);
        }
        assert_int_equal(s[at], '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_breaks_at_blanks),
        cmocka_unit_test(columns_of_events_stay),
        cmocka_unit_test(numbers_stay_with_their_unit),
        cmocka_unit_test(newlines_break_anyway),
        cmocka_unit_test(what_is_not_seen_takes_no_column),
        cmocka_unit_test(nothing_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
