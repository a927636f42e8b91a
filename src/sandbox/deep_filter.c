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

#include "sandbox/filter_frame.h"

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

static struct filter_plan plan_of(int write_fd)
{
    return (struct filter_plan){
        .name = "the seccomp filter of the deep sense", .write_fd = write_fd, .add_rules = add_rules};
}

int deep_filter_load(int write_fd, struct error *e)
{
    const struct filter_plan plan = plan_of(write_fd);
    return filter_frame_load(&plan, e);
}

int deep_filter_export(unsigned architecture, int write_fd, int fd)
{
    const struct filter_plan plan = plan_of(write_fd);
    return filter_frame_export(&plan, architecture, fd);
}
