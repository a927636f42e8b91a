/* SPDX-License-Identifier: MIT
 * Turns a window of samples into its variance spectrum, and a spectrum into "shaped like a seizure, at this
 * octave" or not. What caused the movement and what is usual for this entity is left to the law. */
#include "detection/spectrum.h"

#include <math.h>
#include <string.h>

#include "detection/middle.h"

#define CHI2_1_MEDIAN 0.4549 /* median of chi-squared, one degree of freedom */
#define TAU_SLACK_S   1e-9   /* 0.1 * 2^5 may come out above 3.2 */
#define LANES                                                                                                \
    4 /* sums run side by side: one after the other, each would wait for the last; part of the bits */
#define STEP_LANES 16         /* steps are counted so many at a time */
#define BITS_MAX   0x7F7FFFFF /* of the largest finite float */

/* What one octave's blocks and differences add up to. */
struct octave_sums {
    double squares;         /* of differences */
    uint32_t pairs, blocks; /* present */
    double off, off2;       /* of the block means' offsets from the centre, and their squares */
};

static double add_lanes(const double *lane)
{
    return (lane[0] + lane[2]) + (lane[1] + lane[3]);
}

/* Widens x into mean. Returns whether every value is finite; if so, *ret_centre is their mean, exactly for a
 * constant. */
static bool widen(const float *restrict x, size_t n, double *restrict mean, double *ret_centre)
{
    double sum[LANES] = {0}, guess = (double)x[0];
    size_t whole = n / LANES * LANES;

    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            mean[i + l] = (double)x[i + l];
            sum[l] += mean[i + l] - guess;
        }
    }
    for (size_t i = whole; i < n; i++) {
        mean[i] = (double)x[i];
        sum[i - whole] += mean[i] - guess;
    }
    *ret_centre = guess + add_lanes(sum) / (double)n;
    return isfinite(*ret_centre); /* floats cannot add up to more than a double holds */
}

/* The same for a window with gaps, which become NaN. */
static void widen_gaps(const float *x, size_t n, double *mean, double *ret_centre)
{
    double sum = 0, guess = 0;
    size_t present = 0;

    for (size_t i = 0; i < n; i++) {
        mean[i] = isfinite(x[i]) ? (double)x[i] : (double)NAN;
        if (isnan(mean[i]))
            continue;
        if (present++ == 0)
            guess = mean[i];
        sum += mean[i] - guess;
    }
    *ret_centre = present > 0 ? guess + sum / (double)present : 0;
}

/* Half the distance, so that the largest fits into a float. */
static float half_step(double d)
{
    return (float)(fabs(d) * 0.5);
}

/* One pass over an octave's block means; writes a step for each difference. */
static struct octave_sums sum_up(
    const double *restrict mean, size_t blocks, double centre, float *restrict step)
{
    double squares[LANES] = {0}, off[LANES] = {0}, off2[LANES] = {0};
    size_t pairs = blocks - 1, whole = pairs / LANES * LANES;

    if (pairs <= MIDDLE_MAX)
        middle_pad(step, (uint32_t)pairs);
    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            double d = mean[i + l + 1] - mean[i + l], c = mean[i + l] - centre;
            step[i + l] = half_step(d);
            squares[l] += d * d;
            off[l] += c;
            off2[l] += c * c;
        }
    }
    for (size_t i = whole; i < pairs; i++) {
        double d = mean[i + 1] - mean[i], c = mean[i] - centre;
        step[i] = half_step(d);
        squares[i - whole] += d * d;
        off[i - whole] += c;
        off2[i - whole] += c * c;
    }
    double last = mean[pairs] - centre;
    return (struct octave_sums){
        .squares = add_lanes(squares),
        .pairs = (uint32_t)pairs,
        .blocks = (uint32_t)blocks,
        .off = add_lanes(off) + last,
        .off2 = add_lanes(off2) + last * last,
    };
}

/* The same where block means may be NaN. */
static struct octave_sums sum_up_gaps(const double *mean, size_t blocks, double centre, float *step)
{
    struct octave_sums s = {0};

