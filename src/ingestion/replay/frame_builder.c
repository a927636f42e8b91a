/* SPDX-License-Identifier: MIT
 * Rows in the order of the input to frames and ticks: consecutive samples of one timestamp are one frame,
 * handed over when the time changes, a tick is due or the buffer is full. It decides how far back in time a
 * row may lie; what the engine does with late samples is the engine's matter, and parsing is done before
 * anything comes here. */
#include "ingestion/replay/frame_builder.h"

#include <errno.h>

/* A reordering of at most one window is tolerated: 60 samples at the usual step (the window of the classic
 * profile), never less than 60 s. An hour bounds it, because that is what a local clock steps back at the end
 * of summer, which public data of five minutes really holds. The first row of a series has no such excuse:
 * series that start in the past one after the other are a file that is sorted by series. */
#define TOLERANCE_STEPS  60u
#define TOLERANCE_MAX_NS (UINT64_C(3600) * 1000000000u)

void frame_builder_init(
    struct frame_builder *b, const struct feed *feed, struct replay_counts *counts, bool own_clock)
{
    b->feed = feed;
    b->counts = counts;
    b->own_clock = own_clock;
    b->has_time = false;
    b->t_ns = 0;
    b->newest_ns = INT64_MIN;
    b->count = 0;
    b->rule = (struct tick_rule){0};
}

uint64_t frame_builder_tolerance(const struct frame_builder *b)
{
    uint64_t window_ns;
    if (__builtin_mul_overflow(tick_rule_usual_step(&b->rule), (uint64_t)TOLERANCE_STEPS, &window_ns) ||
        window_ns > TOLERANCE_MAX_NS)
        return TOLERANCE_MAX_NS;
    return window_ns > (uint64_t)FRAME_BUILDER_BACK_NS ? window_ns : (uint64_t)FRAME_BUILDER_BACK_NS;
}

bool frame_builder_starts_late(const struct frame_builder *b, int64_t t_ns)
{
    return !b->own_clock && t_ns < b->newest_ns &&
           (uint64_t)b->newest_ns - (uint64_t)t_ns > (uint64_t)FRAME_BUILDER_BACK_NS;
}

int frame_builder_flush(struct frame_builder *b)
{
    if (b->count == 0)
        return 0;
    size_t n = b->count;
    b->count = 0;
    b->counts->samples += n;
    return b->feed->frame(b->feed->context, b->t_ns, b->samples, n);
}

static int state_tick(struct frame_builder *b, int64_t now_ns)
{
    b->counts->ticks++;
    return b->feed->tick(b->feed->context, now_ns);
}

static int state_ticks(struct frame_builder *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int fault = state_tick(b, b->ticks[i]);
        if (fault != 0)
            return fault;
    }
    return 0;
}

int frame_builder_new_time(struct frame_builder *b, int64_t t_ns)
{
    if (t_ns < b->newest_ns) {
        if (!b->own_clock && (uint64_t)b->newest_ns - (uint64_t)t_ns > frame_builder_tolerance(b))
            return -EDOM;
        b->counts->out_of_order++;
    }
    if (!b->has_time || t_ns != b->t_ns) {
        int fault = frame_builder_flush(b);
        if (fault == 0 && !b->own_clock)
            fault = state_ticks(b, tick_rule_row(&b->rule, t_ns, b->ticks));
        if (fault != 0)
            return fault;
    }
    b->has_time = true;
    b->t_ns = t_ns;
    if (t_ns > b->newest_ns)
        b->newest_ns = t_ns;
    return 0;
}

int frame_builder_tick(struct frame_builder *b, int64_t now_ns)
{
    int fault = frame_builder_flush(b);
    return fault != 0 ? fault : state_tick(b, now_ns);
}

int frame_builder_gone(struct frame_builder *b, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    int fault = frame_builder_flush(b);
    if (fault != 0 || b->feed->gone == NULL || !catalog_entity_lives(b->feed->catalog, entity))
        return fault;
    return b->feed->gone(b->feed->context, t_ns, entity, end);
}

int frame_builder_end(struct frame_builder *b)
{
    int fault = frame_builder_flush(b);
    if (fault == 0 && !b->own_clock)
        fault = state_ticks(b, tick_rule_end(&b->rule, b->ticks));
    return fault;
}
