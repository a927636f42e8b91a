/* SPDX-License-Identifier: MIT
 * The exposition formats against what they say themselves: each case is a body and the samples that it means,
 * written down by hand from the formats' documents. */
#include "ingestion/prometheus/exposition.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "intake_capture.h"

#define S INT64_C(1000000000)

static struct intake_capture c;
static struct intake *in;
static struct error e;

static int open_it(void **state)
{
    (void)state;
    intake_capture_open(&c, 0);
    in = intake_open(c.house, "test", NULL, 0);
    return in ? 0 : -1;
}

static int close_it(void **state)
{
    (void)state;
    intake_capture_close(&c);
    return 0;
}

static int read_at(int64_t now_ns, const char *body, const struct exposition_options *o)
{
    intake_begin(in, now_ns);
    int r = exposition_read(body, strlen(body), o, in, &e);
    if (r)
        intake_cancel(in);
    else
        assert_int_equal(intake_end(in, INTAKE_WHOLE), 0);
    return r;
}

static const struct exposition_options text = {.max_samples = 1000};
static const struct exposition_options open = {.openmetrics = true, .max_samples = 1000};

static uint64_t dropped(enum intake_drop reason)
{
    return intake_count(in)->dropped[reason];
}

static void text_is_read(void **state)
{
    (void)state;
    static const char body[] = "# HELP load a \\n help\n# TYPE load gauge\nload 1.5\n"
                               "# a comment\n\n# TYPE temp untyped\n"
                               "  temp\t{ b = \"x\\\\y\\\"z\\nw\" , a=\"{}, \" , }\t-3e2  9000\n"
                               "g{} +12\nh 0x10\nn NaN\ni +Inf\n";
    assert_int_equal(read_at(10 * S, body, &text), 0);
    assert_string_equal(intake_capture_said(&c), "9 here series:temp{a=\"{}, \",b=\"x\\\\y\\\"z\\nw\"} -300\n"
                                                 "10 here series:load 1.5\n10 here series:g 12\n");
    assert_int_equal(dropped(INTAKE_DROP_MALFORMED), 1); /* hexadecimal */
    assert_int_equal(dropped(INTAKE_DROP_BAD_VALUE), 1); /* infinite */
}

static void types_decide_what_is_a_rate(void **state)
{
    (void)state;
    static const char body[] = "# TYPE a counter\na %d\n# TYPE b gauge\nb_total %d\n"
                               "# TYPE h histogram\nh_bucket{le=\"1\"} %d\nh_bucket{le=\"+Inf\"} %d\nh_sum "
                               "%d\nh_count %d\n"
                               "# TYPE s summary\ns{quantile=\"0.5\"} %d\ns_sum %d\n"
                               "u_bucket{le=\"1\"} %d\n# TYPE g gauge\ng_total %d\n";
    char first[1024], second[1024];
    snprintf(first, sizeof(first), body, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
    snprintf(second, sizeof(second), body, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3);
    assert_int_equal(read_at(10 * S, first, &text), 0);
    intake_capture_said(&c);
    assert_int_equal(read_at(12 * S, second, &text), 0);
    assert_string_equal(intake_capture_said(&c), "12 here series:rate(a) 1\n12 here series:rate(b_total) 1\n"
                                                 "12 here series:rate(h_sum) 1\n12 here series:rate(h_count) "
                                                 "1\n12 here series:s{quantile=\"0.5\"} 3\n"
                                                 "12 here series:rate(s_sum) 1\n12 here "
                                                 "series:rate(g_total) 1\n");
}

static void buckets_are_taken_when_asked_for(void **state)
{
    (void)state;
    const struct exposition_options o = {.buckets = true, .max_samples = 10};
    static const char body[] = "# TYPE h histogram\nh_bucket{le=\"1\"} 1\n";
    assert_int_equal(read_at(10 * S, body, &o), 0);
    assert_int_equal(read_at(11 * S, body, &o), 0);
    assert_string_equal(intake_capture_said(&c), "11 here series:rate(h_bucket{le=\"1\"}) 0\n");
}

static void openmetrics_is_read(void **state)
{
    (void)state;
    static const char body[] =
        "# TYPE a counter\n# UNIT a seconds\na_total 1 # {trace_id=\"x\"} 0.5 1.2\na_created 1e9\n"
        "# TYPE s stateset\ns{s=\"on\"} 1 9.25\n# TYPE v info\nv_info{version=\"1\"} 1\n# EOF";
    assert_int_equal(read_at(10 * S, body, &open), 0);
    assert_string_equal(
        intake_capture_said(&c), "9.25 here series:s{s=\"on\"} 1\n10 here series:v_info{version=\"1\"} 1\n");
    assert_int_equal(dropped(INTAKE_DROP_MALFORMED), 0);
}

static void names_may_stand_in_quotes(void **state)
{
    (void)state;
    assert_int_equal(read_at(10 * S, "{\"my.metric\",\"a.b\"=\"c\",d=\"e\"} 4\n", &text), 0);
    assert_string_equal(intake_capture_said(&c), "10 here series:my.metric{a.b=\"c\",d=\"e\"} 4\n");
}

/* Each line alone is skipped and counted; the good one beside it is taken. */
static void bad_lines_are_skipped(void **state)
{
    (void)state;
    static const char *const lines[] = {"1abc 1", "a-b 1", "a{b=\"c} 1", "a{b=\"\\t\"} 1", "a{b=c} 1",
        "a{b\"c\"} 1", "a{=\"c\"} 1", "a{b=\"c\"d=\"e\"} 1", "a{1b=\"c\"} 1", "a", "a ", "a x", "a 1 x",
        "a 1 2 3", "a 1.5.5", "a 1 1.5", "{} 1", "{\"a\",\"b\"} 1", "a 1,5", "a 1_000",
        "a 1 99999999999999999", "a 1 # {x=\"y\"} 1", "a 1\r", "# TYPE a nothing", "# TYPE",
        "# TYPE a gauge\n# TYPE a counter"};
    char body[256];
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        uint64_t before = dropped(INTAKE_DROP_MALFORMED);
        snprintf(body, sizeof(body), "%s\nz 1\n", lines[i]);
        assert_int_equal(read_at((10 + (int64_t)i) * S, body, &text), 0);
        if (dropped(INTAKE_DROP_MALFORMED) != before + 1)
            print_error("line %zu: %s\n", i, lines[i]);
        assert_int_equal(dropped(INTAKE_DROP_MALFORMED), before + 1);
    }
    assert_int_equal(intake_count(in)->samples, sizeof(lines) / sizeof(lines[0]));
}

