/* SPDX-License-Identifier: MIT
 * Turns the histories of the watched processes into short rankings. What a place in one proves is the laws'
 * matter. */
#include "ingestion/host/process_rank.h"

#include <math.h>

/* Is the entity the other one, or below it? Parents are older than their children, so this ends. */
static bool is_below(const struct catalog *c, uint32_t entity, uint32_t top)
{
    while (entity != ENTITY_NONE && entity != top)
        entity = catalog_entity_get(c, entity)->parent;
    return entity == top;
}

static double figure(const struct process *p, enum process_order order)
{
    struct process_minute m;

    process_history_minute(&p->history, &m);
    switch (order) {
    case PROCESS_BY_CPU:
        return m.cores;
    case PROCESS_BY_CPU_VARIANCE:
        return m.cores_variance;
    case PROCESS_BY_GROWTH:
        return m.growth_bytes_per_s;
    case PROCESS_BY_FAULTS:
        return m.faults_per_s;
    case PROCESS_BY_MAJOR_FAULTS:
        return m.major_per_s;
    case PROCESS_BY_WAIT:
        return p->has_wait ? m.wait_share : (double)NAN;
    case PROCESS_ORDER_COUNT:
        break;
    }
    return (double)NAN;
}

/* Puts one in its place among the count first ones. Of equals the earlier one stays before. */
static uint32_t insert(struct process_rank *out, uint32_t count, uint32_t max, struct process_rank one)
{
    uint32_t i = count;

    if (count == max && one.value <= out[max - 1].value)
        return count;
    if (count == max)
        i--;
    else
        count++;
    for (; i > 0 && out[i - 1].value < one.value; i--)
        out[i] = out[i - 1];
    out[i] = one;
    return count;
}

uint32_t process_table_top(
    const struct process_table *t, const struct process_query *q, struct process_rank *out, uint32_t max)
{
    uint32_t count = 0;
    double sum = 0;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct process *p = &t->items[i];
        if (!is_below(q->catalog, p->parent, q->below))
            continue;
        double value = figure(p, q->order);
        if (!(value > 0))
            continue;
        sum += value;
        count = insert(out, count, max, (struct process_rank){.process = p, .value = value});
    }
    for (uint32_t i = 0; i < count; i++)
        out[i].share = out[i].value / sum;
    return count;
}

bool process_table_wait(
    const struct process_table *t, const struct process_query *q, double *ret_wait, double *ret_share)
{
    double wait = 0, known = 0, all = 0;
    bool has_any = false;

    for (uint32_t i = 0; i < t->count; i++) {
        const struct process *p = &t->items[i];
        struct process_minute m;
        if (!is_below(q->catalog, p->parent, q->below))
            continue;
        process_history_minute(&p->history, &m);
        double cores = m.cores > 0 ? m.cores : 0;
        all += cores;
        if (!p->has_wait || isnan(m.wait_share))
            continue;
        known += cores;
        wait += m.wait_share;
        has_any = true;
    }
    if (!has_any)
        return false;
    *ret_wait = wait;
    *ret_share = all > 0 ? known / all : 1;
    return true;
}
