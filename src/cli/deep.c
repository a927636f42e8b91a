/* SPDX-License-Identifier: MIT
 * Turns an unsealed process into two: this one, which will be sealed, and a small one that keeps nothing but
 * three directories and two ends of pipes, gives up what it can do besides reading (sandbox/deep_seal.c), and
 * reads (ingestion/deep/deep_child.c). */
#include "cli/deep.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/session.h"
#include "ingestion/deep/deep_child.h"
#include "sandbox/deep_seal.h"

#define READY_MS        2000   /* it takes some milliseconds */
#define PROC_MAGIC      0x9fa0 /* PROC_SUPER_MAGIC, Linux include/uapi/linux/magic.h */
#define INTERVAL_MIN_NS INT64_C(1000000000)
#define KEPT_MAX        5
#define OPEN_FILES_MAX  65536 /* closed one by one where the kernel (before 5.9) cannot close a range */

static void close_range_of(unsigned first, unsigned last)
{
    if (first > last || close_range(first, last, 0) == 0)
        return;
    for (unsigned fd = first; fd <= last && fd < OPEN_FILES_MAX; fd++)
        (void)close((int)fd);
}

/* Closes every descriptor but these. */
static void keep_only(int *kept, size_t n)
{
    unsigned from = 0;

    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k > 0 && kept[k - 1] > kept[k]; k--) {
            const int other = kept[k];
            kept[k] = kept[k - 1];
            kept[k - 1] = other;
        }
    for (size_t i = 0; i < n; i++) {
        if (kept[i] < 0)
            continue;
        if (kept[i] > 0)
            close_range_of(from, (unsigned)kept[i] - 1);
        from = (unsigned)kept[i] + 1;
    }
    close_range_of(from, ~0U);
}

/* The life of the second process. */
static _Noreturn void live_as_child(struct deep_task *task, pid_t parent)
{
    int kept[KEPT_MAX] = {task->in_fd, task->out_fd, task->proc_fd, task->tmp_fd, task->self_fd};
    struct deep_seal_report report;

    keep_only(kept, KEPT_MAX);
    task->own[0] = (uint32_t)getpid();
    task->own[1] = (uint32_t)parent;
    /* /proc/self was that of the parent. */
    task->self_fd = open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (deep_seal_apply(parent, task->out_fd, DEEP_CHILD_FILES_MAX, &report, NULL) != 0)
        _exit(DEEP_NO_FILTER);
    task->may_trace = report.may_trace;
    task->may_read = report.may_read;
    (void)deep_child_run(task);
    _exit(0);
}

static int open_below(const char *root, const char *name)
{
    char path[4096];
    const int n = snprintf(path, sizeof(path), "%s/%s", root, name);

    return n < 0 || (size_t)n >= sizeof(path) ? -1 : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void close_if_open(int fd)
{
    if (fd >= 0)
        (void)close(fd);
}

/* Waits until the child says its first word, which is not read yet. Returns why there is none, if so. */
static enum deep_absence await(int in_fd, pid_t child)
{
    struct pollfd ready = {.fd = in_fd, .events = POLLIN};
    int status = 0, n;

    do
        n = poll(&ready, 1, READY_MS);
    while (n < 0 && errno == EINTR);
    if (n > 0 && (ready.revents & POLLIN))
        return DEEP_PRESENT;
    (void)kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (n == 0)
        return DEEP_SILENT;
    return WIFEXITED(status) && WEXITSTATUS(status) == DEEP_NO_FILTER ? DEEP_NO_FILTER : DEEP_ABSENCE_END;
}

/* Nobody waits for it once it runs: the sealed process may not. */
static void let_it_go(void)
{
    struct sigaction none = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};

    (void)sigaction(SIGCHLD, &none, NULL);
}

static enum deep_absence start(struct deep_task *task, struct deep_link *link, pid_t *ret_pid)
{
    int down[2], up[2];
    const pid_t parent = getpid();

    if (pipe2(down, O_CLOEXEC | O_NONBLOCK) != 0)
        return DEEP_NO_PROCESS;
    if (pipe2(up, O_CLOEXEC | O_NONBLOCK) != 0) {
        (void)close(down[0]);
        (void)close(down[1]);
        return DEEP_NO_PROCESS;
    }
    const pid_t child = fork();
    if (child == 0) {
        task->in_fd = down[0];
        task->out_fd = up[1];
        live_as_child(task, parent);
    }
    (void)close(down[0]);
    (void)close(up[1]);
    enum deep_absence why = child < 0 ? DEEP_NO_PROCESS : await(up[0], child);
    if (why != DEEP_PRESENT) {
        (void)close(down[1]);
        (void)close(up[0]);
        return why;
    }
    let_it_go();
    link->in_fd = up[0];
    link->out_fd = down[1];
    *ret_pid = child;
    return DEEP_PRESENT;
}

static enum deep_absence try(const struct deep_options *o, const char *root, int64_t interval_ns,
    struct deep_link *link, pid_t *ret_pid)
{
    struct deep_task task = {
        .interval_ns = interval_ns > INTERVAL_MIN_NS ? interval_ns : INTERVAL_MIN_NS,
        .max_jvms = o->max_jvms,
        .tick_hz = (double)sysconf(_SC_CLK_TCK),
        .proc_fd = open_below(root, "proc"),
        .tmp_fd = open_below(root, "tmp"),
        .self_fd = -1,
    };
    struct statfs file_system;
    enum deep_absence why = DEEP_NO_PROC;

    if (task.proc_fd >= 0 && fstatfs(task.proc_fd, &file_system) == 0 && file_system.f_type == PROC_MAGIC)
        why = start(&task, link, ret_pid);
    close_if_open(task.proc_fd);
    close_if_open(task.tmp_fd);
    return why;
}

int deep_begin(const struct deep_options *o, const char *root, int64_t interval_ns,
    struct deep_link *ret_link, pid_t *ret_pid)
{
    *ret_link = (struct deep_link){.in_fd = -1, .out_fd = -1, .why = DEEP_SWITCHED_OFF};
    *ret_pid = 0;
    if (o->mode == DEEP_OFF)
        return STATUS_FINE;
    ret_link->why = try(o, root, interval_ns, ret_link, ret_pid);
    if (ret_link->why == DEEP_PRESENT || o->mode == DEEP_AUTO)
        return STATUS_FINE;
    session_say("the deep sense is required (sources.host.deep), but cannot be had: %s",
        deep_absence_text(ret_link->why));
    return STATUS_HOST_CANNOT;
}
