/* SPDX-License-Identifier: MIT
 * Whole lines of a byte stream, in one buffer of bounded size. */
#ifndef COHERENCE_INGESTION_LINE_READER_H
#define COHERENCE_INGESTION_LINE_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "ingestion/replay/byte_stream.h"

#define LINE_READER_LINE_MAX (1024u * 1024u) /* bytes of a line; longer ones are no telemetry */
#define LINE_READER_FIRST                                                                                    \
    (256u * 1024u) /* bytes of the buffer until a line needs more (heuristic: fits the L2 cache) */

struct line_reader {
    struct byte_stream *stream; /* borrowed */
    char *data;
    size_t capacity;
    size_t begin;    /* first byte that the parser has not consumed */
    size_t complete; /* end of the last whole line; data[complete - 1] == '\n' when complete > begin */
    size_t end;      /* end of the bytes read */
    bool at_end;     /* the stream is exhausted: complete == end */
    bool cut;        /* the last line had no newline; one was put there */
};

int line_reader_init(struct line_reader *r, struct byte_stream *stream); /* 0 or -ENOMEM */
void line_reader_done(struct line_reader *r);

/* Reads on, keeping the bytes from begin (which moves to 0: pointers into data are void). Returns 1 when the
 * complete part grew, 0 at the end of the stream, -EFBIG when what stands at begin fills a buffer of
 * LINE_READER_LINE_MAX without being whole, -ENOMEM, or what the stream answered, with e filled except for
 * -EFBIG. After -EINTR it can be called again. */
int line_reader_more(struct line_reader *r, struct error *e);

#endif
