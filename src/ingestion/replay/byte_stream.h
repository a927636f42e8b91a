/* SPDX-License-Identifier: MIT
 * Bytes of a file or standard input, plain or compressed (gzip, xz, zstd, recognised by their first bytes),
 * read in bounded memory. */
#ifndef COHERENCE_INGESTION_BYTE_STREAM_H
#define COHERENCE_INGESTION_BYTE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

struct byte_stream;

/* path: "-" = standard input. Opened read-only here, before the seal. NULL with e filled (missing, a
 * directory, a device, no memory). */
struct byte_stream *byte_stream_open(const char *path, struct error *e);
/* The same over a descriptor (owned from now on); name is for messages. Used by tests. */
struct byte_stream *byte_stream_from_fd(int fd, const char *name, struct error *e);
void byte_stream_close(struct byte_stream *s);

#define BYTE_STREAM_READ_MAX (1u << 30) /* bytes at once; decoders count in 32 bits */

/* Fills at most n bytes. Returns their count, 0 at the end, or -errno with e filled (-EBADMSG: damaged or cut
 * compressed data). Concatenated gzip members, xz streams and zstd frames are read through. */
long byte_stream_read(struct byte_stream *s, void *out, size_t n, struct error *e);

#define BYTE_STREAM_PEEK_MAX 16u

/* The first bytes, once, before anything has been read; they stay to be read. n <= BYTE_STREAM_PEEK_MAX.
 * Returns their count, less than n only at the end; -errno with e filled. */
long byte_stream_peek(struct byte_stream *s, void *out, size_t n, struct error *e);

/* The descriptor of a plain file that is not compressed, for looking at it with pread; -1: it is no such
 * thing. After byte_stream_peek. */
int byte_stream_file(const struct byte_stream *s);
/* What is read next begins there. Only where byte_stream_file gives a descriptor. Returns 0 or -errno. */
int byte_stream_seek(struct byte_stream *s, off_t offset);

const char *byte_stream_name(const struct byte_stream *s);

/* Bytes read of the file so far, as they lie there (compressed), and how many there were when it was opened;
 * 0 when nobody knows (a pipe). */
uint64_t byte_stream_done(const struct byte_stream *s);
uint64_t byte_stream_size(const struct byte_stream *s);

#endif
