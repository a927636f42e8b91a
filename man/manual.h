/* SPDX-License-Identifier: MIT
 * What the manual's pages, the completions and the example configuration are filled with: each writes one
 * part, from the tables that the program itself works with. */
#ifndef COHERENCE_MAN_MANUAL_H
#define COHERENCE_MAN_MANUAL_H

#include "base/text.h"

/* Appends s as text of a manual page: what roff(7) would take as its own is escaped. */
void roff_add(struct text *out, const char *s);

/* Parts of manual pages, as roff. */
void fill_commands(struct text *out);  /* each with its summary and the options that it knows */
void fill_options(struct text *out);   /* all of them, with their help */
void fill_keys(struct text *out);      /* of the configuration, in groups */
void fill_metrics(struct text *out);   /* names, types and labels, from a flight's /metrics */
void fill_laws(struct text *out);      /* and what holds an open finding */
void fill_scenarios(struct text *out); /* of the flight simulator */

/* The completions of three shells. */
void complete_bash(struct text *out);
void complete_zsh(struct text *out);
void complete_fish(struct text *out);

#endif
