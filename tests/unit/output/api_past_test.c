/* SPDX-License-Identifier: MIT
 * What is kept and answered of the past: points of a grid, tracks of the last ten minutes, lines of closed
 * incidents. Expected values are counted by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api_rig.h"
#include "fake_view.h"

#define S INT64_C(1000000000)

static struct question asked;
static bool is_put;
static int free_questions;

static struct question *take(void *context)
{
    static char bytes[HTTP_BODY_MAX];

    (void)context;
    if (free_questions == 0)
        return NULL;
    asked = (struct question){0};
    text_init(&asked.body, bytes, sizeof(bytes));
    return &asked;
}

static void put(void *context, struct question *q)
{
    (void)context;
    assert_ptr_equal(q, &asked);
    is_put = true;
}

static const struct question_desk desk = {.take = take, .put = put};

static struct http_answer call(void (*f)(void *context, const struct http_request *q, struct http_answer *a),
    const char *rest, const char *const values[HTTP_QUERIES_MAX])
{
    const struct http_request q = {.rest = rest, .values = values, .ticket = 7};

    is_put = false;
    return answer_to(f, &q);
}

static int make(void **state)
{
    (void)state;
    fake_view_make("web-1");
    free_questions = 1;
    api = (struct api){.view = fake_view_get(),
        .tracks = tracks_new(),
        .closed = closed_lines_new(),
        .tick_ns = FAKE_NOW_NS,
        .tick_mono_ns = api_mono_ns(),
        .period_ns = S};
    assert_non_null(api.tracks);
    assert_non_null(api.closed);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    tracks_free(api.tracks);
    closed_lines_free(api.closed);
    fake_view_free();
    return 0;
}

static void test_step(void **state)
{
    (void)state;
    assert_int_equal(series_grid_step(0, 600 * S, S), S);
    assert_int_equal(series_grid_step(0, 601 * S, S), 2 * S);
    assert_int_equal(series_grid_step(0, 10 * S, 4 * S), 5 * S);
    assert_int_equal(series_grid_step(0, 86400 * S, S), 300 * S);
    assert_int_equal(series_grid_step(0, INT64_MAX, S), 86400 * S);
}

static void test_grid(void **state)
{
    static struct series_grid g;

    (void)state;
    assert_int_equal(series_grid_begin(&g, 0, 4096 * S, S), -E2BIG);
    /* Multiples of 15 s from 100 to 145 are 105, 120, 135. */
    assert_int_equal(series_grid_begin(&g, 100 * S, 145 * S, 15 * S), 0);
    assert_int_equal(g.first_ns, 105 * S);
    assert_int_equal(g.count, 3);
    for (int t = 80; t < 160; t++)
        series_grid_put(&g, t * S, &(struct series_value){(float)t, NAN, NAN, NAN});
    assert_true(g.points[0].value == 105 && g.points[1].value == 120 && g.points[2].value == 135);
    series_grid_put(&g, 120 * S, &(struct series_value){NAN, 1, 1, 1}); /* absent: what there was stays */
    assert_true(g.points[1].value == 120);
    series_grid_put(&g, 120 * S + 1, &(struct series_value){5, NAN, NAN, NAN});
    assert_true(g.points[2].value == 5);
    assert_int_equal(series_grid_filled(&g), 3);
}

static void test_series_from_memory(void **state)
{
    char from[32];
    const char *const values[HTTP_QUERIES_MAX] = {"", "seizure", from, "", "", ""};

    (void)state;
    for (int i = 0; i < 700; i++) {
        fake_view.now_ns = FAKE_NOW_NS - (699 - i) * S;
        fake_view.readings[0][LAW_SEIZURE] = fake_reading(LAW_OK, i * 0.1, 100, "%");
        if (i % 10 == 3)
            fake_view.readings[0][LAW_SEIZURE] = (struct law_reading){.state = LAW_UNOBSERVABLE};
        tracks_tick(api.tracks, api.view);
    }
    snprintf(from, sizeof(from), "%lld", (long long)(FAKE_NOW_NS / S - 9));
    assert_int_equal(call(api_series, "", values).status, 200);
    json_t *j = parse();
    assert_string_equal(json_string_value(json_object_get(j, "source")), "memory");
    assert_string_equal(json_string_value(json_object_get(j, "unit")), "%");
    const json_t *value = json_object_get(j, "value");
    assert_int_equal(json_array_size(value), 10);
    assert_true(json_number_value(json_array_get(value, 9)) == 69.9);
    assert_true(json_is_null(json_array_get(value, 3)));
    assert_true(json_number_value(json_array_get(json_object_get(j, "hi"), 9)) == 100);
    json_decref(j);
    /* Ten minutes are kept and not one tick more. */
    snprintf(from, sizeof(from), "%lld", (long long)(FAKE_NOW_NS / S - 620));
    assert_int_equal(
        call(api_series, "", (const char *const[HTTP_QUERIES_MAX]){"", "seizure", from, "", "1", ""}).status,
        200);
    j = parse();
    const json_t *all = json_object_get(j, "value");
    assert_int_equal(json_array_size(all), 621);
    assert_true(json_is_null(json_array_get(all, 20)));
    assert_true(json_number_value(json_array_get(all, 21)) == 10.0);
    json_decref(j);
}

