/* SPDX-License-Identifier: MIT
 * What the simulator feeds: the same bytes everywhere, and what each scenario promises, by plain statistics.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "flight.h"

#define NS_PER_S INT64_C(1000000000)
#define MIB      1048576.0
#define GIB      1073741824.0

#define between(value, lo, hi)                                                                               \
    do {                                                                                                     \
        double value_ = (value);                                                                             \
        if (!(value_ >= (lo) && value_ <= (hi)))                                                             \
            fail_msg(#value " is %g, not within %g .. %g", value_, (double)(lo), (double)(hi));              \
    } while (0)

/* The hash of all that is fed with seed 1. Written by this simulator (2026-11-22, gcc 12 -O2) and the same
 * with clang 14 and at -O0 and -O3: a compiler, a flag or a change that moves one bit of one sample shows
 * here. A scenario that is changed on purpose gets a new number. */
static const struct {
    const char *name;
    uint64_t hash;
    uint64_t ticks;
} golden[] = {
    {"stable", UINT64_C(0x3dc150a8bb7c4095), 1800},
    {"seizure", UINT64_C(0xc29bab8df115da6e), 1800},
    {"fever", UINT64_C(0x01dd8f72da15e6d3), 1800},
    {"retry-storm", UINT64_C(0x7a200474846ca949), 1800},
    {"metastable", UINT64_C(0xd4a2cc5048c8e6fe), 2100},
    {"cascade", UINT64_C(0x3d3902c84a4adc83), 1800},
    {"flapping", UINT64_C(0x7aa1d67f7bc95bfd), 1800},
    {"signal-lost", UINT64_C(0x1204ed5f7890cd58), 1800},
    {"slow-burn", UINT64_C(0x4611786febcf617b), 21600},
};

static void test_same_bytes_everywhere(void **state)
{
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
        struct flight f;
        flight_fly_builtin(&f, golden[i].name, 1);
        if (f.hash != golden[i].hash) {
            print_message("# %s: 0x%016llx\n", golden[i].name, (unsigned long long)f.hash);
            wrong++;
        }
        assert_int_equal(f.ticks, golden[i].ticks);
        assert_false(f.disordered);
        flight_done(&f);
    }
    assert_int_equal(wrong, 0);
}

static void test_every_builtin_has_a_golden_hash(void **state)
{
    (void)state;
    size_t i = 0;
    for (const char *const *name = scenario_names(); *name != NULL; name++, i++)
        assert_string_equal(*name, golden[i].name);
    assert_int_equal(i, sizeof(golden) / sizeof(golden[0]));
}

static void test_seed_changes_the_bytes(void **state)
{
    (void)state;
    struct flight a, b, c;
    flight_fly_builtin(&a, "stable", 1);
    flight_fly_builtin(&b, "stable", 2);
    flight_fly_builtin(&c, "stable", 1);
    assert_true(a.hash != b.hash);
    assert_true(a.hash == c.hash);
    flight_done(&a);
    flight_done(&b);
    flight_done(&c);
}

/* 30 minutes: 10 CPU readings and one frame of 8 slow samples a second. */
static void test_cadence(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "stable", 1);
    assert_int_equal(f.frames, 1800 * 11);
    assert_int_equal(f.samples, 1800 * 18);
    const struct flight_series *cpu = &f.of[METRIC_CPU_UTILIZATION];
    assert_int_equal(cpu->n, 18000);
    for (size_t i = 0; i < cpu->n; i++) {
        assert_int_equal(cpu->t_ns[i], (int64_t)(i + 1) * NS_PER_S / 10);
        assert_true(cpu->values[i] >= 0 && cpu->values[i] <= 1);
    }
    assert_int_equal(f.of[METRIC_REQUESTS_OUT].n, 1800);
    assert_int_equal(f.of[METRIC_REQUESTS_OUT].t_ns[0], NS_PER_S);
    assert_int_equal(f.last_tick_ns, 1800 * NS_PER_S);
    flight_done(&f);
}

