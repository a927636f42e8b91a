/* SPDX-License-Identifier: MIT
 * Turns a list of readable trees, at most one writable directory and the ports that may be connected to into
 * a Landlock domain by the three raw system calls. The constants are ours, because Debian 12's kernel headers
 * know ABI 2 and the kernel may know more. Whether Landlock is wanted, and what its absence means, is decided
 * in seal.c. */
#include "sandbox/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Numbers of the unified system call table, the same on every architecture (Linux 5.13). */
enum { NR_CREATE_RULESET = 444, NR_ADD_RULE = 445, NR_RESTRICT_SELF = 446 };

#define CREATE_RULESET_VERSION 1u
#define RULE_PATH_BENEATH      1
#define RULE_NET_PORT          2

/* Source of the bits: Linux include/uapi/linux/landlock.h. */
#define FS_WRITE_FILE  ((uint64_t)1 << 1)
#define FS_READ_FILE   ((uint64_t)1 << 2)
#define FS_READ_DIR    ((uint64_t)1 << 3)
#define FS_REMOVE_FILE ((uint64_t)1 << 5)
#define FS_MAKE_REG    ((uint64_t)1 << 8)
#define FS_ABI_1                                                                                             \
    (((uint64_t)1 << 13) - 1) /* execute, write, read, list, remove two kinds, make seven kinds */
#define FS_REFER     ((uint64_t)1 << 13)
#define FS_TRUNCATE  ((uint64_t)1 << 14)
#define FS_IOCTL_DEV ((uint64_t)1 << 15)
#define NET_TCP      ((uint64_t)3) /* bind 1, connect 2 */
#define NET_CONNECT  ((uint64_t)2)
#define NET_FROM_ABI 4
#define SCOPE_ALL    ((uint64_t)3) /* abstract unix sockets 1, signals 2 */

struct ruleset_attr {
    uint64_t handled_access_fs;
    uint64_t handled_access_net; /* from ABI 4 */
    uint64_t scoped;             /* from ABI 6 */
};

struct path_beneath_attr {
    uint64_t allowed_access;
    int32_t parent_fd;
} __attribute__((packed)); /* as the kernel declares it */

struct net_port_attr {
    uint64_t allowed_access;
    uint64_t port; /* in the host's byte order */
};

/* What each ABI lets a domain take away, and how many bytes of ruleset_attr its kernel knows. */
static const struct {
    struct ruleset_attr handled;
    size_t size;
} abis[LANDLOCK_ABI_MAX + 1] = {
    [1] = {{FS_ABI_1, 0, 0}, 8},
    [2] = {{FS_ABI_1 | FS_REFER, 0, 0}, 8},
    [3] = {{FS_ABI_1 | FS_REFER | FS_TRUNCATE, 0, 0}, 8},
    [4] = {{FS_ABI_1 | FS_REFER | FS_TRUNCATE, NET_TCP, 0}, 16},
    [5] = {{FS_ABI_1 | FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV, NET_TCP, 0}, 16},
    [6] = {{FS_ABI_1 | FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV, NET_TCP, SCOPE_ALL}, 24},
    [7] = {{FS_ABI_1 | FS_REFER | FS_TRUNCATE | FS_IOCTL_DEV, NET_TCP, SCOPE_ALL},
        24}, /* 7 added only audit flags */
};

int landlock_abi(void)
{
    long abi = syscall(NR_CREATE_RULESET, NULL, 0, CREATE_RULESET_VERSION);

    return abi < 0 ? -errno : (int)abi;
}

/* Allows reading below one path. Returns 0 (also when the path cannot be reached) or -errno. */
static int allow_reading(int ruleset_fd, const char *path)
{
    struct path_beneath_attr rule = {.allowed_access = FS_READ_FILE};
    struct stat st;
    int r = 0;

    rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0)
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -errno;
    /* A rule on something that is no directory must not name rights of directories (EINVAL). */
    if (fstat(rule.parent_fd, &st) == 0 && S_ISDIR(st.st_mode))
        rule.allowed_access |= FS_READ_DIR;
    if (syscall(NR_ADD_RULE, ruleset_fd, RULE_PATH_BENEATH, &rule, 0) != 0)
        r = -errno;
    (void)close(rule.parent_fd);
    return r;
}

/* Allows writing, making, renaming and removing plain files in one directory (and below it). */
static int allow_writing(int ruleset_fd, int abi, int directory_fd)
{
    const uint64_t wanted =
        FS_READ_FILE | FS_READ_DIR | FS_WRITE_FILE | FS_REMOVE_FILE | FS_MAKE_REG | FS_TRUNCATE;
    const struct path_beneath_attr rule = {
        .allowed_access = wanted & abis[abi].handled.handled_access_fs, .parent_fd = directory_fd};

    return syscall(NR_ADD_RULE, ruleset_fd, RULE_PATH_BENEATH, &rule, 0) != 0 ? -errno : 0;
}

/* Allows connecting to a TCP port, of any host. */
static int allow_connecting(int ruleset_fd, uint16_t port)
{
    const struct net_port_attr rule = {.allowed_access = NET_CONNECT, .port = port};

    return syscall(NR_ADD_RULE, ruleset_fd, RULE_NET_PORT, &rule, 0) != 0 ? -errno : 0;
}

int landlock_restrict(int abi, const struct landlock_plan *plan, struct error *e)
{
    int fd, r = 0;

    if (abi < 1 || abi > LANDLOCK_ABI_MAX)
        return error_set(e, -EINVAL, "no Landlock ABI %d is known", abi);
    fd = (int)syscall(NR_CREATE_RULESET, &abis[abi].handled, abis[abi].size, 0);
    if (fd < 0) {
        r = -errno;
        return error_set(e, r, "cannot create a Landlock ruleset: %s", strerror(-r));
    }
    for (size_t i = 0; i < plan->n_paths && r == 0; i++)
        if (plan->read_paths[i]) {
            r = allow_reading(fd, plan->read_paths[i]);
            if (r != 0)
                error_set(
                    e, r, "cannot add '%s' to the Landlock ruleset: %s", plan->read_paths[i], strerror(-r));
        }
    for (size_t i = 0; abi >= NET_FROM_ABI && i < plan->n_ports && r == 0; i++) {
        r = allow_connecting(fd, plan->connect_ports[i]);
        if (r != 0)
            error_set(e, r, "cannot add port %u to the Landlock ruleset: %s",
                (unsigned)plan->connect_ports[i], strerror(-r));
    }
    if (r == 0 && plan->write_fd > 0) {
        r = allow_writing(fd, abi, plan->write_fd);
        if (r != 0)
            error_set(e, r, "cannot add the state directory to the Landlock ruleset: %s", strerror(-r));
    }
    if (r == 0 && syscall(NR_RESTRICT_SELF, fd, 0) != 0) {
        r = -errno;
        error_set(e, r, "cannot enter the Landlock domain: %s", strerror(-r));
    }
    (void)close(fd);
    return r;
}
