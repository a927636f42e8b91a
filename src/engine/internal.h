/* SPDX-License-Identifier: MIT
 * The engine's own insides, shared by the files of this room only. */
#ifndef COHERENCE_ENGINE_INTERNAL_H
#define COHERENCE_ENGINE_INTERNAL_H

#include "base/id_table.h"
#include "core/words.h"
#include "correlation/correlator.h"
#include "detection/law_module.h"
#include "engine/batch.h"
#include "engine/classic_engine.h"
#include "engine/crew.h"
#include "engine/engine.h"
#include "engine/shard.h"

#define ENGINE_THREADS_MAX 64
#define SHARDS_PER_THREAD  8U /* with several threads: so that they finish together */
#define ENGINE_SHARDS_MAX  (ENGINE_THREADS_MAX * SHARDS_PER_THREAD)
#define BATCH_RECORDS      16384U /* per thread, before the crew is sent out */

/* What a series id means to the engine. */
struct slot {
    struct watch *watch; /* NULL: not admitted yet */
    struct host_front *host;
    double scale;
    uint32_t metric;
    uint32_t shard;
    uint32_t series; /* whose slot it is */
};

/* An entity whose life is over, in the order in which that was said (life.c). */
struct leaver {
    uint32_t entity;
    enum entity_end end;
    int64_t t_ns;
    double days;  /* judged before an engine was restored that knew its watch no more */
    bool alone;   /* with the only series of its host that was judged by its surprise */
    bool ticked;  /* a tick has come since: what there was to say has been judged, */
    bool settled; /* and said; it makes no more room, and stays only while a story tells of it */
};

/* What the engine's front door knows of a host, in order of first appearance. */
struct host_front {
    uint32_t entity;
    uint32_t number; /* in the order of first appearance */
    uint32_t shard;
    struct watch *watch;
    struct cadence cadence;
    int64_t heard_ns;          /* of the last frame passed on to the watch */
    bool leaving;              /* its life is over */
    bool silent;               /* at the last tick */
    bool silent_as_merged;     /* at the tick that is being merged, which may lie before it */
    uint32_t series;           /* that are judged by their surprise */
    struct host_share *shares; /* one per shard, changed in the shard's own time */
    struct host_top top;       /* of the tick that is being merged; count 0: nothing came */
    struct host_tick last;     /* as emitted, or as it would be */
    bool has_last;
};

struct engine {
    struct engine_options options;
    enum engine_mode mode;
    struct law_settings settings;
    struct catalog *catalog;
    void (*callback)(void *context, const struct event *event);
    void *context;
    bool want_ticks;

    struct slot *slots;       /* a series' place: the low bits of its id */
    uint32_t slot_places;     /* a power of two, or 0 */
    uint32_t slot_count;      /* of them taken: series that have had a sample */
    struct id_table watch_of; /* struct watch by entity id */
    struct host_front **hosts;
    uint32_t host_count, host_capacity;
    struct id_table host_of; /* struct host_front by entity id */
    struct leaver *leavers;
    uint32_t leaver_count, leaver_capacity;
    uint32_t unsettled;     /* of them */
    uint32_t ticks_unswept; /* ticks since what has gone quiet was last looked for, */
    int64_t swept_ns;       /* and when that was; INT64_MIN: not yet */

    struct shard *shards;
    uint32_t shard_count, used_shards; /* those from used_shards on have no watch */
    struct crew *crew;                 /* NULL: one thread does everything */
    uint32_t thread_count;
    struct batch batches[2];
    struct batch *open;     /* is being filled */
    struct batch *sent;     /* is being worked off, or waits to be merged; NULL: neither */
    bool at_work;           /* the crew is at `sent` */
    bool *taken;            /* by shard: somebody works it off, or has done so */
    uint32_t batch_records; /* with so many a batch is sent out */

    struct correlator *correlator;
    struct words *words;            /* that a snapshot brought; NULL: none */
    struct classic_engine *classic; /* NULL in the default profile */

    int64_t last_tick_ns, last_frame_ns;
    bool has_ticked;
    int64_t merged_ns;       /* time of the last merged tick */
    uint64_t host_anomalies; /* of whole hosts; the others are counted by their shards */
    struct summary totals;
};

/* Emits one event and counts it. */
void engine_emit(struct engine *g, const struct event *event);

/* Says a finding when it opens and when it closes; what it learns in between goes into the incident's story
 * only (merge.c). */
void engine_say_finding(struct engine *g, const struct finding *f);

/* Merges what the shards have left for the ticks of b, in the one order, and emits it (merge.c). */
void engine_merge(struct engine *g, const struct batch *b);

/* Admits a series of the catalog: its slot, its entity's watch, its host (admit.c). Returns the slot, or NULL
 * (no memory). */
struct slot *engine_admit(struct engine *g, uint32_t series);

/* The watch of an entity, and the front of its host, made when new. NULL: no memory. No thread may be at
 * work, and no tick may wait. */
struct watch *engine_admit_entity(struct engine *g, uint32_t entity);

/* The slot of a series that has had a sample, or NULL. */
static inline struct slot *engine_slot(const struct engine *g, uint32_t series)
{
    if (g->slot_places == 0)
        return NULL;
    struct slot *s = &g->slots[series & (g->slot_places - 1)];
    return s->watch && s->series == series ? s : NULL;
}

/* What is watched of an entity, or NULL; the front of a host, or NULL. */
static inline struct watch *engine_watch(const struct engine *g, uint32_t entity)
{
    return id_table_get(&g->watch_of, entity);
}

static inline struct host_front *engine_host(const struct engine *g, uint32_t entity)
{
    return id_table_get(&g->host_of, entity);
}

/* Makes room for one more leaver. Returns false without memory. */
bool engine_reserve_leaver(struct engine *g);

/* A tick comes: leaves out what nothing has been heard of for long (life.c). */
void engine_sweep(struct engine *g, int64_t now_ns);

/* The last tick has been stated, and its findings said: tells the correlator who is gone; afterwards, when
 * everything of that tick has been said, forgets them. */
void engine_tell_leavers(struct engine *g);
void engine_settle(struct engine *g);

/* Days for which the alarms of a host's series together, or of its only one (alone), have been judged. */
double engine_judged_days(const struct watch *w, bool alone);
double engine_leaver_days(const struct engine *g, const struct leaver *l); /* that end with it */

/* The watch of an entity that is leaving, for what is open about it: made when new. NULL: no memory, or no
 * front of its host. */
struct watch *engine_admit_leaver(struct engine *g, uint32_t entity);

/* Takes one sample, in the thread that has the shard. */
void engine_take(struct shard *s, const struct slot *slot, int64_t t_ns, double x);

/* Sends the open batch out, and merges the one before it (dispatch.c). */
void engine_hand_over(struct engine *g);

/* Waits until no thread is at work. What they have done is not merged yet. */
void engine_wait(struct engine *g);

/* Hands a tick of the open batch to all shards. */
void engine_pass_on_tick(struct engine *g, uint32_t tick);

/* Hands a record of t_ns to its shard. There is a crew. */
void engine_pass_on(struct engine *g, uint32_t shard, int64_t t_ns, struct record r);

/* Has everything that was passed on been worked off and merged? */
bool engine_is_drained(const struct engine *g);

/* Tells all shards how many series a host has that are judged by their surprise. */
void engine_tell_company(struct engine *g, const struct host_front *host);

#endif
