/* SPDX-License-Identifier: MIT
 * The seccomp program itself, run by a small interpreter: the same questions for x86-64 and for aarch64,
 * whichever this machine is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <seccomp.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sandbox/syscall_filter.h"

#define PROGRAM_MAX 4096

struct program {
    struct sock_filter code[PROGRAM_MAX];
    size_t length;
};

static void load_serving(struct program *p, unsigned architecture, int write_fd, bool serves)
{
    int fd = memfd_create("filter", 0);
    ssize_t n;

    assert_true(fd >= 0);
    assert_int_equal(syscall_filter_export(architecture, write_fd, serves, fd), 0);
    n = pread(fd, p->code, sizeof(p->code), 0);
    assert_true(n > 0 && (size_t)n < sizeof(p->code) && (size_t)n % sizeof(p->code[0]) == 0);
    p->length = (size_t)n / sizeof(p->code[0]);
    (void)close(fd);
}

static void load_program(struct program *p, unsigned architecture, int write_fd)
{
    load_serving(p, architecture, write_fd, false);
}

static bool compare(uint16_t operation, uint32_t a, uint32_t k)
{
    switch (operation) {
    case BPF_JEQ:
        return a == k;
    case BPF_JGT:
        return a > k;
    case BPF_JGE:
        return a >= k;
    default:
        assert_int_equal(operation, BPF_JSET);
        return (a & k) != 0;
    }
}

/* What the kernel would answer. Classic BPF as seccomp accepts it: forward jumps only, so this ends.
 * Source: Linux Documentation/networking/filter.rst and seccomp_check_filter() in kernel/seccomp.c. */
static uint32_t judge(const struct program *p, const struct seccomp_data *data)
{
    uint32_t a = 0;

    for (size_t pc = 0; pc < p->length; pc++) {
        const struct sock_filter *i = &p->code[pc];

        if (i->code == (BPF_LD | BPF_W | BPF_ABS)) {
            assert_true(i->k + sizeof(a) <= sizeof(*data));
            memcpy(&a, (const char *)data + i->k, sizeof(a));
        } else if (i->code == (BPF_ALU | BPF_AND | BPF_K)) {
            a &= i->k;
        } else if (i->code == (BPF_JMP | BPF_JA)) {
            pc += i->k;
        } else if (BPF_CLASS(i->code) == BPF_JMP) {
            pc += compare(BPF_OP(i->code), a, i->k) ? i->jt : i->jf;
        } else {
            assert_int_equal(i->code, BPF_RET | BPF_K);
            return i->k;
        }
    }
    fail_msg("the program ran off its end");
    return 0;
}

#define ALLOW         SECCOMP_RET_ALLOW
#define DENY          (SECCOMP_RET_ERRNO | EPERM)
#define UNKNOWN       (SECCOMP_RET_ERRNO | ENOSYS)
#define CLONE_PTHREAD 0x3d0f00 /* as seen in strace of pthread_create() of glibc 2.36 */
#define HIGH          ((uint64_t)1 << 32)

/* Numbers: Linux arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h (which aarch64
 * uses). -1 = not on that architecture. */
