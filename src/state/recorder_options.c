/* SPDX-License-Identifier: MIT
 * The option rows of the flight recorder. */
#include "state/recorder_options.h"

#define MINUTE 60e9
#define DAY    (24 * 60 * MINUTE)

const struct option_row recorder_option_rows[] = {
    {.key = "recorder.enabled",
        .type = OPTION_BOOL,
        .offset = offsetof(struct recorder_options, enabled),
        .fallback = "true",
        .unit = "",
        .help = "with a state_dir, keep the last hours of telemetry there, for replay --state-dir"},
    {.key = "recorder.keep",
        .type = OPTION_DURATION,
        .offset = offsetof(struct recorder_options, keep_ns),
        .minimum = 10 * MINUTE,
        .maximum = 365 * DAY,
        .fallback = "4h",
        .unit = "",
        .help = "recorded telemetry is forgotten after this long"},
    {.key = "recorder.size",
        .type = OPTION_SIZE,
        .offset = offsetof(struct recorder_options, size_bytes),
        .minimum = 1 << 20,
        .maximum = 64.0 * (1 << 30),
        .fallback = "256MiB",
        .unit = "",
        .help = "recorded telemetry beyond this size is forgotten, the oldest first"},
};
const size_t recorder_option_count = sizeof(recorder_option_rows) / sizeof(recorder_option_rows[0]);
