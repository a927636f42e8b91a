/* SPDX-License-Identifier: MIT
 * Turns shares of time and rates into whether an entity is in contention: at once by limits that healthy
 * hosts do not reach, and by its own habit once that is known. What it is called is the seizure law's matter.
 *
 * Pressure on the CPU is not among them: every full host has it, and most of those are at work. */
#include "detection/contention.h"

#include <math.h>
#include <string.h>

#include "detection/convoy.h"

/* Heuristics, chosen on 2026-11-22. A quota that takes a quarter of the time is felt by whoever waits for an
 * answer; memory is waited for in a tenth of the time only where pages are evicted that are needed again. On
 * fast storage even that takes little time: a working set half as large again as its limit read 13 000 pages
 * a second anew and waited 3 % of the time, a compile none. */
static const double least[CONTENTION_KINDS] = {[CONTENTION_THROTTLED] = 0.25,
    [CONTENTION_MEMORY] = 0.10,
    [CONTENTION_REFAULTS] = 500,
    [CONTENTION_LOCK] = CONVOY_SHARE};
/* 0: its habit is known elsewhere, and nothing is learned here. */
static const double deviation_least[CONTENTION_KINDS] = {
    [CONTENTION_THROTTLED] = 0.01, [CONTENTION_MEMORY] = 0.01, [CONTENTION_REFAULTS] = 10};
#define QUIET_SHARE    0.2 /* of the way from its usual value to the limit: so far it is close to it */
#define SUSTAINED_NS   INT64_C(15000000000)
#define OWN_AFTER_NS   INT64_C(1800000000000) /* half an hour, as for swings */
#define OWN_TIMES      1.5
#define OWN_DEVIATIONS 6.0
#define HALF_LIFE_S    86400.0
#define LN2            0.69314718055994530942
#define STEP_MAX_S     60.0 /* a longer one teaches no more than this */

void contention_init(struct contention *c)
{
    memset(c, 0, sizeof(*c));
    for (int i = 0; i < CONTENTION_KINDS; i++)
        c->learns_since_ns[i] = c->since_ns[i] = c->quiet_ns[i] = INT64_MIN;
    c->stepped_ns = INT64_MIN;
}

void contention_break(struct contention *c)
{
    for (int i = 0; i < CONTENTION_KINDS; i++)
        c->since_ns[i] = c->quiet_ns[i] = INT64_MIN;
    c->stepped_ns = INT64_MIN;
    c->line_ns = 0;
}

static bool knows(const struct contention *c, int kind, int64_t now_ns)
{
    int64_t since_ns = c->learns_since_ns[kind];
    return since_ns != INT64_MIN && (uint64_t)now_ns - (uint64_t)since_ns >= (uint64_t)OWN_AFTER_NS;
}

static double limit_of(const struct contention *c, int kind, int64_t now_ns)
{
    const struct average *u = &c->usual[kind];
    double limit = least[kind];

    if (!knows(c, kind, now_ns))
        return limit;
    if (limit < OWN_TIMES * u->mean)
        limit = OWN_TIMES * u->mean;
    if (limit < u->mean + OWN_DEVIATIONS * u->deviation)
        limit = u->mean + OWN_DEVIATIONS * u->deviation;
    return limit;
}

/* Up to there a value says that nothing has begun yet. A mean beyond the limit is no usual value: it has been
 * learned from trouble. */
static double quiet_of(const struct contention *c, int kind, double limit)
{
    double mean = c->usual[kind].count > 0 && c->usual[kind].mean < limit ? c->usual[kind].mean : 0;

    return mean + QUIET_SHARE * (limit - mean);
}

struct contention_view contention_look(
    const struct contention *c, int64_t now_ns, const double now[CONTENTION_KINDS])
{
    struct contention_view best = {
        .value = (double)NAN, .expected = (double)NAN, .since_ns = INT64_MIN, .onset_ns = now_ns};
    double nearest = -1;

    for (int i = 0; i < CONTENTION_KINDS; i++) {
        double limit = limit_of(c, i, now_ns);
        if (isnan(now[i]) || !(now[i] / limit > nearest))
            continue;
        nearest = now[i] / limit;
        best = (struct contention_view){.kind = (enum contention_kind)i,
            .value = now[i],
            .expected = knows(c, i, now_ns) ? c->usual[i].mean : (double)NAN,
            .limit = limit,
            .since_ns = c->since_ns[i],
            .onset_ns = c->quiet_ns[i] != INT64_MIN ? c->quiet_ns[i] : now_ns,
            .active = c->since_ns[i] != INT64_MIN && now_ns - c->since_ns[i] >= SUSTAINED_NS};
    }
    return best;
}

struct contention_view contention_step(
    struct contention *c, int64_t now_ns, const double now[CONTENTION_KINDS], bool frozen)
{
    bool first = c->stepped_ns == INT64_MIN;
    double dt_s = first ? 1 : (double)((uint64_t)now_ns - (uint64_t)c->stepped_ns) * 1e-9;
    double weight = LN2 * (dt_s < STEP_MAX_S ? dt_s : STEP_MAX_S) / HALF_LIFE_S;

    if (!first && now_ns <= c->stepped_ns)
        return contention_look(c, now_ns, now);
    c->stepped_ns = now_ns;
    for (int i = 0; i < CONTENTION_KINDS; i++) {
        double limit = limit_of(c, i, now_ns);
        bool beyond = now[i] >= limit; /* not when it is NaN */
        if (c->quiet_ns[i] == INT64_MIN || now[i] <= quiet_of(c, i, limit))
            c->quiet_ns[i] = now_ns;
        if (!beyond)
            c->since_ns[i] = INT64_MIN;
        else if (c->since_ns[i] == INT64_MIN)
            c->since_ns[i] = now_ns;
        if (deviation_least[i] == 0 || isnan(now[i]) || frozen || (beyond && knows(c, i, now_ns)))
            continue;
        if (c->learns_since_ns[i] == INT64_MIN)
            c->learns_since_ns[i] = now_ns;
        average_take(&c->usual[i], now[i], weight, deviation_least[i]);
    }
    return contention_look(c, now_ns, now);
}
