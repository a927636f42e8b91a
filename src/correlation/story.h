/* SPDX-License-Identifier: MIT
 * An incident under way: what is known of it so far, thing by thing. */
#ifndef COHERENCE_CORRELATION_STORY_H
#define COHERENCE_CORRELATION_STORY_H

#include "correlation/narrative.h"

#define CHAPTERS 16 /* further things are counted, not told */

struct story {
    struct incident incident;
    struct chapter chapters[CHAPTERS]; /* in order of onset, then of entity, law and facet */
    uint32_t chapter_count;
    uint32_t open_unlisted;      /* open findings that found no chapter */
    int64_t evidence_ns;         /* latest */
    int64_t unseen_ns;           /* of the incident's time nobody observed so much */
    int64_t advised_ns;          /* since then it gives the advice that it gives */
    double said_lo_s, said_hi_s; /* the exhaustion of its last word; NaN: none */
    bool said;                   /* it has been said to be open */
    bool news;                   /* there is something to say at the next tick */
};

/* Takes a finding that has opened and belongs to it. */
void story_open(struct story *s, const struct finding *f);

/* Takes what a finding of its chapter k learned, or how it closed (k NULL: one that found no chapter). */
void story_update(struct story *s, struct chapter *k, const struct finding *f);
void story_close(struct story *s, struct chapter *k, const struct finding *f);

/* The life of that entity has ended, seen at t_ns. */
void story_gone(struct story *s, uint32_t entity, int64_t t_ns, enum entity_end end);

/* Takes over all that another story tells. */
void story_absorb(struct story *s, const struct story *from);

/* The chapter of that thing, an open one if there is one, or NULL. */
struct chapter *story_find_chapter(struct story *s, const struct finding *f);

/* Does it list a finding of that id? */
bool story_has_id(const struct story *s, const char *id);

/* Is nothing of it open any more? Is there evidence of something now, as far as anybody looks? */
bool story_is_over(const struct story *s);
bool story_is_seen(const struct story *s);

/* Laws of its open chapters: a bit per law. */
uint32_t story_active_laws(const struct story *s);

#endif
