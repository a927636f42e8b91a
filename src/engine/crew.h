/* SPDX-License-Identifier: MIT
 * A crew of threads that does one job on several parts at once and waits for all of them. */
#ifndef COHERENCE_ENGINE_CREW_H
#define COHERENCE_ENGINE_CREW_H

#include <stdint.h>

struct crew;

/* members >= 1, the calling thread included. NULL: no memory or no thread to be had. */
struct crew *crew_new(uint32_t members);
void crew_free(struct crew *c); /* NULL allowed */

/* Calls job(context, part) for part = 0 .. members-1, each in its own thread, part 0 in the caller's; returns
 * when all are done. */
void crew_run(struct crew *c, void (*job)(void *context, uint32_t part), void *context);

#endif
