/* SPDX-License-Identifier: MIT
 * The intake: series in, frames out. Expected values are written down by hand from the contract. */
#include "ingestion/intake/intake.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "intake_capture.h"

#define S INT64_C(1000000000)

static struct intake_capture c;

static int open_it(void **state)
{
    (void)state;
    intake_capture_open(&c, 0);
    return 0;
}

static int close_it(void **state)
{
    (void)state;
    intake_capture_close(&c);
    return 0;
}

static struct intake *plain(void)
{
    struct intake *in = intake_open(c.house, "test", NULL, 0);
    assert_non_null(in);
    return in;
}

static void one(struct intake *in, const char *text, enum intake_kind kind, int64_t t_ns, double value)
{
    intake_begin(in, t_ns);
    intake_capture_give(in, text, kind, t_ns, value);
    assert_int_equal(intake_end(in, INTAKE_PART), 0);
}

static void a_level_that_no_law_knows_is_a_series_of_its_own(void **state)
{
    (void)state;
    struct intake *in = plain();
    one(in, "queue_length{zone=b,app=\"x}", INTAKE_GAUGE, 10 * S, 4);
    one(in, "queue_length{app=\"x,zone=b}", INTAKE_GAUGE, 11 * S, 5);
    assert_string_equal(intake_capture_said(&c), "10 here series:queue_length{app=\"\\\"x\",zone=\"b\"} 4\n"
                                                 "11 here series:queue_length{app=\"\\\"x\",zone=\"b\"} 5\n");
    assert_int_equal(intake_count(in)->samples, 2);
    assert_int_equal(intake_count(in)->series, 1);
    assert_true(intake_count(in)->up);
}

static void a_counter_that_no_law_knows_becomes_a_rate(void **state)
{
    (void)state;
    struct intake *in = plain();
    one(in, "jobs_total{node=a}", INTAKE_UNKNOWN, 10 * S, 100);
    one(in, "jobs_total{node=a}", INTAKE_UNKNOWN, 20 * S, 150);
    one(in, "jobs_total{node=a}", INTAKE_UNKNOWN, 30 * S, 20); /* started anew */
    one(in, "jobs_total{node=a}", INTAKE_UNKNOWN, 40 * S, 40);
    assert_string_equal(intake_capture_said(&c), "20 a series:rate(jobs_total) 5\n"
                                                 "40 a series:rate(jobs_total) 2\n");
}

static void deltas_are_added_up(void **state)
{
    (void)state;
    struct intake *in = plain();
    one(in, "ingress_requests{host=a}", INTAKE_DELTA, 10 * S, 3);
    one(in, "ingress_requests{host=a}", INTAKE_DELTA, 20 * S, 4);
    assert_string_equal(intake_capture_said(&c), "10 a host http.server.request.count 3\n"
                                                 "20 a host http.server.request.count 7\n");
}

static void times_decide_what_is_taken(void **state)
{
    (void)state;
    struct intake *in = plain();
    const uint64_t *dropped = intake_count(in)->dropped;
    intake_begin(in, 1000 * S);
    intake_capture_give(in, "x{}", INTAKE_GAUGE, 990 * S, 2); /* in any order */
    intake_capture_give(in, "x{}", INTAKE_GAUGE, 980 * S, 1);
    intake_capture_give(in, "x{}", INTAKE_GAUGE, 990 * S, 3);
    intake_capture_give(in, "y{}", INTAKE_GAUGE, 399 * S, 1);
    intake_capture_give(in, "y{}", INTAKE_GAUGE, 1601 * S, 1);
    intake_capture_give(in, "y{}", INTAKE_GAUGE, INTAKE_NOW, 9);
    intake_end(in, INTAKE_PART);
    one(in, "x{}", INTAKE_GAUGE, 985 * S, 1);
    assert_string_equal(intake_capture_said(&c), "980 here series:x 1\n990 here series:x 2\n1000 here "
                                                 "series:y 9\n");
    assert_int_equal(dropped[INTAKE_DROP_DUPLICATE], 1);
    assert_int_equal(dropped[INTAKE_DROP_OLD], 1);
    assert_int_equal(dropped[INTAKE_DROP_FUTURE], 1);
    assert_int_equal(dropped[INTAKE_DROP_OUT_OF_ORDER], 1);
}

static void bad_values_are_counted_and_nan_is_missing(void **state)
{
    (void)state;
    struct intake *in = plain();
    one(in, "g", INTAKE_GAUGE, 1 * S, (double)NAN);
    one(in, "g", INTAKE_GAUGE, 2 * S, (double)INFINITY);
    one(in, "g", INTAKE_GAUGE, 3 * S, -1);
    one(in, "n_total", INTAKE_COUNTER, 1 * S, -1);
    one(in, "n_total", INTAKE_COUNTER, 2 * S, (double)NAN);
    assert_string_equal(intake_capture_said(&c), "3 here series:g -1\n");
    assert_int_equal(intake_count(in)->dropped[INTAKE_DROP_BAD_VALUE], 3);
}

