/* SPDX-License-Identifier: MIT
 * A heap that fills although its old part is collected again and again, told without a past: for who starts
 * the sentinel after the trouble began. Between two collections of the old part a healthy heap climbs as
 * well; through several of them it does not, but for a program that starts and fills what it will keep. */
#ifndef COHERENCE_DETECTION_HEAP_CLIMB_H
#define COHERENCE_DETECTION_HEAP_CLIMB_H

#include <stdbool.h>
#include <stdint.h>

#define HEAP_CLIMB_BLOCKS  8U
#define HEAP_CLIMB_BLOCK_S 6 /* of so many seconds */

struct heap_climb {
    double uptime_s, majors;        /* of the runtime, as last read; NaN = never */
    int64_t since_ns, end_ns;       /* when it was first seen; end of the open block; 0: not yet */
    double low, begin_majors;       /* of the open block: least in use, bytes (NaN = nothing came) */
    float lows[HEAP_CLIMB_BLOCKS];  /* bytes, oldest first */
    float count[HEAP_CLIMB_BLOCKS]; /* collections of the old part in each */
    uint32_t block_count;
    double slope, error; /* bytes a second, with its standard error; NaN: it does not climb so */
};

void heap_climb_init(struct heap_climb *c);

/* What is in use of the heap now, or after a collection; bytes. */
void heap_climb_used(struct heap_climb *c, double bytes);

/* It is now now_ns, and the heap may become limit bytes (NaN: not known). told: a finding about it is open,
 * which need not prove anew that it was not known before. Cost: some 100 ns a block. */
void heap_climb_tick(struct heap_climb *c, int64_t now_ns, double limit, bool told);

/* Does it climb so? */
bool heap_climb_found(const struct heap_climb *c);

/* When the line meets the limit: seconds from the last block on, give or take its error; *ret_late may be
 * infinite. Only when found. */
void heap_climb_exhaustion(const struct heap_climb *c, double limit, double *ret_early, double *ret_late);

#endif
