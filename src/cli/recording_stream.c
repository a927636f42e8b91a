/* SPDX-License-Identifier: MIT
 * Turns a stream of bytes into the blocks of a recording. What they mean is the state room's matter. */
#include "cli/recording_stream.h"

#include <errno.h>

static long read_stream(void *context, void *out, size_t n)
{
    const struct recording_stream *s = context;
    return byte_stream_read(s->stream, out, n, s->error);
}

struct recording_in *recording_stream_open(struct recording_stream *s)
{
    struct recording_in *in = recording_in_new(read_stream, s);
    if (!in)
        error_set_at(s->error, -ENOMEM, byte_stream_name(s->stream), 0, 0, "out of memory");
    return in;
}
