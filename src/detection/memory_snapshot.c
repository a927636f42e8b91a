/* SPDX-License-Identifier: MIT
 * Turns what a watch knows of memory beyond its course, and of a runtime's heap, into bytes and back. */
#include <math.h>

#include "detection/watch_snapshot.h"

#define BLOCK_MAX_NS (INT64_C(1) << 57) /* four years: a minute of blocks still fits into a time */

void memory_pack(struct pack *p, struct memory_watch *m)
{
    pack_part(p, "memory");
    usage_pack(p, &m->usage);
    pack_f64(p, &m->allocated_per_s);
    average_pack(p, &m->usual_allocation);
    average_pack(p, &m->usage_level);
    pack_u32(p, &m->churning);
    line_pack(p, &m->beginners);
}

void memory_resume(struct memory_watch *m, int64_t gap_ns, int64_t now_ns)
{
    usage_resume(&m->usage, gap_ns, now_ns);
    m->churning = 0;
    trend_line_init(&m->beginners, m->beginners.half_life_s);
    m->allocated_per_s = (double)NAN;
}

static void climb_pack(struct pack *p, struct heap_climb *c)
{
    double *fields[] = {&c->uptime_s, &c->majors, &c->low, &c->begin_majors, &c->slope, &c->error};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pack_f64(p, fields[i]);
    pack_time(p, &c->since_ns);
    pack_time(p, &c->end_ns);
    pack_count(p, &c->block_count, HEAP_CLIMB_BLOCKS);
    for (uint32_t i = 0; i < HEAP_CLIMB_BLOCKS && i < c->block_count; i++) {
        pack_f32(p, &c->lows[i]);
        pack_f32(p, &c->count[i]);
    }
}

void gc_pack(struct pack *p, struct gc_spiral *g)
{
    double *fields[] = {&g->time_s, &g->count, &g->allocated, &g->used, &g->live, &g->limit, &g->begin_time_s,
        &g->begin_count, &g->begin_allocated, &g->begin_used, &g->low, &g->low_left, &g->record, &g->early_s,
        &g->late_s};

    pack_part(p, "heap");
    cadence_pack(p, &g->cadence);
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pack_f64(p, fields[i]);
    pack_i64(p, &g->block_ns);
    pack_check(p, g->block_ns >= 0 && g->block_ns <= BLOCK_MAX_NS);
    pack_time(p, &g->begin_ns);
    pack_time(p, &g->end_ns);
    pack_time(p, &g->left_ns);
    pack_u32(p, &g->left_told);
    pack_count(p, &g->block_count, GC_BLOCKS);
    for (uint32_t i = 0; i < GC_BLOCKS && i < g->block_count; i++) {
        for (int k = 0; k < GC_SIGNALS; k++)
            pack_f32(p, &g->blocks[i].of[k]);
        pack_f32(p, &g->blocks[i].left_at);
        pack_u32(p, &g->blocks[i].told);
    }
    for (int i = 0; i < GC_LIVE; i++)
        average_pack(p, &g->usual[i]);
    pack_u32(p, &g->agreed);
    pack_bool(p, &g->restarted);
    climb_pack(p, &g->climb);
}

/* Counters that ran on unseen make no block; what is usual stays. */
void gc_resume(struct gc_spiral *g, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&g->cadence, gap_ns, now_ns);
    g->end_ns = 0;
    g->block_count = g->agreed = 0;
    g->early_s = g->late_s = (double)NAN;
    g->climb.end_ns = 0;
    g->climb.block_count = 0;
    g->climb.slope = g->climb.error = (double)NAN;
}
