/* SPDX-License-Identifier: MIT
 * A layer between a program and the C library (LD_PRELOAD) that turns words of the environment into faults
 * which no test can have from the kernel: clocks that jump, a disk that answers EIO, the one allocation or
 * system call among thousands that fails. Who is preloaded with it and what must follow is the matter of
 * tests/cli/faults.bats and tests/faults/sweep.py.
 *
 * Each is NAME=FILE:NUMBER, and holds while there is such a file. FAULT_REAL: the clock of the wall stands so
 * many seconds further. FAULT_BOOT: so does the clock that goes on in a suspend, and that of the wall.
 * FAULT_DISK: writing to files and syncing answers that errno. FAULT_ALLOCATION, FAULT_CALL: from the first
 * moment at which there is such a file, the allocations or the system calls of the tables below are counted,
 * in all threads and in processes forked, and the one of that number fails; 0: none does. What was counted
 * and what failed stands in the file of FAULT_NOTE, as struct note.
 *
 * A call fails as the kernel could make it fail there: nothing that is done to a pipe, an eventfd or a timer
 * that is open does. Spared are the allocations of two that do not survive one that fails: the loader, for
 * thread-local data of a library (it ends the process with 127), and libseccomp (SIGSEGV), for which memory
 * is set aside before (src/sandbox/filter_frame.c). And the first pipe of libuv, which calls abort() without
 * one; the loop tries one before (src/net/loop.c). */
#undef _FILE_OFFSET_BITS /* each name means itself, not its 64-bit sister */
#undef _FORTIFY_SOURCE   /* nor a checking one */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* To be found in the place of the C library's. */
#define SEEN __attribute__((visibility("default")))

struct fault {
    char file[256]; /* "": never */
    long number;
};

/* Shared with whoever reads the file. */
struct note {
    atomic_ullong counted;
    atomic_ullong failed; /* how many */
    char name[48];        /* of what failed */
    char caller[48];      /* FILE+OFFSET, for addr2line */
};

#define CALLER __builtin_return_address(0)

static struct fault real, boot, disk, allocation, call;
static struct note own, *note = &own;

static void read_fault(const char *name, struct fault *f)
{
    const char *value = getenv(name);
    const char *colon = value ? strrchr(value, ':') : NULL;

    if (!colon || (size_t)(colon - value) >= sizeof(f->file))
        return;
    memcpy(f->file, value, (size_t)(colon - value));
    f->number = strtol(colon + 1, NULL, 10);
}

/* The C library's function of that name, found once: our own must not be called from here. */
static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

static long (*kernel(void))(long, ...)
{
    static long (*found)(long, ...);

    if (!found)
        *(void **)&found = next("syscall");
    return found;
}

/* Where those lie that are spared something. */
enum { LOADER, LIBSECCOMP, LIBUV, SPARED };
static struct span {
    uintptr_t from, to;
} spared[SPARED];

static int find_spared(struct dl_phdr_info *object, size_t size, void *context)
{
    const char *const names[SPARED] = {"/ld-linux", "/libseccomp.so", "/libuv.so"};

    (void)size;
    (void)context;
    for (size_t i = 0; i < SPARED; i++)
        for (int k = 0; strstr(object->dlpi_name, names[i]) && k < object->dlpi_phnum; k++) {
            const uintptr_t from = object->dlpi_addr + object->dlpi_phdr[k].p_vaddr;
            if (object->dlpi_phdr[k].p_type == PT_LOAD && (object->dlpi_phdr[k].p_flags & PF_X))
                spared[i] = (struct span){from, from + object->dlpi_phdr[k].p_memsz};
        }
    return 0;
}

static bool is_in(int library, const void *caller)
{
    const uintptr_t at = (uintptr_t)caller;

    return at >= spared[library].from && at < spared[library].to;
}

