/* SPDX-License-Identifier: MIT
 * Option rows: each module declares its struct and one row per option; help, man page, config check,
 * environment names and the dump of the effective configuration all come from the rows. No module includes
 * config/. */
#ifndef COHERENCE_BASE_OPTION_H
#define COHERENCE_BASE_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

#define OPTION_TEXT_MAX 256  /* bytes of a text option, NUL included */
#define OPTION_LIST_MAX 4096 /* bytes of a list, NUL included */

enum option_type {
    OPTION_BOOL,     /* bool; true|false */
    OPTION_INT,      /* int64_t */
    OPTION_REAL,     /* double */
    OPTION_DURATION, /* int64_t nanoseconds; "60s" */
    OPTION_SIZE,     /* uint64_t bytes; "64MiB" */
    OPTION_RATE,     /* double events per day; "1/30d" */
    OPTION_CHOICE,   /* int: index into choices */
    OPTION_TEXT,     /* char[OPTION_TEXT_MAX] */
    OPTION_LIST,     /* char[OPTION_LIST_MAX]: words, a blank between each two */
    OPTION_RECORDS   /* an array of structs: a list of mappings, in a file only */
};

/* Where an item of a list of mappings stands, for what is found out about it later. */
struct option_place {
    uint32_t file, line, column; /* file: the reader's number */
    bool refused;                /* something in it could not be taken, which has been said */
};

/* The unit of a text "name=value, name=value", which in an item may also be written as a mapping. */
#define OPTION_PAIRS "name=value, ..."

/* The items of a list of mappings. */
struct option_records {
    const struct option_row *rows; /* keys of an item; their offsets are those in an item. No lists */
    size_t count;
    size_t item_size;
    uint32_t most;       /* items that there is room for */
    size_t used_offset;  /* of the uint32_t that counts them, in the module's struct */
    size_t place_offset; /* of a struct option_place, in an item */
};

struct option_row {
    const char *key; /* dotted, as in the YAML file: "sources.host.interval" */
    enum option_type type;
    size_t offset;                        /* of the field in the module's struct */
    double minimum, maximum;              /* in the stored unit; both 0 = no bounds */
    const char *const *choices;           /* OPTION_CHOICE: NULL-terminated */
    const char *fallback;                 /* the default, as text */
    const char *unit;                     /* for people: "of one CPU", "" */
    const char *help;                     /* one sentence, lower case */
    const struct option_records *records; /* OPTION_RECORDS */
};

/* The rows of one module and where they are stored. */
struct option_group {
    const struct option_row *rows;
    size_t count;
    void *target;
};

/* Sets every row of g to its fallback. A fallback that does not parse is a bug and asserts. */
void option_set_defaults(const struct option_group *g);

/* Parses text into the row's field. Returns 0 or -EINVAL / -ERANGE with a text that names the key, the value,
 * what is allowed and, for choices, the nearest one; the field is then untouched. */
int option_set(
    const struct option_group *g, const struct option_row *row, const char *text, size_t n, struct error *e);

/* A word more for a list (a row of type OPTION_LIST). Returns as option_set. */
int option_append(
    const struct option_group *g, const struct option_row *row, const char *text, size_t n, struct error *e);

/* The next word of a list: *at is the list at first, and moved behind the word. NULL: no more. */
const char *option_list_next(const char **at, size_t *ret_n);

/* Item `index` of a list of mappings (a row of type OPTION_RECORDS) as a group of its own: the next one is
 * made, with its defaults, and becomes the last. Returns 0; -ERANGE: there is no room, or items between are
 * missing (e; ret untouched). */
int option_item(const struct option_group *g, const struct option_row *row, uint32_t index,
    struct option_group *ret, struct error *e);
/* Empties it. */
void option_items_clear(const struct option_group *g, const struct option_row *row);
uint32_t option_item_count(const struct option_group *g, const struct option_row *row);
/* Appends it as YAML in flow style; what is at its default is left out. */
void option_items_format(const struct option_group *g, const struct option_row *row, struct text *out);

/* Appends the row's present value as it would be written in the file. */
void option_format(const struct option_group *g, const struct option_row *row, struct text *out);

/* The row of that key in groups[0..n), its group in *ret_group; NULL when there is none. */
const struct option_row *option_find(const struct option_group *groups, size_t n, const char *key,
    size_t key_n, const struct option_group **ret_group);

/* What is allowed, for messages and help: "100ms to 1h", "auto, off or required", "true or false"; nothing
 * when the row has no bounds. */
void option_format_bounds(const struct option_row *row, struct text *out);

/* "duration", "size", "choice" ... for help. */
const char *option_type_name(enum option_type type);

/* Edit distance (Levenshtein) of two byte strings, for "did you mean"; strings over 64 bytes count as far
 * apart (returns 64). */
unsigned option_distance(const char *a, size_t a_n, const char *b, size_t b_n);

/* Is that distance from a text of n bytes worth a "did you mean"? */
bool option_is_near(unsigned distance, size_t n);

/* The word of a NULL-terminated list that is nearest to text, or NULL when none is near. */
const char *option_nearest(const char *const *words, const char *text, size_t n);

#endif
