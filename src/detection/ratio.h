/* SPDX-License-Identifier: MIT
 * Amplification: whether more goes out for what comes in than this entity's own ratio explains, so that a
 * handful of requests cannot alarm. */
#ifndef COHERENCE_DETECTION_RATIO_H
#define COHERENCE_DETECTION_RATIO_H

#include <stdint.h>

struct ratio_test {
    double ratio;    /* out / in; NaN when in is 0 */
    double expected; /* rho0 */
    double z;        /* (out - expected out) / its standard deviation, given in + out and phi */
    double log_p;    /* natural logarithm of the one-sided p of so many or more out, <= 0 */
};

/* Tests counts of one window. in, out: counts >= 0, finite (not rates; not necessarily whole); rho0: own
 * ratio out/in, > 0; phi: overdispersion,
 * >= 1 (variance over the binomial's). Given in + out = m, out is binomial(m, rho0 / (1 + rho0)); with phi >
 * 1 both counts are divided by phi (a batch is one observation). log_p is exact (incomplete beta) up to
 * RATIO_EXACT_COUNT effective counts or with few in or out, a saddle-point form beyond (relative error of
 * log_p below 1e-9 and 2e-4 up to counts of 1e6, below 1e-2 up to 1e12). Returns 0; -EINVAL out of range,
 * -ENODATA for m = 0; ret untouched on error. Cost below 2 us. Source: Przyborowski & Wilenski 1940,
 * Biometrika 31, 313-323; McCullagh & Nelder 1989, section 4.5; Barndorff-Nielsen 1991, Biometrika 78(3),
 * 557-563. */
#define RATIO_EXACT_COUNT 1000
int ratio_test(double in, double out, double rho0, double phi, struct ratio_test *ret);

/* An entity's own ratio and overdispersion, learned from windows of counts. */
struct ratio_baseline {
    double keep;    /* weight kept per window, 0.5^(1 / half-life) */
    double in, out; /* decayed sums of counts */
    double chi2;    /* weighted mean of squared Pearson residuals, each clipped */
    uint64_t n;     /* windows that have given a residual */
};

/* half_life: windows, >= 1 (asserted). */
void ratio_baseline_init(struct ratio_baseline *b, double half_life);

/* Learns one window of counts (both >= 0 and finite, else ignored; both 0 is ignored). The residual is taken
 * against the ratio before this window and clipped at RATIO_RESIDUAL_CLIP so that one storm does not buy
 * tolerance. The caller does not push while its own finding is open. */
#define RATIO_RESIDUAL_CLIP                                                                                  \
    5.0 /* standard deviations of the current phi; heuristic, as the winsorising of the scores */
void ratio_baseline_push(struct ratio_baseline *b, double in, double out);

/* out / in learned so far; NaN before anything came in. */
double ratio_baseline_ratio(const struct ratio_baseline *b);
/* Overdispersion learned so far, >= 1; 1 before RATIO_MIN_WINDOWS windows. */
#define RATIO_MIN_WINDOWS 8
double ratio_baseline_phi(const struct ratio_baseline *b);

#endif
