/* SPDX-License-Identifier: MIT
 * Turns readings of a JVM's counters into time and number of collections, heap in use, live set, limit and
 * allocation. Where the counters come from, and who is told, is left to others. */
#include "ingestion/deep/jvm_counters.h"

#include <math.h>
#include <string.h>

/* The sum of what is known; NaN when nothing is. */
static void add_known(double *sum, double x)
{
    if (!isnan(x))
        *sum = isnan(*sum) ? x : *sum + x;
}

static double limit_of(const struct hsperfdata *h)
{
    double sum = (double)NAN, most = (double)NAN;

    for (unsigned g = 0; g < HSPERFDATA_GENERATIONS; g++) {
        const double x = h->generations[g].max_bytes;
        add_known(&sum, x);
        if (!isnan(x) && !(most >= x))
            most = x;
    }
    const double limit = h->disjoint ? sum : most;
    return limit > 0 ? limit : (double)NAN;
}

void jvm_reading_of(const struct hsperfdata *h, struct jvm_reading *ret)
{
    double ticks = (double)NAN, count = (double)NAN, majors = (double)NAN, used = (double)NAN,
           live = (double)NAN;

    for (unsigned i = 0; i < HSPERFDATA_COLLECTORS; i++) {
        add_known(&ticks, h->collectors[i].time_ticks);
        add_known(&count, h->collectors[i].invocations);
        if (i > 0) /* the first is the young one */
            add_known(&majors, h->collectors[i].invocations);
    }
    for (unsigned g = 0; g < HSPERFDATA_GENERATIONS; g++)
        for (unsigned s = 0; s < HSPERFDATA_SPACES; s++) {
            add_known(&used, h->generations[g].spaces[s].used_bytes);
            /* Of all but eden the counters are as of the last collection. */
            if (g > 0 || s > 0)
                add_known(&live, h->generations[g].spaces[s].used_bytes);
        }
    *ret = (struct jvm_reading){
        .gc_time_s = h->tick_hz > 0 ? ticks / h->tick_hz : (double)NAN,
        .gc_count = count,
        .major_count = h->has_eden ? majors : (double)NAN,
        .uptime_s = h->tick_hz > 0 ? h->uptime_ticks / h->tick_hz : (double)NAN,
        .heap_used_bytes = used,
        .heap_limit_bytes = limit_of(h),
        .heap_live_bytes = h->has_eden && count > 0 ? live : (double)NAN,
        .eden_used_bytes = h->has_eden ? h->generations[0].spaces[0].used_bytes : (double)NAN,
        .eden_capacity_bytes = h->has_eden ? h->generations[0].spaces[0].capacity_bytes : (double)NAN,
        .young_count = h->has_eden ? h->collectors[0].invocations : (double)NAN,
    };
}

/* What went into eden between two readings. */
static double allocated_between(const struct jvm_allocation *a, const struct jvm_reading *r)
{
    const double collections = r->young_count - a->young_count;

    if (collections <= 0) /* a fall without a collection of its own was a full one */
        return r->eden_used_bytes >= a->eden_used_bytes ? r->eden_used_bytes - a->eden_used_bytes
                                                        : r->eden_used_bytes;
    /* The rest of eden as it was, then whole edens as they are, then what is in it. */
    const double rest = a->eden_capacity_bytes - a->eden_used_bytes;
    return (rest > 0 ? rest : 0) + (collections - 1) * r->eden_capacity_bytes + r->eden_used_bytes;
}

double jvm_allocation_take(struct jvm_allocation *a, const struct jvm_reading *r)
{
    if (isnan(r->eden_used_bytes) || isnan(r->eden_capacity_bytes) || isnan(r->young_count))
        return (double)NAN;
    if (a->has_last && r->young_count >= a->young_count)
        a->total_bytes += allocated_between(a, r);
    a->eden_used_bytes = r->eden_used_bytes;
    a->eden_capacity_bytes = r->eden_capacity_bytes;
    a->young_count = r->young_count;
    a->has_last = true;
    return a->total_bytes;
}
