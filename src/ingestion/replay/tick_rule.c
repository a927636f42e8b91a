/* SPDX-License-Identifier: MIT
 * From the timestamps of rows to ticks, by the written rule of the header. It holds no sample and calls
 * nobody: the caller hands the frames of the group over before it states the ticks. All differences are
 * unsigned, because the times that are allowed (1678 to 2262) lie further apart than a signed difference can
 * hold. */
#include "ingestion/replay/tick_rule.h"

#define SECOND_NS INT64_C(1000000000)

static int64_t second_last(int64_t t_ns)
{
    int64_t into = t_ns % SECOND_NS;
    if (into < 0)
        into += SECOND_NS;
    int64_t last;
    return __builtin_add_overflow(t_ns, SECOND_NS - 1 - into, &last) ? INT64_MAX : last;
}

static uint64_t step_between(int64_t from_ns, int64_t to_ns)
{
    return (uint64_t)to_ns - (uint64_t)from_ns;
}

uint64_t tick_rule_usual_step(const struct tick_rule *r)
{
    unsigned n = r->step_count < TICK_RULE_STEPS ? r->step_count : TICK_RULE_STEPS;
    if (n == 0)
        return 0;
    uint64_t sorted[TICK_RULE_STEPS];
    for (unsigned i = 0; i < n; i++) {
        unsigned at = i;
        for (; at > 0 && sorted[at - 1] > r->steps[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = r->steps[i];
    }
    uint64_t low = sorted[(n - 1) / 2], high = sorted[n / 2];
    uint64_t median = low + (high - low) / 2;
    return median < (uint64_t)SECOND_NS ? (uint64_t)SECOND_NS : median;
}

/* Closes the present group: its step is known now. */
static int64_t close_group(struct tick_rule *r)
{
    if (r->has_before)
        r->steps[r->step_count++ % TICK_RULE_STEPS] = step_between(r->before_ns, r->latest_ns);
    if (r->step_count >= 2 * TICK_RULE_STEPS) /* only the remainder matters: never wraps */
        r->step_count -= TICK_RULE_STEPS;
    r->has_before = true;
    r->before_ns = r->latest_ns;
    return r->latest_ns;
}

size_t tick_rule_row(struct tick_rule *r, int64_t t_ns, int64_t ticks[TICK_RULE_TICKS_MAX])
{
    if (tick_rule_stays(r, t_ns)) {
        if (t_ns > r->latest_ns)
            r->latest_ns = t_ns;
        return 0;
    }
    size_t n = 0;
    if (r->has_group) {
        int64_t from = close_group(r);
        ticks[n++] = from;
        uint64_t step = step_between(from, t_ns), usual = tick_rule_usual_step(r);
        if (usual > 0 && step / 2 >= usual &&
            step > 2 * usual) /* the first half keeps the second from overflowing */
            for (uint64_t left = step; n < TICK_RULE_TICKS_MAX && left > usual; left -= usual)
                ticks[n++] = (int64_t)((uint64_t)from + (step - left) + usual);
    }
    r->has_group = true;
    r->latest_ns = t_ns;
    r->second_last_ns = second_last(t_ns);
    return n;
}

size_t tick_rule_end(struct tick_rule *r, int64_t ticks[TICK_RULE_TICKS_MAX])
{
    if (!r->has_group)
        return 0;
    ticks[0] = close_group(r);
    r->has_group = false;
    return 1;
}
