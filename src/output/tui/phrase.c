/* SPDX-License-Identifier: MIT
 * Turns numbers and spans of time into the few characters that a person reads at a glance. Exact numbers are
 * the JSON lines' business. */
#include "output/tui/phrase.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define DIGITS   3 /* significant, for people */
#define NS_PER_S INT64_C(1000000000)
#define NOTHING                                                                                              \
    5e-4 /* below this in the unit that is shown, digits are noise of the arithmetic: 0 is said              \
          */

/* How an amount is said. */
struct form {
    double divisor;
    const char *unit; /* "" = none */
};

/* The form in which an amount of this size is read at a glance. */
static struct form form_of(double amount, const char *unit)
{
    double size = fabs(amount);

    if (!unit || strcmp(unit, "1") == 0)
        return (struct form){1.0, ""};
    if (strcmp(unit, "By/s") != 0)
        return (struct form){1.0, unit};
    if (size >= 1e9)
        return (struct form){1e9, "GB/s"};
    if (size >= 1e5 || size < NOTHING * 1e6) /* 0 is 0 MB/s, like the text lines */
        return (struct form){1e6, "MB/s"};
    return (struct form){1e3, "kB/s"};
}

static void add_number(struct text *out, double v)
{
    text_add_human(out, fabs(v) < NOTHING ? 0.0 : v, DIGITS);
}

static void add_unit(struct text *out, const struct form *f)
{
    if (*f->unit)
        text_add_char(out, ' ');
    text_add(out, f->unit);
}

void phrase_quantity(struct text *out, double value, const char *unit)
{
    struct form f = form_of(value, unit);
    add_number(out, value / f.divisor);
    if (!isnan(value))
        add_unit(out, &f);
}

void phrase_band(struct text *out, double lo, double hi, const char *unit)
{
    struct form f = form_of(fmax(fabs(lo), fabs(hi)), unit);

    if (isnan(lo) && isnan(hi)) {
        text_add(out, "not known");
        return;
    }
    if (isnan(lo)) {
        text_add(out, "up to ");
    } else if (isnan(hi)) {
        text_add(out, "from ");
    } else {
        add_number(out, lo / f.divisor);
        text_add(out, " to ");
    }
    add_number(out, (isnan(hi) ? lo : hi) / f.divisor);
    add_unit(out, &f);
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
