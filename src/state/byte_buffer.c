/* SPDX-License-Identifier: MIT
 * Makes room for bytes that are appended. What they mean is their writer's matter. */
#include "state/byte_buffer.h"

#include <stdlib.h>

#define ROOM_MIN 256u
#define ROOM_MAX (1u << 30) /* bytes: more than any block */

bool byte_buffer_reserve(struct byte_buffer *b, size_t n)
{
    if (b->failed || n <= b->room - b->n)
        return !b->failed;
    size_t room = b->room < ROOM_MIN ? ROOM_MIN : 2 * b->room;
    if (n > ROOM_MAX - b->n) {
        b->failed = true;
        return false;
    }
    room = room < b->n + n ? b->n + n : room;
    uint8_t *bytes = realloc(b->bytes, room);
    if (bytes == NULL) {
        b->failed = true;
        return false;
    }
    b->bytes = bytes;
    b->room = room;
    return true;
}

void byte_buffer_done(struct byte_buffer *b)
{
    free(b->bytes);
    *b = (struct byte_buffer){0};
}
