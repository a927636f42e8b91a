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

#endif
