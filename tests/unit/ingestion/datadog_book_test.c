/* SPDX-License-Identifier: MIT
 * From Datadog's answers to samples: both versions say the same, the newest bucket is left out, nulls are
 * gaps, rates and counts are added up over their buckets. Expected values are sums done by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/datadog/datadog_answer.h"
#include "ingestion/datadog/datadog_book.h"
#include "intake_capture.h"

#define T0 INT64_C(1700000000) /* a multiple of 20 */
#define S  INT64_C(1000000000)

struct scene {
    struct intake_capture capture;
    struct intake *in;
    struct datadog_book *book;
    struct datadog_query query;
    int64_t to_s;
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));

    intake_capture_open(&s->capture, 0);
    s->in = intake_open(s->capture.house, "datadog", NULL, 0);
    s->book = datadog_book_new("*");
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    datadog_book_free(s->book);
    intake_capture_close(&s->capture);
    free(s);
    return 0;
}

static void on_series(void *context, const struct datadog_series *series)
{
    struct scene *s = context;

    datadog_book_take(s->book, &s->query, 20, s->to_s * S, series);
}

/* Takes an answer about one host's series, points "v v null ..." from T0 + from_s on, every step_s. */
static void tell(struct scene *s, const char *tags, int from_s, int step_s, const char *points)
{
    char body[8192], times[2048] = "";
    struct datadog_reader r = {.series = on_series, .context = s};
    size_t n = 1;
    struct error e;

    for (const char *p = points; *p; p++)
        n += *p == ',';
    for (size_t i = 0; i < n; i++)
        (void)snprintf(times + strlen(times), sizeof(times) - strlen(times), "%s%lld000", i ? "," : "",
            (long long)(T0 + from_s) + (long long)i * step_s);
    (void)snprintf(body, sizeof(body),
        "{\"data\":{\"type\":\"timeseries_response\",\"attributes\":{\"series\":[{\"group_tags\":[%s],"
        "\"query_index\":0,\"unit\":null}],\"times\":[%s],\"values\":[[%s]]}}}",
        tags, times, points);
    if (datadog_read_v2(body, strlen(body), &r, &e) != 0)
        fail_msg("%s", e.text);
}

static const char *released(struct scene *s)
{
    datadog_book_commit(s->book);
    assert_int_equal(datadog_book_release(s->book, s->in, INT64_MAX - 1), 0);
    assert_int_equal(datadog_book_due(s->book), INT64_MAX);
    return intake_capture_said(&s->capture);
}

static void a_level_is_of_the_end_of_its_bucket(void **state)
{
    struct scene *s = *state;

    s->query = (struct datadog_query){.kind = DATADOG_LEVEL, .series = "system.cpu.iowait"};
    s->to_s = T0 + 80;
    tell(s, "\"host:a\"", 0, 20, "10,null,30,15");
    /* The bucket from 60 to 80 is the newest: it is not taken. */
    assert_string_equal(released(s), "1700000020 a host system.cpu.utilization.iowait 0.1\n"
                                     "1700000060 a host system.cpu.utilization.iowait 0.3\n");
    s->to_s = T0 + 120;
    tell(s, "\"host:a\"", 0, 20, "10,20,30,40,50,60");
    assert_string_equal(released(s), "1700000080 a host system.cpu.utilization.iowait 0.4\n"
                                     "1700000100 a host system.cpu.utilization.iowait 0.5\n");
}

static void rates_are_added_up_over_their_buckets(void **state)
{
    struct scene *s = *state;

    s->query = (struct datadog_query){.kind = DATADOG_RATE, .series = "datadog.packets_in"};
    s->to_s = T0 + 120;
    tell(s, "\"host:a\"", 0, 20, "100,200,null,50,1,9");
    /* 100*20, + 200*20, a gap adds nothing, + 50*20, + 1*20 */
    assert_string_equal(released(s), "1700000020 a host system.network.packet.count.receive 2000\n"
                                     "1700000040 a host system.network.packet.count.receive 6000\n"
                                     "1700000080 a host system.network.packet.count.receive 7000\n"
                                     "1700000100 a host system.network.packet.count.receive 7020\n");
    /* Coarser than was asked for: its own step counts. */
    s->to_s = T0 + 400;
    tell(s, "\"host:a\"", 120, 60, "10,10,10");
    assert_string_equal(released(s), "1700000180 a host system.network.packet.count.receive 7620\n"
                                     "1700000240 a host system.network.packet.count.receive 8220\n"
                                     "1700000300 a host system.network.packet.count.receive 8820\n");
}

