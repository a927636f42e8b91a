/* SPDX-License-Identifier: MIT
 * Turns a fresh child of an unsealed process into one that can read and say what it read, and nothing else.
 * Starting it is cli/deep.c's matter, the list of system calls deep_filter.c's. */
#include "sandbox/deep_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "sandbox/capabilities.h"
#include "sandbox/deep_filter.h"

#define KEPT (CAPABILITY_BIT(CAP_SYS_PTRACE) | CAPABILITY_BIT(CAP_DAC_READ_SEARCH))

static int set_limit(__rlimit_resource_t resource, rlim_t most)
{
    struct rlimit limit;

    if (getrlimit(resource, &limit) != 0)
        return -errno;
    if (limit.rlim_max > most)
        limit.rlim_max = most;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) == 0 ? 0 : -errno;
}

static int set_limits(unsigned max_files)
{
    int r = set_limit(RLIMIT_CORE, 0);

    if (r == 0)
        r = set_limit(RLIMIT_FSIZE, 0);
    if (r == 0)
        r = set_limit(RLIMIT_NPROC, 0);
    if (r == 0)
        r = set_limit(RLIMIT_NOFILE, max_files);
    return r;
}

/* It ends when its pipes do, or its parent: not by what is meant for the parent. */
static int stand_apart(pid_t parent)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, fall = {.sa_handler = SIG_DFL};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return -errno;
    if (getppid() != parent) /* died before it could be asked for */
        return -ESRCH;
    (void)setsid();
    for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
        if (sigaction(ignored[i], &ignore, NULL) != 0)
            return -errno;
    return sigaction(SIGALRM, &fall, NULL) == 0 ? 0 : -errno; /* ends a round that hangs */
}

static int give_up_privileges(struct deep_seal_report *ret)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return -errno;
    uint64_t left;
    const int r = capabilities_keep(KEPT, &left);
    if (r != 0)
        return r;
    ret->may_trace = (left & CAPABILITY_BIT(CAP_SYS_PTRACE)) != 0;
    ret->may_read = (left & CAPABILITY_BIT(CAP_DAC_READ_SEARCH)) != 0;
    return 0;
}

/* Believes no return value: tries what is not on the list, and each rule that looks at an argument. What
 * succeeds here has harmed nobody. */
static bool holds(int write_fd)
{
    const int other_fd = write_fd == STDERR_FILENO ? STDOUT_FILENO : STDERR_FILENO;

    return personality(0xffffffff) == -1 && errno == EPERM && write(other_fd, "", 0) < 0 && errno == EPERM &&
           open("/dev/null", O_WRONLY | O_CLOEXEC) < 0 && errno == EPERM;
}

int deep_seal_apply(
    pid_t parent, int write_fd, unsigned max_files, struct deep_seal_report *ret, struct error *e)
{
    struct deep_seal_report report = {0};
    int r = stand_apart(parent);

    if (r == 0)
        r = give_up_privileges(&report);
    if (r == 0)
        r = set_limits(max_files);
    if (r != 0)
        return error_set(e, r, "cannot give up privileges: %s", strerror(-r));
    r = deep_filter_load(write_fd, e);
    if (r != 0)
        return r;
    if (!holds(write_fd))
        return error_set(e, -EPERM, "the filter is in force, but what it refuses is possible");
    *ret = report;
    return 0;
}
