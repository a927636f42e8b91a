/* SPDX-License-Identifier: MIT
 * Turns recorded blocks into the readings of a law, by judging them again. What is drawn of them is
 * explain.c's matter; which engine judges which block follows the recorder's rules (recorder.c): one is made
 * of the first KEY, of each that begins another run, and behind a gap. */
#include "cli/signal_track.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "core/view.h"
#include "engine/engine.h"
#include "engine/snapshot.h"
#include "output/api/tracks.h"
#include "state/recording.h"
#include "state/recording_reader.h"

struct tracker {
    struct config config;
    struct engine *engine; /* NULL: no KEY yet */
    struct recording_reader *reader;
    struct signal_track *tracks;
    uint32_t count;
    int64_t until_ns;
    uint64_t next; /* number of the block that goes on */
    bool follows;
    struct signal_reach *reach;
};

static bool read_metric(const struct view *v, uint32_t entity, const char *name, struct law_reading *ret)
{
    const uint32_t what = track_metric_named(view_catalog(v), entity, name);
    struct view_signal signal;

    if (what == UINT32_MAX || !view_signal(v, entity, what - LAW_COUNT, &signal))
        return false;
    ret->value = signal.value;
    ret->expected = signal.expected;
    return true;
}

static void note_point(struct signal_track *s, const struct view *v, int64_t t_ns)
{
    if (t_ns < s->from_ns || t_ns > s->to_ns || s->count == SIGNAL_POINTS_MAX)
        return;
    const uint32_t id =
        catalog_find_text(view_catalog(v), s->host, strlen(s->host), s->entity, strlen(s->entity));
    if (id == ENTITY_NONE)
        return;
    struct law_reading r = {.value = NAN, .expected = NAN, .lo = NAN, .hi = NAN};
    if (!s->metric)
        r = view_reading(v, id, s->law);
    else if (!read_metric(v, id, s->metric, &r))
        return;
    s->t_ns[s->count] = t_ns;
    s->value[s->count] = r.value;
    s->expected[s->count] = r.expected;
    s->lo[s->count] = r.lo;
    s->hi[s->count++] = r.hi;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct tracker *k = context;

    return engine_frame(k->engine, t_ns, samples, n);
}

static int take_tick(void *context, int64_t now_ns)
{
    struct tracker *k = context;
    const int r = engine_tick(k->engine, now_ns);

    if (r)
        return r;
    engine_flush(k->engine);
    if (k->reach->from_ns == INT64_MIN)
        k->reach->from_ns = now_ns;
    k->reach->to_ns = now_ns;
    for (uint32_t i = 0; i < k->count; i++)
        note_point(&k->tracks[i], engine_view(k->engine), now_ns);
    return now_ns > k->until_ns ? -ECANCELED : 0;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct tracker *k = context;

    return engine_gone(k->engine, t_ns, entity, end);
}

static void pass_over(void *context, const struct error *e)
{
    (void)context;
    (void)e;
}

static int make_engine(struct tracker *k)
{
    engine_free(k->engine);
    k->engine = engine_new(&k->config.engine, ENGINE_STREAM, NULL);
    return k->engine ? 0 : -ENOMEM;
}

static int begin(struct tracker *k, const struct recording_key *key)
{
    const struct config_recorded recorded = {.name = "", .bytes = key->config, .n = key->config_n};
    char bytes[ERROR_TEXT_MAX];
    struct text kept;

    text_init(&kept, bytes, sizeof(bytes));
    int r = config_take_recorded(&k->config, false, &recorded, &kept, pass_over, NULL);
    if (r == -ENOMEM)
        return r;
    k->config.engine.threads = 1;
    r = make_engine(k);
    if (r)
        return r;
    k->reach->cold = key->snapshot_n == 0;
    if (key->snapshot_n && engine_restore(k->engine, key->snapshot, key->snapshot_n, NULL)) {
        k->reach->cold = true;
        r = make_engine(k);
    }
    return r;
}

static int take_key(struct tracker *k, const struct recording_block *b)
{
    struct recording_key key;
    const bool goes_on = k->follows && b->sequence == k->next && b->sequence != 0;
    int r = recording_reader_block(k->reader, b->bytes, b->n, NULL, &key);

    if (r == -ENOMEM)
        return r;
    k->next = b->sequence + 1;
    if (r < 0) {
        k->reach->damaged++;
        k->follows = goes_on; /* it would have said what the engine knows */
        return 0;
    }
    if (goes_on)
        return 0;
    r = begin(k, &key);
    k->follows = r == 0;
    return r;
}

static int take_data(struct tracker *k, const struct recording_block *b)
{
    const struct feed feed = {.context = k,
        .catalog = k->engine ? engine_catalog(k->engine) : NULL,
        .frame = take_frame,
        .tick = take_tick,
        .gone = take_gone};

    if (!k->engine || !k->follows || b->sequence != k->next) {
        k->follows = false;
        return 0;
    }
    k->next = b->sequence + 1;
    const int r = recording_reader_block(k->reader, b->bytes, b->n, &feed, NULL);
    if (r >= 0)
        return 0;
    if (r != -EBADMSG && r != -EPROTO && r != -EINVAL)
        return r;
    k->reach->damaged++;
    k->follows = false;
    return 0;
}

static int take_block(void *context, const struct state_block *row)
{
    struct tracker *k = context;
    struct recording_block b;

    if (k->tracks->gives_up && k->tracks->gives_up(k->tracks->context))
        return -EINTR;
    if (recording_check(row->bytes, row->n, &b, NULL)) {
        k->reach->damaged++;
        k->follows = false;
        return 0;
    }
    const int r = b.kind == RECORDING_KEY ? take_key(k, &b) : take_data(k, &b);
    return r == -ECANCELED ? 1 : r;
}

int signal_track_read(struct state_reader *r, const struct config *config, struct signal_track *tracks,
    uint32_t count, struct signal_reach *ret)
{
    static struct tracker k;
    struct state_block_range range = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    int64_t from_ns = INT64_MAX;

    *ret = (struct signal_reach){.from_ns = INT64_MIN, .to_ns = INT64_MIN};
    k = (struct tracker){
        .config = *config, .tracks = tracks, .count = count, .until_ns = INT64_MIN, .reach = ret};
    for (uint32_t i = 0; i < count; i++) {
        tracks[i].count = 0;
        from_ns = tracks[i].from_ns < from_ns ? tracks[i].from_ns : from_ns;
        k.until_ns = tracks[i].to_ns > k.until_ns ? tracks[i].to_ns : k.until_ns;
    }
    int code = state_reader_find_block(r, RECORDING_KEY, from_ns, &range.from_sequence);
    if (code)
        return code == -ENOENT ? 0 : code;
    ret->any = true;
    if (k.until_ns - from_ns > SIGNAL_SPAN_MAX_NS)
        k.until_ns = from_ns + SIGNAL_SPAN_MAX_NS;
    k.reader = recording_reader_new();
    if (!k.reader)
        return -ENOMEM;
    code = state_reader_blocks(r, &range, take_block, &k);
    recording_reader_free(k.reader);
    engine_free(k.engine);
    return code == -EINTR ? -ECANCELED : code < 0 ? code : 0;
}