static void test_stable(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "stable", 1);
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 0, 1800), 0.345, 0.355);
    for (int minute = 0; minute < 30; minute++)
        between(flight_deviation(&f, METRIC_CPU_UTILIZATION, minute * 60, minute * 60 + 60), 0.025, 0.035);
    between(flight_mean(&f, METRIC_MEMORY_USAGE, 0, 1800), 2.99 * GIB, 3.01 * GIB);
    between(flight_deviation(&f, METRIC_MEMORY_USAGE, 0, 1800), 15 * MIB, 25 * MIB); /* 64 MiB / sqrt(12) */
    between(flight_rate(&f, METRIC_MEMORY_ALLOCATED, 1, 1800), 23.5 * MIB, 24.5 * MIB);
    double in = flight_rate(&f, METRIC_REQUESTS_IN, 1, 1800),
           out = flight_rate(&f, METRIC_REQUESTS_OUT, 1, 1800);
    between(in, 196, 204);
    between(out / in, 0.98, 1.02);
    between(flight_rate(&f, METRIC_REQUESTS_FAILED, 1, 1800) / out, 0.0005, 0.0015);
    double sent = flight_rate(&f, METRIC_PACKETS_SENT, 1, 1800),
           received = flight_rate(&f, METRIC_PACKETS_RECEIVED, 1, 1800);
    between(sent / received, 0.88, 0.92);
    flight_done(&f);
}

/* Index of dispersion of a second's count: `batch`, as docs/scenarios.md says. */
static void test_counts_are_overdispersed_by_the_batch(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "stable", 1);
    const struct flight_series *k = &f.of[METRIC_PACKETS_RECEIVED];
    double sum = 0, squares = 0;
    for (size_t i = 1; i < k->n; i++)
        sum += k->values[i] - k->values[i - 1];
    double mean = sum / (double)(k->n - 1);
    for (size_t i = 1; i < k->n; i++)
        squares += pow(k->values[i] - k->values[i - 1] - mean, 2);
    between(squares / (double)(k->n - 2) / mean, 7, 9);
    flight_done(&f);
}

/* Standard deviation of means over `width` readings of 100 ms. */
static double deviation_of_means(const struct flight *f, size_t from, size_t to, size_t width)
{
    const double *x = f->of[METRIC_CPU_UTILIZATION].values;
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t i = from; i + width <= to; i += width, n++) {
        double block = 0;
        for (size_t k = 0; k < width; k++)
            block += x[i + k] / (double)width;
        sum += block;
        squares += block * block;
    }
    return sqrt((squares - sum * sum / (double)n) / (double)(n - 1));
}

static void test_seizure(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "seizure", 1);
    /* The mean says nothing ... */
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 0, 600), 0.345, 0.355);
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 600, 1080), 0.32, 0.38);
    /* ... the deviation all: two levels 0.6 apart have 0.3. */
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 0, 600), 0.025, 0.035);
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 600, 1080), 0.27, 0.33);
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 1080, 1800), 0.025, 0.035);
    /* It lives between 0.1 s and its period: means over 12 s hardly move. */
    between(deviation_of_means(&f, 6000, 10800, 10), 0.15, 0.28);
    between(deviation_of_means(&f, 6000, 10800, 120), 0.0, 0.06);
    flight_done(&f);
}

static void test_phases_on_one_signal_leave_the_others_alone(void **state)
{
    (void)state;
    struct flight a, b;
    flight_fly_builtin(&a, "stable", 7);
    flight_fly_builtin(&b, "seizure", 7);
    size_t bytes = 1800 * sizeof(double);
    static const enum metric_id same[] = {
        METRIC_MEMORY_USAGE, METRIC_MEMORY_ALLOCATED, METRIC_PACKETS_SENT, METRIC_REQUESTS_IN};
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
        assert_memory_equal(a.of[same[i]].values, b.of[same[i]].values, bytes);
    const double *x = a.of[METRIC_CPU_UTILIZATION].values, *y = b.of[METRIC_CPU_UTILIZATION].values;
    assert_memory_equal(x, y, 6000 * sizeof(*x));
    assert_true(memcmp(x + 6000, y + 6000, 4800 * sizeof(*x)) != 0);
    assert_memory_equal(x + 10800, y + 10800, 7200 * sizeof(*x));
    flight_done(&a);
    flight_done(&b);
}

static void test_fever(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "fever", 1);
    between(flight_rate(&f, METRIC_MEMORY_ALLOCATED, 1, 480), 23 * MIB, 25 * MIB);
    between(flight_rate(&f, METRIC_MEMORY_ALLOCATED, 520, 840), 2450 * MIB, 2700 * MIB);
    between(flight_rate(&f, METRIC_MEMORY_ALLOCATED, 840, 1560), 25 * MIB, 29 * MIB);
    /* Churn with flat memory first, then growth. */
    between(flight_mean(&f, METRIC_MEMORY_USAGE, 600, 840) / GIB, 2.98, 3.02);
    between(flight_rate(&f, METRIC_MEMORY_USAGE, 840, 1560), 2.8 * MIB, 3.2 * MIB);
    between(flight_mean(&f, METRIC_MEMORY_USAGE, 1600, 1800) / GIB, 2.98, 3.02);
    flight_done(&f);
}

