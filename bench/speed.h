/* SPDX-License-Identifier: MIT
 * What the parts of the speed bench share: clocks, medians, the order in which states are visited, the
 * machine's floors, and the rows that they print. */
#ifndef COHERENCE_BENCH_SPEED_H
#define COHERENCE_BENCH_SPEED_H

#include <stddef.h>
#include <stdint.h>

#define SPEED_RUNS  5    /* of each figure; the median is told */
#define SPEED_CACHE 1024 /* series that count as "in cache" */
#define SPEED_TICKS 16   /* samples of one series at a visit, where there are several */
#define SPEED_ALIKE 16   /* the number of series is a multiple of it */

/* Where the states are and how they are visited. */
struct speed_place {
    const char *name;
    uint32_t series;
    uint32_t ticks;        /* samples of one series at a visit */
    const uint32_t *order; /* a permutation of the series; NULL: one after the other */
};
#define SPEED_PLACES 4

/* In cache, and `many` series (the same number at every call) round robin, in random order, and with
 * SPEED_TICKS a visit. */
void speed_places(uint32_t many, struct speed_place places[SPEED_PLACES]);

/* CPU time of this process, and wall time, in ns from an arbitrary start. */
double speed_cpu_ns(void);
double speed_wall_ns(void);

double speed_median(double *x, size_t n); /* reorders x */

/* n pseudo-random values around 50, the same at every start. */
void speed_fill_noise(float *x, size_t n);

/* Memory or nothing: ends the program. Aligned to 64. */
void *speed_memory(size_t bytes);

/* The floor of anything that keeps `bytes` of state a series: ns per sample of reading and writing every line
 * of it in the same order, with nothing computed. */
double speed_floor_ns(const struct speed_place *p, size_t bytes);

/* One row: ns CPU per sample, bytes a series, and the floor (0: none) with their ratio. */
void speed_row(const char *what, const struct speed_place *p, double ns, double bytes, double floor_ns);

/* The parts, each printing its rows. */
void speed_machine(uint32_t many);
void speed_kernels(uint32_t many);
void speed_engine(uint32_t many);
/* Returns 0, or 1 when a replay failed or its output depended on the number of threads. */
int speed_replay(const char *program);

#endif
