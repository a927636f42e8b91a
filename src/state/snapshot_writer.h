/* SPDX-License-Identifier: MIT
 * Writes one snapshot at a time in a thread of its own, so that a slow disk delays no sample. */
#ifndef COHERENCE_STATE_SNAPSHOT_WRITER_H
#define COHERENCE_STATE_SNAPSHOT_WRITER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "state/snapshot_file.h"

struct snapshot_writer {
    int dir_fd;
    struct snapshot_head head;
    const uint8_t *body;
    size_t body_size;
    pthread_t thread;
    bool busy;        /* a thread has been started and not been joined */
    atomic_bool done; /* that thread has nothing more to do */
    int result;       /* of it: 0 or -errno */
};

void snapshot_writer_init(struct snapshot_writer *w, int dir_fd);

/* Starts writing; body is borrowed until the result has been taken. Not while it is busy (asserted). Where no
 * thread can be had it writes itself. */
void snapshot_writer_start(
    struct snapshot_writer *w, const struct snapshot_head *head, const uint8_t *body, size_t n);

/* Has it ended? Then true and its result, once. wait: until it has. False when nothing was started. */
bool snapshot_writer_take(struct snapshot_writer *w, bool wait, int *ret_result);

#endif
