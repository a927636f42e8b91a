/* SPDX-License-Identifier: MIT
 * Turns the passing of time into rounds over processes and JVMs, and rounds into messages. How each is found
 * and read is in process_scan.c, process_look.c and jvm_file.c. */
#include "ingestion/deep/deep_child.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "ingestion/deep/deep_eye.h"

#define HANG_S 10 /* a round takes some milliseconds */
#define MS_NS  INT64_C(1000000)

static int64_t now_mono_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Nobody else could end a read that never comes back; the signal's default does. */
static void set_alarm(int seconds)
{
    const struct itimerval when = {.it_value = {.tv_sec = seconds}};

    (void)setitimer(ITIMER_REAL, &when, NULL);
}

/* A full pipe loses the message and is counted; the next round brings all again. */
static int send(struct deep_eye *e, const struct deep_message *m)
{
    const int r = deep_message_send(e->out_fd, m);

    if (r == -EAGAIN || r == -ERANGE) {
        e->dropped++;
        return 0;
    }
    return r;
}

static int send_processes(struct deep_eye *e)
{
    struct deep_message m = {.kind = DEEP_PROCESS};
    uint32_t budget = EYE_TASKS_PER_ROUND, kept = 0;
    int r = 0;

    for (uint32_t i = 0; i < e->process_count; i++) {
        struct eye_process *p = &e->processes[i];
        if (!eye_look(e, p, &budget, &m.of.process)) {
            eye_forget(p);
            continue;
        }
        if (r == 0)
            r = send(e, &m);
        e->processes[kept++] = *p;
    }
    e->process_count = kept;
    return r;
}

static int send_jvms(struct deep_eye *e)
{
    struct deep_message m = {.kind = DEEP_JVM};
    int r = 0;

    for (uint32_t i = 0; i < EYE_JVMS_MAX && r == 0; i++) {
        struct eye_jvm *j = &e->jvms[i];
        if (j->id.pid == 0)
            continue;
        const int got = eye_read_jvm(e, j, &m.of.jvm);
        e->round.jvms += got >= 0;
        if (got < 0)
            eye_forget_jvm(j);
        else if (got > 0)
            r = send(e, &m);
    }
    return r;
}

int eye_round(struct deep_eye *e)
{
    const int64_t begin_ns = now_mono_ns();
    struct deep_message m = {.kind = DEEP_ROUND};

    e->round.number++;
    e->round.processes = e->round.denied = e->round.hidden = e->round.jvms = 0;
    eye_scan(e, begin_ns);
    int r = send_processes(e);
    if (r == 0)
        r = send_jvms(e);
    e->round.took_ns = (uint64_t)(now_mono_ns() - begin_ns);
    e->round.dropped = e->dropped;
    m.of.round = e->round;
    return r ? r : send(e, &m);
}

/* Takes what the sentinel says. Returns 0 or -errno when it is gone or says what is no message. */
static int listen_to(struct deep_eye *e, struct deep_inbox *in)
{
    static struct deep_message m; /* large, and one at a time */
    int r;

    while ((r = deep_inbox_next(in, &m)) > 0) {
        if (m.kind != DEEP_WATCH)
            return -EBADMSG;
        e->is_told = m.of.watch.count > 0;
        eye_watch(e, m.of.watch.ids, m.of.watch.count);
    }
    return r;
}

/* Waits until the next round is due, with an ear for the sentinel. */
static int wait_until(struct deep_eye *e, struct deep_inbox *in, int64_t due_ns)
{
    for (;;) {
        struct pollfd pipes[2] = {{.fd = in->fd, .events = POLLIN}, {.fd = e->out_fd}};
        const int64_t left_ns = due_ns - now_mono_ns();
        if (left_ns <= 0)
            return 0;
        const int n = poll(pipes, 2, (int)((left_ns + MS_NS - 1) / MS_NS));
        if (n < 0 && errno != EINTR)
            return -errno;
        if (n > 0 && (pipes[1].revents & (POLLERR | POLLHUP)))
            return -EPIPE;
        const int r = n > 0 ? listen_to(e, in) : 0;
        if (r < 0)
            return r;
    }
}

int deep_child_run(const struct deep_task *task)
{
    static struct deep_eye e;
    static struct deep_inbox in;
    struct deep_message hello = {
        .kind = DEEP_HELLO, .of.hello = {.may_trace = task->may_trace, .may_read = task->may_read}};

    e.proc_fd = task->proc_fd;
    e.tmp_fd = task->tmp_fd;
    e.self_fd = task->self_fd;
    e.out_fd = task->out_fd;
    e.tick_hz = task->tick_hz;
    e.max_jvms = (uint32_t)task->max_jvms;
    memcpy(e.own, task->own, sizeof(e.own));
    in.fd = task->in_fd;
    int r = send(&e, &hello);
    int64_t due_ns = now_mono_ns();
    while (r == 0) {
        set_alarm(HANG_S);
        r = eye_round(&e);
        set_alarm(0);
        due_ns += task->interval_ns;
        if (due_ns < now_mono_ns()) /* it was put aside: missed rounds are not made up for */
            due_ns = now_mono_ns() + task->interval_ns;
        if (r == 0)
            r = wait_until(&e, &in, due_ns);
    }
    return r == -EPIPE ? 0 : r;
}
