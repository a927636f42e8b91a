/* SPDX-License-Identifier: MIT
 * Shapes of frames: ordered lists of the series that are sampled together. Most frames of a source have a
 * shape that was there before, so a frame names its shape, and a new shape is said as the difference to
 * another. Writing and reading side; shapes live as long as their block. */
#ifndef COHERENCE_STATE_RECORDING_SHAPES_H
#define COHERENCE_STATE_RECORDING_SHAPES_H

#include "state/byte_buffer.h"

struct recording_shape {
    uint32_t begin, n; /* its numbers in the list of all shapes; n >= 1 */
    uint32_t kind;     /* shapes that begin with the same series are of one kind: of one source, mostly */
    uint32_t uses;     /* frames that have it */
    uint32_t next;     /* the shape of the frame that followed last time */
    uint64_t hash;
};

struct recording_shapes {
    struct recording_shape *shapes;
    uint32_t count, room;
    uint32_t *list; /* series by their numbers in the stretch, shape after shape */
    uint32_t *ids;  /* writing: the same by their ids in the catalog */
    uint32_t listed, list_room;
    uint32_t *table; /* writing: shapes by hash, index + 1; 0 = free */
    uint32_t mask;
    uint32_t last; /* shape of the last frame */
    uint32_t kinds;
    uint32_t *by_first; /* by number: the latest shape that begins with it + 1 */
    uint32_t first_room;
    uint32_t *where; /* writing: scratch by number: a place in the base shape + 1 */
    uint32_t where_room;
};

void recording_shapes_done(struct recording_shapes *s);
void recording_shapes_clear(struct recording_shapes *s);

/* Appends a shape of n series without telling anybody; the caller fills list (and ids) from its begin on.
 * NULL: no memory. */
struct recording_shape *recording_shapes_add(struct recording_shapes *s, uint32_t n, bool with_ids);

/* Writing: the shape whose ids are in samples order ids[0..n), or NULL. hash: of them. */
struct recording_shape *recording_shapes_find(
    struct recording_shapes *s, const uint32_t *ids, uint32_t n, uint64_t hash);
bool recording_shapes_index(
    struct recording_shapes *s, uint32_t shape); /* puts it in the table; false: no memory */

/* Writing: appends how the last shape that was added differs from its base. numbers: of series in the
 * stretch. False: no memory. */
bool recording_shapes_tell(struct recording_shapes *s, uint32_t numbers, struct byte_buffer *b);

/* Writing: takes back the last shape that was added, when it could not be put in the table or told. Nothing
 * but recording_shapes_clear or _done is to follow. */
void recording_shapes_undo(struct recording_shapes *s);

/* Reading: adds the shape that is told at c. most: samples that a shape may have. Returns 0, -EBADMSG or
 * -ENOMEM. */
int recording_shapes_hear(struct recording_shapes *s, uint32_t numbers, uint32_t most, struct byte_cursor *c);

#endif
