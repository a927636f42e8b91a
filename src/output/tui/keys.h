/* SPDX-License-Identifier: MIT
 * What each key does, as one table: the program obeys it, the last row and the help show it. */
#ifndef COHERENCE_OUTPUT_TUI_KEYS_H
#define COHERENCE_OUTPUT_TUI_KEYS_H

#include <stddef.h>

enum page_key {
    PAGE_NO_KEY,
    PAGE_QUIT,  /* the caller's matter */
    PAGE_LEAVE, /* back, or out of the first page: then the caller's matter too */
    PAGE_BACK,
    PAGE_HELP,
    PAGE_OPEN,
    PAGE_PROCESSES,
    PAGE_INCIDENTS,
    PAGE_FIND,
    PAGE_FIND_NEXT,
    PAGE_FIND_BEFORE,
    PAGE_FILTER,
    PAGE_SORT,
    PAGE_SORT_BEFORE,
    PAGE_REVERSE,
    PAGE_PAUSE,
    PAGE_TICK_BACK,
    PAGE_TICK_ON,
    PAGE_MINUTE_BACK,
    PAGE_MINUTE_ON,
    PAGE_TEN_BACK,
    PAGE_TEN_ON,
    PAGE_TIME,
    PAGE_OPENING,
    PAGE_NOW,
    PAGE_DOWN,
    PAGE_UP,
    PAGE_FAR_DOWN,
    PAGE_FAR_UP,
    PAGE_TOP,
    PAGE_BOTTOM,
    PAGE_REDRAW
};

/* Pages on which a key does something, or on which the last row names it. */
#define ON_MAIN      1U
#define ON_PROCESSES 2U
#define ON_ENTITY    4U
#define ON_INCIDENTS 8U
#define ON_HELP      16U
#define ON_LISTS     (ON_MAIN | ON_PROCESSES)
#define ON_ALL       31U
/* Beside the page's own: while it shows an earlier moment. */
#define IN_THE_PAST 32U

#define KEYS_EACH 5

struct key_row {
    enum page_key meaning;
    unsigned pages;       /* on which it does something */
    const char *label;    /* as the help says it */
    const char *brief;    /* for the last row, "q quit"; NULL: not there */
    const char *then;     /* the same while an earlier moment is shown */
    const char *text;     /* what it does */
    int codes[KEYS_EACH]; /* curses' codes, 0 = no more */
};

/* The i-th row in the order of the help, or NULL. */
const struct key_row *keys_row(size_t i);

/* What a key means on a page (one ON_ bit). */
enum page_key keys_find(int code, unsigned page);

#endif
