/* SPDX-License-Identifier: MIT
 * Turns an evenly spaced series into the question whether its variance and its lag-1 autocorrelation rise
 * together, at six time scales. What series are worth asking about, and what a yes means, is the
 * early-warning law's matter.
 *
 * A window shows slowing down when both rise (Kendall's tau), to a memory that matters, gradually (a step of
 * load is no such thing: a parabola must explain the window better than the best step does), and beyond what
 * was seen before the window (every morning looks like it). */
#include "detection/slowing.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/fmath.h"
#include "detection/autocorrelation.h"
#include "detection/trend.h"

#define QUARTERS 4U
#define QUARTER  (SLOWING_WINDOW / QUARTERS)

/* Heuristics, same origin as SLOWING_TAU. */
#define LAG1_MIN    0.4 /* in the last quarter: less is no slow recovery */
#define RECORD_RISE 0.2 /* of the logarithm of variance above its record */
#define STEP_EXCESS 1.7 /* squares that the best step leaves over those that a parabola leaves, of both */
#define AGREED      2U
#define RECORD_FADES                                                                                         \
    (1.0F / 8192.0F)         /* of its height above what leaves the window: six days at the finest scale */
#define DEVIATION_LIMIT 1e30 /* squares of floats up to here stay finite */

void slowing_init(struct slowing *s, double deviation_floor)
{
    assert(deviation_floor > 0 && deviation_floor < DEVIATION_LIMIT);
    memset(s, 0, sizeof(*s));
    s->floor = deviation_floor * deviation_floor;
    for (unsigned i = 0; i < SLOWING_SCALES; i++)
        s->scales[i].record_log_variance = s->scales[i].record_lag1 = (float)NAN;
}

static double quarter_mean(const float *x, unsigned quarter)
{
    const unsigned n = QUARTER;
    double sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += (double)x[quarter * n + i];
    return sum / n;
}

/* Sums of squares that a window leaves unexplained. Both forms have three parameters. */
struct unexplained {
    double step;     /* one level up to somewhere, another from there on */
    double parabola; /* what accelerates, as approaches do, is no step */
};

static struct unexplained unexplained_of(const float *x)
{
    /* Orthogonal polynomials of evenly spaced points: i less its mean, its square less that one's mean. */
    const double n = SLOWING_WINDOW, middle = (n - 1) / 2, middle_square = (n * n - 1) / 12;
    const double line_norm = n * (n * n - 1) / 12, bow_norm = line_norm * (n * n - 4) / 15;
    double mean = 0, all = 0, line = 0, bow = 0, before = 0, step = 0;

    for (unsigned i = 0; i < SLOWING_WINDOW; i++)
        mean += (double)x[i] / n;
    for (unsigned i = 0; i < SLOWING_WINDOW; i++) {
        double place = i - middle, from_mean = (double)x[i] - mean;
        /* What a step at i explains; before: the sum of all that comes before it. */
        double stepped = i > 0 ? before * before * n / (i * (n - i)) : 0;
        step = stepped > step ? stepped : step;
        before += from_mean;
        all += from_mean * from_mean;
        line += place * from_mean;
        bow += (place * place - middle_square) * from_mean;
    }
    return (struct unexplained){all - step, all - line * line / line_norm - bow * bow / bow_norm};
}

/* If they rise, do they so other than in a step? */
static bool is_gradual(const struct slowing_scale *k)
{
    struct unexplained variance = unexplained_of(k->log_variance), lag1 = unexplained_of(k->lag1);
    return variance.step * lag1.step >= STEP_EXCESS * variance.parabola * lag1.parabola;
}

static double tau_of(const float *x)
{
    double copy[SLOWING_WINDOW];
    for (unsigned i = 0; i < SLOWING_WINDOW; i++)
        copy[i] = (double)x[i];
    return trend_kendall_tau(copy, SLOWING_WINDOW);
}

static bool shows_slowing(const struct slowing_scale *k)
{
    if (k->count < SLOWING_WINDOW || isnan(k->record_lag1))
        return false;
    double last = quarter_mean(k->lag1, QUARTERS - 1);
    return last >= LAG1_MIN && last >= (double)k->record_lag1 &&
           quarter_mean(k->log_variance, QUARTERS - 1) >= (double)k->record_log_variance + RECORD_RISE &&
           tau_of(k->log_variance) >= SLOWING_TAU && tau_of(k->lag1) >= SLOWING_TAU && is_gradual(k);
}

/* The record is the highest quarter that has begun to leave the window; it fades, so that one wild day does
 * not blind for ever. */
