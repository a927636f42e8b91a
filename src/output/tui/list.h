/* SPDX-License-Identifier: MIT
 * A list of entities on the screen: its order, what it leaves out, which row is selected and which is the
 * first that is shown. */
#ifndef COHERENCE_OUTPUT_TUI_LIST_H
#define COHERENCE_OUTPUT_TUI_LIST_H

#include "output/tui/ranking.h"

#define LIST_TEXT_MAX 64

struct list {
    struct ranking ranking;
    bool processes;
    enum rank_order order;
    bool reversed;
    char filter[LIST_TEXT_MAX]; /* outside bytes; "" = all */
    uint32_t selected;          /* entity; ENTITY_NONE: whichever stands first */
    uint32_t cursor;            /* the row that it stands in; 0 when there are no rows */
    uint32_t first;             /* the row at the top */
    uint32_t room;              /* rows shown at the last drawing, */
    int top;                    /* and the row of the screen that the first stood in */
};

void list_init(struct list *l, bool processes);
/* Ranks anew. What is selected stays selected wherever it went; when it is gone, the row that it had. */
void list_update(struct list *l, const struct view *v);
/* Shows `room` rows from the one that keeps the cursor in sight. */
void list_fit(struct list *l, uint32_t room);
/* Goes `rows` down (up when negative), and selects. Going to the first row selects none: it is then whichever
 * stands first. */
void list_move(struct list *l, int64_t rows);
/* The entity at the cursor, or ENTITY_NONE. */
uint32_t list_current(const struct list *l);
/* The next order, or the one before. */
void list_reorder(struct list *l, bool forward);
/* Goes to the next row after the cursor (before it) whose name holds the text, round the end. false: there is
 * none. */
bool list_find(struct list *l, const struct view *v, const char *text, bool forward);

#endif
