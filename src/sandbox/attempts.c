/* SPDX-License-Identifier: MIT
 * The table of forbidden attempts and the little that runs a row. Making the scene is in attempt_scene.c;
 * sealing, forking and printing are the caller's. */
#include "sandbox/attempts.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

/* Arguments that stand for a part of the scene; no real argument has these values. */
#define SCENE_DIRECTORY ((uintptr_t)0x5ea1000000000001) /* descriptor of the scratch directory */
#define SCENE_FILE      ((uintptr_t)0x5ea1000000000002) /* descriptor of the victim, open for reading */
#define SCENE_PATH      ((uintptr_t)0x5ea1000000000003) /* the victim's path */
#define SCENE_PROCESS   ((uintptr_t)0x5ea1000000000004) /* the process outside */
#define SCENE_STATE     ((uintptr_t)0x5ea1000000000005) /* descriptor of the state directory */
#define SCENE_PIPE      ((uintptr_t)0x5ea1000000000006) /* descriptor of the deep sense's pipe */

#define NONE     ((uintptr_t)-1) /* no descriptor, no id */
#define TEXT(s)  ((uintptr_t)(s))
#define CWD      ((uintptr_t)AT_FDCWD)
#define BAD_PAGE ((uintptr_t)1) /* an address at which nothing is mapped */

static int clone_and_wait(unsigned long flags)
{
    /* Not fork(): its handlers may call what the filter refuses before the call that is to be tried. */
    long pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);

    if (pid < 0)
        return -errno;
    if (pid == 0)
        (void)syscall(SYS_exit_group, 0);
    while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
        ;
    return 0;
}

static int start_a_process(const struct attempt_scene *s)
{
    (void)s;
    return clone_and_wait(0);
}

static int start_a_process_in_a_user_namespace(const struct attempt_scene *s)
{
    (void)s;
    return clone_and_wait(CLONE_NEWUSER);
}

/* Opens a file of the outside process below /proc for reading. */
static int open_of_process(pid_t process, const char *name)
{
    char path[64];
    int fd;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)process, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    (void)close(fd);
    return 0;
}

static int read_memory_of_a_process(const struct attempt_scene *s)
{
    return open_of_process(s->process, "mem");
}

static int list_descriptors_of_a_process(const struct attempt_scene *s)
{
    return open_of_process(s->process, "fd/0");
}

static int read_environment_of_a_process(const struct attempt_scene *s)
{
    return open_of_process(s->process, "environ");
}

static int read_map_of_a_process(const struct attempt_scene *s)
{
    return open_of_process(s->process, "maps");
}

static int look_into_root_of_a_process(const struct attempt_scene *s)
{
    return open_of_process(s->process, "root");
}

static int open_program_of_a_process(const struct attempt_scene *s)
{
    return open_of_process(s->process, "exe");
}

static int read_a_disk(const struct attempt_scene *s)
{
    if (!s->block_device[0])
        return -ENODEV;
    int fd = open(s->block_device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    (void)close(fd);
    return 0;
}

/* Opens only, in the tree that is mounted here. */
static int open_a_cgroup_for_writing(const struct attempt_scene *s)
{
    static const char *const lists[] = {"/sys/fs/cgroup/cgroup.procs", "/sys/fs/cgroup/unified/cgroup.procs",
        "/sys/fs/cgroup/cpu/cgroup.procs"};
    int fd = -1;

    (void)s;
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && fd < 0; i++) {
        fd = open(lists[i], O_WRONLY | O_CLOEXEC);
        if (fd < 0 && errno != ENOENT)
            return -errno;
    }
    if (fd < 0)
        return -ENOENT;
    (void)close(fd);
    return 0;
}

static int make_data_executable(const struct attempt_scene *s)
{
    static char page[1 << 16] __attribute__((aligned(1 << 16))); /* as large as the largest page */

    (void)s;
    if (mprotect(page, sizeof(page), PROT_READ | PROT_WRITE | PROT_EXEC) != 0)
        return -errno;
    return mprotect(page, sizeof(page), PROT_READ | PROT_WRITE) == 0 ? 0 : -errno;
}

