/* SPDX-License-Identifier: MIT
 * Metrics as text, names of entities in them, and the advice as a weight. The expected lines are written by
 * hand from the formats' documents; promtool reads the real thing in tests/cli/http.bats. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fake_view.h"
#include "output/api/advice.h"
#include "output/api/exposition.h"
#include "output/api/handlers.h"

static char body[HTTP_BODY_MAX];
static struct text text;
static const char *const nothing[HTTP_QUERIES_MAX] = {"", "", "", "", "", "", "", ""};

static const char *render(struct api *api, unsigned form)
{
    const struct http_request q = {.form = form, .rest = "", .values = nothing};
    struct http_answer a = {.status = 200, .body = &text};

    text_init(&text, body, sizeof(body));
    api_metrics(api, &q, &a);
    assert_int_equal(a.status, 200);
    assert_false(text.truncated);
    return body;
}

static struct api make_api(void)
{
    fake_view_make("web-1");
    return (struct api){.view = fake_view_get(),
        .tick_ns = FAKE_NOW_NS,
        .tick_mono_ns = api_mono_ns(),
        .version = "1.2.3",
        .profile = "default",
        .seal_missing = "",
        .layers = {{"no_new_privileges", true}, {"capabilities", true}, {"landlock", false},
            {"seccomp", true}},
        .sources = {{"host", true, FAKE_NOW_NS - INT64_C(250000000), 42}},
        .source_count = 1,
        .overruns = 7};
}

static void has(const char *all, const char *line)
{
    const char *at = strstr(all, line);
    if (!at || (at != all && at[-1] != '\n') || at[strlen(line)] != '\n')
        fail_msg("no line: %s", line);
}

static void test_the_promised_names(void **state)
{
    struct api api = make_api();

    (void)state;
    fake_view.readings[0][LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 20, 12, "%");
    fake_view.tick.veto = (struct veto){
        .type = VETO_COMPUTE, .confidence = 0.9, .expires_ns = FAKE_NOW_NS + INT64_C(60000000000)};
    fake_view.summary.unsaid = 3;
    fake_view.incident_count = 1;
    fake_view.incidents[0] = (struct incident){.kind = INCIDENT_CASCADING, .severity = SEVERITY_CRITICAL};
    fake_view.finding_count = 1;
    fake_view.findings[0] = (struct finding){.entity = 0,
        .law = LAW_FEVER,
        .cause = "disk_fill",
        .exhaustion_lo_s = 600,
        .exhaustion_hi_s = (double)NAN};
    api.incidents_opened[INCIDENT_SINGLE] = 3;
    const char *out = render(&api, 0);
    has(out, "coherence_build_info{version=\"1.2.3\"} 1");
    has(out, "coherence_law_state{law=\"seizure\",entity=\"host:web-1\",state=\"active\"} 1");
    has(out, "coherence_law_state{law=\"seizure\",entity=\"host:web-1\",state=\"ok\"} 0");
    has(out, "coherence_law_state{law=\"fever\",entity=\"host:web-1\",state=\"unobservable\"} 1");
    has(out, "coherence_law_excess_ratio{law=\"seizure\",entity=\"host:web-1\"} 1.25");
    assert_null(strstr(out, "coherence_law_excess_ratio{law=\"fever\""));
    has(out, "coherence_incidents_open{kind=\"cascading\",severity=\"critical\"} 1");
    has(out, "coherence_incidents_open{kind=\"single\",severity=\"warning\"} 0");
    has(out, "coherence_incidents_total{kind=\"single\"} 3");
    has(out, "coherence_veto_active{action=\"SHED_LOAD\"} 1");
    has(out, "coherence_veto_active{action=\"THROTTLE\"} 0");
    has(out, "coherence_time_to_exhaustion_seconds{resource=\"filesystem\",entity=\"host:web-1\",bound="
             "\"lower\"} 600");
    assert_null(strstr(out, "bound=\"upper\""));
    has(out, "coherence_source_up{source=\"host\"} 1");
    has(out, "coherence_source_lag_seconds{source=\"host\"} 0.25");
    has(out, "coherence_samples_total{source=\"host\"} 42");
    has(out, "coherence_samples_dropped_total{source=\"all\",reason=\"late\"} 0");
    has(out, "coherence_unsaid_total 3");
    has(out, "coherence_tick_overruns_total 7");
    has(out, "coherence_sandbox_enforced{layer=\"landlock\"} 0");
    has(out, "# TYPE coherence_incidents_total counter");
    assert_null(strstr(out, "nan"));
    assert_null(strstr(out, "# EOF"));
    fake_view_free();
}

static void test_openmetrics(void **state)
{
    struct api api = make_api();

    (void)state;
    const char *out = render(&api, 1);
    has(out, "# TYPE coherence_incidents counter");
    has(out, "coherence_incidents_total{kind=\"single\"} 0");
    has(out, "# TYPE coherence_build info");
    assert_string_equal(out + strlen(out) - 6, "# EOF\n");
    fake_view_free();
}

/* Advice that has expired is no advice, whatever the last tick said. */
static void test_expired_advice(void **state)
{
    struct api api = make_api();

    (void)state;
    fake_view.tick.veto =
        (struct veto){.type = VETO_RESOURCE, .confidence = 1, .expires_ns = FAKE_NOW_NS + 1};
    has(render(&api, 0), "coherence_veto_active{action=\"THROTTLE\"} 0");
    assert_non_null(advice_now(api.view, "", FAKE_NOW_NS, NULL));
    assert_null(advice_now(api.view, "", FAKE_NOW_NS + 1, NULL));
    uint32_t host = 7;
    assert_null(advice_now(api.view, "web-2", FAKE_NOW_NS, &host));
    assert_int_equal(host, ENTITY_NONE);
    fake_view_free();
}

