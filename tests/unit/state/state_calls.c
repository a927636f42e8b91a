/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "state_calls.h"

#define CALLS_MAX 20000
#define FDS       1024
#define FILES_MAX 16

static struct calls recorded;
static int recorded_dir = -1;
static bool recording;
static char names[FDS][48]; /* of descriptors opened through the recorded directory */

static atomic_int failing = -1; /* enum call_kind */
static atomic_uint until, left, failed;
static atomic_int failing_code;

int __real_openat64(int dir_fd, const char *name, int flags, mode_t mode);
ssize_t __real_pread64(int fd, void *out, size_t n, off_t offset);
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __real_pwrite64(int fd, const void *bytes, size_t n, off_t offset);
int __real_ftruncate64(int fd, off_t size);
int __real_fdatasync(int fd);
int __real_fsync(int fd);
int __real_unlinkat(int dir_fd, const char *name, int flags);
int __real_renameat(int from_fd, const char *from, int to_fd, const char *to);
void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
int __wrap_openat64(int dir_fd, const char *name, int flags, mode_t mode);
ssize_t __wrap_pread64(int fd, void *out, size_t n, off_t offset);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t n, off_t offset);
int __wrap_ftruncate64(int fd, off_t size);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_unlinkat(int dir_fd, const char *name, int flags);
int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

/* Is it this call's turn? */
static bool fails(enum call_kind kind)
{
    if (atomic_load(&failing) != (int)kind)
        return false;
    if (atomic_load(&until) > 1) {
        atomic_fetch_sub(&until, 1);
        return false;
    }
    if (atomic_load(&left) == 0)
        return false;
    atomic_fetch_sub(&left, 1);
    atomic_fetch_add(&failed, 1);
    errno = atomic_load(&failing_code);
    return true;
}

unsigned calls_fail(enum call_kind kind, unsigned n, unsigned times, int code)
{
    unsigned before = atomic_load(&failed);

    atomic_store(&failing, -1);
    atomic_store(&until, n);
    atomic_store(&left, times);
    atomic_store(&failed, 0);
    atomic_store(&failing_code, code);
    if (n)
        atomic_store(&failing, (int)kind);
    return before;
}

static struct call *record(enum call_kind kind, const char *name)
{
    assert_true(recorded.count < CALLS_MAX);
    struct call *c = &recorded.list[recorded.count++];
    memset(c, 0, sizeof(*c));
    c->kind = kind;
    strncpy(c->name, name, sizeof(c->name) - 1);
    return c;
}

static const char *name_of(int fd)
{
    return recording && fd >= 0 && fd < FDS && names[fd][0] ? names[fd] : NULL;
}

int __wrap_openat64(int dir_fd, const char *name, int flags, mode_t mode)
{
    if (fails(CALL_OPEN))
        return -1;
    int fd = __real_openat64(dir_fd, name, flags, mode);
    if (!recording || fd < 0 || fd >= FDS)
        return fd;
    names[fd][0] = 0;
    if (dir_fd == recorded_dir) {
        strncpy(names[fd], name, sizeof(names[fd]) - 1);
        if (flags & O_CREAT)
            record(CALL_OPEN, name);
    }
    return fd;
}

ssize_t __wrap_pread64(int fd, void *out, size_t n, off_t offset)
{
    return fails(CALL_READ) ? -1 : __real_pread64(fd, out, n, offset);
}

/* Never recorded: the database has no use for it. */
ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
    return fails(CALL_WRITE) ? -1 : __real_write(fd, bytes, n);
}

ssize_t __wrap_pwrite64(int fd, const void *bytes, size_t n, off_t offset)
{
    if (fails(CALL_WRITE)) {
        /* Half of it gets there, as on a disk that has become full. */
        int code = errno;
        (void)__real_pwrite64(fd, bytes, n / 2, offset);
        errno = code;
        return -1;
    }
    if (name_of(fd)) {
        struct call *c = record(CALL_WRITE, name_of(fd));
        c->offset = offset;
        c->n = n;
        c->bytes = __real_malloc(n);
        assert_non_null(c->bytes);
        memcpy(c->bytes, bytes, n);
    }
    return __real_pwrite64(fd, bytes, n, offset);
}

int __wrap_ftruncate64(int fd, off_t size)
{
    if (fails(CALL_TRUNCATE))
        return -1;
    if (name_of(fd))
        record(CALL_TRUNCATE, name_of(fd))->offset = size;
    return __real_ftruncate64(fd, size);
}

int __wrap_fdatasync(int fd)
{
    if (fails(CALL_SYNC))
        return -1;
    if (name_of(fd))
        record(CALL_SYNC, name_of(fd));
    return 0;
}

int __wrap_fsync(int fd)
{
    if (fails(CALL_SYNC))
        return -1;
    if (recording && fd == recorded_dir)
        record(CALL_SYNC_DIR, "");
    else if (name_of(fd))
        record(CALL_SYNC, name_of(fd));
    return 0;
}

int __wrap_unlinkat(int dir_fd, const char *name, int flags)
{
    if (fails(CALL_UNLINK))
        return -1;
    int r = __real_unlinkat(dir_fd, name, flags);
    if (recording && r == 0 && dir_fd == recorded_dir)
        record(CALL_UNLINK, name);
    return r;
}

