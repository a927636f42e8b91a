/* SPDX-License-Identifier: MIT
 * What a message repeats of a text that somebody wrote into a configuration: enough to find the mistake, not
 * enough to use what may be a password or a token at the wrong place. Every message about a refused value
 * goes through here; those about texts and lists, which may hold any secret, repeat nothing at all. */
#ifndef COHERENCE_BASE_SHOWN_H
#define COHERENCE_BASE_SHOWN_H

#include <stddef.h>

#include "base/text.h"

/* Bytes of a word from which on it may be a token: the shortest that the HTTP service takes has as many
 * (net/http_options.h). */
#define SHOWN_SECRET_MIN 16
/* Bytes of a part of a key or path from which on it may be one; the longest word of a key of ours has 18. */
#define SHOWN_PART_MIN 20
#define SHOWN_MAX      64  /* bytes that are shown of a value */
#define SHOWN_NAME_MAX 192 /* and of a key or path */
#define SHOWN_TEXT_MAX (SHOWN_NAME_MAX + 8)

struct shown {
    char text[SHOWN_TEXT_MAX];
};

/* Appends value[0..n) (anything) in quotes. Word by word, as blanks part them: of a URL its scheme, "***@"
 * for a name and password, and host and port; of a word with an '@' that is no URL "***"; of a word of
 * SHOWN_SECRET_MIN bytes or more its first four; every other word whole. At most SHOWN_MAX bytes, more is cut
 * and shown as "...". Control characters are left to whoever writes the message. */
void shown_add(struct text *out, const char *value, size_t n);

/* The same as a string in s. Returns s->text. */
const char *shown_value(struct shown *s, const char *value, size_t n);

/* The same of a key or the path of a file: parts between '.', '/' and brackets, of those with SHOWN_PART_MIN
 * bytes or more the first four; at most SHOWN_NAME_MAX bytes. Returns s->text. */
const char *shown_name(struct shown *s, const char *name, size_t n);

#endif
