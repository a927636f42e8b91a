/* SPDX-License-Identifier: MIT
 * The snapshot file: one snapshot, whole or not at all. docs/formats.md has its layout. */
#ifndef COHERENCE_STATE_SNAPSHOT_FILE_H
#define COHERENCE_STATE_SNAPSHOT_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define SNAPSHOT_FILE_NAME    "snapshot"
#define SNAPSHOT_FILE_VERSION 1
#define SNAPSHOT_LABEL_MAX    256                 /* bytes of a label, NUL included */
#define SNAPSHOT_BODY_MAX     (UINT64_C(1) << 29) /* bytes: half a million series */
#define SNAPSHOT_ASIDE_MAX    3                   /* files kept of each kind that were set aside */

/* What the header says of the body. */
struct snapshot_head {
    int64_t time_ns;                /* engine time: of its last tick */
    char label[SNAPSHOT_LABEL_MAX]; /* whose it is: another's is not read */
};

/* One that was read. */
struct snapshot_image {
    struct snapshot_head head;
    uint8_t *bytes; /* owned: free() */
    const uint8_t *body;
    size_t body_size;
};

/* Takes a file's bytes apart and checks them: magic, version, lengths, checksum, label. head and body point
 * into nothing but the result. label: whose it must be. Returns 0; -EBADMSG: damaged or no snapshot; -EPROTO:
 * another version's; -ESTALE: another's (e quotes its label). */
int snapshot_file_parse(
    const uint8_t *bytes, size_t n, const char *label, struct snapshot_image *ret, struct error *e);

/* Reads the snapshot of a directory. Returns 0, -ENOENT (there is none), what snapshot_file_parse says,
 * -EFBIG, -ENOMEM, or the -errno of reading. */
int snapshot_file_read(int dir_fd, const char *label, struct snapshot_image *ret, struct error *e);
void snapshot_image_free(struct snapshot_image *i);

/* Replaces the snapshot of a directory: a new file, written, synced and renamed over the old one, then the
 * directory synced. At every instant, and after every error, the old one or the new one is there, whole.
 * Returns 0 or the -errno of the first step that failed; what was begun is removed. Blocks for as long as the
 * disk does. */
int snapshot_file_write(int dir_fd, const struct snapshot_head *head, const uint8_t *body, size_t n);

/* Renames the snapshot to NAME.<kind>-1, what was there before to -2, and so on; the oldest of
 * SNAPSHOT_ASIDE_MAX goes. kind: static, "damaged", "foreign". Writes the new name to name. Returns 0 or
 * -errno. */
int snapshot_file_set_aside(int dir_fd, const char *kind, char name[64]);

#endif
