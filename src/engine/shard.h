/* SPDX-License-Identifier: MIT
 * A share of the entities, watched and judged by one thread. A shard takes records in order and leaves
 * outcomes by tick; it knows nothing of other shards. */
#ifndef COHERENCE_ENGINE_SHARD_H
#define COHERENCE_ENGINE_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "detection/watch.h"

/* What one host is at one tick, as far as its own watch tells. */
struct host_reading {
    uint32_t tick; /* number of the tick */
    uint32_t host;
    bool fresh, unusable;
    bool paced; /* its cadence is known */
    struct law_reading laws[LAW_MAIN_COUNT];
};

struct shard_finding {
    uint32_t tick;
    struct finding finding;
};

/* The most surprising series of one host at one tick, of those that live in this shard. */
struct shard_top {
    uint32_t tick;
    uint32_t host;
    struct host_top top;
};

struct shard_anomaly {
    uint32_t tick;
    struct anomaly anomaly;
};

/* What a shard leaves behind for the merge, each list in order of tick. */
struct outcomes {
    struct host_reading *readings;
    uint32_t reading_count, reading_capacity;
    struct shard_finding *findings;
    uint32_t finding_count, finding_capacity;
    struct shard_top *tops;
    uint32_t top_count, top_capacity;
    struct shard_anomaly *anomalies;
    uint32_t anomaly_count, anomaly_capacity;
};

struct shard {
    const struct law_settings *settings;
    const struct catalog *names;
    uint32_t number;
    bool want_ticks, want_anomalies;
    struct watch **watches; /* in order of entity id */
    uint32_t watch_count, watch_capacity;
    uint64_t late, anomalies, dropped; /* totals; dropped: outcomes for which there was no memory */
    uint64_t judged;                   /* ticks */
    struct outcomes *out;              /* where outcomes go; set before the first tick */
    char apart[64];                    /* shards of two threads share no line of a cache */
};

void shard_init(
    struct shard *s, uint32_t number, const struct law_settings *settings, const struct catalog *names);
void shard_done(struct shard *s); /* frees its watches too */

/* Takes over a watch (kept in order of entity id). Returns 0 or -ENOMEM. */
int shard_adopt(struct shard *s, struct watch *w);

/* Takes one finite sample of a watch of this shard. */
static inline void shard_sample(struct shard *s, struct watch *w, uint32_t metric, int64_t t_ns, double x)
{
    if (!watch_take(w, metric, t_ns, x, s->settings))
        s->late++;
}

/* Judges every watch at now_ns; outcomes are appended under the tick's number. */
void shard_tick(struct shard *s, uint32_t tick, int64_t now_ns);

/* Frees the watches whose life is over and said to be. Returns how many. */
uint32_t shard_drop_over(struct shard *s);

/* Forgets outcomes (they have been merged), and frees what held them. */
void outcomes_clear(struct outcomes *o);
void outcomes_done(struct outcomes *o);

#endif
