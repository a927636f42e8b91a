/* SPDX-License-Identifier: MIT
 * Speed of the sliding statistics over 60 samples: the variance of one series after the other, and variance,
 * exact median and MAD of sixteen side by side. Random order is that of such sixteens. */
#include "speed.h"

#include <stdlib.h>

#include "detection/sliding_median.h"
#include "detection/window.h"

#define WINDOW SLIDING_WINDOW
#define NOISE  4096

enum kernel { VARIANCE, BLOCK };

/* The states of all series, and what is fed to them. */
struct bed {
    struct rolling_variance *variance;
    float *rings;
    struct sliding_block *blocks;
    float noise[NOISE + SPEED_TICKS * SLIDING_LANES];
};

static volatile double sink; /* keeps results alive */

static struct bed *make_bed(uint32_t series)
{
    struct bed *b = speed_memory(sizeof(*b));

    b->variance = speed_memory(series * sizeof(*b->variance));
    b->rings = speed_memory((size_t)series * WINDOW * sizeof(*b->rings));
    b->blocks = speed_memory(series / SLIDING_LANES * sizeof(*b->blocks));
    for (uint32_t i = 0; i < series; i++)
        rolling_variance_init(&b->variance[i], b->rings + (size_t)i * WINDOW, WINDOW);
    for (uint32_t i = 0; i < series / SLIDING_LANES; i++)
        sliding_block_init(&b->blocks[i]);
    speed_fill_noise(b->noise, NOISE + SPEED_TICKS * SLIDING_LANES);
    return b;
}

static void free_bed(struct bed *b)
{
    free(b->variance);
    free(b->rings);
    free(b->blocks);
    free(b);
}

/* Sixteen series, `ticks` samples each. */
static double visit(struct bed *b, enum kernel k, uint32_t block, uint32_t ticks, size_t at)
{
    static _Alignas(64) struct sliding_view view[SPEED_TICKS];
    const float(*x)[SLIDING_LANES] = (const float(*)[SLIDING_LANES])(b->noise + at % NOISE);
    double sum = 0;

    if (k == BLOCK) {
        sliding_block_push(&b->blocks[block], x, ticks, view);
        return (double)view[0].median[0] + (double)view[ticks - 1].mad[1] + view[ticks / 2].variance[2];
    }
    for (uint32_t l = 0; l < SLIDING_LANES; l++) {
        struct rolling_variance *v = &b->variance[block * SLIDING_LANES + l];
        for (uint32_t t = 0; t < ticks; t++) {
            rolling_variance_push(v, x[t][l]);
            sum += rolling_variance_get(v);
        }
    }
    return sum;
}

static double feed(struct bed *b, enum kernel k, const struct speed_place *p, size_t round)
{
    uint32_t blocks = p->series / SLIDING_LANES;
    double sum = 0;

    for (uint32_t i = 0; i < blocks; i++)
        sum += visit(b, k, p->order ? p->order[i] % blocks : i, p->ticks, round * 7919 + i * 16);
    return sum;
}

static void fill_windows(struct bed *b, enum kernel k, uint32_t series)
{
    const struct speed_place all = {.series = series, .ticks = SPEED_TICKS};

    for (size_t i = 0; i < 2 * WINDOW; i += SPEED_TICKS)
        sink = feed(b, k, &all, i);
}

static void measure(enum kernel k, const char *name, const struct speed_place *p)
{
    static const size_t bytes[] = {sizeof(struct rolling_variance) + WINDOW * sizeof(float),
        sizeof(struct sliding_block) / SLIDING_LANES};
    struct bed *b = make_bed(p->series);
    size_t rounds = 1 + 1000000 / (p->series * p->ticks);
    double ns[SPEED_RUNS];

    fill_windows(b, k, p->series);
    for (size_t run = 0; run < SPEED_RUNS; run++) {
        double from = speed_cpu_ns();
        for (size_t i = 0; i < rounds; i++)
            sink = feed(b, k, p, run + i);
        ns[run] = (speed_cpu_ns() - from) / ((double)rounds * p->series * p->ticks);
    }
    free_bed(b);
    const struct speed_place blocks = {.series = p->series / SLIDING_LANES, .ticks = 1, .order = p->order};
    speed_row(name, p, speed_median(ns, SPEED_RUNS), (double)bytes[k],
        speed_floor_ns(&blocks, bytes[k] * SLIDING_LANES) / (p->ticks * SLIDING_LANES));
}

void speed_kernels(uint32_t many)
{
    static const char *const names[] = {"variance of 60", "variance, median and MAD of 60"};
    struct speed_place places[SPEED_PLACES];

    speed_places(many, places);
    for (enum kernel k = VARIANCE; k <= BLOCK; k++)
        for (size_t i = 0; i < SPEED_PLACES; i++)
            measure(k, names[k], &places[i]);
}
