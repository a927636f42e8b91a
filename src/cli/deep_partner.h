/* SPDX-License-Identifier: MIT
 * The deep sense as a sentinel keeps it: joined to the engine, told now and then where to look, and what it
 * has to say said once. */
#ifndef COHERENCE_CLI_DEEP_PARTNER_H
#define COHERENCE_CLI_DEEP_PARTNER_H

#include "cli/deep.h"
#include "cli/session.h"
#include "ingestion/host/host.h"

struct deep_partner {
    struct session *session;
    struct host_source *host;
    struct deep_link link;    /* of deep_begin, until it is opened */
    pid_t pid;                /* of deep_begin; 0: there is none */
    struct deep_sense *sense; /* NULL: not opened */
    int64_t pointed_ns;       /* monotonic; when it was last told where to look */
    uint64_t samples;         /* of session->samples */
    bool said;                /* what it cannot see */
};

/* Joins it to the engine, as a part of that host. feed is copied, host stays the caller's. Returns an exit
 * status. */
int deep_partner_open(
    struct deep_partner *d, struct session *s, struct host_source *host, const struct feed *feed);

/* A round of it, when it is open. Returns as the feed. */
int deep_partner_round(struct deep_partner *d, int64_t t_ns, int64_t mono_ns);

void deep_partner_close(struct deep_partner *d);

#endif
