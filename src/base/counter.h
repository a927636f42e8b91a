/* SPDX-License-Identifier: MIT
 * From a cumulative counter to a rate: measured time, resets, wraps and small steps back handled by name. */
#ifndef COHERENCE_BASE_COUNTER_H
#define COHERENCE_BASE_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

enum counter_event {
    COUNTER_FIRST, /* no earlier value: no rate */
    COUNTER_RATE,  /* *ret_delta and *ret_dt_s are set */
    COUNTER_BACK, /* fell a little (iowait, idle): delta 0 over the measured time; the higher value is kept */
    COUNTER_WRAPPED, /* passed 2^32; delta is right */
    COUNTER_RESET,   /* started anew: no rate this time */
    COUNTER_GAP /* no rate this time: longer than max_gap_ns since the last value, or a reading that cannot be
                   one */
};

/* All zero: nothing read yet. */
struct counter {
    double value;
    int64_t t_ns;
    bool has_value;
};

struct counter_rules {
    double back_tolerance; /* falls of at most this much are clamped to 0 (heuristic: 3 s of ticks for
                              /proc/stat); 0 = none */
    bool wraps_at_32_bits; /* a fall from above 3/4 of 2^32 is a wrap when the resulting rate stays below
                              max_rate_per_s */
    double max_rate_per_s; /* the fastest that is plausible (link speed); 0 = no wrap is believed. Only wraps
                              are judged by it */
    int64_t max_gap_ns;    /* 0 = no limit */
};

/* Feeds one reading. value: finite and >= 0, t_ns strictly later than the last, else COUNTER_GAP with the
 * state untouched. *ret_delta (increment, >= 0) and *ret_dt_s (seconds, > 0) are set for RATE, BACK and
 * WRAPPED, untouched otherwise. Exact while values stay below 2^53; above, the delta is as coarse as a
 * double. */
enum counter_event counter_update(struct counter *c, const struct counter_rules *rules, int64_t t_ns,
    double value, double *ret_delta, double *ret_dt_s);

#endif
