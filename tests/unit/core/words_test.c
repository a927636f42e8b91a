/* SPDX-License-Identifier: MIT
 * Words from outside: kept once, bounded, and harmless. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/words.h"

static void test_a_word_is_kept_once(void **state)
{
    struct words *set = words_new();
    char text[] = "lock_convoy";
    const char *a = words_find_or_add(set, text, 11);

    (void)state;
    assert_string_equal(a, "lock_convoy");
    assert_ptr_not_equal(a, text);
    text[0] = 'b';
    assert_ptr_equal(words_find_or_add(set, "lock_convoy", 11), a);
    assert_ptr_not_equal(words_find_or_add(set, "lock", 4), a);
    assert_string_equal(words_find_or_add(set, "%", 1), "%");
    assert_string_equal(words_find_or_add(set, "ignored", 0), "");
    words_free(set);
}

static void test_what_could_do_harm_is_no_word(void **state)
{
    struct words *set = words_new();
    char longest[WORDS_MAX_LEN + 1];

    (void)state;
    assert_null(words_find_or_add(set, "a\"b", 3));
    assert_null(words_find_or_add(set, "a\\b", 3));
    assert_null(words_find_or_add(set, "a\x1b[2J", 5));
    assert_null(words_find_or_add(set, "a\nb", 3));
    assert_null(words_find_or_add(set, "a\0b", 3));
    assert_null(words_find_or_add(set, "\xc3\xa9", 2));
    memset(longest, 'x', sizeof(longest));
    assert_null(words_find_or_add(set, longest, WORDS_MAX_LEN + 1));
    assert_non_null(words_find_or_add(set, longest, WORDS_MAX_LEN));
    words_free(set);
}

static void test_the_set_is_bounded(void **state)
{
    struct words *set = words_new();
    char word[16];

    (void)state;
    for (int i = 0; i < WORDS_MAX; i++)
        assert_non_null(words_find_or_add(set, word, (size_t)snprintf(word, sizeof(word), "w%d", i)));
    assert_null(words_find_or_add(set, "more", 4));
    assert_string_equal(words_find_or_add(set, "w0", 2), "w0");
    words_free(set);
    words_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_word_is_kept_once),
        cmocka_unit_test(test_what_could_do_harm_is_no_word),
        cmocka_unit_test(test_the_set_is_bounded),
    };
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
