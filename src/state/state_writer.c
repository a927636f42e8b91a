/* SPDX-License-Identifier: MIT
 * Turns rows that are put at any time into transactions, one after the other, in a thread of its own. A
 * batch that failed stays in its hands until it has been written: rows are keyed, so writing one twice is
 * harmless. What the rows are, and when there is news for people, is the caller's matter. */
#include "state/state_writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "state/state_queue.h"

#define SECOND_NS INT64_C(1000000000)
/* Room for what is written as one transaction. More than the longest row. */
#define BATCH_BYTES (512U << 10)
/* The log is moved into the database when it is longer than so much, and at the end. */
#define LOG_BYTES (4U << 20)
/* Beyond this, with a reader that does not let go, nothing is written until it does. */
#define LOG_BYTES_MAX  (256U << 20)
#define RETRY_FIRST_NS SECOND_NS
#define RETRY_MOST_NS  (60 * SECOND_NS)
#define PRUNE_EVERY_NS (60 * SECOND_NS)
#define PRUNE_ROWS     500 /* at a time, so that rows that wait are not kept waiting */

struct state_writer {
    struct state_writer_settings settings; /* limits: guarded by the mutex */
    pthread_t thread;
    bool runs;             /* there is one */
    pthread_mutex_t mutex; /* guards what stands up to `over` */
    pthread_cond_t woken;
    struct state_queue queue;
    struct state_writer_status status;
    int64_t now_ns, pruned_ns; /* engine time; STATE_TIME_NONE: not yet */
    uint32_t in_hand;          /* rows of the batch */
    bool stop;
    bool over; /* the thread has done its last */
    /* The thread's alone. */
    struct state_file *file;
    struct state_queue batch;
    unsigned damaged;          /* times in a row that the file was found damaged in use */
    int64_t retry_ns, wait_ns; /* monotonic; when to try again, and how long after that */
    bool tried_last;           /* once more after it was told to stop */
};

static int64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND_NS + t.tv_nsec;
}

static int64_t first_wait(const struct state_writer *w)
{
    return w->settings.retry_ns > 0 ? w->settings.retry_ns : RETRY_FIRST_NS;
}

static void note(struct state_writer *w, const char *text)
{
    pthread_mutex_lock(&w->mutex);
    (void)snprintf(w->status.note, sizeof(w->status.note), "%s", text);
    w->status.notes++;
    pthread_mutex_unlock(&w->mutex);
}

static void set_status(struct state_writer *w, int code, const char *reason)
{
    pthread_mutex_lock(&w->mutex);
    w->status.degraded = code;
    (void)snprintf(w->status.reason, sizeof(w->status.reason), "%s", reason);
    w->status.commits += code == 0;
    pthread_mutex_unlock(&w->mutex);
}

static void close_file(struct state_writer *w)
{
    state_file_close(w->file);
    w->file = NULL;
}

/* Opens the file when it is not, or is not the one with its name any more. */
static int have_file(struct state_writer *w, struct error *e)
{
    char said[ERROR_TEXT_MAX];

    if (w->file && !state_file_is_there(w->file)) {
        close_file(w);
        note(w, "it was taken away; what it held is gone");
    }
    if (w->file)
        return 0;
    int r = state_file_open(&w->file, w->settings.dir_fd, w->settings.label, said, e);
    if (said[0])
        note(w, said);
    return r;
}

static int put_row(struct state_writer *w, const struct state_row *row)
{
    switch (row->kind) {
    case ROW_RUN:
        return state_file_put_run(w->file, &row->run);
    case ROW_CONFIG:
        return state_file_put_config(w->file, &row->config);
    case ROW_INCIDENT:
        return state_file_put_incident(w->file, &row->incident);
    case ROW_FINDING:
        return state_file_put_finding(w->file, &row->finding);
    case ROW_BLOCK:
        return state_file_put_block(w->file, &row->block);
    }
    return -EINVAL;
}

static int write_rows(struct state_writer *w, uint64_t *refused)
{
    struct state_row row;
    size_t at = 0;
    int r = state_file_begin(w->file);

    while (r == 0 && state_queue_next(&w->batch, &at, &row)) {
        r = put_row(w, &row);
        if (r == -EINVAL) {
            ++*refused;
            r = 0;
        }
    }
    if (r == 0)
        return state_file_commit(w->file);
    state_file_rollback(w->file);
    return r;
}

/* The same page is damaged whatever is tried: its file goes out of the way. */
static void condemn(struct state_writer *w)
{
    char name[64], text[128];
    int r = state_file_condemn(w->settings.dir_fd, name);

    if (r)
        (void)snprintf(text, sizeof(text), "it is damaged, and cannot be set aside: %s", strerror(-r));
    else
        (void)snprintf(text, sizeof(text), "it is damaged; set aside as %s", name);
    note(w, text);
    w->damaged = 0;
}

