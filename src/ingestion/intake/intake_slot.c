/* SPDX-License-Identifier: MIT
 * From the values of several series at one time to one sample of the engine: sums of levels and of counters,
 * shares of CPU time. A slot waits until all its members have spoken, a later time comes, or it is settled;
 * who is a member is the matter of intake_lines.c. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/intake/intake_inside.h"

#define BYTES_MAX 4.6e18 /* 2^62 */
#define RATE_GAP_NS                                                                                          \
    INT64_C(300000000000) /* between two readings of a rate: what was between is not known                   \
                           */
#define RESET_S 3.0       /* idle and iowait may step back by this much: not a reset (base/counter.h) */

void intake_flush(struct intake *in)
{
    const struct feed *feed = &in->house->feed;

    if (in->out_count > 0 && in->fault == 0)
        in->fault = feed->frame(feed->context, in->out_ns, in->out, in->out_count);
    in->out_count = 0;
}

static void put(struct intake *in, uint32_t series, int64_t t_ns, double value)
{
    if (in->out_count > 0 && (in->out_ns != t_ns || in->out_count == INTAKE_FRAME_SAMPLES))
        intake_flush(in);
    in->out_ns = t_ns;
    in->out[in->out_count++] = (struct sample){.series = series, .value = value};
}

/* Does that mode count into the metric's share? */
static bool is_share(uint16_t metric, uint8_t part)
{
    if (metric == METRIC_CPU_IOWAIT)
        return part == MEANING_CPU_IOWAIT;
    if (metric == METRIC_CPU_STEAL)
        return part == MEANING_CPU_STEAL;
    return part == MEANING_CPU_BUSY;
}

/* Share of time since the frame before: those members count that were in both. NaN: none, or one started
 * anew. */
static double cpu_share(struct intake *in, const struct slot *s)
{
    double part = 0, all = 0;
    bool reset = false;

    for (uint32_t r = s->first; r != INTAKE_NONE; r = in->roles[r].next_of_slot) {
        struct role *m = &in->roles[r];
        if (!m->has || m->t_ns != s->t_ns)
            continue;
        double delta = m->value - m->before;
        if (m->before_ns == s->fed_ns && s->fed_ns != INT64_MIN) {
            reset |= delta < -RESET_S;
            all += delta > 0 ? delta : 0;
            part += delta > 0 && is_share(s->metric, m->part) ? delta : 0;
        }
        m->before = m->value;
        m->before_ns = s->t_ns;
    }
    return reset || all <= 0 ? (double)NAN : part / all;
}

/* How many CPUs it may use; NaN: not said. */
static double cpu_room(const struct intake *in, const struct slot *s)
{
    double count = (double)NAN, quota = (double)NAN, period = (double)NAN;

    for (uint32_t r = s->first; r != INTAKE_NONE; r = in->roles[r].next_of_slot) {
        const struct role *m = &in->roles[r];
        double *where = m->part == MEANING_CPU_COUNT    ? &count
                        : m->part == MEANING_CPU_QUOTA  ? &quota
                        : m->part == MEANING_CPU_PERIOD ? &period
                                                        : NULL;
        if (where && m->has && m->value > 0)
            *where = m->value;
    }
    return quota > 0 && period > 0 ? quota / period : count;
}

/* Seconds a second, over the CPUs that it may use. NaN: none, or one started anew. */
static double cpu_use(struct intake *in, const struct slot *s)
{
    double used = 0, seconds = (double)NAN;
    bool any = false;

    for (uint32_t r = s->first; r != INTAKE_NONE; r = in->roles[r].next_of_slot) {
        struct role *m = &in->roles[r];
        if (m->part != MEANING_CPU_SECONDS || !m->has || m->t_ns != s->t_ns)
            continue;
        if (m->before_ns == s->fed_ns && s->fed_ns != INT64_MIN) {
            double delta = m->value - m->before;
            seconds = (double)((uint64_t)s->t_ns - (uint64_t)s->fed_ns) * 1e-9;
            any |= delta < 0;
            used += delta;
        }
        m->before = m->value;
        m->before_ns = s->t_ns;
    }
    return any || isnan(seconds) ? (double)NAN : used / seconds / cpu_room(in, s);
}

