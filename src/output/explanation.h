/* SPDX-License-Identifier: MIT
 * Why: an incident or a finding with everything that stands behind it, as a page for people. */
#ifndef COHERENCE_OUTPUT_EXPLANATION_H
#define COHERENCE_OUTPUT_EXPLANATION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"
#include "core/catalog.h"
#include "core/event.h"

#define EXPLANATION_COLUMNS_MIN 80u /* narrower pages are this wide all the same */
#define EXPLANATION_COLUMNS_MAX 120u
#define EXPLANATION_FINDING_MAX 8192u /* bytes that a finding takes, its picture not counted */

/* How it is with what is explained. */
enum explained_state {
    EXPLAINED_OPEN,
    EXPLAINED_CLOSED,
    EXPLAINED_LOST /* open when a sentinel ended, and unknown to the next one */
};

struct explained_finding {
    const struct finding *finding;
    enum explained_state state;
    int64_t opened_ns;   /* when it was said first; INT64_MIN: not known */
    const char *picture; /* lines of a plot; NULL: none */
    const char *remark;  /* what the picture is of, or why there is none; a sentence; NULL: nothing */
};

struct explanation {
    const struct catalog *names;
    const struct incident *incident;          /* NULL: a finding alone */
    enum explained_state state;               /* of the incident */
    const struct explained_finding *findings; /* by their onset */
    uint32_t count;
    uint32_t more; /* findings of the incident that are not among them */
};

struct explanation_style {
    uint32_t columns; /* of the page; pictures are as they come */
    bool color;       /* ECMA-48; repeats what words say */
};

/* Appends the page: what happened; a table of the findings; each of them with what was observed and expected,
 * since when, its cause, who carries it, its evidence, how sure that is and why; the advice and what it
 * means. Times are UTC. Outside bytes are made harmless. */
void explanation_write(const struct explanation *x, const struct explanation_style *style, struct text *out);

#endif
