/* SPDX-License-Identifier: MIT
 * A recording in a file or a pipe through a playback. */
#ifndef COHERENCE_CLI_PLAYBACK_FILE_H
#define COHERENCE_CLI_PLAYBACK_FILE_H

#include "cli/playback.h"
#include "ingestion/replay/byte_stream.h"

/* Reads the stream (borrowed, compressed or not) to its end, or to the end of the range that session's
 * arguments ask for; a plain file from the KEY before that range on. stop: polled; non-zero ends it with
 * -EINTR. Returns 0, -EBADMSG (no recording, or no block in it that could be replayed), or what reading or
 * playback_block answered; e says it in words where it has some. */
int playback_file(struct playback *p, struct byte_stream *stream, const volatile int *stop, struct error *e);

#endif
