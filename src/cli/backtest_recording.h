/* SPDX-License-Identifier: MIT
 * A recording as a history to judge: its telemetry and ticks, without the snapshots in it. */
#ifndef COHERENCE_CLI_BACKTEST_RECORDING_H
#define COHERENCE_CLI_BACKTEST_RECORDING_H

#include "cli/notes.h"
#include "core/feed.h"
#include "ingestion/replay/byte_stream.h"

/* Feeds all that can be read of it; what is damaged is passed over and noted. Returns 0; -EINTR: `stop` was
 * set; -EBADMSG, -EPROTO, -ENOMEM or what reading said, with e filled; or what the feed answered, e without a
 * text. What was delivered before stays. */
int backtest_recording_run(struct byte_stream *stream, const struct feed *feed, const volatile int *stop,
    struct notes *notes, struct error *e);

#endif