static void fail(struct state_writer *w, int code, const char *reason)
{
    close_file(w);
    w->damaged = code == -EBADMSG ? w->damaged + 1 : 0;
    if (w->damaged > 1)
        condemn(w);
    w->retry_ns = clock_ns() + w->wait_ns;
    w->wait_ns = w->wait_ns * 2 < RETRY_MOST_NS ? w->wait_ns * 2 : RETRY_MOST_NS;
    set_status(w, code, reason);
}

static int tidy_log(struct state_writer *w)
{
    if (state_file_log_bytes(w->file) < LOG_BYTES)
        return 0;
    int r = state_file_checkpoint(w->file);
    return r == -EBUSY ? 0 : r;
}

/* Writes what is in hand. */
static void write_batch(struct state_writer *w)
{
    struct error e = {0};
    uint64_t refused = 0;
    int r = have_file(w, &e);

    if (r) {
        fail(w, r, e.text);
        return;
    }
    if (state_file_log_bytes(w->file) > LOG_BYTES_MAX) {
        fail(w, -EBUSY, "a reader has kept it open for too long");
        return;
    }
    r = write_rows(w, &refused);
    if (r == 0)
        r = tidy_log(w);
    if (r) {
        fail(w, r, strerror(-r));
        return;
    }
    state_queue_clear(&w->batch);
    w->wait_ns = first_wait(w);
    w->retry_ns = 0;
    w->damaged = 0;
    pthread_mutex_lock(&w->mutex);
    w->status.refused += refused;
    w->in_hand = 0;
    pthread_mutex_unlock(&w->mutex);
    set_status(w, 0, "");
}

/* Returns whether more is over the limits. */
static bool prune(struct state_writer *w, int64_t now_ns)
{
    int r = state_file_begin(w->file), more = 0;

    pthread_mutex_lock(&w->mutex);
    const struct state_limits limits = w->settings.limits;
    pthread_mutex_unlock(&w->mutex);
    if (r == 0) {
        more = state_file_prune(w->file, &limits, now_ns, PRUNE_ROWS);
        if (more < 0) {
            r = more;
            state_file_rollback(w->file);
        } else {
            r = state_file_commit(w->file);
        }
    }
    if (r == 0)
        r = tidy_log(w);
    if (r)
        fail(w, r, strerror(-r));
    return r == 0 && more > 0;
}

static bool is_time_to_prune(const struct state_writer *w)
{
    return w->now_ns != STATE_TIME_NONE && !w->stop &&
           (w->pruned_ns == STATE_TIME_NONE || w->now_ns < w->pruned_ns ||
               w->now_ns - w->pruned_ns >= PRUNE_EVERY_NS);
}

/* With the mutex held: sleeps until there is something to do, or until it may be tried again. */
static void wait_for_work(struct state_writer *w, int64_t mono_ns)
{
    bool wanted = w->batch.count > 0 || w->queue.count > 0 || w->status.degraded;

    if (wanted && w->retry_ns > mono_ns) {
        const struct timespec until = {.tv_sec = w->retry_ns / SECOND_NS, .tv_nsec = w->retry_ns % SECOND_NS};
        (void)pthread_cond_timedwait(&w->woken, &w->mutex, &until);
    } else {
        (void)pthread_cond_wait(&w->woken, &w->mutex);
    }
}

/* With the mutex held, which is let go of while it works. Returns false when there is nothing to do but to
 * wait. */
static bool work(struct state_writer *w)
{
    if (w->batch.count == 0 && w->queue.count > 0) {
        state_queue_move(&w->queue, &w->batch);
        w->in_hand = w->batch.count;
    }
    bool last = w->stop && !w->tried_last;
    /* Nothing to write is written, too, to see whether it works again. */
    bool wanted = w->batch.count > 0 || (w->status.degraded && !w->stop);
    if (wanted && (w->retry_ns <= clock_ns() || last)) {
        w->tried_last |= w->retry_ns > 0 && last;
        pthread_mutex_unlock(&w->mutex);
        write_batch(w);
        pthread_mutex_lock(&w->mutex);
        return true;
    }
    if (!w->file || !is_time_to_prune(w))
        return false;
    int64_t now_ns = w->now_ns;
    pthread_mutex_unlock(&w->mutex);
    bool more = prune(w, now_ns);
    pthread_mutex_lock(&w->mutex);
    w->pruned_ns = more ? STATE_TIME_NONE : now_ns;
    return true;
}