static const struct {
    const char *what;
    int x86_64, aarch64;
    uint64_t args[3];
    uint32_t answer;
} questions[] = {
    {"pread64", 17, 67, {3, 0, 100}, ALLOW},
    {"read", 0, 63, {3, 0, 100}, ALLOW},
    {"write", 1, 64, {1, 0, 100}, ALLOW},
    {"close", 3, 57, {3}, ALLOW},
    {"newfstatat", 262, 79, {3}, ALLOW},
    {"epoll_wait", 232, -1, {3}, ALLOW},
    {"epoll_pwait", 281, 22, {3}, ALLOW},
    {"timerfd_settime", 286, 86, {3}, ALLOW},
    {"futex", 202, 98, {0}, ALLOW},
    {"rseq", 334, 293, {0}, ALLOW},
    {"getdents64", 217, 61, {3}, ALLOW},
    {"exit_group", 231, 94, {0}, ALLOW},
    {"openat to read", 257, 56, {3, 0, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW}, ALLOW},
    {"openat to list", 257, 56, {3, 0, O_RDONLY | O_DIRECTORY | O_CLOEXEC}, ALLOW},
    {"openat to write", 257, 56, {3, 0, O_WRONLY}, DENY},
    {"openat to do both", 257, 56, {3, 0, O_RDWR}, DENY},
    {"openat with access mode 3", 257, 56, {3, 0, 3}, DENY},
    {"openat to create", 257, 56, {3, 0, O_CREAT}, DENY},
    {"openat to truncate", 257, 56, {3, 0, O_TRUNC}, DENY},
    {"openat of a nameless file", 257, 56, {3, 0, (O_TMPFILE & ~O_DIRECTORY)}, DENY},
    {"openat to write, high half set", 257, 56, {3, 0, HIGH | O_WRONLY}, DENY},
    {"open to read", 2, -1, {0, O_RDONLY}, ALLOW},
    {"open to write", 2, -1, {0, O_WRONLY}, DENY},
    {"creat", 85, -1, {0}, DENY},
    {"openat2", 437, 437, {0}, UNKNOWN},
    {"unlinkat", 263, 35, {0}, DENY},
    {"mmap of data", 9, 222, {0, 4096, PROT_READ | PROT_WRITE}, ALLOW},
    {"mmap of code", 9, 222, {0, 4096, PROT_READ | PROT_EXEC}, DENY},
    {"mmap of code, high half set", 9, 222, {0, 4096, HIGH | PROT_EXEC}, DENY},
    {"mprotect of data", 10, 226, {0, 4096, PROT_READ}, ALLOW},
    {"mprotect of code", 10, 226, {0, 4096, PROT_EXEC}, DENY},
    {"clone of a thread", 56, 220, {CLONE_PTHREAD}, ALLOW},
    {"clone of a process", 56, 220, {0x11}, DENY},
    {"clone like vfork", 56, 220, {CLONE_VM | CLONE_VFORK | 0x11}, DENY},
    {"clone of a thread in a new namespace", 56, 220, {CLONE_PTHREAD | CLONE_NEWNS}, DENY},
    {"clone3", 435, 435, {0}, UNKNOWN},
    {"fork", 57, -1, {0}, DENY},
    {"vfork", 58, -1, {0}, DENY},
    {"execve", 59, 221, {0}, DENY},
    {"execveat", 322, 281, {0}, DENY},
    {"socket", 41, 198, {1, 1}, DENY},
    {"connect", 42, 203, {3}, DENY},
    {"kill of process 1", 62, 129, {1, 9}, DENY},
    {"kill of a group", 62, 129, {0, 9}, DENY},
    {"kill of all", 62, 129, {(uint64_t)-1, 9}, DENY},
    {"tgkill of another", 234, 131, {1, 1, 9}, DENY},
    {"ioctl to ask for the window's size", 16, 29, {1, TIOCGWINSZ}, ALLOW},
    {"ioctl to type", 16, 29, {0, TIOCSTI}, DENY},
    {"ioctl to type, high half set", 16, 29, {0, HIGH | TIOCSTI}, DENY},
    {"fcntl of flags", 72, 25, {0, F_GETFL}, ALLOW},
    {"fcntl of owner", 72, 25, {0, F_SETOWN}, DENY},
    {"prctl to name a thread", 157, 167, {PR_SET_NAME}, ALLOW},
    {"prctl of anything else", 157, 167, {PR_SET_DUMPABLE, 1}, DENY},
    {"prlimit64 to ask", 302, 261, {0, 3, 0}, ALLOW},
    {"prlimit64 to set", 302, 261, {0, 3, 0x1000}, DENY},
    {"a call of the future", 1000, 1000, {0}, DENY},
};

