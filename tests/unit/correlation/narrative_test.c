/* SPDX-License-Identifier: MIT
 * The story of an incident, word for word: these texts are what people read, written down here by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "correlation/narrative.h"
#include "scene.h"

static void assert_story(const struct scene *s, const struct chapter *chapters, uint32_t n, uint32_t laws,
    enum veto_type veto, const char *expected)
{
    struct incident i;
    memset(&i, 0, sizeof(i));
    i.host = s->a;
    i.laws = laws;
    i.veto.type = veto;
    narrative_write(&i, s->names, chapters, n);
    assert_string_equal(i.narrative, expected);
}

static void one_law(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct chapter c = {.onset_ns = START + 3723 * SECOND,
        .entity = s.a,
        .law = LAW_SEIZURE,
        .times = 1,
        .cause = "unexplained",
        .text = "CPU swings by 40 points"};
    assert_story(&s, &c, 1, 1U << LAW_SEIZURE, VETO_COMPUTE,
        "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance). 01:02:03 compute seizure: CPU "
        "swings "
        "by 40 points. Swings of this kind usually show as latency before they show as load. Advice: shed "
        "load.");
    c.times = 4;
    c.entity = s.group;
    assert_story(&s, &c, 1, 1U << LAW_SEIZURE, VETO_NONE,
        "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance). 01:02:03 compute seizure of "
        "cgroup "
        "/g: CPU swings by 40 points (4 times). Swings of this kind usually show as latency before they show "
        "as "
        "load.");
    scene_done(&s);
}

static void fever_by_its_cause(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct chapter c = {
        .onset_ns = START, .entity = s.a, .law = LAW_FEVER, .times = 1, .cause = "leak", .text = "T"};
    assert_story(&s, &c, 1, 1U << LAW_FEVER, VETO_RESOURCE,
        "Detected instability on a. Pattern: RESOURCE FEVER (Memory). 00:00:00 resource fever: T. Memory "
        "that keeps "
        "growing usually ends in reclaim or an OOM kill. Advice: throttle what allocates.");
    c.cause = "churn";
    assert_story(&s, &c, 1, 1U << LAW_FEVER, VETO_NONE,
        "Detected instability on a. Pattern: RESOURCE FEVER (Memory). 00:00:00 resource fever: T. Churn of "
        "this kind "
        "usually ends in a garbage collector that cannot keep up.");
    scene_done(&s);
}

static void a_cascade_in_order(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    const struct chapter c[] = {
        {START, s.a, LAW_SEIZURE, 1, 0.5, "unexplained", "one"},
        {START + 60 * SECOND, s.group, LAW_FEVER, 2, 0.5, "leak", "two"},
        {START + 86399 * SECOND, s.a, LAW_AMPLIFICATION, 1, 0.5, "retry_storm", "three"},
    };
    assert_story(&s, c, 3, 1U << LAW_SEIZURE | 1U << LAW_FEVER | 1U << LAW_AMPLIFICATION, VETO_INTENT,
        "Detected instability on a. Pattern: CASCADING FAILURE. 00:00:00 compute seizure: one. 00:01:00 then "
        "resource "
        "fever of cgroup /g: two (2 times). 23:59:59 then intent amplification: three. Retries feed on "
        "themselves: "
        "expect saturation downstream. Advice: cap retries.");
    scene_done(&s);
}

static void what_has_no_guess_gets_none(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    int64_t series = catalog_series(s.names, s.a, "queue", 5);
    uint32_t entity = catalog_series_get(s.names, (uint32_t)series)->entity;
    const struct chapter c[] = {{START, entity, LAW_SHOCK, 1, 0.5, "unexplained", "queue is 9"},
        {START + SECOND, s.a, LAW_SIGNAL_LOST, 1, 0.4, "silence", "nothing heard of a for 10 s"}};
    assert_story(&s, c, 2, 1U << LAW_SHOCK | 1U << LAW_SIGNAL_LOST, VETO_NONE,
        "Detected instability on a. Pattern: SYSTEM SHOCK. 00:00:00 system shock: queue is 9. 00:00:01 then "
        "signal "
        "lost: nothing heard of a for 10 s.");
    scene_done(&s);
}

static void patterns_have_the_seeds_names(void **state)
{
    (void)state;
    assert_string_equal(narrative_pattern(1U << LAW_SEIZURE), "COMPUTE SEIZURE (High Variance)");
    assert_string_equal(narrative_pattern(1U << LAW_FEVER), "RESOURCE FEVER (Memory)");
    assert_string_equal(narrative_pattern(1U << LAW_AMPLIFICATION), "INTENT AMPLIFICATION (Retry Storm)");
    assert_string_equal(narrative_pattern(1U << LAW_SHOCK), "SYSTEM SHOCK");
    assert_string_equal(narrative_pattern(1U << LAW_EARLY_WARNING), "EARLY WARNING");
    assert_string_equal(narrative_pattern(1U << LAW_SIGNAL_LOST), "SIGNAL LOST");
    assert_string_equal(narrative_pattern(1U << LAW_SEIZURE | 1U << LAW_FEVER), "CASCADING FAILURE");
    assert_string_equal(
        narrative_pattern(1U << LAW_SEIZURE | 1U << LAW_SHOCK), "COMPUTE SEIZURE (High Variance)");
    assert_string_equal(narrative_pattern(0), "NOTHING");
}

/* Sixteen long chapters do not fit: the story is cut, whole and terminated. */
static void a_long_story_is_cut(void **state)
{
    struct scene s;
    struct incident i;
    char text[FINDING_TEXT_MAX];
    struct chapter c[16];
    (void)state;

    scene_init(&s);
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    for (int k = 0; k < 16; k++)
        c[k] = (struct chapter){START, s.a, LAW_SEIZURE, 1, 0.5, "unexplained", text};
    memset(&i, 0x7f, sizeof(i));
    i.host = s.a;
    i.laws = 1U << LAW_SEIZURE;
    i.veto.type = VETO_NONE;
    narrative_write(&i, s.names, c, 16);
    assert_int_equal(strlen(i.narrative), INCIDENT_TEXT_MAX - 1);
    scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_law),
        cmocka_unit_test(fever_by_its_cause),
        cmocka_unit_test(a_cascade_in_order),
        cmocka_unit_test(what_has_no_guess_gets_none),
        cmocka_unit_test(patterns_have_the_seeds_names),
        cmocka_unit_test(a_long_story_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
