/* SPDX-License-Identifier: MIT
 * A flat recording as it is read by commands: from a file or a pipe, compressed or not. */
#ifndef COHERENCE_CLI_RECORDING_STREAM_H
#define COHERENCE_CLI_RECORDING_STREAM_H

#include "ingestion/replay/byte_stream.h"
#include "state/recording_file.h"

struct recording_stream {
    struct byte_stream *stream; /* borrowed, at the recording's beginning or at a block of it */
    struct error *error;        /* says why reading failed, where recording_in_next answers what it got */
};

/* The blocks of s, which is borrowed until recording_in_free. NULL with s->error filled: out of memory. */
struct recording_in *recording_stream_open(struct recording_stream *s);

#endif
