/* SPDX-License-Identifier: MIT
 * A strict subset of YAML 1.1 as a flat list: one entry per value, with its dotted path and its place. Values
 * stay text: nothing here knows that YAML would take `no` for false, `1:30` for 90 or `0o7` for 7; whoever
 * owns the value judges the text.
 *
 * The subset: block and flow mappings and lists, plain and quoted scalars, block scalars, comments, one
 * document, UTF-8 without byte order mark. Refused, each with its place and what to write instead: anchors,
 * aliases, tags, directives, merge keys, tabs, duplicate keys, keys that are not plain words, several
 * documents, NUL and other control characters, invalid UTF-8, UTF-16, line breaks other than LF and CRLF. */
#ifndef COHERENCE_BASE_YAML_H
#define COHERENCE_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* Limits; more is refused with the place where it became too much. */
#define YAML_FILE_MAX     (1024U * 1024U) /* bytes of a file */
#define YAML_ENTRIES_MAX  4096U
#define YAML_DEPTH_MAX    16U  /* mappings and lists inside each other */
#define YAML_KEY_MAX      64U  /* bytes of one key */
#define YAML_PATH_MAX     512U /* bytes of a dotted path, NUL included */
#define YAML_PROBLEMS_MAX 64U  /* reported per text; one more says that there were more */

enum yaml_kind {
    YAML_TEXT,       /* a scalar */
    YAML_NOTHING,    /* no value at all: "key:"; value is "" */
    YAML_EMPTY_MAP,  /* {}; value is "" */
    YAML_EMPTY_LIST, /* []; value is "" */
};

/* One leaf. A mapping or list that holds something is not an entry itself: its leaves are. */
struct yaml_entry {
    const char *path;  /* "sources.host.interval", "outputs.alertmanager.urls[0]", "steps[2].at"; "" = the
                          whole text is one value */
    const char *value; /* UTF-8 after unquoting and unfolding, NUL-terminated; holds no NUL inside */
    size_t value_n;    /* bytes of value */
    enum yaml_kind kind;
    bool quoted;                   /* '...', "...", | or > */
    uint32_t line, column;         /* of the value, 1-based, column in bytes */
    uint32_t key_line, key_column; /* of the key (in a list: of the value) */
};

struct yaml_text;

/* Reads n bytes (may hold anything). name stands in messages and is copied. problem is called for every
 * fault, in the order of the text as far as it is known, at most YAML_PROBLEMS_MAX + 1 times; NULL: nobody
 * listens. e is valid during the call only. Returns 0; -EBADMSG when problem was called at least once
 * (*ret_text then holds what could be read, so that the caller can look for more problems in it, but must not
 * use the values); -E2BIG (n > YAML_FILE_MAX, said to problem too) or -ENOMEM, with *ret_text = NULL. The
 * caller owns *ret_text. An empty text is valid and has no entries. Cost O(n); memory bounded by the limits
 * above. */
int yaml_read(const char *bytes, size_t n, const char *name,
    void (*problem)(void *context, const struct error *e), void *context, struct yaml_text **ret_text);

void yaml_close(struct yaml_text *t); /* NULL allowed */

/* The name given to yaml_read. */
const char *yaml_name(const struct yaml_text *t);

/* Entries in the order of the text: index 0 .. yaml_count - 1. */
size_t yaml_count(const struct yaml_text *t);
const struct yaml_entry *yaml_at(const struct yaml_text *t, size_t index);

/* The entry of exactly that path, or NULL (also for a mapping or list that holds something). */
const struct yaml_entry *yaml_find(const struct yaml_text *t, const char *path);

/* Where the key of that path stands ("http" although only "http.listen" is an entry; a list item: where it
 * begins). Returns 0, or -ENOENT (outputs untouched) when the text has no such key. */
int yaml_key_place(const struct yaml_text *t, const char *path, uint32_t *ret_line, uint32_t *ret_column);

/* How many items the list at that path has ("steps" counts steps[0], steps[1], ...); 0 when there is no such
 * list. Cost O(items). */
size_t yaml_list_count(const struct yaml_text *t, const char *path);

/* The key itself inside the entry's path: what follows the last dot ("at" of "steps[2].at"). Never NULL. */
const char *yaml_entry_key(const struct yaml_entry *entry);

/* Fills e with a fault at the entry's value (code: a -errno). Returns code. */
int yaml_error(const struct yaml_text *t, const struct yaml_entry *entry, struct error *e, int code,
    const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
