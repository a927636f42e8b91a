/* SPDX-License-Identifier: MIT
 * Turns trials into shares, medians and rates, and prints them as a row. */
#include "score.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WIDTHS_MAX (SCORE_SEEDS_MAX * 4)

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(x, n, sizeof(*x), by_value);
    return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}

static bool covers(const struct trial_telling *k)
{
    return k->lo_s <= k->truth_s && (isnan(k->hi_s) || k->truth_s <= k->hi_s);
}

static void add_tellings(struct score *s, const struct trial *t, double *widths, size_t *width_count)
{
    for (unsigned i = 0; i < t->telling_count; i++) {
        const struct trial_telling *k = &t->tellings[i];
        s->first += i == 0;
        s->first_covered += i == 0 && covers(k);
        s->all++;
        s->all_covered += covers(k);
        s->open += isnan(k->hi_s);
        if (!isnan(k->hi_s) && k->truth_s > 0 && *width_count < WIDTHS_MAX)
            widths[(*width_count)++] = (k->hi_s - k->lo_s) / k->truth_s;
    }
}

struct score score_run(const struct load_kind *kind, uint64_t first_seed, unsigned seeds)
{
    struct score s = {.kind = kind, .seeds = seeds};
    double *delays = calloc(seeds, sizeof(*delays)), *widths = calloc(WIDTHS_MAX, sizeof(*widths));
    size_t width_count = 0;

    assert(delays && widths && seeds <= SCORE_SEEDS_MAX);
    for (unsigned i = 0; i < seeds; i++) {
        struct trial t = trial_run(kind, first_seed + i);
        s.days += t.days;
        if (t.found)
            delays[s.found++] = t.delay_s;
        s.found_60s += t.found && t.delay_s <= 60;
        s.wrong_seeds += t.wrong > 0;
        s.wrong += t.wrong;
        s.seizures += t.seizures;
        s.growths += t.growths;
        if (t.wrong && !s.text[0]) {
            strcpy(s.text, t.text);
            s.text_seed = first_seed + i;
        }
        add_tellings(&s, &t, widths, &width_count);
    }
    s.delay_s = median(delays, s.found);
    s.width = median(widths, width_count);
    free(delays);
    free(widths);
    return s;
}

void score_print_head(FILE *out)
{
    fprintf(out, "%-40s %5s  %5s %5s %8s  %7s %8s  %s\n", "load", "seeds", "found", "<60 s", "delay", "wrong",
        "per day", "exhaustion: first, all inside; open; width");
}

void score_print(FILE *out, const struct score *s)
{
    fprintf(out, "%-40s %5u  ", s->kind->name, s->seeds);
    if (s->kind->law == LAW_COUNT)
        fprintf(out, "%5s %5s %8s  ", "", "", "");
    else
        fprintf(out, "%5.3f %5.3f %7.0fs  ", (double)s->found / s->seeds, (double)s->found_60s / s->seeds,
            s->delay_s);
    fprintf(out, "%3u/%-3u %8.4f", s->wrong_seeds, s->seeds, s->wrong / s->days);
    if (s->first)
        fprintf(out, "  %.3f of %u, %.3f of %u; %u; %.2f", (double)s->first_covered / s->first, s->first,
            (double)s->all_covered / s->all, s->all, s->open, s->width);
    fprintf(out, "\n");
    fflush(out);
}
