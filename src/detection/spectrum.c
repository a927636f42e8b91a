/* SPDX-License-Identifier: MIT
 * Turns a window of samples into its variance spectrum, and a spectrum into "shaped like a seizure, at this octave" or
 * not. What caused the movement and what is usual for this entity is left to the law. */
#include "detection/spectrum.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define CHI2_1_MEDIAN 0.4549 /* median of chi-squared, one degree of freedom */
#define TAU_SLACK_S   1e-9   /* 0.1 * 2^5 may come out above 3.2 */
#define LANES         8      /* sums run side by side: one after the other, each would wait for the last; part of the bits */
#define STEP_LANES    16     /* steps are counted so many at a time; constant trip counts are what compilers vectorise */
#define STEP_NONE     INT32_MAX

/* What one octave's blocks and differences add up to. */
struct octave_sums {
    double squares;  /* of differences */
    uint32_t pairs;
    double variance; /* of the block means, divisor m */
};

static double add_lanes(const double *lane)
{
    double sum = 0;
    for (size_t l = 0; l < LANES; l++)
        sum += lane[l];
    return sum;
}

/* Half the distance as bits: non-negative floats order like their bit patterns. Half, so that the largest fits. NaN: STEP_NONE. */
static int32_t step_bits(double d)
{
    float half = (float)(fabs(d) * 0.5);
    int32_t bits;

    memcpy(&bits, &half, sizeof bits);
    return d == d ? bits : STEP_NONE;
}

static double step_value(int32_t bits)
{
    float half;

    memcpy(&half, &bits, sizeof half);
    return 2 * (double)half;
}

static size_t round_up(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* Absent values up to the next multiple of LANES and one more, so that passes need no tail. */
static void pad(double *mean, size_t n)
{
    for (size_t i = n; i <= round_up(n, LANES); i++)
        mean[i] = (double)NAN;
}

/* Mean of the values that are present, 0 when there is none; a constant's is itself to the last bit. */
static double centre_of(const double *mean, size_t n)
{
    double sum[LANES] = {0}, present[LANES] = {0}, guess = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(mean[i]))
            continue;
        guess = mean[i];
        break;
    }
    for (size_t i = 0; i < n; i += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            double d = mean[i + l] - guess;
            present[l] += d == d ? 1.0 : 0.0;
            sum[l] += d == d ? d : 0;
        }
    }
    double m = add_lanes(present);
    return m > 0 ? guess + add_lanes(sum) / m : 0;
}

/* One pass over an octave's padded block means. `centre` is near their mean; the correction for the difference is exact. */
static struct octave_sums sum_up(const double *mean, size_t blocks, double centre, int32_t *step)
{
    double squares[LANES] = {0}, sum[LANES] = {0}, sum2[LANES] = {0}, pairs[LANES] = {0}, present[LANES] = {0};
    size_t end = round_up(blocks, LANES);

    for (size_t i = 0; i < end; i += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            double d = mean[i + l + 1] - mean[i + l], c = mean[i + l] - centre;
            step[i + l] = step_bits(d);
            pairs[l] += d == d ? 1.0 : 0.0;
            present[l] += c == c ? 1.0 : 0.0;
            d = d == d ? d : 0;
            c = c == c ? c : 0;
            squares[l] += d * d;
            sum[l] += c;
            sum2[l] += c * c;
        }
    }
    for (size_t i = end; i < round_up(end, STEP_LANES); i++)
        step[i] = STEP_NONE;
    double m = add_lanes(present), total = add_lanes(sum), m2 = add_lanes(sum2) - total * total / m;
    return (struct octave_sums){
        .squares = add_lanes(squares),
        .pairs = (uint32_t)add_lanes(pairs),
        .variance = m2 > 0 ? m2 / m : 0,
    };
}

/* How many of n steps (a multiple of STEP_LANES) are <= limit. */
static uint32_t count_up_to(const int32_t *step, size_t n, int32_t limit)
{
    int32_t above[STEP_LANES] = {0};
    uint32_t sum = 0;

    for (size_t i = 0; i < n; i += STEP_LANES) {
        for (size_t l = 0; l < STEP_LANES; l++)
            above[l] += step[i + l] > limit;
    }
    for (size_t l = 0; l < STEP_LANES; l++)
        sum += (uint32_t)above[l];
    return (uint32_t)n - sum;
}

