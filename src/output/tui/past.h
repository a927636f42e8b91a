/* SPDX-License-Identifier: MIT
 * The incidents of this run, as they stood last: those that are over, and since when each was open. */
#ifndef COHERENCE_OUTPUT_TUI_PAST_H
#define COHERENCE_OUTPUT_TUI_PAST_H

#include "core/view.h"

#define PAST_OPEN_MAX 16 /* open ones that are followed to their end */
#define PAST_MAX      16 /* kept when they are over; then the oldest goes */

struct past {
    bool began; /* a tick has come */
    struct incident open[PAST_OPEN_MAX];
    int64_t opened_ns[PAST_OPEN_MAX]; /* the tick at which it was open first */
    uint32_t open_count;
    struct incident over[PAST_MAX];                      /* at i % PAST_MAX */
    int64_t over_ns[PAST_MAX], over_opened_ns[PAST_MAX]; /* when it was no longer open; when it was first */
    uint32_t count;                                      /* that have ended, all time */
};

/* A tick has come: takes note of what is open, and of what no longer is. */
void past_tick(struct past *p, const struct view *v);
/* How many are kept, and the i-th of them, 0 = the latest; *ret_ns: its end. */
uint32_t past_count(const struct past *p);
const struct incident *past_get(const struct past *p, uint32_t i, int64_t *ret_ns);

/* The i-th as they are listed: what is open in v, oldest first, then those that are over, the latest first;
 * NULL: there are no more. */
const struct incident *past_listed(const struct past *p, const struct view *v, uint32_t i);
/* The tick at which that incident was open first; of one that was open before anything was seen, or is not
 * kept: when it began. */
int64_t past_opening_ns(const struct past *p, const struct incident *i);
/* How many were open first after t_ns; *ret (may be NULL): the latest of them, untouched when there is none.
 */
uint32_t past_since(const struct past *p, int64_t t_ns, const struct incident **ret);
/* Makes p what was known of all these incidents at t_ns: what ended later was not over then. */
void past_as_of(struct past *p, const struct past *all, int64_t t_ns);

#endif
