/* SPDX-License-Identifier: MIT
 * Turns counts in and out into the surprise of so many out for so many in, against an entity's own ratio and
 * burstiness, and learns those two. Failures, retransmits and what to do about it are left to the law. */
#include "detection/ratio.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

#include "base/fmath.h"
#include "detection/normal.h"

#define FRACTION_STEPS 500 /* a bound; convergence takes far fewer, most near the centre of large counts */
#define FRACTION_TINY  1e-300
#define FRACTION_DONE  1e-15
#define NEAR_CENTRE    1e-3
/* Counts out, or in, below which the saddle-point form errs by more than 1e-4 of log_p (measured against
 * scipy's binom.logsf up to counts of 1e6). */
#define NEAR_EDGE 50

/* Continued fraction of the incomplete beta function, converging fast for x < (a + 1) / (a + b + 2).
 * Source: Abramowitz & Stegun 1964, 26.5.8, evaluated as Lentz 1976, Appl. Opt. 15, 668-671. */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 - (a + b) * x / (a + 1), f;

    d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
    f = d;
    for (int m = 1; m <= FRACTION_STEPS; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));

        d = 1 + even * d;
        c = 1 + even / c;
        d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
        c = fabs(c) < FRACTION_TINY ? FRACTION_TINY : c;
        f *= d * c;
        d = 1 + odd * d;
        c = 1 + odd / c;
        d = 1 / (fabs(d) < FRACTION_TINY ? FRACTION_TINY : d);
        c = fabs(c) < FRACTION_TINY ? FRACTION_TINY : c;
        f *= d * c;
        if (fabs(d * c - 1) < FRACTION_DONE)
            break;
    }
    return f;
}

/* log P(X >= k), X binomial(m, p), as the incomplete beta I_p(k, m - k + 1), which also interpolates between
 * whole counts. 0 < k <= m. */
static double exact_log_tail(double k, double m, double log_p, double log_q)
{
    double a = k, b = m - k + 1, p = fmath_exp(log_p);
    double front =
        a * log_p + b * log_q + normal_log_gamma(a + b) - normal_log_gamma(a) - normal_log_gamma(b);

    if (p < (a + 1) / (a + b + 2))
        return front + fmath_log(beta_fraction(a, b, p) / a);
    double below = fmath_exp(front) * beta_fraction(b, a, fmath_exp(log_q)) / b;
    return below < 1 ? fmath_log(1 - below) : -(double)INFINITY;
}

/* x log(x / mean) + mean - x without cancellation. Source: Loader 2000, Fast and accurate computation of
 * binomial probabilities, section 2. */
static double deviance_part(double x, double mean)
{
    double v = (x - mean) / (x + mean);

    if (x <= 0)
        return mean;
    if (fabs(v) > 0.1)
        return x * fmath_log(x / mean) + mean - x;
    double sum = (x - mean) * v, term = 2 * x * v;
    for (int j = 3; j < 40; j += 2) { /* 0.1^40 is below the last bit */
        term *= v * v;
        sum += term / j;
    }
    return sum;
}

/* The same for large m, away from the edges: normal tail of the modified signed root r* = w + log(u / w) / w,
 * with k - 1/2 for continuity. */
static double saddle_log_tail(double k, double m, double p, double q)
{
    double x = k - 0.5, y = m - x, w2, w, u;

    w2 = 2 * (deviance_part(x, m * p) + deviance_part(y, m * q));
    w = sqrt(w2 > 0 ? w2 : 0);
    if (x < m * p)
        w = -w;
    if (fabs(w) < NEAR_CENTRE) /* 0/0: the correction's limit is a sixth of the skewness */
        return normal_log_tail(w + (q - p) / (6 * sqrt(m * p * q)));
    /* u = 2 sinh(t / 2) sqrt(K''(t)) at the saddle point t = log(x q / (y p)), where K'' = x y / m */
    double root = sqrt(x * q / (y * p));
    u = (root - 1 / root) * sqrt(x * y / m);
    return normal_log_tail(w + fmath_log(u / w) / w);
}

int ratio_test(double in, double out, double rho0, double phi, struct ratio_test *ret)
{
    double m = in + out;

    if (!(in >= 0) || !(out >= 0) || !isfinite(m) || !(rho0 > 0) || !isfinite(rho0) || !(phi >= 1) ||
        !isfinite(phi))
        return -EINVAL;
    if (m == 0)
        return -ENODATA;
    double p = rho0 / (1 + rho0), q = 1 / (1 + rho0), k = out / phi, counts = m / phi, log_tail = 0;
    if (k > 0 && (counts <= RATIO_EXACT_COUNT || k < NEAR_EDGE || counts - k < NEAR_EDGE)) {
        double log_q = -fmath_log(1 + rho0);
        log_tail = exact_log_tail(k, counts, fmath_log(rho0) + log_q, log_q);
    } else if (k > 0) {
        log_tail = saddle_log_tail(k, counts, p, q);
    }
    *ret = (struct ratio_test){
        .ratio = in > 0 ? out / in : (double)NAN,
        .expected = rho0,
        .z = (out - m * p) / sqrt(phi * m * p * q),
        .log_p = log_tail < 0 ? log_tail : 0,
    };
    return 0;
}

void ratio_baseline_init(struct ratio_baseline *b, double half_life)
{
    assert(half_life >= 1);
    *b = (struct ratio_baseline){.keep = fmath_exp(-0.69314718055994530942 / half_life), .chi2 = 1};
}

void ratio_baseline_push(struct ratio_baseline *b, double in, double out)
{
    double m = in + out, known = b->in + b->out;

    if (!(in >= 0) || !(out >= 0) || !isfinite(m) || m == 0)
        return;
    if (b->in > 0 && b->out > 0) {
        double p = b->out / known, d = out - m * p, residual2 = d * d / (m * p * (b->in / known));
        double limit = RATIO_RESIDUAL_CLIP * RATIO_RESIDUAL_CLIP * ratio_baseline_phi(b), share;

        if (b->n >= RATIO_MIN_WINDOWS && residual2 > limit)
            residual2 = limit;
        b->n++;
        share = 1 / (double)b->n;
        share = share > 1 - b->keep ? share : 1 - b->keep;
        b->chi2 += share * (residual2 - b->chi2);
    }
    b->in = b->in * b->keep + in;
    b->out = b->out * b->keep + out;
}

double ratio_baseline_ratio(const struct ratio_baseline *b)
{
    return b->in > 0 ? b->out / b->in : (double)NAN;
}

double ratio_baseline_phi(const struct ratio_baseline *b)
{
    return b->n >= RATIO_MIN_WINDOWS && b->chi2 > 1 ? b->chi2 : 1;
}