static void test_retry_storm(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "retry-storm", 1);
    double in = flight_rate(&f, METRIC_REQUESTS_IN, 640, 1080),
           out = flight_rate(&f, METRIC_REQUESTS_OUT, 640, 1080);
    between(in, 194, 206);
    between(out / in, 5.8, 6.2);
    between(flight_rate(&f, METRIC_REQUESTS_FAILED, 640, 1080) / out, 0.38, 0.42);
    between(flight_rate(&f, METRIC_PACKETS_SENT, 640, 1080), 2600, 2800);
    between(flight_rate(&f, METRIC_PACKETS_RECEIVED, 640, 1080), 970, 1030);
    between(flight_rate(&f, METRIC_REQUESTS_OUT, 1, 600) / flight_rate(&f, METRIC_REQUESTS_IN, 1, 600), 1.95,
        2.05);
    flight_done(&f);
}

static void test_cascade(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "cascade", 1);
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 600, 1080), 0.32, 0.38);
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 600, 1080), 0.27, 0.33);
    between(flight_rate(&f, METRIC_MEMORY_USAGE, 600, 780), -0.5 * MIB, 0.5 * MIB);
    between(flight_rate(&f, METRIC_MEMORY_USAGE, 840, 1500), 3.8 * MIB, 4.2 * MIB);
    flight_done(&f);
}

static void test_flapping(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "flapping", 1);
    for (int turn = 0; turn < 5; turn++) {
        double at = 480 + 240 * turn;
        between(flight_deviation(&f, METRIC_CPU_UTILIZATION, at, at + 120), 0.25, 0.35);
        between(flight_deviation(&f, METRIC_CPU_UTILIZATION, at + 120, at + 240), 0.025, 0.035);
    }
    flight_done(&f);
}

static void test_signal_lost(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "signal-lost", 1);
    assert_int_equal(f.ticks, 1800);
    const struct flight_series *cpu = &f.of[METRIC_CPU_UTILIZATION];
    assert_int_equal(cpu->n, (1800 - 480) * 10);
    assert_int_equal(cpu->t_ns[7199], 720 * NS_PER_S);
    assert_int_equal(cpu->t_ns[7200], 1200 * NS_PER_S + NS_PER_S / 10);
    assert_int_equal(f.of[METRIC_MEMORY_USAGE].n, 1800 - 480);
    flight_done(&f);
}

static void test_slow_burn(void **state)
{
    (void)state;
    struct flight f;
    flight_fly_builtin(&f, "slow-burn", 1);
    between(flight_rate(&f, METRIC_MEMORY_USAGE, 3600, 21000) / 1024, 280, 300);
    between(flight_mean(&f, METRIC_MEMORY_USAGE, 21580, 21600) / GIB, 7.9, 8.0);
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 0, 3600), 0.028, 0.032);
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 20000, 21600), 0.065, 0.09);
    /* Slower, too: block means over a second keep the noise that they average away at first. */
    double before =
        deviation_of_means(&f, 0, 36000, 10) / flight_deviation(&f, METRIC_CPU_UTILIZATION, 0, 3600);
    double after = deviation_of_means(&f, 200000, 216000, 10) /
                   flight_deviation(&f, METRIC_CPU_UTILIZATION, 20000, 21600);
    between(before, 0.3, 0.45);
    between(after, 0.85, 1.0);
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 20000, 21600), 0.33, 0.37);
    flight_done(&f);
}

static struct scenario *parsed(const char *text)
{
    struct error e = {0};
    struct scenario *s = scenario_parse(text, strlen(text), "test.yaml", &e);
    if (s == NULL)
        fail_msg("%u:%u %s", e.line, e.column, e.text);
    return s;
}

