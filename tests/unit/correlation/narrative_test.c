/* SPDX-License-Identifier: MIT
 * The story of an incident, word for word: these texts are what people read, written down here by hand. And
 * what holds for every story, whatever it is made of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "core/cause.h"
#include "correlation/narrative.h"
#include "scene.h"

/* What was last said, word for word. */
static void assert_said(const struct scene *s, const char *expected)
{
    assert_string_equal(scene_last(s)->narrative, expected);
}

static struct finding told(
    const struct scene *s, uint32_t entity, enum law_id law, int second, const char *cause, const char *text)
{
    struct finding f = scene_finding(s, entity, law, second);
    f.cause = cause;
    scene_text(&f, text);
    return f;
}

static void close_it(struct scene *s, struct finding f, int second, int seen_second)
{
    f.t_ns = START + second * SECOND;
    f.seen_ns = START + seen_second * SECOND;
    f.change = CHANGE_CLOSE;
    f.end = FINDING_OVER;
    correlator_finding(s->correlator, &f);
    correlator_tick(s->correlator, f.t_ns);
}

static void one_law(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = told(&s, s.a, LAW_SEIZURE, 3723, "unexplained", "CPU swings by 40 points");
    scene_say(&s, &f);
    assert_said(&s,
        "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance). Warning, open since 01:02:03. "
        "01:02:03 Compute seizure: CPU swings by 40 points. Cause unknown: nothing at hand names it. "
        "Swings of this kind usually show as latency before they show as load. Advice: shed load.");
    close_it(&s, f, 4000, 3955);
    scene_tick(&s, 4001, 4300);
    assert_said(&s,
        "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance). Warning, from 01:02:03 to "
        "01:05:55. 01:02:03 Compute seizure: CPU swings by 40 points. Cause unknown: nothing at hand names "
        "it. "
        "Over since 01:05:55, after 3 min 52 s, at worst with risk 0.50: it stayed within its band for 45 "
        "s.");
    scene_done(&s);
}

static void a_cause_and_who_carries_it(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f =
        told(&s, s.group, LAW_SEIZURE, 60, "lock_convoy", "CPU swings by 40 points; usual is 3");
    f.carriers[0] = (struct carrier){"4711 java", 0.71};
    f.carriers[1] = (struct carrier){"99 sh", 0.125};
    f.carrier_count = 2;
    scene_say(&s, &f);
    assert_said(&s,
        "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance). Warning, open since 00:01:00, "
        "in "
        "cgroup "
        "/g. 00:01:00 Compute seizure of cgroup /g: CPU swings by 40 points; usual is 3. Probable cause: its "
        "threads stand in line for a lock. Carried by 4711 java (71 %) and 99 sh (12 %). Swings of this kind "
        "usually show as latency before they show as load. Advice: shed load.");
    assert_string_equal(scene_last(&s)->veto.reason, "cgroup /g: CPU swings by 40 points");
    scene_done(&s);
}

/* Times of exhaustion are told on the clock, which does not age; of another day with its date. */
static void when_it_is_exhausted(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = told(&s, s.a, LAW_FEVER, 60, "leak", "memory grows by 3 MiB/s");
    f.exhaustion_lo_s = 3600;
    f.exhaustion_hi_s = 86400;
    scene_say(&s, &f);
    assert_said(&s,
        "Detected instability on a. Pattern: RESOURCE FEVER (Memory). Warning, open since 00:01:00. 00:01:00 "
        "Resource "
        "fever: memory grows by 3 MiB/s. At this rate the limit is reached between 01:01:00 and 2026-01-02 "
        "00:01:00. Memory that keeps growing usually ends in reclaim or an OOM kill. Advice: throttle what "
        "allocates.");
    assert_true(scene_last(&s)->exhaustion_lo_s == 3600 && scene_last(&s)->exhaustion_hi_s == 86400);
    scene_done(&s);
    scene_init(&s);
    f = told(&s, s.a, LAW_FEVER, 60, "leak", "memory grows by 3 MiB/s");
    f.exhaustion_lo_s = 300;
    scene_say(&s, &f);
    assert_non_null(strstr(scene_last(&s)->narrative, " the limit is reached at 00:06:00 at the earliest. "));
    assert_string_equal(scene_last(&s)->severity_reason, "exhaustion");
    scene_done(&s);
}

