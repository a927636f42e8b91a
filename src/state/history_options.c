/* SPDX-License-Identifier: MIT
 * The option rows of the history. */
#include "state/history_options.h"

#define HOUR 3600e9
#define DAY  (24 * HOUR)

const struct option_row history_option_rows[] = {
    {.key = "history.keep",
        .type = OPTION_DURATION,
        .offset = offsetof(struct history_options, keep_ns),
        .minimum = HOUR,
        .maximum = 3650 * DAY,
        .fallback = "90d",
        .unit = "",
        .help = "closed incidents and their findings are forgotten after this long"},
    {.key = "history.size",
        .type = OPTION_SIZE,
        .offset = offsetof(struct history_options, size_bytes),
        .minimum = 1 << 20,
        .maximum = 64.0 * (1 << 30),
        .fallback = "64MiB",
        .unit = "",
        .help = "closed incidents and findings beyond this size are forgotten, the oldest findings first"},
};
const size_t history_option_count = sizeof(history_option_rows) / sizeof(history_option_rows[0]);
