/* SPDX-License-Identifier: MIT
 * Rows of meaning in the configuration: sources.meaning. */
#ifndef COHERENCE_INGESTION_MEANING_OPTIONS_H
#define COHERENCE_INGESTION_MEANING_OPTIONS_H

#include "base/error.h"
#include "base/option.h"
#include "ingestion/intake/meaning.h"

#define MEANING_OPTIONS_MAX 64

struct meaning_option {
    char name[OPTION_TEXT_MAX];
    char where[OPTION_TEXT_MAX]; /* meaning_row.where */
    char metric[OPTION_TEXT_MAX];
    char entity[OPTION_TEXT_MAX];
    double scale;
    int part; /* enum meaning_part */
    struct option_place place;
};

struct meaning_options {
    struct meaning_option rows[MEANING_OPTIONS_MAX];
    uint32_t count;
};

extern const struct option_row meaning_option_rows[];
extern const size_t meaning_option_count;

/* One row: 0, or -EINVAL with e. */
int meaning_option_check(const struct meaning_option *o, struct error *e);

/* The table of meanings with these rows, which have been checked. NULL: out of memory. */
struct meaning *meaning_of_options(const struct meaning_options *o);

#endif
