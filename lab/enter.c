/* SPDX-License-Identifier: MIT
 * Starts a program in a place: in the cgroups whose cgroup.procs files are named, in the network namespace of
 * a process, for so many seconds at most, and never longer than whoever started it lives. Makes neither
 * cgroups nor namespaces. usage: enter [--procs FILE]... [--net PID|new] [--seconds N] -- PROGRAM
 * [ARGUMENT...] */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "enter: %s: %s\n", what, strerror(errno));
    exit(126);
}

/* "0" is whoever writes it. */
static void join_cgroup(const char *procs_file)
{
    int fd = open(procs_file, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "0", 1) != 1 || close(fd))
        give_up(procs_file);
}

static void join_network(const char *where)
{
    char path[64];

    if (strcmp(where, "new") == 0) {
        if (unshare(CLONE_NEWNET))
            give_up("new network namespace");
        return;
    }
    snprintf(path, sizeof path, "/proc/%.20s/ns/net", where);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET))
        give_up(path);
}

int main(int argc, char *argv[])
{
    pid_t parent = getppid();
    int i = 1;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        return 126;
    for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2)
        if (strcmp(argv[i], "--procs") == 0)
            join_cgroup(argv[i + 1]);
        else if (strcmp(argv[i], "--net") == 0)
            join_network(argv[i + 1]);
        else if (strcmp(argv[i], "--seconds") == 0)
            alarm((unsigned)strtoul(argv[i + 1], NULL, 10));
        else
            break;
    if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
        fprintf(stderr,
            "usage: enter [--procs FILE]... [--net PID|new] [--seconds N] -- PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    execvp(argv[i + 1], &argv[i + 1]);
    give_up(argv[i + 1]);
}