static void a_cascade_in_order(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding first = told(&s, s.a, LAW_SEIZURE, 0, "throttled", "one");
    first.confidence = CONFIDENCE_HIGH;
    scene_say(&s, &first);
    struct finding second = told(&s, s.group, LAW_FEVER, 60, "churn", "two");
    scene_say(&s, &second);
    close_it(&s, first, 100, 70);
    struct finding third = told(&s, s.a, LAW_AMPLIFICATION, 200, "retry_storm", "three");
    third.confidence = CONFIDENCE_LOW;
    third.strength = 0.4;
    scene_say(&s, &third);
    assert_said(&s,
        "Detected instability on a. Pattern: CASCADING FAILURE. Critical, open since 00:00:00, in cgroup /g: "
        "a "
        "compute "
        "seizure, then a resource fever, then an intent amplification. 00:00:00 Compute seizure: one. Cause: "
        "a CPU limit holds it back. Over since 00:01:10. 00:01:00 Resource fever of cgroup /g: two. "
        "00:03:20 "
        "Intent amplification: three. Possible cause: what fails is tried again. Retries feed on themselves: "
        "expect saturation downstream. Advice: throttle what allocates.");
    assert_string_equal(scene_last(&s)->severity_reason, "cascading");
    scene_done(&s);
}

static void what_comes_and_goes(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    for (int i = 0; i < 3; i++) {
        struct finding f = told(&s, s.a, LAW_FEVER, 100 * i, "churn", i == 1 ? "much" : "some");
        f.strength = i == 1 ? 0.6 : 0.5;
        scene_say(&s, &f);
        if (i < 2)
            close_it(&s, f, 100 * i + 60, 100 * i + 30);
    }
    assert_said(&s,
        "Detected instability on a. Pattern: RESOURCE FEVER (Memory). Warning, open since 00:00:00: it "
        "comes and goes. "
        "00:00:00 Resource fever: much. It came 3 times, the last at 00:03:20. Churn of this "
        "kind usually ends in "
        "a garbage collector that cannot keep up. Advice: throttle what allocates.");
    scene_done(&s);
}

static void what_has_no_guess_gets_none(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    int64_t series = catalog_series(s.names, s.a, "queue", 5);
    uint32_t entity = catalog_series_get(s.names, (uint32_t)series)->entity;
    struct finding f = told(&s, entity, LAW_SHOCK, 0, "unexplained", "queue is 9");
    scene_say(&s, &f);
    struct finding g = told(&s, s.a, LAW_SIGNAL_LOST, 1, "silence", "nothing heard of a for 10 s");
    scene_say(&s, &g);
    assert_said(&s,
        "Detected instability on a. Pattern: SYSTEM SHOCK. Warning, open since 00:00:00. 00:00:00 "
        "System shock: queue "
        "is 9. 00:00:01 Signal lost: nothing heard of a for 10 s.");
    scene_done(&s);
}

/* One event that shows in many places at one moment is one fact. */
static void one_moment_is_one_fact(void **state)
{
    struct scene s;
    char name[16];
    (void)state;

    scene_init(&s);
    for (int i = 0; i < 10; i++) {
        int n = snprintf(name, sizeof(name), "pod-%d", i);
        uint32_t group = (uint32_t)catalog_entity(s.names, s.a, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
        struct finding f = told(&s, group, LAW_SEIZURE, 2 * i, "io_stall", "CPU swings");
        f.t_ns = START + 60 * SECOND;
        f.strength = i == 4 ? 0.7 : 0.5;
        correlator_finding(s.correlator, &f);
    }
    correlator_tick(s.correlator, START + 60 * SECOND);
    assert_int_equal(s.count, 1);
    assert_said(&s,
        "Detected instability on a. Pattern: COMPUTE SEIZURE (High Variance). Warning, open since 00:00:00, "
        "in "
        "cgroup "
        "pod-4 and 9 others. 00:00:00 Compute seizure of 10 cgroups (pod-0, pod-1, pod-2 and 7 more), at its "
        "worst in pod-4: CPU swings. Probable cause: tasks wait for storage. Tasks that wait this long "
        "usually "
        "show as slow answers and timeouts before anything else. Advice: shed load.");
    scene_done(&s);
}

/* What is seen at several levels at one moment is told once, where it is, in whatever order it was found. */
static void one_thing_at_several_levels(void **state)
{
    (void)state;
    for (int order = 0; order < 6; order++) {
        static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        struct scene s;
        scene_init(&s);
        uint32_t inner = (uint32_t)catalog_entity(s.names, s.a, ENTITY_CGROUP, "/g/in", 5, s.group);
        const uint32_t who[3] = {s.a, s.group, inner};
        for (int i = 0; i < 3; i++) {
            struct finding f =
                told(&s, who[orders[order][i]], LAW_SEIZURE, 60 + i, "reclaim_thrash", "it thrashes");
            f.t_ns = START + 70 * SECOND;
            correlator_finding(s.correlator, &f);
        }
        correlator_tick(s.correlator, START + 70 * SECOND);
        const char *story = scene_last(&s)->narrative;
        assert_non_null(
            strstr(story, "Warning, open since 00:01:00, in cgroup /g/in. 00:01:00 Compute seizure of cgroup "
                          "/g/in: it thrashes. Probable cause: tasks wait for memory to be reclaimed. It "
                          "shows "));
        assert_non_null(strstr(story, "in cgroup /g"));
        assert_non_null(strstr(story, "on the whole host"));
        assert_null(strstr(story, "more finding"));
        assert_null(strstr(strstr(story, "it thrashes") + 1, "it thrashes"));
        scene_done(&s);
    }
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

/* A name or sentence of n bytes: words, or one word of two-byte characters. */
static void fill(char *out, size_t n, bool words, const char *start)
{
    size_t from = (size_t)snprintf(out, n, "%s", start), at = from;
    for (; at + 1 < n; at++)
        out[at] = words ? (at % 7 == 6 ? ' ' : 'w') : ((at - from) % 2 ? '\xa4' : '\xc3');
    out[at] = '\0';
    if (!words && at > 0 && out[at - 1] == '\xc3')
        out[at - 1] = '\0';
}

static bool is_utf8(const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == 0xc3 && ((unsigned char)s[1] & 0xc0) == 0x80)
            s++;
        else if (c >= 0x80)
            return false;
    }
    return true;
}

