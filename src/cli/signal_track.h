/* SPDX-License-Identifier: MIT
 * What a law measured around an onset, judged again: the blocks that the flight recorder kept of that time
 * through an engine of their own. */
#ifndef COHERENCE_CLI_SIGNAL_TRACK_H
#define COHERENCE_CLI_SIGNAL_TRACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "core/catalog.h"
#include "core/event.h"
#include "state/state_reader.h"

#define SIGNAL_TRACKS_MAX  4u    /* of one reading */
#define SIGNAL_POINTS_MAX  4096u /* of one track: more than an hour of seconds */
#define SIGNAL_ENTITY_MAX  (CATALOG_NAME_MAX + 16)
#define SIGNAL_SPAN_MAX_NS INT64_C(3600000000000) /* of what one reading replays, its run-up not counted */

/* One law of one entity, tick by tick. */
struct signal_track {
    char host[CATALOG_NAME_MAX + 1], entity[SIGNAL_ENTITY_MAX]; /* wanted: whose */
    enum law_id law;                                            /* wanted, */
    const char *metric;              /* or else, not NULL, a metric by its name; it has no band */
    int64_t from_ns, to_ns;          /* wanted */
    bool (*gives_up)(void *context); /* of the first one: asked at each block; NULL: never */
    void *context;
    int64_t t_ns[SIGNAL_POINTS_MAX];
    double value[SIGNAL_POINTS_MAX], expected[SIGNAL_POINTS_MAX];
    double lo[SIGNAL_POINTS_MAX], hi[SIGNAL_POINTS_MAX]; /* NaN: the law had none then */
    uint32_t count;
};

/* How far the recording reaches, and what came of the replay. */
struct signal_reach {
    bool any;               /* blocks are kept at all */
    int64_t from_ns, to_ns; /* of what was replayed; INT64_MIN: nothing was */
    uint64_t damaged;       /* blocks that could not be read */
    bool cold;              /* no snapshot could be used: judged without what had been learned */
};

/* Fills the points of `count` tracks (<= SIGNAL_TRACKS_MAX), whose wanted fields are set, in one pass.
 * options: for the engine, but for what the recording says of them. Returns 0, also when there was nothing to
 * replay (ret says so); -EBADMSG or another -errno of reading; -ENOMEM; -ECANCELED: given up. Cost: a replay
 * from the snapshot before the earliest from_ns, at some 100000 samples a second and more. */
int signal_track_read(struct state_reader *r, const struct config *config, struct signal_track *tracks,
    uint32_t count, struct signal_reach *ret);

#endif
