/* SPDX-License-Identifier: MIT
 * Turns descriptors, signals and periods into callbacks on one thread, by libuv. All timers share one
 * timerfd, set to the earliest boundary: libuv promises no order between descriptors, and the order of the
 * callbacks is the order of the frames. When a boundary is due is computed in period.c; what is done then is
 * the callbacks' matter. */
#include "net/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <uv.h>

#include "net/reserve.h"

struct timer {
    struct period period;
    void (*f)(void *context, const struct loop_instant *now);
    void *context;
};

struct readable {
    uv_poll_t handle;
    int fd; /* -1: free */
    bool closing;
    void (*f)(void *context);                                /* of loop_on_readable, else NULL */
    void (*watcher)(void *context, int fd, unsigned events); /* of loop_watch, else NULL */
    void *context;
};

struct loop_alarm {
    uv_timer_t handle;
    void (*f)(void *context);
    void *context;
};

struct watched_signal {
    uv_signal_t handle;
    void (*f)(void *context, int signal_number);
    void *context;
};

struct loop {
    uv_loop_t uv;
    bool stopped;
    int error; /* -errno that ended the run */

    int timer_fd;
    uv_poll_t timer_handle;
    struct timer timers[LOOP_TIMERS_MAX];
    size_t timer_count;

    struct readable readables[LOOP_READABLES_MAX];
    struct watched_signal signals[LOOP_SIGNALS_MAX];
    size_t signal_count;
    struct loop_alarm alarms[LOOP_ALARMS_MAX];
    size_t alarm_count;

    void (*read_clock)(void *context, struct clock_reading *ret_now);
    void *clock_context;
};

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t); /* cannot fail for these clocks */
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Reads the three clocks as one instant: again when this thread was put aside between the first and the last,
 * because the clocks would then seem to have moved against each other. Heuristic, chosen on 2026-11-22: four
 * readings take 0.2 us, 20 us mean that something came between; a machine where that happens five times in a
 * row is taken as it is. */
static void read_kernel_clocks(void *context, struct clock_reading *ret_now)
{
    (void)context;
    for (int i = 0; i < 5; i++) {
        int64_t after;

        ret_now->mono_ns = clock_ns(CLOCK_MONOTONIC);
        ret_now->real_ns = clock_ns(CLOCK_REALTIME);
        ret_now->boot_ns = clock_ns(CLOCK_BOOTTIME);
        after = clock_ns(CLOCK_MONOTONIC);
        if (after - ret_now->mono_ns < 20000)
            break;
    }
}

static void read_clocks(struct loop *l, struct clock_reading *ret_now)
{
    l->read_clock(l->clock_context, ret_now);
}

/* Sets the timerfd to the earliest boundary; without a timer, off. */
static int arm(struct loop *l)
{
    struct itimerspec when = {0};
    int64_t earliest = INT64_MAX;

    for (size_t i = 0; i < l->timer_count; i++)
        if (l->timers[i].period.due_mono_ns < earliest)
            earliest = l->timers[i].period.due_mono_ns;
    if (l->timer_count > 0) {
        if (earliest < 1)
            earliest = 1; /* zero would switch the timer off */
        when.it_value.tv_sec = earliest / 1000000000;
        when.it_value.tv_nsec = earliest % 1000000000;
    }
    return timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL) == 0 ? 0 : -errno;
}

/* Takes every timer that is due. Returns their number, in the order of their boundaries (and of registration,
 * for the same boundary). */
static size_t take_due(struct loop *l, size_t *ret_order, struct period_visit *ret_visits)
{
    struct clock_reading now;
    size_t n = 0;

    read_clocks(l, &now);
    for (size_t i = 0; i < l->timer_count; i++) {
        size_t at = n;

        if (!period_is_due(&l->timers[i].period, &now)) {
            period_realign(&l->timers[i].period, &now);
            continue;
        }
        period_take(&l->timers[i].period, &now, &ret_visits[i]);
        for (; at > 0 && ret_visits[ret_order[at - 1]].due_real_ns > ret_visits[i].due_real_ns; at--)
            ret_order[at] = ret_order[at - 1];
        ret_order[at] = i;
        n++;
    }
    return n;
}

