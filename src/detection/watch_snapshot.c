/* SPDX-License-Identifier: MIT
 * Turns a watch, and those of its parts that hold CPU, causes and cadence, into bytes and back, each field
 * listed once. Constants of the program (half-lives, block lengths) are not kept: reading finds them as
 * watch_prepare set them. Memory, traffic, findings, surprise and what warns early have files of their own.
 */
#include "detection/watch_snapshot.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

/* Longest and shortest step that a cadence can see: the ends of time apart, and half a nanosecond (the mean
 * of the middle two of steps of 0 and 1). */
#define STEP_MAX_S  2e10
#define STEP_MIN_S  4e-10
#define STEP_MAX_NS (INT64_C(1) << 57) /* four years: four of them still fit into a time */
/* Samples of an octave; more than any window, less than what an index can take. */
#define OCTAVE_MAX 1e9

void cadence_pack(struct pack *p, struct cadence *c)
{
    pack_time_or_none(p, &c->last_ns);
    for (int i = 0; i < CADENCE_STEPS; i++) {
        pack_finite_f32(p, &c->steps_s[i]);
        pack_check(p, c->steps_s[i] >= 0);
    }
    pack_within(p, &c->usual_s, 0, STEP_MAX_S);
    pack_check(p, c->usual_s == 0 || c->usual_s >= STEP_MIN_S);
    pack_finite_f32(p, &c->longest_s);
    pack_u32(p, &c->count);
    pack_count(p, &c->loss_count, c->count);
    pack_i64(p, &c->allowed_ns);
    pack_check(p, c->allowed_ns >= 0);
    /* A source that has spoken has a time, by which its age is measured. */
    pack_check(p, (c->count == 0) == (c->last_ns == INT64_MIN));
}

int64_t resume_time(int64_t t_ns, int64_t gap_ns)
{
    return t_ns == INT64_MIN || t_ns == INT64_MAX ? t_ns : cadence_after(t_ns, gap_ns);
}

void cadence_resume(struct cadence *c, int64_t gap_ns, int64_t now_ns)
{
    if (c->count == 0)
        return;
    int64_t last_ns = resume_time(c->last_ns, gap_ns);
    /* Whatever comes from now on is later than what was heard before. */
    c->last_ns = last_ns < now_ns ? last_ns : now_ns - 1;
}

void average_pack(struct pack *p, struct average *a)
{
    pack_f64(p, &a->mean);
    pack_f64(p, &a->deviation);
    pack_u32(p, &a->count);
}

/* The ring's samples, oldest first, so that its bytes do not depend on where it begins. */
static void pack_ring(struct pack *p, struct cpu_watch *c)
{
    pack_count(p, &c->count, CPU_RING);
    if (p->error)
        return;
    uint32_t from = p->reading ? 0 : (c->head + CPU_RING - c->count) % CPU_RING;
    for (uint32_t i = 0; i < c->count; i++)
        pack_f32(p, &c->ring[(from + i) % CPU_RING]);
    if (p->reading)
        c->head = c->count % CPU_RING;
}

static void pack_octave(struct pack *p, struct spectrum_octave *o, double usual_s)
{
    pack_within(p, &o->tau_s, 0, OCTAVE_MAX * usual_s);
    pack_f64(p, &o->mean_form);
    pack_f64(p, &o->robust_form);
    pack_f64(p, &o->half_von_neumann);
    pack_u32(p, &o->pairs);
}

static void pack_cpu(struct pack *p, struct cpu_watch *c)
{
    pack_part(p, "cpu");
    cadence_pack(p, &c->cadence);
    pack_ring(p, c);
    pack_count(p, &c->window, CPU_RING);
    pack_u32(p, &c->since_judged);
    pack_bool(p, &c->judged);
    pack_f64(p, &c->mean);
    pack_f64(p, &c->sigma);
    pack_count(p, &c->octave_count, CPU_OCTAVES);
    for (uint32_t i = 0; i < CPU_OCTAVES && i < c->octave_count; i++)
        pack_octave(p, &c->octaves[i], c->cadence.usual_s);
    pack_int(p, &c->shape, -1, (int)c->octave_count - 1);
    for (int i = 0; i < CPU_OCTAVES; i++)
        average_pack(p, &c->usual[i]);
    pack_time(p, &c->usual_since_ns);
    pack_f32(p, &c->eager);
    average_pack(p, &c->level);
    pack_int(p, &c->wide, -1, CPU_OCTAVES - 1);
    pack_u32(p, &c->wide_samples);
    if (p->reading)
        c->weight_step_s = (double)NAN; /* no step is: the weight is computed anew */
}

static void resume_cpu(struct cpu_watch *c, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&c->cadence, gap_ns, now_ns);
    c->count = 0;
    c->judged = false;
    c->eager = 0;
    c->shape = c->wide = -1;
    c->wide_samples = 0;
    if (c->usual_since_ns)
        c->usual_since_ns = resume_time(c->usual_since_ns, gap_ns);
}

