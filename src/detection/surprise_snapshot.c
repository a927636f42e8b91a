/* SPDX-License-Identifier: MIT
 * Turns the surprise of a series, that of a whole host, and their tails into bytes and back, and starts the
 * short memory of a series anew after a gap: a level that moved while nobody looked is no shock. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/fmath.h"
#include "detection/watch_snapshot.h"

static void pack_tail(struct pack *p, struct tail *t)
{
    float *fields[] = {
        &t->maximum, &t->u0, &t->slope, &t->level_u0, &t->xi_inverse, &t->temper, &t->alarm_level};
    uint32_t count = t->count, most = t->rule->blocks;

    pack_time_or_none(p, &t->block_end_ns);
    pack_f32(p, &t->alarm_score); /* may be infinite: none can alarm yet */
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pack_finite_f32(p, fields[i]);
    pack_check(p, t->u0 > 0 && t->xi_inverse > 0);
    for (int i = 0; i < TAIL_STRANGE_WORDS; i++)
        pack_u64(p, &t->strange[i]);
    pack_u32(p, &t->closed);
    pack_u16(p, &t->learned);
    pack_count(p, &count, most);
    if (p->error)
        return;
    /* Oldest first, so that the bytes do not depend on where the ring begins. */
    uint32_t from = p->reading ? 0 : (t->next + most - count) % most;
    for (uint32_t i = 0; i < count; i++)
        pack_u8(p, &t->codes[(from + i) % most]);
    if (p->reading) {
        t->count = (uint16_t)count;
        t->next = (uint16_t)(count % most);
    }
}

static void pack_view(struct pack *p, struct surprise_view *v)
{
    pack_f64(p, &v->score);
    pack_f64(p, &v->expected);
    pack_f64(p, &v->scale);
    pack_f64(p, &v->record);
    pack_f64(p, &v->bound);
    pack_int(p, &v->residual, 0, SURPRISE_RESIDUALS - 1);
    pack_bool(p, &v->alarm);
}

static void pack_surprise(struct pack *p, struct surprise *x, double budget_per_day, double budget_before)
{
    for (int i = 0; i < SURPRISE_RING; i++)
        pack_finite(p, &x->ring[i]);
    pack_f64(p, &x->recent);
    pack_f64(p, &x->lowest);
    pack_f64(p, &x->highest);
    pack_f64(p, &x->weight);
    for (int i = 0; i < SURPRISE_RESIDUALS; i++)
        average_pack(p, &x->residual[i]);
    pack_u32(p, &x->count);
    pack_u32(p, &x->records);
    pack_u32(p, &x->record_block);
    bool slow = x->tail.rule == &tail_of_slow_series;
    pack_bool(p, &slow);
    if (p->reading)
        x->tail.rule = slow ? &tail_of_slow_series : &tail_of_series;
    pack_tail(p, &x->tail);
    if (p->reading && !p->error)
        surprise_set_budget(x, budget_per_day, budget_before);
}

static void pack_shock(struct pack *p, struct shock *k)
{
    pack_view(p, &k->view);
    pack_f64(p, &k->value);
    pack_f64(p, &k->level);
    pack_f64(p, &k->novelty);
    pack_time(p, &k->t_ns);
    pack_bool(p, &k->alarm);
    pack_bool(p, &k->fresh);
}

void surprise_pack(struct pack *p, struct watch *w, double budget_per_day, double budget_before)
{
    pack_part(p, "surprise");
    pack_surprise(p, w->surprise, budget_per_day, budget_before);
    pack_shock(p, &w->shock);
}

void quantity_pack(struct pack *p, struct quantity *q, double budget_per_day, double budget_before)
{
    pack_part(p, "quantity");
    cadence_pack(p, &q->cadence);
    pack_surprise(p, &q->surprise, budget_per_day, budget_before);
    pack_shock(p, &q->shock);
    pack_f64(p, &q->held);
    pack_time_or_none(p, &q->from_ns);
    pack_u32(p, &q->readings);
    pack_bool(p, &q->per_interval);
}

/* The series that were named at the last tick, unless one of them is not kept. */
static void pack_top(struct snapshot *s, struct host_top *top)
{
    struct pack *p = s->pack;
    uint32_t count = top->count;

    for (uint32_t i = 0; i < top->count && !p->reading; i++)
        if (!snapshot_has_entity(s, top->series[i].entity))
            count = 0;
    pack_count(p, &count, HOST_TOP);
    for (uint32_t i = 0; i < HOST_TOP && i < count && !p->error; i++) {
        struct series_level *l = &top->series[i];
        pack_time(p, &l->t_ns);
        pack_f64(p, &l->value);
        pack_f64(p, &l->expected);
        pack_f64(p, &l->score);
        pack_f64(p, &l->level);
        snapshot_entity(s, &l->entity);
        pack_count(p, &l->metric, METRIC_KNOWN_COUNT);
    }
    pack_f64(p, &top->step_s);
    if (p->reading)
        top->count = count;
}

/* A host whose other series were left out keeps its tails, for when they come back. */
void together_pack(struct snapshot *s, struct watch *w, double budget_per_day, double budget_before)
{
    struct pack *p = s->pack;
    bool there = w->together != NULL;

    pack_bool(p, &there);
    if (!there || !pack_check(p, w->kind == ENTITY_HOST))
        return;
    if (!w->together) {
        w->together = malloc(sizeof(*w->together));
        if (!w->together) {
            pack_fail(p, -ENOMEM);
            return;
        }
        host_surprise_init(w->together, budget_per_day);
    }
    struct host_surprise *h = w->together;
    pack_part(p, "together");
    pack_tail(p, &h->several);
    pack_tail(p, &h->single);
    pack_within(p, &h->step_s, 0, 1e12);
    pack_top(s, &h->top);
    pack_time_or_none(p, &h->t_ns);
    pack_bool(p, &h->alarm);
    pack_bool(p, &h->by_single);
    if (p->reading && (budget_per_day < budget_before || budget_per_day > budget_before))
        h->step_s = 0; /* the next tick sets the levels anew */
}

void surprise_resume(struct watch *w)
{
    if (w->surprise)
        surprise_break(w->surprise);
    if (w->novelty)
        novelty_break(w->novelty);
    if (w->together)
        w->together->alarm = false;
    w->shock.alarm = w->shock.fresh = false;
}

/* A counter starts anew, and a level's readings before the gap belong to no value. */
void quantity_resume(struct quantity *q, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&q->cadence, gap_ns, now_ns);
    surprise_break(&q->surprise);
    q->shock.alarm = q->shock.fresh = false;
    q->from_ns = INT64_MIN;
    q->held = 0;
    q->readings = 0;
}
