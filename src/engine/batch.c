/* SPDX-License-Identifier: MIT
 * Keeps records by shard, ticks and outcomes until they have been worked off and merged. Memory for records
 * is taken at the start; the other lists grow with what happens within one batch, and are kept. Who works
 * when is dispatch.c's matter. */
#include "engine/batch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int batch_init(struct batch *b, uint32_t shard_count, bool queued)
{
    *b = (struct batch){.shard_count = shard_count};
    b->outcomes = calloc(shard_count, sizeof(*b->outcomes));
    if (!b->outcomes)
        return -ENOMEM;
    if (!queued)
        return 0;
    b->queues = calloc(shard_count, sizeof(*b->queues));
    if (!b->queues)
        return -ENOMEM;
    for (uint32_t i = 0; i < shard_count; i++) {
        b->queues[i].records = malloc(BATCH_QUEUE_RECORDS * sizeof(struct record));
        if (!b->queues[i].records)
            return -ENOMEM;
    }
    return 0;
}

void batch_done(struct batch *b)
{
    for (uint32_t i = 0; i < b->shard_count; i++) {
        if (b->outcomes)
            outcomes_done(&b->outcomes[i]);
        if (b->queues)
            free(b->queues[i].records);
    }
    free(b->outcomes);
    free(b->queues);
    free(b->ticks);
    free(b->changes);
    memset(b, 0, sizeof(*b));
}

void batch_clear(struct batch *b)
{
    for (uint32_t i = 0; i < b->shard_count; i++) {
        outcomes_clear(&b->outcomes[i]);
        if (b->queues) {
            b->queues[i].count = 0;
            b->queues[i].has_time = false;
        }
    }
    b->records = b->tick_count = b->change_count = 0;
}

/* Room for one item more, by doubling. Returns the list, or NULL when there is no memory (it stays as it
 * was). */
static void *make_room(void *items, uint32_t count, uint32_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    uint32_t more = *capacity ? 2 * *capacity : 16;
    void *bigger = realloc(items, more * size);
    if (bigger)
        *capacity = more;
    return bigger;
}

int batch_add_change(struct batch *b, struct host_front *host, bool silent)
{
    void *changes = make_room(b->changes, b->change_count, &b->change_capacity, sizeof(*b->changes));
    if (!changes)
        return -ENOMEM;
    b->changes = changes;
    b->changes[b->change_count++] = (struct silence_change){.host = host, .silent = silent};
    return 0;
}

int64_t batch_add_tick(struct batch *b, int64_t now_ns, uint32_t from)
{
    void *ticks = make_room(b->ticks, b->tick_count, &b->tick_capacity, sizeof(*b->ticks));
    if (!ticks)
        return -ENOMEM;
    b->ticks = ticks;
    b->ticks[b->tick_count] =
        (struct tick_mark){.now_ns = now_ns, .change_from = from, .change_count = b->change_count - from};
    return b->tick_count++;
}
