/* SPDX-License-Identifier: MIT
 * Whether the threads of one process have begun to stand in line for a lock. A convoy whose rounds are
 * shorter than a reading shows in no figure of the CPU: what changes is that most threads wait for each
 * other, and that those that have their turn wait for a CPU first. An idle pool waits so all its life, so it
 * is asked what this process did before. */
#ifndef COHERENCE_DETECTION_CONVOY_H
#define COHERENCE_DETECTION_CONVOY_H

#include <stdbool.h>
#include <stdint.h>

#include "detection/average.h"

#define CONVOY_SHARE 0.5 /* of its threads, at least */

struct convoy {
    struct average futex; /* usual share of its threads that wait in a futex, 0..1 */
    struct average wait;  /* seconds a second that its threads are ready and do not run, usually */
    struct average cpu;   /* usual CPU, percent of the host */
    double known_s;       /* for how long that has been learned */
    double strayed_s;     /* for how long many more of its threads have waited than usual */
    int64_t asked_ns;     /* INT64_MIN: never */
    int64_t quiet_ns;     /* when as many of its threads as usual were last seen to wait; INT64_MIN: never */
    bool stands;
};

void convoy_init(struct convoy *c);

/* One look at its short means: share of threads, seconds a second, percent of the host. NaN: not known, and
 * then it does not stand. Not before asked_ns. O(1). */
void convoy_take(struct convoy *c, int64_t t_ns, double futex, double wait, double cpu);

#endif
