/* SPDX-License-Identifier: MIT
 * A recording as a flat file or through a pipe: a header, then blocks one after the other, nothing after
 * them. A crash leaves a torn last block; everything before it is good. Two recordings one after the other
 * are a recording. */
#ifndef COHERENCE_STATE_RECORDING_FILE_H
#define COHERENCE_STATE_RECORDING_FILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "state/recording.h"

#define RECORDING_FILE_MAGIC      "COHEREC\n" /* first 8 bytes */
#define RECORDING_FILE_MAGIC_SIZE 8u

/* Writing. fd: borrowed, opened by the caller (before the seal), at the place where the recording shall
 * begin. */
struct recording_out {
    int fd;
    bool can_cut; /* a plain file: cut back to its last whole block when a write fails */
    bool began;
    int failed;  /* 0 or the first -errno: nothing is written after it */
    off_t whole; /* bytes up to the end of the last whole block */
};
void recording_out_init(struct recording_out *o, int fd);
/* Fits recording_writer_new: context is a struct recording_out. Waits for a slow reader of a pipe. Returns 0
 * or -errno (kept). */
int recording_out_put(void *context, const struct recording_block *block);

/* Reading, from anything. read: at most n bytes to out; returns their count, 0 at the end, or -errno. */
struct recording_in;
struct recording_in *recording_in_new(
    long (*read)(void *context, void *out, size_t n), void *context); /* NULL: out of memory */
void recording_in_free(struct recording_in *in);

/* The next whole block, borrowed until the next call; its checksum is not compared (recording_reader_block
 * does so). Returns 1; 0 at the end; -EBADMSG: bytes were passed over that are no block (e says where): call
 * again for what follows them; -EPROTO: no recording, or another version's; -ENOMEM; or what read answered.
 */
int recording_in_next(struct recording_in *in, struct recording_block *ret, struct error *e);

/* Bytes that were passed over; true: the last of them were the beginning of a block, torn off. */
uint64_t recording_in_passed_over(const struct recording_in *in, bool *ret_torn);

/* Does a file that begins with these bytes look like a recording? n may be anything. */
bool recording_is(const uint8_t *bytes, size_t n);

/* Where to start reading for a range that begins at t_ns: the offset of the last KEY at or before it, else of
 * the first KEY. Looks at headers only. fd: a plain file, whose position stays. Returns 0; -ENOENT: there is
 * no KEY; -ESPIPE; -errno. Cost: one pread of 64 bytes for each block. A recording_in over the file from that
 * offset begins with that block: it needs no file header. */
int recording_find_key(int fd, int64_t t_ns, off_t *ret_offset);

#endif
