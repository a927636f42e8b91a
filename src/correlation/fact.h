/* SPDX-License-Identifier: MIT
 * One fact of a story in words: when, what, where, observed against expected, why, who, by when, and whether
 * it is over. */
#ifndef COHERENCE_CORRELATION_FACT_H
#define COHERENCE_CORRELATION_FACT_H

#include "base/text.h"
#include "core/catalog.h"
#include "correlation/narrative.h"

#define FACT_MAX       1400 /* bytes of one, NUL included */
#define FACT_NAME_MAX  48   /* bytes of a name in it; more is cut */
#define FACT_NAMES_MAX 3    /* things named one by one where several fell ill at one moment */

/* Chapters of one law on several things at one moment are one fact; what is seen of it above them too (a
 * cgroup, the host) belongs to it. */
struct fact {
    const struct chapter *worst; /* the strongest of them: what is told is its sight */
    const struct chapter *members[16], *above[16];
    uint32_t count; /* >= 1 */
    uint32_t above_count;
    int64_t onset_ns;
};

/* Chapters (in order of onset) into facts, in order of onset: at most n. Returns how many. */
uint32_t fact_gather(
    const struct catalog *names, const struct chapter *chapters, uint32_t n, struct fact *ret);

/* Appends the fact. start_ns: when the incident began; a time of another day is told with its date. ending:
 * the chapter whose end ends the incident, told elsewhere, or NULL. */
void fact_add(struct text *t, const struct catalog *names, const struct fact *f, int64_t start_ns,
    const struct chapter *ending);

/* "compute seizure" */
const char *fact_title(enum law_id law);

/* "cgroup shop/cart"; the host's own: its name. */
void fact_add_thing(struct text *t, const struct catalog *names, uint32_t entity);

/* "00:10:00", or "2026-01-02 00:10:00" where start_ns lies on another day. */
void fact_add_time(struct text *t, int64_t t_ns, int64_t start_ns);

/* How it ended, k->closed_ns after it was last seen: "back within its band for 45 s". */
void fact_add_ending(struct text *t, const struct catalog *names, const struct chapter *k);

#endif