static void open_note(void)
{
    const char *path = getenv("FAULT_NOTE");
    const long fd = path ? kernel()(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    const long at = kernel()(SYS_mmap, NULL, sizeof(*note), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (at != -1)
        note = (struct note *)at;
    kernel()(SYS_close, fd);
}

__attribute__((constructor)) static void begin(void)
{
    open_note();
    (void)dl_iterate_phdr(find_spared, NULL);
    read_fault("FAULT_REAL", &real);
    read_fault("FAULT_BOOT", &boot);
    read_fault("FAULT_DISK", &disk);
    read_fault("FAULT_ALLOCATION", &allocation);
    read_fault("FAULT_CALL", &call);
}

static bool is_there(const char *file)
{
    const int before = errno;
    const bool there = kernel()(SYS_faccessat, AT_FDCWD, file, F_OK) == 0;

    errno = before;
    return there;
}

/* The number, while the fault holds; else 0. */
static long now(const struct fault *f)
{
    return f->file[0] && is_there(f->file) ? f->number : 0;
}

static void note_failure(const char *name, const void *caller)
{
    Dl_info where;

    strncpy(note->name, name, sizeof(note->name) - 1);
    if (dladdr(caller, &where) != 0) {
        const char *file = strrchr(where.dli_fname, '/');
        (void)snprintf(note->caller, sizeof(note->caller), "%.28s+0x%zx", file ? file + 1 : where.dli_fname,
            (size_t)((const char *)caller - (const char *)where.dli_fbase));
    }
    atomic_fetch_add(&note->failed, 1);
}

/* Counts, once there is the file. Is it the one that fails? */
static bool strikes(const struct fault *f, const char *name, const void *caller)
{
    static atomic_bool begun;

    if (!f->file[0] || (!atomic_load(&begun) && !is_there(f->file)))
        return false;
    atomic_store(&begun, true);
    if (atomic_fetch_add(&note->counted, 1) + 1 != (unsigned long long)f->number)
        return false;
    note_failure(name, caller);
    return true;
}

/* ---- clocks ---- */

SEEN int clock_gettime(clockid_t clock, struct timespec *t)
{
    const long r = kernel()(SYS_clock_gettime, clock, t);

    if (r == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += now(&real) + now(&boot);
    if (r == 0 && clock == CLOCK_BOOTTIME)
        t->tv_sec += now(&boot);
    return (int)r;
}

/* ---- allocations ---- */

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static bool no_memory(const char *name, const void *caller)
{
    if (is_in(LOADER, caller) || is_in(LIBSECCOMP, caller) || !strikes(&allocation, name, caller))
        return false;
    errno = ENOMEM;
    return true;
}

SEEN void *malloc(size_t n)
{
    return no_memory("malloc", CALLER) ? NULL : __libc_malloc(n);
}

SEEN void *calloc(size_t n, size_t size)
{
    return no_memory("calloc", CALLER) ? NULL : __libc_calloc(n, size);
}

SEEN void *realloc(void *p, size_t n)
{
    return no_memory("realloc", CALLER) ? NULL : __libc_realloc(p, n);
}

SEEN void *aligned_alloc(size_t alignment, size_t n)
{
    return no_memory("aligned_alloc", CALLER) ? NULL : __libc_memalign(alignment, n);
}

SEEN int posix_memalign(void **ret, size_t alignment, size_t n)
{
    void *p = no_memory("posix_memalign", CALLER) ? NULL : __libc_memalign(alignment, n);

    if (p)
        *ret = p;
    return p ? 0 : ENOMEM;
}

/* ---- system calls ---- */

/* Is fd what a disk, a device or a network can fail on? */
static bool is_outside(int fd)
{
    struct stat st;

    if (kernel()(SYS_fstat, fd, &st) != 0)
        return false;
    return S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode) || S_ISSOCK(st.st_mode);
}

static bool is_file(int fd)
{
    struct stat st;

    return kernel()(SYS_fstat, fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode));
}

/* Sets errno. Plain files and directories only: what is said on pipes is to be heard. */
static bool disk_fails(int fd)
{
    const long code = fd > STDERR_FILENO ? now(&disk) : 0;

    if (!code || !is_file(fd))
        return false;
    errno = (int)code;
    return true;
}

static bool fails(const char *name, int code, const void *caller)
{
    if (!strikes(&call, name, caller))
        return false;
    errno = code;
    return true;
}

static bool fails_on(int fd, const char *name, int code, const void *caller)
{
    return call.file[0] && is_outside(fd) && fails(name, code, caller);
}

/* Defines the function of that name: it answers -1 where `condition`, else what the C library's does. */
#define CALL(type, name, parameters, arguments, condition)                                                   \
    SEEN type name parameters                                                                                \
    {                                                                                                        \
        static type(*found) parameters;                                                                      \
                                                                                                             \
        if (condition)                                                                                       \
            return (type)-1;                                                                                 \
        if (!found)                                                                                          \
            *(void **)&found = next(#name);                                                                  \
        return found arguments;                                                                              \
    }
/* One that makes or looks up something: it may always fail. */
#define MAKES(name, parameters, arguments, code)                                                             \
    CALL(int, name, parameters, arguments, fails(#name, code, CALLER))
/* One on a descriptor. */
#define USES(type, name, parameters, arguments, code)                                                        \
    CALL(type, name, parameters, arguments, fails_on(fd, #name, code, CALLER))
#define WRITES(type, name, parameters, arguments, code)                                                      \
    CALL(type, name, parameters, arguments, disk_fails(fd) || fails_on(fd, #name, code, CALLER))

/* The mode is passed on as it came, or as the garbage that the kernel does not look at. */
#define OPENS(name, parameters, last, arguments)                                                             \
    SEEN int name parameters                                                                                 \
    {                                                                                                        \
        static int(*found) parameters;                                                                       \
        va_list rest;                                                                                        \
                                                                                                             \
        va_start(rest, last);                                                                                \
        const mode_t mode = last & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                       \
        va_end(rest);                                                                                        \
        if (fails(#name, EMFILE, CALLER))                                                                    \
            return -1;                                                                                       \
        if (!found)                                                                                          \
            *(void **)&found = next(#name);                                                                  \
        return found arguments;                                                                              \
    }

OPENS(open, (const char *path, int flags, ...), flags, (path, flags, mode))
OPENS(open64, (const char *path, int flags, ...), flags, (path, flags, mode))
OPENS(openat, (int fd, const char *path, int flags, ...), flags, (fd, path, flags, mode))
OPENS(openat64, (int fd, const char *path, int flags, ...), flags, (fd, path, flags, mode))

USES(ssize_t, read, (int fd, void *to, size_t n), (fd, to, n), EIO)
USES(ssize_t, pread, (int fd, void *to, size_t n, off_t at), (fd, to, n, at), EIO)
USES(ssize_t, pread64, (int fd, void *to, size_t n, off64_t at), (fd, to, n, at), EIO)
USES(ssize_t, getdents64, (int fd, void *to, size_t n), (fd, to, n), EIO)
WRITES(ssize_t, write, (int fd, const void *from, size_t n), (fd, from, n), ENOSPC)
WRITES(ssize_t, pwrite, (int fd, const void *from, size_t n, off_t at), (fd, from, n, at), ENOSPC)
WRITES(ssize_t, pwrite64, (int fd, const void *from, size_t n, off64_t at), (fd, from, n, at), ENOSPC)
WRITES(int, fsync, (int fd), (fd), EIO)
WRITES(int, fdatasync, (int fd), (fd), EIO)
USES(int, ftruncate, (int fd, off_t n), (fd, n), EIO)
USES(int, ftruncate64, (int fd, off64_t n), (fd, n), EIO)
USES(off_t, lseek, (int fd, off_t at, int from), (fd, at, from), EIO)
USES(off64_t, lseek64, (int fd, off64_t at, int from), (fd, at, from), EIO)
USES(int, fstat, (int fd, struct stat *st), (fd, st), EIO)
USES(int, fstat64, (int fd, struct stat64 *st), (fd, st), EIO)
USES(int, flock, (int fd, int how), (fd, how), ENOLCK)
USES(int, fstatfs, (int fd, struct statfs *st), (fd, st), EIO)
USES(int, fstatfs64, (int fd, struct statfs64 *st), (fd, st), EIO)

MAKES(stat, (const char *path, struct stat *st), (path, st), EIO)
MAKES(stat64, (const char *path, struct stat64 *st), (path, st), EIO)
MAKES(lstat, (const char *path, struct stat *st), (path, st), EIO)
MAKES(lstat64, (const char *path, struct stat64 *st), (path, st), EIO)
MAKES(fstatat, (int fd, const char *path, struct stat *st, int how), (fd, path, st, how), EIO)
MAKES(fstatat64, (int fd, const char *path, struct stat64 *st, int how), (fd, path, st, how), EIO)
MAKES(statfs, (const char *path, struct statfs *st), (path, st), EIO)
MAKES(statfs64, (const char *path, struct statfs64 *st), (path, st), EIO)
MAKES(mkdir, (const char *path, mode_t mode), (path, mode), ENOSPC)
MAKES(unlinkat, (int fd, const char *path, int how), (fd, path, how), EIO)
MAKES(renameat, (int fd, const char *path, int to_fd, const char *to), (fd, path, to_fd, to), EIO)

MAKES(eventfd, (unsigned first, int how), (first, how), EMFILE)
MAKES(timerfd_create, (clockid_t clock, int how), (clock, how), EMFILE)
MAKES(epoll_create1, (int how), (how), EMFILE)
MAKES(socket, (int family, int type, int protocol), (family, type, protocol), EMFILE)
MAKES(bind, (int fd, __CONST_SOCKADDR_ARG to, socklen_t n), (fd, to, n), EADDRINUSE)
MAKES(listen, (int fd, int most), (fd, most), EADDRINUSE)
MAKES(accept4, (int fd, __SOCKADDR_ARG from, socklen_t *n, int how), (fd, from, n, how), EMFILE)
MAKES(socketpair, (int family, int type, int protocol, int fds[2]), (family, type, protocol, fds), EMFILE)
MAKES(getsockname, (int fd, __SOCKADDR_ARG to, socklen_t *n), (fd, to, n), ENOBUFS)
MAKES(setsockopt, (int fd, int level, int option, const void *value, socklen_t n),
    (fd, level, option, value, n), ENOBUFS)
MAKES(poll, (struct pollfd * fds, nfds_t n, int wait_ms), (fds, n, wait_ms), EINTR)
MAKES(epoll_wait, (int fd, struct epoll_event *to, int most, int wait_ms), (fd, to, most, wait_ms), EINTR)
MAKES(epoll_pwait, (int fd, struct epoll_event *to, int most, int wait_ms, const sigset_t *mask),
    (fd, to, most, wait_ms, mask), EINTR)
MAKES(fork, (void), (), EAGAIN)
USES(ssize_t, recv, (int fd, void *to, size_t n, int how), (fd, to, n, how), ECONNRESET)
USES(ssize_t, send, (int fd, const void *from, size_t n, int how), (fd, from, n, how), EPIPE)
USES(ssize_t, sendmsg, (int fd, const struct msghdr *from, int how), (fd, from, how), EPIPE)
/* What the program calls where it was built with checks of bounds. */
extern ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
extern ssize_t __pread64_chk(int fd, void *to, size_t n, off64_t at, size_t room);
USES(ssize_t, __read_chk, (int fd, void *to, size_t n, size_t room), (fd, to, n, room), EIO)
USES(
    ssize_t, __pread64_chk, (int fd, void *to, size_t n, off64_t at, size_t room), (fd, to, n, at, room), EIO)
CALL(void *, mmap, (void *at, size_t n, int may, int how, int fd, off_t from), (at, n, may, how, fd, from),
    fails("mmap", ENOMEM, CALLER))
CALL(void *, mmap64, (void *at, size_t n, int may, int how, int fd, off64_t from),
    (at, n, may, how, fd, from), fails("mmap64", ENOMEM, CALLER))

/* It is closed all the same: Linux fs/open.c, filp_flush(). */
SEEN int close(int fd)
{
    const bool failed = call.file[0] && is_file(fd) && fails("close", EIO, CALLER);
    const long r = kernel()(SYS_close, fd);

    if (failed)
        errno = EIO;
    return failed ? -1 : (int)r;
}

SEEN DIR *opendir(const char *path)
{
    static DIR *(*found)(const char *);

    if (fails("opendir", EMFILE, CALLER))
        return NULL;
    if (!found)
        *(void **)&found = next("opendir");
    return found(path);
}

/* The kernel looks whether it is watched already before it takes memory. */
SEEN int epoll_ctl(int watcher, int how, int fd, struct epoll_event *event)
{
    const long r = kernel()(SYS_epoll_ctl, watcher, how, fd, event);

    if (r != 0 || how != EPOLL_CTL_ADD || !fails("epoll_ctl", ENOSPC, CALLER))
        return (int)r;
    kernel()(SYS_epoll_ctl, watcher, EPOLL_CTL_DEL, fd, NULL);
    errno = ENOSPC;
    return -1;
}

SEEN int pthread_create(pthread_t *ret, const pthread_attr_t *how, void *(*run)(void *), void *context)
{
    static int (*found)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

    if (fails("pthread_create", EAGAIN, CALLER))
        return EAGAIN;
    if (!found)
        *(void **)&found = next("pthread_create");
    return found(ret, how, run, context);
}

SEEN int pipe2(int fds[2], int how)
{
    static bool libuv_has_one;
    static int (*found)(int[2], int);
    const bool first = is_in(LIBUV, CALLER) && !libuv_has_one;

    libuv_has_one |= first;
    if (!first && fails("pipe2", EMFILE, CALLER))
        return -1;
    if (!found)
        *(void **)&found = next("pipe2");
    return found(fds, how);
}

static void take_longs(va_list rest, long *ret, int n)
{
    for (int i = 0; i < n; i++)
        ret[i] = va_arg(rest, long);
}

SEEN int prctl(int what, ...)
{
    long a[4];
    va_list rest;

    va_start(rest, what);
    take_longs(rest, a, 4);
    va_end(rest);
    return fails("prctl", EPERM, CALLER) ? -1 : (int)kernel()(SYS_prctl, what, a[0], a[1], a[2], a[3]);
}

/* Landlock, seccomp and capabilities, which the C library does not know. */
SEEN long syscall(long number, ...)
{
    long a[6];
    va_list rest;

    va_start(rest, number);
    take_longs(rest, a, 6);
    va_end(rest);
    return fails("syscall", EPERM, CALLER) ? -1 : kernel()(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
