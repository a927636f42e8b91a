/* SPDX-License-Identifier: MIT
 * How much of the past is kept. */
#ifndef COHERENCE_STATE_HISTORY_OPTIONS_H
#define COHERENCE_STATE_HISTORY_OPTIONS_H

#include "base/option.h"

struct history_options {
    int64_t keep_ns;     /* closed incidents and findings, runs, configurations */
    uint64_t size_bytes; /* of incidents and findings together */
};

extern const struct option_row history_option_rows[];
extern const size_t history_option_count;

#endif
