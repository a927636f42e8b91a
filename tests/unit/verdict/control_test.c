/* SPDX-License-Identifier: MIT
 * The simple detectors against bench/quality/control.py (CPython 3.11), which wrote the expected scores: 60
 * values 37 i mod 11, the 50th 30 higher, a minute apart. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "verdict/control.h"

static void scores_as_the_bench_does(void **state)
{
    static const struct {
        uint64_t row;
        double z, share;
    } wanted[] = {{10, 0, 0}, {19, 0, 0}, {20, 0.6142951168339512, 0.3}, {21, 0.6535935021245373, 0.7},
        {35, 0.9958461700150024, 0.8}, {50, 8.499354079595264, 1}, {51, 0.10803457659765231, 0.1875},
        {59, 0.08266645275165295, 0.15625}};
    struct control_series s = {0};
    size_t next = 0;
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        struct control_row row = {0};
        control_take(&row, &s, i, control_steady(60), (double)((i * 37) % 11) + (i == 50 ? 30 : 0));
        if (i != wanted[next].row)
            continue;
        assert_true(fabs(row.z - wanted[next].z) <= 1e-12);
        assert_true(fabs(row.share - wanted[next].share) <= 1e-15);
        next++;
    }
    assert_int_equal(next, sizeof(wanted) / sizeof(wanted[0]));
}

static void each_setting_has_its_own_threshold(void **state)
{
    struct control_host h;
    (void)state;
    control_begin(&h, "a");
    uint64_t alarms = control_judge(&h, &(struct control_row){.z = 6, .share = 0.85}, 60);
    for (uint32_t i = 0; i < CONTROL_SETTINGS; i++) {
        const struct control_setting *s = &control_settings[i];
        bool alarm = alarms >> i & 1;
        if (s->kind == CONTROL_WEIGHTED)
            assert_int_equal(alarm, s->value <= 6);
        if (s->kind == CONTROL_STATIC)
            assert_int_equal(alarm, s->value <= 0.8);
        if (s->kind == CONTROL_PERIODIC)
            assert_int_equal(alarm, s->value <= 60);
    }
}

/* 100 000 rows at one in twenty: 5 000 with a standard deviation of 69. */
static void chance_is_as_likely_as_it_says(void **state)
{
    struct control_host h;
    uint32_t setting = 0, alarms = 0;
    (void)state;
    while (control_settings[setting].kind != CONTROL_RANDOM)
        setting++;
    control_begin(&h, "a");
    for (uint64_t i = 1; i <= 100000; i++)
        alarms += (uint32_t)(control_judge(&h, &(struct control_row){0}, i) >> setting & 1);
    assert_in_range(alarms, 4700, 5300);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_as_the_bench_does),
        cmocka_unit_test(each_setting_has_its_own_threshold),
        cmocka_unit_test(chance_is_as_likely_as_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
