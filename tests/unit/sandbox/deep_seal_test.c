/* SPDX-License-Identifier: MIT
 * The deep sense's seal: against the table of forbidden attempts and a list of its own, as root and as
 * nobody; what is left of privileges; what must still work; and that it ends with its parent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <dirent.h>

#include "sandbox/attempts.h"
#include "sandbox/deep_seal.h"
#include "sealed_child.h"

#define RESULTS_MAX  256
#define TEXT_MAX     8192
#define MAX_FILES    100
#define WRITE_FD     9
#define PIPE_READ_FD 8

struct trial {
    bool wrong_parent;
    int sealed;
    struct deep_seal_report report;
    struct error error;
    int results[RESULTS_MAX];
    int more[RESULTS_MAX];
    char status[TEXT_MAX], limits[TEXT_MAX];
    uid_t owner; /* of its own files in /proc: root's when it is not dumpable */
    char fault[128];
};

static void read_text(const char *path, char *text)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);

    text[n > 0 ? n : 0] = '\0';
    (void)close(fd);
}

/* Everything that the deep sense lives from. */
static void check_what_must_work(struct trial *t)
{
    static char entries[4096] __attribute__((aligned(8)));
    struct pollfd ready = {.fd = PIPE_READ_FD, .events = POLLIN};
    const struct itimerval when = {.it_value = {.tv_sec = 100}};
    struct timespec now;
    struct stat st;
    char byte = 0;
    const char *fault = NULL;
    const int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int self = openat(proc, "self", O_PATH | O_DIRECTORY | O_CLOEXEC);
    const int file = openat(self, "stat", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (proc < 0 || self < 0 || file < 0)
        fault = "open";
    else if (getdents64(proc, entries, sizeof(entries)) <= 0 || lseek(proc, 0, SEEK_SET) != 0)
        fault = "list";
    else if (read(file, &byte, 1) != 1 || pread(file, &byte, 1, 0) != 1)
        fault = "read";
    else if (fstat(file, &st) != 0 || fstatat(self, "fd", &st, AT_SYMLINK_NOFOLLOW) != 0)
        fault = "look";
    else if (clock_gettime(CLOCK_BOOTTIME, &now) != 0 || setitimer(ITIMER_REAL, &when, NULL) != 0)
        fault = "time";
    else if (write(WRITE_FD, "x", 1) != 1 || poll(&ready, 1, 1000) != 1 || read(PIPE_READ_FD, &byte, 1) != 1)
        fault = "pipe";
    else if (close(file) != 0)
        fault = "close";
    if (fault)
        (void)snprintf(t->fault, sizeof(t->fault), "%s: %s", fault, strerror(errno));
}

static void seal_and_try(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;
    struct attempt_scene with_pipe = *scene;
    struct stat st;
    int ends[2];

    with_pipe.pipe_fd = WRITE_FD;
    if (pipe(ends) != 0 || dup2(ends[0], PIPE_READ_FD) < 0 || dup2(ends[1], WRITE_FD) < 0)
        _exit(1);
    t->sealed =
        deep_seal_apply(t->wrong_parent ? 1 : scene->process, WRITE_FD, MAX_FILES, &t->report, &t->error);
    if (t->sealed != 0)
        return;
    for (size_t i = 0; i < attempt_count; i++)
        t->results[i] = attempt_run(&attempts[i], scene);
    for (size_t i = 0; i < deep_attempt_count; i++)
        t->more[i] = attempt_run(&deep_attempts[i], &with_pipe);
    check_what_must_work(t);
    read_text("/proc/self/status", t->status);
    read_text("/proc/self/limits", t->limits);
    t->owner = stat("/proc/self/stat", &st) == 0 ? st.st_uid : (uid_t)-1;
    /* Not _exit(): before it AddressSanitizer asks for its signal stack, which the filter refuses. */
    (void)syscall(SYS_exit_group, 0);
}

/* NULL: this kernel gives no filter. */
static struct trial *run_trial(bool as_nobody, bool wrong_parent)
{
    struct trial *t = shared_memory(sizeof(*t));

    assert_true(attempt_count <= RESULTS_MAX && deep_attempt_count <= RESULTS_MAX);
    t->wrong_parent = wrong_parent;
    assert_true(ended_well(run_apart(as_nobody, seal_and_try, t)));
    if (!wrong_parent && t->sealed != 0) {
        assert_null(strstr(t->error.text, "is possible")); /* a filter that holds not is no reason to skip */
        print_message("# SKIP %s\n", t->error.text);
        return NULL;
    }
    return t;
}

static uint64_t number_after(const char *text, const char *key, int base)
{
    const char *p = strstr(text, key);

    assert_non_null(p);
    return strtoull(p + strlen(key), NULL, base);
}

static void check(bool as_nobody)
{
    const struct trial *t = run_trial(as_nobody, false);
    size_t wrong = 0;

    if (!t)
        return;
    for (size_t i = 0; i < attempt_count; i++)
        if (attempts[i].layer == ATTEMPT_SECCOMP && t->results[i] != -EPERM) {
            print_message(
                "# %s: %s\n", attempts[i].name, t->results[i] ? strerror(-t->results[i]) : "success");
            wrong++;
        }
    for (size_t i = 0; i < deep_attempt_count; i++)
        if (t->more[i] != -EPERM) {
            print_message(
                "# %s: %s\n", deep_attempts[i].name, t->more[i] ? strerror(-t->more[i]) : "success");
            wrong++;
        }
    assert_int_equal(wrong, 0);
    assert_string_equal(t->fault, "");
    assert_int_equal(number_after(t->status, "NoNewPrivs:", 10), 1);
    assert_int_equal(number_after(t->status, "Seccomp:", 10), 2);
    const uint64_t kept = UINT64_C(1) << CAP_SYS_PTRACE | UINT64_C(1) << CAP_DAC_READ_SEARCH;
    assert_int_equal(number_after(t->status, "CapEff:", 16) & ~kept, 0);
    assert_int_equal(number_after(t->status, "CapPrm:", 16) & ~kept, 0);
    assert_int_equal(number_after(t->status, "CapInh:", 16), 0);
    assert_int_equal(t->report.may_trace, (number_after(t->status, "CapEff:", 16) >> CAP_SYS_PTRACE) & 1);
    assert_int_equal(t->report.may_read, (number_after(t->status, "CapEff:", 16) >> CAP_DAC_READ_SEARCH) & 1);
    assert_int_equal(number_after(t->limits, "Max core file size", 10), 0);
    assert_int_equal(number_after(t->limits, "Max file size", 10), 0);
    assert_int_equal(number_after(t->limits, "Max processes", 10), 0);
    assert_true(number_after(t->limits, "Max open files", 10) <= MAX_FILES);
    if (as_nobody) {
        assert_false(t->report.may_trace || t->report.may_read);
        assert_int_equal(t->owner, 0); /* not dumpable: its files are root's */
    }
}

static void test_as_this_user(void **state)
{
    (void)state;
    check(false);
}

static void test_as_nobody(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("# SKIP only root can become nobody\n");
        return;
    }
    check(true);
}