static void test_step_noise_and_daily(void **state)
{
    (void)state;
    struct scenario *s = parsed("duration: 24h\nfast_interval: 1s\ncpu: {daily: 0.2, noise: 0.01}\nphases:\n"
                                "- {at: 1h, for: 1h, effect: cpu_noise, noise: 0.1}\n"
                                "- {at: 3h, for: 1h, effect: step, memory: 1GiB, requests: 2}\n");
    struct flight f;
    flight_fly(&f, s, 3, 0);
    /* The sine's quarter day stands at +0.2, three quarters at -0.2. */
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 21000, 22200), 0.54, 0.56);
    between(flight_mean(&f, METRIC_CPU_UTILIZATION, 64200, 65400), 0.14, 0.16);
    between(flight_deviation(&f, METRIC_CPU_UTILIZATION, 3600, 7200), 0.09, 0.12);
    between(flight_mean(&f, METRIC_MEMORY_USAGE, 10801, 14400) / GIB, 3.98, 4.02);
    between(flight_rate(&f, METRIC_REQUESTS_IN, 10801, 14400), 390, 410);
    flight_done(&f);
    scenario_free(s);
}

static void test_hosts_differ_and_absent_stays_absent(void **state)
{
    (void)state;
    struct scenario *s = parsed("duration: 60s\nhosts: [a, b]\nrequests: {in: 0}\nmemory: {allocation: 0}\n"
                                "network: {packets_in: 0, packets_out: 0}\n"
                                "phases: [{at: 10s, host: 2, effect: silence}]\n");
    struct flight f;
    flight_fly(&f, s, 1, 0);
    assert_int_equal(catalog_entity_count(f.catalog), 2);
    assert_int_equal(catalog_series_count(f.catalog), 6); /* CPU, usage, limit of each */
    assert_int_equal(f.samples, 60 * 12 + 10 * 12);
    flight_done(&f);
    /* Alone, host a gives the same bytes as beside b. */
    struct scenario *one = parsed("duration: 60s\nhosts: [a]\n");
    struct flight alone;
    flight_fly(&alone, one, 1, 0);
    flight_fly(&f, s, 1, 0);
    assert_memory_equal(f.of[0].values, alone.of[0].values, 600 * sizeof(double));
    flight_done(&alone);
    flight_done(&f);
    scenario_free(one);
    scenario_free(s);
}

static void test_duration_overrides(void **state)
{
    (void)state;
    struct scenario *s = parsed("duration: 60s\n");
    struct flight f;
    flight_fly(&f, s, 1, 90 * NS_PER_S + NS_PER_S / 2); /* half a second more is no second */
    assert_int_equal(f.ticks, 90);
    flight_done(&f);
    scenario_free(s);
}

static int refuse_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    (void)t_ns;
    (void)samples;
    (void)n;
    return ++*(int *)context == 15 ? -EIO : 0;
}

static int accept_tick(void *context, int64_t now_ns)
{
    (void)context;
    (void)now_ns;
    return 0;
}

static void test_faults_of_the_feed_come_back(void **state)
{
    (void)state;
    struct error e = {0};
    struct scenario *s = parsed("duration: 60s\n");
    int calls = 0;
    struct feed feed = {&calls, catalog_new(&(struct catalog_limits){8, 64, 8}), refuse_frame, accept_tick};
    struct simulator *m = simulator_new(s, 1, 0, &feed, &e);
    assert_int_equal(simulator_step(m), 1);
    assert_int_equal(simulator_step(m), -EIO);
    simulator_free(m);
    catalog_free(feed.catalog);
    /* No room for its series. */
    feed.catalog = catalog_new(&(struct catalog_limits){8, 4, 8});
    m = simulator_new(s, 1, 0, &feed, &e);
    assert_int_equal(simulator_step(m), -ENOSPC);
    simulator_free(m);
    catalog_free(feed.catalog);
    scenario_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_everywhere),
        cmocka_unit_test(test_every_builtin_has_a_golden_hash),
        cmocka_unit_test(test_seed_changes_the_bytes),
        cmocka_unit_test(test_cadence),
        cmocka_unit_test(test_stable),
        cmocka_unit_test(test_counts_are_overdispersed_by_the_batch),
        cmocka_unit_test(test_seizure),
        cmocka_unit_test(test_phases_on_one_signal_leave_the_others_alone),
        cmocka_unit_test(test_fever),
        cmocka_unit_test(test_retry_storm),
        cmocka_unit_test(test_cascade),
        cmocka_unit_test(test_flapping),
        cmocka_unit_test(test_signal_lost),
        cmocka_unit_test(test_slow_burn),
        cmocka_unit_test(test_step_noise_and_daily),
        cmocka_unit_test(test_hosts_differ_and_absent_stays_absent),
        cmocka_unit_test(test_duration_overrides),
        cmocka_unit_test(test_faults_of_the_feed_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