static void serve_timers(uv_poll_t *handle, int status, int events)
{
    struct loop *l = handle->data;
    size_t order[LOOP_TIMERS_MAX], n;
    struct period_visit visits[LOOP_TIMERS_MAX];
    uint64_t expirations;
    ssize_t got = read(l->timer_fd, &expirations, sizeof(expirations));

    (void)got; /* one or none: the clocks decide what is due */
    (void)events;
    if (status < 0)
        l->error = status;
    n = take_due(l, order, visits);
    for (size_t k = 0; k < n && !l->stopped; k++) {
        const struct period_visit *v = &visits[order[k]];
        const struct timer *t = &l->timers[order[k]];
        struct clock_reading now;

        read_clocks(l, &now); /* again: the callback before this one took its time */
        t->f(t->context, &(struct loop_instant){.due_real_ns = v->due_real_ns,
                             .real_ns = now.real_ns,
                             .mono_ns = now.mono_ns,
                             .missed = v->missed,
                             .clock_stepped = v->clock_stepped,
                             .suspended = v->suspended});
    }
    if (l->error == 0)
        l->error = arm(l);
    if (l->error != 0)
        loop_stop(l);
}

/* Has the kernel watch fd from now on, as libuv will when it next waits: it aborts where the kernel has no
 * room (ENOSPC, fs.epoll.max_user_watches; ENOMEM), and takes what is watched already as it is. Source: libuv
 * 1.44.2, src/unix/epoll.c. Returns 0 or -errno. */
static int watch_now(struct loop *l, int fd, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.fd = fd};

    return epoll_ctl(uv_backend_fd(&l->uv), EPOLL_CTL_ADD, fd, &e) == 0 || errno == EEXIST ? 0 : -errno;
}

/* events: UV_READABLE and UV_WRITABLE, which are those of epoll. Returns 0 or -errno. */
static int start_watching(struct loop *l, uv_poll_t *handle, int fd, int events, uv_poll_cb f)
{
    int r = uv_poll_start(handle, events, f);

    if (r == 0 && (r = watch_now(l, fd,
                       (events & UV_READABLE ? EPOLLIN : 0U) | (events & UV_WRITABLE ? EPOLLOUT : 0U))) != 0)
        (void)uv_poll_stop(handle);
    return r;
}

/* Prepares handle for fd. libuv makes the descriptor non-blocking, which would reach every process that
 * shares the terminal, so the flags are put back; polling does not need it. */
static int poll_init(struct loop *l, uv_poll_t *handle, int fd)
{
    int flags = fcntl(fd, F_GETFL);
    int r;

    if (flags < 0)
        return -errno;
    r = uv_poll_init(&l->uv, handle, fd); /* libuv's errors are -errno */
    if (r == 0)
        (void)fcntl(fd, F_SETFL, flags);
    return r;
}