static void test_another_parent_than_expected_is_refused(void **state)
{
    const struct trial *t = run_trial(false, true);

    (void)state;
    assert_int_equal(t->sealed, -ESRCH);
}

/* A sealed process that would wait for ever; its parent ends, and so does it. */
static void test_it_ends_with_its_parent(void **state)
{
    int life[2], ready[2];
    char byte;

    (void)state;
    assert_int_equal(pipe(life), 0);
    assert_int_equal(pipe(ready), 0);
    const pid_t parent = fork();
    if (parent == 0) {
        const pid_t outer = getpid();
        if (fork() == 0) {
            struct deep_seal_report report;
            (void)close(ready[0]);
            const char word = deep_seal_apply(outer, ready[1], MAX_FILES, &report, NULL) == 0 ? 'y' : 'n';
            (void)!write(ready[1], &word, 1);
            (void)poll(NULL, 0, 60000);
            _exit(0);
        }
        (void)poll(NULL, 0, 60000);
        _exit(0);
    }
    (void)close(life[1]);
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    if (byte != 'y')
        print_message("# SKIP this kernel gives no filter\n");
    (void)kill(parent, SIGKILL);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    struct pollfd end = {.fd = life[0], .events = POLLIN};
    assert_int_equal(poll(&end, 1, 5000), 1); /* every writer of life[1] is gone */
    assert_int_equal(read(life[0], &byte, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_this_user),
        cmocka_unit_test(test_as_nobody),
        cmocka_unit_test(test_another_parent_than_expected_is_refused),
        cmocka_unit_test(test_it_ends_with_its_parent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