int __wrap_renameat(int from_fd, const char *from, int to_fd, const char *to)
{
    if (fails(CALL_RENAME))
        return -1;
    int r = __real_renameat(from_fd, from, to_fd, to);
    if (recording && r == 0 && from_fd == recorded_dir)
        strncpy(record(CALL_RENAME, from)->to, to, sizeof(recorded.list->to) - 1);
    return r;
}

void *__wrap_malloc(size_t n)
{
    return fails(CALL_ALLOCATE) ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails(CALL_ALLOCATE) ? NULL : __real_calloc(n, size);
}

static sqlite3_mem_methods real;

static void *failing_malloc(int n)
{
    return fails(CALL_ALLOCATE) ? NULL : real.xMalloc(n);
}

static void *failing_realloc(void *old, int n)
{
    return fails(CALL_ALLOCATE) ? NULL : real.xRealloc(old, n);
}

void calls_init(void)
{
    sqlite3_mem_methods ours;

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real), SQLITE_OK);
    ours = real;
    ours.xMalloc = failing_malloc;
    ours.xRealloc = failing_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &ours), SQLITE_OK);
}

void calls_record(int dir_fd)
{
    memset(names, 0, sizeof(names));
    recorded = (struct calls){.list = __real_calloc(CALLS_MAX, sizeof(struct call))};
    assert_non_null(recorded.list);
    recorded_dir = dir_fd;
    recording = true;
}

void calls_mark(size_t mark)
{
    record(CALL_MARK, "")->n = mark;
}

struct calls calls_end(void)
{
    recording = false;
    return recorded;
}

void calls_free(struct calls *c)
{
    for (size_t i = 0; i < c->count; i++)
        free(c->list[i].bytes);
    free(c->list);
    *c = (struct calls){0};
}

/* The files as the play goes on. */
struct stage {
    struct {
        char name[48];
        uint8_t *bytes;
        size_t size, room;
    } files[FILES_MAX];
    size_t count;
};

static size_t find(struct stage *s, const char *name)
{
    size_t i = 0;
    while (i < s->count && strcmp(s->files[i].name, name) != 0)
        i++;
    return i;
}

static size_t find_or_make(struct stage *s, const char *name)
{
    size_t i = find(s, name);
    if (i == s->count) {
        assert_true(s->count < FILES_MAX);
        memset(&s->files[i], 0, sizeof(s->files[i]));
        strcpy(s->files[i].name, name);
        s->count++;
    }
    return i;
}

static void take_away(struct stage *s, const char *name)
{
    size_t i = find(s, name);
    if (i == s->count)
        return;
    free(s->files[i].bytes);
    s->files[i] = s->files[--s->count];
}

static void resize(struct stage *s, size_t i, size_t size)
{
    if (size > s->files[i].room) {
        s->files[i].room = size * 2;
        s->files[i].bytes = realloc(s->files[i].bytes, s->files[i].room);
        assert_non_null(s->files[i].bytes);
    }
    if (size > s->files[i].size)
        memset(s->files[i].bytes + s->files[i].size, 0, size - s->files[i].size);
    s->files[i].size = size;
}

static void apply(struct stage *s, const struct call *c, bool half)
{
    size_t i, n = half ? c->n / 2 : c->n;

    switch (c->kind) {
    case CALL_OPEN:
        find_or_make(s, c->name);
        break;
    case CALL_WRITE:
        i = find_or_make(s, c->name);
        if ((size_t)c->offset + n > s->files[i].size)
            resize(s, i, (size_t)c->offset + n);
        memcpy(s->files[i].bytes + c->offset, c->bytes, n);
        break;
    case CALL_TRUNCATE:
        resize(s, find_or_make(s, c->name), (size_t)c->offset);
        break;
    case CALL_UNLINK:
        take_away(s, c->name);
        break;
    case CALL_RENAME:
        take_away(s, c->to);
        i = find(s, c->name);
        assert_true(i < s->count);
        strcpy(s->files[i].name, c->to);
        break;
    default:
        break;
    }
}

/* Was the file that this call changed synced (under the name it had then) before the crash? */
static bool is_synced(const struct calls *c, size_t at, size_t n)
{
    for (size_t i = at + 1; i < n; i++) {
        if (c->list[i].kind == CALL_SYNC && strcmp(c->list[i].name, c->list[at].name) == 0)
            return true;
        if (c->list[i].kind == CALL_RENAME && strcmp(c->list[i].name, c->list[at].name) == 0)
            return true; /* only what is synced is renamed: asserted by the test that plays without seed */
    }
    return false;
}

void calls_play(const struct calls *c, size_t n, bool torn, unsigned seed, int dir_fd)
{
    struct stage s = {.count = 0};
    unsigned state = seed;

    for (size_t i = 0; i < n; i++) {
        const struct call *call = &c->list[i];
        bool half = torn && i + 1 == n && call->kind == CALL_WRITE;
        if (seed && (call->kind == CALL_WRITE || call->kind == CALL_TRUNCATE) && !is_synced(c, i, n)) {
            state = state * 1103515245u + 12345u;
            unsigned fate = state >> 16 & 3;
            if (fate == 0)
                continue;
            half = fate == 1 && call->kind == CALL_WRITE;
        }
        apply(&s, call, half);
    }
    for (size_t i = 0; i < s.count; i++) {
        int fd = __real_openat64(dir_fd, s.files[i].name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, s.files[i].bytes, s.files[i].size), (ssize_t)s.files[i].size);
        (void)close(fd);
        free(s.files[i].bytes);
    }
}
