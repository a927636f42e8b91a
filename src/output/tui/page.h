/* SPDX-License-Identifier: MIT
 * Which page of the terminal view is shown, how far it is scrolled, and how the rows are shared out. */
#ifndef COHERENCE_OUTPUT_TUI_PAGE_H
#define COHERENCE_OUTPUT_TUI_PAGE_H

#include "output/tui/panel.h"

/* Below this nothing useful fits, and the screen says so. */
#define PAGE_ROWS_MIN    10
#define PAGE_COLUMNS_MIN 40

enum page_kind { PAGE_MAIN, PAGE_OF_INCIDENTS, PAGE_OF_HELP };

enum page_key {
    PAGE_NO_KEY,
    PAGE_QUIT, /* the caller's matter */
    PAGE_DOWN,
    PAGE_UP,
    PAGE_FAR_DOWN,
    PAGE_FAR_UP,
    PAGE_TOP,
    PAGE_BOTTOM,
    PAGE_HELP,
    PAGE_INCIDENTS,
    PAGE_PAUSE,
    PAGE_BACK
};

struct page {
    struct board board;
    enum page_kind kind, before; /* before: where Esc leads from the help */
    int64_t scroll;              /* entities or lines above the first that is shown */
    int64_t height;              /* of them shown at the last drawing */
    int64_t last_ns;             /* the tick that was seen last */
    bool stale;                  /* what is on the terminal has to be drawn again even while paused */
};

void page_init(struct page *p);
/* Takes note of a tick: history, count. The same tick twice is one. */
void page_tick(struct page *p, const struct view *v);
/* What a key does. Returns whether something has to be drawn. */
bool page_turn(struct page *p, enum page_key key);
/* Draws the page into the curses screen, which is empty. */
void page_draw(struct page *p, const struct view *v);

#endif