static void a_batch_that_is_cancelled_leaves_nothing(void **state)
{
    (void)state;
    struct intake *in = plain();
    intake_begin(in, 5 * S);
    intake_capture_give(in, "g", INTAKE_GAUGE, 5 * S, 1);
    intake_cancel(in);
    assert_int_equal(intake_count(in)->series, 0);
    intake_capture_said(&c);
    /* Another source may say it. */
    struct intake *other = intake_open(c.house, "other", NULL, 0);
    one(other, "g", INTAKE_GAUGE, 4 * S, 3);
    assert_string_equal(intake_capture_said(&c), "4 here series:g 3\n");
    intake_close(other);
    one(in, "g", INTAKE_GAUGE, 5 * S, 2);
    assert_string_equal(intake_capture_said(&c), "5 here series:g 2\n");
}

static void labels_are_checked(void **state)
{
    (void)state;
    struct intake *in = plain();
    const uint64_t *dropped = intake_count(in)->dropped;
    char many[1024] = "m{", value[INTAKE_VALUE_MAX + 64];
    for (int i = 0; i < INTAKE_LABELS_MAX + 1; i++) {
        char label[16];
        snprintf(label, sizeof(label), "l%d=v,", i);
        strcat(many, label);
    }
    one(in, many, INTAKE_GAUGE, S, 1);
    memset(value, 'v', sizeof(value));
    memcpy(value, "m{a=", 4);
    value[sizeof(value) - 1] = '\0';
    one(in, value, INTAKE_GAUGE, S, 1);
    one(in, "m{a=1,a=2}", INTAKE_GAUGE, S, 1);
    one(in, "m{a=\xff}", INTAKE_GAUGE, S, 1);
    one(in, "{a=b}", INTAKE_GAUGE, S, 1);
    assert_int_equal(dropped[INTAKE_DROP_TOO_MANY_LABELS], 1);
    assert_int_equal(dropped[INTAKE_DROP_TOO_LONG], 1);
    assert_int_equal(dropped[INTAKE_DROP_DUPLICATE_LABEL], 1);
    assert_int_equal(dropped[INTAKE_DROP_BAD_NAME], 2);
    assert_string_equal(intake_capture_said(&c), "");
}

static void a_source_has_only_so_many_series(void **state)
{
    (void)state;
    intake_capture_close(&c);
    intake_capture_open(&c, 3);
    struct intake *in = plain(), *other = intake_open(c.house, "other", NULL, 0);
    for (int i = 0; i < 10; i++) {
        char name[16];
        snprintf(name, sizeof(name), "m{i=%d}", i);
        one(in, name, INTAKE_GAUGE, S, i);
    }
    one(other, "n", INTAKE_GAUGE, S, 1);
    assert_int_equal(intake_count(in)->series, 3);
    assert_int_equal(intake_count(in)->samples, 3);
    assert_int_equal(intake_count(in)->dropped[INTAKE_DROP_SERIES_LIMIT], 7);
    assert_int_equal(intake_count(other)->samples, 1);
}

/* A refusal that is remembered must not outlive its reason: room that is made, or other bytes that name the
 * same series. */
static void what_was_refused_is_taken_once_there_is_room(void **state)
{
    (void)state;
    intake_capture_close(&c);
    intake_capture_open(&c, 2);
    struct intake *in = plain();
    const uint64_t *dropped = intake_count(in)->dropped;
    one(in, "stays", INTAKE_GAUGE, 1 * S, 1);
    one(in, "goes", INTAKE_GAUGE, 1 * S, 1);
    for (int t = 1; t <= 5; t++)
        one(in, "late{a=1,b=2}", INTAKE_GAUGE, t * S, t);
    assert_int_equal(dropped[INTAKE_DROP_SERIES_LIMIT], 5);
    intake_retire(in, 6 * S);
    intake_tick(in, 6 * S);
    intake_capture_said(&c);
    one(in, "stays", INTAKE_GAUGE, 7 * S, 1);
    one(in, "late{b=2,a=1}", INTAKE_GAUGE, 7 * S, 7);
    one(in, "other", INTAKE_GAUGE, 8 * S, 8);
    one(in, "late{a=1,b=2}", INTAKE_GAUGE, 8 * S, 8);
    assert_int_equal(dropped[INTAKE_DROP_SERIES_LIMIT], 6);
    assert_string_equal(intake_capture_said(&c), "7 here series:stays 1\n"
                                                 "7 here series:late{a=\"1\",b=\"2\"} 7\n"
                                                 "8 here series:late{a=\"1\",b=\"2\"} 8\n");
}

