/* SPDX-License-Identifier: MIT
 * Replays bytes into a transcript: one line a sample or tick, so that a test reads like the input. */
#ifndef COHERENCE_TESTS_REPLAY_CAPTURE_H
#define COHERENCE_TESTS_REPLAY_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "core/catalog.h"
#include "ingestion/replay/replay.h"

#define CAPTURE_TEXT_MAX (1u << 20)

struct capture {
    struct catalog *catalog;
    struct text text;
    size_t frames;
    size_t largest_frame;
    bool has_clock;
    int fail_after; /* the feed answers -EIO after so many calls; 0 = never */
    int calls;
    int result; /* of replay_run, or of replay_open */
    struct replay_counts counts;
    struct error error;
    char buffer[CAPTURE_TEXT_MAX];
};

/* A feed that writes "frame", the samples as "<seconds> <host> [<entity>] <metric> <value>" "tick
 * <seconds>" and "gone <seconds> <host> <entity> <how>" into the transcript, and forgets what is gone. */
struct feed capture_feed(struct capture *c);

/* Starts an empty transcript. series_max: the catalog's limit. */
void capture_init(struct capture *c, uint32_t series_max);
void capture_done(struct capture *c);

/* Replays the bytes under the name "input". Returns what replay_open or replay_run answered. */
int capture_bytes(struct capture *c, const char *bytes, size_t n, const struct replay_options *o);
/* The same for a stream, which it closes. */
int capture_stream(struct capture *c, struct byte_stream *s, const struct replay_options *o);

#endif
