/* SPDX-License-Identifier: MIT
 * Errors: what is filled in, what is cleared, and the line that a person reads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/error.h"

static char line[1024];

static void without_place(void **state)
{
    (void)state;
    struct error e;
    memset(&e, 'x', sizeof e);
    assert_int_equal(error_set(&e, -EINVAL, "cannot read '%s': %d", "a", 7), -EINVAL);
    assert_int_equal(e.code, -EINVAL);
    assert_string_equal(e.file, "");
    assert_int_equal(e.line, 0);
    assert_int_equal(e.column, 0);
    assert_string_equal(error_format(&e, line, sizeof line), "cannot read 'a': 7");
}

static void with_place(void **state)
{
    (void)state;
    struct error e;
    assert_int_equal(error_set_at(&e, -ERANGE, "a.yaml", 3, 14, "too %s", "large"), -ERANGE);
    assert_string_equal(error_format(&e, line, sizeof line), "a.yaml:3:14: too large");
    error_set_at(&e, -ERANGE, "a.yaml", 3, 0, "x");
    assert_string_equal(error_format(&e, line, sizeof line), "a.yaml:3: x");
    error_set_at(&e, -ERANGE, "a.yaml", 0, 14, "x");
    assert_string_equal(error_format(&e, line, sizeof line), "a.yaml: x");
    error_set_at(&e, -ERANGE, NULL, 3, 14, "x");
    assert_string_equal(error_format(&e, line, sizeof line), "line 3:14: x");
    error_set_at(&e, -ERANGE, NULL, 0, 0, "x");
    assert_string_equal(error_format(&e, line, sizeof line), "x");
    error_set_at(&e, -EIO, "a.yaml", 3, 14, "x");
    error_set(&e, -EIO, "y");
    assert_string_equal(error_format(&e, line, sizeof line), "y");
}

static void nobody_listens(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, -EIO, "%d", 1), -EIO);
    assert_int_equal(error_set_at(NULL, -EIO, "f", 1, 1, "%d", 1), -EIO);
}

static void outside_bytes_cannot_drive_a_terminal(void **state)
{
    (void)state;
    struct error e;
    error_set_at(&e, -EINVAL, "a\x1b[2J", 1, 2, "unknown key '%s'",
        "\x9b"
        "31m\r\n\xc2\x9b\xc3\xa9");
    assert_string_equal(error_format(&e, line, sizeof line),
        "a\\x1b[2J:1:2: unknown key '\\x9b31m\\x0d\\x0a\\xc2\\x9b\xc3\xa9'");
}

static void long_ones_are_cut(void **state)
{
    (void)state;
    char name[2 * ERROR_FILE_MAX], text[2 * ERROR_TEXT_MAX];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    for (size_t i = 0; i + 3 < sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 4);
    struct error e;
    error_set_at(&e, -EINVAL, name, 1, 1, "%s", text);
    assert_int_equal(strlen(e.file), ERROR_FILE_MAX - 1);
    assert_int_equal(strlen(e.text), (ERROR_TEXT_MAX - 1) / 3 * 3); /* whole characters */
    for (uint32_t size = 1; size < sizeof line; size++) {
        memset(line, '#', sizeof line);
        assert_ptr_equal(error_format(&e, line, size), line);
        assert_true(strlen(line) < size);
        assert_int_equal(line[size], '#');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_place),
        cmocka_unit_test(with_place),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(outside_bytes_cannot_drive_a_terminal),
        cmocka_unit_test(long_ones_are_cut),
    };
    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