static void the_engines_limit_is_asked_anew_when_something_left_it(void **state)
{
    (void)state;
    struct intake *in = plain(), *other = intake_open(c.house, "other", NULL, 0);
    char name[16];
    int64_t last = 0, id;
    for (int i = 0; (id = catalog_host(c.catalog, name, (size_t)snprintf(name, sizeof(name), "h%d", i))) >= 0;
         i++)
        last = id;
    for (int t = 1; t <= 3; t++)
        one(in, "m", INTAKE_GAUGE, t * S, t);
    assert_int_equal(intake_count(in)->dropped[INTAKE_DROP_ENGINE_LIMIT], 3);
    for (int more = 0; more < 2; more++, last--) { /* a host, and a series on it */
        catalog_leave(c.catalog, (uint32_t)last);
        catalog_make_room(c.catalog, (uint32_t)last);
        catalog_remove(c.catalog, (uint32_t)last);
    }
    one(in, "m", INTAKE_GAUGE, 4 * S, 4);
    one(other, "m", INTAKE_GAUGE, 5 * S, 5); /* taken, which is not remembered */
    assert_string_equal(intake_capture_said(&c), "4 here series:m 4\n");
    assert_int_equal(intake_count(in)->dropped[INTAKE_DROP_ENGINE_LIMIT], 3);
    assert_int_equal(intake_count(other)->dropped[INTAKE_DROP_TAKEN], 1);
}

static void the_first_source_to_say_it_is_believed(void **state)
{
    (void)state;
    struct intake *in = plain(), *other = intake_open(c.house, "other", NULL, 0);
    one(in, "x{host=a}", INTAKE_GAUGE, S, 1);
    one(other, "x{host=a}", INTAKE_GAUGE, 2 * S, 2);
    /* And the host source knows this host better than any other. */
    one(in, "node_memory_MemTotal_bytes{instance=127.0.0.1:9100}", INTAKE_GAUGE, S, 1e9);
    assert_string_equal(intake_capture_said(&c), "1 a series:x 1\n");
    assert_int_equal(intake_count(other)->dropped[INTAKE_DROP_TAKEN], 1);
    assert_int_equal(intake_count(in)->dropped[INTAKE_DROP_TAKEN], 1);
}

static void what_is_absent_from_a_whole_batch_ends(void **state)
{
    (void)state;
    struct intake *in = plain();
    for (int t = 1; t < 4; t++) {
        intake_begin(in, 10 * t * S);
        intake_capture_give(in, "stays", INTAKE_GAUGE, INTAKE_NOW, t);
        if (t < 3)
            intake_capture_give(in, "goes", INTAKE_GAUGE, INTAKE_NOW, t);
        intake_end(in, INTAKE_WHOLE);
        intake_tick(in, 10 * t * S);
    }
    intake_capture_said(&c);
    intake_tick(in, 70 * S); /* five steps of ten seconds after its last */
    assert_string_equal(intake_capture_said(&c), "");
    intake_tick(in, 71 * S);
    assert_string_equal(intake_capture_said(&c), "71 gone series:goes\n");
    assert_int_equal(intake_count(in)->series, 1);
}

static void a_stale_marker_ends_a_series(void **state)
{
    (void)state;
    struct intake *in = plain();
    const uint64_t bits = INTAKE_STALE_BITS;
    double marker;
    memcpy(&marker, &bits, sizeof(marker));
    one(in, "g", INTAKE_GAUGE, 1 * S, 1);
    one(in, "g", INTAKE_GAUGE, 2 * S, 1);
    one(in, "g", INTAKE_GAUGE, 3 * S, marker);
    one(in, "g", INTAKE_GAUGE, 4 * S, 7); /* it comes back */
    one(in, "g", INTAKE_GAUGE, 5 * S, marker);
    assert_string_equal(intake_capture_said(&c), "1 here series:g 1\n2 here series:g 1\n4 here series:g 7\n");
    intake_tick(in, 30 * S);
    assert_string_equal(intake_capture_said(&c), "30 gone series:g\n");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_it, close_it)
    const struct CMUnitTest tests[] = {
        T(a_level_that_no_law_knows_is_a_series_of_its_own),
        T(a_counter_that_no_law_knows_becomes_a_rate),
        T(deltas_are_added_up),
        T(times_decide_what_is_taken),
        T(bad_values_are_counted_and_nan_is_missing),
        T(a_batch_that_is_cancelled_leaves_nothing),
        T(labels_are_checked),
        T(a_source_has_only_so_many_series),
        T(what_was_refused_is_taken_once_there_is_room),
        T(the_engines_limit_is_asked_anew_when_something_left_it),
        T(the_first_source_to_say_it_is_believed),
        T(what_is_absent_from_a_whole_batch_ends),
        T(a_stale_marker_ends_a_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
