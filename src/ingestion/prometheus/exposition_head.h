/* SPDX-License-Identifier: MIT
 * What stands before the value in a line of an exposition: the name of a series and its labels. */
#ifndef COHERENCE_INGESTION_EXPOSITION_HEAD_H
#define COHERENCE_INGESTION_EXPOSITION_HEAD_H

#include <stddef.h>

#include "ingestion/intake/intake.h"

/* One more than a series may have, so that the intake sees that there are too many. */
#define EXPOSITION_LABELS_MAX (INTAKE_LABELS_MAX + 1)

struct exposition_head {
    const char *name;
    size_t name_n;
    struct intake_label labels[EXPOSITION_LABELS_MAX];
    size_t label_count;
    char buffer[INTAKE_KEY_MAX]; /* of values and names that had escapes */
};

/* Where the head that begins at p ends: behind its '}', or its name. NULL: it has no end before `end`. */
const char *exposition_head_end(const char *p, const char *end);

/* Takes n bytes, as exposition_head_end found them, apart. Names and values lie in the bytes or in
 * h->buffer. Returns NULL, or what is wrong with it. n < INTAKE_KEY_MAX. Labels beyond the room are counted,
 * not kept. */
const char *exposition_head_read(struct exposition_head *h, const char *p, size_t n);

#endif
