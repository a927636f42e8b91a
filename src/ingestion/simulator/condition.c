/* SPDX-License-Identifier: MIT
 * The phases of a scenario turned into the condition of one host in one second: which effects are there, how
 * far they have grown, and what they add up to. Pure: no generator, no state. What is made of it is
 * simulator.c's matter. */
#include "ingestion/simulator/condition.h"

#include "base/fmath.h"

#define NS_PER_S   INT64_C(1000000000)
#define NS_PER_DAY (86400.0 * 1e9)

/* Steps of requests multiply each other up to the bound of a single one, so that every count stays a whole
 * number in a double. */
#define REQUESTS_FACTOR_MAX 1e3

/* Is the phase there at t, and since when in this turn? */
static bool phase_active(const struct scenario_phase *p, int64_t t_ns, int64_t *ret_elapsed_ns)
{
    if (t_ns < p->at_ns || (p->for_ns > 0 && t_ns >= p->at_ns + p->for_ns))
        return false;
    int64_t elapsed = t_ns - p->at_ns;
    if (p->on_ns > 0)
        elapsed %= p->on_ns + p->off_ns;
    *ret_elapsed_ns = elapsed;
    return p->on_ns == 0 || elapsed < p->on_ns;
}

static double share_of(int64_t elapsed_ns, int64_t whole_ns)
{
    return elapsed_ns >= whole_ns ? 1.0 : (double)elapsed_ns / (double)whole_ns;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double between(double from, double to, double share)
{
    return from + (to - from) * share;
}

/* elapsed_ns: since the effect began in this turn, up to the end of the second. */
static void apply(
    const struct scenario *s, size_t phase, int64_t elapsed_ns, struct condition *now, double *noise_time_s)
{
    const struct scenario_phase *p = &s->phases[phase];
    double elapsed_s = (double)elapsed_ns / 1e9;
    double size = p->ramp_ns > 0 ? share_of(elapsed_ns, p->ramp_ns) : 1.0;
    switch ((enum scenario_effect)p->effect) {
    case EFFECT_CPU_SWING:
        now->swing_share = size;
        now->swing_phase = phase;
        break;
    case EFFECT_CPU_NOISE:
        now->cpu_noise = larger(now->cpu_noise, between(s->cpu.noise, p->noise, size));
        break;
    case EFFECT_MEMORY_LEAK:
        now->memory_extra += (double)p->rate_bytes * elapsed_s;
        now->allocation_extra += (double)p->rate_bytes;
        break;
    case EFFECT_MEMORY_CHURN:
        now->allocation_extra += (double)p->rate_bytes * size;
        break;
    case EFFECT_RETRY_STORM:
        now->storm = larger(now->storm, between(1.0, p->factor, size));
        now->failures = larger(now->failures, between(s->requests.failures, p->failures, size));
        break;
    case EFFECT_STEP:
        if (p->cpu >= 0)
            now->cpu_mean = between(s->cpu.mean, p->cpu, size);
        now->memory_extra += (double)p->memory_bytes * size;
        now->requests = smaller(now->requests * between(1.0, p->requests, size), REQUESTS_FACTOR_MAX);
        break;
    case EFFECT_SILENCE:
        now->silent = true;
        break;
    case EFFECT_SLOW_BURN:
        size = share_of(elapsed_ns, p->for_ns > 0 ? p->for_ns : s->duration_ns - p->at_ns);
        now->memory_extra += (double)p->rate_bytes * elapsed_s;
        now->allocation_extra += (double)p->rate_bytes;
        now->cpu_noise = larger(now->cpu_noise, between(s->cpu.noise, p->noise, size));
        *noise_time_s = larger(
            *noise_time_s, between((double)s->cpu.noise_time_ns, (double)p->noise_time_ns, size) / 1e9);
        break;
    case EFFECT_COUNT:
        break;
    }
}

struct condition condition_at(const struct scenario *s, size_t host, int64_t t_ns)
{
    struct condition now = {.cpu_mean = s->cpu.mean,
        .cpu_noise = s->cpu.noise,
        .swing_phase = s->phase_count,
        .requests = 1.0,
        .storm = 1.0,
        .failures = s->requests.failures};
    double noise_time_s = (double)s->cpu.noise_time_ns / 1e9;
    for (size_t i = 0; i < s->phase_count; i++) {
        const struct scenario_phase *p = &s->phases[i];
        int64_t elapsed_ns;
        if ((p->host == 0 || (size_t)p->host == host + 1) && phase_active(p, t_ns, &elapsed_ns))
            apply(s, i, elapsed_ns + NS_PER_S, &now, &noise_time_s);
    }
    now.cpu_keep = fmath_exp(-(double)s->fast_interval_ns / 1e9 / noise_time_s);
    now.cpu_mean += s->cpu.daily * fmath_sin_turns((double)t_ns / NS_PER_DAY);
    return now;
}
