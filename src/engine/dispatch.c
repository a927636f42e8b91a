/* SPDX-License-Identifier: MIT
 * Gives records to their shards: at once when one thread does everything, else in batches. While the crew
 * works a batch off, the feeding thread fills the next one; when that is full it helps with what is left of
 * the other, has the crew begin the new one, and merges the old. So nobody waits for long, whether reading
 * the input or judging it is dearer. Shards are several times as many as threads, and whoever is free takes
 * the next one: who that is cannot show, because a shard touches nothing of another's.
 *
 * What records mean is the shards' business, what becomes of outcomes the merge's. */
#include <math.h>

#include "engine/internal.h"

static void do_tick(struct shard *s, const struct batch *b, uint32_t tick)
{
    const struct tick_mark *m = &b->ticks[tick];

    for (uint32_t i = 0; i < m->change_count; i++) {
        const struct silence_change *c = &b->changes[m->change_from + i];
        c->host->shares[s->number].silent = c->silent;
    }
    shard_tick(s, tick, m->now_ns);
}

void engine_take(struct shard *s, const struct slot *slot, int64_t t_ns, double x)
{
    if (isfinite(x))
        shard_sample(s, slot->watch, slot->metric, t_ns, x);
    else
        slot->watch->unusable = true;
}

/* A sample's slot is there: who leaves does so when no record is under way. */
static const struct slot *slot_of(const struct engine *g, const struct record *r)
{
    return &g->slots[r->subject & (g->slot_places - 1)];
}

static void work_off_shard(struct engine *g, uint32_t shard)
{
    struct shard *s = &g->shards[shard];
    const struct queue *q = &g->sent->queues[shard];
    int64_t t_ns = 0;

    for (const struct record *r = q->records, *end = r + q->count; r < end; r++)
        switch ((enum record_kind)r->what) {
        case RECORD_TIME:
            t_ns = r->t_ns;
            break;
        case RECORD_FIRST:
            watch_heard(slot_of(g, r)->watch, t_ns);
            engine_take(s, slot_of(g, r), t_ns, r->x);
            break;
        case RECORD_SAMPLE:
            engine_take(s, slot_of(g, r), t_ns, r->x);
            break;
        case RECORD_HEARD:
            watch_heard(g->hosts[r->subject]->watch, t_ns);
            break;
        case RECORD_COMPANY:
            g->hosts[r->subject]->shares[shard].series = (uint32_t)r->n;
            break;
        case RECORD_TICK:
            do_tick(s, g->sent, (uint32_t)r->n);
            break;
        }
}

/* One member's part: its own share of the shards from the first on, because their state may still be in its
 * cache, then what others have left, from the far end of their shares. */
static void work_off(void *context, uint32_t part)
{
    struct engine *g = context;
    uint32_t all = g->used_shards, threads = g->thread_count;
    uint32_t first = all * part / threads, own = all * (part + 1) / threads - first;

    for (uint32_t i = 0; i < all; i++) {
        uint32_t shard = i < own ? first + i : (first + all - 1 - (i - own)) % all;
        if (!__atomic_exchange_n(&g->taken[shard], true, __ATOMIC_RELAXED))
            work_off_shard(g, shard);
    }
}

void engine_wait(struct engine *g)
{
    if (!g->at_work)
        return;
    crew_end(g->crew);
    g->at_work = false;
}

/* Merges what was sent out, once it is done, and has its batch filled next. */
static void take_back(struct engine *g, struct batch *b)
{
    engine_merge(g, b);
    batch_clear(b);
}

void engine_hand_over(struct engine *g)
{
    struct batch *done = g->sent;

    engine_wait(g);
    g->sent = g->open;
    for (uint32_t i = 0; i < g->used_shards; i++) {
        g->shards[i].out = &g->sent->outcomes[i];
        g->taken[i] = false;
    }
    g->open = g->sent == &g->batches[0] ? &g->batches[1] : &g->batches[0];
    g->at_work = true;
    crew_begin(g->crew, work_off, g);
    if (done)
        take_back(g, done);
}

bool engine_is_drained(const struct engine *g)
{
    return !g->sent && g->open->records == 0 && g->open->tick_count == 0;
}

int engine_flush(struct engine *g)
{
    if (!g->crew) {
        take_back(g, g->open);
    } else {
        if (g->open->records || g->open->tick_count)
            engine_hand_over(g);
        engine_wait(g);
        if (g->sent)
            take_back(g, g->sent);
        g->sent = NULL;
    }
    engine_settle(g);
    return 0;
}

void engine_pass_on(struct engine *g, uint32_t shard, int64_t t_ns, struct record r)
{
    batch_add_at(g->open, shard, t_ns, r);
    if (!batch_has_room(g->open, shard) || g->open->records >= g->batch_records)
        engine_hand_over(g);
}

void engine_tell_company(struct engine *g, const struct host_front *host)
{
    bool at_once = !g->crew || engine_is_drained(g);

    for (uint32_t s = 0; s < g->used_shards; s++)
        if (at_once)
            host->shares[s].series = host->series;
        else
            engine_pass_on(g, s, g->last_frame_ns,
                (struct record){.n = host->series, .subject = host->number, .what = RECORD_COMPANY});
}

void engine_pass_on_tick(struct engine *g, uint32_t tick)
{
    struct record r = {.n = tick, .what = RECORD_TICK};

    if (!g->crew) {
        do_tick(&g->shards[0], g->open, tick);
        return;
    }
    bool full = g->open->tick_count >= BATCH_TICKS || g->open->records >= g->batch_records;
    for (uint32_t s = 0; s < g->used_shards; s++) {
        batch_add(g->open, s, r);
        full |= !batch_has_room(g->open, s);
    }
    if (full)
        engine_hand_over(g);
}
