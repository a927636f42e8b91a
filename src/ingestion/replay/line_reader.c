/* SPDX-License-Identifier: MIT
 * From bytes as they come to whole lines in one buffer, so that the parsers need not check for its end inside
 * a line: the complete part always ends in a newline, and at the end of the stream a missing one is supplied.
 * What a line means, and that a quoted field may hold newlines, is left to the parsers, which ask for more
 * when a record goes on beyond the complete part. */
#include "ingestion/replay/line_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SPARE 2u /* CR and LF after a line of the greatest length */

int line_reader_init(struct line_reader *r, struct byte_stream *stream)
{
    *r = (struct line_reader){.stream = stream, .capacity = LINE_READER_FIRST};
    r->data = malloc(r->capacity);
    return r->data == NULL ? -ENOMEM : 0;
}

void line_reader_done(struct line_reader *r)
{
    free(r->data);
    *r = (struct line_reader){0};
}

/* Makes room for at least one byte after end. */
static int make_room(struct line_reader *r, struct error *e)
{
    size_t kept = r->end - r->begin;
    if (r->begin > 0)
        memmove(r->data, r->data + r->begin, kept);
    r->complete -= r->begin;
    r->begin = 0;
    r->end = kept;
    if (r->end < r->capacity)
        return 0;
    if (r->capacity >= LINE_READER_LINE_MAX + SPARE)
        return -EFBIG;
    size_t capacity =
        r->capacity * 2u < LINE_READER_LINE_MAX ? r->capacity * 2u : LINE_READER_LINE_MAX + SPARE;
    char *data = realloc(r->data, capacity);
    if (data == NULL)
        return error_set_at(e, -ENOMEM, byte_stream_name(r->stream), 0, 0, "out of memory");
    r->data = data;
    r->capacity = capacity;
    return 0;
}

int line_reader_more(struct line_reader *r, struct error *e)
{
    while (!r->at_end) {
        int fault = make_room(r, e);
        if (fault != 0)
            return fault;
        long n = byte_stream_read(r->stream, r->data + r->end, r->capacity - r->end, e);
        if (n < 0)
            return (int)n;
        if (n == 0) {
            r->at_end = true;
            if (r->end == r->complete)
                return 0;
            r->cut = true;
            r->data[r->end++] = '\n'; /* make_room left a byte */
            r->complete = r->end;
            return 1;
        }
        const char *newline = memrchr(r->data + r->end, '\n', (size_t)n);
        r->end += (size_t)n;
        if (newline != NULL) {
            r->complete = (size_t)(newline - r->data) + 1u;
            return 1;
        }
    }
    return 0;
}
