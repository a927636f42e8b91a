/* SPDX-License-Identifier: MIT
 * A crew of threads that does one job on several parts at once and waits for all of them. */
#ifndef COHERENCE_ENGINE_CREW_H
#define COHERENCE_ENGINE_CREW_H

#include <stdint.h>

struct crew;

/* members >= 1, the calling thread included. NULL: no memory or no thread to be had. */
struct crew *crew_new(uint32_t members);
/* NULL allowed. A job that was begun is finished by the other members; part 0 is not done. */
void crew_free(struct crew *c);

/* Has the other members begin job(context, part), part = 1 .. members-1, each in its own thread, and returns
 * at once. What the job needs must be left alone until crew_end, which is to follow before the next
 * crew_begin. */
void crew_begin(struct crew *c, void (*job)(void *context, uint32_t part), void *context);

/* Does part 0 in the caller's thread and returns when all parts are done. */
void crew_end(struct crew *c);

/* Both. */
void crew_run(struct crew *c, void (*job)(void *context, uint32_t part), void *context);

#endif
