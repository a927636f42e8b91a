/* SPDX-License-Identifier: MIT
 * The report of a backtest as text, JSON or one HTML file. All three say the same; each has its bounds, and
 * says what it leaves out. */
#ifndef COHERENCE_OUTPUT_BACKTEST_REPORT_H
#define COHERENCE_OUTPUT_BACKTEST_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "verdict/trace.h"
#include "verdict/verdict.h"

#define BACKTEST_INPUTS_SHOWN 8
#define BACKTEST_TEXT_ROWS    200  /* outages, and incidents, that the text names */
#define BACKTEST_HTML_OUTAGES 100  /* with a picture of their own */
#define BACKTEST_HTML_ROWS    1000 /* of a table */
#define BACKTEST_HTML_HOSTS   60   /* of the timeline */

struct backtest_report {
    const struct verdict *verdict;
    const struct trace *trace; /* signals around outages; NULL: none were kept */
    const char *const *inputs; /* names as the user gave them */
    size_t input_count;
    const char *outages;     /* name of the list; NULL: none was given */
    uint64_t outages_unread; /* its rows that could not be read; false incidents may belong to them */
    double promised_per_day;
    bool complete;            /* everything that there was has been read */
    const char *cut_short;    /* why not; outside bytes */
    const char *const *notes; /* what was passed over, one sentence each; outside bytes */
    size_t note_count;
    uint64_t notes_left_out;
    uint64_t samples, series, refused;
    uint32_t blind[LAW_MAIN_COUNT]; /* hosts at the end of the history on which that law had no source */
    uint32_t hosts;                 /* of how many */
};

/* Writes through write, whole pieces in order. Return 0, what write answered, or -ENOMEM. */
typedef int (*backtest_write)(void *context, const char *bytes, size_t n);
int backtest_text(const struct backtest_report *r, backtest_write write, void *context);
int backtest_json(const struct backtest_report *r, backtest_write write, void *context);
int backtest_html(const struct backtest_report *r, backtest_write write, void *context);

#endif
