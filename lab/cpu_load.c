/* SPDX-License-Identifier: MIT
 * A CPU load with a known shape, for watching a sentinel watch it: all CPUs idle and full in turn (swing), or
 * full from the start (step). usage: cpu_load swing PERIOD_S SECONDS | cpu_load step SECONDS [THREADS] */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct load {
    double period_s; /* 0: always on */
    double end_s;    /* monotonic */
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void sleep_until(double s)
{
    struct timespec t = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - (double)(time_t)s) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL))
        ;
}

/* Busy in the first half of each period, asleep in the second; all threads keep to the same clock. */
static void *work(void *context)
{
    const struct load *l = context;
    double t = now_s();

    while (t < l->end_s) {
        double period = l->period_s, into = period > 0 ? t - period * (double)(long)(t / period) : 0;
        if (period > 0 && into >= period / 2)
            sleep_until(t - into + period);
        for (volatile int i = 0; i < 20000; i++)
            ;
        t = now_s();
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    struct load l = {0};
    long threads = sysconf(_SC_NPROCESSORS_ONLN);
    pthread_t others[256];

    if (argc == 4 && strcmp(argv[1], "swing") == 0) {
        l.period_s = strtod(argv[2], NULL);
        l.end_s = now_s() + strtod(argv[3], NULL);
    } else if ((argc == 3 || argc == 4) && strcmp(argv[1], "step") == 0) {
        l.end_s = now_s() + strtod(argv[2], NULL);
        if (argc == 4)
            threads = strtol(argv[3], NULL, 10);
    } else {
        fprintf(stderr, "usage: cpu_load swing PERIOD_S SECONDS | cpu_load step SECONDS [THREADS]\n");
        return 2;
    }
    if (threads < 1 || threads > 256)
        threads = 1;
    for (long i = 1; i < threads; i++)
        if (pthread_create(&others[i], NULL, work, &l))
            return 1;
    work(&l);
    for (long i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    return 0;
}
