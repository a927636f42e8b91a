/* SPDX-License-Identifier: MIT
 * The incidents of this run that are over, as they stood last. */
#ifndef COHERENCE_OUTPUT_TUI_PAST_H
#define COHERENCE_OUTPUT_TUI_PAST_H

#include "core/view.h"

#define PAST_OPEN_MAX 16 /* open ones that are followed to their end */
#define PAST_MAX      16 /* kept when they are over; then the oldest goes */

struct past {
    struct incident open[PAST_OPEN_MAX];
    uint32_t open_count;
    struct incident over[PAST_MAX]; /* at i % PAST_MAX */
    int64_t over_ns[PAST_MAX];      /* when it was no longer open */
    uint32_t count;                 /* that have ended, all time */
};

/* A tick has come: takes note of what is open, and of what no longer is. */
void past_tick(struct past *p, const struct view *v);
/* How many are kept, and the i-th of them, 0 = the latest; *ret_ns: its end. */
uint32_t past_count(const struct past *p);
const struct incident *past_get(const struct past *p, uint32_t i, int64_t *ret_ns);

#endif
