/* SPDX-License-Identifier: MIT
 * Turns the schedstat files of a process' threads into one growing sum: what each thread waited since it was
 * last read, and of a thread that is new all that it waited. */
#include "ingestion/host/process_threads.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ingestion/host/proc_pid_file.h"
#include "ingestion/host/scan.h"

#define PATH_MAX_BYTES 64
#define CALLS_LISTING  4 /* open, two portions (the last is empty), close */
#define CALLS_THREAD   3 /* open, read, close */

uint32_t process_threads_cost(uint32_t threads)
{
    return CALLS_LISTING + CALLS_THREAD * threads;
}

/* What that thread had waited at the last reading, or NULL. Both listings go by number, so that the place
 * where the last one was found is the place before this one's. */
static const struct process_thread *find(const struct process_threads *t, uint32_t tid, uint32_t *place)
{
    for (uint32_t k = 0; k < t->count; k++) {
        uint32_t i = (*place + k) % t->count;
        if (t->items[i].tid == tid) {
            *place = i + 1;
            return &t->items[i];
        }
    }
    return NULL;
}

/* One thread's waiting. Returns 0 or -errno; -ESRCH and -ENOENT: it has ended meanwhile. */
static int read_thread(const struct process_threads_reading *r, uint32_t tid, uint64_t *ret_wait_ns)
{
    char path[PATH_MAX_BYTES];
    struct proc_pid_sched s;
    size_t n;

    snprintf(path, sizeof(path), "%u/task/%u/schedstat", r->pid, tid);
    *r->calls += CALLS_THREAD;
    int error = kfile_read_once(r->proc_fd, path, r->buffer, &n);
    if (error == 0)
        error = proc_pid_sched_parse(r->buffer->data, n, &s);
    if (error == 0)
        *ret_wait_ns = s.wait_ns;
    return error;
}

/* Fills t->scratch. Returns how many threads are in it, or -errno. */
static int read_all(
    struct process_threads *t, const struct process_threads_reading *r, uint64_t *ret_added_ns)
{
    uint32_t count = 0, place = 0;
    uint64_t added_ns = 0, tid, wait_ns = 0;
    const char *name;
    int error;

    while ((name = kdir_next(r->listing, &error))) {
        const char *p = name, *end = name + strlen(name);
        if (!scan_u64(&p, end, &tid) || p != end || tid > UINT32_MAX)
            continue;
        if (count == PROCESS_THREADS_MAX)
            return -E2BIG;
        int r_thread = read_thread(r, (uint32_t)tid, &wait_ns);
        if (r_thread == -ESRCH || r_thread == -ENOENT)
            continue;
        if (r_thread < 0)
            return r_thread;
        const struct process_thread *last = find(t, (uint32_t)tid, &place);
        uint64_t before_ns = last ? last->wait_ns : 0;
        if (t->has_begun && wait_ns >= before_ns)
            added_ns += wait_ns - before_ns;
        t->scratch[count++] = (struct process_thread){(uint32_t)tid, wait_ns};
    }
    if (error < 0 || count == 0)
        return error < 0 ? error : -ESRCH;
    *ret_added_ns = added_ns;
    return (int)count;
}

int process_threads_read(struct process_threads *t, const struct process_threads_reading *r)
{
    char path[PATH_MAX_BYTES];
    uint64_t added_ns = 0;

    snprintf(path, sizeof(path), "%u/task", r->pid);
    int n = kdir_open(r->listing, r->proc_fd, path);
    if (n == 0)
        n = read_all(t, r, &added_ns);
    *r->calls += (uint32_t)r->listing->calls + 1;
    kdir_close(r->listing);
    if (n < 0) {
        t->count = 0;
        t->has_begun = false;
        return n == -ENOENT ? -ESRCH : n;
    }
    memcpy(t->items, t->scratch, (size_t)n * sizeof(t->items[0]));
    t->count = (uint32_t)n;
    t->has_begun = true;
    t->total_ns += added_ns;
    t->read_ns = r->mono_ns;
    return 0;
}
