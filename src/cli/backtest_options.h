/* SPDX-License-Identifier: MIT
 * What `coherence backtest` is asked for beyond the engine's configuration. */
#ifndef COHERENCE_CLI_BACKTEST_OPTIONS_H
#define COHERENCE_CLI_BACKTEST_OPTIONS_H

#include <stdint.h>

#include "base/error.h"
#include "cli/arguments.h"

#define BACKTEST_BUDGETS_MAX 16
#define BACKTEST_LEAD_MAX_NS INT64_C(7776000000000000) /* 90 days */

struct backtest_options {
    int64_t lead_ns;                      /* 15 min: what bench/quality allows for minute data */
    int64_t merge_ns;                     /* -1: by the usual step */
    int64_t from_ns;                      /* INT64_MIN: everything is labelled */
    double budgets[BACKTEST_BUDGETS_MAX]; /* per day, falling */
    uint32_t budget_count;
};

/* Reads the flags. Returns 0, or -EINVAL with e filled. */
int backtest_options_read(struct backtest_options *o, const struct arguments *a, struct error *e);

#endif
