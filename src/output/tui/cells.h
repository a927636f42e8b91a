/* SPDX-License-Identifier: MIT
 * Text measured in the columns of a terminal: made harmless, cut and wrapped by display width. Widths are
 * wcwidth's, so LC_CTYPE has to be set to a UTF-8 locale before anything is shown as UTF-8. Nothing is
 * allocated. */
#ifndef COHERENCE_OUTPUT_TUI_CELLS_H
#define COHERENCE_OUTPUT_TUI_CELLS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

/* Marks of zero width that one character may carry; more are dropped (an accent or two is a name, twenty are
 * an attack). */
#define CELLS_MARKS_MAX 2

/* Appends n outside bytes in a form that a terminal shows and does not obey: control characters and invalid
 * UTF-8 as \xNN, format characters (direction, joiners, tags: Unicode's category Cf) and characters that the
 * locale does not know as '?'. utf8 false: every byte that is not ASCII as \xNN. Cost O(n). */
void cells_add(struct text *out, const char *bytes, size_t n, bool utf8);

/* Columns that n bytes of harmless text take. */
unsigned cells_width(const char *s, size_t n);

/* Bytes of the longest start of s that fits into columns, never half a character. *ret_used (may be NULL):
 * the columns that it takes, which is one less than asked for when a wide character stands at the edge. */
size_t cells_prefix(const char *s, size_t n, unsigned columns, unsigned *ret_used);

/* Appends harmless text, cut in its middle to at most `columns` columns when it is longer: the start of a
 * path says where, its end says who. mark: what stands for the missing part, one column. */
void cells_fit(struct text *out, const char *s, size_t n, unsigned columns, const char *mark);

/* The first line of harmless text, broken at the last blank that fits, or inside a word longer than columns
 * (>= 2). Returns its bytes; *ret_next: where the next line begins (== n: that was the last). Takes at least
 * one character unless n is 0. */
size_t cells_wrap(const char *s, size_t n, unsigned columns, size_t *ret_next);

#endif
