/* SPDX-License-Identifier: MIT
 * Parameters of a request against the names of a route. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "net/http_query.h"

static const char *const names[HTTP_QUERIES_MAX] = {"from", "to"};
static struct http_values values;

static struct http_field field(const char *text)
{
    return (struct http_field){text, strlen(text)};
}

static void test_values(void **state)
{
    struct http_query q = {0};

    (void)state;
    assert_null(http_query_take(&q, names, &values));
    assert_string_equal(values.values[0], "");
    http_query_add(&q, field("to"), field("a%20b"));
    http_query_add(&q, field("from"), field(""));
    assert_null(http_query_take(&q, names, &values));
    assert_string_equal(values.values[0], "");
    assert_string_equal(values.values[1], "a b");
    assert_string_equal(values.values[HTTP_QUERIES_MAX - 1], "");
}

static void test_refused(void **state)
{
    static const char *const none[HTTP_QUERIES_MAX] = {NULL};
    struct http_query q = {0};

    (void)state;
    http_query_add(&q, field("to"), field("1"));
    assert_string_equal(http_query_take(&q, none, &values), "there are no parameters here");
    http_query_add(&q, field("to"), field("1"));
    assert_string_equal(http_query_take(&q, names, &values), "a parameter stands there twice");
    q = (struct http_query){0};
    http_query_add(&q, field("too"), field("1"));
    assert_string_equal(http_query_take(&q, names, &values), "no such parameter");
    q = (struct http_query){0};
    http_query_add(&q, field("to"), field("%0"));
    assert_string_equal(http_query_take(&q, names, &values), "a parameter's value cannot be decoded");
    q = (struct http_query){0};
    for (int i = 0; i < 1000; i++)
        http_query_add(&q, field("to"), field("1"));
    assert_string_equal(http_query_take(&q, names, &values), "too many parameters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests_name("http_query", tests, NULL, NULL);
}
