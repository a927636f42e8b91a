/* SPDX-License-Identifier: MIT
 * Turns arguments and the clock into the two phases of a lab program's life, and into the lines that say when
 * they began. What is done in the phases is each program's own. */
#include "fault.h"

#include <errno.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#define GRACE_S     60        /* for which a program that hangs outlives its time */
#define STACK_BYTES (1 << 18) /* of a thread: FAULT_THREADS_MAX of them are 16 MiB */
#define LONGEST_S   86400.0

static double rest_s = 30, sick_s = 60;
static double onset_s; /* monotonic */
static atomic_int said;

double fault_now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void fault_sleep_until(double s)
{
    struct timespec t = {.tv_sec = (time_t)s, .tv_nsec = (long)((s - floor(s)) * 1e9)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

void fault_sleep(double s)
{
    if (s > 0)
        fault_sleep_until(fault_now_s() + s);
}

static void say_at(const struct timespec *t, const char *word, double value)
{
    if (isnan(value))
        printf("%lld.%06ld %s\n", (long long)t->tv_sec, t->tv_nsec / 1000, word);
    else
        printf("%lld.%06ld %s %.9g\n", (long long)t->tv_sec, t->tv_nsec / 1000, word, value);
}

void fault_say(const char *word, double value)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    say_at(&t, word, value);
}

void fault_give_up(const char *what)
{
    fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, strerror(errno));
    exit(1);
}

static _Noreturn void usage(const struct fault_option *options, size_t count)
{
    fprintf(stderr, "usage: %s [--rest S] [--sick S]", program_invocation_short_name);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, " [--%s %g]", options[i].name, *options[i].value);
    fputs("\n", stderr);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "  --%-12s %s\n", options[i].name, options[i].help);
    exit(2);
}

static void read_arguments(int argc, char *argv[], const struct fault_option *options, size_t count)
{
    const struct fault_option shared[] = {{"rest", &rest_s, ""}, {"sick", &sick_s, ""}};

    for (int i = 1; i < argc; i += 2) {
        const struct fault_option *found = NULL;
        for (size_t k = 0; k < 2 && strncmp(argv[i], "--", 2) == 0; k++)
            if (strcmp(argv[i] + 2, shared[k].name) == 0)
                found = &shared[k];
        for (size_t k = 0; k < count && strncmp(argv[i], "--", 2) == 0; k++)
            if (strcmp(argv[i] + 2, options[k].name) == 0)
                found = &options[k];
        char *end = NULL;
        double value = i + 1 < argc ? strtod(argv[i + 1], &end) : 0;
        if (!found || !end || end == argv[i + 1] || *end || !isfinite(value) || value < 0 || value > 1e12)
            usage(options, count);
        *found->value = value;
    }
    if (rest_s + sick_s > LONGEST_S)
        usage(options, count);
}

void fault_begin(int argc, char *argv[], const struct fault_option *options, size_t count)
{
    struct rlimit memory = {FAULT_MEMORY_BYTES, FAULT_MEMORY_BYTES};
    pid_t parent = getppid();

    read_arguments(argc, argv, options, count);
    setvbuf(stdout, NULL, _IOLBF, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        exit(1);
    alarm((unsigned)(rest_s + sick_s + GRACE_S));
    if (setrlimit(RLIMIT_AS, &memory))
        fault_give_up("limit of memory");
    onset_s = fault_now_s() + rest_s;
    fault_say("ready", (double)NAN);
}

/* The moment itself is said, not the one at which a thread came to ask. */
static void announce(int number, const char *word, double monotonic_s)
{
    int before = number - 1;
    if (!atomic_compare_exchange_strong(&said, &before, number))
        return;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    double ago_s = fault_now_s() - monotonic_s, at_s = (double)t.tv_sec + (double)t.tv_nsec * 1e-9 - ago_s;
    t.tv_sec = (time_t)at_s;
    t.tv_nsec = (long)((at_s - floor(at_s)) * 1e9);
    say_at(&t, word, (double)NAN);
}

enum fault_phase fault_phase(void)
{
    double now = fault_now_s();
    if (now < onset_s)
        return FAULT_REST;
    announce(1, "onset", onset_s);
    if (now < onset_s + sick_s)
        return FAULT_SICK;
    announce(2, "end", onset_s + sick_s);
    return FAULT_OVER;
}

double fault_sick_s(void)
{
    return fault_now_s() - onset_s;
}

double fault_sick_length_s(void)
{
    return sick_s;
}

static double thread_cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void fault_burn(double cpu_s)
{
    double end = thread_cpu_s() + cpu_s;

    while (thread_cpu_s() < end)
        for (volatile unsigned i = 0; i < 10000; i++)
            ;
}

unsigned fault_cpus(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (unsigned)n;
}

/* xorshift64* (Vigna 2016, ACM Trans. Math. Softw. 42(4), 30). */
double fault_uniform(unsigned long long *state)
{
    unsigned long long x = *state ? *state : 88172645463325252ULL;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    *state = x;
    return (double)((x * 2685821657736338717ULL) >> 11) * 0x1p-53;
}

/* The sum of twelve uniforms: variance 1, and no tail beyond 6. */
double fault_normal(unsigned long long *state)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += fault_uniform(state);
    return sum;
}

void fault_run_threads(unsigned count, void *(*work)(void *number))
{
    pthread_t threads[FAULT_THREADS_MAX];
    pthread_attr_t attributes;

    if (count > FAULT_THREADS_MAX)
        count = FAULT_THREADS_MAX;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    for (unsigned i = 0; i < count; i++)
        if ((errno = pthread_create(&threads[i], &attributes, work, (void *)(size_t)(i + 1))))
            fault_give_up("thread");
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_attr_destroy(&attributes);
}
