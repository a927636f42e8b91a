/* SPDX-License-Identifier: MIT
 * Turns wishes of the loop's thread into a replay that stops at a tick and stays there. Whoever looks does so
 * while this thread waits inside that tick; the next wish either goes on from there, when it lies not far
 * ahead, or begins anew at a snapshot. Where blocks come from is stretch.c's matter, how they are judged
 * rejudge.c's, what is seen the screen's. */
#include "cli/hindsight.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cli/recorder.h"
#include "cli/rejudge.h"

/* Further ahead than this there is a snapshot from which it is nearer. */
#define AHEAD_NS (RECORDER_KEY_EVERY_NS + HINDSIGHT_BEFORE_NS)

struct hindsight {
    struct config config;
    struct hindsight_watch watch;
    struct loop *loop;
    int event_fd;
    bool runs; /* there is a thread */
    pthread_t thread;
    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t more;
    struct hindsight_wish wish;
    bool leaves, ends;
    bool answered; /* answer is of the last wish, and has not been handed out */
    struct hindsight_answer answer;
    atomic_uint_fast64_t wishes; /* so far; the last one's number */
    /* The thread's. */
    struct stretch stretch;
    struct rejudge judge;
    struct hindsight_wish mine; /* what it is working on, */
    uint64_t number;            /* and its number */
    int64_t from_ns, last_ns;   /* of the blocks at hand; of the tick before; INT64_MIN: none */
    bool again;                 /* that tick was the one */
    atomic_int_fast64_t begun_ns, reached_ns, wanted_ns; /* for hindsight_percent */
};

/* ---- the thread ---- */

static bool is_hurried(const struct hindsight *h)
{
    return atomic_load_explicit(&h->wishes, memory_order_relaxed) != h->number;
}

/* Takes the last wish over if it can be had by going on from t_ns. With the mutex. */
static bool goes_on(struct hindsight *h, int64_t t_ns)
{
    const struct hindsight_wish *w = &h->wish;

    if (h->ends || h->leaves || t_ns == INT64_MIN || w->t_ns <= t_ns || w->t_ns - t_ns > AHEAD_NS)
        return false;
    h->mine = *w;
    h->number = atomic_load_explicit(&h->wishes, memory_order_relaxed);
    atomic_store_explicit(&h->begun_ns, t_ns, memory_order_relaxed);
    atomic_store_explicit(&h->wanted_ns, w->t_ns, memory_order_relaxed);
    return true;
}

/* With the mutex. */
static void hand_out(struct hindsight *h, const struct hindsight_answer *a)
{
    const uint64_t one = 1;

    h->answer = *a;
    h->answered = true;
    const ssize_t written = write(h->event_fd, &one, sizeof(one));
    (void)written; /* full: it is readable already */
}

/* Stays at t_ns until there is another wish. Returns whether that lies ahead, near enough. */
static bool stand(struct hindsight *h, const struct hindsight_answer *a, int64_t t_ns)
{
    (void)pthread_mutex_lock(&h->mutex);
    if (!is_hurried(h))
        hand_out(h, a);
    while (!is_hurried(h))
        (void)pthread_cond_wait(&h->more, &h->mutex);
    const bool on = goes_on(h, t_ns);
    (void)pthread_mutex_unlock(&h->mutex);
    return on;
}

static int on_tick(void *context, const struct view *v)
{
    struct hindsight *h = context;
    const int64_t now_ns = view_now_ns(v), previous_ns = h->last_ns;

    h->watch.tick(h->watch.context, v);
    h->last_ns = now_ns;
    atomic_store_explicit(&h->reached_ns, now_ns, memory_order_relaxed);
    if (is_hurried(h)) {
        (void)pthread_mutex_lock(&h->mutex);
        const bool on = goes_on(h, now_ns);
        (void)pthread_mutex_unlock(&h->mutex);
        return on ? 0 : -ECANCELED;
    }
    if (now_ns < h->mine.t_ns)
        return 0;
    if (now_ns >= h->mine.before_ns && previous_ns != INT64_MIN) { /* nobody watched between the two */
        h->mine = (struct hindsight_wish){.t_ns = previous_ns, .before_ns = INT64_MAX};
        h->again = true;
        return -ECANCELED;
    }
    const struct hindsight_answer a = {.view = v, .from_ns = h->from_ns};
    return stand(h, &a, now_ns) ? 0 : -ECANCELED;
}

/* The blocks are at their end: stays there. Returns 0 to go on. */
static int end_here(struct hindsight *h)
{
    const struct hindsight_answer a = {
        .view = rejudge_view(&h->judge), .from_ns = h->from_ns, .is_last = true};

    return stand(h, &a, h->last_ns) ? 0 : -ECANCELED;
}

/* Judges from the block at hand up to the moment, and on for as long as wishes lie ahead. Returns -ECANCELED,
 * or why that cannot be. */
static int go_on(struct hindsight *h)
{
    struct state_block row;
    int r = 0;

    while (r == 0) {
        r = stretch_next(&h->stretch, &row);
        if (r == -ENOENT && h->last_ns != INT64_MIN) {
            r = end_here(h);
            continue;
        }
        if (r)
            break;
        if (h->from_ns == INT64_MIN) {
            h->from_ns = row.from_ns;
            atomic_store_explicit(&h->begun_ns, row.from_ns, memory_order_relaxed);
            atomic_store_explicit(&h->wanted_ns, h->mine.t_ns, memory_order_relaxed);
        }
        r = rejudge_block(&h->judge, row.bytes, row.n);
    }
    return r;
}