    for (size_t i = 0; i < blocks; i++) {
        double c = mean[i] - centre, d = i + 1 < blocks ? mean[i + 1] - mean[i] : (double)NAN;
        if (!isnan(c)) {
            s.blocks++;
            s.off += c;
            s.off2 += c * c;
        }
        if (!isnan(d)) {
            step[s.pairs++] = half_step(d);
            s.squares += d * d;
        }
    }
    if (s.pairs > 0 && s.pairs <= MIDDLE_MAX)
        middle_pad(step, s.pairs);
    return s;
}

/* Sum of squared deviations of the block means from their mean. */
static double scatter_of(const struct octave_sums *s)
{
    double m2 = s->off2 - s->off * s->off / s->blocks;
    return m2 > 0 ? m2 : 0;
}

static float from_bits(int32_t bits)
{
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

/* Four steps at once; comparisons give -1 or 0 in each. Only comparisons and integer operations are done on
 * them: no bits at stake. */
typedef float step_quad __attribute__((vector_size(16)));
typedef int32_t mask_quad __attribute__((vector_size(16)));

static step_quad load_quad(const float *step)
{
    step_quad q;
    memcpy(&q, step, sizeof q);
    return q;
}

/* How many of n steps (a multiple of STEP_LANES) are <= limit. */
static uint32_t count_up_to(const float *step, size_t n, float limit)
{
    step_quad at = {limit, limit, limit, limit};
    mask_quad a = {0}, b = {0}, c = {0}, d = {0};

    for (size_t i = 0; i < n; i += STEP_LANES) {
        a -= load_quad(step + i) <= at;
        b -= load_quad(step + i + 4) <= at;
        c -= load_quad(step + i + 8) <= at;
        d -= load_quad(step + i + 12) <= at;
    }
    a += b + c + d;
    return (uint32_t)(a[0] + a[1] + a[2] + a[3]);
}

/* The smallest of n steps that is above limit; +inf when none is. */
static float smallest_above(const float *step, size_t n, float limit)
{
    step_quad at = {limit, limit, limit, limit}, least = {INFINITY, INFINITY, INFINITY, INFINITY};

    for (size_t i = 0; i < n; i += 4) {
        step_quad s = load_quad(step + i);
        mask_quad take = (s > at) & (s < least);
        least = (step_quad)((take & (mask_quad)s) | (~take & (mask_quad)least));
    }
    float low = least[0] < least[1] ? least[0] : least[1], high = least[2] < least[3] ? least[2] : least[3];
    return low < high ? low : high;
}

/* The middle of more steps than middle.h takes, which have room up to the next multiple of STEP_LANES. The
 * order statistic is found by halving the range of its bit pattern (non-negative floats order like their
 * bits) until it stands alone there: a dozen counting passes without a branch on the data beat a selection,
 * whose branches nobody can predict. */
static struct middle middle_of_many(float *step, uint32_t pairs)
{
    int32_t lo = -1, hi = BITS_MAX; /* the value's bits are in lo+1..hi */
    uint32_t rank = (pairs - 1) / 2 + 1, below = 0,
             upto = pairs; /* 1-based lower middle; counts <= lo and <= hi */
    size_t n = pairs;

    while (n % STEP_LANES != 0)
        step[n++] = INFINITY;
    while (hi - lo > 1 && upto - below > 1) {
        int32_t middle = lo + (hi - lo) / 2;
        uint32_t count = count_up_to(step, n, from_bits(middle));
        bool enough = count >= rank; /* as likely as not: selects, no branch */
        hi = enough ? middle : hi;
        upto = enough ? count : upto;
        lo = enough ? lo : middle;
        below = enough ? below : count;
    }
    float lower = smallest_above(step, n, lo < 0 ? -1.0F : from_bits(lo)), upper = lower;
    if (pairs % 2 == 0 && upto == rank)
        upper = smallest_above(step, n, lower);
    return (struct middle){lower, upper};
}

/* Median of d^2 / 2. */
static double median_half_square(float *step, uint32_t pairs)
{
    struct middle m = pairs <= MIDDLE_MAX ? middle_of(step, pairs) : middle_of_many(step, pairs);
    return (double)m.lower * (double)m.lower + (double)m.upper * (double)m.upper;
}

static double without(double variance, double quantisation)
{
    return variance > quantisation ? sqrt(variance - quantisation) : 0;
}

size_t spectrum_compute(const float *x, size_t n, double dt_s, double quantum, double tau_max_s,
    struct spectrum_octave *out, size_t out_max, struct spectrum_scratch *scratch)
{
    double *mean = scratch->mean, tau = dt_s, centre;
    size_t octaves = 0, blocks = n;
    bool gaps;

    if (n < SPECTRUM_MIN_BLOCKS || n > SPECTRUM_MAX_SAMPLES || !(dt_s > 0) || !(quantum >= 0))
        return 0;
    gaps = !widen(x, n, mean, &centre);
    if (gaps)
        widen_gaps(x, n, mean, &centre);
    while (octaves < out_max && tau <= tau_max_s + TAU_SLACK_S && blocks >= SPECTRUM_MIN_BLOCKS) {
        struct octave_sums s = gaps ? sum_up_gaps(mean, blocks, centre, scratch->step)
                                    : sum_up(mean, blocks, centre, scratch->step);
        double haar, scatter = scatter_of(&s), noise = quantum * quantum / (4 * tau * tau);

        if (s.pairs < SPECTRUM_MIN_BLOCKS - 1)
            break;
        if (octaves == 0) {
            scratch->window_mean = centre;
            scratch->window_variance = scatter / (s.blocks - 1);
        }
        haar = s.squares / 2 / s.pairs;
        out[octaves++] = (struct spectrum_octave){
            .tau_s = tau,
            .mean_form = without(haar, noise),
            .robust_form = without(median_half_square(scratch->step, s.pairs) / CHI2_1_MEDIAN, noise),
            .half_von_neumann = scatter > 0 ? haar * s.blocks / scatter : 0,
            .pairs = s.pairs,
        };
        size_t start = blocks % 2; /* blocks end where the window ends */
        blocks /= 2;
        for (size_t i = 0; i < blocks; i++)
            mean[i] = 0.5 * (mean[start + 2 * i] + mean[start + 2 * i + 1]);
        tau *= 2;
    }
    return octaves;
}

struct seizure_rule seizure_rule_for(double full)
{
    return (struct seizure_rule){
        .floor = 0.12 * full,
        .v_min = 0.5,
        .rise = 1.5,
        .steep = 1.75,
        .mean_min = 0.05 * full,
        .mean_max = 0.80 * full,
        .busy_level = 0.90 * full,
        .busy_share_max = 0.5,
    };
}

bool seizure_window_admits(const float *x, size_t n, const struct seizure_rule *rule)
{
    double sum[LANES] = {0}, present[LANES] = {0}, busy[LANES] = {0};
    size_t whole = n / LANES * LANES;

    for (size_t i = 0; i < whole; i += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            double v = (double)x[i + l];
            sum[l] += v == v ? v : 0;
            present[l] += v == v ? 1 : 0;
            busy[l] += v > rule->busy_level ? 1 : 0;
        }
    }
    for (size_t i = whole; i < n; i++) {
        double v = (double)x[i];
        sum[i - whole] += v == v ? v : 0;
        present[i - whole] += v == v ? 1 : 0;
        busy[i - whole] += v > rule->busy_level ? 1 : 0;
    }
    double count = add_lanes(present), mean = add_lanes(sum) / count; /* NaN when there is none */
    return mean >= rule->mean_min && mean <= rule->mean_max && add_lanes(busy) < rule->busy_share_max * count;
}

int seizure_shape(const struct spectrum_octave *o, size_t n, const struct seizure_rule *rule)
{
    double finest_low = (double)INFINITY; /* smallest A of the finer octaves */
    size_t peak = 0;

    for (size_t k = 1; k < n; k++) {
        if (o[k].mean_form > o[peak].mean_form)
            peak = k;
    }
    for (size_t k = 0; k < n; k++) {
        double a = o[k].mean_form;
        if (o[k].robust_form >= rule->floor && o[k].half_von_neumann >= rule->v_min) {
            if (k > 0 && a >= rule->rise * finest_low)
                return (int)k;
            double next = k + 1 < n ? o[k + 1].mean_form : (double)INFINITY;
            if ((k == peak && a >= rule->steep * next) ||
                (k == peak + 1 && o[peak].mean_form >= rule->steep * rule->steep * next))
                return (int)k;
        }
        finest_low = a < finest_low ? a : finest_low;
    }
    return -1;
}
