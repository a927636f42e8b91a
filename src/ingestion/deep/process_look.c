/* SPDX-License-Identifier: MIT
 * Turns the files of one process that only the deep sense may read into a message: what its threads sleep
 * on, how many files it has open, what it read and wrote at the storage. */
#include "ingestion/deep/deep_eye.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OPEN_FILES_COUNTED 65536 /* entries that are counted one by one, where the kernel does not say */
#define STAT_PATH_MAX      300   /* a directory entry has at most 255 bytes */

static bool is_refusal(long r)
{
    return r == -EACCES || r == -EPERM;
}

/* Since Linux 6.2 the size of the directory is the number of descriptors; before, they are counted. */
static double count_open_files(struct deep_eye *e, int process_fd, bool *denied)
{
    struct stat st;
    uint32_t count = 0;

    if (fstatat(process_fd, "fd", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0)
        return (double)st.st_size;
    const int fd = openat(process_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        *denied |= is_refusal(-errno);
        return (double)NAN;
    }
    long n = 1;
    while (n > 0 && count <= OPEN_FILES_COUNTED) {
        long at = 0;
        n = (long)getdents64(fd, e->names, sizeof(e->names));
        for (const char *name; (name = eye_entry(e->names, n, &at));)
            count += name[0] != '.';
    }
    (void)close(fd);
    return n == 0 ? (double)count : (double)NAN;
}

enum doing { DOING_WAITS_FOR_LOCK, DOING_OTHER, DOING_RUNS, DOING_UNKNOWN, DOINGS };

static enum doing look_at_task(struct deep_eye *e, int dir_fd, const char *name)
{
    char path[STAT_PATH_MAX];
    struct proc_pid_stat s;

    (void)snprintf(path, sizeof(path), "%s/wchan", name);
    long n = eye_read(e, dir_fd, path);
    if (n < 0)
        return DOING_UNKNOWN;
    const enum wchan w = wchan_parse(e->text, (size_t)n);
    if (w != WCHAN_NONE)
        return w == WCHAN_FUTEX ? DOING_WAITS_FOR_LOCK : DOING_OTHER;
    /* Of a thread that runs, nothing is what it sleeps on; of one that sleeps it is a refusal. */
    (void)snprintf(path, sizeof(path), "%s/stat", name);
    n = eye_read(e, dir_fd, path);
    return n > 0 && proc_pid_stat_parse(e->text, (size_t)n, &s) == 0 && s.state == 'R' ? DOING_RUNS
                                                                                       : DOING_UNKNOWN;
}

/* Are threads so far not told of? One that has just fallen asleep looks just the same. */
static bool hides(const uint32_t *doing, uint32_t least)
{
    return doing[DOING_WAITS_FOR_LOCK] + doing[DOING_OTHER] == 0 && doing[DOING_UNKNOWN] >= least;
}

/* Looks at threads, from where the last round ended, until `most` or until it is clear that they hide.
 * Returns how many. */
static uint32_t look_at_listed(struct deep_eye *e, struct eye_process *p, uint32_t most, uint32_t *doing)
{
    const int fd = openat(p->fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    uint32_t looked = 0, passed = 0;
    long n = fd < 0 ? 0 : 1;

    while (n > 0 && looked < most) {
        long at = 0;
        n = (long)getdents64(fd, e->names, sizeof(e->names));
        for (const char *name; looked < most && (name = eye_entry(e->names, n, &at));) {
            if (eye_pid(name) == 0 || passed++ < p->first_task)
                continue;
            looked++;
            doing[look_at_task(e, fd, name)]++;
            if (hides(doing, EYE_HIDDEN_TASKS))
                most = looked;
        }
    }
    if (fd >= 0)
        (void)close(fd);
    p->first_task = n > 0 && looked == most ? p->first_task + looked : 0;
    return looked;
}

/* The only thread of a process needs no list. */
static uint32_t look_at_only(struct deep_eye *e, const struct eye_process *p, uint32_t most, uint32_t *doing)
{
    char name[32];

    if (most == 0)
        return 0;
    (void)snprintf(name, sizeof(name), "task/%u", p->id.pid);
    doing[look_at_task(e, p->fd, name)]++;
    return 1;
}

/* What is known of those that run says nothing of the others, where these hide. */
static void look_at_tasks(struct deep_eye *e, struct eye_process *p, const struct proc_pid_stat *s,
    uint32_t *budget, struct deep_process *ret)
{
    uint32_t doing[DOINGS] = {0}, most = *budget < EYE_TASKS_EACH ? *budget : EYE_TASKS_EACH;

    if (p->hidden_rounds >= EYE_HIDDEN_ROUNDS && p->hidden_rounds % EYE_HIDDEN_AGAIN != 0) {
        p->hidden_rounds++;
        e->round.hidden++;
        return;
    }
    *budget -= s->threads == 1 ? look_at_only(e, p, most, doing) : look_at_listed(e, p, most, doing);
    if (hides(doing, 1)) {
        p->hidden_rounds++;
        p->first_task = 0;
        e->round.hidden++;
        return;
    }
    p->hidden_rounds = 0;
    ret->tasks_futex = doing[DOING_WAITS_FOR_LOCK];
    ret->tasks_known = ret->tasks_futex + doing[DOING_OTHER] + doing[DOING_RUNS];
}

/* The limit is read anew now and then. */
static void read_limit(struct deep_eye *e, struct eye_process *p)
{
    if (p->limit_age-- > 0)
        return;
    p->limit_age = EYE_LIMITS_ROUNDS;
    const long n = eye_read(e, p->fd, "limits");
    p->open_files_limit = (double)NAN;
    if (n > 0)
        (void)process_limits_parse(e->text, (size_t)n, &p->open_files_limit);
}

bool eye_look(struct deep_eye *e, struct eye_process *p, uint32_t *budget, struct deep_process *ret)
{
    struct proc_pid_stat s;
    bool denied = false;
    long n = eye_read(e, p->fd, "stat");

    if (n <= 0 || proc_pid_stat_parse(e->text, (size_t)n, &s) < 0 || s.start_ticks != p->id.start_ticks)
        return false;
    *ret = (struct deep_process){.id = p->id, .read_bytes = (double)NAN, .written_bytes = (double)NAN};
    deep_name_clean(s.comm, strlen(s.comm), ret->name);
    n = eye_read(e, p->fd, "io");
    if (n > 0)
        (void)process_io_parse(e->text, (size_t)n, &ret->read_bytes, &ret->written_bytes);
    denied |= is_refusal(n);
    ret->open_files = count_open_files(e, p->fd, &denied);
    read_limit(e, p);
    ret->open_files_limit = p->open_files_limit;
    look_at_tasks(e, p, &s, budget, ret);
    e->round.processes++;
    e->round.denied += denied;
    return true;
}
