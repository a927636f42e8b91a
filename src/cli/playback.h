/* SPDX-License-Identifier: MIT
 * A recording through the engine: its blocks one after the other, wherever they come from, judged as the run
 * that made them did. */
#ifndef COHERENCE_CLI_PLAYBACK_H
#define COHERENCE_CLI_PLAYBACK_H

#include "cli/session.h"
#include "state/recording_reader.h"

struct playback {
    struct session *session;
    const char *name; /* of the recording, for messages */
    struct recording_reader *reader;
    struct feed feed;
    struct config asked; /* what the user wants */
    bool began;          /* the first KEY has been read: there is an engine */
    bool follows;        /* the engine stands where the next block begins */
    uint64_t next;       /* its sequence number then */
    uint64_t gaps;       /* places where blocks are missing or damaged */
    bool in_gap;         /* and it has not ended */
    struct error why;    /* what was found there */
    int64_t last_ns;     /* latest time that was replayed; INT64_MIN: none */
};

/* name: borrowed. Returns 0 or -ENOMEM. */
int playback_open(struct playback *p, struct session *s, const char *name);

/* The next whole block. Returns 0, also when it was damaged (counted); -ECANCELED: the range that was asked
 * for is over; -EBADMSG, -EPROTO, -ENOMEM and what the engine answers with e filled: nothing more can be
 * replayed. */
int playback_block(struct playback *p, const struct recording_block *block, struct error *e);

/* Says that bytes before the next block were passed over. */
void playback_lost(struct playback *p, const struct error *why);

/* Says what was not replayed and has not been said, and frees. */
void playback_close(struct playback *p);

#endif
