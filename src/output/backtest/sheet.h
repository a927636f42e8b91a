/* SPDX-License-Identifier: MIT
 * A report under construction: a bounded text that is written out whenever it has grown enough, and what
 * reports say in words. */
#ifndef COHERENCE_OUTPUT_BACKTEST_SHEET_H
#define COHERENCE_OUTPUT_BACKTEST_SHEET_H

#include "base/text.h"
#include "output/backtest/backtest_report.h"

#define SHEET_BYTES (256U * 1024U)

struct sheet {
    struct text t;
    backtest_write write;
    void *context;
    int error; /* what write answered; nothing is written from then on */
    char buffer[SHEET_BYTES];
};

struct sheet *sheet_new(backtest_write write, void *context); /* NULL: out of memory; free() it */

/* Writes what is there when it is more than half full; whoever adds less than half of it between two calls
 * never sees it cut. */
void sheet_turn(struct sheet *s);
int sheet_end(struct sheet *s); /* writes the rest; returns error */

/* "45 s", "11 min", "3.2 h", "5.1 days". seconds: >= 0; NaN: "no data". */
void words_add_span(struct text *t, double seconds);
/* "2026-01-01 00:00:00", UTC. */
void words_add_moment(struct text *t, int64_t t_ns);
/* "1 host", "12 hosts". */
void words_add_count(struct text *t, uint64_t n, const char *one, const char *many);
/* "1/30d" of 0.0333..: what the configuration would say. */
void words_add_rate(struct text *t, double per_day);
/* "one in 8.2 days", "2.3 a day", "none in 40 days". count events in days. */
void words_add_frequency(struct text *t, uint64_t count, double days);
/* "45 host-days", "30 min of host time". */
void words_add_host_days(struct text *t, double days);
/* "11 min before", "4 min after", "at the start". lead: start less opening, in nanoseconds. */
void words_add_lead(struct text *t, int64_t lead_ns);
/* "seizure, lock_convoy on cgroup:/a" of the first finding, or the laws; "" without incident. */
void words_add_reason(struct text *t, const struct tape_incident *i);
/* "seizure fever". */
void words_add_laws(struct text *t, uint32_t laws);
/* The name of a detector at its setting: "Coherence at 1/30d", "weighted z at 12". */
void words_add_point(struct text *t, const struct verdict_point *p);

/* "Compute seizure could not be judged on 2 of 4 hosts: it needs CPU usage." law < LAW_MAIN_COUNT, with blind
 * hosts. */
void words_add_blind(struct text *t, const struct backtest_report *r, uint32_t law);

/* The summary: one sentence after the other, separated by `between`. */
void words_add_summary(struct text *t, const struct backtest_report *r, const char *between);

#endif
