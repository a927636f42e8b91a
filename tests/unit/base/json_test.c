/* SPDX-License-Identifier: MIT
 * The JSON writer: commas, nesting, absent values, exact times, and its refusal of unbalanced use. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "json_read_back.h"

static char buffer[4096];
static struct text out;
static struct json j;

static int setup(void **state)
{
    (void)state;
    text_init(&out, buffer, sizeof buffer);
    json_init(&j, &out);
    return 0;
}

static void empty_ones(void **state)
{
    (void)state;
    json_begin_object(&j, NULL);
    json_begin_array(&j, "a");
    json_end_array(&j);
    json_begin_object(&j, "o");
    json_end_object(&j);
    json_end_object(&j);
    assert_string_equal(buffer, "{\"a\":[],\"o\":{}}");
}

static void every_kind_of_value(void **state)
{
    (void)state;
    json_begin_object(&j, NULL);
    json_put_string(&j, "s", "a\"b");
    json_put_string(&j, "absent", NULL);
    json_put_string_n(&j, "n", "x\0y", 3);
    json_put_number(&j, "v", 0.1);
    json_put_number(&j, "nan", (double)NAN);
    json_put_number(&j, "inf", (double)INFINITY);
    json_put_uint(&j, "u", UINT64_MAX);
    json_put_bool(&j, "t", true);
    json_put_bool(&j, "f", false);
    json_put_time(&j, "time", INT64_C(1767225600123456789));
    json_put_null(&j, "null");
    json_end_object(&j);
    assert_string_equal(buffer,
        "{\"s\":\"a\\\"b\",\"absent\":null,\"n\":\"x\\u0000y\",\"v\":0.1,\"nan\":null,\"inf\":null,"
        "\"u\":18446744073709551615,\"t\":true,\"f\":false,\"time\":1767225600.123456789,\"null\":null}");
}

static void commas_after_inner_ones(void **state)
{
    (void)state;
    json_begin_array(&j, NULL);
    json_put_uint(&j, NULL, 1);
    json_begin_array(&j, NULL);
    json_put_uint(&j, NULL, 2);
    json_put_uint(&j, NULL, 3);
    json_end_array(&j);
    json_begin_object(&j, NULL);
    json_put_uint(&j, "k", 4);
    json_end_object(&j);
    json_put_uint(&j, NULL, 5);
    json_end_array(&j);
    assert_string_equal(buffer, "[1,[2,3],{\"k\":4},5]");
}

/* Lines: one value after another at the top, no comma between them. */
static void values_at_the_top(void **state)
{
    (void)state;
    json_begin_object(&j, NULL);
    json_end_object(&j);
    text_add_char(&out, '\n');
    json_put_number(&j, NULL, 1);
    assert_string_equal(buffer, "{}\n1");
}

static void deepest_nesting(void **state)
{
    (void)state;
    for (int i = 1; i < JSON_DEPTH_MAX; i++)
        json_begin_array(&j, NULL);
    for (int i = 1; i < JSON_DEPTH_MAX; i++)
        json_end_array(&j);
    assert_string_equal(buffer, "[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]");
}

static void times_are_exact(void **state)
{
    (void)state;
    const int64_t times[] = {0, -1, INT64_MIN, INT64_MAX, INT64_C(1767225600000000001), -INT64_C(1000000000)};
    json_begin_array(&j, NULL);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        json_put_time(&j, NULL, times[i]);
    json_end_array(&j);
    assert_string_equal(
        buffer, "[0,-0.000000001,-9223372036.854775808,9223372036.854775807,1767225600.000000001,-1]");
}

/* Another parser reads every byte as what it was. */
static void another_parser_reads_it(void **state)
{
    (void)state;
    char bytes[128];
    for (int i = 0; i < 128; i++)
        bytes[i] = (char)i;
    json_begin_object(&j, NULL);
    json_put_string_n(&j, "b", bytes, sizeof bytes);
    json_put_number(&j, "v", -1.7976931348623157e308);
    json_end_object(&j);
    assert_true(json_read_back_string(buffer, out.length, "b", bytes, sizeof bytes));
    assert_true(json_read_back_number(buffer, out.length, "v", -1.7976931348623157e308));
}

static void says_when_it_did_not_fit(void **state)
{
    (void)state;
    char small[8];
    text_init(&out, small, sizeof small);
    json_begin_object(&j, NULL);
    json_put_string(&j, "key", "value");
    json_end_object(&j);
    assert_true(out.truncated);
    assert_string_equal(small, "{\"key\":");
}

/* A misuse is a bug of ours: the process stops. Tried in a child. */
static void assert_dies(void (*misuse)(void))
{
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL); /* cmocka catches it */
        fclose(stderr);
        misuse();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void end_of_nothing(void)
{
    json_end_object(&j);
}

static void array_ended_as_object(void)
{
    json_begin_array(&j, NULL);
    json_end_object(&j);
}

static void member_without_name(void)
{
    json_begin_object(&j, NULL);
    json_put_uint(&j, NULL, 1);
}

static void name_in_array(void)
{
    json_begin_array(&j, NULL);
    json_put_uint(&j, "k", 1);
}

static void too_deep(void)
{
    for (int i = 0; i < JSON_DEPTH_MAX; i++)
        json_begin_array(&j, NULL);
}

static void unbalanced_use_asserts(void **state)
{
    (void)state;
    assert_dies(end_of_nothing);
    assert_dies(array_ended_as_object);
    assert_dies(member_without_name);
    assert_dies(name_in_array);
    assert_dies(too_deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(empty_ones, setup),
        cmocka_unit_test_setup(every_kind_of_value, setup),
        cmocka_unit_test_setup(commas_after_inner_ones, setup),
        cmocka_unit_test_setup(values_at_the_top, setup),
        cmocka_unit_test_setup(deepest_nesting, setup),
        cmocka_unit_test_setup(times_are_exact, setup),
        cmocka_unit_test_setup(another_parser_reads_it, setup),
        cmocka_unit_test_setup(says_when_it_did_not_fit, setup),
        cmocka_unit_test_setup(unbalanced_use_asserts, setup),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
