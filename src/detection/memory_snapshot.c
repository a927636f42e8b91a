/* SPDX-License-Identifier: MIT
 * Turns what a watch knows of memory, and of a runtime's heap, into bytes and back; and starts their
 * regressions and blocks anew after a gap: usage before and after it are no neighbours. */
#include <math.h>

#include "detection/watch_snapshot.h"

#define BLOCK_MAX_NS (INT64_C(1) << 57) /* four years: a minute of blocks still fits into a time */

static void pack_all(struct pack *p, double *const *fields, size_t n)
{
    for (size_t i = 0; i < n; i++)
        pack_f64(p, fields[i]);
}
#define PACK_ALL(p, fields) pack_all((p), (fields), sizeof(fields) / sizeof((fields)[0]))

void line_pack(struct pack *p, struct trend_line *l)
{
    double *fields[] = {&l->t_s, &l->weight, &l->age_s, &l->mean_x, &l->stt, &l->stx, &l->sxx, &l->missed,
        &l->missed2, &l->missed12};

    PACK_ALL(p, fields);
    pack_u64(p, &l->n);
    if (p->reading)
        l->step_s = (double)NAN; /* no step is: the decay is computed anew */
}

/* Closed blocks, oldest first, so that the bytes do not depend on where the ring begins. */
static void pack_envelope(struct pack *p, struct envelope *e)
{
    pack_time(p, &e->block);
    pack_count(p, &e->started, 1);
    pack_count(p, &e->closed, ENVELOPE_BLOCKS);
    if (p->error)
        return;
    uint32_t from = p->reading ? 0 : (e->head + ENVELOPE_BLOCKS - e->closed) % ENVELOPE_BLOCKS;
    for (uint32_t i = 0; i < e->closed; i++) {
        pack_absent(p, &e->low[(from + i) % ENVELOPE_BLOCKS]);
        pack_absent(p, &e->high[(from + i) % ENVELOPE_BLOCKS]);
    }
    if (p->reading)
        e->head = e->closed % ENVELOPE_BLOCKS;
    pack_absent(p, &e->open_low);
    pack_absent(p, &e->open_high);
    pack_absent(p, &e->record);
}

static void pack_fit(struct pack *p, struct exhaustion *x)
{
    double *fields[] = {&x->slope_per_s, &x->recent_per_s, &x->first_per_s, &x->sigma, &x->drift_ratio,
        &x->quarter_ratio, &x->rise, &x->last_low, &x->earlier_high, &x->headroom, &x->early_s, &x->middle_s,
        &x->late_s};

    PACK_ALL(p, fields);
    pack_bool(p, &x->fits);
}

static void pack_growth(struct pack *p, struct memory_watch *m)
{
    double *fields[] = {&m->steepest, &m->valley, &m->crest, &m->drop, &m->tooth_s, &m->checked_used,
        &m->fall, &m->record, &m->peak, &m->lagging_peak, &m->lagged_peak, &m->tooth, &m->last_early_s,
        &m->last_late_s};

    PACK_ALL(p, fields);
    pack_u32(p, &m->agreed_fast);
    pack_time(p, &m->valley_ns);
    pack_time(p, &m->since_ns);
    pack_u32(p, &m->quiet);
    pack_u32(p, &m->falls);
    pack_u32(p, &m->lag_count);
    pack_bool(p, &m->in_finding);
    pack_u32(p, &m->teeth);
    pack_time(p, &m->next_check_ns);
    pack_time(p, &m->growth_seen_ns);
    pack_bool(p, &m->growing);
    pack_int(p, &m->last_scale, -1, MEMORY_SCALES - 1);
}

void memory_pack(struct pack *p, struct memory_watch *m)
{
    pack_part(p, "memory");
    cadence_pack(p, &m->cadence);
    pack_f64(p, &m->used);
    pack_f64(p, &m->limit);
    line_pack(p, &m->line);
    line_pack(p, &m->recent);
    for (int i = 0; i < MEMORY_SCALES; i++) {
        pack_envelope(p, &m->edges[i]);
        pack_bool(p, &m->fit_valid[i]);
        pack_fit(p, &m->fit[i]);
        pack_u32(p, &m->agreed[i]);
        pack_time(p, &m->checked_block[i]);
    }
    pack_growth(p, m);
    pack_f64(p, &m->allocated_per_s);
    average_pack(p, &m->usual_allocation);
    average_pack(p, &m->usage_level);
    pack_u32(p, &m->churning);
}

void memory_resume(struct memory_watch *m, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&m->cadence, gap_ns, now_ns);
    trend_line_init(&m->line, m->line.half_life_s);
    trend_line_init(&m->recent, m->recent.half_life_s);
    /* Blocks without a value stay empty; agreement must be found again. */
    for (int i = 0; i < MEMORY_SCALES; i++)
        m->agreed[i] = 0;
    m->agreed_fast = m->churning = 0;
    m->steepest = 0;
    m->checked_used = m->allocated_per_s = (double)NAN;
    if (!isnan(m->valley)) {
        m->valley_ns = resume_time(m->valley_ns, gap_ns);
        m->since_ns = resume_time(m->since_ns, gap_ns);
    }
    if (m->growth_seen_ns)
        m->growth_seen_ns = resume_time(m->growth_seen_ns, gap_ns);
}

void gc_pack(struct pack *p, struct gc_spiral *g)
{
    double *fields[] = {&g->time_s, &g->count, &g->allocated, &g->used, &g->live, &g->limit, &g->begin_time_s,
        &g->begin_count, &g->begin_allocated, &g->begin_used, &g->low, &g->record, &g->early_s, &g->late_s};

    pack_part(p, "heap");
    cadence_pack(p, &g->cadence);
    PACK_ALL(p, fields);
    pack_i64(p, &g->block_ns);
    pack_check(p, g->block_ns >= 0 && g->block_ns <= BLOCK_MAX_NS);
    pack_time(p, &g->begin_ns);
    pack_time(p, &g->end_ns);
    pack_count(p, &g->block_count, GC_BLOCKS);
    for (uint32_t i = 0; i < GC_BLOCKS && i < g->block_count; i++)
        for (int k = 0; k < GC_SIGNALS; k++)
            pack_f32(p, &g->blocks[i].of[k]);
    for (int i = 0; i < GC_LIVE; i++)
        average_pack(p, &g->usual[i]);
    pack_u32(p, &g->agreed);
    pack_bool(p, &g->speaks);
    pack_bool(p, &g->restarted);
}

/* Counters that ran on unseen make no block; what is usual stays. */
void gc_resume(struct gc_spiral *g, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&g->cadence, gap_ns, now_ns);
    g->end_ns = 0;
    g->block_count = g->agreed = 0;
    g->early_s = g->late_s = (double)NAN;
}
