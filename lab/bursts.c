/* SPDX-License-Identifier: MIT
 * Demand that comes in bursts: --burst seconds of CPU at once, by several threads, every --period seconds.
 * Put into a cgroup whose quota is smaller than that, it is throttled, waits, and answers late, although its
 * mean is well below the quota. At rest the same threads ask for little, spread over time. */
#include "fault.h"

static double threads = 4, period_s = 2, burst_cpu_s = 0.7, rest_ratio = 0.1;

#define REST_STEP_S 0.1

/* rest_ratio of one CPU, the threads one after the other. */
static void work_at_rest(double number)
{
    double round = fault_now_s() / REST_STEP_S;
    fault_sleep_until(((double)(long long)round + 1 + number / threads) * REST_STEP_S);
    fault_burn(rest_ratio * REST_STEP_S / threads);
}

static void work_in_burst(void)
{
    double round = fault_now_s() / period_s;
    fault_sleep_until(((double)(long long)round + 1) * period_s);
    fault_burn(burst_cpu_s / threads);
}

static void *work(void *number)
{
    enum fault_phase phase;
    while ((phase = fault_phase()) != FAULT_OVER)
        if (phase == FAULT_REST)
            work_at_rest((double)((size_t)number - 1));
        else
            work_in_burst();
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"threads", &threads, "that work at once"},
        {"period", &period_s, "seconds from burst to burst"},
        {"burst", &burst_cpu_s, "seconds of CPU in a burst"},
        {"at-rest", &rest_ratio, "share of one CPU at rest"},
    };
    fault_begin(argc, argv, options, 4);
    if (threads < 1 || threads > FAULT_THREADS_MAX)
        threads = 4;
    if (period_s < 0.01)
        period_s = 0.01;
    fault_run_threads((unsigned)threads, work);
    return 0;
}
