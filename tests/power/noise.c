/* SPDX-License-Identifier: MIT
 * Turns a generator into what loads are made of. */
#include "noise.h"

#include <math.h>

#include "base/fmath.h"

#define PARETO_INDEX 1.5

double noise_between(struct rng *r, double lo, double hi)
{
    return lo + (hi - lo) * rng_uniform(r);
}

double noise_log_between(struct rng *r, double lo, double hi)
{
    return fmath_exp(noise_between(r, fmath_log(lo), fmath_log(hi)));
}

double noise_student(struct rng *r)
{
    double z = rng_normal(r), chi2 = 0;
    for (int i = 0; i < 3; i++) {
        double e = rng_normal(r);
        chi2 += e * e;
    }
    return z / sqrt(chi2);
}

double noise_pareto(struct rng *r)
{
    return fmath_pow(1 - rng_uniform(r), -1 / PARETO_INDEX);
}

double noise_batched(struct rng *r, double mean, double batch)
{
    return batch * (double)rng_poisson(r, mean / batch);
}

double wander_next(struct wander *w, struct rng *r)
{
    w->x = w->phi * w->x + sqrt(1 - w->phi * w->phi) * rng_normal(r);
    return w->x;
}

double train_share(struct train *t, struct rng *r, double from_s, double to_s)
{
    double on = 0;

    if (t->until_s < from_s)
        t->until_s = from_s;
    for (double at = from_s; at < to_s;) {
        if (t->until_s <= at) {
            double mean = t->on ? t->off_s : t->on_s;
            t->on = !t->on;
            t->until_s = at + mean * (t->jitter < 0 ? rng_exponential(r)
                                                    : noise_between(r, 1 - t->jitter, 1 + t->jitter));
            continue;
        }
        double end = t->until_s < to_s ? t->until_s : to_s;
        on += t->on ? end - at : 0;
        at = end;
    }
    return on / (to_s - from_s);
}
