/* SPDX-License-Identifier: MIT
 * Turns readings of one process into rates and a variance over the last minute. Which processes are worth it,
 * and what the figures mean, is left to the process table. */
#include "ingestion/host/process_history.h"

#include <math.h>

void process_history_cores(struct process_history *h, double cores)
{
    if (isnan(cores))
        return;
    h->cores[h->core_head] = (float)cores;
    h->core_head = (h->core_head + 1) % PROCESS_HISTORY_ROUNDS;
    if (h->core_count < PROCESS_HISTORY_ROUNDS)
        h->core_count++;
}

static const struct process_mark *newest(const struct process_history *h)
{
    return &h->marks[(h->mark_head + PROCESS_HISTORY_MARKS - 1) % PROCESS_HISTORY_MARKS];
}

static const struct process_mark *oldest(const struct process_history *h)
{
    return &h->marks[(h->mark_head + PROCESS_HISTORY_MARKS - h->mark_count) % PROCESS_HISTORY_MARKS];
}

void process_history_mark(struct process_history *h, const struct process_mark *mark)
{
    if (h->mark_count > 0 && mark->t_ns - newest(h)->t_ns < PROCESS_HISTORY_MARK_NS)
        return;
    h->marks[h->mark_head] = *mark;
    h->mark_head = (h->mark_head + 1) % PROCESS_HISTORY_MARKS;
    if (h->mark_count < PROCESS_HISTORY_MARKS)
        h->mark_count++;
}

/* A counter's rate between two marks; what fell began anew, and then nobody knows. */
static double rate(uint64_t from, uint64_t to, double dt_s)
{
    return to >= from ? (double)(to - from) / dt_s : (double)NAN;
}

void process_history_trend(const struct process_history *h, struct process_minute *ret)
{
    *ret =
        (struct process_minute){(double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN, (double)NAN};
    if (h->mark_count < 2)
        return;
    const struct process_mark *a = oldest(h), *b = newest(h);
    double dt_s = (double)(b->t_ns - a->t_ns) * 1e-9;
    ret->growth_bytes_per_s = ((double)b->rss_bytes - (double)a->rss_bytes) / dt_s;
    ret->faults_per_s = rate(a->faults, b->faults, dt_s);
    ret->major_per_s = rate(a->major_faults, b->major_faults, dt_s);
    ret->wait_share = rate(a->wait_ns, b->wait_ns, dt_s) * 1e-9;
}

void process_history_minute(const struct process_history *h, struct process_minute *ret)
{
    double mean = 0, m2 = 0;

    process_history_trend(h, ret);
    if (h->core_count < 2)
        return;
    /* Welford 1962, Technometrics 4(3), 419-420. The ring's order does not matter to a variance. */
    for (uint32_t i = 0; i < h->core_count; i++) {
        double x = (double)h->cores[i], d = x - mean;
        mean += d / (i + 1);
        m2 += d * (x - mean);
    }
    ret->cores = mean;
    ret->cores_variance = m2 / (h->core_count - 1);
}