/* Lines go from the first byte to the last in order, each begins after a blank; no line is there twice. */
static void check_lines(const struct incident *i)
{
    size_t length = strlen(i->narrative);

    assert_true(i->line_count >= 3 && i->line_count <= INCIDENT_LINES_MAX);
    assert_int_equal(i->lines[0].at, 0);
    for (uint32_t k = 1; k < i->line_count; k++) {
        size_t at = i->lines[k].at, end = k + 1 < i->line_count ? i->lines[k + 1].at - 1U : length;
        assert_true(at > i->lines[k - 1].at && end > at && end <= length);
        assert_true(i->narrative[at - 1] == ' ');
        assert_true(i->narrative[end - 1] == '.');
        assert_true(i->lines[k].kind >= i->lines[k - 1].kind);
        for (uint32_t b = 0; b < k; b++) {
            size_t other = i->lines[b + 1].at - 1U - i->lines[b].at;
            if (other == end - at)
                assert_memory_not_equal(i->narrative + at, i->narrative + i->lines[b].at, other);
        }
    }
}

/* Stories of whatever: never over their bound, never cut inside a character, every line whole, and facts by
 * onset. The seed is fixed. */
static void whatever_it_is_made_of(void **state)
{
    static const char *const causes[] = {
        "throttled", "unexplained", "leak", "metastable_retry_storm", "io_stall"};
    struct rng rng;
    uint32_t groups[12];
    char name[400];
    size_t longest = 0;
    (void)state;

    rng_seed(&rng, 11);
    for (int round = 0; round < 300; round++) {
        struct scene s;
        scene_init(&s);
        for (int i = 0; i < 12; i++) {
            char start[16];
            snprintf(start, sizeof(start), "%d/", i);
            fill(name, 8 + rng_next(&rng) % 390, rng_next(&rng) % 2, start);
            groups[i] = (uint32_t)catalog_entity(
                s.names, s.a, ENTITY_CGROUP, name, strlen(name), i > 6 ? groups[i - 6] : ENTITY_NONE);
        }
        for (int i = 0; i < 24; i++) {
            uint32_t pick = (uint32_t)(rng_next(&rng) % 14);
            struct finding f = scene_finding(
                &s, pick < 12 ? groups[pick] : s.a, (enum law_id)(rng_next(&rng) % LAW_SIGNAL_LOST), 10 * i);
            f.onset_ns -= (int64_t)(rng_next(&rng) % 300) * SECOND;
            f.strength = (double)(rng_next(&rng) % 100) / 100;
            f.cause = causes[rng_next(&rng) % 5];
            fill(f.text, 2 + rng_next(&rng) % (FINDING_TEXT_MAX - 2), rng_next(&rng) % 2, "");
            f.observed_length = (uint32_t)strlen(f.text);
            f.carrier_count = (uint32_t)(rng_next(&rng) % (CARRIERS_MAX + 1));
            for (uint32_t k = 0; k < f.carrier_count; k++) {
                fill(f.carriers[k].name, CARRIER_NAME_MAX, k % 2, "1 ");
                f.carriers[k].share = 0.3;
            }
            f.exhaustion_lo_s = rng_next(&rng) % 2 ? 1e300 : 100;
            scene_say(&s, &f);
            if (rng_next(&rng) % 3 == 0)
                close_it(&s, f, 10 * i + 5, 10 * i + 1);
        }
        for (unsigned i = 0; i < s.count; i++) {
            const struct incident *said = &s.said[i];
            size_t n = strlen(said->narrative);
            longest = n > longest ? n : longest;
            assert_true(n < INCIDENT_TEXT_MAX && is_utf8(said->narrative));
            if (!said->merged_into[0])
                check_lines(said);
        }
        scene_done(&s);
    }
    print_message("# the longest of them has %zu of %d bytes\n", longest, INCIDENT_TEXT_MAX);
    assert_true(longest > INCIDENT_TEXT_MAX / 2);
}

