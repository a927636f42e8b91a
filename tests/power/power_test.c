/* SPDX-License-Identifier: MIT
 * A few seeds of the table of `make power`, with floors that leave room for chance: a law that is broken
 * fails here, a law that is a little worse shows in the table (docs/laws.md). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "score.h"

static const struct load_kind *kind_of(const char *name)
{
    const struct load_kind *kinds[] = {cpu_loads, memory_loads, traffic_loads};
    const size_t counts[] = {cpu_load_count, memory_load_count, traffic_load_count};

    for (size_t g = 0; g < 3; g++)
        for (size_t i = 0; i < counts[g]; i++)
            if (strcmp(kinds[g][i].name, name) == 0)
                return &kinds[g][i];
    fail_msg("no such load: %s", name);
    return NULL;
}

/* In the table 0 of 200 seeds of each: here none may. Those of an hour and less, the longer ones take too
 * long. */
static void no_healthy_cpu_seizes(void **state)
{
    unsigned rows = 0;
    (void)state;

    for (size_t i = 0; i < cpu_load_count; i++) {
        if (cpu_loads[i].law != LAW_COUNT || cpu_loads[i].span_s / cpu_loads[i].step_s > 20000)
            continue;
        struct score s = score_run(&cpu_loads[i], 1001, 4);
        if (s.seizures)
            fail_msg("%s: seed %d: %s", cpu_loads[i].name, (int)s.text_seed, s.text);
        rows++;
    }
    assert_true(rows >= 15);
}

/* In the table at least .94: of 12 seeds two may be missed. */
static void convoys_are_found_within_a_minute(void **state)
{
    static const char *const names[] = {"convoy of 0.3 s, 10 Hz", "convoy of 1 s, 10 Hz",
        "convoy of 3 s, 10 Hz", "convoy of 10 s, 10 Hz", "convoy of 0.3 to 5 s, mostly idle, 10 Hz"};
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct score s = score_run(kind_of(names[i]), 1001, 12);
        if (s.found_60s < 10 || s.wrong)
            fail_msg("%s: %u of 12 within a minute, %u wrong", names[i], s.found_60s, s.wrong);
    }
}

/* In the table all: of 4 seeds one may be missed. */
static void doubled_variance_is_found(void **state)
{
    (void)state;
    struct score s = score_run(kind_of("doubling variance after 2 h, 1 Hz"), 1001, 4);
    assert_true(s.found >= 3);
    assert_int_equal(s.wrong, 0);
}

/* In the table at least .8 are found and .92 of the intervals hold: here half and .8. */
static void leaks_are_found_and_their_intervals_hold(void **state)
{
    static const char *const names[] = {"leak, linear in minutes, 1 Hz",
        "leak of a new process, linear in minutes, 1 Hz", "leak, linear, 1 Hz", "leak, saw-tooth, 1 Hz",
        "leak, stepped, 1 Hz"};
    unsigned told = 0, held = 0;
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct score s = score_run(kind_of(names[i]), 1001, 10);
        if (s.found < 5 || s.wrong)
            fail_msg("%s: %u of 10 found, %u wrong", names[i], s.found, s.wrong);
        /* An interval that says nothing would hold too. */
        assert_true(s.width < 3);
        told += s.all;
        held += s.all_covered;
    }
    assert_true(told >= 18);
    if (held * 10 < told * 8)
        fail_msg("%u of %u intervals hold", held, told);
}

/* In the table 0 of 200 seeds: here none may. */
static void healthy_memory_does_not_leak(void **state)
{
    static const char *const names[] = {"start-up in up to 3 minutes, 1 Hz, 4 h",
        "start-up in 3 to 10 minutes, its process seen, 1 Hz, 4 h", "saw-tooth, 1 Hz, 12 h",
        "daily sine of usage, a minute, 2 weeks", "weekly usage, a minute, 4 weeks"};
    (void)state;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct score s = score_run(kind_of(names[i]), 1001, 4);
        if (s.wrong)
            fail_msg("%s: seed %d: %s", names[i], (int)s.text_seed, s.text);
    }
}

static void a_seed_gives_the_same_trial_again(void **state)
{
    const struct load_kind *kind = kind_of("leak, stepped, 1 Hz");
    (void)state;

    struct trial a = trial_run(kind, 7), b = trial_run(kind, 7), c = trial_run(kind, 8);
    assert_true(a.found && a.delay_s == b.delay_s && a.telling_count == b.telling_count);
    assert_string_equal(a.text, b.text);
    assert_string_not_equal(a.text, c.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_healthy_cpu_seizes),
        cmocka_unit_test(convoys_are_found_within_a_minute),
        cmocka_unit_test(doubled_variance_is_found),
        cmocka_unit_test(leaks_are_found_and_their_intervals_hold),
        cmocka_unit_test(healthy_memory_does_not_leak),
        cmocka_unit_test(a_seed_gives_the_same_trial_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
