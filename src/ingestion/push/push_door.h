/* SPDX-License-Identifier: MIT
 * What all protocols have in common whose clients push: a batch is handed to an intake, and the client is
 * told what became of it. */
#ifndef COHERENCE_INGESTION_PUSH_DOOR_H
#define COHERENCE_INGESTION_PUSH_DOOR_H

#include <stdint.h>

#include "base/text.h"
#include "ingestion/intake/intake.h"

struct push_door {
    struct intake *in;                  /* borrowed; there before the first batch */
    int64_t (*now_ns)(void *context);   /* engine time */
    void *context;                      /* of now_ns */
    int fault;                          /* what the feed answered when it failed, -errno: the process stops */
    struct intake_counts before, batch; /* counts at the beginning of a batch; those of the last one alone */
};

/* Begins a batch. */
void push_begin(struct push_door *d);

/* Ends it: feeds what it brought, or (fed = false) forgets it. d->batch: samples taken and dropped, by
 * reason. Returns 0, or the fault. */
int push_end(struct push_door *d, bool fed);

/* Of the last batch, the samples that were dropped for a reason that its sender should hear of: not those
 * that it has sent before (`duplicate`), that another source says already (`taken`), or that have no place
 * here (`unsupported`, `bad_value`: an infinity is a value like another where it comes from). Appends why:
 * "series_limit 3, old 2". */
uint64_t push_refused(const struct push_door *d, struct text *why);

#endif
