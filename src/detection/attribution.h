/* SPDX-License-Identifier: MIT
 * Who carries it? The processes of a host or cgroup that make most of what a finding is about. */
#ifndef COHERENCE_DETECTION_ATTRIBUTION_H
#define COHERENCE_DETECTION_ATTRIBUTION_H

#include "core/catalog.h"
#include "core/event.h"
#include "detection/watch.h"

enum attribution_of {
    ATTRIBUTION_SWING,  /* share of the variance of CPU in steps of a second; where steps of a second show
                           little of it, share of the CPU time */
    ATTRIBUTION_GROWTH, /* share of the growth of resident memory */
    ATTRIBUTION_TASKS,  /* share of the growth of how many threads there are */
    ATTRIBUTION_FAULTS, /* share of the page faults */
    ATTRIBUTION_MAJOR_FAULTS, /* of those that had to read */
    ATTRIBUTION_LINE          /* share of the threads right in it that stand in line (convoy.h) */
};

struct attribution {
    struct carrier carriers[CARRIERS_MAX]; /* by falling share */
    const struct watch *watches[CARRIERS_MAX];
    uint32_t count; /* 0: no process is known, or none has a tenth of it */
};

/* Looks at all processes below w (a host or a cgroup). Cost: some ten microseconds for a hundred of them. */
void attribution_find(const struct watch *w, enum attribution_of what, struct attribution *ret);

/* The page faults a second of the process below w (a host or a cgroup) that has most; 0: none is known. Cost
 * as above. */
double attribution_most_faults(const struct watch *w);

/* What those processes of a host or cgroup have resident (bytes) that were started after known_ns and whose
 * memory has not stood still for half a minute since: they are about to start. Not those of which nobody says
 * when they were started. Cost as above. */
double attribution_beginners(const struct watch *w, int64_t known_ns);

/* The process right in w (a host or a cgroup) of which most threads stand in line; NULL: none does. O(1)
 * unless some did within the last ten seconds. */
const struct watch *attribution_in_line(const struct watch *w, int64_t now_ns);

/* The innermost cgroup below w, of those in which a process of w lives, for which `is` holds; NULL: none. */
const struct watch *attribution_cgroup(
    const struct watch *w, const struct watch *process, bool (*is)(const struct watch *cgroup));

/* The first runtime below w for which `is` holds and in whose cgroup processes carry at least so large a
 * share of what a found; NULL: none. */
const struct watch *attribution_runtime(const struct watch *w, const struct attribution *a, double least,
    bool (*is)(const struct watch *runtime));

/* Writes them into the finding and appends ", carried by 4711 java (71 %)" to its sentence. */
void attribution_tell(const struct attribution *a, struct finding *f);

#endif
