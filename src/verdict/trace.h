/* SPDX-License-Identifier: MIT
 * The signals around each outage, as the laws saw them: value, expected value and band, thinned to what a
 * picture can show. */
#ifndef COHERENCE_VERDICT_TRACE_H
#define COHERENCE_VERDICT_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/view.h"
#include "verdict/ground.h"

#define TRACE_POINTS      180   /* of one signal */
#define TRACE_OUTAGES_MAX 200   /* the first ones, in time */
#define TRACE_SIGNALS_MAX 256   /* of one outage */
#define TRACE_ALL_MAX     16384 /* signals of all outages: at most 16384 * 180 * 20 bytes, 56 MiB */
#define TRACE_NAME_MAX    160

/* Each NaN where there is none. */
struct trace_point {
    float lowest, highest;  /* value within the point's time */
    float expected, lo, hi; /* latest */
};

struct trace_signal {
    uint32_t entity; /* of the engine */
    enum law_id law;
    char host[TRACE_NAME_MAX], name[TRACE_NAME_MAX]; /* "kind:name"; cut when longer */
    const char *unit;                                /* static */
    struct trace_point points[TRACE_POINTS];
};

struct trace_outage {
    int64_t from_ns, to_ns; /* what the points cover, evenly */
    struct trace_signal **signals;
    uint32_t count;
    uint64_t left_out; /* readings of signals that found no room */
};

struct trace;

/* ground: borrowed. NULL: out of memory. */
struct trace *trace_new(const struct ground *ground);
void trace_free(struct trace *t); /* NULL allowed */

/* After a tick of the engine: looks at what its laws say of the entities whose host has an outage near.
 * Outside of these times O(1). */
void trace_tick(void *context, const struct view *v, int64_t now_ns);

/* NULL: of this outage nothing was kept. */
const struct trace_outage *trace_outage(const struct trace *t, uint32_t outage);

#endif
