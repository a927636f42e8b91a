/* SPDX-License-Identifier: MIT
 * How much telemetry the flight recorder keeps in the state directory. */
#ifndef COHERENCE_STATE_RECORDER_OPTIONS_H
#define COHERENCE_STATE_RECORDER_OPTIONS_H

#include <stdbool.h>

#include "base/option.h"

struct recorder_options {
    bool enabled;
    int64_t keep_ns;
    uint64_t size_bytes; /* of blocks as they are stored */
};

extern const struct option_row recorder_option_rows[];
extern const size_t recorder_option_count;

#endif