static void ask(const struct program *p, uint32_t architecture, bool is_x86_64)
{
    for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++) {
        struct seccomp_data d = {
            .nr = is_x86_64 ? questions[i].x86_64 : questions[i].aarch64, .arch = architecture};
        uint32_t answer;

        if (d.nr < 0)
            continue;
        for (size_t k = 0; k < 3; k++)
            d.args[k] = questions[i].args[k];
        answer = judge(p, &d);
        if (answer != questions[i].answer)
            fail_msg("%s: %#x instead of %#x", questions[i].what, answer, questions[i].answer);
    }
}

/* What only the database of a state directory needs. */
static void ask_without_state(const struct program *p, uint32_t architecture, bool is_x86_64)
{
    static const struct {
        const char *what;
        int x86_64, aarch64;
        uint64_t args[2];
    } needs_state[] = {
        {"fcntl of locks", 72, 25, {3, F_OFD_SETLK}},
        {"flock", 73, 32, {3, LOCK_EX | LOCK_NB}},
        {"pwrite64", 18, 68, {3}},
        {"ftruncate", 77, 46, {3}},
    };

    for (size_t i = 0; i < sizeof(needs_state) / sizeof(needs_state[0]); i++) {
        struct seccomp_data d = {
            .nr = is_x86_64 ? needs_state[i].x86_64 : needs_state[i].aarch64, .arch = architecture};

        d.args[0] = needs_state[i].args[0];
        d.args[1] = needs_state[i].args[1];
        if (judge(p, &d) != DENY)
            fail_msg("%s is allowed without a state directory", needs_state[i].what);
    }
}

static void test_x86_64(void **state)
{
    static struct program p;
    struct seccomp_data d = {.nr = 0, .arch = AUDIT_ARCH_X86_64};

    (void)state;
    load_program(&p, SCMP_ARCH_X86_64, 0);
    ask(&p, AUDIT_ARCH_X86_64, true);
    ask_without_state(&p, AUDIT_ARCH_X86_64, true);
    /* x32: the same architecture token, bit 30 of the number. */
    d.nr = 0x40000000 | 1;
    assert_int_equal(judge(&p, &d), SECCOMP_RET_KILL_PROCESS);
    d = (struct seccomp_data){.nr = 3, .arch = AUDIT_ARCH_I386};
    assert_int_equal(judge(&p, &d), SECCOMP_RET_KILL_PROCESS);
}

static void test_aarch64(void **state)
{
    static struct program p;
    const struct seccomp_data arm = {.nr = 3, .arch = AUDIT_ARCH_ARM};

    (void)state;
    load_program(&p, SCMP_ARCH_AARCH64, 0);
    ask(&p, AUDIT_ARCH_AARCH64, false);
    ask_without_state(&p, AUDIT_ARCH_AARCH64, false);
    assert_int_equal(judge(&p, &arm), SECCOMP_RET_KILL_PROCESS);
}

static void test_signals_to_itself(void **state)
{
    static struct program p;
    struct seccomp_data d = {.nr = 234, .arch = AUDIT_ARCH_X86_64, .args = {(uint64_t)getpid(), 1, 6}};

    (void)state;
    load_program(&p, SCMP_ARCH_X86_64, 0);
    assert_int_equal(judge(&p, &d), ALLOW);
    d.args[0] = (uint64_t)getpid() | HIGH; /* the kernel ignores the high half of an int */
    assert_int_equal(judge(&p, &d), ALLOW);
    d.args[0] = (uint64_t)getpid() + 1;
    assert_int_equal(judge(&p, &d), DENY);
}

