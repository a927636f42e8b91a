/* SPDX-License-Identifier: MIT
 * A layer between a program and the C library (LD_PRELOAD) that turns words of the environment into faults
 * which no test can have from the kernel: clocks that jump, a disk that answers EIO. Who is preloaded with it
 * and what must follow is the matter of tests/cli/faults.bats.
 *
 * Each is NAME=FILE:NUMBER, and holds while there is such a file. FAULT_REAL: the clock of the wall stands so
 * many seconds further. FAULT_BOOT: so does the clock that goes on in a suspend, and that of the wall.
 * FAULT_DISK: writing to files and syncing answers that errno. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

/* To be found in the place of the C library's. */
#define SEEN __attribute__((visibility("default")))

struct fault {
    char file[256]; /* "": never */
    long number;
};

static struct fault real, boot, disk;

static void read_fault(const char *name, struct fault *f)
{
    const char *value = getenv(name);
    const char *colon = value ? strrchr(value, ':') : NULL;

    if (!colon || (size_t)(colon - value) >= sizeof(f->file))
        return;
    memcpy(f->file, value, (size_t)(colon - value));
    f->number = strtol(colon + 1, NULL, 10);
}

__attribute__((constructor)) static void begin(void)
{
    read_fault("FAULT_REAL", &real);
    read_fault("FAULT_BOOT", &boot);
    read_fault("FAULT_DISK", &disk);
}

/* The number, while the fault holds; else 0. */
static long now(const struct fault *f)
{
    const int before = errno;
    struct stat st;
    const bool holds = f->file[0] && stat(f->file, &st) == 0;

    errno = before;
    return holds ? f->number : 0;
}

SEEN int clock_gettime(clockid_t clock, struct timespec *t)
{
    const long r = syscall(SYS_clock_gettime, clock, t);

    if (r == 0 && clock == CLOCK_REALTIME)
        t->tv_sec += now(&real) + now(&boot);
    if (r == 0 && clock == CLOCK_BOOTTIME)
        t->tv_sec += now(&boot);
    return (int)r;
}

/* Sets errno. Plain files and directories only: what is said on pipes is to be heard. */
static bool fails(int fd)
{
    const long code = fd > STDERR_FILENO ? now(&disk) : 0;
    struct stat st;

    if (!code || fstat(fd, &st) != 0 || !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
        return false;
    errno = (int)code;
    return true;
}

SEEN ssize_t write(int fd, const void *bytes, size_t n)
{
    return fails(fd) ? -1 : syscall(SYS_write, fd, bytes, n);
}

SEEN ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at)
{
    return fails(fd) ? -1 : syscall(SYS_pwrite64, fd, bytes, n, at);
}

SEEN int fsync(int fd)
{
    return fails(fd) ? -1 : (int)syscall(SYS_fsync, fd);
}

SEEN int fdatasync(int fd)
{
    return fails(fd) ? -1 : (int)syscall(SYS_fdatasync, fd);
}
