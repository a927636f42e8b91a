/* SPDX-License-Identifier: MIT
 * A page of the terminal view in a curses screen without a terminal behind it, and what a test does to it. */
#ifndef COHERENCE_TESTS_OUTPUT_PAGE_RIG_H
#define COHERENCE_TESTS_OUTPUT_PAGE_RIG_H

#include "fake_view.h"
#include "output/tui/page.h"

extern struct page page;
extern char text[512 * 1024]; /* the screen as it was drawn last */

/* For cmocka: the screen of a group; a view with the host web-1 and a page of 80 by 24 of a test. */
int open_screen(void **state);
int close_screen(void **state);
int setup(void **state);
int teardown(void **state);

void resize(int rows, int columns);
/* Draws, and returns the screen as UTF-8 with a newline after each row: text. Unread cells of wide characters
 * are left out; control characters fail the test. */
const char *draw(void);
/* Fail the test, and show the screen: unless it holds the piece; if it does. */
void expect(const char *screen_text, const char *piece);
void expect_not(const char *screen_text, const char *piece);
/* Does what a key does. */
enum page_answer turn(enum page_key key);
/* Types; \r is Enter. */
void press(const char *keys);
/* A second passes. */
void tick(void);
/* An open incident of two laws with one finding. */
void make_incident(void);

#endif
