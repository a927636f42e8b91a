/* SPDX-License-Identifier: MIT
 * Turns readings into a grid of points, and that into arrays. Where readings come from is tracks.c's and the
 * recording's matter. */
#include "output/api/series_grid.h"

#include <errno.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/number.h"

#define SECOND_NS INT64_C(1000000000)
#define DIGITS    7 /* what a float holds */

int64_t series_grid_step(int64_t from_ns, int64_t to_ns, int64_t period_ns)
{
    static const int64_t steps_s[] = {
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400};
    const size_t last = sizeof(steps_s) / sizeof(steps_s[0]) - 1;
    size_t i = 0;

    while (i < last && (steps_s[i] * SECOND_NS < period_ns ||
                           (to_ns - from_ns) / (steps_s[i] * SECOND_NS) > SERIES_STEPS_USUAL))
        i++;
    return steps_s[i] * SECOND_NS;
}

int series_grid_begin(struct series_grid *g, int64_t from_ns, int64_t to_ns, int64_t step_ns)
{
    static const struct series_value absent = {NAN, NAN, NAN, NAN};
    const int64_t first = from_ns / step_ns + (from_ns % step_ns != 0), last = to_ns / step_ns;

    if (last - first >= (int64_t)SERIES_POINTS_MAX)
        return -E2BIG;
    g->first_ns = first * step_ns;
    g->step_ns = step_ns;
    g->count = last < first ? 0 : (uint32_t)(last - first + 1);
    for (uint32_t i = 0; i < g->count; i++)
        g->points[i] = absent;
    return 0;
}

void series_grid_put(struct series_grid *g, int64_t t_ns, const struct series_value *v)
{
    const int64_t since_ns = t_ns - g->first_ns + g->step_ns - 1; /* since the beginning of the first step */
    const int64_t at = since_ns / g->step_ns;

    if (since_ns < 0 || at >= (int64_t)g->count)
        return;
    if (!isnan(v->value) || isnan(g->points[at].value))
        g->points[at] = *v;
}

uint32_t series_grid_filled(const struct series_grid *g)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < g->count; i++)
        n += !isnan(g->points[i].value);
    return n;
}

static void write_times(const struct series_grid *g, struct json *j)
{
    json_begin_array(j, "t");
    for (uint32_t i = 0; i < g->count; i++)
        json_put_time(j, NULL, g->first_ns + (int64_t)i * g->step_ns);
    json_end_array(j);
}

/* Its seven digits, and not the twenty that the same number has as a double. */
static double shorten(float v)
{
    char text[NUMBER_TEXT_MAX];
    double shortened = (double)v;

    if (isfinite(v))
        (void)number_parse(text, number_format_rounded((double)v, DIGITS, text), &shortened);
    return shortened;
}

static void write_values(const struct series_grid *g, struct json *j, const char *key, size_t offset)
{
    json_begin_array(j, key);
    for (uint32_t i = 0; i < g->count; i++) {
        float v;
        memcpy(&v, (const char *)&g->points[i] + offset, sizeof(v));
        json_put_number(j, NULL, shorten(v));
    }
    json_end_array(j);
}

void series_grid_write(const struct series_grid *g, struct json *j)
{
    write_times(g, j);
    write_values(g, j, "value", offsetof(struct series_value, value));
    write_values(g, j, "expected", offsetof(struct series_value, expected));
    write_values(g, j, "lo", offsetof(struct series_value, lo));
    write_values(g, j, "hi", offsetof(struct series_value, hi));
}
