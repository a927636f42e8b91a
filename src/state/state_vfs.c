/* SPDX-License-Identifier: MIT
 * Turns SQLite's reads, writes and syncs into system calls on files of one directory. SQLite's own unix VFS
 * opens by path, looks around in /dev and maps shared memory, none of which the seal allows (or should).
 * What is written when, and recovery, is SQLite's matter; errors are kept as errno for the messages. */
#include "state/state_vfs.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* SQLite's lock bytes: pending, reserved and 510 shared ones, which every SQLite asks for before it touches
 * a database. Source: "File Locking And Concurrency In SQLite Version 3", os.h of SQLite 3. */
#define LOCK_FIRST 0x40000000
#define LOCK_COUNT 512
/* Writes of this size are never taken for atomic, and a torn one never for harmless: a transaction is padded
 * to it, so that the next one cannot tear the last. */
#define SECTOR_BYTES 4096
/* Julian day of 1970-01-01T00:00Z in milliseconds, as xCurrentTimeInt64 counts. Source: SQLite's vfs.html. */
#define JULIAN_EPOCH_MS INT64_C(210866760000000)

struct vfs_file {
    sqlite3_file file; /* first */
    struct state_vfs *vfs;
    int fd;          /* -1: an empty file (a reader's log that does not exist) */
    bool is_db;      /* the database itself */
    bool sync_entry; /* it is new: its directory is synced with it */
};

static struct vfs_file *file_of(sqlite3_file *f)
{
    return (struct vfs_file *)f;
}

static struct state_vfs *vfs_of(sqlite3_vfs *v)
{
    return (struct state_vfs *)v;
}

/* Keeps errno for the message; code: what SQLite is told. */
static int fail(struct state_vfs *v, int code)
{
    v->last_errno = errno;
    return code;
}

static int file_close(sqlite3_file *file)
{
    struct vfs_file *f = file_of(file);

    if (f->vfs->reads)
        return SQLITE_OK;
    if (f->is_db)
        f->vfs->db_fd = -1;
    return close(f->fd) == 0 ? SQLITE_OK : fail(f->vfs, SQLITE_IOERR_CLOSE);
}

static int file_read(sqlite3_file *file, void *out, int n, sqlite3_int64 offset)
{
    struct vfs_file *f = file_of(file);
    int got = 0;

    while (f->fd >= 0 && got < n) {
        ssize_t r = pread(f->fd, (char *)out + got, (size_t)(n - got), offset + got);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return fail(f->vfs, SQLITE_IOERR_READ);
        if (r == 0)
            break;
        got += (int)r;
    }
    if (got == n)
        return SQLITE_OK;
    memset((char *)out + got, 0, (size_t)(n - got));
    return SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *bytes, int n, sqlite3_int64 offset)
{
    struct vfs_file *f = file_of(file);
    int put = 0;

    while (put < n) {
        ssize_t r = pwrite(f->fd, (const char *)bytes + put, (size_t)(n - put), offset + put);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0) {
            bool full = r == 0 || errno == ENOSPC || errno == EDQUOT;
            return fail(f->vfs, full ? SQLITE_FULL : SQLITE_IOERR_WRITE);
        }
        put += (int)r;
    }
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct vfs_file *f = file_of(file);

    return ftruncate(f->fd, size) == 0 ? SQLITE_OK : fail(f->vfs, SQLITE_IOERR_TRUNCATE);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct vfs_file *f = file_of(file);

    (void)flags;
    if (fdatasync(f->fd) != 0)
        return fail(f->vfs, SQLITE_IOERR_FSYNC);
    if (f->sync_entry && fsync(f->vfs->dir_fd) != 0)
        return fail(f->vfs, SQLITE_IOERR_DIR_FSYNC);
    f->sync_entry = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    struct vfs_file *f = file_of(file);
    struct stat st = {.st_size = 0};

    if (f->fd >= 0 && fstat(f->fd, &st) != 0)
        return fail(f->vfs, SQLITE_IOERR_FSTAT);
    *ret_size = st.st_size;
    return SQLITE_OK;
}

/* Whatever is asked for, everything is taken, and kept until the file is closed. */
static int file_lock(sqlite3_file *file, int level)
{
    struct vfs_file *f = file_of(file);
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = LOCK_FIRST, .l_len = LOCK_COUNT};

    (void)level;
    if (f->vfs->reads || fcntl(f->fd, F_OFD_SETLK, &all) == 0)
        return SQLITE_OK;
    return fail(f->vfs, errno == EAGAIN || errno == EACCES ? SQLITE_BUSY : SQLITE_IOERR_LOCK);
}

