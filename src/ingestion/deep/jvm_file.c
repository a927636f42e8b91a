/* SPDX-License-Identifier: MIT
 * Turns a process into the hsperfdata file that its JVM keeps, and that file into readings. What the file
 * says is parsed in hsperfdata.c.
 *
 * The file lies where anybody may write, in /tmp of whatever root directory the process has, and this process
 * may read everything. So: no symbolic link is followed (in another root it would lead through ours), a file
 * is looked at through a descriptor that opens nothing before it is opened (a device or a pipe put in its
 * place would be opened else), and it must be a plain file with one name, in a directory that others may not
 * write to, both of the process's own user, as the JVM makes them. */
#include "ingestion/deep/deep_eye.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER_PREFIX   "hsperfdata_" /* and the name of the user */
#define TMP_PIECES_MAX  8  /* of EYE_ENTRIES_BYTES: a /tmp with more than some 8000 entries is given up */
#define FOLDERS_MAX     32 /* that begin so: one is made for each user */
#define NAMELESS_ROUNDS 5  /* so long the JVM may take to say what it runs */
#define START_SLACK_S   2  /* a file's time comes from a coarser clock than a process's start */

/* Who the process is, for judging files. */
struct owner {
    uint32_t uid;
    double start_s; /* Unix time of its start */
    char file[16];  /* its number as it sees it */
};

/* Heuristic against a file that a dead JVM left and whose number lives on. Boot time plus age: not exact when
 * the clock was set since, which can only hide a JVM, or show one that is dead already as starting anew. */
static double start_of(const struct deep_eye *e, const struct deep_id *id)
{
    struct timespec real, boot;

    (void)clock_gettime(CLOCK_REALTIME, &real);
    (void)clock_gettime(CLOCK_BOOTTIME, &boot);
    return (double)(real.tv_sec - boot.tv_sec) + (double)(real.tv_nsec - boot.tv_nsec) * 1e-9 +
           (double)id->start_ticks / e->tick_hz;
}

static bool is_trusted_folder(int fd, const struct owner *o)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == o->uid && (st.st_mode & 022) == 0;
}

static bool is_trusted_file(int fd, const struct owner *o)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == o->uid &&
           st.st_size >= (off_t)HSPERFDATA_HEADER && st.st_size <= (off_t)HSPERFDATA_BYTES_MAX &&
           (double)st.st_ctim.tv_sec + START_SLACK_S >= o->start_s;
}