static void counts_are_added_up(void **state)
{
    struct scene *s = *state;

    s->query = (struct datadog_query){.kind = DATADOG_COUNT, .series = "datadog.requests_in"};
    s->to_s = T0 + 100;
    tell(s, "\"host:a\",\"service:shop\"", 0, 20, "5,7,-1,3");
    assert_string_equal(released(s), "1700000020 a service:shop http.server.request.count 5\n"
                                     "1700000040 a service:shop http.server.request.count 12\n"
                                     "1700000080 a service:shop http.server.request.count 15\n");
    assert_int_equal(intake_count(s->in)->dropped[INTAKE_DROP_BAD_VALUE], 1);
}

static void a_round_that_fails_leaves_nothing(void **state)
{
    struct scene *s = *state;

    s->query = (struct datadog_query){.kind = DATADOG_RATE, .series = "datadog.packets_in"};
    s->to_s = T0 + 80;
    tell(s, "\"host:a\"", 0, 20, "100,200,300");
    datadog_book_abandon(s->book);
    assert_string_equal(released(s), "");
    tell(s, "\"host:a\"", 0, 20, "100,200,300");
    assert_string_equal(released(s), "1700000020 a host system.network.packet.count.receive 2000\n"
                                     "1700000040 a host system.network.packet.count.receive 6000\n"
                                     "1700000060 a host system.network.packet.count.receive 12000\n");
}

static void buckets_wait_for_their_time(void **state)
{
    struct scene *s = *state;

    s->query = (struct datadog_query){.kind = DATADOG_LEVEL, .series = "system.cpu.iowait"};
    s->to_s = T0 + 80;
    tell(s, "\"host:b\"", 0, 20, "1,2,3");
    tell(s, "\"host:a\"", 0, 20, "4,5,6");
    assert_int_equal(datadog_book_due(s->book), INT64_MAX); /* the round is not over */
    datadog_book_commit(s->book);
    assert_int_equal(datadog_book_due(s->book), (T0 + 20) * S);
    assert_int_equal(datadog_book_release(s->book, s->in, (T0 + 40) * S), 0);
    assert_string_equal(intake_capture_said(&s->capture),
        "1700000020 b host system.cpu.utilization.iowait 0.01\n"
        "1700000020 a host system.cpu.utilization.iowait 0.04\n"
        "1700000040 b host system.cpu.utilization.iowait 0.02\n"
        "1700000040 a host system.cpu.utilization.iowait 0.05\n");
    assert_int_equal(datadog_book_due(s->book), (T0 + 60) * S);
}

static void what_has_no_host_is_nobodys(void **state)
{
    struct scene *s = *state;

    s->query = (struct datadog_query){.kind = DATADOG_LEVEL, .series = "system.cpu.iowait"};
    s->to_s = T0 + 80;
    tell(s, "\"service:x\"", 0, 20, "1,2");
    tell(s, "\"host:N/A\"", 0, 20, "1,2");
    tell(s, "\"host:\"", 0, 20, "1,2");
    assert_string_equal(released(s), "");
    assert_int_equal(intake_count(s->in)->dropped[INTAKE_DROP_UNSUPPORTED], 6);
}

struct heard {
    char text[2048];
};

static void note(void *context, const struct datadog_series *s)
{
    struct heard *h = context;
    struct text t;

    text_init(&t, h->text + strlen(h->text), sizeof(h->text) - strlen(h->text));
    text_addf(&t, "%d %s", (int)s->query, s->metric);
    for (size_t i = 0; i < s->tag_count; i++)
        text_addf(&t, " %s", s->tags[i]);
    for (size_t i = 0; i < s->count; i++) {
        text_add_char(&t, ' ');
        text_add_time(&t, s->t_ns[i]);
        text_add_char(&t, '=');
        text_add_number(&t, s->value[i] * s->scale);
    }
    text_add_char(&t, '\n');
}

