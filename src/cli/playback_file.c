/* SPDX-License-Identifier: MIT
 * Brings the blocks of a flat recording to a playback, in their order. Where a range begins late in a plain
 * file, what lies before its snapshot is not read; of a pipe, and of a compressed file, everything is. */
#include "cli/playback_file.h"

#include <errno.h>

#include "cli/recording_stream.h"

/* Skips to the KEY before the range, where that can be done. */
static int find_start(struct byte_stream *stream, int64_t from_ns, struct error *e)
{
    const int fd = byte_stream_file(stream);
    off_t offset;

    if (from_ns == INT64_MIN || fd < 0 || recording_find_key(fd, from_ns, &offset) != 0)
        return 0;
    int r = byte_stream_seek(stream, offset);
    return r ? error_set_at(e, r, byte_stream_name(stream), 0, 0, "cannot read on from a place within") : 0;
}

static int play(struct playback *p, struct recording_in *in, const volatile int *stop, struct error *e)
{
    struct recording_block block;

    for (;;) {
        if (*stop)
            return -EINTR;
        int r = recording_in_next(in, &block, e);
        if (r == -EBADMSG)
            playback_lost(p, e);
        else if (r <= 0)
            return r;
        else if ((r = playback_block(p, &block, e)) != 0)
            return r;
    }
}

int playback_file(struct playback *p, struct byte_stream *stream, const volatile int *stop, struct error *e)
{
    struct recording_stream source = {.stream = stream, .error = e};
    struct recording_in *in;

    int r = find_start(stream, p->session->arguments->from_ns, e);
    if (r)
        return r;
    in = recording_stream_open(&source);
    if (!in)
        return -ENOMEM;
    r = play(p, in, stop, e);
    recording_in_free(in);
    if (r == 0 && !p->began)
        return error_set_at(e, -EBADMSG, p->name, 0, 0, "nothing in it can be replayed");
    return r;
}
