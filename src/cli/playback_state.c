/* SPDX-License-Identifier: MIT
 * Brings the recorded blocks of a state file to a playback, in their order. Rows are not believed: what a
 * block is, its own bytes say. */
#include "cli/playback_state.h"

#include <errno.h>
#include <string.h>

struct visit {
    struct playback *playback;
    const volatile int *stop;
    struct error *error;
    int answer; /* of the playback, when it stopped */
};

static int take_row(void *context, const struct state_block *row)
{
    struct visit *v = context;
    struct recording_block block = {0};
    struct error e;

    if (*v->stop) {
        v->answer = -EINTR;
        return 1;
    }
    int r = row->n >= RECORDING_HEADER_SIZE ? recording_look(row->bytes, row->n, &block, &e)
                                            : error_set(&e, -EBADMSG, "a block is too short");
    if (r == 0 && block.n != row->n)
        r = error_set(&e, -EBADMSG, "a block is shorter or longer than it says");
    if (r == 0) {
        block.bytes = row->bytes;
        v->answer = playback_block(v->playback, &block, v->error);
    } else if (r == -EBADMSG) {
        playback_lost(v->playback, &e);
    } else {
        v->answer = error_set_at(v->error, r, v->playback->name, 0, 0, "%s", e.text);
    }
    return v->answer != 0;
}

int playback_state(
    struct playback *p, const struct state_source *source, const volatile int *stop, struct error *e)
{
    struct visit v = {.playback = p, .stop = stop, .error = e};
    struct state_block_range range = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    struct state_reader *reader = NULL;

    int r = state_reader_new(&reader, source, e);
    if (r)
        return r;
    r = state_reader_find_block(reader, RECORDING_KEY, p->session->arguments->from_ns, &range.from_sequence);
    if (r == 0)
        r = state_reader_blocks(reader, &range, take_row, &v);
    state_reader_free(reader);
    if (r > 0)
        return v.answer;
    if (r)
        return error_set_at(e, r, p->name, 0, 0, "%s",
            r == -ENOENT    ? "no telemetry is recorded there"
            : r == -EBADMSG ? "it is damaged"
                            : strerror(-r));
    return p->began ? 0 : error_set_at(e, -EBADMSG, p->name, 0, 0, "nothing in it can be replayed");
}
