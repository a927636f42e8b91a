/* SPDX-License-Identifier: MIT
 * Which page of the terminal view is shown, what is selected and typed on it, and how it answers to keys. */
#ifndef COHERENCE_OUTPUT_TUI_PAGE_H
#define COHERENCE_OUTPUT_TUI_PAGE_H

#include "output/tui/keys.h"
#include "output/tui/panel.h"
#include "output/tui/visit.h"

/* Below this nothing useful fits, and the screen says so. */
#define PAGE_ROWS_MIN    10
#define PAGE_COLUMNS_MIN 40

enum page_kind { PAGE_MAIN, PAGE_OF_PROCESSES, PAGE_OF_ENTITY, PAGE_OF_INCIDENTS, PAGE_OF_HELP };

/* Where one is. */
struct place {
    enum page_kind kind;
    uint32_t entity; /* of PAGE_OF_ENTITY */
    int64_t scroll;  /* lines above the first that is shown; lists keep their own */
};

enum page_question { PAGE_ASKS_NOTHING, PAGE_ASKS_FIND, PAGE_ASKS_FILTER, PAGE_ASKS_TIME };

#define PAGE_DEPTH 8 /* pages that Esc leads back through */

struct page {
    struct board board;
    struct place now, before[PAGE_DEPTH];
    unsigned depth;         /* of before[] */
    struct ranking scratch; /* processes of an entity, while it is drawn */
    int64_t height;         /* lines shown at the last drawing */
    enum page_question asks;
    char typed[LIST_TEXT_MAX], kept[LIST_TEXT_MAX]; /* the answer; the filter as it was before */
    char sought[LIST_TEXT_MAX];                     /* what n and N look for */
    const char *message;                            /* until the next key; NULL = none */
    struct visit_wish wish;                         /* for another time: for whoever keeps the page to take */
    uint64_t changes;                               /* catalog_changes that the lists know of */
    int64_t last_ns;                                /* the tick that was seen last */
    int64_t drawn_ns;                               /* the one that was drawn last */
    bool follows; /* the incident that was chosen has to be brought into sight */
    bool stale;   /* what is on the terminal has to be drawn again even while paused */
};

void page_init(struct page *p);
/* Takes note of a tick: history, order, what has ended. The same tick twice is one. */
void page_tick(struct page *p, const struct view *v);

/* Entities may have gone since the tick, and keys and sizes come in between: forgets them. */
void page_refresh(struct page *p, const struct view *v);

enum page_answer { PAGE_UNCHANGED, PAGE_CHANGED, PAGE_ENDS };
/* A key with that code of curses was pressed. */
enum page_answer page_press(struct page *p, const struct view *v, int code);
/* What a meaning does. */
enum page_answer page_turn(struct page *p, const struct view *v, enum page_key key);
/* What a meaning asks for of another time. */
struct visit_wish page_wish_of(enum page_key key);
/* Somebody clicked on a row of the screen: selects it; what is selected already is opened. */
enum page_answer page_click(struct page *p, const struct view *v, int row);

/* Draws the page into the curses screen, which is empty (page_draw.c). */
void page_draw(struct page *p, const struct view *v);
/* The page as the table of keys names it (ON_ bit), and the list on it or NULL. */
unsigned page_bit(const struct page *p);
struct list *page_list(struct page *p);

#endif
