/* SPDX-License-Identifier: MIT
 * Text broken to the width of a terminal. */
#ifndef COHERENCE_OUTPUT_WRAP_H
#define COHERENCE_OUTPUT_WRAP_H

#include "base/text.h"
#include "core/event.h"

#define WRAP_LEAST 40  /* columns: narrower terminals get this and break lines themselves */
#define WRAP_MOST  120 /* wider ones get this: longer lines are hard to read */

/* Appends bytes, broken at blanks so that lines stay within columns where words allow it; a number stays with
 * the word after it. bytes: printable, with newlines where a line must end, and colours (ECMA-48 SGR), which
 * take no column. Every line but the first begins with indent blanks; the first begins at column `at`.
 * columns 0: only newlines break. */
struct wrap {
    size_t columns, indent, at;
};
void wrap_add(struct text *t, const struct wrap *w, const char *bytes, size_t n);

/* Columns of valid UTF-8 whose characters take one each; colours ("ESC [ ... m") take none. */
size_t wrap_columns(const char *s, size_t n);

/* Appends the narrative of an incident, outside bytes made harmless: its lines with a newline between them,
 * or, unless lines, with a blank. */
void wrap_add_narrative(struct text *t, const struct incident *i, bool lines);

#endif
