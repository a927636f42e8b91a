/* SPDX-License-Identifier: MIT
 * The terminal view of `live`: the three laws of this host, open incidents, the entities. Draws from core/view.h; reads keys without blocking. */
#ifndef COHERENCE_OUTPUT_TUI_TUI_H
#define COHERENCE_OUTPUT_TUI_TUI_H

#include <stdbool.h>

#include "base/error.h"
#include "core/view.h"

struct tui;

struct tui_options {
    bool color;
    const char *note; /* one line under the title: seal, profile; may be NULL */
};

/* Takes over the terminal on standard output. NULL with e filled (no terminal, unknown TERM). */
struct tui *tui_open(const struct tui_options *o, struct error *e);
/* Gives the terminal back as it was. NULL allowed. */
void tui_close(struct tui *t);
/* Draws the present state. Returns 0, or -EIO when the terminal is gone. */
int tui_draw(struct tui *t, const struct view *v);
/* Handles the keys that are waiting. Returns 1 to quit, 0 to go on, -EIO when the terminal is gone. */
int tui_keys(struct tui *t, const struct view *v);
/* The window changed its size. */
void tui_resize(struct tui *t);

#endif
