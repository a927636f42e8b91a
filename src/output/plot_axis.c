/* SPDX-License-Identifier: MIT
 * Turns the span of an axis into ticks at round numbers: 1, 2 or 5 times a power of ten for values, what
 * clocks and calendars have for times. */
#include "output/plot_axis.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "base/number.h"

#define ROWS_A_TICK 3.0 /* rows that a tick has for itself, about */
#define NEAR_ZERO   0.5 /* of the highest value: lower than that, and zero is shown (heuristic) */
#define DIGITS      6
#define NS_PER_S    INT64_C(1000000000)

/* How an amount is said, by its unit as findings and metrics have it and by its size. */
static const struct form {
    const char *unit;
    double from, divisor;
    const char *said;
} forms[] = {
    {"By", 1099511627776.0, 1099511627776.0, "TiB"},
    {"By", 1073741824.0, 1073741824.0, "GiB"},
    {"By", 1048576.0, 1048576.0, "MiB"},
    {"By", 1024.0, 1024.0, "KiB"},
    {"By", 0, 1, "B"},
    {"By/s", 1e9, 1e9, "GB/s"},
    {"By/s", 1e6, 1e6, "MB/s"},
    {"By/s", 1e3, 1e3, "kB/s"},
    {"By/s", 0, 1, "B/s"},
    {"1", 0, 1, ""},
};

/* Of everything else. */
static const struct form plain[] = {
    {"", 1e12, 1e12, "T"}, {"", 1e9, 1e9, "G"}, {"", 1e6, 1e6, "M"}, {"", 1e4, 1e3, "k"}, {"", 0, 1, ""}};

static void choose_form(struct plot_axis *a, double size, const char *unit)
{
    for (size_t i = 0; unit && i < sizeof(forms) / sizeof(forms[0]); i++)
        if (strcmp(forms[i].unit, unit) == 0 && size >= forms[i].from) {
            a->divisor = forms[i].divisor;
            a->unit = forms[i].said;
            return;
        }
    size_t i = 0;
    while (size < plain[i].from)
        i++;
    a->divisor = plain[i].divisor;
    a->unit = plain[i].said;
    /* Short ones stand beside the number; "{request}/s" and its like the caller's title says. */
    if (unit && strlen(unit) <= 2 && a->divisor <= 1)
        a->unit = unit;
}

/* The smallest of 1, 2, 5, 10, 20, ... that is at least `least`. */
static double round_up(double least)
{
    static const double factors[] = {1, 2, 5, 10};
    double power = 1;
    int i = 0;

    while (power > least && power > 1e-300)
        power /= 10;
    while (power * 10 <= least && power < 1e300)
        power *= 10;
    while (i < 3 && factors[i] * power < least)
        i++;
    return factors[i] * power;
}

void plot_axis_fit(struct plot_axis *a, double min, double max, uint32_t rows, const char *unit)
{
    if (min > 0 && min < NEAR_ZERO * max)
        min = 0;
    if (max < 0 && max > NEAR_ZERO * min)
        max = 0;
    if (!(max > min)) {
        const double about = fmax(fabs(max) * 0.1, 1e-6);
        min = max - about;
        max += about;
    }
    choose_form(a, fmax(fabs(min), fabs(max)), unit);
    const double d = a->divisor, ticks = floor(rows / ROWS_A_TICK + 0.5);
    const double step = round_up((max - min) / d / (ticks > 2 ? ticks : 2));
    a->step = step * d;
    a->bottom = floor(min / d / step) * step * d;
    a->top = -floor(-max / d / step) * step * d;
}

bool plot_axis_label(const struct plot_axis *a, uint32_t row, uint32_t rows, struct text *out)
{
    const double count = floor((a->top - a->bottom) / a->step + 0.5);

    for (double i = 0; i <= count; i++) {
        if ((uint32_t)(i / count * (rows - 1) + 0.5) != rows - 1 - row)
            continue;
        const double v = (a->bottom + i * a->step) / a->divisor;
        text_add_human(out, fabs(v) < 1e-9 * a->step / a->divisor ? 0 : v, DIGITS);
        if (*a->unit) {
            text_add_char(out, ' ');
            text_add(out, a->unit);
        }
        return true;
    }
    return false;
}

enum words { WORDS_SECONDS, WORDS_MINUTES, WORDS_DATE_AND_MINUTES, WORDS_DATE };
static const uint32_t word_widths[] = {8, 5, 11, 5}; /* 10:43:12, 10:43, 11-22 10:43, 11-22 */

void plot_times_fit(struct plot_times *t, int64_t from_ns, int64_t to_ns, uint32_t cells)
{
    static const int64_t steps_s[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800,
        21600, 43200, 86400, 172800, 604800, 2592000, 31536000};
    const size_t count = sizeof(steps_s) / sizeof(steps_s[0]);
    const double cell_s = (double)(to_ns - from_ns) * 1e-9 / (double)(cells - 1);
    const bool days = (double)(to_ns - from_ns) * 1e-9 > 86400;
    size_t i = 0;

    *t = (struct plot_times){.width = cells};
    for (; i + 1 < count; i++) {
        t->words = (uint8_t)(steps_s[i] < 60       ? WORDS_SECONDS
                             : steps_s[i] >= 86400 ? WORDS_DATE
                             : days                ? WORDS_DATE_AND_MINUTES
                                                   : WORDS_MINUTES);
        if ((double)steps_s[i] / cell_s >= word_widths[t->words] + 3)
            break;
    }
    t->step_ns = steps_s[i] * NS_PER_S;
    const int64_t rest = ((from_ns % t->step_ns) + t->step_ns) % t->step_ns;
    t->first_ns = rest == 0 ? from_ns : from_ns - rest + t->step_ns;
    for (int64_t at_ns = t->first_ns; at_ns <= to_ns && t->count < PLOT_TICKS_MAX; at_ns += t->step_ns)
        t->cells[t->count++] = (uint32_t)((double)(at_ns - from_ns) * 1e-9 / cell_s + 0.5);
}

bool plot_times_has(const struct plot_times *t, uint32_t cell)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->cells[i] == cell)
            return true;
    return false;
}

/* Characters of "2026-11-22 10:43:12" that each way of writing a time takes. */
static void write_time(const struct plot_times *t, int64_t at_ns, char out[TIMESTAMP_TEXT_MAX])
{
    char whole[TIMESTAMP_TEXT_MAX];
    const uint32_t n = word_widths[t->words];

    timestamp_format_plain(at_ns, whole);
    memcpy(out, whole + (t->words == WORDS_SECONDS || t->words == WORDS_MINUTES ? 11 : 5), n);
    out[n] = '\0';
}

void plot_times_add(const struct plot_times *t, struct text *out)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < t->count; i++) {
        const uint32_t n = word_widths[t->words];
        char word[TIMESTAMP_TEXT_MAX];
        /* In the middle below its tick; at the ends it is pushed inside. */
        uint32_t from = t->cells[i] > n / 2 ? t->cells[i] - n / 2 : 0;
        if (from + n > t->width)
            from = t->width - n;
        if (i > 0 && from < at + 1)
            continue;
        write_time(t, t->first_ns + (int64_t)i * t->step_ns, word);
        text_addf(out, "%*s%s", (int)(from - at), "", word);
        at = from + n;
    }
    text_add_char(out, '\n');
}
