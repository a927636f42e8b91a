/* SPDX-License-Identifier: MIT
 * A block taken apart: operations, shapes, times and values as they can be gone through. */
#ifndef COHERENCE_STATE_RECORDING_CONTENT_H
#define COHERENCE_STATE_RECORDING_CONTENT_H

#include <zstd.h>

#include "core/feed.h"
#include "state/recording_block.h"
#include "state/recording_body.h"
#include "state/recording_places.h"
#include "state/recording_shapes.h"

struct recording_content {
    ZSTD_DCtx *zstd;
    struct recording_places *places; /* of the stretch; borrowed */
    struct error *error;             /* borrowed */
    struct block_head head;          /* of the block: set first */
    struct byte_buffer body;

    /* Of a DATA block. */
    struct byte_cursor parts[BODY_PARTS];
    uint32_t first_entity, first_series; /* numbers of its first declarations */
    struct recording_shapes shapes;
    double *values; /* by column */
    uint32_t values_room;
    int64_t *times; /* by row */
    uint32_t times_room;
    uint32_t *rows; /* by row of times: where its next one is */
    uint32_t rows_room;
    uint32_t *columns; /* by series' number: where its next value is */
    uint32_t columns_room;
    struct sample *frame; /* room for the longest frame */
    uint32_t frame_room;
};

/* False: no memory. */
bool recording_content_init(
    struct recording_content *c, struct recording_places *places, struct error *error);
void recording_content_done(struct recording_content *c);

/* Decompresses the body of the block at bytes, whose header is in c->head, to c->body. Returns 0, -EBADMSG or
 * -ENOMEM, with the error filled. */
int recording_content_unpack(struct recording_content *c, const uint8_t *bytes);

/* Takes the body of a DATA block apart. Everything that can be wrong with it is found here: afterwards its
 * operations can be gone through without looking. What it declares is then among the places, even when it
 * failed. Returns like the one before. */
int recording_content_take(struct recording_content *c);

#endif
