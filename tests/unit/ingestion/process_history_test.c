/* SPDX-License-Identifier: MIT
 * The last minute of one process. Means and variances were computed by Python 3.11, statistics.mean and
 * statistics.variance; rates by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "ingestion/host/process_history.h"

#define S INT64_C(1000000000)

static void cpu_of_the_last_rounds(void **state)
{
    static const double x[] = {0.5, 0.25, 1, 0, 0.75};
    struct process_history h = {0};
    struct process_minute m;

    (void)state;
    process_history_cores(&h, 0.5);
    process_history_minute(&h, &m);
    assert_true(isnan(m.cores) && isnan(m.cores_variance)); /* one round has no variance */
    for (int i = 1; i < 5; i++)
        process_history_cores(&h, x[i]);
    process_history_cores(&h, (double)NAN);
    process_history_minute(&h, &m);
    assert_true(fabs(m.cores - 0.5) < 1e-12);
    assert_true(fabs(m.cores_variance - 0.15625) < 1e-12);
    /* The last 60 of 100: what is older is forgotten. */
    h = (struct process_history){0};
    for (int i = 0; i < 100; i++)
        process_history_cores(&h, (i % 7) / 8.0);
    process_history_minute(&h, &m);
    assert_true(fabs(m.cores - 0.375) < 1e-12);
    assert_true(fabs(m.cores_variance - 0.06620762711864407) < 1e-12);
}

static void put(struct process_history *h, int64_t s, uint64_t rss, uint64_t faults, uint64_t wait_ns)
{
    process_history_mark(
        h, &(struct process_mark){.t_ns = s * S, .rss_bytes = rss, .faults = faults, .wait_ns = wait_ns});
}

static void rates_of_the_last_minute(void **state)
{
    struct process_history h = {0};
    struct process_minute m;

    (void)state;
    put(&h, 1, 1000, 10, 0);
    process_history_trend(&h, &m);
    assert_true(isnan(m.growth_bytes_per_s) && isnan(m.faults_per_s) && isnan(m.wait_share));
    put(&h, 3, 9999, 99, 99); /* too soon for a mark */
    process_history_trend(&h, &m);
    assert_true(isnan(m.growth_bytes_per_s));
    put(&h, 11, 3000, 60, 5 * S);
    process_history_trend(&h, &m);
    assert_true(m.growth_bytes_per_s == 200);
    assert_true(m.faults_per_s == 5);
    assert_true(m.major_per_s == 0);
    assert_true(fabs(m.wait_share - 0.5) < 1e-12);
    put(&h, 21, 500, 20, 5 * S); /* memory falls; the faults began anew */
    process_history_trend(&h, &m);
    assert_true(m.growth_bytes_per_s == -25);
    assert_true(m.faults_per_s == 0.5);
    put(&h, 31, 500, 9, 5 * S);
    process_history_trend(&h, &m);
    assert_true(isnan(m.faults_per_s));
}

static void marks_older_than_a_minute_are_forgotten(void **state)
{
    struct process_history h = {0};
    struct process_minute m;

    (void)state;
    for (int64_t s = 0; s <= 600; s++)
        put(&h, s, s < 540 ? 0 : (uint64_t)(s - 540) * 100, 0, 0);
    process_history_trend(&h, &m);
    assert_true(fabs(m.growth_bytes_per_s - 100) < 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cpu_of_the_last_rounds),
        cmocka_unit_test(rates_of_the_last_minute),
        cmocka_unit_test(marks_older_than_a_minute_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
