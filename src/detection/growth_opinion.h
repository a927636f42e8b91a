/* SPDX-License-Identifier: MIT
 * The fever law's opinion of a resource whose use grows towards its limit, whatever the resource is. */
#ifndef COHERENCE_DETECTION_GROWTH_OPINION_H
#define COHERENCE_DETECTION_GROWTH_OPINION_H

#include "base/text.h"
#include "detection/law_module.h"

/* How one resource is spoken of. */
struct growth_words {
    const char *unit;                      /* of the reading: "By/s", "{task}/s" */
    const char *subject;                   /* "memory grows", "the number of tasks grows" */
    const char *cause;                     /* of a finding */
    const char *used, *limit, *r2, *drift; /* names of the evidence */
    bool bytes;                            /* amounts are bytes; else counts */
};

/* A state that the law can judge nothing in (unobservable, stale, warm-up), or LAW_OK. */
enum law_state growth_opinion_state(
    const struct usage_watch *u, const struct law_settings *s, int64_t now_ns);

/* When it is judged. */
struct growth_moment {
    int64_t now_ns;
    bool fresh;      /* something of the entity was sampled since the last tick */
    bool in_finding; /* a finding of this growth is open */
    bool was_there;  /* the entity was there when its host was first heard of, and has a host around it */
    double beginners_per_s; /* how fast that grows which has only just been started (attribution.h); 0:
                               nothing */
};

/* Judges a resource in state LAW_OK. Fills *ret but for the facet. */
void growth_opinion_judge(
    struct usage_watch *u, const struct growth_words *w, const struct growth_moment *at, struct opinion *ret);

/* Tells the story of the last growth that it saw: cause, confidence, evidence, exhaustion; appends its
 * sentence to t. */
void growth_opinion_describe(
    const struct usage_watch *u, const struct growth_words *w, struct finding *f, struct text *t);

/* An amount of the resource: "1.5 GiB", "1 204". */
void growth_words_add(struct text *t, const struct growth_words *w, double amount);

#endif