static void too_many_bad_lines_refuse_the_body(void **state)
{
    (void)state;
    char body[4096] = "ok 1\n";
    for (int i = 0; i < EXPOSITION_BAD_LINES + 1; i++)
        strcat(body, "???\n");
    assert_int_equal(read_at(10 * S, body, &text), -EBADMSG);
    assert_string_equal(
        e.text, "11 of 12 lines are not well-formed; the first: no value, or labels that are not closed");
    assert_int_equal(e.line, 2);
    assert_string_equal(intake_capture_said(&c), "10 gone series:ok\n"); /* nothing of it was fed */
    assert_int_equal(intake_count(in)->samples, 0);
}

static void a_body_that_is_cut_short_is_refused(void **state)
{
    (void)state;
    assert_int_equal(read_at(10 * S, "a 1\nb 2", &text), -EBADMSG);
    assert_string_equal(e.text, "the last line is cut short");
    assert_int_equal(read_at(10 * S, "a 1\n", &open), -EBADMSG);
    assert_string_equal(e.text, "it is cut short: no # EOF at its end");
    assert_int_equal(read_at(10 * S, "a 1\n# EOF\nb 1\n", &open), 0);
    assert_int_equal(dropped(INTAKE_DROP_MALFORMED), 1);
    assert_int_equal(read_at(11 * S, "", &text), 0);
    assert_int_equal(read_at(11 * S, "", &open), -EBADMSG);
}

static void too_many_samples_refuse_the_body(void **state)
{
    (void)state;
    const struct exposition_options two = {.max_samples = 2};
    assert_int_equal(read_at(10 * S, "a 1\nb 2\n", &two), 0);
    assert_int_equal(read_at(11 * S, "a 1\nb 2\nc 3\n", &two), -E2BIG);
    assert_string_equal(e.text, "more than 2 samples");
}

static void what_is_not_wanted_of_a_series_is_counted(void **state)
{
    (void)state;
    assert_int_equal(read_at(1000000 * S,
                         "d 1\nd 2\n" /* twice */
                         "# TYPE n counter\nn -1\n"
                         "f 1 1000601000\n" /* more than ten minutes ahead */
                         "o 1 1000000\n"    /* seconds, not milliseconds */
                         "l{a=\"1\",a=\"2\"} 1\n",
                         &text),
        0);
    assert_string_equal(intake_capture_said(&c), "1000000 here series:d 1\n");
    assert_int_equal(dropped(INTAKE_DROP_DUPLICATE), 1);
    assert_int_equal(dropped(INTAKE_DROP_BAD_VALUE), 1);
    assert_int_equal(dropped(INTAKE_DROP_FUTURE), 1);
    assert_int_equal(dropped(INTAKE_DROP_OLD), 1);
    assert_int_equal(dropped(INTAKE_DROP_DUPLICATE_LABEL), 1);
}

/* The quick way and the slow way are one: order and blanks change nothing. */
static void known_series_are_found_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(read_at(10 * S, "a 1\nab 2\nb{x=\"1\"} 3\n", &text), 0);
    assert_int_equal(read_at(11 * S, "a 1\nab 2\nb{x=\"1\"} 3\n", &text), 0);
    intake_capture_said(&c);
    assert_int_equal(read_at(12 * S, "b{x=\"1\"} 6\nab 5\n a\t4\nabc 7\n", &text), 0);
    assert_string_equal(intake_capture_said(&c), "12 here series:b{x=\"1\"} 6\n12 here series:ab 5\n"
                                                 "12 here series:a 4\n12 here series:abc 7\n");
    assert_int_equal(intake_count(in)->series, 4);
}

/* Families without samples, in their thousands, cost their lines. */
static void empty_families_are_passed_over(void **state)
{
    (void)state;
    static char body[1 << 20];
    size_t n = 0;
    for (int i = 0; i < 30000; i++)
        n += (size_t)snprintf(body + n, sizeof(body) - n, "# TYPE family_%d counter\n", i);
    strcat(body + n, "x 1\n");
    assert_int_equal(read_at(10 * S, body, &text), 0);
    assert_string_equal(intake_capture_said(&c), "10 here series:x 1\n");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_it, close_it)
    const struct CMUnitTest tests[] = {
        T(text_is_read),
        T(types_decide_what_is_a_rate),
        T(buckets_are_taken_when_asked_for),
        T(openmetrics_is_read),
        T(names_may_stand_in_quotes),
        T(bad_lines_are_skipped),
        T(too_many_bad_lines_refuse_the_body),
        T(a_body_that_is_cut_short_is_refused),
        T(too_many_samples_refuse_the_body),
        T(what_is_not_wanted_of_a_series_is_counted),
        T(known_series_are_found_in_any_order),
        T(empty_families_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
