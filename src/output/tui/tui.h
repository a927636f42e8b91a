/* SPDX-License-Identifier: MIT
 * The terminal view of `live`: the three laws of this host, open incidents, the entities. Draws from
 * core/view.h; reads keys without blocking. */
#ifndef COHERENCE_OUTPUT_TUI_TUI_H
#define COHERENCE_OUTPUT_TUI_TUI_H

#include <stdbool.h>

#include "base/error.h"
#include "core/view.h"
#include "output/tui/travel.h"

struct tui;

struct tui_options {
    bool color;       /* false: only bold and reverse */
    const char *note; /* beside the advice: seal, profile; outside bytes are harmless; may be NULL. Copied,
                         cut to 127 bytes. */
};

/* Takes over the terminal on standard input and output: locale (LC_CTYPE only), terminfo, modes. Everything
 * that needs a file is done here, so that the seal can come after it. The terminal stays usable for messages
 * until the first tui_draw. NULL with e filled: -ENOTTY (no terminal, TERM unset or unknown, or one that
 * cannot place its cursor, like "dumb": lines are the way to go on), -ENOMEM; the terminal is then as it was.
 * One at a time. */
struct tui *tui_open(const struct tui_options *o, struct error *e);
/* Gives the terminal back as it was. NULL allowed. Whoever rebuilds earlier moments has ended. */
void tui_close(struct tui *t);
/* Replaces the note, as in tui_options: what was not known when the terminal was opened. */
void tui_note(struct tui *t, const char *note);
/* Draws the present state; called once a tick, it also keeps the laws' recent history. Paused or when the
 * terminal does not take bytes it only does the latter. Returns 0, or -EIO when the terminal is gone.
 * Allocates nothing. Cost O(entities of the view). */
int tui_draw(struct tui *t, const struct view *v);
/* Handles the keys that are waiting and draws what they change. Returns 1 to quit, 0 to go on, -EIO when the
 * terminal is gone. */
int tui_keys(struct tui *t, const struct view *v);
/* Who rebuilds earlier moments, from here on; copied. */
void tui_way_back(struct tui *t, const struct travel_way *way);
/* For that one, in its own thread: a moment is rebuilt from its beginning; a tick of it. */
void tui_past_begin(struct tui *t);
void tui_past_tick(struct tui *t, const struct view *v);
/* And in ours: it is there, and is shown; it has been given back. now: what is known now. Returns as
 * tui_draw.
 */
int tui_past_arrive(struct tui *t, const struct view *now, const struct travel_arrival *a);
void tui_past_left(struct tui *t);
/* The window changed its size. The next tui_draw uses it. */
void tui_resize(struct tui *t);

#endif