static void learn_record(float *record, const float *x)
{
    float leaving = (float)quarter_mean(x, 0);
    if (!(leaving <= *record))
        *record = leaving;
    else
        *record -= RECORD_FADES * (*record - leaving);
}

static void push_value(struct slowing_scale *k, float log_variance, float lag1)
{
    if (k->count == SLOWING_WINDOW) {
        learn_record(&k->record_log_variance, k->log_variance);
        learn_record(&k->record_lag1, k->lag1);
        memmove(k->log_variance, k->log_variance + 1, (SLOWING_WINDOW - 1) * sizeof(float));
        memmove(k->lag1, k->lag1 + 1, (SLOWING_WINDOW - 1) * sizeof(float));
        k->count--;
    }
    k->log_variance[k->count] = log_variance;
    k->lag1[k->count++] = lag1;
    k->agreed = shows_slowing(k) ? k->agreed + 1 : 0;
}

/* The block less its own least-squares line: a ramp is no variance. */
static void take_line_off(const float *x, double *ret_rest)
{
    const double middle = (SLOWING_BLOCK - 1) / 2.0;
    const double spread = SLOWING_BLOCK * ((double)SLOWING_BLOCK * SLOWING_BLOCK - 1) / 12;
    double mean = 0, slope = 0;

    for (unsigned i = 0; i < SLOWING_BLOCK; i++)
        mean += (double)x[i];
    mean /= SLOWING_BLOCK;
    for (unsigned i = 0; i < SLOWING_BLOCK; i++)
        slope += (i - middle) * ((double)x[i] - mean);
    slope /= spread;
    for (unsigned i = 0; i < SLOWING_BLOCK; i++)
        ret_rest[i] = (double)x[i] - mean - slope * (i - middle);
}

static void close_block(struct slowing *s)
{
    double rest[SLOWING_BLOCK], variance = 0;

    take_line_off(s->block, rest);
    for (unsigned i = 0; i < SLOWING_BLOCK; i++)
        variance += rest[i] * rest[i] / SLOWING_BLOCK;
    /* What is below the floor is still: it has no memory to speak of. */
    double lag1 = variance > s->floor ? autocorrelation_lag1(rest, SLOWING_BLOCK) : 0;
    float log_variance = (float)fmath_log(variance > s->floor ? variance : s->floor);
    uint32_t blocks = 1;
    for (unsigned i = 0; i < SLOWING_SCALES; i++, blocks *= 2) {
        struct slowing_scale *k = &s->scales[i];
        k->sum_log_variance += log_variance;
        k->sum_lag1 += (float)lag1;
        if (++k->in_sum < blocks)
            continue;
        push_value(k, k->sum_log_variance / (float)blocks, k->sum_lag1 / (float)blocks);
        k->sum_log_variance = k->sum_lag1 = 0;
        k->in_sum = 0;
    }
    s->shown = 0;
    for (unsigned i = 0; i < SLOWING_SCALES; i++)
        s->shown += s->scales[i].agreed >= AGREED;
}

bool slowing_push(struct slowing *s, double x)
{
    x = x > DEVIATION_LIMIT ? DEVIATION_LIMIT : x < -DEVIATION_LIMIT ? -DEVIATION_LIMIT : x;
    s->block[s->n++] = (float)x;
    if (s->n < SLOWING_BLOCK)
        return false;
    s->n = 0;
    close_block(s);
    return true;
}

void slowing_break(struct slowing *s)
{
    s->n = 0;
}

int slowing_found(const struct slowing *s, unsigned *ret_scales)
{
    if (ret_scales)
        *ret_scales = s->shown;
    for (unsigned i = 0; s->shown > 0 && i < SLOWING_SCALES; i++)
        if (s->scales[i].agreed >= AGREED)
            return (int)i;
    return -1;
}

bool slowing_ready(const struct slowing *s)
{
    return !isnan(s->scales[0].record_lag1);
}

int slowing_look(const struct slowing *s, unsigned scale, struct slowing_view *ret)
{
    const struct slowing_scale *k = &s->scales[scale];

    if (k->count < SLOWING_WINDOW)
        return -ENODATA;
    *ret = (struct slowing_view){
        .deviation_before = fmath_exp(quarter_mean(k->log_variance, 0) / 2),
        .deviation = fmath_exp(quarter_mean(k->log_variance, QUARTERS - 1) / 2),
        .lag1_before = quarter_mean(k->lag1, 0),
        .lag1 = quarter_mean(k->lag1, QUARTERS - 1),
        .tau_variance = tau_of(k->log_variance),
        .tau_lag1 = tau_of(k->lag1),
    };
    return 0;
}

uint32_t slowing_span(unsigned scale)
{
    return (SLOWING_BLOCK * SLOWING_WINDOW) << scale;
}