/* Opens the file of that owner in one folder. Returns a descriptor, -ENOENT, or -EACCES. */
static int open_in_folder(const struct deep_eye *e, int folder_fd, const struct owner *o)
{
    char self[16];
    const int path_fd = openat(folder_fd, o->file, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    int r;

    if (path_fd < 0)
        return errno == EACCES ? -EACCES : -ENOENT;
    if (!is_trusted_file(path_fd, o)) {
        (void)close(path_fd);
        return -ENOENT;
    }
    /* What was looked at is what is opened, whoever renames files meanwhile. */
    (void)snprintf(self, sizeof(self), "%d", path_fd);
    r = openat(e->self_fd, self, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (r < 0)
        r = errno == EACCES || errno == EPERM ? -EACCES : -ENOENT;
    (void)close(path_fd);
    return r;
}

/* Looks through a tmp directory. Returns a descriptor, -ENOENT, or -EACCES. */
static int search_tmp(struct deep_eye *e, int tmp_fd, const struct owner *o)
{
    int found = -ENOENT;
    uint32_t folders = 0;
    long n = 1;

    (void)lseek(tmp_fd, 0, SEEK_SET);
    for (int piece = 0; piece < TMP_PIECES_MAX && n > 0 && found < 0; piece++) {
        long at = 0;
        n = (long)getdents64(tmp_fd, e->names, sizeof(e->names));
        for (const char *name; found < 0 && (name = eye_entry(e->names, n, &at));) {
            if (strncmp(name, FOLDER_PREFIX, sizeof(FOLDER_PREFIX) - 1) != 0 || folders++ >= FOLDERS_MAX)
                continue;
            const int fd = openat(tmp_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (fd < 0)
                continue;
            const int r = is_trusted_folder(fd, o) ? open_in_folder(e, fd, o) : -ENOENT;
            (void)close(fd);
            if (r >= 0 || r == -EACCES)
                found = r;
            if (r == -EACCES)
                return r;
        }
    }
    return found;
}

/* Opens the file of a process: in the /tmp that it sees, or, where its root may not be entered, in the
 * host's, which is the same for a process of no container. */
static int open_file(struct deep_eye *e, int process_fd, const struct owner *o, bool is_nested)
{
    const int root_fd = openat(process_fd, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (root_fd < 0) {
        const int why = errno == EACCES || errno == EPERM ? -EACCES : -ENOENT;
        r = e->tmp_fd >= 0 && !is_nested ? search_tmp(e, e->tmp_fd, o) : -ENOENT;
        return r == -ENOENT && is_nested ? why : r;
    }
    const int tmp_fd = openat(root_fd, "tmp", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    r = tmp_fd < 0 ? -ENOENT : search_tmp(e, tmp_fd, o);
    if (tmp_fd >= 0)
        (void)close(tmp_fd);
    (void)close(root_fd);
    return r;
}

void eye_find_jvm(struct deep_eye *e, const struct deep_id *id, int process_fd)
{
    struct process_status status;
    struct eye_jvm *j = NULL;
    uint32_t used = 0;
    struct owner o;

    for (uint32_t i = 0; i < EYE_JVMS_MAX; i++) {
        used += e->jvms[i].id.pid != 0;
        if (e->jvms[i].id.pid == 0 && !j)
            j = &e->jvms[i];
    }
    if (e->self_fd < 0)
        return;
    long n = eye_read(e, process_fd, "status");
    if (n <= 0 || process_status_parse(e->text, (size_t)n, id->pid, &status) < 0)
        return;
    o = (struct owner){.uid = status.uid, .start_s = start_of(e, id)};
    (void)snprintf(o.file, sizeof(o.file), "%u", status.ns_pid);
    const int fd = open_file(e, process_fd, &o, status.is_nested);
    e->jvms_denied += fd == -EACCES;
    if (fd < 0)
        return;
    if (!j || used >= e->max_jvms) {
        e->jvms_excess++;
        (void)close(fd);
        return;
    }
    const int own_fd = openat(process_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (own_fd < 0) {
        (void)close(fd);
        return;
    }
    *j = (struct eye_jvm){.id = *id, .process_fd = own_fd, .file_fd = fd};
}

void eye_forget_jvm(struct eye_jvm *j)
{
    if (j->id.pid == 0)
        return;
    (void)close(j->file_fd);
    (void)close(j->process_fd);
    j->id = (struct deep_id){0};
}

/* Reads the file between two looks at its header. Returns its length, -EAGAIN when it changed its entries
 * meanwhile, or -errno. */
static long read_settled(struct deep_eye *e, int fd)
{
    uint8_t header[HSPERFDATA_HEADER];
    const ssize_t n = pread(fd, e->perf, sizeof(e->perf), 0);

    if (n < 0)
        return -errno;
    if (pread(fd, header, sizeof(header), 0) != (ssize_t)sizeof(header))
        return -EBADMSG;
    return n >= (ssize_t)sizeof(header) && hsperfdata_is_settled(e->perf, header) ? (long)n : -EAGAIN;
}

static int read_counters(struct deep_eye *e, int fd, struct hsperfdata *ret)
{
    long n = read_settled(e, fd);

    if (n == -EAGAIN)
        n = read_settled(e, fd);
    return n < 0 ? (int)n : hsperfdata_parse(e->perf, (size_t)n, ret);
}

int eye_read_jvm(struct deep_eye *e, struct eye_jvm *j, struct deep_jvm *ret)
{
    struct hsperfdata h;
    struct proc_pid_stat s;
    const long n = eye_read(e, j->process_fd, "stat");

    /* The file outlives its JVM: the process must live, and not as a corpse. */
    if (n <= 0 || proc_pid_stat_parse(e->text, (size_t)n, &s) < 0 || s.start_ticks != j->id.start_ticks ||
        s.state == 'Z')
        return -ESRCH;
    const int r = read_counters(e, j->file_fd, &h);
    if (r == -EAGAIN)
        return 0;
    if (r < 0)
        return r;
    if (!j->has_name) {
        if (h.command[0] == '\0' && j->nameless_rounds++ < NAMELESS_ROUNDS)
            return 0;
        hsperfdata_name(&h, j->name, sizeof(j->name));
        j->has_name = true;
    }
    *ret = (struct deep_jvm){.id = j->id};
    memcpy(ret->name, j->name, sizeof(ret->name));
    jvm_reading_of(&h, &ret->reading);
    return 1;
}
