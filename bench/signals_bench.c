/* SPDX-License-Identifier: MIT
 * What the signals cost: nanoseconds of CPU time per sample (or per call) of each, data in cache, the median
 * of RUNS runs with their range, beside the floor that copying the same bytes is. usage: signals_bench (no
 * arguments); one row a signal on stdout. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "detection/autocorrelation.h"
#include "detection/envelope.h"
#include "detection/ratio.h"
#include "detection/robust.h"
#include "detection/sliding_kernels.h"
#include "detection/sliding_median.h"
#include "detection/spectrum.h"
#include "detection/trend.h"
#include "detection/window.h"

#define RUNS    5
#define SAMPLES 8192 /* f32: fits the first-level cache, with room for state */
#define WINDOW  60

static _Alignas(64) float sample[SAMPLES + 1024]; /* uniform around 50 */
static double wide[SAMPLES + 1024];
static double scratch[TREND_PAIRS(256) + 512];
static volatile double sink; /* keeps results alive */

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

/* One kernel: does its work `times` times and returns how many units (samples or calls) that was. */
struct kernel {
    const char *name, *unit;
    double (*run)(size_t times);
    size_t times;
};

static double copy_samples(size_t times)
{
    static float to[SAMPLES];

    for (size_t i = 0; i < times; i++) {
        sample[i % SAMPLES] += 1;
        memcpy(to, sample, sizeof to);
        sink = (double)to[i % SAMPLES];
    }
    return (double)times * SAMPLES;
}

static double rolling_one(size_t times)
{
    static struct rolling_variance v;
    static float ring[WINDOW];
    double sum = 0;

    rolling_variance_init(&v, ring, WINDOW);
    for (size_t i = 0; i < times * SAMPLES; i++) {
        rolling_variance_push(&v, sample[i % SAMPLES]);
        sum += rolling_variance_get(&v);
    }
    sink = sum;
    return (double)times * SAMPLES;
}

static double sliding_one(size_t times)
{
    static struct sliding_median s;
    double sum = 0;

    sliding_median_init(&s);
    for (size_t i = 0; i < times * SAMPLES; i++) {
        sliding_median_push(&s, sample[i % SAMPLES]);
        sum += (double)sliding_median_get(&s) + (double)sliding_median_mad(&s);
    }
    sink = sum;
    return (double)times * SAMPLES;
}

static double modified_z(size_t times)
{
    for (size_t i = 0; i < times; i++)
        sink = robust_modified_z(wide[i % SAMPLES + 59], wide + i % SAMPLES, WINDOW, 0.1, scratch);
    return (double)times;
}

static double window_pass(size_t times)
{
    for (size_t i = 0; i < times; i++)
        sink = window_variance(wide + i % SAMPLES, WINDOW);
    return (double)times;
}

static double compute_spectra(size_t times, size_t n, double dt_s)
{
    static struct spectrum_scratch space;
    struct spectrum_octave o[SPECTRUM_MAX_OCTAVES];

    for (size_t i = 0; i < times; i++) {
        size_t octaves =
            spectrum_compute(sample + i % SAMPLES, n, dt_s, 0, 3.2, o, SPECTRUM_MAX_OCTAVES, &space);
        sink = o[octaves - 1].robust_form;
    }
    return (double)times;
}

static double spectrum_600(size_t times)
{
    return compute_spectra(times, 600, 0.1);
}

static double spectrum_60(size_t times)
{
    return compute_spectra(times, 60, 1);
}

static double lag1_60(size_t times)
{
    for (size_t i = 0; i < times; i++)
        sink = autocorrelation_lag1(wide + i % SAMPLES, WINDOW);
    return (double)times;
}

static double mann_kendall_60(size_t times)
{
    struct trend_test m = {0};

    for (size_t i = 0; i < times; i++) {
        trend_mann_kendall(wide + i % SAMPLES, WINDOW, scratch, &m);
        sink = m.z;
    }
    return (double)times;
}

static double trend_line(size_t times)
{
    struct trend_line l;

    trend_line_init(&l, 300);
    for (size_t i = 0; i < times * SAMPLES; i++) {
        trend_line_push(&l, (double)i, wide[i % SAMPLES]);
        sink = trend_line_slope(&l);
    }
    return (double)times * SAMPLES;
}

static double exhaustion(size_t times)
{
    struct exhaustion_input in = {.block_s = 150, .limit = 100, .z = 1.64};
    struct exhaustion e = {0};

    for (size_t i = 0; i < times; i++) {
        for (size_t b = 0; b < EXHAUSTION_BLOCKS; b++)
            in.minima[b] = 30 + (double)b + wide[(i + b) % SAMPLES] / 50;
        in.recent_max = 60;
        trend_exhaustion(&in, &e);
        sink = e.late_s;
    }
    return (double)times;
}

static double ratio(size_t times)
{
    struct ratio_test t = {0};

    for (size_t i = 0; i < times; i++) {
        ratio_test(300, wide[i % SAMPLES] * 8, 1, 2, &t);
        sink = t.log_p;
    }
    return (double)times;
}

static double envelope(size_t times)
{
    struct envelope e;

    envelope_init(&e, 37500000000);
    for (size_t i = 0; i < times * SAMPLES; i++)
        envelope_push(&e, (int64_t)i * 1000000000, wide[i % SAMPLES]);
    sink = envelope_recent_max(&e, 2);
    return (double)times * SAMPLES;
}

static const struct kernel kernels[] = {
    {"floor: copy samples (f32)", "sample", copy_samples, 4000},
    {"rolling variance, one series", "sample", rolling_one, 200},
    {"sliding median + MAD, one series", "sample", sliding_one, 20},
    {"modified z by selection, 60 values", "call", modified_z, 20000},
    {"variance in two passes, 60 values", "call", window_pass, 200000},
    {"spectrum, 60 s at 10 Hz", "call", spectrum_600, 4000},
    {"spectrum, 60 s at 1 Hz", "call", spectrum_60, 40000},
    {"lag-1 autocorrelation, 60 values", "call", lag1_60, 100000},
    {"Mann-Kendall with Hamed-Rao, 60 values", "call", mann_kendall_60, 400},
    {"weighted line", "sample", trend_line, 200},
    {"exhaustion from 24 minima", "call", exhaustion, 10000},
    {"amplification test", "call", ratio, 20000},
    {"envelope", "sample", envelope, 200},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    uint64_t state = 1;

    for (size_t i = 0; i < SAMPLES + 1024; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        sample[i] = 50 + (float)(state >> 40) * 0x1p-24F * 20;
        wide[i] = (double)sample[i];
    }
    printf("passes: %s; CPU ns, median (min..max) of %d\n", sliding_kernels_best()->name, RUNS);
    for (size_t k = 0; k < sizeof kernels / sizeof kernels[0]; k++) {
        double ns[RUNS];
        kernels[k].run(kernels[k].times / 10 + 1); /* warm */
        for (size_t r = 0; r < RUNS; r++) {
            double start = cpu_ns(), units = kernels[k].run(kernels[k].times);
            ns[r] = (cpu_ns() - start) / units;
        }
        qsort(ns, RUNS, sizeof *ns, compare);
        printf("%-46s %9.2f ns/%-6s (%.2f..%.2f)\n", kernels[k].name, ns[RUNS / 2], kernels[k].unit, ns[0],
            ns[RUNS - 1]);
    }
    return 0;
}