/* What comes at one instant is told the same in whatever order it comes. */
static void the_order_of_arrival_does_not_matter(void **state)
{
    char first[INCIDENT_TEXT_MAX] = "", id[HASH_ID_TEXT_MAX] = "";
    struct rng rng;
    (void)state;

    rng_seed(&rng, 5);
    for (int round = 0; round < 60; round++) {
        struct scene s;
        struct finding f[6];
        scene_init(&s);
        uint32_t other = (uint32_t)catalog_entity(s.names, s.a, ENTITY_CGROUP, "/h", 2, ENTITY_NONE);
        const uint32_t who[] = {s.a, s.group, other, s.a, s.group, other};
        for (int i = 0; i < 6; i++) {
            f[i] = scene_finding(&s, who[i], i < 3 ? LAW_SEIZURE : LAW_FEVER, 100);
            f[i].onset_ns = START + (i % 3 ? 90 : 100 - i) * SECOND;
            f[i].strength = 0.5 + 0.01 * i;
        }
        for (int i = 5; i > 0; i--) {
            int k = (int)(rng_next(&rng) % (uint64_t)(i + 1));
            struct finding swap = f[i];
            f[i] = f[k];
            f[k] = swap;
        }
        for (int i = 0; i < 6; i++)
            correlator_finding(s.correlator, &f[i]);
        correlator_tick(s.correlator, START + 100 * SECOND);
        assert_int_equal(s.count, 1);
        if (round == 0) {
            strcpy(first, s.said[0].narrative);
            strcpy(id, s.said[0].id);
        }
        assert_string_equal(s.said[0].narrative, first);
        assert_string_equal(s.said[0].id, id);
        scene_done(&s);
    }
}

/* Memory is not the only thing that runs out. */
static void other_resources_have_names(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = told(&s, s.group, LAW_FEVER, 60, "disk_fill", "the space in use grows by 2 MiB/s");
    scene_say(&s, &f);
    assert_said(&s,
        "Detected instability on a. Pattern: RESOURCE FEVER (Disk). Warning, open since 00:01:00, in cgroup "
        "/g. "
        "00:01:00 Resource fever of cgroup /g: the space in use grows by 2 MiB/s. A full file system fails "
        "writes, and what cannot write usually stops. Advice: throttle what uses it up.");
    scene_done(&s);
}

/* Every cause that any law names is in the table. */
static void causes_have_words(void **state)
{
    (void)state;
    assert_string_equal(cause_words("lock_convoy"), "its threads stand in line for a lock");
    assert_string_equal(cause_words("never heard of"), "");
    assert_null(cause_next("never heard of"));
    assert_true(cause_is_shared("stolen") && !cause_is_shared("throttled") && !cause_is_shared(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_law),
        cmocka_unit_test(a_cause_and_who_carries_it),
        cmocka_unit_test(when_it_is_exhausted),
        cmocka_unit_test(a_cascade_in_order),
        cmocka_unit_test(what_comes_and_goes),
        cmocka_unit_test(what_has_no_guess_gets_none),
        cmocka_unit_test(one_moment_is_one_fact),
        cmocka_unit_test(one_thing_at_several_levels),
        cmocka_unit_test(patterns_have_the_seeds_names),
        cmocka_unit_test(whatever_it_is_made_of),
        cmocka_unit_test(the_order_of_arrival_does_not_matter),
        cmocka_unit_test(other_resources_have_names),
        cmocka_unit_test(causes_have_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
