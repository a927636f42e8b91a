/* SPDX-License-Identifier: MIT
 * The parts of a DATA block's body, in their order, as writer and reader share them. */
#ifndef COHERENCE_STATE_RECORDING_BODY_H
#define COHERENCE_STATE_RECORDING_BODY_H

/* The body begins with the lengths of its parts. */
enum body_part {
    BODY_NAMES, /* the numbers that the first declarations have, then declarations, as the operations call for
                   them */
    BODY_OPS,   /* what happened, in order */
    BODY_SHAPES, /* shapes of frames, as operations first name them */
    BODY_HEADS,  /* of rows of numbers: times of ticks, of ends, of frames of each kind; then columns, by
                    number */
    BODY_PLANES, /* of the same: bytes that are worth compressing */
    BODY_BITS,   /* of the same: bits that are not */
    BODY_PARTS
};

/* Rows of times: these, then one for each kind of frame's shapes, in the order of appearance. */
enum { BODY_TICK_ROW, BODY_GONE_ROW, BODY_FRAME_ROWS };

/* Operations. OP_FRAME + n is a frame of shape n; the first shape that has not been there follows in its
 * part. */
enum {
    OP_TICK,
    OP_GONE,    /* entity's number, enum entity_end */
    OP_DECLARE, /* so many entities, so many series */
    OP_FRAME
};

#endif
