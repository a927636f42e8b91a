/* SPDX-License-Identifier: MIT
 * Threads that begin to stand in line, told from pools that always wait, from less work and from neighbours.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "detection/convoy.h"
#include "patient.h"

/* What one process does for a while: share of its threads in a futex, seconds a second without a CPU, percent
 * of the host. */
struct stretch {
    double futex, wait, cpu;
};

/* A look a second from from_s to before to_s. Returns the first second in which it stands, or -1. */
static int live(struct convoy *c, int from_s, int to_s, struct stretch s)
{
    int first = -1;
    for (int t = from_s; t < to_s; t++) {
        convoy_take(c, START + t * SECOND, s.futex, s.wait, s.cpu);
        if (c->stands && first < 0)
            first = t;
    }
    return first;
}

static const struct stretch at_rest = {0.11, 0.01, 25}, in_line = {0.85, 0.3, 25};

static void a_line_is_told_by_what_was_before(void **state)
{
    struct convoy c;
    (void)state;

    convoy_init(&c);
    assert_int_equal(live(&c, 0, 120, at_rest), -1);
    assert_int_equal(live(&c, 120, 300, in_line), 120);
    /* It goes on for as long as it lasts, */
    assert_true(c.stands);
    assert_true(fabs(c.futex.mean - 0.11) < 0.01);
    assert_true(c.quiet_ns == START + 119 * SECOND);
    /* a little less is still one, */
    assert_int_equal(live(&c, 300, 310, (struct stretch){0.4, 0.08, 15}), 300);
    /* and it ends. */
    live(&c, 310, 320, at_rest);
    assert_false(c.stands);
    /* Without a past there is nothing to tell it by. */
    convoy_init(&c);
    assert_int_equal(live(&c, 0, 120, in_line), -1);
}

static void others_who_wait_stand_in_no_line(void **state)
{
    static const struct {
        const char *what;
        struct stretch before, after;
    } cases[] = {
        {"a pool has always waited", {0.9, 0.02, 25}, {0.95, 0.3, 25}},
        {"a neighbour takes the CPU", {0.11, 0.01, 25}, {0.12, 0.3, 25}},
        {"nobody waits for a CPU", {0.11, 0.01, 25}, {0.85, 0.05, 25}},
        {"they have always waited for a CPU", {0.11, 0.2, 25}, {0.85, 0.4, 25}},
        {"there is less to do", {0.11, 0.01, 25}, {0.85, 0.3, 11}},
        {"there is more to do", {0.11, 0.01, 25}, {0.85, 0.3, 40}},
        {"a process that does next to nothing", {0.11, 0.01, 3}, {0.85, 0.3, 3}},
        {"few of its threads", {0.05, 0.01, 25}, {0.45, 0.3, 25}},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct convoy c;
        convoy_init(&c);
        live(&c, 0, 300, cases[i].before);
        if (live(&c, 300, 600, cases[i].after) >= 0)
            fail_msg("%s", cases[i].what);
    }
}

static void what_is_not_known_stands_in_no_line(void **state)
{
    struct convoy c;
    (void)state;

    convoy_init(&c);
    live(&c, 0, 120, at_rest);
    assert_int_equal(live(&c, 120, 130, in_line), 120);
    convoy_take(&c, START + 130 * SECOND, 0.85, (double)NAN, 25);
    assert_false(c.stands);
    /* Nothing was learned of it. */
    assert_int_equal(live(&c, 131, 132, in_line), 131);
}

/* After an hour it is how the process lives. */
static void it_is_learned_after_an_hour(void **state)
{
    struct convoy c;
    (void)state;

    convoy_init(&c);
    live(&c, 0, 120, at_rest);
    live(&c, 120, 3600, in_line);
    assert_true(c.stands);
    live(&c, 3600, 3 * 3600, in_line);
    assert_false(c.stands);
    assert_true(c.futex.mean > 0.8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_told_by_what_was_before),
        cmocka_unit_test(others_who_wait_stand_in_no_line),
        cmocka_unit_test(what_is_not_known_stands_in_no_line),
        cmocka_unit_test(it_is_learned_after_an_hour),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
