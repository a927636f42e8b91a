/* SPDX-License-Identifier: MIT
 * Decides which engine judges each block of a recording. The rules, which are the recorder's seen from the
 * other end:
 *
 * - The first KEY makes an engine: of the recorded configuration, but for what the command line names, and of
 *   its snapshot.
 * - A KEY with the number 0 is the beginning of another run of the sentinel: its snapshot is what that run
 *   began with, after the time between was cut out. Another engine is made of it, as it was then.
 * - Any other KEY says what the engine knows already, and may be damaged.
 * - Where a block is missing or damaged the engine's state is unknown: what follows is passed over up to the
 *   next KEY, of which another engine is made.
 *
 * A snapshot that this version cannot read is said; the engine then begins anew. */
#include "cli/playback.h"

#include <errno.h>
#include <string.h>

#include "base/number.h"
#include "engine/snapshot.h"

#define GAPS_SAID 8 /* more are counted */

int playback_open(struct playback *p, struct session *s, const char *name)
{
    *p = (struct playback){.session = s, .name = name, .asked = s->config, .last_ns = INT64_MIN};
    p->reader = recording_reader_new();
    return p->reader ? 0 : -ENOMEM;
}

static void say_problem(void *context, const struct error *e)
{
    (void)context;
    session_say_error(e);
}

/* The configuration that holds from that KEY on. Returns 0, -EBADMSG or -ENOMEM with e filled. */
static int configure(struct playback *p, const struct recording_key *key, struct error *e)
{
    struct session *s = p->session;
    const struct config_recorded recorded = {.name = p->name, .bytes = key->config, .n = key->config_n};
    static struct config merged;
    char kept[ERROR_TEXT_MAX];
    struct text list;

    merged = p->asked;
    text_init(&list, kept, sizeof(kept));
    int r =
        config_take_recorded(&merged, s->arguments->config_file != NULL, &recorded, &list, say_problem, NULL);
    if (r == -ENOMEM)
        return error_set_at(e, r, p->name, 0, 0, "not enough memory");
    if (r)
        session_say("%s: its configuration is another version's: what is said may differ", p->name);
    if (config_validate(&merged, say_problem, NULL))
        return error_set_at(e, -EBADMSG, p->name, 0, 0, "its configuration contradicts itself");
    if (list.length && !p->began)
        session_say("%s: judged with other settings than it was recorded with: what is said may differ (%s)",
            p->name, kept);
    s->config.engine = merged.engine;
    return 0;
}

static int make_engine(struct playback *p, struct error *e)
{
    struct session *s = p->session;
    int status = s->engine ? session_renew(s, ENGINE_STREAM) : session_start(s, ENGINE_STREAM);

    return status ? error_set_at(e, -ENOMEM, p->name, 0, 0, "no engine could be made") : 0;
}

/* Makes the engine that judges from there on. */
static int begin(struct playback *p, const struct recording_key *key, bool is_start, struct error *e)
{
    struct session *s = p->session;
    struct error why;
    char at[TIMESTAMP_TEXT_MAX];

    int r = configure(p, key, e);
    if (r == 0)
        r = make_engine(p, e);
    if (r)
        return r;
    timestamp_format(key->t_ns, at);
    if (key->snapshot_n > 0) {
        r = engine_restore(s->engine, key->snapshot, key->snapshot_n, &why);
        if (r) {
            session_say("%s: the snapshot of %s cannot be used: %s; judged from a cold start there", p->name,
                at, why.text);
            r = make_engine(p, e);
        }
    } else if (!is_start) {
        session_say("%s: there is no snapshot at %s; judged from a cold start there", p->name, at);
    }
    if (r)
        return r;
    session_begin(s);
    p->feed = session_feed(s);
    p->began = true;
    return 0;
}

static void note_damage(struct playback *p, const struct error *why)
{
    p->follows = false;
    if (p->in_gap)
        return;
    p->in_gap = true;
    p->gaps++;
    p->why = *why;
}

/* The gap ends with the snapshot of to_ns, INT64_MAX: it does not. */
static void say_gap(struct playback *p, int64_t to_ns)
{
    char from[TIMESTAMP_TEXT_MAX] = "its beginning", to[TIMESTAMP_TEXT_MAX] = "its end";

    if (!p->in_gap)
        return;
    p->in_gap = false;
    if (p->gaps > GAPS_SAID)
        return;
    if (p->last_ns != INT64_MIN)
        timestamp_format(p->last_ns, from);
    if (to_ns != INT64_MAX)
        timestamp_format(to_ns, to);
    session_say("%s: not replayed: from %s to %s%s: %s", p->name, from, to,
        to_ns != INT64_MAX ? ", where the next snapshot is" : "", p->why.text);
}

/* What the reader answered to a block that it did not take. */
static int refuse(struct playback *p, int r, struct error *e)
{
    const struct error *why = recording_reader_error(p->reader);

    if (r == -EBADMSG) {
        note_damage(p, why);
        return 0;
    }
    if (r == -EINVAL)
        return error_set_at(e, -EBADMSG, p->name, 0, 0, "its times run backwards");
    *e = (struct error){.code = r};
    return r == -EPROTO || r == -ENOMEM ? error_set_at(e, r, p->name, 0, 0, "%s", why->text) : r;
}

static int take_key(struct playback *p, const struct recording_block *block, struct error *e)
{
    struct recording_key key;
    char at[TIMESTAMP_TEXT_MAX];
    const bool is_start = block->sequence == 0, goes_on = p->follows && block->sequence == p->next;

    int r = recording_reader_block(p->reader, block->bytes, block->n, NULL, &key);
    if (r == -EBADMSG && goes_on && !is_start) { /* it would have said what the engine knows */
        timestamp_format(block->from_ns, at);
        session_say("%s: the snapshot of %s is damaged; it was not needed", p->name, at);
        r = 0;
    }
    if (r < 0)
        return refuse(p, r, e);
    p->next = block->sequence + 1;
    if (goes_on && !is_start)
        return 0;
    say_gap(p, key.t_ns);
    r = begin(p, &key, is_start, e);
    p->follows = r == 0;
    return r;
}

static int take_data(struct playback *p, const struct recording_block *block, struct error *e)
{
    struct error gap;

    if (p->follows && block->sequence != p->next) {
        error_set(&gap, -EBADMSG, "blocks are missing");
        note_damage(p, &gap);
    }
    if (!p->follows)
        return 0;
    p->next = block->sequence + 1;
    int r = recording_reader_block(p->reader, block->bytes, block->n, &p->feed, NULL);
    if (r < 0)
        return refuse(p, r, e);
    p->last_ns = block->to_ns;
    return 0;
}

int playback_block(struct playback *p, const struct recording_block *block, struct error *e)
{
    return block->kind == RECORDING_KEY ? take_key(p, block, e) : take_data(p, block, e);
}

void playback_lost(struct playback *p, const struct error *why)
{
    recording_reader_lost(p->reader);
    note_damage(p, why);
}

void playback_close(struct playback *p)
{
    struct recording_read read = recording_reader_totals(p->reader);

    say_gap(p, INT64_MAX);
    if (p->gaps > GAPS_SAID)
        session_say("%s: and %llu more such places", p->name, (unsigned long long)(p->gaps - GAPS_SAID));
    if (read.refused)
        session_say("%s: %llu samples were not judged: their series found no room (engine.max_series, "
                    "engine.max_entities), or mean nothing to this version",
            p->name, (unsigned long long)read.refused);
    recording_reader_free(p->reader);
    p->reader = NULL;
}
