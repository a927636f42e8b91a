/* SPDX-License-Identifier: MIT
 * Turns a blocking write into one that is asked about later. The thread lives as long as the write; it takes
 * no signal, so that those reach the loop. */
#include "state/snapshot_writer.h"

#include <assert.h>
#include <signal.h>

void snapshot_writer_init(struct snapshot_writer *w, int dir_fd)
{
    *w = (struct snapshot_writer){.dir_fd = dir_fd};
}

static void *write_it(void *context)
{
    struct snapshot_writer *w = context;

    w->result = snapshot_file_write(w->dir_fd, &w->head, w->body, w->body_size);
    atomic_store(&w->done, true);
    return NULL;
}

void snapshot_writer_start(
    struct snapshot_writer *w, const struct snapshot_head *head, const uint8_t *body, size_t n)
{
    sigset_t all, before;

    assert(!w->busy && !w->done);
    w->head = *head;
    w->body = body;
    w->body_size = n;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->busy = pthread_create(&w->thread, NULL, write_it, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!w->busy)
        write_it(w);
}

bool snapshot_writer_take(struct snapshot_writer *w, bool wait, int *ret_result)
{
    if (!w->busy && !w->done)
        return false;
    if (!wait && !atomic_load(&w->done))
        return false;
    if (w->busy)
        pthread_join(w->thread, NULL);
    w->busy = false;
    atomic_store(&w->done, false);
    *ret_result = w->result;
    return true;
}