static void test_weights(void **state)
{
    static const struct {
        enum veto_type type;
        double confidence;
        int floor, weight;
    } rows[] = {{VETO_COMPUTE, 1, 10, 10}, {VETO_COMPUTE, 0.5, 10, 55}, {VETO_RESOURCE, 0.9, 20, 28},
        {VETO_COMPUTE, 0, 10, 100}, {VETO_COMPUTE, 2, 1, 1}, {VETO_INTENT, 1, 10, 100},
        {VETO_COMPUTE, 1, 100, 100}};

    (void)state;
    assert_int_equal(advice_weight(NULL, 10), 100);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct veto v = {.type = rows[i].type, .confidence = rows[i].confidence};
        assert_int_equal(advice_weight(&v, rows[i].floor), rows[i].weight);
    }
}

static void test_names(void **state)
{
    static const char *const rows[][2] = {
        {"/system.slice/nginx.service", "/system.slice/nginx.service"},
        {"/system.slice/docker-0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.scope",
            "/system.slice/docker-*.scope"},
        {"/kubepods.slice/kubepods-burstable-pod0a1b2c3d_1111_2222_3333_444455556666.slice",
            "/kubepods.slice/kubepods-burstable-pod*.slice"},
        {"/docker/0123456789ab", "/docker/*"},
        {"/user.slice/user-1000.slice/session-12.scope", "/user.slice/user-*.slice/session-*.scope"},
        {"/user.slice/user-1000.slice", "/user.slice/user-1000.slice"},
        {"/system.slice/facadefacade.service",
            "/system.slice/facadefacade.service"}, /* a word, no digit in it */
        {"/srv/0a1b2c3d-1111-2222-3333-444455556666", "/srv/*"},
        {"", ""},
    };
    char out[512], want[512];
    struct text t;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        text_init(&t, out, sizeof(out));
        exposition_add_name(&t, "cgroup", rows[i][0]);
        snprintf(want, sizeof(want), "cgroup:%s", rows[i][1]);
        assert_string_equal(out, want);
    }
}

/* Two containers of one kind are one name, with the graver state; script in a name is escaped. */
static void test_names_are_merged_and_escaped(void **state)
{
    struct api api = make_api();
    uint32_t a = fake_view_add(ENTITY_CGROUP, "/docker/0123456789ab"),
             b = fake_view_add(ENTITY_CGROUP, "/docker/ba9876543210");
    uint32_t c = fake_view_add(ENTITY_CGROUP, "/x\"}\\ 1\n<script>\x1b[31m\xff");

    (void)state;
    fake_view.readings[a][LAW_FEVER] = fake_reading(LAW_OK, 1, 2, "By/s");
    fake_view.readings[b][LAW_FEVER] = fake_reading(LAW_ACTIVE, 1, 2, "By/s");
    fake_view.readings[c][LAW_FEVER] = fake_reading(LAW_OK, 1, 2, "By/s");
    const char *out = render(&api, 0);
    has(out, "coherence_law_state{law=\"fever\",entity=\"cgroup:/docker/*\",state=\"active\"} 1");
    assert_null(strstr(out, "0123456789ab"));
    has(out, "coherence_law_state{law=\"fever\",entity=\"cgroup:/x\\\"}\\\\ "
             "1\\\\x0a<script>\\\\x1b[31m\\\\xff\",state=\"ok\"} 1");
    fake_view_free();
}

/* However many entities there are, the number of lines has an end. */
static void test_cardinality_has_an_end(void **state)
{
    struct api api = make_api();
    char name[64];
    size_t lines = 0;

    (void)state;
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof(name), "/s-%c%c%c%c", 'g' + i % 10, 'g' + i / 10 % 10, 'g' + i / 100 % 10,
            'g' + i / 1000);
        fake_view.readings[fake_view_add(ENTITY_CGROUP, name)][LAW_FEVER] =
            fake_reading(LAW_OK, 1, 2, "By/s");
    }
    const char *out = render(&api, 0);
    for (const char *at = out; (at = strchr(at, '\n')); at++)
        lines++;
    assert_in_range(lines, 500, 2000);
    has(out, "coherence_entities_left_out 2901");
    fake_view_free();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_promised_names),
        cmocka_unit_test(test_openmetrics),
        cmocka_unit_test(test_expired_advice),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_are_merged_and_escaped),
        cmocka_unit_test(test_cardinality_has_an_end),
    };

    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
