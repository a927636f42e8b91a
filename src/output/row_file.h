/* SPDX-License-Identifier: MIT
 * A file of rows that is written while rows come: buffered, never left with half a row, refusals of a full
 * disk counted. Formats are its users' matter. The file is opened before the seal. */
#ifndef COHERENCE_OUTPUT_ROW_FILE_H
#define COHERENCE_OUTPUT_ROW_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/text.h"

#define ROW_FILE_BUFFER (64u * 1024u)
#define ROW_FILE_FLUSH_NS                                                                                    \
    INT64_C(10000000000) /* heuristic: what a crash may cost, against one write a tick */

struct row_file {
    struct text text; /* rows not written yet: append to it after row_file_begin */
    int fd;
    bool regular;      /* can be cut back to its last whole row */
    int failed;        /* 0 or the first -errno */
    int64_t flush_ns;  /* time of the last flush by row_file_pass */
    uint64_t lost;     /* rows that did not reach the file */
    uint64_t buffered; /* rows in text */
    off_t whole;       /* bytes in the file up to the last whole row */
    char buffer[ROW_FILE_BUFFER];
};

/* path: created (mode 0644 under the umask) or emptied; refuses a symbolic link and what exists and is not a
 * regular file ("-" is standard output). Returns 0 or -errno with e filled. */
int row_file_open(struct row_file *f, const char *path, struct error *e);

/* Makes room for one row of at most row_max bytes (< ROW_FILE_BUFFER). Returns 0, or the kept fault with the
 * row counted as lost: write nothing then. */
int row_file_begin(struct row_file *f, size_t row_max);

/* Writes what is buffered. Returns 0 or the first fault. */
int row_file_flush(struct row_file *f);

/* It is now now_ns: flushes when ROW_FILE_FLUSH_NS have passed since the last time. */
int row_file_pass(struct row_file *f, int64_t now_ns);

/* Flushes and closes. Returns 0 or the first error; *ret_lost: rows that could not be written (may be NULL).
 */
int row_file_close(struct row_file *f, uint64_t *ret_lost);

#endif