/* With descriptor 7 as the state directory. */
static void test_writing_through_one_directory(void **state)
{
    static const struct {
        const char *what;
        int x86_64, aarch64;
        uint64_t args[5];
        uint32_t answer;
    } writing[] = {
        {"create there", 257, 56, {7, 0, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC}, ALLOW},
        {"create there, high half set", 257, 56, {HIGH | 7, 0, O_WRONLY | O_CREAT}, ALLOW},
        {"create elsewhere", 257, 56, {3, 0, O_WRONLY | O_CREAT}, DENY},
        {"create in the working directory", 257, 56, {(uint64_t)AT_FDCWD, 0, O_WRONLY | O_CREAT}, DENY},
        {"read and write there", 257, 56, {7, 0, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC}, ALLOW},
        {"read and write elsewhere", 257, 56, {3, 0, O_RDWR}, DENY},
        {"write at a place", 18, 68, {3, 0, 1}, ALLOW},
        {"write pieces at a place", 296, 70, {3, 0, 1}, DENY},
        {"truncate what is open", 77, 46, {3}, ALLOW},
        {"truncate by name", 76, 45, {0}, DENY},
        {"allocate space", 285, 47, {3}, DENY},
        {"a lock that does not wait", 73, 32, {3, LOCK_EX | LOCK_NB}, ALLOW},
        {"a lock that does not wait, high half set", 73, 32, {3, HIGH | LOCK_EX | LOCK_NB}, ALLOW},
        {"its end", 73, 32, {3, LOCK_UN}, ALLOW},
        {"a lock that waits", 73, 32, {3, LOCK_EX}, DENY},
        {"a shared lock that does not wait", 73, 32, {3, LOCK_SH | LOCK_NB}, ALLOW},
        {"a shared lock that waits", 73, 32, {3, LOCK_SH}, DENY},
        {"a lock of an open file description", 72, 25, {3, F_OFD_SETLK}, ALLOW},
        {"one that waits", 72, 25, {3, F_OFD_SETLKW}, DENY},
        {"a lock of the process", 72, 25, {3, F_SETLK}, DENY},
        {"append there", 257, 56, {7, 0, O_WRONLY | O_APPEND}, DENY},
        {"a nameless file there", 257, 56, {7, 0, O_WRONLY | O_TMPFILE}, DENY},
        {"read elsewhere", 257, 56, {3, 0, O_RDONLY}, ALLOW},
        {"open without a directory", 2, -1, {0, O_WRONLY | O_CREAT}, DENY},
        {"rename there", 264, 38, {7, 0, 7}, ALLOW},
        {"rename out", 264, 38, {7, 0, 3}, DENY},
        {"rename in", 264, 38, {3, 0, 7}, DENY},
        {"rename there by renameat2", 316, 276, {7, 0, 7}, ALLOW},
        {"exchange there", 316, 276, {7, 0, 7, 0, 2}, DENY},
        {"rename without a directory", 82, -1, {0}, DENY},
        {"remove there", 263, 35, {7, 0, 0}, ALLOW},
        {"remove a directory there", 263, 35, {7, 0, AT_REMOVEDIR}, DENY},
        {"remove elsewhere", 263, 35, {3, 0, 0}, DENY},
        {"make a directory there", 258, 34, {7}, DENY},
        {"make a device there", 259, 33, {7}, DENY},
        {"link there", 265, 37, {7, 0, 7}, DENY},
        {"link there by a path", 266, 36, {0, 7}, DENY},
        {"change a mode there", 268, 53, {7}, DENY},
    };
    static struct program p[2];

    (void)state;
    load_program(&p[0], SCMP_ARCH_X86_64, 7);
    load_program(&p[1], SCMP_ARCH_AARCH64, 7);
    ask(&p[0], AUDIT_ARCH_X86_64, true);
    ask(&p[1], AUDIT_ARCH_AARCH64, false);
    for (size_t i = 0; i < sizeof(writing) / sizeof(writing[0]); i++)
        for (int k = 0; k < 2; k++) {
            struct seccomp_data d = {.nr = k ? writing[i].aarch64 : writing[i].x86_64,
                .arch = k ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64};
            if (d.nr < 0)
                continue;
            memcpy(d.args, writing[i].args, sizeof(writing[i].args));
            if (judge(&p[k], &d) != writing[i].answer)
                fail_msg("%s: %#x instead of %#x", writing[i].what, judge(&p[k], &d), writing[i].answer);
        }
}

