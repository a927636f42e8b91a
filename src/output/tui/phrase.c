/* SPDX-License-Identifier: MIT
 * Turns numbers and spans of time into the few characters that a person reads at a glance. Exact numbers are
 * the JSON lines' business. */
#include "output/tui/phrase.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define DIGITS   3 /* significant, for people */
#define NS_PER_S INT64_C(1000000000)

/* Bytes per second are said in MB/s, as in the text lines: nobody reads nine digits at night. */
static double shown(double value, const char *unit)
{
    return unit && strcmp(unit, "By/s") == 0 ? value / 1e6 : value;
}

static void add_unit(struct text *out, const char *unit)
{
    if (!unit || !*unit || strcmp(unit, "1") == 0)
        return;
    text_add_char(out, ' ');
    text_add(out, strcmp(unit, "By/s") == 0 ? "MB/s" : unit);
}

/* Three digits of something next to zero are noise of the arithmetic: "0.00000012 MB/s" is said as 0. */
static double calm(double v)
{
    return fabs(v) < 5e-4 ? 0.0 : v;
}

void phrase_quantity(struct text *out, double value, const char *unit)
{
    text_add_human(out, calm(shown(value, unit)), DIGITS);
    if (!isnan(value))
        add_unit(out, unit);
}

void phrase_band(struct text *out, double lo, double hi, const char *unit)
{
    if (isnan(lo) && isnan(hi)) {
        text_add(out, "not known");
        return;
    }
    if (isnan(lo)) {
        text_add(out, "up to ");
    } else if (isnan(hi)) {
        text_add(out, "from ");
    } else {
        text_add_human(out, calm(shown(lo, unit)), DIGITS);
        text_add(out, " to ");
    }
    phrase_quantity(out, isnan(hi) ? lo : hi, unit);
}

void phrase_span(struct text *out, int64_t ns)
{
    static const struct {
        int64_t seconds;
        char name;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    const size_t last = sizeof(units) / sizeof(units[0]) - 1;
    int64_t s = ns > 0 ? ns / NS_PER_S : 0;
    size_t i = 0;

    while (i < last && s < units[i].seconds)
        i++;
    text_add_int(out, s / units[i].seconds);
    text_add_char(out, units[i].name);
    if (i < last && s % units[i].seconds >= units[i + 1].seconds) {
        text_add_int(out, s % units[i].seconds / units[i + 1].seconds);
        text_add_char(out, units[i + 1].name);
    }
}

void phrase_scale(struct text *out, double s)
{
    /* Scales are binary multiples of a sampling interval kept as float: three digits are the number that was
     * meant. */
    text_add_human(out, s < 120.0 ? s : s / 60.0, DIGITS);
    text_add(out, s < 120.0 ? " s" : " min");
}

void phrase_share(struct text *out, double share)
{
    int hundredths = share > 0.0 ? (int)((share < 1.0 ? share : 1.0) * 100.0 + 0.5) : 0;
    if (isnan(share)) {
        text_add(out, "no data");
        return;
    }
    text_add_int(out, hundredths / 100);
    text_add_char(out, '.');
    text_add_int(out, hundredths / 10 % 10);
    text_add_int(out, hundredths % 10);
}