static bool has_seconds(const struct intake *in, const struct slot *s)
{
    for (uint32_t r = s->first; r != INTAKE_NONE; r = in->roles[r].next_of_slot)
        if (in->roles[r].part >= MEANING_CPU_SECONDS)
            return true;
    return false;
}

static double sum(const struct intake *in, const struct slot *s)
{
    double all = s->base;

    for (uint32_t r = s->first; r != INTAKE_NONE; r = in->roles[r].next_of_slot)
        if (in->roles[r].has)
            all += in->roles[r].value;
    return all;
}

/* Everything that came for the frame at t_ns, as one sample. */
static void feed_slot(struct intake *in, struct slot *s)
{
    double value = !s->cpu ? sum(in, s) : has_seconds(in, s) ? cpu_use(in, s) : cpu_share(in, s);

    if (!isnan(value))
        put(in, s->series, s->t_ns, value);
    s->fed_ns = s->t_ns;
    s->t_ns = INT64_MIN;
    s->got = 0;
}

static void wait(struct intake *in, uint32_t slot)
{
    struct slot *s = &in->slots[slot];

    if (s->waits)
        return;
    if (in->open_count == in->open_capacity) {
        uint32_t more = in->open_capacity ? 2 * in->open_capacity : 64;
        uint32_t *open = realloc(in->open, more * sizeof(*open));
        if (!open)
            return; /* it is fed when the next time comes */
        in->open = open;
        in->open_capacity = more;
    }
    in->open[in->open_count++] = slot;
    s->waits = true;
}

/* A counter's member that joins when the sum has been fed must not move it, nor may one that starts anew
 * among others; alone it is passed on as it is, so that the engine sees it. */
static void keep_steady(struct slot *s, const struct role *m, double value)
{
    if (!m->has && s->fed_ns != INT64_MIN)
        s->base -= value;
    else if (m->has && (m->scale < 0 ? value > m->value : value < m->value) && s->members > 1)
        s->base += m->value - value;
}

/* What a rate has come to: it held since the reading before. */
static double rate_total(const struct role *m, int64_t t_ns, double rate)
{
    if (!m->has)
        return 0;
    int64_t dt_ns = t_ns - m->t_ns;
    return m->value + (dt_ns < RATE_GAP_NS ? rate * ((double)dt_ns * 1e-9) : 0);
}

/* Some say -1, or the largest number there is, for "no limit", and for a pool that has none. */
static bool is_none(const struct slot *s, double value)
{
    return s->metric < METRIC_KNOWN_COUNT && metric_table[s->metric].kind == METRIC_GAUGE &&
           strcmp(metric_table[s->metric].unit, "By") == 0 && (value < 0 || value >= BYTES_MAX);
}

void intake_count_in(struct intake *in, uint32_t role, int64_t t_ns, double value)
{
    struct role *m = &in->roles[role];
    struct slot *s = &in->slots[m->slot];

    if (is_none(s, value)) {
        intake_leave_slot(in, role);
        return;
    }
    value *= m->scale;
    if (s->t_ns != INT64_MIN && t_ns > s->t_ns)
        feed_slot(in, s);
    if (m->part == MEANING_RATE)
        value = rate_total(m, t_ns, value);
    if (s->counts && !s->cpu)
        keep_steady(s, m, value);
    s->members += m->left;
    m->left = false;
    m->value = value;
    m->has = true;
    m->t_ns = t_ns;
    if (s->fed_ns != INT64_MIN && t_ns <= s->fed_ns)
        return; /* the frame has been fed without it; it counts in the next one */
    s->t_ns = t_ns;
    if (++s->got >= s->members)
        feed_slot(in, s);
    else
        wait(in, m->slot);
}

void intake_leave_slot(struct intake *in, uint32_t role)
{
    struct role *m = &in->roles[role];
    struct slot *s = &in->slots[m->slot];

    if (m->left)
        return;
    if (m->has && s->counts && !s->cpu)
        s->base += m->value;
    m->has = false;
    m->left = true;
    s->members--;
}

void intake_settle(struct intake *in, int64_t t_ns)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < in->open_count; i++) {
        struct slot *s = &in->slots[in->open[i]];
        if (s->used && s->t_ns != INT64_MIN && s->t_ns > t_ns) {
            in->open[kept++] = in->open[i];
            continue;
        }
        if (s->used && s->t_ns != INT64_MIN)
            feed_slot(in, s);
        s->waits = false;
    }
    in->open_count = kept;
}
