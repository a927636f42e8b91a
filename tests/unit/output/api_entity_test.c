/* SPDX-License-Identifier: MIT
 * What is answered about one entity, its spectrum over time, and an incident's story, read back by a JSON
 * library. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "api_rig.h"
#include "fake_view.h"

static unsigned call(
    void (*f)(void *context, const struct http_request *q, struct http_answer *a), const char *rest)
{
    static const char *const none[HTTP_QUERIES_MAX] = {"", "", "", "", "", "", "", ""};
    const struct http_request q = {.rest = rest, .values = none};

    return answer_to(f, &q).status;
}

static int make(void **state)
{
    (void)state;
    fake_view_make("web-1");
    api = (struct api){.view = fake_view_get(), .tick_ns = FAKE_NOW_NS, .period_ns = INT64_C(1000000000)};
    return api_spectra_new(&api);
}

static int unmake(void **state)
{
    (void)state;
    api_spectra_free(&api);
    fake_view_free();
    return 0;
}

static void test_entity(void **state)
{
    const uint32_t web = fake_view_add(ENTITY_CGROUP, "/<script>alert(1)</script>");

    (void)state;
    fake_view.supplies[0] = (struct view_supply){.name = "memory",
        .bytes = true,
        .used = 3e9,
        .limit = 4e9,
        .growth_per_s = NAN,
        .early_s = 60,
        .late_s = 90};
    fake_view.supply_count = 1;
    fake_view.finding_count = 2;
    fake_view.findings[0] = (struct finding){.entity = web, .cause = "leak", .reading.unit = "By/s"};
    fake_view.findings[1] = (struct finding){.entity = 0, .cause = "leak", .reading.unit = "By/s"};
    strcpy(fake_view.findings[0].id, "1111111111111111");
    fake_view.cpu[web] = 0.5;
    fake_view.readings[web][LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 30, 12, "%");
    assert_int_equal(call(api_entity, "1"), 200);
    json_t *j = parse();
    const json_t *e = json_object_get(j, "entity");
    assert_int_equal(json_integer_value(json_object_get(e, "id")), web);
    assert_string_equal(word(e, "name"), "/<script>alert(1)</script>");
    assert_true(json_is_null(json_object_get(e, "status"))); /* no host */
    assert_true(json_real_value(json_object_get(e, "cpu")) == 0.5);
    assert_true(json_is_null(json_object_get(e, "memory_bytes")));
    assert_string_equal(word(json_object_get(json_object_get(e, "laws"), "seizure"), "state"), "active");
    assert_int_equal(json_array_size(json_object_get(j, "findings")), 1);
    assert_string_equal(word(json_array_get(json_object_get(j, "findings"), 0), "id"), "1111111111111111");
    const json_t *s = json_array_get(json_object_get(j, "supplies"), 0);
    assert_string_equal(word(s, "unit"), "By");
    assert_true(json_is_null(json_object_get(s, "growth_per_s")));
    assert_int_equal(json_integer_value(json_array_get(json_object_get(s, "exhausted_s"), 1)), 90);
    json_decref(j);
}

static void test_processes(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[] = "idle a";
        name[5] = (char)('a' + i);
        const uint32_t id = fake_view_add(ENTITY_PROCESS, i == 7 ? "busy" : name);
        fake_view.cpu[id] = i == 7 ? 0.9 : 0.1;
        fake_view.processes[id] = (struct view_process){.cpu_ratio = fake_view.cpu[id], .threads = NAN};
    }
    assert_int_equal(call(api_entity, "0"), 200);
    json_t *j = parse();
    assert_int_equal(json_integer_value(json_object_get(j, "process_count")), 20);
    assert_int_equal(json_array_size(json_object_get(j, "processes")), 16);
    const json_t *first = json_array_get(json_object_get(j, "processes"), 0);
    assert_string_equal(word(first, "name"), "busy");
    assert_true(json_is_null(json_object_get(first, "threads")));
    json_decref(j);
}

static void test_numbers_that_are_none(void **state)
{
    static const char *const rows[] = {
        "", "1", "x", "-1", "0x0", "4294967295", "4294967296", "99999999999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(call(api_entity, rows[i]), 404);
        assert_int_equal(call(api_spectrum, rows[i]), 404);
        json_decref(parse());
    }
}

static void test_spectrum(void **state)
{
    (void)state;
    assert_int_equal(call(api_spectrum, "0"), 200);
    json_t *j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "scale_s")), 0);
    json_decref(j);
    fake_view.octaves = 2;
    fake_view.scale_s[0] = 0.1000012;
    fake_view.scale_s[1] = 0.2;
    for (int tick = 0; tick < 700; tick++) {
        fake_view.octaves = tick == 698 ? 0 : 2; /* one moment without */
        fake_view.value[0] = 2;
        fake_view.value[1] = tick;
        api_spectra_tick(&api);
    }
    assert_int_equal(call(api_spectrum, "0"), 200);
    j = parse();
    const json_t *value = json_object_get(j, "value"), *slow = json_array_get(value, 1);
    assert_int_equal(json_array_size(value), 2);
    assert_true(json_real_value(json_array_get(json_object_get(j, "scale_s"), 0)) == 0.1);
    assert_int_equal(json_array_size(slow), 600);
    assert_int_equal(json_number_value(json_array_get(json_array_get(value, 0), 0)), 2);
    /* Kept to a twentieth: 699 is said as something near. */
    assert_in_range(json_number_value(json_array_get(slow, 599)), 670, 730);
    assert_true(json_is_null(json_array_get(slow, 598)));
    assert_in_range(json_number_value(json_array_get(slow, 0)), 95, 105); /* tick 100 */
    json_decref(j);
}

static void test_story(void **state)
{
    struct incident *n = &fake_view.incidents[0];

    (void)state;
    fake_view.incident_count = 1;
    n->severity_reason = "";
    strcpy(n->id, "0123456789abcdef");
    strcpy(n->narrative, "Head. 00:01:02 A \"fact\". Next.");
    n->lines[0] = (struct story_line){0, LINE_HEAD};
    n->lines[1] = (struct story_line){6, LINE_FACT};
    n->lines[2] = (struct story_line){25, LINE_NEXT};
    n->line_count = 3;
    assert_int_equal(call(api_incident, "0123456789abcdef"), 200);
    json_t *j = parse();
    const json_t *story = json_object_get(j, "story");
    assert_int_equal(json_array_size(story), 3);
    assert_string_equal(word(json_array_get(story, 0), "text"), "Head.");
    assert_string_equal(word(json_array_get(story, 1), "text"), "00:01:02 A \"fact\".");
    assert_string_equal(word(json_array_get(story, 1), "kind"), "fact");
    assert_string_equal(word(json_array_get(story, 2), "text"), "Next.");
    json_decref(j);
    n->line_count = 0;
    assert_int_equal(call(api_incident, "0123456789abcdef"), 200);
    j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "story")), 0);
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entity, make, unmake),
        cmocka_unit_test_setup_teardown(test_processes, make, unmake),
        cmocka_unit_test_setup_teardown(test_numbers_that_are_none, make, unmake),
        cmocka_unit_test_setup_teardown(test_spectrum, make, unmake),
        cmocka_unit_test_setup_teardown(test_story, make, unmake),
    };

    return cmocka_run_group_tests_name("api_entity", tests, NULL, NULL);
}