static void *run(void *context)
{
    struct state_writer *w = context;

    pthread_mutex_lock(&w->mutex);
    for (;;) {
        if (work(w))
            continue;
        if (w->stop)
            break;
        wait_for_work(w, clock_ns());
    }
    pthread_mutex_unlock(&w->mutex);
    close_file(w);
    pthread_mutex_lock(&w->mutex);
    w->over = true;
    pthread_cond_broadcast(&w->woken);
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

static int init_sync(struct state_writer *w)
{
    pthread_condattr_t a;

    /* Not the clock of the wall: it may be set. */
    if (pthread_condattr_init(&a) != 0)
        return -ENOMEM;
    (void)pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    int r = pthread_cond_init(&w->woken, &a);
    (void)pthread_condattr_destroy(&a);
    if (r == 0)
        r = pthread_mutex_init(&w->mutex, NULL);
    return -r;
}

static void free_writer(struct state_writer *w)
{
    state_queue_free(&w->queue);
    state_queue_free(&w->batch);
    state_file_close(w->file);
    free(w);
}

int state_writer_new(struct state_writer **ret, const struct state_writer_settings *settings)
{
    struct state_writer *w = calloc(1, sizeof(*w));

    if (!w)
        return -ENOMEM;
    w->settings = *settings;
    w->now_ns = w->pruned_ns = STATE_TIME_NONE;
    w->wait_ns = first_wait(w);
    int r = state_queue_init(&w->queue, STATE_QUEUE_BYTES, STATE_QUEUE_BLOCK);
    if (r == 0)
        r = state_queue_init(&w->batch, BATCH_BYTES, STATE_QUEUE_BLOCK);
    if (r == 0)
        r = init_sync(w);
    if (r)
        free_writer(w);
    else
        *ret = w;
    return r;
}

int state_writer_start(struct state_writer *w, struct state_file *file)
{
    sigset_t all, before;

    w->file = file;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->runs = true;
    int r = -pthread_create(&w->thread, NULL, run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->runs = r == 0;
    return r;
}

uint64_t state_writer_close(struct state_writer *w, int wait_ms)
{
    struct timespec until;
    int r = 0;

    if (!w)
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &until); /* the wall's may be set meanwhile */
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / SECOND_NS;
    until.tv_nsec %= SECOND_NS;
    pthread_mutex_lock(&w->mutex);
    w->stop = true;
    pthread_cond_signal(&w->woken);
    while (w->runs && !w->over && r == 0)
        r = pthread_cond_timedwait(&w->woken, &w->mutex, &until);
    const bool is_late = w->runs && !w->over;
    const uint64_t left = w->queue.count + (is_late ? w->in_hand : w->batch.count);
    pthread_mutex_unlock(&w->mutex);
    if (is_late)
        return left; /* the thread still has w */
    if (w->runs)
        (void)pthread_join(w->thread, NULL);
    free_writer(w);
    return left;
}

static int put(struct state_writer *w, const struct state_row *row)
{
    pthread_mutex_lock(&w->mutex);
    int r = state_queue_put(&w->queue, row);
    w->status.dropped += r == -ENOSPC || r == -ENOMEM;
    w->status.refused += r == -EINVAL;
    if (r == 0)
        pthread_cond_signal(&w->woken);
    pthread_mutex_unlock(&w->mutex);
    return r;
}

int state_writer_put_run(struct state_writer *w, const struct state_run *r)
{
    const struct state_row row = {.kind = ROW_RUN, .run = *r};
    return put(w, &row);
}

int state_writer_put_config(struct state_writer *w, const struct state_config *c)
{
    const struct state_row row = {.kind = ROW_CONFIG, .config = *c};
    return put(w, &row);
}

int state_writer_put_incident(struct state_writer *w, const struct state_incident *i)
{
    const struct state_row row = {.kind = ROW_INCIDENT, .incident = *i};
    return put(w, &row);
}

int state_writer_put_finding(struct state_writer *w, const struct state_finding *f)
{
    const struct state_row row = {.kind = ROW_FINDING, .finding = *f};
    return put(w, &row);
}

int state_writer_put_block(struct state_writer *w, const struct state_block *b)
{
    const struct state_row row = {.kind = ROW_BLOCK, .block = *b};
    return put(w, &row);
}

void state_writer_set_limits(struct state_writer *w, const struct state_limits *limits)
{
    pthread_mutex_lock(&w->mutex);
    w->settings.limits = *limits;
    pthread_mutex_unlock(&w->mutex);
}

void state_writer_tick(struct state_writer *w, int64_t now_ns)
{
    pthread_mutex_lock(&w->mutex);
    w->now_ns = now_ns;
    if (is_time_to_prune(w))
        pthread_cond_signal(&w->woken);
    pthread_mutex_unlock(&w->mutex);
}

void state_writer_status(struct state_writer *w, struct state_writer_status *ret)
{
    pthread_mutex_lock(&w->mutex);
    *ret = w->status;
    ret->waiting = w->queue.count + w->in_hand;
    pthread_mutex_unlock(&w->mutex);
}
