/* SPDX-License-Identifier: MIT
 * Turns the directory /proc into the processes that deserve a closer look: a pass over all of them in
 * bounded steps, again every ten seconds. What is read of those chosen is in process_look.c. */
#include "ingestion/deep/deep_eye.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A process with so many threads may be a JVM: none has fewer. (JDK 17, one processor, serial collector,
 * no JIT: 9.) */
#define JVM_THREADS_MIN 6u

#define SEEN_COUNT (sizeof(((struct deep_eye *)0)->seen) / sizeof(((struct deep_eye *)0)->seen[0]))

long eye_read(struct deep_eye *e, int dir_fd, const char *path)
{
    const int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
    ssize_t got;

    if (fd < 0)
        return -errno;
    do
        got = read(fd, e->text, sizeof(e->text) - 1);
    while (got < 0 && errno == EINTR);
    const int failure = got < 0 ? -errno : 0;
    (void)close(fd);
    e->text[got < 0 ? 0 : got] = '\0';
    return failure ? failure : (long)got;
}

const char *eye_entry(const char *entries, long n, long *at)
{
    if (*at >= n)
        return NULL;
    const struct dirent64 *d = (const void *)(entries + *at);
    *at += d->d_reclen;
    return d->d_name;
}

uint32_t eye_pid(const char *name)
{
    uint64_t v = 0;

    for (; *name >= '0' && *name <= '9' && v <= INT32_MAX; name++)
        v = v * 10 + (uint64_t)(*name - '0');
    return *name == '\0' && v <= INT32_MAX ? (uint32_t)v : 0;
}

static bool is_same(const struct deep_id *a, const struct deep_id *b)
{
    return a->pid == b->pid && a->start_ticks == b->start_ticks;
}

/* CPU time since the last pass; 0 when it was not seen there. */
static uint64_t cpu_since(struct deep_eye *e, const struct deep_id *id, uint64_t cpu_ticks)
{
    const size_t at = id->pid % SEEN_COUNT;
    uint64_t since = 0;

    if (is_same(&e->seen[at].id, id) && cpu_ticks > e->seen[at].cpu_ticks)
        since = cpu_ticks - e->seen[at].cpu_ticks;
    e->seen[at].id = *id;
    e->seen[at].cpu_ticks = cpu_ticks;
    return since;
}

static bool is_looked_at(const struct deep_eye *e, const struct deep_id *id)
{
    for (uint32_t i = 0; i < e->process_count; i++)
        if (is_same(&e->processes[i].id, id))
            return true;
    return false;
}

static bool is_known_jvm(const struct deep_eye *e, const struct deep_id *id)
{
    for (uint32_t i = 0; i < EYE_JVMS_MAX; i++)
        if (is_same(&e->jvms[i].id, id))
            return true;
    return false;
}

static void keep_candidate(struct deep_eye *e, const struct eye_candidate *c)
{
    uint32_t at = e->best_count;

    if (at == EYE_OWN_MAX && c->score <= e->best[at - 1].score)
        return;
    if (at == EYE_OWN_MAX)
        at--;
    else
        e->best_count++;
    for (; at > 0 && e->best[at - 1].score < c->score; at--)
        e->best[at] = e->best[at - 1];
    e->best[at] = *c;
}

void eye_forget(struct eye_process *p)
{
    if (p->fd >= 0)
        (void)close(p->fd);
    p->fd = -1;
}

