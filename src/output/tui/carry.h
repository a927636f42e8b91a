/* SPDX-License-Identifier: MIT
 * What is looked at, by name: from one engine's page to another's, whose ids are others. */
#ifndef COHERENCE_OUTPUT_TUI_CARRY_H
#define COHERENCE_OUTPUT_TUI_CARRY_H

#include "output/tui/page.h"

/* An entity; "" = none. */
struct carry_name {
    char host[CATALOG_NAME_MAX + 1], entity[CATALOG_NAME_MAX + 16];
};

struct carry_list {
    struct carry_name selected;
    enum rank_order order;
    bool reversed;
    char filter[LIST_TEXT_MAX];
};

struct carry {
    struct place now, before[PAGE_DEPTH]; /* without their entities */
    struct carry_name shown, shown_before[PAGE_DEPTH];
    unsigned depth;
    struct carry_list entities, processes;
    char sought[LIST_TEXT_MAX], chosen[HASH_ID_TEXT_MAX];
};

/* Takes down what is looked at on a page of that catalog. */
void carry_take(struct carry *y, const struct page *p, const struct catalog *c);

/* Looks at the same on another page. What is not known there is left: its place is the first page, and the
 * message says so. */
void carry_give(const struct carry *y, struct page *p, const struct view *v);

#endif
