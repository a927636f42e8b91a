/* SPDX-License-Identifier: MIT
 * Turns windows of traffic during an open amplification into the question whether its trigger has gone while
 * it stays at low goodput. Whether there is an amplification is the ratio test's matter (ratio.h).
 *
 * An amplification whose trigger was never seen is none of this: as long as a dependency is down, retries are
 * a storm, and nothing here can see that it is down but the failures themselves. */
#include "detection/metastability.h"

#include <math.h>

/* Heuristics, chosen on 2026-11-22 with the simulator's storms (docs/laws.md). */
#define SURGE        1.5        /* times the level: a trigger */
#define BACK         1.25       /* times the level: back at it */
#define STRAY        3.0        /* usual deviations that are no surge and still back */
#define LEVEL_AFTER  5U         /* windows behind a level */
#define LEVEL_WEIGHT (1.0 / 60) /* of a minute's window: an hour, so that a day's course is no surge */
#define GOOD_SHARE   0.75       /* of the usual goodput: above it work gets done */
#define BEFORE_NS    INT64_C(600000000000) /* a trigger precedes its finding by no more */
#define SUSTAINED_NS INT64_C(300000000000)

void metastability_take(struct metastability *m, const struct metastability_window *w, bool learn)
{
    const struct average *level = &m->usual_in;
    bool known = level->count >= LEVEL_AFTER;
    double stray = STRAY * level->deviation;
    bool surge = known && w->in > SURGE * level->mean && w->in > level->mean + stray;
    bool back = known && (w->in <= BACK * level->mean || w->in <= level->mean + stray);
    bool good = !(w->good_share < GOOD_SHARE * w->usual_good);

    if (surge)
        m->surge_ns = w->end_ns;
    if (!back || good || !w->amplified || m->away_ns == 0)
        m->away_ns = w->end_ns;
    if (learn && w->finding_ns == 0)
        average_take(&m->usual_in, w->in, LEVEL_WEIGHT, 1.0);
    int64_t trigger_ns = m->surge_ns > w->trigger_ns ? m->surge_ns : w->trigger_ns;
    bool lasts = w->finding_ns && trigger_ns && trigger_ns >= w->finding_ns - BEFORE_NS &&
                 w->end_ns - m->away_ns >= SUSTAINED_NS && w->end_ns - trigger_ns >= SUSTAINED_NS;
    /* Once it is metastable, it is until its amplification is over: a new surge does not make it less so. */
    m->found = w->finding_ns && (m->found || lasts);
}
