/* SPDX-License-Identifier: MIT
 * Things for the shards to do, collected by the thread that feeds the engine, and what the shards made of
 * them. A batch belongs to one side at a time: it is filled, worked off, merged, and filled anew. */
#ifndef COHERENCE_ENGINE_BATCH_H
#define COHERENCE_ENGINE_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/shard.h"

#define BATCH_QUEUE_RECORDS 8192U /* of one shard */
#define BATCH_TICKS         256U

/* One thing for a shard to do, in order. Small, because each is written by one core and read by another. */
enum record_kind {
    RECORD_TIME,    /* what follows is of t_ns */
    RECORD_SAMPLE,  /* x, of the series `subject` */
    RECORD_FIRST,   /* the same, and the first that is heard of its host at that time; its watch is the host's
                     */
    RECORD_HEARD,   /* something is heard of the host `subject` (its number, not its entity) */
    RECORD_COMPANY, /* the host `subject` has n series that are judged by their surprise */
    RECORD_TICK     /* the n-th tick of the batch */
};
struct record {
    union {
        double x;
        int64_t t_ns;
        uint64_t n;
    };
    uint32_t subject;
    uint32_t what; /* enum record_kind */
};

struct queue {
    struct record *records;
    uint32_t count;
    bool has_time;
    int64_t t_ns; /* of the last RECORD_TIME */
};

/* A tick, and the hosts that fell silent or spoke again at it. */
struct tick_mark {
    int64_t now_ns;
    uint32_t change_from, change_count; /* in changes[] */
};

struct host_front;
struct silence_change {
    struct host_front *host;
    bool silent;
};

struct batch {
    struct queue *queues;      /* by shard; NULL: records are done at once */
    struct outcomes *outcomes; /* by shard */
    uint32_t shard_count;
    uint32_t records; /* in all queues */
    struct tick_mark *ticks;
    uint32_t tick_count, tick_capacity;
    struct silence_change *changes;
    uint32_t change_count, change_capacity;
};

/* Returns 0 or -ENOMEM; batch_done is due in either case. */
int batch_init(struct batch *b, uint32_t shard_count, bool queued);
void batch_done(struct batch *b);

/* Makes it empty; memory is kept. */
void batch_clear(struct batch *b);

/* Notes that a host falls silent or speaks again, for the tick that is added next. Returns 0 or -ENOMEM. */
int batch_add_change(struct batch *b, struct host_front *host, bool silent);

/* Adds a tick, with the changes since changes[from]. Returns its number or -ENOMEM. */
int64_t batch_add_tick(struct batch *b, int64_t now_ns, uint32_t from);

/* Adds a record for a shard, whose queue is not full. */
static inline void batch_add(struct batch *b, uint32_t shard, struct record r)
{
    struct queue *q = &b->queues[shard];
    q->records[q->count++] = r;
    b->records++;
}

/* The same for what happens at t_ns; needs room for two. */
static inline void batch_add_at(struct batch *b, uint32_t shard, int64_t t_ns, struct record r)
{
    struct queue *q = &b->queues[shard];
    if (!q->has_time || q->t_ns != t_ns) {
        q->has_time = true;
        q->t_ns = t_ns;
        batch_add(b, shard, (struct record){.t_ns = t_ns, .what = RECORD_TIME});
    }
    batch_add(b, shard, r);
}

/* Has the queue room for two records more, whatever they are? */
static inline bool batch_has_room(const struct batch *b, uint32_t shard)
{
    return b->queues[shard].count + 2 <= BATCH_QUEUE_RECORDS;
}

#endif
