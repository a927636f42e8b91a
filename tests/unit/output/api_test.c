/* SPDX-License-Identifier: MIT
 * The answers about incidents, entities, advice and readiness, read back by a JSON library. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api_rig.h"
#include "fake_view.h"

/* Calls a handler; its answer, which holds until the next. */
static struct http_answer call(void (*f)(void *context, const struct http_request *q, struct http_answer *a),
    const char *rest, const char *value)
{
    const char *const values[HTTP_QUERIES_MAX] = {value, "", "", "", "", "", "", ""};
    const struct http_request q = {.rest = rest, .values = values};

    return answer_to(f, &q);
}

static int make(void **state)
{
    (void)state;
    fake_view_make("web-1<script>");
    api = (struct api){.view = fake_view_get(),
        .tick_ns = FAKE_NOW_NS,
        .tick_mono_ns = api_mono_ns(),
        .period_ns = INT64_C(1000000000),
        .version = "1.2.3",
        .profile = "default",
        .seal_missing = "",
        .layers = {
            {"no_new_privileges", true}, {"capabilities", true}, {"landlock", true}, {"seccomp", true}}};
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    fake_view_free();
    return 0;
}

static void test_incidents(void **state)
{
    struct incident *n = &fake_view.incidents[0];

    (void)state;
    (void)call(api_incidents, "", "");
    json_t *j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "incidents")), 0);
    json_decref(j);
    fake_view.incident_count = 2;
    n->severity_reason = fake_view.incidents[1].severity_reason = "";
    fake_view.finding_count = 2;
    strcpy(n->id, "0123456789abcdef");
    strcpy(n->narrative, "\"quoted\" \\ and\nbroken \xff");
    strcpy(n->findings[0], "1111111111111111");
    n->finding_count = 1;
    strcpy(fake_view.incidents[1].id, "fedcba9876543210");
    for (int i = 0; i < 2; i++)
        fake_view.findings[i] = (struct finding){.cause = "leak", .reading.unit = "By/s"};
    strcpy(fake_view.findings[0].id, "2222222222222222");
    strcpy(fake_view.findings[1].id, "1111111111111111");
    (void)call(api_incidents, "", "");
    j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "incidents")), 2);
    json_decref(j);
    assert_int_equal(call(api_incident, "0123456789abcdef", "").status, 200);
    j = parse();
    assert_string_equal(json_string_value(json_object_get(json_object_get(j, "incident"), "narrative")),
        "\"quoted\" \\ and\nbroken \xef\xbf\xbd");
    json_t *findings = json_object_get(j, "findings");
    assert_int_equal(json_array_size(findings), 1);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(findings, 0), "id")), "1111111111111111");
    json_decref(j);
    assert_int_equal(call(api_incident, "0123456789abcdee", "").status, 404);
    json_decref(parse());
}

static void test_entities(void **state)
{
    char name[500];

    (void)state;
    memset(name, 0x01, sizeof(name) - 1); /* six bytes each in JSON */
    name[sizeof(name) - 1] = '\0';
    for (int i = 0; i < 5000; i++) {
        snprintf(name, 8, "/%06d", i);
        name[7] = 0x01;
        (void)fake_view_add(ENTITY_CGROUP, name);
    }
    (void)call(api_entities, "", "");
    json_t *j = parse();
    const size_t shown = json_array_size(json_object_get(j, "entities"));
    assert_in_range(shown, 100, 4000);
    assert_int_equal(json_integer_value(json_object_get(j, "left_out")), 5001 - shown);
    json_decref(j);
    (void)call(api_entities, "", "host");
    j = parse();
    assert_int_equal(json_array_size(json_object_get(j, "entities")), 1);
    json_decref(j);
    assert_int_equal(call(api_entities, "", "hosts").status, 400);
    json_decref(parse());
}

static void test_advice(void **state)
{
    (void)state;
    assert_int_equal(call(api_veto_consul, "", "").status, 200);
    assert_null(call(api_veto_envoy, "", "").headers[0].name);
    fake_view.tick.veto = (struct veto){.type = VETO_COMPUTE,
        .confidence = 0.5,
        .expires_ns = FAKE_NOW_NS + INT64_C(60000000000),
        .reason = "line\nbreak"};
    assert_int_equal(call(api_veto_consul, "", "").status, 429);
    assert_string_equal(text.data, "SHED_LOAD: line\\x0abreak\n");
    assert_string_equal(call(api_veto_envoy, "", "").headers[0].name, "x-envoy-degraded");
    (void)call(api_veto, "", "web-1<script>");
    json_t *j = parse();
    assert_string_equal(json_string_value(json_object_get(json_object_get(j, "veto"), "type")), "COMPUTE");
    json_decref(j);
    assert_int_equal(call(api_veto, "", "web-2").status, 404);
    api.tick_mono_ns -= INT64_C(61000000000); /* no tick for a minute */
    assert_int_equal(call(api_veto_consul, "", "").status, 200);
}

static void test_readiness(void **state)
{
    static const struct {
        enum host_state is;
        unsigned status;
    } rows[] = {
        {HOST_WARMUP, 503}, {HOST_STABLE, 200}, {HOST_UNSTABLE, 200}, {HOST_STALE, 503}, {HOST_ERROR, 503}};

    (void)state;
    /* The advice is not asked. */
    fake_view.tick.veto = (struct veto){.type = VETO_COMPUTE, .confidence = 1, .expires_ns = INT64_MAX};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        fake_view.tick.state = rows[i].is;
        assert_int_equal(call(api_readyz, "", "").status, rows[i].status);
    }
    fake_view.tick.state = HOST_STABLE;
    api.tick_mono_ns -= INT64_C(4000000000);
    assert_int_equal(call(api_readyz, "", "").status, 503);
    assert_string_equal(text.data, "the last tick is too long ago\n");
    assert_int_equal(call(api_healthz, "", "").status, 200);
    api.tick_ns = INT64_MIN;
    assert_int_equal(call(api_readyz, "", "").status, 503);
    (void)call(api_status, "", "");
    json_t *j = parse();
    assert_true(json_is_null(json_object_get(j, "t")));
    json_decref(j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_incidents, make, unmake),
        cmocka_unit_test_setup_teardown(test_entities, make, unmake),
        cmocka_unit_test_setup_teardown(test_advice, make, unmake),
        cmocka_unit_test_setup_teardown(test_readiness, make, unmake),
    };

    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
