/* SPDX-License-Identifier: MIT
 * The system calls of the state room, on their way through the linker's --wrap: recorded, so that a crash
 * after any of them can be played, or made to fail, one after the other. */
#ifndef COHERENCE_STATE_CALLS_H
#define COHERENCE_STATE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum call_kind {
    CALL_OPEN, /* that makes a file; in failing: any */
    CALL_READ, /* never recorded */
    CALL_WRITE,
    CALL_TRUNCATE,
    CALL_SYNC, /* of a file; in failing: or of the directory */
    CALL_SYNC_DIR,
    CALL_UNLINK,
    CALL_RENAME,
    CALL_ALLOCATE, /* ours and SQLite's; never recorded */
    CALL_MARK      /* a mark of the test's */
};

struct call {
    enum call_kind kind;
    char name[48], to[48];
    off_t offset; /* or the new size */
    size_t n;     /* or the mark */
    uint8_t *bytes;
};

struct calls {
    struct call *list;
    size_t count;
};

/* Before the first use of SQLite. */
void calls_init(void);

/* From now on what is done in the directory dir_fd is recorded; until calls_end. Syncs are not carried out:
 * the test plays the crash. */
void calls_record(int dir_fd);
void calls_mark(size_t mark);
struct calls calls_end(void);
void calls_free(struct calls *c);

/* Files as they are after the first n calls, written into the directory dir_fd, which is empty. torn: of the
 * last call, if it is a write, only the first half. seed: not 0: of the writes and truncations that no sync
 * of their file followed, some never reached the disk, and some only half. */
void calls_play(const struct calls *c, size_t n, bool torn, unsigned seed, int dir_fd);

/* The nth call of a kind from now on fails with code (a positive errno), and all that follow, `times` in
 * all. n 0: none. Returns how many of the last setting have failed. */
unsigned calls_fail(enum call_kind kind, unsigned n, unsigned times, int code);

#endif
