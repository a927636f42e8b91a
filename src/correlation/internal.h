/* SPDX-License-Identifier: MIT
 * The correlator's own insides, shared by the files of this room only. */
#ifndef COHERENCE_CORRELATION_INTERNAL_H
#define COHERENCE_CORRELATION_INTERNAL_H

#include "base/id_table.h"
#include "correlation/correlator.h"
#include "correlation/narrative.h"

#define CHAPTERS 16

struct chapter_state {
    struct chapter chapter;
    bool open;
    bool unconfirmed; /* its observer was away: not seen since, no reason for advice */
    enum confidence confidence;
    double exhaustion_s;
    char text[FINDING_TEXT_MAX];
};

struct host_memory {
    uint32_t host;
    bool silent;
    bool gone; /* its life is over: forgotten with its last incident */
    bool open;
    int64_t evidence_ns; /* latest */
    int64_t unseen_ns;   /* of the incident's time nobody observed so much */
    struct incident incident;
    struct chapter_state chapters[CHAPTERS];
    uint32_t chapter_count;
    uint32_t open_chapters; /* chapters whose finding is open */
    uint32_t open_unlisted; /* open findings that found no chapter */
};

struct correlator {
    struct correlator_settings settings;
    const struct catalog *names;
    void (*emit)(void *context, const struct incident *i);
    void *context;
    struct host_memory **hosts; /* in order of first mention */
    struct host_memory **open;  /* those with an open incident, in order of opening */
    uint32_t host_count, open_count, host_capacity;
    struct id_table index; /* struct host_memory by the host's entity id */
};

/* The memory of a host that has none yet; NULL: out of memory. */
struct host_memory *correlator_add_host(struct correlator *c, uint32_t host);

#endif