static void close_handle(uv_handle_t *handle, void *argument)
{
    (void)argument;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    uv_walk(&l->uv, close_handle, NULL);
    /* Running lets libuv finish the closing; a stop that nobody has consumed ends the first run early. */
    while (uv_loop_close(&l->uv) == UV_EBUSY)
        (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    if (l->timer_fd >= 0)
        (void)close(l->timer_fd);
    free(l);
}

/* Is there a pipe to be had? libuv makes one with the first loop of a process, for its signals, and calls
 * abort() without (1.44.2, src/unix/signal.c, uv__signal_global_reinit). Returns 0 or -errno. */
static int try_pipe(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return -errno;
    (void)close(ends[0]);
    (void)close(ends[1]);
    return 0;
}

struct loop *loop_new(struct error *e)
{
    struct loop *l = calloc(1, sizeof(*l));
    int r;

    if (!l) {
        error_set(e, -ENOMEM, "no memory for the event loop");
        return NULL;
    }
    l->read_clock = read_kernel_clocks;
    for (size_t i = 0; i < LOOP_READABLES_MAX; i++)
        l->readables[i].fd = -1;
    reserve_for_libuv();
    r = try_pipe();
    if (r == 0)
        r = uv_loop_init(&l->uv);
    if (r != 0) {
        error_set(e, r, "cannot make an event loop: %s", uv_strerror(r));
        free(l);
        return NULL;
    }
    l->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    r = l->timer_fd < 0 ? -errno : poll_init(l, &l->timer_handle, l->timer_fd);
    if (r != 0) {
        error_set(e, r, "cannot make a timer: %s", uv_strerror(r));
        loop_free(l);
        return NULL;
    }
    l->timer_handle.data = l;
    return l;
}

int loop_every(struct loop *l, int64_t period_ns, void (*f)(void *context, const struct loop_instant *now),
    void *context)
{
    struct timer *t = &l->timers[l->timer_count];
    struct clock_reading now;
    int r;

    if (l->timer_count == LOOP_TIMERS_MAX)
        return -ENOSPC;
    read_clocks(l, &now);
    r = period_start(&t->period, period_ns, &now);
    if (r != 0)
        return r;
    r = start_watching(l, &l->timer_handle, l->timer_fd, UV_READABLE, serve_timers);
    if (r != 0)
        return r;
    t->f = f;
    t->context = context;
    l->timer_count++;
    return arm(l);
}

/* What libuv calls an event, in our words; an error ends its watching. */
static unsigned events_of(int status, int events)
{
    if (status < 0)
        return LOOP_READABLE | LOOP_WRITABLE | LOOP_FAILED;
    return (events & UV_READABLE ? LOOP_READABLE : 0U) | (events & UV_WRITABLE ? LOOP_WRITABLE : 0U);
}

static void serve_readable(uv_poll_t *handle, int status, int events)
{
    struct readable *r = handle->data;

    /* With an error status (a hung-up terminal) libuv has stopped watching; the callback finds the error when
     * it reads. */
    if (r->f)
        r->f(r->context);
    else
        r->watcher(r->context, r->fd, events_of(status, events));
}

static void readable_closed(uv_handle_t *handle)
{
    struct readable *r = handle->data;

    r->fd = -1;
    r->closing = false;
}

void loop_forget(struct loop *l, int fd)
{
    for (size_t i = 0; i < LOOP_READABLES_MAX; i++)
        if (fd >= 0 && l->readables[i].fd == fd && !l->readables[i].closing) {
            l->readables[i].closing = true;
            uv_close((uv_handle_t *)&l->readables[i].handle, readable_closed);
        }
}

/* The slot in which fd is watched, or NULL; *ret_free: one for another, or NULL. */
static struct readable *find_slot(struct loop *l, int fd, struct readable **ret_free)
{
    struct readable *found = NULL;

    *ret_free = NULL;
    for (size_t i = 0; i < LOOP_READABLES_MAX; i++) {
        if (l->readables[i].fd == -1 && !*ret_free)
            *ret_free = &l->readables[i];
        if (l->readables[i].fd == fd && !l->readables[i].closing)
            found = &l->readables[i];
    }
    return found;
}

/* Takes the slot for fd. Returns 0 or -errno (the slot stays free). */
static int take_slot(struct loop *l, struct readable *slot, int fd)
{
    int r = slot ? poll_init(l, &slot->handle, fd) : -ENOSPC;

    if (r != 0)
        return r;
    slot->handle.data = slot;
    slot->fd = fd;
    slot->f = NULL;
    slot->watcher = NULL;
    return 0;
}

int loop_on_readable(struct loop *l, int fd, void (*f)(void *context), void *context)
{
    struct readable *slot;
    int r;

    if (fd < 0)
        return -EBADF;
    if (find_slot(l, fd, &slot))
        return -EEXIST;
    r = take_slot(l, slot, fd);
    if (r != 0)
        return r;
    slot->f = f;
    slot->context = context;
    r = start_watching(l, &slot->handle, fd, UV_READABLE, serve_readable);
    if (r != 0)
        loop_forget(l, fd);
    return r;
}

int loop_watch(
    struct loop *l, int fd, unsigned events, void (*f)(void *context, int fd, unsigned events), void *context)
{
    const int wanted =
        (events & LOOP_READABLE ? UV_READABLE : 0) | (events & LOOP_WRITABLE ? UV_WRITABLE : 0);
    struct readable *free_one, *slot;
    int r = 0;

    if (fd < 0)
        return -EBADF;
    slot = find_slot(l, fd, &free_one);
    if (slot && slot->f)
        return -EEXIST;
    if (!slot) {
        slot = free_one;
        r = take_slot(l, slot, fd);
    }
    if (r != 0)
        return r;
    slot->watcher = f;
    slot->context = context;
    r = start_watching(l, &slot->handle, fd, wanted, serve_readable);
    if (r != 0)
        loop_forget(l, fd);
    return r;
}

static void serve_alarm(uv_timer_t *handle)
{
    struct loop_alarm *a = handle->data;

    a->f(a->context);
}

struct loop_alarm *loop_alarm_new(struct loop *l, void (*f)(void *context), void *context)
{
    struct loop_alarm *a = &l->alarms[l->alarm_count];

    if (l->alarm_count == LOOP_ALARMS_MAX || uv_timer_init(&l->uv, &a->handle) != 0)
        return NULL;
    a->handle.data = a;
    a->f = f;
    a->context = context;
    l->alarm_count++;
    return a;
}

void loop_alarm_set(struct loop_alarm *a, int64_t after_ns)
{
    /* libuv counts from the beginning of this round of the loop, and in milliseconds: one more, so that it is
     * not early. */
    const uint64_t after_ms = after_ns > 0 ? (uint64_t)after_ns / 1000000 + 1 : 0;

    uv_update_time(a->handle.loop);
    (void)uv_timer_start(&a->handle, serve_alarm, after_ms, 0); /* fails without a callback only */
}

void loop_alarm_clear(struct loop_alarm *a)
{
    (void)uv_timer_stop(&a->handle);
}

static void serve_signal(uv_signal_t *handle, int signal_number)
{
    struct watched_signal *s = handle->data;

    s->f(s->context, signal_number);
}

int loop_on_signal(
    struct loop *l, int signal_number, void (*f)(void *context, int signal_number), void *context)
{
    struct watched_signal *s = &l->signals[l->signal_count];
    int r;

    if (l->signal_count == LOOP_SIGNALS_MAX)
        return -ENOSPC;
    r = uv_signal_init(&l->uv, &s->handle);
    if (r != 0)
        return r;
    l->signal_count++; /* also when it cannot be started: the loop knows the handle now */
    s->handle.data = s;
    s->f = f;
    s->context = context;
    return uv_signal_start(&s->handle, serve_signal, signal_number);
}

/* libuv's own two descriptors, which it does not show. */
static int watch_its_own(struct loop *l)
{
    const int its[] = {l->uv.async_io_watcher.fd, l->uv.signal_pipefd[0]};
    int r = 0;

    for (size_t i = 0; i < sizeof(its) / sizeof(its[0]) && r == 0; i++)
        if (its[i] >= 0)
            r = watch_now(l, its[i], EPOLLIN);
    return r;
}

int loop_run(struct loop *l)
{
    const int r = watch_its_own(l);

    if (r != 0)
        return r;
    l->stopped = false;
    l->error = 0;
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
    return l->error;
}

void loop_stop(struct loop *l)
{
    l->stopped = true;
    uv_stop(&l->uv);
}

void loop_set_clock(struct loop *l, void (*read)(void *context, struct clock_reading *ret_now), void *context)
{
    l->read_clock = read;
    l->clock_context = context;
}
