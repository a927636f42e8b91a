/* SPDX-License-Identifier: MIT
 * Writes a month of a fleet as wide CSV, for a backtest to be timed on: HOSTS hosts of 20 quantities, four of
 * them known by name, every 15 s over DAYS days. Days and weeks show in it, there is noise of every kind that
 * a sentinel meets, and nothing is ill. Deterministic: xorshift128+ from a fixed seed.
 *
 * usage: write_month [HOSTS [DAYS]]  (50 31: 1 000 series, 178.56 million samples, 1.3 GB) */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define STEP_S   15
#define UNKNOWN  16
#define HOST_MAX 1000

static uint64_t words[2] = {0x9e3779b97f4a7c15, 0xbf58476d1ce4e5b9};

/* In (0, 1). */
static double uniform(void)
{
    uint64_t a = words[0];
    const uint64_t b = words[1];

    words[0] = b;
    a ^= a << 23;
    words[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    return ((double)((words[1] + b) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
    return sqrt(-2 * log(uniform())) * cos(6.283185307179586 * uniform());
}

struct host {
    double memory, swing[UNKNOWN];
};

/* A quantity's own kind: steady, slow wander, bursts, whole numbers. */
static double unknown(struct host *h, int i, double load)
{
    h->swing[i] = 0.9 * h->swing[i] + normal();
    switch (i % 4) {
    case 0:
        return 100 + 5 * i + normal();
    case 1:
        return 50 + 20 * load + h->swing[i];
    case 2:
        return uniform() < 0.02 ? 40 * uniform() : fabs(normal());
    default:
        return floor(10 + 10 * load + 2 * h->swing[i]);
    }
}

static void row(long t, int index, struct host *h)
{
    const double day = 6.283185307179586 / 86400, phase = index * 0.1;
    const double load = 0.5 + 0.3 * sin(day * (double)t + phase) + 0.1 * sin(day / 7 * (double)t);
    const double requests = 200 * load + 8 * normal();

    h->memory += 0.05 * (4000 - h->memory) + 20 * normal();
    printf("%ld,h%02d,%.4g,%.4g,%.5g,%.5g", t, index, fabs(60 * load + 3 * normal()), h->memory,
        fabs(requests), fabs(1.2 * requests + 4 * normal()));
    for (int i = 0; i < UNKNOWN; i++)
        printf(",%.5g", unknown(h, i, load));
    putchar('\n');
}

int main(int argc, char **argv)
{
    static struct host hosts[HOST_MAX];
    const int host_count = argc > 1 ? atoi(argv[1]) : 50;
    const int days = argc > 2 ? atoi(argv[2]) : 31;

    if (host_count < 1 || host_count > HOST_MAX || days < 1) {
        fprintf(stderr, "usage: write_month [HOSTS [DAYS]]; 1 to %d hosts, from one day on\n", HOST_MAX);
        return 64;
    }
    printf("timestamp,host,cpu_usage,memory_used_mb,ingress_requests,egress_requests");
    for (int i = 0; i < UNKNOWN; i++)
        printf(",quantity_%d", i);
    putchar('\n');
    for (int i = 0; i < host_count; i++)
        hosts[i].memory = 4000;
    for (long t = 1700000000; t < 1700000000 + days * 86400L; t += STEP_S)
        for (int i = 0; i < host_count; i++)
            row(t, i, &hosts[i]);
    return fflush(stdout) != 0 || ferror(stdout);
}
