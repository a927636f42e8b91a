/* SPDX-License-Identifier: MIT
 * The correlator's own insides, shared by the files of this room only. */
#ifndef COHERENCE_CORRELATION_INTERNAL_H
#define COHERENCE_CORRELATION_INTERNAL_H

#include "base/id_table.h"
#include "correlation/correlator.h"
#include "correlation/story.h"

#define STORIES_PER_HOST 8 /* open at once; what belongs to none of them then goes to the newest */

struct host_memory {
    uint32_t host;
    bool silent;
    bool gone;                               /* its life is over: forgotten with its last incident */
    struct story *stories[STORIES_PER_HOST]; /* in order of opening */
    uint32_t story_count;
};

struct correlator {
    struct correlator_settings settings;
    const struct catalog *names;
    void (*emit)(void *context, const struct incident *i);
    void *context;
    struct host_memory **hosts; /* in order of first mention */
    uint32_t host_count, host_capacity;
    struct story **open; /* in order of opening */
    uint32_t open_count, open_capacity;
    struct id_table index; /* struct host_memory by the host's entity id */
};

/* The memory of a host that has none yet; NULL: out of memory. */
struct host_memory *correlator_add_host(struct correlator *c, uint32_t host);

/* A new story of that host, the youngest of all. There is room for it. NULL: out of memory. */
struct story *correlator_add_story(struct correlator *c, struct host_memory *h);

#endif