static int file_unlock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *file, int *ret_is)
{
    (void)file;
    *ret_is = 0;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    (void)file;
    (void)operation;
    (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector_size(sqlite3_file *file)
{
    (void)file;
    return SECTOR_BYTES;
}

static int file_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

/* Version 1: no shared memory, no memory maps. */
static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
};

static int open_to_read(struct state_vfs *v, struct vfs_file *f, bool is_db, int *ret_flags)
{
    f->fd = is_db ? v->db_fd : v->wal_fd;
    f->file.pMethods = &methods;
    if (ret_flags)
        *ret_flags = SQLITE_OPEN_READONLY;
    return SQLITE_OK;
}

static int open_to_write(struct state_vfs *v, struct vfs_file *f, const char *name, int flags)
{
    const int how = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    struct stat st;

    f->fd = openat(v->dir_fd, name, how);
    if (f->fd < 0 && errno == ENOENT && (flags & SQLITE_OPEN_CREATE)) {
        f->fd = openat(v->dir_fd, name, how | O_CREAT, 0600);
        f->sync_entry = true;
    }
    if (f->fd < 0)
        return fail(v, SQLITE_CANTOPEN);
    if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        (void)close(f->fd);
        errno = EINVAL;
        return fail(v, SQLITE_CANTOPEN);
    }
    if (f->is_db)
        v->db_fd = f->fd;
    f->file.pMethods = &methods;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    struct state_vfs *v = vfs_of(vfs);
    struct vfs_file *f = file_of(file);
    bool is_db = flags & SQLITE_OPEN_MAIN_DB;

    *f = (struct vfs_file){.vfs = v, .fd = -1, .is_db = is_db};
    /* Journals and temporary files are kept in memory: nobody should ask for another one. */
    if (!name || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL))) {
        errno = EPERM;
        return fail(v, SQLITE_CANTOPEN);
    }
    if (v->reads)
        return open_to_read(v, f, is_db, ret_flags);
    if (ret_flags)
        *ret_flags = flags;
    return open_to_write(v, f, name, flags);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    struct state_vfs *v = vfs_of(vfs);

    if (v->reads)
        return SQLITE_IOERR_DELETE;
    if (unlinkat(v->dir_fd, name, 0) != 0)
        return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : fail(v, SQLITE_IOERR_DELETE);
    return sync_directory && fsync(v->dir_fd) != 0 ? fail(v, SQLITE_IOERR_DIR_FSYNC) : SQLITE_OK;
}

/* Only a log is ever looked for. A rollback journal that lies beside the database is not ours, and must not
 * be rolled back into it. */
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_is)
{
    struct state_vfs *v = vfs_of(vfs);
    size_t n = strlen(name);

    (void)flags;
    bool is_log = n > 4 && strcmp(name + n - 4, "-wal") == 0;
    *ret_is = is_log && (v->reads || faccessat(v->dir_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
    return SQLITE_OK;
}

static int vfs_full_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
    (void)vfs;
    int n = snprintf(out, (size_t)size, "%s", name);
    return n >= 0 && n < size && !strchr(name, '/') ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_random(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    ssize_t got = getrandom(out, (size_t)n, GRND_NONBLOCK);
    return got < 0 ? 0 : (int)got;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    const struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000L};
    (void)vfs;
    (void)nanosleep(&t, NULL);
    return us;
}

static int vfs_time(sqlite3_vfs *vfs, sqlite3_int64 *ret_ms)
{
    struct timespec t;
    (void)vfs;
    clock_gettime(CLOCK_REALTIME, &t);
    *ret_ms = JULIAN_EPOCH_MS + (sqlite3_int64)t.tv_sec * 1000 + t.tv_nsec / 1000000;
    return SQLITE_OK;
}

static int vfs_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    (void)n;
    (void)out;
    return vfs_of(vfs)->last_errno;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void configure(void)
{
    /* Statement journals stay in memory: there is no place for temporary files. */
    (void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
}

static int init(struct state_vfs *v)
{
    (void)pthread_once(&once, configure);
    (void)snprintf(v->name, sizeof(v->name), "coherence-%p", (void *)v);
    v->vfs = (sqlite3_vfs){
        .iVersion = 2,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = STATE_VFS_NAME_MAX,
        .zName = v->name,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_name,
        .xRandomness = vfs_random,
        .xSleep = vfs_sleep,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time,
    };
    /* The default, because SQLite seeds its random numbers by the default one, and the built-in would open
     * /dev/urandom. */
    if (sqlite3_vfs_register(&v->vfs, 1) == SQLITE_OK)
        return 0;
    v->name[0] = 0;
    return -ENOMEM;
}

int state_vfs_init_writer(struct state_vfs *v, int dir_fd)
{
    *v = (struct state_vfs){.dir_fd = dir_fd, .db_fd = -1, .wal_fd = -1};
    return init(v);
}

int state_vfs_init_reader(struct state_vfs *v, int db_fd, int wal_fd)
{
    *v = (struct state_vfs){.reads = true, .dir_fd = -1, .db_fd = db_fd, .wal_fd = wal_fd};
    return init(v);
}

void state_vfs_done(struct state_vfs *v)
{
    if (v->name[0])
        (void)sqlite3_vfs_unregister(&v->vfs);
    v->name[0] = 0;
}
