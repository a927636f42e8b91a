/* SPDX-License-Identifier: MIT
 * Turns block minima of a saw-tooth into the line from valley to valley that leaks, and says how far values
 * fall. What a fall or an edge means is left to growth.c. */
#include "detection/lower_edge.h"

#include <math.h>

#define VALLEYS_MIN 3U /* of a saw-tooth: heuristic, chosen on 2026-11-22 from `make power` */

double lower_edge_fall(const double *x, size_t n)
{
    double high = (double)NAN, fall = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(x[i]))
            continue;
        if (!(x[i] <= high))
            high = x[i];
        if (high - x[i] > fall)
            fall = high - x[i];
    }
    return fall;
}

void lower_edge_erode(const double *x, size_t n, size_t reach, double *out)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = x[i];
        for (size_t k = 1; k < reach && k <= i; k++)
            if (x[i - k] < out[i])
                out[i] = x[i - k];
    }
}

/* The valleys of x: places whose value is the smallest within `half` places on both sides. Returns how many.
 */
static size_t find_valleys(const double *x, size_t n, size_t half, size_t *out)
{
    size_t count = 0;
    for (size_t i = half; i + half < n; i++) {
        bool lowest = count == 0 || out[count - 1] + half < i;
        for (size_t k = i - half; k <= i + half; k++)
            lowest = lowest && x[k] >= x[i];
        if (lowest)
            out[count++] = i;
    }
    return count;
}

bool lower_edge_take(const double *x, size_t n, size_t half, double *out)
{
    size_t valleys[LOWER_EDGE_MAX], count = find_valleys(x, n, half, valleys);

    if (count < VALLEYS_MIN)
        return false;
    for (size_t i = 0, v = 0; i < n; i++) {
        while (v + 2 < count && valleys[v + 1] <= i)
            v++;
        double from = (double)valleys[v], to = (double)valleys[v + 1],
               share = ((double)i - from) / (to - from);
        out[i] = x[valleys[v]] + share * (x[valleys[v + 1]] - x[valleys[v]]);
        if (x[i] < out[i])
            out[i] = x[i];
    }
    return true;
}
