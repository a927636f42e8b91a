/* SPDX-License-Identifier: MIT
 * Turns the course of what is in use of a resource into bytes and back, and starts its regressions and blocks
 * anew after a gap: usage before and after it are no neighbours. */
#include <math.h>

#include "detection/watch_snapshot.h"

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

static void pack_growth(struct pack *p, struct usage_watch *u)
{
    double *fields[] = {&u->steepest, &u->valley, &u->crest, &u->drop, &u->tooth_s, &u->checked_used,
        &u->fall, &u->record, &u->peak, &u->lagging_peak, &u->lagged_peak, &u->tooth, &u->last_early_s,
        &u->last_late_s};

    PACK_ALL(p, fields);
    pack_u32(p, &u->agreed_fast);
    pack_time(p, &u->valley_ns);
    pack_time(p, &u->starting_ns);
    pack_time(p, &u->since_ns);
    pack_u32(p, &u->quiet);
    pack_u32(p, &u->falls);
    pack_u32(p, &u->lag_count);
    pack_bool(p, &u->in_finding);
    pack_bool(p, &u->was_there);
    pack_u32(p, &u->teeth);
    pack_time(p, &u->next_check_ns);
    pack_time(p, &u->growth_seen_ns);
    pack_int(p, &u->last_scale, -1, USAGE_SCALES - 1);
}

void usage_pack(struct pack *p, struct usage_watch *u)
{
    pack_part(p, "usage");
    cadence_pack(p, &u->cadence);
    pack_f64(p, &u->used);
    pack_f64(p, &u->limit);
    line_pack(p, &u->line);
    line_pack(p, &u->recent);
    for (int i = 0; i < USAGE_SCALES; i++) {
        pack_envelope(p, &u->edges[i]);
        pack_bool(p, &u->fit_valid[i]);
        pack_fit(p, &u->fit[i]);
        pack_u32(p, &u->agreed[i]);
        pack_time(p, &u->checked_block[i]);
    }
    pack_growth(p, u);
}

void usage_resume(struct usage_watch *u, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&u->cadence, gap_ns, now_ns);
    trend_line_init(&u->line, u->line.half_life_s);
    trend_line_init(&u->recent, u->recent.half_life_s);
    /* Blocks without a value stay empty; agreement must be found again. */
    for (int i = 0; i < USAGE_SCALES; i++)
        u->agreed[i] = 0;
    u->agreed_fast = 0;
    u->steepest = 0;
    u->starting_ns = 0;
    u->checked_used = (double)NAN;
    if (!isnan(u->valley)) {
        u->valley_ns = resume_time(u->valley_ns, gap_ns);
        u->since_ns = resume_time(u->since_ns, gap_ns);
    }
    if (u->growth_seen_ns)
        u->growth_seen_ns = resume_time(u->growth_seen_ns, gap_ns);
}
