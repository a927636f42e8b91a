/* SPDX-License-Identifier: MIT
 * A lock convoy: threads that share one mutex, and one of them a round that sleeps while it holds it (a write
 * to a slow disk, a call to a slow neighbour). All others pile up behind it in futex, and run all at once
 * when it lets go: the CPU swings between nothing and everything while its mean stays moderate. At rest the
 * same threads do the same work, each at its own time, and hold the mutex for no time at all. With --inside 1
 * all work is done under the mutex, one thread at a time: the CPU is steady then, and only the queue in futex
 * tells. */
#include "fault.h"

static double threads = 8, period_s = 0.3, share_ratio = 0.25, inside;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned served; /* under the mutex */

static void work_at_rest(double cpu_s, double phase_s)
{
    double round = fault_now_s() / period_s;
    fault_sleep_until(((double)(long long)round + 1) * period_s + phase_s);
    pthread_mutex_lock(&mutex);
    served++;
    pthread_mutex_unlock(&mutex);
    fault_burn(cpu_s);
}

static void work_in_convoy(double cpu_s, double hold_s)
{
    pthread_mutex_lock(&mutex);
    if (served++ % (unsigned)threads == 0)
        fault_sleep(hold_s);
    if (inside > 0)
        fault_burn(cpu_s);
    pthread_mutex_unlock(&mutex);
    if (inside <= 0)
        fault_burn(cpu_s);
}

static void *work(void *number)
{
    double round_cpu_s = share_ratio * fault_cpus() * period_s, cpu_s = round_cpu_s / threads;
    double busy_s = inside > 0 ? round_cpu_s : round_cpu_s / fault_cpus();
    double hold_s = busy_s < period_s ? period_s - busy_s : 0;
    double phase_s = (double)((size_t)number - 1) * period_s / threads;
    enum fault_phase phase;

    while ((phase = fault_phase()) != FAULT_OVER)
        if (phase == FAULT_REST)
            work_at_rest(cpu_s, phase_s);
        else
            work_in_convoy(cpu_s, hold_s);
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"threads", &threads, "that share the mutex"},
        {"period", &period_s, "seconds of a round"},
        {"share", &share_ratio, "of all CPUs that a round takes, 0 to 1"},
        {"inside", &inside, "1: the work is done under the mutex"},
    };
    fault_begin(argc, argv, options, 4);
    if (threads < 1 || threads > FAULT_THREADS_MAX)
        threads = 8;
    if (period_s < 0.001)
        period_s = 0.001;
    fault_run_threads((unsigned)threads, work);
    return 0;
}