/* The smallest of n steps that is >= limit. */
static int32_t smallest_from(const int32_t *step, size_t n, int32_t limit)
{
    int32_t least[STEP_LANES], result = STEP_NONE;

    for (size_t l = 0; l < STEP_LANES; l++)
        least[l] = STEP_NONE;
    for (size_t i = 0; i < n; i += STEP_LANES) {
        for (size_t l = 0; l < STEP_LANES; l++) {
            int32_t s = step[i + l] >= limit ? step[i + l] : STEP_NONE;
            least[l] = s < least[l] ? s : least[l];
        }
    }
    for (size_t l = 0; l < STEP_LANES; l++)
        result = least[l] < result ? least[l] : result;
    return result;
}

/* Median of d^2 / 2 over `pairs` steps; n of them with the absent ones. The order statistic is found by halving the range of its bit pattern until it
 * stands alone there: a dozen counting passes without a branch on the data beat a selection, whose branches nobody can predict. */
static double median_half_square(const int32_t *step, size_t n, uint32_t pairs)
{
    int32_t lo = 0, hi = STEP_NONE - 1;                           /* the value is in lo..hi */
    uint32_t rank = (pairs - 1) / 2 + 1, below = 0, upto = pairs; /* 1-based lower middle; counts < lo and <= hi */

    while (lo < hi && upto - below > 1) {
        int32_t middle = lo + (hi - lo) / 2;
        uint32_t count = count_up_to(step, n, middle);
        bool enough = count >= rank; /* as likely as not: selects, no branch */
        hi = enough ? middle : hi;
        upto = enough ? count : upto;
        lo = enough ? lo : middle + 1;
        below = enough ? below : count;
    }
    int32_t lower = smallest_from(step, n, lo), upper = lower;
    if (pairs % 2 == 0 && upto == rank)
        upper = smallest_from(step, n, lower + 1);
    return (step_value(lower) * step_value(lower) + step_value(upper) * step_value(upper)) / 4;
}

static double without(double variance, double quantisation)
{
    return variance > quantisation ? sqrt(variance - quantisation) : 0;
}

size_t spectrum_compute(const float *x, size_t n, double dt_s, double quantum, double tau_max_s, struct spectrum_octave *out, size_t out_max,
    struct spectrum_scratch *scratch)
{
    double *mean = scratch->mean, tau = dt_s, centre;
    size_t octaves = 0, blocks = n;

    if (n > SPECTRUM_MAX_SAMPLES || !(dt_s > 0) || !(quantum >= 0))
        return 0;
    for (size_t i = 0; i < n; i++)
        mean[i] = fabsf(x[i]) <= FLT_MAX ? (double)x[i] : (double)NAN;
    pad(mean, n);
    centre = centre_of(mean, n);
    while (octaves < out_max && tau <= tau_max_s + TAU_SLACK_S && blocks >= SPECTRUM_MIN_BLOCKS) {
        struct octave_sums s = sum_up(mean, blocks, centre, scratch->step);
        double haar, noise = quantum * quantum / (4 * tau * tau);

        if (s.pairs < SPECTRUM_MIN_BLOCKS - 1)
            break;
        haar = s.squares / 2 / s.pairs;
        out[octaves++] = (struct spectrum_octave){
            .tau_s = tau,
            .mean_form = without(haar, noise),
            .robust_form = without(median_half_square(scratch->step, round_up(blocks, STEP_LANES), s.pairs) / CHI2_1_MEDIAN, noise),
            .half_von_neumann = s.variance > 0 ? haar / s.variance : 0,
            .pairs = s.pairs,
        };
        size_t start = blocks % 2; /* blocks end where the window ends */
        blocks /= 2;
        for (size_t i = 0; i < blocks; i++)
            mean[i] = 0.5 * (mean[start + 2 * i] + mean[start + 2 * i + 1]);
        pad(mean, blocks);
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
    double sum = 0;
    size_t present = 0, busy = 0;

    for (size_t i = 0; i < n; i++) {
        double v = (double)x[i];
        if (isnan(v))
            continue;
        sum += v;
        busy += v > rule->busy_level;
        present++;
    }
    if (present == 0)
        return false;
    double mean = sum / (double)present;
    return mean >= rule->mean_min && mean <= rule->mean_max && (double)busy < rule->busy_share_max * (double)present;
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
            if (k == peak && k + 1 < n && a >= rule->steep * o[k + 1].mean_form)
                return (int)k;
        }
        finest_low = a < finest_low ? a : finest_low;
    }
    return -1;
}
