/* SPDX-License-Identifier: MIT
 * Scenario files: what they may say, and what is said about those that are wrong. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "ingestion/simulator/scenario.h"
#include "ingestion/simulator/scenario_data.h"

#define NS_PER_S INT64_C(1000000000)

static struct scenario *parsed(const char *text)
{
    struct error e = {0};
    struct scenario *s = scenario_parse(text, strlen(text), "test.yaml", &e);
    if (s == NULL)
        fail_msg("%u:%u %s", e.line, e.column, e.text);
    return s;
}

static void test_empty_file_is_all_defaults(void **state)
{
    (void)state;
    struct scenario *s = parsed("");
    assert_int_equal(scenario_duration_ns(s), 1800 * NS_PER_S);
    assert_int_equal(s->host_count, 1);
    assert_string_equal(s->hosts[0], "host-001");
    assert_true(s->cpu.mean == 0.35);
    assert_int_equal(s->memory.limit_bytes, UINT64_C(8) << 30);
    assert_int_equal(s->phase_count, 0);
    scenario_free(s);
    scenario_free(parsed("phases:\ncpu: {}\nmemory:\n"));
}

static void test_everything_set(void **state)
{
    (void)state;
    struct scenario *s =
        parsed("title: \"a title\"\nduration: 2h\nfast_interval: 250ms\nhosts: [web-1, \"web 2\"]\n"
               "cpu: {mean: 0.4, noise: 0.05, noise_time: 1s, daily: 0.1}\n"
               "memory:\n  usage: 1GiB\n  limit: 2GiB\n  noise: 1MiB\n  sawtooth: 2MiB\n"
               "  sawtooth_period: 30s\n  allocation: 5MiB\n"
               "network: {packets_in: 10, packets_out: 20, batch: 3}\n"
               "requests: {in: 7, fan_out: 1.5, batch: 4, failures: 0.25}\n"
               "phases:\n"
               "  - at: 10m\n    for: 5m\n    on: 30s\n    off: 45s\n    host: 2\n"
               "    effect: cpu_swing\n    period: 2s\n    low: 0.1\n    high: 0.9\n    ramp: 20s\n"
               "  - {at: 1h, effect: slow_burn, rate: 3KiB, noise: 0.2, noise_time: 4s}\n"
               "  - {at: 1h, effect: step, cpu: 0.7, memory: 1MiB, requests: 2}\n"
               "  - {at: 1h, effect: retry_storm, factor: 4, failures: 0.5}\n");
    assert_string_equal(s->title, "a title");
    assert_int_equal(s->fast_interval_ns, NS_PER_S / 4);
    assert_int_equal(s->host_count, 2);
    assert_string_equal(s->hosts[1], "web 2");
    assert_true(s->cpu.daily == 0.1 && s->cpu.noise == 0.05 && s->cpu.noise_time_ns == NS_PER_S);
    assert_int_equal(s->memory.sawtooth_period_ns, 30 * NS_PER_S);
    assert_int_equal(s->memory.allocation_bytes, 5 << 20);
    assert_true(s->network.packets_in == 10 && s->network.packets_out == 20 && s->network.batch == 3);
    assert_true(s->requests.in == 7 && s->requests.fan_out == 1.5 && s->requests.batch == 4);
    assert_true(s->requests.failures == 0.25);
    assert_int_equal(s->phase_count, 4);
    const struct scenario_phase *p = &s->phases[0];
    assert_int_equal(p->effect, EFFECT_CPU_SWING);
    assert_int_equal(p->at_ns, 600 * NS_PER_S);
    assert_int_equal(p->for_ns, 300 * NS_PER_S);
    assert_true(p->on_ns == 30 * NS_PER_S && p->off_ns == 45 * NS_PER_S && p->ramp_ns == 20 * NS_PER_S);
    assert_true(p->host == 2 && p->period_ns == 2 * NS_PER_S && p->low == 0.1 && p->high == 0.9);
    assert_true(s->phases[1].rate_bytes == 3072 && s->phases[1].noise_time_ns == 4 * NS_PER_S);
    assert_true(
        s->phases[2].cpu == 0.7 && s->phases[2].memory_bytes == 1 << 20 && s->phases[2].requests == 2);
    assert_true(s->phases[3].factor == 4 && s->phases[3].failures == 0.5);
    /* What an item does not say has its default, not the item's before it. */
    assert_true(s->phases[3].on_ns == 0 && s->phases[3].host == 0);
    scenario_free(s);
}

