/* SPDX-License-Identifier: MIT
 * Turns what a watch knows of requests, connections and packets, and what warns early, into bytes and back,
 * and starts its minute anew after a gap: counts that rose while nobody looked belong to no window. */
#include <math.h>
#include <string.h>

#include "detection/watch_snapshot.h"

/* Four years: twelve of them still fit into a time. */
#define BUCKET_MAX_NS (INT64_C(1) << 57)
#define STEP_MAX_S    1e6 /* of what warns early: its window is a time */

static void pack_flow(struct pack *p, struct traffic_flow *f)
{
    pack_absent(p, &f->total);
    pack_f64(p, &f->pending);
    pack_time(p, &f->last_ns);
    pack_u32(p, &f->falls);
    pack_u32(p, &f->samples);
}

static void pack_baseline(struct pack *p, struct ratio_baseline *b)
{
    pack_f64(p, &b->in);
    pack_f64(p, &b->out);
    pack_f64(p, &b->chi2);
    pack_u64(p, &b->n);
}

static void pack_metastability(struct pack *p, struct metastability *m)
{
    average_pack(p, &m->usual_in);
    pack_time(p, &m->surge_ns);
    pack_time(p, &m->away_ns);
    pack_bool(p, &m->found);
}

static void pack_minute(struct pack *p, struct traffic_watch *t)
{
    pack_count(p, &t->head, TRAFFIC_BUCKETS - 1);
    pack_u32(p, &t->count);
    for (int i = 0; i < TRAFFIC_BUCKETS; i++) {
        pack_f64(p, &t->bucket_in[i]);
        pack_f64(p, &t->bucket_out[i]);
        pack_f64(p, &t->bucket_failed[i]);
    }
    pack_time(p, &t->bucket_end_ns);
    pack_i64(p, &t->bucket_ns);
    pack_check(p, t->bucket_ns > 0 && t->bucket_ns <= BUCKET_MAX_NS);
    pack_bool(p, &t->tested);
    pack_bool(p, &t->cold);
    pack_f64(p, &t->test.ratio);
    pack_f64(p, &t->test.expected);
    pack_f64(p, &t->test.z);
    pack_f64(p, &t->test.log_p);
    pack_f64(p, &t->failed_share);
    pack_u32(p, &t->eager);
    pack_u32(p, &t->refused);
}

void traffic_pack(struct pack *p, struct traffic_watch *t)
{
    pack_part(p, "traffic");
    cadence_pack(p, &t->cadence);
    PACK_ENUM(p, &t->tier, TRAFFIC_TIERS);
    for (int i = 0; i < TRAFFIC_TIERS; i++) {
        pack_u8(p, &t->sides[i]);
        pack_flow(p, &t->in[i]);
        pack_flow(p, &t->out[i]);
        pack_flow(p, &t->failed[i]);
    }
    pack_minute(p, t);
    pack_baseline(p, &t->usual);
    average_pack(p, &t->usual_failed);
    pack_metastability(p, &t->metastability);
}

/* Blocks are kept, the open one and what was being averaged are not. */
void warning_resume(struct warning_watch *k)
{
    slowing_break(&k->slowing);
    k->sum = k->in_sum = 0;
}

static void pack_scale(struct pack *p, struct slowing_scale *k)
{
    float *fields[] = {&k->sum_log_variance, &k->sum_lag1, &k->record_log_variance, &k->record_lag1};

    pack_count(p, &k->count, SLOWING_WINDOW);
    for (uint32_t i = 0; i < SLOWING_WINDOW && i < k->count; i++) {
        pack_f32(p, &k->log_variance[i]);
        pack_f32(p, &k->lag1[i]);
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        pack_f32(p, fields[i]);
    pack_u32(p, &k->in_sum);
    pack_u32(p, &k->agreed);
}

void warning_pack(struct pack *p, struct warning_watch *k)
{
    pack_part(p, "warning");
    pack_count(p, &k->slowing.n, SLOWING_BLOCK - 1);
    for (uint32_t i = 0; i < SLOWING_BLOCK && i < k->slowing.n; i++)
        pack_f32(p, &k->slowing.block[i]);
    for (unsigned i = 0; i < SLOWING_SCALES; i++)
        pack_scale(p, &k->slowing.scales[i]);
    pack_count(p, &k->slowing.shown, SLOWING_SCALES);
    pack_within(p, &k->step_s, 0, STEP_MAX_S);
    pack_f64(p, &k->sum);
    pack_u32(p, &k->in_sum);
}

static void resume_flow(struct traffic_flow *f)
{
    f->total = (double)NAN;
    f->pending = 0;
}

void traffic_resume(struct traffic_watch *t, int64_t gap_ns, int64_t now_ns)
{
    cadence_resume(&t->cadence, gap_ns, now_ns);
    for (int i = 0; i < TRAFFIC_TIERS; i++) {
        resume_flow(&t->in[i]);
        resume_flow(&t->out[i]);
        resume_flow(&t->failed[i]);
    }
    memset(t->bucket_in, 0, sizeof(t->bucket_in));
    memset(t->bucket_out, 0, sizeof(t->bucket_out));
    memset(t->bucket_failed, 0, sizeof(t->bucket_failed));
    t->bucket_end_ns = 0;
    t->tested = false;
    t->eager = 0;
    /* How long an amplification lasts is counted in observed time, like the age of its finding. */
    if (t->metastability.surge_ns)
        t->metastability.surge_ns = resume_time(t->metastability.surge_ns, gap_ns);
    if (t->metastability.away_ns)
        t->metastability.away_ns = resume_time(t->metastability.away_ns, gap_ns);
}
