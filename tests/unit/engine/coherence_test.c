/* SPDX-License-Identifier: MIT
 * The public face: the example of its header, its words, its refusals. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <string.h>

#include "engine/coherence.h"

#define SECOND INT64_C(1000000000)

struct seen {
    unsigned ticks, findings, incidents;
    char law[32], cause[32], advice[32], host[32], entity[32];
    double value;
};

static void note(void *context, const struct coherence_event *e)
{
    struct seen *s = context;
    s->ticks += e->type == COHERENCE_TICK;
    if (e->type == COHERENCE_FINDING && e->change == COHERENCE_OPEN) {
        s->findings++;
        strncpy(s->law, e->law, sizeof(s->law) - 1);
        strncpy(s->cause, e->cause, sizeof(s->cause) - 1);
        strncpy(s->host, e->host, sizeof(s->host) - 1);
        strncpy(s->entity, e->entity_kind, sizeof(s->entity) - 1);
        s->value = e->value;
    }
    if (e->type == COHERENCE_INCIDENT && e->change == COHERENCE_OPEN) {
        s->incidents++;
        strncpy(s->advice, e->advice, sizeof(s->advice) - 1);
    }
}

static void a_swinging_cpu_is_found(void **state)
{
    struct seen s = {0};
    struct coherence *c = coherence_new(false, note, &s);
    (void)state;
    assert_non_null(c);
    int64_t cpu = coherence_series(c, "web-1", "", "cpu_usage");
    assert_true(cpu >= 0);
    for (int64_t t = 1; t <= 120; t++) {
        assert_int_equal(
            coherence_sample(c, (uint32_t)cpu, t * SECOND, (double)(t % 4 < 2 ? 5 + t % 3 : 75 + t % 5)), 0);
        assert_int_equal(coherence_tick(c, t * SECOND), 0);
    }
    coherence_end(c);
    assert_int_equal(s.ticks, 120);
    assert_int_equal(s.findings, 1);
    assert_int_equal(s.incidents, 1);
    assert_string_equal(s.law, "seizure");
    assert_string_equal(s.cause, "unexplained");
    assert_string_equal(s.host, "web-1");
    assert_string_equal(s.entity, "host");
    assert_string_equal(s.advice, "SHED_LOAD");
    assert_true(s.value > 12 && s.value < 100);
    coherence_free(c);
}

static void refusals_say_why(void **state)
{
    struct coherence *c = coherence_new(true, NULL, NULL);
    (void)state;
    assert_int_equal(coherence_set(c, "no.such.key", "1"), -ENOENT);
    assert_non_null(strstr(coherence_error(c), "no.such.key"));
    assert_true(coherence_set(c, "profile", "clasic") < 0);
    assert_non_null(strstr(coherence_error(c), "classic"));
    assert_int_equal(coherence_set(c, "profile", "classic"), 0);
    assert_int_equal(coherence_sample(c, 0, 0, 1), -ENOENT);
    assert_int_equal(coherence_series(c, "", "", "m"), -EINVAL);
    assert_int_equal(coherence_series(c, "h", "starship:x", "m"), -EINVAL);
    assert_true(coherence_series(c, "h", "cgroup:/a", "m") >= 0);
    assert_int_equal(coherence_set(c, "profile", "default"), -EBUSY);
    assert_int_equal(coherence_tick(c, 5), 0);
    assert_int_equal(coherence_tick(c, 4), -EINVAL);
    coherence_free(c);
    coherence_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_swinging_cpu_is_found),
        cmocka_unit_test(refusals_say_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
