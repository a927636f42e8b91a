/* SPDX-License-Identifier: MIT
 * The one directory in which anything is kept across restarts, held by one process at a time. Everything is
 * reached through its descriptor, which is what the seal leaves writable. */
#ifndef COHERENCE_STATE_DIR_H
#define COHERENCE_STATE_DIR_H

#include "base/error.h"

#define STATE_LOCK_NAME "lock"

struct state_dir {
    const char *path; /* borrowed, for messages */
    int fd;           /* the directory, open for reading; -1: none */
    int lock_fd;      /* its lock is held as long as this is open */
};

/* Opens path (made, mode 0700, when only its last part is missing) and takes its lock, which ends with the
 * process whatever becomes of it. Before the seal. Returns 0; -EWOULDBLOCK: another process holds it (the
 * text names it as far as known); else the -errno of what failed, e (NULL allowed) says it with a remedy.
 * After an error nothing is open. */
int state_dir_open(struct state_dir *d, const char *path, struct error *e);
void state_dir_close(struct state_dir *d);

/* What became of it while it was open. */
enum state_dir_fate {
    STATE_DIR_THERE,   /* as far as can be seen */
    STATE_DIR_REMOVED, /* nothing can be made in it any more, whatever stands at its path now */
    STATE_DIR_MOVED    /* something else, or nothing, stands at its path; the descriptor still leads to it */
};

/* Takes the lock anew where somebody has removed its file, for a second process would make another one and
 * believe itself alone. Returns 1 (taken again), 0 (it is held), or as state_dir_open; then it is tried again
 * with the next call. One system call, under the seal too. */
int state_dir_relock(struct state_dir *d, struct error *e);

/* Two system calls, under the seal too. */
enum state_dir_fate state_dir_fate(const struct state_dir *d);

#endif
