/* SPDX-License-Identifier: MIT
 * A load that recovers ever more slowly from each disturbance: CPU use follows an autoregression of first
 * order about --mean, whose memory grows from --from to --to over the sick phase while the disturbances stay
 * as they are. Its deviation and its autocorrelation rise together, which is what announces a tipping point
 * (Scheffer et al. 2009, Nature 461, 53). At rest the memory stays at --from. */
#include "fault.h"

static double mean_ratio = 0.3, sigma_ratio = 0.03, from = 0.3, to = 0.98, step_s = 1, seed = 1;

#define SLICE_S 0.02 /* the burning within a step is spread over slices, so that a step is even */

/* burns ratio of all CPUs in turns of SLICE_S until the moment given. */
static void burn_until(double end, double ratio)
{
    while (fault_now_s() < end) {
        double began = fault_now_s();
        fault_burn(SLICE_S * ratio);
        fault_sleep_until(began + SLICE_S < end ? began + SLICE_S : end);
    }
}

/* All threads walk the same walk: the seed is the same. */
static void *work(void *number)
{
    unsigned long long random = (unsigned long long)seed;
    double x = 0, next = (double)(long long)(fault_now_s() / step_s) * step_s;
    enum fault_phase phase;

    (void)number;
    while ((phase = fault_phase()) != FAULT_OVER) {
        double into = phase == FAULT_REST ? 0 : fault_sick_s() / fault_sick_length_s();
        x = (from + (to - from) * into) * x + sigma_ratio * fault_normal(&random);
        double ratio = mean_ratio + x;
        next += step_s;
        burn_until(next, ratio < 0 ? 0 : ratio > 1 ? 1 : ratio);
    }
    return NULL;
}

int main(int argc, char *argv[])
{
    const struct fault_option options[] = {
        {"mean", &mean_ratio, "share of all CPUs"},
        {"sigma", &sigma_ratio, "of a disturbance"},
        {"from", &from, "memory (autocorrelation) at rest"},
        {"to", &to, "memory at the end"},
        {"step", &step_s, "seconds from disturbance to disturbance"},
        {"seed", &seed, "of the disturbances"},
    };
    fault_begin(argc, argv, options, 6);
    if (step_s < 0.1)
        step_s = 0.1;
    fault_run_threads(fault_cpus(), work);
    return 0;
}
