/* SPDX-License-Identifier: MIT
 * detection/middle.h against sorting, for every number of values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "detection/middle.h"
#include "detection/signals_data.h"

static float x[MIDDLE_ROOM(MIDDLE_MAX)], sorted[MIDDLE_MAX];

static int by_size(const void *a, const void *b)
{
    float p = *(const float *)a, q = *(const float *)b;
    return (p > q) - (p < q);
}

static void compare(uint32_t n)
{
    struct middle m;

    memcpy(sorted, x, n * sizeof *x);
    qsort(sorted, n, sizeof *sorted, by_size);
    middle_pad(x, n);
    m = middle_of(x, n);
    if (m.lower != sorted[(n - 1) / 2] || m.upper != sorted[n / 2])
        fail_msg("%u values: %g and %g, expected %g and %g", n, (double)m.lower, (double)m.upper,
            (double)sorted[(n - 1) / 2], (double)sorted[n / 2]);
}

static void equals_sorting(void **state)
{
    uint64_t seed = 11;
    (void)state;

    for (int round = 0; round < 400; round++) {
        for (uint32_t n = 1; n <= MIDDLE_MAX; n++) {
            for (uint32_t i = 0; i < n; i++)
                x[i] = (float)signals_noise(&seed);
            compare(n);
            for (uint32_t i = 0; i < n; i++) /* many ties */
                x[i] = (float)(int)(3 * signals_uniform(&seed));
            compare(n);
        }
    }
}

/* A network of comparisons that sorts zeros and ones in every order sorts everything (Knuth, The Art of
 * Computer Programming 3, 5.3.4, theorem Z): all orders of 16, and of the two longer ones a fault in any
 * place of a sequence that is in order but for it. */
static void zeros_and_ones(void **state)
{
    (void)state;

    for (uint32_t bits = 0; bits < 1U << 16; bits++) {
        for (uint32_t i = 0; i < 16; i++)
            x[i] = (float)(bits >> i & 1);
        compare(16);
    }
    for (uint32_t n = 32; n <= MIDDLE_MAX; n *= 2) {
        for (uint32_t ones = 0; ones <= n; ones++) {
            for (uint32_t at = 0; at < n; at++) {
                for (uint32_t i = 0; i < n; i++)
                    x[i] = (float)((i < ones) != (i == at));
                compare(n);
            }
        }
    }
}

static void values_stay_as_they_were(void **state)
{
    float before[MIDDLE_MAX];
    uint64_t seed = 12;
    (void)state;

    for (uint32_t n = 1; n <= MIDDLE_MAX; n++) {
        for (uint32_t i = 0; i < n; i++)
            before[i] = x[i] = (float)signals_noise(&seed);
        middle_pad(x, n);
        middle_of(x, n);
        assert_memory_equal(x, before, n * sizeof *x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_sorting),
        cmocka_unit_test(zeros_and_ones),
        cmocka_unit_test(values_stay_as_they_were),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