/* Where connections are served: on what is there, and to nobody else. */
static void test_serving(void **state)
{
    static const struct {
        const char *what;
        int x86_64, aarch64;
        uint64_t args[5];
        uint32_t unserving, serving;
    } rows[] = {
        {"accept4", 288, 242, {5}, DENY, ALLOW},
        {"accept", 43, 202, {5}, DENY, DENY},
        {"recvfrom", 45, 207, {5}, DENY, ALLOW},
        {"recvmsg", 47, 212, {5}, DENY, ALLOW},
        {"recvmmsg", 299, 243, {5}, DENY, DENY},
        {"shutdown", 48, 210, {5, 2}, DENY, ALLOW},
        {"getpeername", 52, 205, {5}, DENY, ALLOW},
        {"sendto without an address", 44, 206, {5, 0x1000, 9, MSG_NOSIGNAL}, DENY, ALLOW},
        {"sendto an address", 44, 206, {5, 0x1000, 9, MSG_NOSIGNAL, 0x2000}, DENY, DENY},
        {"sendto a high address", 44, 206, {5, 0x1000, 9, 0, HIGH}, DENY, DENY},
        {"sendto that connects", 44, 206, {5, 0x1000, 9, MSG_FASTOPEN}, DENY, DENY},
        {"sendmsg", 46, 211, {5, 0x1000, MSG_NOSIGNAL}, DENY, ALLOW},
        {"sendmsg that connects", 46, 211, {5, 0x1000, MSG_NOSIGNAL | MSG_FASTOPEN}, DENY, DENY},
        {"setsockopt TCP_NODELAY", 54, 208, {5, IPPROTO_TCP, TCP_NODELAY}, DENY, ALLOW},
        {"setsockopt TCP_CORK", 54, 208, {5, IPPROTO_TCP, TCP_CORK}, DENY, ALLOW},
        {"setsockopt TCP_ULP", 54, 208, {5, IPPROTO_TCP, 31}, DENY, DENY},
        {"setsockopt of the socket", 54, 208, {5, SOL_SOCKET, TCP_NODELAY}, DENY, DENY},
        {"socket", 41, 198, {AF_INET, SOCK_STREAM}, DENY, DENY},
        {"socketpair", 53, 199, {AF_UNIX, SOCK_STREAM}, DENY, DENY},
        {"connect", 42, 203, {5}, DENY, DENY},
        {"bind", 49, 200, {5}, DENY, DENY},
        {"listen", 50, 201, {5, 1}, DENY, DENY},
        {"sendmmsg", 307, 269, {5}, DENY, DENY},
        {"sendfile", 40, 71, {5, 6}, DENY, DENY},
    };
    static struct program p[2][2];

    (void)state;
    for (int k = 0; k < 2; k++)
        for (int serves = 0; serves < 2; serves++) {
            load_serving(&p[k][serves], k ? SCMP_ARCH_AARCH64 : SCMP_ARCH_X86_64, 7, serves);
            ask(&p[k][serves], k ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64, !k);
        }
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        for (int k = 0; k < 4; k++) {
            const bool arm = k & 1, serves = k & 2;
            struct seccomp_data d = {.nr = arm ? rows[i].aarch64 : rows[i].x86_64,
                .arch = arm ? AUDIT_ARCH_AARCH64 : AUDIT_ARCH_X86_64};
            memcpy(d.args, rows[i].args, sizeof(rows[i].args));
            const uint32_t answer = judge(&p[arm][serves], &d);
            if (answer != (serves ? rows[i].serving : rows[i].unserving))
                fail_msg("%s, %s: %#x", rows[i].what, serves ? "serving" : "not serving", answer);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_x86_64),
        cmocka_unit_test(test_aarch64),
        cmocka_unit_test(test_signals_to_itself),
        cmocka_unit_test(test_serving),
        cmocka_unit_test(test_writing_through_one_directory),
    };

    return cmocka_run_group_tests_name("syscall_filter", tests, NULL, NULL);
}