/* The examples' shapes are those of the API's documentation, with values of our own. */
static void both_versions_are_read(void **state)
{
    static const char two[] =
        "{\"data\":{\"id\":\"0\",\"type\":\"timeseries_response\",\"attributes\":{\"series\":[{\"group_"
        "tags\":"
        "[\"host:a\",\"device:/dev/"
        "sda1\"],\"query_index\":1,\"unit\":[{\"family\":\"bytes\",\"scale_factor\":"
        "1048576.0,\"name\":\"mebibyte\"},null]},{\"group_tags\":[\"no colon\"],\"query_index\":0}],"
        "\"times\":[1700000000000,1700000020000],\"values\":[[2.5,null],[1,2]]}}}";
    static const char one[] =
        "{\"status\":\"ok\",\"res_type\":\"time_series\",\"series\":[{\"metric\":\"system.cpu.user\",\"tag_"
        "set\":"
        "[\"host:a\"],\"pointlist\":[[1700000000000.0,1.5],[1700000020000.0,null]],\"interval\":20,"
        "\"length\":2,"
        "\"expression\":\"avg:system.cpu.user{*}\",\"unit\":[{\"family\":\"percentage\",\"scale_factor\":1.0}"
        ",null],"
        "\"extra\":{\"is\":[\"fine\"]}},{\"metric\":\"b\",\"tag_set\":[],\"pointlist\":[[2,1],[1,1]]}]}";
    struct heard h = {.text = ""};
    struct datadog_reader r = {.series = note, .context = &h};
    struct error e;

    (void)state;
    assert_int_equal(datadog_read_v2(two, sizeof(two) - 1, &r, &e), 0);
    assert_string_equal(h.text, "1  host:a device:/dev/sda1 1700000000=2621440 1700000020=null\n");
    assert_int_equal(r.skipped, 1);
    h.text[0] = '\0';
    r.skipped = 0;
    assert_int_equal(datadog_read_v1(one, sizeof(one) - 1, &r, &e), 0);
    assert_string_equal(h.text, "-1 system.cpu.user host:a 1700000000=1.5 1700000020=null\n");
    assert_int_equal(r.skipped, 1);
}

static void what_is_no_answer_is_refused(void **state)
{
    static const char *const bad[] = {"", "[]", "{}", "null", "{\"data\":{\"attributes\":{}}}", "<html>",
        "{\"data\":{\"attributes\":{\"times\":[1],\"values\":[],\"series\":[{}]}}}",
        "{\"data\":1,\"data\":2}", "[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]"};
    struct heard h = {.text = ""};
    struct datadog_reader r = {.series = note, .context = &h};
    struct error e;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_int_equal(datadog_read_v2(bad[i], strlen(bad[i]), &r, &e), -EINVAL);
        assert_int_equal(datadog_read_v1(bad[i], strlen(bad[i]), &r, &e), -EINVAL);
    }
    static const char error[] = "{\"status\":\"error\",\"error\":\"too many\"}";
    assert_int_equal(datadog_read_v1(error, sizeof(error) - 1, &r, &e), -EBADMSG);
    assert_string_equal(e.text, "too many");
    assert_string_equal(h.text, "");
    assert_int_equal(datadog_read_valid("{\"valid\":true}", 14), 1);
    assert_int_equal(datadog_read_valid("{\"valid\":false}", 15), 0);
    assert_int_equal(datadog_read_valid("{\"valid\":1}", 11), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_level_is_of_the_end_of_its_bucket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rates_are_added_up_over_their_buckets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(counts_are_added_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_round_that_fails_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(buckets_wait_for_their_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_has_no_host_is_nobodys, set_up, tear_down),
        cmocka_unit_test(both_versions_are_read),
        cmocka_unit_test(what_is_no_answer_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
