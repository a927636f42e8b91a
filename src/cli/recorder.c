/* SPDX-License-Identifier: MIT
 * Decides what a recording needs so that any part of it can be replayed: every record as the engine gets it,
 * and now and then a KEY with configuration and snapshot. The rules:
 *
 * - The first KEY of a run stands before its first record, after engine_restore and engine_resume: the
 *   snapshot holds what they did, and a replay repeats neither.
 * - A later KEY stands between a tick that has been judged and the next record. Whoever comes from before
 *   needs nothing of it; whoever starts there, or has missed a block, begins with its snapshot.
 * - After a block that was refused another KEY follows soon: up to it nothing can be replayed.
 *
 * Encoding is the state room's matter, and so is where blocks go. */
#include "cli/recorder.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "base/pack.h"
#include "cli/session.h"
#include "engine/snapshot.h"

/* After a block that was refused, or a snapshot that could not be made. */
#define KEY_AGAIN_NS INT64_C(60000000000)
/* So much a crash may cost: the end of an incident, not its beginning. Heuristic, chosen on 2026-11-22 from
 * ten minutes of a host with 100 series: 2.6 bytes a sample, against 1.8 with blocks of a minute. */
#define BLOCK_SPAN_NS INT64_C(5000000000)

struct sink {
    int (*put)(void *context, const struct recording_block *block);
    void *context;
    struct recorder_state state;
};

struct recorder {
    struct session *session;
    struct recording_writer *writer;
    struct pack snapshot;
    struct sink sinks[RECORDER_SINKS_MAX];
    unsigned sink_count;
    bool began, refused; /* refused: a block since the last KEY */
    int64_t key_due_ns;
    uint64_t key_failures;
    int64_t from_ns, to_ns;
    char config[CONFIG_DUMP_MAX];
};

/* A block that one place refuses is missing there only: the numbers tell. */
static int put_block(void *context, const struct recording_block *block)
{
    struct recorder *r = context;
    int answer = 0;

    for (unsigned i = 0; i < r->sink_count; i++) {
        struct recorder_state *s = &r->sinks[i].state;
        int fault = r->sinks[i].put(r->sinks[i].context, block);
        if (fault) {
            s->lost_blocks++;
            s->lost_samples += block->samples;
            s->fault = s->fault ? s->fault : fault;
            r->refused = true;
            answer = fault;
            continue;
        }
        s->blocks++;
        s->bytes += block->n;
        s->samples += block->samples;
    }
    return answer;
}

static struct recording_writer *new_writer(struct recorder *r)
{
    const struct recording_settings settings = {.max_span_ns = BLOCK_SPAN_NS};

    return recording_writer_new(&settings, put_block, r);
}

struct recorder *recorder_new(struct session *session)
{
    struct recorder *r = calloc(1, sizeof(*r));

    if (!r)
        return NULL;
    r->session = session;
    r->from_ns = r->to_ns = INT64_MIN;
    pack_to_write(&r->snapshot, RECORDING_SNAPSHOT_MAX);
    r->writer = new_writer(r);
    if (!r->writer) {
        free(r);
        return NULL;
    }
    return r;
}

unsigned recorder_add(
    struct recorder *r, int (*put)(void *context, const struct recording_block *block), void *context)
{
    assert(r->sink_count < RECORDER_SINKS_MAX && !r->began);
    r->sinks[r->sink_count] = (struct sink){.put = put, .context = context};
    return r->sink_count++;
}

void recorder_free(struct recorder *r)
{
    if (!r)
        return;
    recording_writer_free(r->writer);
    pack_free(&r->snapshot);
    free(r);
}

/* Puts a KEY with the engine as it stands. t_ns: of its last tick, or of the first record to come. */
static void put_key(struct recorder *r, int64_t t_ns)
{
    struct text config;
    struct error e;

    text_init(&config, r->config, sizeof(r->config));
    config_write(&r->session->config, &config);
    struct recording_key key = {.t_ns = t_ns, .config = r->config, .config_n = config.length};
    pack_rewind(&r->snapshot);
    int fault = engine_save(r->session->engine, &r->snapshot, INT64_MIN, &e);
    if (!fault) {
        key.snapshot = r->snapshot.bytes;
        key.snapshot_n = r->snapshot.at;
    }
    /* The classic profile has none: a replay that starts there begins anew. */
    if (!fault || fault == -ENOTSUP || !r->began)
        fault = recording_writer_key(r->writer, &key);
    r->refused = false;
    r->key_failures += fault != 0;
    r->key_due_ns = t_ns + (fault ? KEY_AGAIN_NS : RECORDER_KEY_EVERY_NS);
}

static void note(struct recorder *r, int64_t t_ns)
{
    if (!r->began) {
        put_key(r, t_ns);
        r->began = true;
        if (r->from_ns == INT64_MIN)
            r->from_ns = t_ns;
    }
    if (t_ns > r->to_ns)
        r->to_ns = t_ns;
}

/* What could not be put has been counted by put_block. */
void recorder_frame(struct recorder *r, int64_t t_ns, const struct sample *samples, size_t n)
{
    note(r, t_ns);
    (void)recording_writer_frame(r->writer, engine_catalog(r->session->engine), t_ns, samples, n);
}

void recorder_gone(struct recorder *r, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    note(r, t_ns);
    (void)recording_writer_gone(r->writer, engine_catalog(r->session->engine), t_ns, entity, end);
}

void recorder_tick(struct recorder *r, int64_t now_ns)
{
    note(r, now_ns);
    (void)recording_writer_tick(r->writer, engine_catalog(r->session->engine), now_ns);
}

void recorder_ticked(struct recorder *r, int64_t now_ns)
{
    if (r->refused && r->key_due_ns - now_ns > KEY_AGAIN_NS)
        r->key_due_ns = now_ns + KEY_AGAIN_NS;
    if (now_ns >= r->key_due_ns)
        put_key(r, now_ns);
}

void recorder_renew(struct recorder *r)
{
    struct recording_writer *writer = r->began ? new_writer(r) : NULL;

    if (!r->began)
        return;
    (void)recording_writer_flush(r->writer);
    if (!writer) { /* no memory: a replay from before goes on as if nothing had been forgotten */
        r->key_due_ns = INT64_MIN;
        return;
    }
    recording_writer_free(r->writer);
    r->writer = writer;
    r->began = false;
}

void recorder_flush(struct recorder *r)
{
    (void)recording_writer_flush(r->writer);
}

struct recorder_state recorder_state(const struct recorder *r, unsigned sink)
{
    struct recorder_state s = r->sinks[sink].state;
    s.key_failures = r->key_failures;
    s.from_ns = r->from_ns;
    s.to_ns = r->to_ns;
    return s;
}
