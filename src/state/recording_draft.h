/* SPDX-License-Identifier: MIT
 * The records of a block that is being written, and the body that they become. */
#ifndef COHERENCE_STATE_RECORDING_DRAFT_H
#define COHERENCE_STATE_RECORDING_DRAFT_H

#include "core/feed.h"
#include "state/numbers.h"
#include "state/recording_body.h"
#include "state/recording_names.h"
#include "state/recording_shapes.h"

struct recording_draft {
    uint32_t max;                         /* samples, and records */
    struct byte_buffer parts[BODY_HEADS]; /* those before the rows */
    struct recording_shapes shapes;
    double *values; /* in the order of frames */
    double *sorted; /* by column */
    int64_t *times, *sorted_times;
    uint32_t count, records; /* values; times */
    uint32_t ticks, frames, gone;

    uint32_t *counts; /* by series: samples in the block, then where its next one goes */
    uint32_t counts_room;
    uint32_t *rows; /* by row of times: the same */
    uint32_t rows_room;
    struct numbers_out out;
    uint32_t *ids; /* of the frame at hand */
    uint32_t ids_room;
    struct byte_buffer body;
};

/* max: samples and records that it may hold, >= 1. False: no memory; then recording_draft_done is due, too.
 */
bool recording_draft_init(struct recording_draft *d, uint32_t max);
void recording_draft_done(struct recording_draft *d);

/* Empties it. entities, series: numbers that the next declarations get. False: no memory. */
bool recording_draft_begin(struct recording_draft *d, uint32_t entities, uint32_t series);

/* Is there no room for n more samples, or for one more record? */
static inline bool recording_draft_is_full(const struct recording_draft *d, uint32_t n)
{
    return n > d->max - d->count || d->records >= d->max;
}

/* A record at t_ns comes, for which there is room: declares first what is new. False: no memory. */
bool recording_draft_record(
    struct recording_draft *d, struct recording_names *names, const struct catalog *c, int64_t t_ns);

/* What the record is. A frame: n samples of living series, for which there is room. False: no memory. */
bool recording_draft_frame(
    struct recording_draft *d, const struct names_map *series, const struct sample *samples, uint32_t n);
void recording_draft_tick(struct recording_draft *d);
void recording_draft_gone(struct recording_draft *d, uint32_t entity, enum entity_end end);

/* Makes the body, of a stretch with so many numbers of series; nothing can be added to the draft any more.
 * False: no memory, or a body larger than any may be. */
bool recording_draft_close(struct recording_draft *d, uint32_t series);

#endif
