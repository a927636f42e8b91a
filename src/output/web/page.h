/* SPDX-License-Identifier: MIT
 * The page that a browser gets, with what it loads. It is made of web/ when this program is built with the
 * tools for that; without them a few lines of HTML say so (docs/decisions/0013). */
#ifndef COHERENCE_OUTPUT_WEB_PAGE_H
#define COHERENCE_OUTPUT_WEB_PAGE_H

#include "net/http_route.h"

/* Writes the answer to a browser that asks for "/". */
void page_front(struct http_answer *a);

/* The rows of what the page loads; they need no context. */
extern const struct http_route page_routes[];
/* How many there are: none in a program without the page. */
size_t page_route_count(void);

#endif