static void pack_causes(struct pack *p, struct cause_watch *c)
{
    double *means[] = {&c->iowait, &c->steal, &c->cpu_pressure, &c->memory_pressure, &c->io_pressure,
        &c->throttled, &c->forks_per_s, &c->switches_per_s, &c->reclaim_per_s, &c->refaults_per_s,
        &c->gc_share};

    pack_part(p, "causes");
    for (size_t i = 0; i < sizeof(means) / sizeof(means[0]); i++)
        pack_f64(p, means[i]);
    for (int i = 0; i < CONTENTION_KINDS; i++) {
        average_pack(p, &c->contention.usual[i]);
        pack_time_or_none(p, &c->contention.learns_since_ns[i]);
        pack_time_or_none(p, &c->contention.since_ns[i]);
        pack_time_or_none(p, &c->contention.quiet_ns[i]);
    }
    pack_time_or_none(p, &c->contention.stepped_ns);
    pack_time(p, &c->contention.line_ns);
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        pack_f64(p, &c->last[i].value);
        pack_time_or_none(p, &c->last[i].t_ns);
        pack_i64(p, &c->last[i].step_ns);
        pack_check(p, c->last[i].step_ns >= 0 && c->last[i].step_ns <= STEP_MAX_NS);
    }
}

/* Means are as old as the gap is long, and a counter may have started anew meanwhile. */
static void resume_causes(struct cause_watch *c)
{
    c->iowait = c->steal = c->cpu_pressure = c->memory_pressure = c->io_pressure = c->throttled = (double)NAN;
    c->forks_per_s = c->switches_per_s = c->reclaim_per_s = c->refaults_per_s = c->gc_share = (double)NAN;
    contention_break(&c->contention);
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++)
        if (metric_table[i].kind != METRIC_GAUGE)
            c->last[i].value = (double)NAN;
}

/* The cases of all laws; a closed one leaves nothing but that it was. */
void cases_pack(struct snapshot *s, struct watch *w)
{
    struct pack *p = s->pack;

    for (int i = 0; i < LAW_COUNT && !p->error; i++) {
        bool there = w->cases[i] != NULL;
        pack_bool(p, &there);
        if (!there || p->error)
            continue;
        if (p->reading && !w->cases[i] && !(w->cases[i] = calloc(1, sizeof(*w->cases[i])))) {
            pack_fail(p, -ENOMEM);
            return;
        }
        struct finding *f = &w->cases[i]->finding;
        if (p->reading) {
            f->entity = w->entity;
            f->law = (enum law_id)i;
        }
        case_pack(s, w->cases[i]);
    }
}

/* Whether the watch has a part must be as it was. */
static bool has_part(struct pack *p, const void *part)
{
    bool there = part != NULL;
    pack_bool(p, &there);
    return pack_check(p, there == (part != NULL)) && part;
}

void watch_pack(
    struct snapshot *s, struct watch *w, const struct law_settings *settings, double budget_per_day)
{
    struct pack *p = s->pack;

    pack_part(p, "watch");
    pack_bool(p, &w->fresh);
    pack_bool(p, &w->unusable);
    pack_bool(p, &w->alarmed);
    pack_int(p, &w->fever, 0, FEVER_FACETS - 1);
    cadence_pack(p, &w->cadence);
    if (has_part(p, w->process))
        process_pack(p, w->process);
    if (has_part(p, w->cpu))
        pack_cpu(p, w->cpu);
    if (has_part(p, w->memory))
        memory_pack(p, w->memory);
    for (int i = 0; i < RESOURCE_COUNT; i++)
        if (has_part(p, w->resources[i])) {
            usage_pack(p, &w->resources[i]->usage);
            pack_time_or_none(p, &w->resources[i]->limit_ns);
        }
    if (has_part(p, w->traffic))
        traffic_pack(p, w->traffic);
    if (has_part(p, w->causes))
        pack_causes(p, w->causes);
    if (has_part(p, w->gc))
        gc_pack(p, w->gc);
    for (int i = 0; i < WARNING_SOURCES; i++)
        if (has_part(p, w->warnings[i]))
            warning_pack(p, w->warnings[i]);
    pack_time(p, &w->warned_hold_ns);
    if (has_part(p, w->surprise))
        surprise_pack(p, w, settings->budget_per_day, budget_per_day);
    if (w->surprise)
        novelty_pack(p, w->novelty);
    for (int i = 0; i < METRIC_KNOWN_COUNT; i++) {
        struct quantity *q = watch_quantity(w, (enum metric_id)i);
        if (has_part(p, q))
            quantity_pack(p, q, settings->budget_per_day, budget_per_day);
    }
    together_pack(s, w, settings->budget_per_day, budget_per_day);
    cases_pack(s, w);
}

void watch_resume(struct watch *w, int64_t gap_ns, int64_t now_ns)
{
    w->fresh = w->unusable = w->alarmed = false;
    cadence_resume(&w->cadence, gap_ns, now_ns);
    if (w->process)
        process_resume(w->process);
    if (w->cpu)
        resume_cpu(w->cpu, gap_ns, now_ns);
    if (w->memory)
        memory_resume(w->memory, gap_ns, now_ns);
    for (int i = 0; i < RESOURCE_COUNT; i++)
        if (w->resources[i])
            usage_resume(&w->resources[i]->usage, gap_ns, now_ns);
    if (w->traffic)
        traffic_resume(w->traffic, gap_ns, now_ns);
    if (w->causes)
        resume_causes(w->causes);
    if (w->gc)
        gc_resume(w->gc, gap_ns, now_ns);
    for (int i = 0; i < WARNING_SOURCES; i++)
        if (w->warnings[i])
            warning_resume(w->warnings[i]);
    surprise_resume(w);
    for (uint32_t i = 0; w->quantities && i < w->quantities->count; i++)
        quantity_resume(w->quantities->items[i], gap_ns, now_ns);
    for (int i = 0; i < LAW_COUNT; i++)
        if (w->cases[i])
            case_resume(w->cases[i], gap_ns);
}