/* The whole message: its place is half of its use. */
static const struct {
    const char *text, *said;
} wrong[] = {
    {"titel: x\n", "f.yaml:1:1: unknown key 'titel': did you mean 'title'?"},
    {"nothing_like_it: x\n", "f.yaml:1:1: unknown key 'nothing_like_it'"},
    {"cpu: {mean: 35}\n", "f.yaml:1:13: cpu.mean: '35' is out of range; it must be 0 to 1"},
    {"duration: 30\n", "f.yaml:1:11: duration: '30' needs a unit, such as 10s, 250ms, 5m, 4h or 30d"},
    {"duration: 1500ms\n", "f.yaml:1:11: 'duration' is not a whole number of seconds"},
    {"fast_interval: 300ms\n", "f.yaml:1:16: 'fast_interval' does not divide a second evenly"},
    {"memory: {usage: 9GiB}\n", "f.yaml:1:17: 'memory.usage' is above 'memory.limit'"},
    {"cpu: 3\n", "f.yaml:1:6: 'cpu' is a mapping"},
    {"cpu: {mean: }\n", "f.yaml:1:13: 'cpu.mean' needs a value"},
    {"cpu:\n  mean: 0.3\n  mean: 0.4\n",
        "f.yaml:3:3: 'cpu.mean' is set twice, first at 2:3; keep one of them"},
    {"just a word\n", "f.yaml:1:1: a scenario is a mapping: title, duration, phases ..."},
    {"hosts: 0\n", "f.yaml:1:8: hosts: '0' is out of range; it must be 1 to 256"},
    {"hosts: [a, b, a]\n", "f.yaml:1:15: this host is there twice"},
    {"hosts: [\"\"]\n", "f.yaml:1:9: a host's name has 1 to 63 bytes"},
    {"hosts: [{a: b}]\n", "f.yaml:1:13: a host is a name"},
    {"phases: 3\n", "f.yaml:1:9: 'phases' is a list"},
    {"phases: [x]\n", "f.yaml:1:10: a phase is a mapping: {at: 10m, effect: cpu_swing, ...}"},
    {"phases:\n  - {at: 1m, effect: cpu_swng, period: 3s}\n",
        "f.yaml:2:22: effect: 'cpu_swng' must be cpu_swing, cpu_noise, memory_leak, memory_churn, "
        "retry_storm, step, silence "
        "or slow_burn; did you mean 'cpu_swing'?"},
    {"phases:\n  - {at: 1m, efect: silence}\n", "f.yaml:2:14: unknown key 'efect': did you mean 'effect'?"},
    {"phases:\n  - {at: 1m, effect: silence, rate: 1MiB}\n", "f.yaml:2:31: effect 'silence' takes no 'rate'"},
    {"phases:\n  - {at: 1m, effect: memory_leak}\n",
        "f.yaml:2:6: this phase needs 'rate' for its effect 'memory_leak'"},
    {"phases:\n  - {effect: silence}\n", "f.yaml:2:6: this phase needs 'at' for its effect 'silence'"},
    {"phases:\n  - {at: 1m}\n", "f.yaml:2:6: this phase needs 'effect'"},
    {"phases:\n  - {at: 30m, effect: silence}\n", "f.yaml:2:10: this phase begins after the flight's end"},
    {"phases:\n  - {at: 1m, effect: silence, on: 1m}\n", "f.yaml:2:6: 'on' and 'off' belong together"},
    {"phases:\n  - {at: 1m, effect: cpu_swing, period: 3s, low: 0.5, high: 0.5}\n",
        "f.yaml:2:50: 'low' is not below 'high'"},
    {"hosts: 2\nphases:\n  - {at: 1m, effect: silence, host: 3}\n",
        "f.yaml:3:37: there is no such host: the flight has 2"},
};

static void test_what_is_wrong_is_said_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error e = {0};
        char said[2 * ERROR_TEXT_MAX];
        assert_null(scenario_parse(wrong[i].text, strlen(wrong[i].text), "f.yaml", &e));
        assert_true(e.code < 0);
        assert_string_equal(error_format(&e, said, sizeof(said)), wrong[i].said);
    }
}

