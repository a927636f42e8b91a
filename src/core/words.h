/* SPDX-License-Identifier: MIT
 * A bounded set of short words, each kept once and never moved: what is a static string in the program (a
 * cause, a unit, the name of a signal) comes from here when it was read from outside. */
#ifndef COHERENCE_CORE_WORDS_H
#define COHERENCE_CORE_WORDS_H

#include <stddef.h>

#define WORDS_MAX     256 /* the program itself has some forty */
#define WORDS_MAX_LEN 47  /* bytes of a word */

struct words;

struct words *words_new(void);      /* NULL: out of memory */
void words_free(struct words *set); /* NULL allowed; its words end with it */

/* The set's own copy of a word of n bytes: printable ASCII without quotes and backslashes (so that it can
 * stand anywhere a static word can), n <= WORDS_MAX_LEN; n = 0 gives "". NULL: not such a word, or the set is
 * full. O(words). */
const char *words_find_or_add(struct words *set, const char *text, size_t n);

#endif
