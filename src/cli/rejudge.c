/* SPDX-License-Identifier: MIT
 * Decides which engine judges which block when nobody is told: one is made of the first KEY, of each that
 * begins another run, and behind a gap (the rules of recorder.c, seen from the other end; playback.c follows
 * them where every word is printed). Where blocks come from, and what is asked of the engine, is others'. */
#include "cli/rejudge.h"

#include <errno.h>

#include "engine/engine.h"
#include "engine/snapshot.h"
#include "state/recording.h"

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct rejudge *j = context;

    return engine_frame(j->engine, t_ns, samples, n);
}

static int take_tick(void *context, int64_t now_ns)
{
    struct rejudge *j = context;
    const int r = engine_tick(j->engine, now_ns);

    if (r)
        return r;
    engine_flush(j->engine);
    if (j->from_ns == INT64_MIN)
        j->from_ns = now_ns;
    j->to_ns = now_ns;
    return j->ticked(j->context, engine_view(j->engine));
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct rejudge *j = context;

    return engine_gone(j->engine, t_ns, entity, end);
}

static void pass_over(void *context, const struct error *e)
{
    (void)context;
    (void)e;
}

static int make_engine(struct rejudge *j)
{
    engine_free(j->engine);
    j->engine = engine_new(&j->config.engine, ENGINE_STREAM, NULL);
    if (!j->engine)
        return -ENOMEM;
    engine_want_ticks(j->engine, j->keeps_ticks);
    return 0;
}

static int begin(struct rejudge *j, const struct recording_key *key)
{
    const struct config_recorded recorded = {.name = "", .bytes = key->config, .n = key->config_n};
    char bytes[ERROR_TEXT_MAX];
    struct text kept;

    text_init(&kept, bytes, sizeof(bytes));
    int r = config_take_recorded(&j->config, false, &recorded, &kept, pass_over, NULL);
    if (r == -ENOMEM)
        return r;
    j->config.engine.threads = 1;
    r = make_engine(j);
    if (r)
        return r;
    j->cold = key->snapshot_n == 0;
    if (key->snapshot_n && engine_restore(j->engine, key->snapshot, key->snapshot_n, NULL)) {
        j->cold = true;
        r = make_engine(j);
    }
    return r;
}

static int take_key(struct rejudge *j, const struct recording_block *b)
{
    struct recording_key key;
    const bool goes_on = j->follows && b->sequence == j->next && b->sequence != 0;
    int r = recording_reader_block(j->reader, b->bytes, b->n, NULL, &key);

    if (r == -ENOMEM)
        return r;
    j->next = b->sequence + 1;
    if (r < 0) {
        j->damaged++;
        j->follows = goes_on; /* it would have said what the engine knows */
        return 0;
    }
    if (goes_on)
        return 0;
    r = begin(j, &key);
    j->follows = r == 0;
    return r;
}

static int take_data(struct rejudge *j, const struct recording_block *b)
{
    const struct feed feed = {.context = j,
        .catalog = j->engine ? engine_catalog(j->engine) : NULL,
        .frame = take_frame,
        .tick = take_tick,
        .gone = take_gone};

    if (!j->engine || !j->follows || b->sequence != j->next) {
        j->follows = false;
        return 0;
    }
    j->next = b->sequence + 1;
    const int r = recording_reader_block(j->reader, b->bytes, b->n, &feed, NULL);
    if (r >= 0)
        return 0;
    if (r != -EBADMSG && r != -EPROTO && r != -EINVAL)
        return r;
    j->damaged++;
    j->follows = false;
    return 0;
}

int rejudge_open(struct rejudge *j)
{
    j->from_ns = j->to_ns = INT64_MIN;
    j->damaged = j->next = 0;
    j->cold = j->follows = false;
    j->engine = NULL;
    j->reader = recording_reader_new();
    return j->reader ? 0 : -ENOMEM;
}

int rejudge_block(struct rejudge *j, const void *bytes, size_t n)
{
    struct recording_block b;

    if (recording_check(bytes, n, &b, NULL)) {
        j->damaged++;
        j->follows = false;
        return 0;
    }
    return b.kind == RECORDING_KEY ? take_key(j, &b) : take_data(j, &b);
}

const struct view *rejudge_view(const struct rejudge *j)
{
    return j->engine ? engine_view(j->engine) : NULL;
}

void rejudge_close(struct rejudge *j)
{
    recording_reader_free(j->reader);
    engine_free(j->engine);
    j->reader = NULL;
    j->engine = NULL;
}
