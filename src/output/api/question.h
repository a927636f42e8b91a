/* SPDX-License-Identifier: MIT
 * Questions that memory alone cannot answer: of closed incidents and of the longer past. A handler takes one
 * from the desk, writes down what it knows already, and puts it back to be worked on; whoever reads the state
 * directory (off the loop's thread) fills in the rest, and then the answer is made of it on the loop's
 * thread. */
#ifndef COHERENCE_OUTPUT_API_QUESTION_H
#define COHERENCE_OUTPUT_API_QUESTION_H

#include <stdbool.h>

#include "base/hash.h"
#include "core/catalog.h"
#include "net/http_route.h"
#include "output/api/series_grid.h"

#define QUESTION_ENTITY_MAX (CATALOG_NAME_MAX + 16)

/* A list of incidents ends with so many, and says how many more there are, up to as many again. */
#define QUESTION_LIMIT_MAX 1000u

enum question_kind { QUESTION_INCIDENTS, QUESTION_INCIDENT, QUESTION_SERIES };

struct question {
    enum question_kind kind;
    uint64_t ticket;                 /* of the request */
    int64_t from_ns, to_ns;          /* INT64_MIN: no bound */
    char host[CATALOG_NAME_MAX + 1]; /* "" = any (incidents) */

    char id[HASH_ID_TEXT_MAX]; /* INCIDENT */
    uint32_t limit;            /* INCIDENTS: closed ones */

    char entity[QUESTION_ENTITY_MAX];  /* SERIES: "kind:name" */
    char metric[CATALOG_NAME_MAX + 1]; /* of a law, or as a metric's name in the catalog */
    int law;                           /* enum law_id; -1: metric is meant */
    char unit[32];                     /* "" = not known */
    bool known;                        /* the entity lives, and has such a law or metric */
    bool from_memory;                  /* grid has what memory knows; what lies up to to_ns is missing */
    bool from_recording;
    struct series_grid grid;

    struct text body; /* INCIDENTS, INCIDENT: the answer as far as it is written; HTTP_BODY_MAX bytes */
    uint32_t listed, left_out;
    int result; /* of the work: 0; -ENOENT: there is nothing; -EBADMSG: damaged; -EAGAIN: it took too long;
                   another -errno of reading */
};

/* Where questions go. Both are called on the loop's thread. */
struct question_desk {
    void *context;
    /* An empty one, or NULL: too many are being worked on. */
    struct question *(*take)(void *context);
    /* To be worked on. Its answer goes to its ticket. */
    void (*put)(void *context, struct question *q);
};

/* Worked on: makes the answer of it. a->body: where a series, or an error, is written; may become q's own. */
void question_answer(struct question *q, struct http_answer *a);

/* Appends a line of the history to a list of objects, without its newline; false: it is no line of ours (one
 * printable JSON object), or there is no room. */
bool question_add_line(struct question *q, const char *line, size_t n);

#endif