/* Port 9 (discard), on this host: nobody is configured to be there. */
static int connect_elsewhere(const struct attempt_scene *s)
{
    struct sockaddr_in there = {
        .sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int r;

    (void)s;
    if (fd < 0)
        return -errno;
    r = connect(fd, (const struct sockaddr *)&there, sizeof(there)) == 0 ? 0 : -errno;
    (void)close(fd);
    return r;
}

#define BY_SECCOMP  .layer = ATTEMPT_SECCOMP, .refusal = EPERM
#define BY_LANDLOCK .layer = ATTEMPT_LANDLOCK, .refusal = EACCES
/* Refused by seccomp where nothing may be written, and by Landlock where the state directory may. */
#define OUT_OF_STATE BY_SECCOMP, .through_state = true
/* What the database in the state directory needs, and nobody else. */
#define BUT_FOR_STATE BY_SECCOMP, .not_with_state = true
/* What a process that serves needs on its connections, and nobody else. */
#define BUT_FOR_SERVING BY_SECCOMP, .not_serving = true
/* What a process that connects out needs, and nobody else; what both do on a connection. */
#define BUT_FOR_CONNECTING BY_SECCOMP, .not_connecting = true
#define BUT_FOR_RECEIVING  BY_SECCOMP, .not_receiving = true
#define BUT_FOR_TALKING    BUT_FOR_SERVING, .not_connecting = true
/* The call is answered as if the kernel did not have it, see syscall_filter.h. */
#define BY_ABSENCE   .layer = ATTEMPT_SECCOMP, .refusal = ENOSYS
#define CALL(n, ...) .number = SYS_##n, .arguments = {__VA_ARGS__}

/* clang-format off */
const struct attempt attempts[] = {
    /* Changing files. */
    {"open a file for writing", BY_SECCOMP, CALL(openat, SCENE_DIRECTORY, TEXT("victim"), O_WRONLY)},
    {"open a file for reading and writing", BY_SECCOMP, CALL(openat, SCENE_DIRECTORY, TEXT("victim"), O_RDWR)},
    {"create a file", BY_SECCOMP, CALL(openat, SCENE_DIRECTORY, TEXT("created"), O_RDONLY | O_CREAT, 0600)},
    {"create a file without a name", BY_SECCOMP, CALL(openat, SCENE_DIRECTORY, TEXT("."), O_RDWR | O_TMPFILE, 0600)},
    {"truncate a file by opening it", BY_SECCOMP, CALL(openat, SCENE_DIRECTORY, TEXT("victim"), O_RDONLY | O_TRUNC)},
    {"open by openat2", BY_ABSENCE, CALL(openat2, SCENE_DIRECTORY, TEXT("victim"), 0, 0)},
    {"open by file handle", BY_SECCOMP, CALL(open_by_handle_at, NONE, 0, 0)},
    {"open a device for writing", BY_SECCOMP, CALL(openat, CWD, TEXT("/dev/null"), O_WRONLY)},
    {"open a kernel setting for writing", BY_SECCOMP, CALL(openat, CWD, TEXT("/proc/sys/vm/drop_caches"), O_WRONLY)},
    {"open an own kernel setting for writing", BY_SECCOMP, CALL(openat, CWD, TEXT("/proc/self/oom_score_adj"), O_WRONLY)},
    {"open the list of users for writing", BY_SECCOMP, CALL(openat, CWD, TEXT("/etc/passwd"), O_WRONLY)},
    {"open a control group's processes for writing", BY_SECCOMP, .act = open_a_cgroup_for_writing},
    {"truncate a file", BY_SECCOMP, CALL(truncate, SCENE_PATH, 0)},
    {"truncate an open file", BUT_FOR_STATE, CALL(ftruncate, SCENE_FILE, 0)},
    {"write into the middle of an open file", BUT_FOR_STATE, CALL(pwrite64, SCENE_FILE, TEXT("x"), 1, 1)},
    {"write several pieces into an open file", BY_SECCOMP, CALL(pwritev, SCENE_FILE, BAD_PAGE, 1, 0)},
    {"copy into an open file", BY_SECCOMP, CALL(sendfile, SCENE_FILE, SCENE_FILE, 0, 1)},
    {"lock an open file", BUT_FOR_STATE, CALL(flock, SCENE_FILE, LOCK_EX | LOCK_NB)},
    {"share the lock of an open file", BUT_FOR_STATE, CALL(flock, SCENE_FILE, LOCK_SH | LOCK_NB)},
    {"wait for the lock of an open file", BY_SECCOMP, CALL(flock, SCENE_FILE, LOCK_EX)},
    {"lock a part of an open file", BUT_FOR_STATE, CALL(fcntl, SCENE_FILE, F_OFD_SETLK, BAD_PAGE)},
    {"wait for the lock of a part", BY_SECCOMP, CALL(fcntl, SCENE_FILE, F_OFD_SETLKW, BAD_PAGE)},
    {"lock a part for this process", BY_SECCOMP, CALL(fcntl, SCENE_FILE, F_SETLK, BAD_PAGE)},
    {"allocate space in a file", BY_SECCOMP, CALL(fallocate, SCENE_FILE, 0, 0, 1)},
    {"change the mode of a file", BY_SECCOMP, CALL(fchmodat, SCENE_DIRECTORY, TEXT("victim"), 0600)},
    {"change the mode of an open file", BY_SECCOMP, CALL(fchmod, SCENE_FILE, 0600)},
    {"change the owner of a file", BY_SECCOMP, CALL(fchownat, SCENE_DIRECTORY, TEXT("victim"), NONE, NONE, 0)},
    {"change the owner of an open file", BY_SECCOMP, CALL(fchown, SCENE_FILE, NONE, NONE)},
    {"change the times of a file", BY_SECCOMP, CALL(utimensat, SCENE_DIRECTORY, TEXT("victim"), 0, 0)},
    {"set an extended attribute", BY_SECCOMP, CALL(fsetxattr, SCENE_FILE, TEXT("user.x"), TEXT("x"), 1, 0)},
    {"link a file", BY_SECCOMP, CALL(linkat, SCENE_DIRECTORY, TEXT("victim"), SCENE_DIRECTORY, TEXT("linked"), 0)},
    {"make a symbolic link", BY_SECCOMP, CALL(symlinkat, TEXT("victim"), SCENE_DIRECTORY, TEXT("symlinked"))},
    {"make a fifo", BY_SECCOMP, CALL(mknodat, SCENE_DIRECTORY, TEXT("fifo"), S_IFIFO | 0600, 0)},
    {"make a device", BY_SECCOMP,
        CALL(mknodat, SCENE_DIRECTORY, TEXT("device"), S_IFCHR | 0600, (1 << 8) | 3)},
    {"make a directory", BY_SECCOMP, CALL(mkdirat, SCENE_DIRECTORY, TEXT("made"), 0700)},
    {"rename a file", BY_SECCOMP, CALL(renameat2, SCENE_DIRECTORY, TEXT("rename-me"), SCENE_DIRECTORY, TEXT("renamed"), 0)},
    {"remove a file", BY_SECCOMP, CALL(unlinkat, SCENE_DIRECTORY, TEXT("unlink-me"), 0)},

    /* Doing so by way of the state directory, the one place that may be writable. */
    {"write a file outside through the state directory", OUT_OF_STATE, CALL(openat, SCENE_STATE, SCENE_PATH, O_WRONLY)},
    {"write a file above the state directory", OUT_OF_STATE, CALL(openat, SCENE_STATE, TEXT("../victim"), O_WRONLY)},
    {"create a file above the state directory", OUT_OF_STATE,
        CALL(openat, SCENE_STATE, TEXT("../created"), O_WRONLY | O_CREAT, 0600)},
    {"remove a file above the state directory", OUT_OF_STATE, CALL(unlinkat, SCENE_STATE, TEXT("../unlink-me"), 0)},
    {"move a file out of the state directory", OUT_OF_STATE,
        CALL(renameat2, SCENE_STATE, TEXT("kept"), SCENE_STATE, TEXT("../renamed"), 0)},
    {"move a file into the state directory", OUT_OF_STATE,
        CALL(renameat2, SCENE_STATE, TEXT("../rename-me"), SCENE_STATE, TEXT("moved-in"), 0)},
    {"write a file of the state directory by another way", BY_SECCOMP,
        CALL(openat, SCENE_DIRECTORY, TEXT("state/kept"), O_WRONLY)},
    {"open a file of the state directory for reading and writing", BUT_FOR_STATE,
        CALL(openat, SCENE_STATE, TEXT("kept"), O_RDWR)},
    {"append to a file of the state directory", BY_SECCOMP,
        CALL(openat, SCENE_STATE, TEXT("kept"), O_WRONLY | O_APPEND)},
    {"exchange two files of the state directory", BY_SECCOMP,
        CALL(renameat2, SCENE_STATE, TEXT("kept"), SCENE_STATE, TEXT("kept"), 2)},
    {"make a directory in the state directory", BY_SECCOMP, CALL(mkdirat, SCENE_STATE, TEXT("made"), 0700)},
    {"link in the state directory", BY_SECCOMP,
        CALL(linkat, SCENE_STATE, TEXT("kept"), SCENE_STATE, TEXT("linked"), 0)},
    {"make a symbolic link in the state directory", BY_SECCOMP,
        CALL(symlinkat, TEXT("/etc"), SCENE_STATE, TEXT("symlinked"))},
    {"change the mode of a file of the state directory", BY_SECCOMP,
        CALL(fchmodat, SCENE_STATE, TEXT("kept"), 0600)},

    /* Reading what is not needed. */
    {"read a file outside", BY_LANDLOCK, CALL(openat, SCENE_DIRECTORY, TEXT("victim"), O_RDONLY)},
    {"list a directory outside", BY_LANDLOCK, CALL(openat, SCENE_DIRECTORY, TEXT("."), O_RDONLY | O_DIRECTORY)},
    {"read /etc/shadow", BY_LANDLOCK, CALL(openat, CWD, TEXT("/etc/shadow"), O_RDONLY)},
    {"list /root", BY_LANDLOCK, CALL(openat, CWD, TEXT("/root"), O_RDONLY | O_DIRECTORY)},
    {"read the memory of a process by its file", BY_LANDLOCK, .act = read_memory_of_a_process},
    {"open a descriptor of a process", BY_LANDLOCK, .act = list_descriptors_of_a_process},
    {"read the environment of a process", BY_LANDLOCK, .act = read_environment_of_a_process},
    {"read the memory map of a process", BY_LANDLOCK, .act = read_map_of_a_process},
    {"look into the root directory of a process", BY_LANDLOCK, .act = look_into_root_of_a_process},
    {"open the program of a process", BY_LANDLOCK, .act = open_program_of_a_process},
    {"read a disk", BY_LANDLOCK, .act = read_a_disk},

    /* Running programs. */
    {"run a program", BY_SECCOMP, CALL(execve, TEXT(""), 0, 0)},
    {"run a program by descriptor", BY_SECCOMP, CALL(execveat, NONE, TEXT(""), 0, 0, AT_EMPTY_PATH)},
    {"make a file in memory to run", BY_SECCOMP, CALL(memfd_create, TEXT("x"), 0)},
    {"map memory writable and executable", BY_SECCOMP,
        CALL(mmap, 0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, NONE)},
    {"map a file executable", BY_SECCOMP, CALL(mmap, 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, SCENE_FILE)},
    {"make data executable", BY_SECCOMP, .act = make_data_executable},
    {"make reading mean executing", BY_SECCOMP, CALL(personality, 0xffffffff)},
    {"fork", BY_SECCOMP, .act = start_a_process},
    {"start a process in a user namespace", BY_SECCOMP, .act = start_a_process_in_a_user_namespace},
    {"start a process by clone3", BY_ABSENCE, CALL(clone3, 0, 0)},

    /* Other processes. */
    {"signal a process", BY_SECCOMP, CALL(kill, SCENE_PROCESS, 0)},
    {"signal every process", BY_SECCOMP, CALL(kill, NONE, 0)},
    {"signal a thread", BY_SECCOMP, CALL(tkill, SCENE_PROCESS, 0)},
    {"signal a thread of a process", BY_SECCOMP, CALL(tgkill, SCENE_PROCESS, SCENE_PROCESS, 0)},
    {"queue a signal", BY_SECCOMP, CALL(rt_sigqueueinfo, SCENE_PROCESS, 0, BAD_PAGE)},
    {"hold a process", BY_SECCOMP, CALL(pidfd_open, SCENE_PROCESS, 0)},
    {"signal a held process", BY_SECCOMP, CALL(pidfd_send_signal, NONE, 0, 0, 0)},
    {"take a descriptor from a process", BY_SECCOMP, CALL(pidfd_getfd, NONE, 0, 0)},
    {"have a file signal somebody", BY_SECCOMP, CALL(fcntl, SCENE_FILE, F_SETOWN, 0)},
    {"trace a process", BY_SECCOMP, CALL(ptrace, PTRACE_PEEKDATA, SCENE_PROCESS, 0, 0)},
    {"read the memory of a process", BY_SECCOMP, CALL(process_vm_readv, SCENE_PROCESS, 0, 0, 0, 0, 0)},
    {"write the memory of a process", BY_SECCOMP, CALL(process_vm_writev, SCENE_PROCESS, 0, 0, 0, 0, 0)},
    {"type into the terminal", BY_SECCOMP, CALL(ioctl, NONE, TIOCSTI, TEXT("x"))},
    {"resize the terminal", BY_SECCOMP, CALL(ioctl, NONE, TIOCSWINSZ, 0)},
    {"share memory", BY_SECCOMP, CALL(shmget, 0x436f6865, 1, 0)},

    /* The network. */
    {"open an IPv4 stream socket", BUT_FOR_CONNECTING, CALL(socket, AF_INET, SOCK_STREAM)},
    {"open an IPv4 datagram socket", BY_SECCOMP, CALL(socket, AF_INET, SOCK_DGRAM)},
    {"open a raw IPv4 socket", BY_SECCOMP, CALL(socket, AF_INET, SOCK_RAW, 1)},
    {"open an IPv6 stream socket", BUT_FOR_CONNECTING, CALL(socket, AF_INET6, SOCK_STREAM)},
    {"open an IPv6 datagram socket", BY_SECCOMP, CALL(socket, AF_INET6, SOCK_DGRAM)},
    {"open a unix socket", BY_SECCOMP, CALL(socket, AF_UNIX, SOCK_STREAM)},
    {"open a pair of unix sockets", BY_SECCOMP, CALL(socketpair, AF_UNIX, SOCK_STREAM, 0, BAD_PAGE)},
    {"open a netlink socket", BY_SECCOMP, CALL(socket, AF_NETLINK, SOCK_RAW)},
    {"open a packet socket", BY_SECCOMP, CALL(socket, AF_PACKET, SOCK_RAW)},
    {"open a socket to the hypervisor", BY_SECCOMP, CALL(socket, AF_VSOCK, SOCK_STREAM)},
    {"open a socket of an unknown family", BY_SECCOMP, CALL(socket, 9999, SOCK_STREAM)},
    {"connect", BUT_FOR_CONNECTING, CALL(connect, NONE, 0, 0)},
    {"connect to a port that is not configured", BY_SECCOMP, .through_ports = true, .act = connect_elsewhere},
    {"open a stream socket of another protocol", BY_SECCOMP, CALL(socket, AF_INET, SOCK_STREAM, IPPROTO_SCTP)},
    {"bind", BY_SECCOMP, CALL(bind, NONE, 0, 0)},
    {"listen", BY_SECCOMP, CALL(listen, NONE, 1)},
    {"accept", BUT_FOR_SERVING, CALL(accept4, NONE, 0, 0, 0)},
    {"accept without flags", BY_SECCOMP, CALL(accept, NONE, 0, 0)},
    {"send", BUT_FOR_TALKING, CALL(sendto, NONE, 0, 0, 0, 0, 0)},
    {"send a datagram to an address", BY_SECCOMP, CALL(sendto, NONE, 0, 0, 0, BAD_PAGE, 16)},
    {"connect by sending", BY_SECCOMP, CALL(sendto, NONE, 0, 0, MSG_FASTOPEN, 0, 0)},
    {"send a message", BUT_FOR_TALKING, CALL(sendmsg, NONE, 0, 0)},
    {"connect by sending a message", BY_SECCOMP, CALL(sendmsg, NONE, 0, MSG_FASTOPEN)},
    {"send many messages", BY_SECCOMP, CALL(sendmmsg, NONE, 0, 0, 0)},
    {"receive", BUT_FOR_TALKING, CALL(recvfrom, NONE, 0, 0, 0, 0, 0)},
    {"receive a message", BUT_FOR_TALKING, CALL(recvmsg, NONE, 0, 0)},
    {"receive several messages", BUT_FOR_RECEIVING, CALL(recvmmsg, NONE, 0, 0, 0, 0)},
    {"shut a connection down", BUT_FOR_TALKING, CALL(shutdown, NONE, 0)},
    {"ask for a peer's address", BUT_FOR_TALKING, CALL(getpeername, NONE, 0, 0)},
    {"ask for a socket's own address", BUT_FOR_CONNECTING, CALL(getsockname, NONE, 0, 0)},
    {"send packets at once", BUT_FOR_TALKING, CALL(setsockopt, NONE, IPPROTO_TCP, TCP_NODELAY, 0, 0)},
    {"bind a socket to a device", BY_SECCOMP, CALL(setsockopt, NONE, SOL_SOCKET, SO_BINDTODEVICE, 0, 0)},
    {"mark a socket's packets", BY_SECCOMP, CALL(setsockopt, NONE, SOL_SOCKET, SO_MARK, 0, 0)},

    /* The machine and the process's own rights. */
    {"mount", BY_SECCOMP, CALL(mount, TEXT("none"), TEXT(""), TEXT("tmpfs"), 0, 0)},
    {"unmount", BY_SECCOMP, CALL(umount2, TEXT(""), 0)},
    {"change the root directory", BY_SECCOMP, CALL(chroot, TEXT(""))},
    {"enter a namespace", BY_SECCOMP, CALL(setns, NONE, 0)},
    {"leave a namespace", BY_SECCOMP, CALL(unshare, 0)},
    {"load a BPF program", BY_SECCOMP, CALL(bpf, NONE, 0, 0)},
    {"submit work by io_uring", BY_SECCOMP, CALL(io_uring_setup, 0, 0)},
    {"open a performance counter", BY_SECCOMP, CALL(perf_event_open, 0, 0, NONE, NONE, 0)},
    {"handle page faults", BY_SECCOMP, CALL(userfaultfd, 0)},
    {"use the kernel's key ring", BY_SECCOMP, CALL(keyctl, NONE)},
    {"load a kernel module", BY_SECCOMP, CALL(init_module, 0, 0, TEXT(""))},
    {"swap to a file", BY_SECCOMP, CALL(swapon, TEXT(""), 0)},
    {"set the clock", BY_SECCOMP, CALL(settimeofday, 0, 0)},
    {"set the host name", BY_SECCOMP, CALL(sethostname, 0, NONE)},
    {"change the user", BY_SECCOMP, CALL(setresuid, NONE, NONE, NONE)},
    {"change the group", BY_SECCOMP, CALL(setresgid, NONE, NONE, NONE)},
    {"change capabilities", BY_SECCOMP, CALL(capset, 0, 0)},
    {"change a limit", BY_SECCOMP, CALL(prlimit64, 0, RLIMIT_NOFILE, BAD_PAGE, 0)},
    {"become dumpable again", BY_SECCOMP, CALL(prctl, PR_SET_DUMPABLE, 9)},
    {"add a seccomp filter", BY_SECCOMP, CALL(seccomp, NONE, 0, 0)},
};

const struct attempt deep_attempts[] = {
    {"map memory", BY_SECCOMP, CALL(mmap, 0, 4096, PROT_READ)},
    {"unmap memory", BY_SECCOMP, CALL(munmap, 0, 4096)},
    {"move the end of memory", BY_SECCOMP, CALL(brk, 0)},
    {"start a thread", BY_SECCOMP, CALL(clone, CLONE_THREAD)}, /* which lacks what must go with it */
    {"write to standard output", BY_SECCOMP, CALL(write, 1, 0, 0)},
    {"write to standard error", BY_SECCOMP, CALL(write, 2, 0, 0)},
    {"write a vector to its pipe", BY_SECCOMP, CALL(writev, SCENE_PIPE, 0, 0)},
    {"write at an offset", BY_SECCOMP, CALL(pwrite64, SCENE_PIPE, 0, 0)},
    {"copy a descriptor", BY_SECCOMP, CALL(dup, 0)},
    {"change a descriptor", BY_SECCOMP, CALL(fcntl, 0, F_GETFL)},
    {"make a pipe", BY_SECCOMP, CALL(pipe2, 0, 0)},
    {"wait with epoll", BY_SECCOMP, CALL(epoll_create1, 0)},
    {"make an event", BY_SECCOMP, CALL(eventfd2, 0, 0)},
    {"make a timer", BY_SECCOMP, CALL(timerfd_create, 0, 0)},
    {"receive signals by descriptor", BY_SECCOMP, CALL(signalfd4, NONE, 0, 8)},
    {"control a device", BY_SECCOMP, CALL(ioctl, 0, FIONREAD)},
    {"control a process", BY_SECCOMP, CALL(prctl, PR_SET_NAME)},
    {"set a handler", BY_SECCOMP, CALL(rt_sigaction, SIGTERM)},
    {"use another timer", BY_SECCOMP, CALL(setitimer, ITIMER_PROF)},
    {"wait for a child", BY_SECCOMP, CALL(wait4, NONE, 0, 1)},
    {"send a file", BY_SECCOMP, CALL(sendfile, SCENE_PIPE, 0, 0)},
    {"splice", BY_SECCOMP, CALL(splice, 0, 0, SCENE_PIPE)},
    {"ask who it is", BY_SECCOMP, CALL(getuid, 0)},
};
/* clang-format on */
const size_t deep_attempt_count = sizeof(deep_attempts) / sizeof(deep_attempts[0]);
const size_t attempt_count = sizeof(attempts) / sizeof(attempts[0]);

static long resolve(uintptr_t argument, const struct attempt_scene *s)
{
    switch (argument) {
    case SCENE_DIRECTORY:
        return s->directory_fd;
    case SCENE_FILE:
        return s->victim_fd;
    case SCENE_PATH:
        return (long)s->victim;
    case SCENE_PROCESS:
        return s->process;
    case SCENE_STATE:
        return s->state_fd;
    case SCENE_PIPE:
        return s->pipe_fd;
    default:
        return (long)argument;
    }
}

int attempt_run(const struct attempt *a, const struct attempt_scene *s)
{
    long x[ATTEMPT_ARGUMENTS];

    if (a->act)
        return a->act(s);
    for (size_t i = 0; i < ATTEMPT_ARGUMENTS; i++)
        x[i] = resolve(a->arguments[i], s);
    return syscall(a->number, x[0], x[1], x[2], x[3], x[4], x[5]) < 0 ? -errno : 0;
}

bool attempt_is_refused(int result)
{
    return result == -EPERM || result == -EACCES || result == -ENOSYS;
}

bool attempt_is_allowed(const struct attempt *a, const struct seal_report *report)
{
    return (a->not_with_state && report->writes) || (a->not_serving && report->serves) ||
           (a->not_connecting && report->connects) || (a->not_receiving && report->receives);
}

enum attempt_layer attempt_refuser(const struct attempt *a, const struct seal_report *report)
{
    const bool by_landlock = (a->through_state && report->writes) || (a->through_ports && report->connects);
    return by_landlock ? ATTEMPT_LANDLOCK : a->layer;
}

bool attempt_is_covered(const struct attempt *a, const struct seal_report *report)
{
    if (attempt_is_allowed(a, report))
        return false;
    if (a->through_ports && report->connects)
        return report->landlock_abi >= 4; /* older ones do not look at ports */
    return attempt_refuser(a, report) == ATTEMPT_LANDLOCK ? report->landlock : report->seccomp;
}

int attempt_refusal(const struct attempt *a, const struct seal_report *report)
{
    const bool by_landlock = (a->through_state && report->writes) || (a->through_ports && report->connects);

    return by_landlock ? EACCES : a->refusal;
}
