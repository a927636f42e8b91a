/* SPDX-License-Identifier: MIT
 * Loads of requests: fan-out that is how a service lives, and a storm of retries. */
#include "load.h"

#include <math.h>

#include "base/fmath.h"

#define STORM_TIMES 3.0

static void begin_traffic(struct load *l, double fan_out)
{
    l->level = noise_log_between(&l->rng, 5, 500); /* requests per second */
    l->noise = noise_log_between(&l->rng, 1, 8);   /* that come together */
    l->fan_out = fan_out;
    l->from_s = l->kind->onset_s;
}

static void begin_fan_out_1(struct load *l)
{
    begin_traffic(l, 1);
}

static void begin_fan_out_5(struct load *l)
{
    begin_traffic(l, 5);
}

static void next_traffic(struct load *l, double t_s, struct load_reading *r)
{
    double dt = t_s - l->t_s, sick = l->from_s > 0 && t_s > l->from_s, ask = l->level * dt;
    double in = noise_batched(&l->rng, ask, l->noise);
    /* One request more or less often causes a whole batch of others. */
    double out = noise_batched(&l->rng, in * l->fan_out * (sick > 0 ? STORM_TIMES : 1), l->noise);
    l->in += in;
    l->out += out;
    l->failed += (double)rng_poisson(&l->rng, out * (sick > 0 ? 0.4 : 0.002));
    r->in = l->in;
    r->out = l->out;
    r->failed = l->failed;
}

const struct load_kind traffic_loads[] = {
    {.name = "requests 1:1 in batches, 1 Hz, 4 h",
        .law = LAW_COUNT,
        .step_s = 1,
        .span_s = 14400,
        .begin = begin_fan_out_1,
        .next = next_traffic},
    {.name = "requests 1:5 in batches, 1 Hz, 4 h",
        .law = LAW_COUNT,
        .step_s = 1,
        .span_s = 14400,
        .begin = begin_fan_out_5,
        .next = next_traffic},
    {.name = "retry storm, 1 Hz",
        .law = LAW_AMPLIFICATION,
        .step_s = 1,
        .onset_s = 1800,
        .span_s = 2700,
        .begin = begin_fan_out_1,
        .next = next_traffic},
};

const size_t traffic_load_count = sizeof(traffic_loads) / sizeof(traffic_loads[0]);