/* Opens the directory of a process, if it is still the one that is meant. */
static bool open_process(struct deep_eye *e, const struct deep_id *id, struct eye_process *ret)
{
    char name[16];
    struct proc_pid_stat s;

    (void)snprintf(name, sizeof(name), "%u", id->pid);
    *ret = (struct eye_process){.id = *id, .open_files_limit = (double)NAN};
    ret->fd = openat(e->proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (ret->fd < 0)
        return false;
    const long n = eye_read(e, ret->fd, "stat");
    if (n > 0 && proc_pid_stat_parse(e->text, (size_t)n, &s) == 0 && s.start_ticks == id->start_ticks)
        return true;
    eye_forget(ret);
    return false;
}

/* May it be a JVM that nobody knows yet? Then its directory is worth opening. */
static void consider_jvm(struct deep_eye *e, const struct deep_id *id, uint32_t threads)
{
    struct eye_process p;

    if (threads < JVM_THREADS_MIN || is_known_jvm(e, id) || !open_process(e, id, &p))
        return;
    eye_find_jvm(e, id, p.fd);
    eye_forget(&p);
}

/* One process of the pass. */
static void visit(struct deep_eye *e, uint32_t pid)
{
    char path[24];
    struct proc_pid_stat s;

    (void)snprintf(path, sizeof(path), "%u/stat", pid);
    const long n = eye_read(e, e->proc_fd, path);
    if (n <= 0 || proc_pid_stat_parse(e->text, (size_t)n, &s) < 0 || s.is_kernel || s.threads <= 1)
        return;
    struct eye_candidate c = {.id = {.pid = pid, .start_ticks = s.start_ticks}};
    /* Who is looked at already stays unless another one is twice as busy; threads decide between the idle. */
    c.score = cpu_since(e, &c.id, s.ticks) << 16 | (s.threads < 65536 ? s.threads : 65535);
    if (is_looked_at(e, &c.id))
        c.score *= 2;
    keep_candidate(e, &c);
    consider_jvm(e, &c.id, s.threads);
}

static void begin_pass(struct deep_eye *e, int64_t mono_ns)
{
    e->scanning = true;
    e->scan_begin_ns = mono_ns;
    e->best_count = 0;
    e->jvms_denied = e->jvms_excess = 0;
    e->entries_n = e->entries_at = 0;
    (void)lseek(e->proc_fd, 0, SEEK_SET);
}

static void end_pass(struct deep_eye *e)
{
    struct deep_id ids[EYE_OWN_MAX];

    e->scanning = false;
    e->round.jvms_denied = e->jvms_denied;
    e->round.jvms_excess = e->jvms_excess;
    if (e->is_told)
        return;
    for (uint32_t i = 0; i < e->best_count; i++)
        ids[i] = e->best[i].id;
    eye_watch(e, ids, e->best_count);
}

void eye_scan(struct deep_eye *e, int64_t mono_ns)
{
    if (!e->scanning && (e->scan_begin_ns == 0 || mono_ns - e->scan_begin_ns >= EYE_SCAN_EVERY_NS))
        begin_pass(e, mono_ns);
    for (uint32_t visited = 0; e->scanning && visited < EYE_SCAN_PER_ROUND;) {
        const char *name = eye_entry(e->entries, e->entries_n, &e->entries_at);
        if (!name) {
            e->entries_n = (long)getdents64(e->proc_fd, e->entries, sizeof(e->entries));
            e->entries_at = 0;
            if (e->entries_n <= 0)
                end_pass(e);
            continue;
        }
        const uint32_t pid = eye_pid(name);
        if (pid == 0 || pid == e->own[0] || pid == e->own[1])
            continue;
        visited++;
        visit(e, pid);
    }
}

void eye_watch(struct deep_eye *e, const struct deep_id *ids, uint32_t count)
{
    struct eye_process kept[DEEP_WATCH_MAX];
    uint32_t kept_count = 0;

    for (uint32_t k = 0; k < count && kept_count < DEEP_WATCH_MAX; k++) {
        uint32_t i = 0;
        while (i < e->process_count && !(e->processes[i].fd >= 0 && is_same(&e->processes[i].id, &ids[k])))
            i++;
        if (i < e->process_count) { /* goes on */
            kept[kept_count++] = e->processes[i];
            e->processes[i].fd = -1;
        } else if (open_process(e, &ids[k], &kept[kept_count])) {
            kept_count++;
        }
    }
    for (uint32_t i = 0; i < e->process_count; i++)
        eye_forget(&e->processes[i]);
    memcpy(e->processes, kept, kept_count * sizeof(kept[0]));
    e->process_count = kept_count;
}