/* From a snapshot on. */
static void rebuild(struct hindsight *h)
{
    const int64_t from_ns =
        h->mine.t_ns > INT64_MIN + HINDSIGHT_BEFORE_NS ? h->mine.t_ns - HINDSIGHT_BEFORE_NS : INT64_MIN;

    h->again = false;
    h->from_ns = h->last_ns = INT64_MIN;
    atomic_store_explicit(&h->reached_ns, INT64_MIN, memory_order_relaxed);
    h->judge = (struct rejudge){.config = h->config, .keeps_ticks = true, .ticked = on_tick, .context = h};
    h->watch.begin(h->watch.context);
    int r = rejudge_open(&h->judge);
    if (r == 0)
        r = stretch_seek(&h->stretch, from_ns);
    if (r == 0)
        r = go_on(h);
    rejudge_close(&h->judge);
    stretch_done(&h->stretch);
    if (r == -ECANCELED)
        return;
    (void)pthread_mutex_lock(&h->mutex);
    if (!is_hurried(h))
        hand_out(h, &(struct hindsight_answer){.from_ns = h->from_ns, .fault = r});
    (void)pthread_mutex_unlock(&h->mutex);
}

static void *run(void *context)
{
    struct hindsight *h = context;

    (void)pthread_mutex_lock(&h->mutex);
    while (!h->ends) {
        if (!is_hurried(h)) {
            (void)pthread_cond_wait(&h->more, &h->mutex);
            continue;
        }
        h->number = atomic_load_explicit(&h->wishes, memory_order_relaxed);
        h->mine = h->wish;
        if (h->leaves) {
            (void)malloc_trim(0); /* glibc keeps what an arena had: an engine's worth, for one that is gone */
            hand_out(h, &(struct hindsight_answer){.left = true, .from_ns = INT64_MIN});
            continue;
        }
        (void)pthread_mutex_unlock(&h->mutex);
        do
            rebuild(h);
        while (h->again && !is_hurried(h));
        (void)pthread_mutex_lock(&h->mutex);
    }
    (void)pthread_mutex_unlock(&h->mutex);
    return NULL;
}

/* ---- the loop ---- */

static void on_answer(void *context)
{
    struct hindsight *h = context;
    struct hindsight_answer a;
    uint64_t count;
    const ssize_t got = read(h->event_fd, &count, sizeof(count));

    (void)got;
    (void)pthread_mutex_lock(&h->mutex);
    const bool answered = h->answered;
    a = h->answer;
    h->answered = false;
    (void)pthread_mutex_unlock(&h->mutex);
    if (answered)
        h->watch.answer(h->watch.context, &a);
}

struct hindsight *hindsight_open(const struct stretch_source *source, const struct config *config,
    const struct hindsight_watch *watch, struct loop *l)
{
    struct hindsight *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->config = *config;
    h->watch = *watch;
    h->loop = l;
    h->stretch.source = *source;
    h->event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (h->event_fd < 0 || loop_on_readable(l, h->event_fd, on_answer, h) != 0) {
        if (h->event_fd >= 0)
            (void)close(h->event_fd);
        free(h);
        return NULL;
    }
    (void)pthread_mutex_init(&h->mutex, NULL); /* cannot fail without attributes */
    (void)pthread_cond_init(&h->more, NULL);
    return h;
}

/* Makes a wish; with w NULL that of leaving. */
static void tell(struct hindsight *h, const struct hindsight_wish *w)
{
    (void)pthread_mutex_lock(&h->mutex);
    if (w)
        h->wish = *w;
    h->leaves = !w;
    h->answered = false;
    (void)atomic_fetch_add_explicit(&h->wishes, 1, memory_order_relaxed);
    if (!h->runs) {
        const int r = pthread_create(&h->thread, NULL, run, h);
        h->runs = r == 0;
        if (r)
            hand_out(h, &(struct hindsight_answer){.from_ns = INT64_MIN, .left = !w, .fault = -r});
    }
    (void)pthread_cond_signal(&h->more);
    (void)pthread_mutex_unlock(&h->mutex);
}

void hindsight_go(struct hindsight *h, const struct hindsight_wish *w)
{
    tell(h, w);
}

void hindsight_leave(struct hindsight *h)
{
    tell(h, NULL);
}

unsigned hindsight_percent(const struct hindsight *h)
{
    const int64_t begun_ns = atomic_load_explicit(&h->begun_ns, memory_order_relaxed),
                  reached_ns = atomic_load_explicit(&h->reached_ns, memory_order_relaxed),
                  wanted_ns = atomic_load_explicit(&h->wanted_ns, memory_order_relaxed);

    if (reached_ns <= begun_ns || wanted_ns <= begun_ns)
        return 0;
    const double share = (double)(reached_ns - begun_ns) / (double)(wanted_ns - begun_ns);
    return share < 1.0 ? (unsigned)(share * 100.0) : 100;
}

void hindsight_close(struct hindsight *h)
{
    if (!h)
        return;
    (void)pthread_mutex_lock(&h->mutex);
    h->ends = true;
    (void)atomic_fetch_add_explicit(&h->wishes, 1, memory_order_relaxed);
    (void)pthread_cond_signal(&h->more);
    (void)pthread_mutex_unlock(&h->mutex);
    if (h->runs)
        (void)pthread_join(h->thread, NULL);
    loop_forget(h->loop, h->event_fd);
    (void)close(h->event_fd);
    (void)pthread_mutex_destroy(&h->mutex);
    (void)pthread_cond_destroy(&h->more);
    free(h);
}
