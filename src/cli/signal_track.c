/* SPDX-License-Identifier: MIT
 * Turns recorded blocks into the readings of a law, by judging them again (rejudge.c). What is drawn of them
 * is explain.c's matter. */
#include "cli/signal_track.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "cli/rejudge.h"
#include "core/view.h"
#include "output/api/tracks.h"
#include "state/recording.h"

struct tracker {
    struct rejudge judge;
    struct signal_track *tracks;
    uint32_t count;
    int64_t until_ns;
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

static int note_tick(void *context, const struct view *v)
{
    struct tracker *k = context;
    const int64_t now_ns = view_now_ns(v);

    for (uint32_t i = 0; i < k->count; i++)
        note_point(&k->tracks[i], v, now_ns);
    return now_ns > k->until_ns ? -ECANCELED : 0;
}

static int take_block(void *context, const struct state_block *row)
{
    struct tracker *k = context;

    if (k->tracks->gives_up && k->tracks->gives_up(k->tracks->context))
        return -EINTR;
    const int r = rejudge_block(&k->judge, row->bytes, row->n);
    return r == -ECANCELED ? 1 : r;
}

int signal_track_read(struct state_reader *r, const struct config *config, struct signal_track *tracks,
    uint32_t count, struct signal_reach *ret)
{
    static struct tracker k;
    struct state_block_range range = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    int64_t from_ns = INT64_MAX;

    *ret = (struct signal_reach){.from_ns = INT64_MIN, .to_ns = INT64_MIN};
    k = (struct tracker){.judge = {.config = *config, .ticked = note_tick, .context = &k},
        .tracks = tracks,
        .count = count,
        .until_ns = INT64_MIN};
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
    code = rejudge_open(&k.judge);
    if (code)
        return code;
    code = state_reader_blocks(r, &range, take_block, &k);
    ret->from_ns = k.judge.from_ns;
    ret->to_ns = k.judge.to_ns;
    ret->damaged = k.judge.damaged;
    ret->cold = k.judge.cold;
    rejudge_close(&k.judge);
    return code == -EINTR ? -ECANCELED : code < 0 ? code : 0;
}