static void test_tracks_have_room_for_who_asks(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 2 * TRACKS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof(name), "/%u", (unsigned)i);
        const uint32_t e = fake_view_add(ENTITY_CGROUP, name);
        fake_view.readings[e][LAW_FEVER] = fake_reading(LAW_OK, i, 100, "MB/s");
    }
    tracks_tick(api.tracks, api.view);
    const uint32_t last = 2 * TRACKS_MAX;
    assert_null(tracks_find(api.tracks, last, track_law(LAW_FEVER)));
    assert_non_null(tracks_find(api.tracks, 1, track_law(LAW_FEVER)));
    tracks_want(api.tracks, api.view, last, track_law(LAW_FEVER));
    for (int i = 0; i < 3; i++)
        tracks_tick(api.tracks, api.view);
    const struct track *one = tracks_find(api.tracks, last, track_law(LAW_FEVER));
    assert_non_null(one);
    assert_int_equal(track_from_ns(api.tracks, one), fake_view.now_ns);
}

static void test_older_goes_to_the_desk(void **state)
{
    char from[32];
    const char *const values[HTTP_QUERIES_MAX] = {"", "seizure", from, "", "", ""};

    (void)state;
    api.desk = &desk;
    fake_view.now_ns = FAKE_NOW_NS;
    fake_view.readings[0][LAW_SEIZURE] = fake_reading(LAW_OK, 1, 100, "%");
    tracks_tick(api.tracks, api.view);
    snprintf(from, sizeof(from), "%lld", (long long)(FAKE_NOW_NS / S - 100));
    assert_true(call(api_series, "", values).later);
    assert_true(is_put);
    assert_int_equal(asked.ticket, 7);
    assert_int_equal(asked.to_ns, FAKE_NOW_NS - 1);
    assert_string_equal(asked.host, "web-1");
    /* There is nothing older: what memory has is the answer. */
    asked.result = -ENOENT;
    struct http_answer a = {.status = 200, .body = &text};
    text_init(&text, text.data, HTTP_BODY_MAX);
    question_answer(&asked, &a);
    assert_int_equal(a.status, 200);
    json_t *j = parse();
    assert_true(json_number_value(json_array_get(json_object_get(j, "value"), 100)) == 1);
    json_decref(j);
    free_questions = 0;
    a = call(api_series, "", values);
    assert_int_equal(a.status, 503);
    assert_string_equal(a.headers[0].name, "Retry-After");
    free_questions = 1;
    snprintf(from, sizeof(from), "%lld", (long long)(FAKE_NOW_NS / S - 3700));
    assert_int_equal(call(api_series, "", values).status, 400);
}

static void add_closed(const char *id, bool incident, int64_t start_ns, const char *json)
{
    struct closed_line l = {.is_incident = incident, .host = 0, .start_ns = start_ns, .end_ns = start_ns + S};

    strcpy(l.id, id);
    l.text = json;
    l.n = strlen(json);
    closed_lines_add(api.closed, &l);
}

static void test_closed_incidents_of_memory(void **state)
{
    const char *const all[HTTP_QUERIES_MAX] = {"all", "", "", "", ""};

    (void)state;
    add_closed("00000000000000f1", false, S, "{\"type\":\"finding\",\"id\":\"00000000000000f1\"}");
    add_closed("00000000000000f2", false, S, "{\"type\":\"finding\",\"id\":\"00000000000000f2\"}");
    add_closed("0000000000000001", true, S,
        "{\"type\":\"incident\",\"id\":\"0000000000000001\",\"findings\":[\"00000000000000f1\"]}");
    add_closed("0000000000000002", true, 10 * S, "{\"type\":\"incident\",\"id\":\"0000000000000002\"}");
    (void)call(api_incidents, "", all);
    json_t *j = parse();
    const json_t *list = json_object_get(j, "incidents");
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(list, 0), "id")), "0000000000000002");
    json_decref(j);
    (void)call(api_incidents, "", (const char *const[HTTP_QUERIES_MAX]){"closed", "5", "", "web-1", "1"});
    j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "incidents")), 1);
    json_decref(j);
    (void)call(api_incidents, "", (const char *const[HTTP_QUERIES_MAX]){"closed", "", "", "web-2", ""});
    j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "incidents")), 0);
    json_decref(j);
    assert_int_equal(call(api_incident, "0000000000000001", all).status, 200);
    j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "findings")), 1);
    json_decref(j);
    assert_int_equal(call(api_incident, "0000000000000003", all).status, 404);
}

static void test_closed_lines_are_bounded(void **state)
{
    static char line[5000];
    struct closed_line got;
    char id[HASH_ID_TEXT_MAX];
    uint32_t n = 0;

    (void)state;
    memset(line, 'x', sizeof(line) - 1);
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "%016d", i);
        memcpy(line, id, 16);
        line[100 + i * 37 % 4800] = '\0';
        add_closed(id, true, i * S, line);
        line[100 + i * 37 % 4800] = 'x';
    }
    for (; closed_lines_get(api.closed, n, &got); n++) {
        snprintf(id, sizeof(id), "%016d", 2999 - (int)n);
        assert_string_equal(got.id, id);
        assert_memory_equal(got.text, id, 16);
        assert_int_equal(got.n, 100 + (2999 - (int)n) * 37 % 4800);
    }
    assert_in_range(n, 80, 120); /* 256 KiB of lines of 2500 bytes */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step),
        cmocka_unit_test(test_grid),
        cmocka_unit_test_setup_teardown(test_series_from_memory, make, unmake),
        cmocka_unit_test_setup_teardown(test_tracks_have_room_for_who_asks, make, unmake),
        cmocka_unit_test_setup_teardown(test_older_goes_to_the_desk, make, unmake),
        cmocka_unit_test_setup_teardown(test_closed_incidents_of_memory, make, unmake),
        cmocka_unit_test_setup_teardown(test_closed_lines_are_bounded, make, unmake),
    };

    return cmocka_run_group_tests_name("api_past", tests, NULL, NULL);
}