static void test_too_many_phases_and_hosts(void **state)
{
    (void)state;
    static char buffer[16384];
    static const struct {
        const char *head, *before, *after, *said;
        unsigned most;
    } cases[] = {
        {"phases:\n", "- {effect: silence, at: ", "s}\n", "too many phases: at most 64", SCENARIO_PHASES_MAX},
        {"hosts:\n", "- host-", "\n", "too many hosts: at most 256", SCENARIO_HOSTS_MAX},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct text t;
        text_init(&t, buffer, sizeof(buffer));
        text_add(&t, cases[i].head);
        for (unsigned k = 0; k <= cases[i].most; k++) {
            if (k == cases[i].most)
                scenario_free(parsed(buffer)); /* as many as there may be */
            text_add(&t, cases[i].before);
            text_add_uint(&t, k);
            text_add(&t, cases[i].after);
        }
        struct error e = {0};
        assert_null(scenario_parse(buffer, t.length, "f.yaml", &e));
        assert_string_equal(e.text, cases[i].said);
        assert_int_equal(e.line, cases[i].most + 2);
    }
}

static void test_builtin_names(void **state)
{
    (void)state;
    struct error e = {0};
    size_t n = 0;
    for (const char *const *name = scenario_names(); *name != NULL; name++, n++) {
        struct scenario *s = scenario_builtin(*name, &e);
        if (s == NULL)
            fail_msg("%s: %s", *name, e.text);
        /* The list's title is the file's. */
        assert_string_equal(s->title, scenario_title(*name));
        scenario_free(s);
    }
    size_t files = 0;
    while (scenario_files[files].name != NULL)
        files++;
    assert_int_equal(n, files); /* none embedded and forgotten */
    struct scenario *s = scenario_builtin("retry_storm", &e);
    assert_non_null(s);
    scenario_free(s);
    assert_string_equal(scenario_title("slow_burn"), scenario_title("slow-burn"));
    assert_null(scenario_title("slow"));
    assert_null(scenario_title(""));
}

static void test_unknown_builtin(void **state)
{
    (void)state;
    struct error e = {0};
    assert_null(scenario_builtin("seizur", &e));
    assert_string_equal(e.text, "unknown scenario 'seizur': did you mean 'seizure'?");
    assert_null(scenario_builtin("quux-quux-quux", &e));
    assert_string_equal(e.text,
        "unknown scenario 'quux-quux-quux'; there are stable, seizure, fever, retry-storm, metastable, "
        "cascade, flapping, signal-lost, slow-burn");
}

/* Every key, effect and default that the program knows stands in its documentation. */
static void test_documentation_is_complete(void **state)
{
    (void)state;
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    char path[4096], want[512];
    snprintf(path, sizeof(path), "%s/docs/scenarios.md", root != NULL ? root : ".");
    static char page[65536];
    FILE *f = fopen(path, "r");
    if (f == NULL)
        fail_msg("cannot read %s", path);
    size_t n = fread(page, 1, sizeof(page) - 1, f);
    fclose(f);
    page[n] = '\0';
    for (size_t i = 0; i < scenario_row_count; i++) {
        const char *fallback = scenario_rows[i].fallback;
        if (*fallback != '\0')
            snprintf(want, sizeof(want), "| `%s` | `%s` |", scenario_rows[i].key, fallback);
        else
            snprintf(want, sizeof(want), "| `%s` | |", scenario_rows[i].key);
        if (strstr(page, want) == NULL)
            fail_msg("docs/scenarios.md lacks %s", want);
    }
    for (unsigned effect = 0; effect < EFFECT_COUNT; effect++) {
        snprintf(want, sizeof(want), "\n| `%s` | ", scenario_effect_names[effect]);
        const char *row = strstr(page, want);
        if (row == NULL)
            fail_msg("docs/scenarios.md lacks the effect %s", scenario_effect_names[effect]);
        const char *cell_end = strstr(row + strlen(want), " |");
        char cell[256];
        snprintf(cell, sizeof(cell), "%.*s", (int)(cell_end - row), row);
        for (size_t k = 6; k < scenario_phase_row_count; k++) { /* after the keys that every phase has */
            snprintf(want, sizeof(want), "`%s`", scenario_phase_rows[k].key);
            if (scenario_effect_takes((enum scenario_effect)effect, k) != (strstr(cell, want) != NULL))
                fail_msg("docs/scenarios.md: %s and %s", scenario_effect_names[effect], want);
        }
    }
    for (const char *const *name = scenario_names(); *name != NULL; name++) {
        snprintf(want, sizeof(want), "| `%s`", *name);
        assert_non_null(strstr(page, want));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_file_is_all_defaults),
        cmocka_unit_test(test_everything_set),
        cmocka_unit_test(test_what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(test_too_many_phases_and_hosts),
        cmocka_unit_test(test_builtin_names),
        cmocka_unit_test(test_unknown_builtin),
        cmocka_unit_test(test_documentation_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
