/* SPDX-License-Identifier: MIT
 * How fast samples are taken and judged, beside what this machine can do at all: sliding statistics, the
 * whole engine and whole replays, in cache and with many series, on one core and on two. Medians of
 * CPU time unless it says wall.
 * usage: bench_speed [PROGRAM [SERIES]]; PROGRAM: the coherence that replays (without it replays are left
 * out); SERIES: how many are many, 100 000 unless told (a million take 2 GiB). */
#include "speed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/number.h"
#include "base/rng.h"

#define MANY_USUAL  100000
#define MANY_MAX    10000000
#define LINE        64
#define FLOOR_BYTES (256u << 20) /* beyond any cache */

static double now_ns(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

double speed_cpu_ns(void)
{
    return now_ns(CLOCK_PROCESS_CPUTIME_ID);
}

double speed_wall_ns(void)
{
    return now_ns(CLOCK_MONOTONIC);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double speed_median(double *x, size_t n)
{
    qsort(x, n, sizeof(*x), by_size);
    return x[n / 2];
}

void *speed_memory(size_t bytes)
{
    void *p = aligned_alloc(LINE, (bytes + LINE - 1) / LINE * LINE);
    if (!p) {
        (void)fprintf(stderr, "not enough memory\n");
        exit(1);
    }
    return p;
}

void speed_fill_noise(float *x, size_t n)
{
    struct rng r;
    rng_seed(&r, 1);
    for (size_t i = 0; i < n; i++)
        x[i] = (float)(50 + 5 * rng_normal(&r));
}

void speed_places(uint32_t many, struct speed_place places[SPEED_PLACES])
{
    static uint32_t *order;
    static char names[SPEED_PLACES - 1][40];
    struct rng r;

    if (!order) {
        order = speed_memory(many * sizeof(*order));
        for (uint32_t i = 0; i < many; i++)
            order[i] = i;
        rng_seed(&r, 2);
        for (uint32_t i = many - 1; i > 0; i--) {
            uint32_t j = (uint32_t)(rng_next(&r) % (i + 1)), kept = order[i];
            order[i] = order[j];
            order[j] = kept;
        }
        (void)snprintf(names[0], sizeof(names[0]), "%u, round robin", many);
        (void)snprintf(names[1], sizeof(names[1]), "%u, random order", many);
        (void)snprintf(names[2], sizeof(names[2]), "%u, %u a visit", many, SPEED_TICKS);
    }
    places[0] = (struct speed_place){"in cache", SPEED_CACHE, 1, NULL};
    places[1] = (struct speed_place){names[0], many, 1, NULL};
    places[2] = (struct speed_place){names[1], many, 1, order};
    places[3] = (struct speed_place){names[2], many, SPEED_TICKS, NULL};
}

double speed_floor_ns(const struct speed_place *p, size_t bytes)
{
    size_t lines = (bytes + LINE - 1) / LINE, rounds = 1 + 4000000 / (p->series * lines);
    uint64_t *state = speed_memory(p->series * lines * LINE);
    double ns[SPEED_RUNS];

    memset(state, 1, p->series * lines * LINE);
    for (size_t run = 0; run < SPEED_RUNS; run++) {
        double from = speed_cpu_ns();
        for (size_t round = 0; round < rounds; round++) {
            for (uint32_t i = 0; i < p->series; i++) {
                uint32_t at = p->order ? p->order[i] : i;
                at = at < p->series ? at : at % p->series;
                uint64_t *line = state + at * lines * (LINE / sizeof(*state));
                for (size_t l = 0; l < lines; l++)
                    line[l * (LINE / sizeof(*state))] += run + l;
            }
        }
        ns[run] = (speed_cpu_ns() - from) / ((double)rounds * p->series * p->ticks);
    }
    volatile uint64_t used = state[0];
    (void)used;
    free(state);
    return speed_median(ns, SPEED_RUNS);
}

void speed_row(const char *what, const struct speed_place *p, double ns, double bytes, double floor_ns)
{
    (void)printf("%-36s %-22s %8.1f %8.2f %8.0f", what, p->name, ns, 1000 / ns, bytes);
    if (floor_ns > 0)
        (void)printf(" %8.2f %7.1f", floor_ns, ns / floor_ns);
    (void)printf("\n");
    (void)fflush(stdout);
}

static double gigabytes_per_s(unsigned char *a, unsigned char *b, int writes)
{
    double ns[SPEED_RUNS];
    for (size_t run = 0; run < SPEED_RUNS; run++) {
        uint64_t sum = 0;
        double from = speed_cpu_ns();
        if (writes)
            memcpy(b, a, FLOOR_BYTES);
        else
            for (size_t i = 0; i < FLOOR_BYTES / sizeof(sum); i++)
                sum += ((const uint64_t *)(const void *)a)[i];
        ns[run] = speed_cpu_ns() - from;
        a[run] = (unsigned char)sum;
    }
    return (1 + writes) * (double)FLOOR_BYTES / speed_median(ns, SPEED_RUNS);
}

void speed_machine(uint32_t many)
{
    unsigned char *a = speed_memory(FLOOR_BYTES), *b = speed_memory(FLOOR_BYTES);
    struct speed_place places[SPEED_PLACES];

    memset(a, 1, FLOOR_BYTES);
    memset(b, 2, FLOOR_BYTES);
    (void)printf("this machine: reads %.1f GB/s, copies %.1f GB/s (read and written)",
        gigabytes_per_s(a, b, 0), gigabytes_per_s(a, b, 1));
    free(a);
    free(b);
    speed_places(many, places);
    (void)printf(", changes a random line of %.0f MB in %.1f ns\n\n", 1e-6 * many * LINE,
        speed_floor_ns(&places[2], LINE));
}

int main(int argc, char **argv)
{
    uint64_t many = MANY_USUAL;

    if (argc > 2 &&
        (number_parse_u64(argv[2], strlen(argv[2]), &many) != 0 || many < SPEED_CACHE || many > MANY_MAX))
        return 2;
    many -= many % SPEED_ALIKE;
    speed_machine((uint32_t)many);
    (void)printf(
        "%-36s %-22s %8s %8s %8s %8s %7s\n", "", "series", "ns CPU", "M/s", "bytes/", "floor", "times");
    (void)printf("%-36s %-22s %8s %8s %8s %8s %7s\n", "", "", "/sample", "", "series", "ns", "floor");
    speed_kernels((uint32_t)many);
    speed_engine((uint32_t)many);
    return argc > 1 ? speed_replay(argv[1]) : 0;
}
