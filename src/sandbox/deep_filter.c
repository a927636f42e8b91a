/* SPDX-License-Identifier: MIT
 * Turns two tables, system calls that are always allowed and system calls that are allowed for some
 * arguments, into the deep sense's seccomp program. Privileges and limits are in deep_seal.c. */
#include "sandbox/deep_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const int allowed[] = {
    /* descriptors that are open */
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(lseek), SCMP_SYS(close), SCMP_SYS(getdents64),
    /* looking at files, by descriptor or by name below one */
    SCMP_SYS(fstat), SCMP_SYS(newfstatat),
    /* waiting */
    SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(restart_syscall),
    /* clocks (mostly answered by the vdso) */
    SCMP_SYS(clock_gettime),
    /* the end */
    SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(rt_sigreturn)};

/* Flags of open that may be set. The access mode is among the others and so must be O_RDONLY, which is 0. */
#define OPEN_FLAGS                                                                                           \
    ((uint64_t)O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |                       \
        0100000 /* LARGEFILE */)
#define INT_MASK   ((uint64_t)UINT32_MAX)
#define OPEN_OTHER (INT_MASK & ~OPEN_FLAGS)

static int add_rules(scmp_filter_ctx filter, int write_fd)
{
    const struct scmp_arg_cmp for_reading = {2, SCMP_CMP_MASKED_EQ, OPEN_OTHER, 0};
    const struct scmp_arg_cmp to_pipe = {0, SCMP_CMP_MASKED_EQ, INT_MASK, (uint64_t)write_fd};
    const struct scmp_arg_cmp real_timer = {0, SCMP_CMP_MASKED_EQ, INT_MASK, ITIMER_REAL};
    int r = 0;

    for (size_t i = 0; i < COUNT(allowed) && r == 0; i++)
        r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(openat), 1, &for_reading);
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(write), 1, &to_pipe);
    if (r == 0)
        r = seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(setitimer), 1, &real_timer);
    return r;
}

/* Builds the filter for one architecture; *ret_filter is the caller's. */
static int build(uint32_t architecture, int write_fd, scmp_filter_ctx *ret_filter)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    int r;

    if (!filter)
        return -ENOMEM;
    r = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    if (r == 0)
        r = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's own errno from loading */
    if (r == 0 && architecture != SCMP_ARCH_NATIVE && architecture != seccomp_arch_native()) {
        r = seccomp_arch_add(filter, architecture);
        if (r == 0)
            r = seccomp_arch_remove(filter, SCMP_ARCH_NATIVE);
    }
    if (r == 0)
        r = add_rules(filter, write_fd);
    if (r == 0)
        *ret_filter = filter;
    else
        seccomp_release(filter);
    return r;
}

int deep_filter_load(int write_fd, struct error *e)
{
    scmp_filter_ctx filter;
    int r = build(SCMP_ARCH_NATIVE, write_fd, &filter);

    if (r != 0)
        return error_set(e, r, "cannot build the seccomp filter of the deep sense: %s", strerror(-r));
    r = seccomp_load(filter);
    seccomp_release(filter);
    if (r != 0)
        return error_set(e, r, "cannot load the seccomp filter of the deep sense: %s", strerror(-r));
    return 0;
}

int deep_filter_export(unsigned architecture, int write_fd, int fd)
{
    scmp_filter_ctx filter;
    int r = build(architecture, write_fd, &filter);

    if (r != 0)
        return r;
    r = seccomp_export_bpf(filter, fd);
    seccomp_release(filter);
    return r;
}
