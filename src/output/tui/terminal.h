/* SPDX-License-Identifier: MIT
 * Whether the terminal on standard input and output can be drawn on. */
#ifndef COHERENCE_OUTPUT_TUI_TERMINAL_H
#define COHERENCE_OUTPUT_TUI_TERMINAL_H

#include "base/error.h"

/* Asks terminfo about $TERM; changes nothing on the terminal. Returns 0, or -ENOTTY with e filled: no
 * terminal, TERM unset or unknown, or a type that cannot place its cursor ("dumb"). */
int terminal_check(struct error *e);

#endif
