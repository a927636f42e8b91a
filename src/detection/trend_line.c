/* SPDX-License-Identifier: MIT
 * Turns timed points into a straight line that forgets. Whether the line says something (r2, rise) is left to
 * the law. */
#include "detection/trend_line.h"

#include <assert.h>
#include <math.h>

#include "base/fmath.h"

#define LN_2       0.69314718055994530942
#define MEMORY_MAX 0.98
#define MIN_POINTS 3 /* two points always lie on a line */

void trend_line_init(struct trend_line *l, double half_life_s)
{
    assert(half_life_s > 0);
    *l = (struct trend_line){.half_life_s = half_life_s, .decay = 1};
}

static int usable(const struct trend_line *l)
{
    return l->n >= MIN_POINTS && l->stt > 0;
}

/* How far the new point, at l->age_s from the mean time, lies from the line as it was. */
static void note_missed(struct trend_line *l, double x)
{
    if (!usable(l))
        return;
    double missed = x - (l->mean_x + l->stx / l->stt * l->age_s);
    l->missed2 = l->missed2 * l->decay + missed * missed;
    l->missed12 = l->missed12 * l->decay + missed * l->missed;
    l->missed = missed;
}

void trend_line_push(struct trend_line *l, double t_s, double x)
{
    if (!isfinite(x) || !isfinite(t_s) || (l->n > 0 && t_s < l->t_s))
        return;
    if (l->n > 0) {
        double step = t_s - l->t_s;
        if (step != l->step_s) {
            l->step_s = step;
            l->decay = fmath_exp(-LN_2 * step / l->half_life_s);
        }
        l->weight *= l->decay;
        l->stt *= l->decay;
        l->stx *= l->decay;
        l->sxx *= l->decay;
        l->age_s += step;
    }
    note_missed(l, x);
    /* the new point: weight 1, age_s later than the mean time */
    double total = l->weight + 1, share = l->weight / total, dx = x - l->mean_x;
    l->stt += share * l->age_s * l->age_s;
    l->stx += share * l->age_s * dx;
    l->sxx += share * dx * dx;
    l->age_s -= l->age_s / total;
    l->mean_x += dx / total;
    l->weight = total;
    l->t_s = t_s;
    l->n++;
}

double trend_line_slope(const struct trend_line *l)
{
    return usable(l) ? l->stx / l->stt : (double)NAN;
}

double trend_line_now(const struct trend_line *l)
{
    return usable(l) ? l->mean_x + l->stx / l->stt * l->age_s : (double)NAN;
}

double trend_line_r2(const struct trend_line *l)
{
    if (!usable(l))
        return (double)NAN;
    if (!(l->sxx > 0))
        return 0;
    double r2 = l->stx / l->stt * (l->stx / l->sxx);
    return r2 > 1 ? 1 : r2;
}

double trend_line_memory(const struct trend_line *l)
{
    double rho = l->missed2 > 0 ? l->missed12 / l->missed2 : 0;
    return rho < 0 ? 0 : rho > MEMORY_MAX ? MEMORY_MAX : rho;
}
