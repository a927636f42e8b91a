/* SPDX-License-Identifier: MIT
 * What of one host's history does not depend on the detector: healthy time, settled time, and the stretches
 * on which a promise is measured. */
#ifndef COHERENCE_VERDICT_HOST_GROUND_H
#define COHERENCE_VERDICT_HOST_GROUND_H

#include <stdint.h>

#include "verdict/ground.h"
#include "verdict/observer.h"

struct host_ground {
    const struct observer_host *host;
    struct coverage_span *unsettled; /* from row to row: outages and the hour after them; ascending, joined */
    uint32_t unsettled_count;
    struct coverage_span *quiet, *unlabelled; /* stretches, both ends inside */
    uint32_t quiet_count, unlabelled_count;
    int64_t labelled_ns; /* the row before labelling begins, or the first */
    int64_t watched_ns, healthy_ns, quiet_ns, unlabelled_ns; /* durations */
};

/* host: finished, borrowed. Returns 0 or -ENOMEM. */
int host_ground_init(struct host_ground *h, const struct ground *g, const struct observer_host *host);
void host_ground_done(struct host_ground *h);

/* Settled time within [from_ns, to_ns]. */
int64_t host_ground_settled(const struct host_ground *h, int64_t from_ns, int64_t to_ns);

bool host_ground_is_quiet(const struct host_ground *h, int64_t t_ns);
bool host_ground_is_unlabelled(const struct host_ground *h, int64_t t_ns);

#endif
