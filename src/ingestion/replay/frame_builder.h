/* SPDX-License-Identifier: MIT
 * Rows in the order of the input to frames and ticks in the order of the feed. */
#ifndef COHERENCE_INGESTION_FRAME_BUILDER_H
#define COHERENCE_INGESTION_FRAME_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/feed.h"
#include "ingestion/replay/replay.h"
#include "ingestion/replay/tick_rule.h"

#define FRAME_BUILDER_BACK_NS                                                                                \
    (INT64_C(60) *                                                                                           \
        1000000000) /* how far back a row may lie at least, and the first row of a series at most */
#define FRAME_BUILDER_SAMPLES                                                                                \
    1024 /* of one timestamp are handed over at once; more make several frames of the same time */

struct frame_builder {
    const struct feed *feed;
    struct replay_counts *counts;
    bool own_clock; /* ticks come from the input; the rule is not asked and any order of times is handed on */
    bool has_time;
    int64_t t_ns;      /* of the samples collected */
    int64_t newest_ns; /* latest row so far */
    size_t count;
    struct tick_rule rule;
    int64_t ticks[TICK_RULE_TICKS_MAX];
    struct sample samples[FRAME_BUILDER_SAMPLES];
};

void frame_builder_init(
    struct frame_builder *b, const struct feed *feed, struct replay_counts *counts, bool own_clock);

/* What frame_builder_row does when the time is not that of the row before. */
int frame_builder_new_time(struct frame_builder *b, int64_t t_ns);

/* A row at t_ns comes; its samples follow by frame_builder_sample. Returns 0; -EDOM when it lies further back
 * than is tolerated (nothing is changed: the caller knows the place); or what the feed answered. */
static inline int frame_builder_row(struct frame_builder *b, int64_t t_ns)
{
    if (b->has_time && t_ns == b->t_ns && t_ns >= b->newest_ns)
        return 0;
    return frame_builder_new_time(b, t_ns);
}

/* Hands over what is collected. */
int frame_builder_flush(struct frame_builder *b);

static inline int frame_builder_sample(struct frame_builder *b, uint32_t series, double value)
{
    if (b->count == FRAME_BUILDER_SAMPLES) {
        int fault = frame_builder_flush(b);
        if (fault != 0)
            return fault;
    }
    b->samples[b->count++] = (struct sample){.series = series, .value = value};
    return 0;
}

/* The input's own clock says that it is now_ns. Hands over what is collected first. */
int frame_builder_tick(struct frame_builder *b, int64_t now_ns);

/* The life of an entity ended at t_ns (frame_builder_row has been asked). Hands over what is collected first.
 */
int frame_builder_gone(struct frame_builder *b, int64_t t_ns, uint32_t entity, enum entity_end end);

/* The input ends: the last frame, and the last tick where the rule states them. */
int frame_builder_end(struct frame_builder *b);

/* How far back a row of a series that came before may lie behind the latest row, in nanoseconds: 60 usual
 * steps, at least 60 s, at most an hour. */
uint64_t frame_builder_tolerance(const struct frame_builder *b);

/* Would the first row of a series at t_ns lie further back than is tolerated? */
bool frame_builder_starts_late(const struct frame_builder *b, int64_t t_ns);

#endif
