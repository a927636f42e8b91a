/* SPDX-License-Identifier: MIT
 * The seal's modes and its report, and what a sealed process can still do: what it had open, threads, memory,
 * waiting, signals to itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>

#include "sandbox/landlock.h"
#include "sandbox/seal.h"
#include "sealed_child.h"

#define FAULT_MAX 128

struct trial {
    enum seal_mode mode;
    int pretend_landlock_abi;
    bool with_a_thread;
    int sealed;
    struct seal_report report;
    struct error error;
    bool foreign_state; /* the state directory is another user's */
    uint64_t effective,
        others;            /* capabilities after the seal; others: those of the other sets that are not */
    char fault[FAULT_MAX]; /* "" = everything that must work works */
};

static const struct seal_rules plain_rules = {.read_paths = {"/proc", "/sys"}};

static void *wait_for_ever(void *argument)
{
    (void)argument;
    for (;;)
        pause();
    return NULL;
}

static void apply(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;
    struct seal_rules rules = plain_rules;
    pthread_t thread;

    (void)scene;
    rules.pretend_landlock_abi = t->pretend_landlock_abi;
    if (t->with_a_thread && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0)
        _exit(1);
    t->sealed = seal_apply(t->mode, &rules, &t->report, &t->error);
}

static bool seccomp_is_missing(void)
{
    struct trial *t = shared_memory(sizeof(*t));
    bool missing;

    t->mode = SEAL_AUTO;
    assert_true(ended_well(run_apart(false, apply, t)));
    missing = !t->report.seccomp;
    if (missing)
        print_message("# SKIP %s\n", t->report.missing);
    (void)munmap(t, sizeof(*t));
    return missing;
}

static void test_required_reports_all_layers(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    if (landlock_abi() < 1 || seccomp_is_missing())
        return;
    t->mode = SEAL_REQUIRED;
    assert_true(ended_well(run_apart(false, apply, t)));
    assert_int_equal(t->sealed, 0);
    assert_true(
        t->report.no_new_privileges && t->report.capabilities && t->report.landlock && t->report.seccomp);
    assert_in_range(t->report.landlock_abi, 1, LANDLOCK_ABI_MAX);
    assert_string_equal(t->report.missing, "");
}

static void test_without_landlock_auto_goes_on_and_required_does_not(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    if (seccomp_is_missing())
        return;
    t->pretend_landlock_abi = -1;
    t->mode = SEAL_AUTO;
    assert_true(ended_well(run_apart(false, apply, t)));
    assert_int_equal(t->sealed, 0);
    assert_false(t->report.landlock);
    assert_int_equal(t->report.landlock_abi, 0);
    assert_true(t->report.seccomp);
    assert_string_equal(t->report.missing, "landlock: not in this kernel");

    t->mode = SEAL_REQUIRED;
    assert_true(ended_well(run_apart(false, apply, t)));
    assert_int_equal(t->sealed, -ENOSYS);
    assert_int_equal(t->error.code, -ENOSYS);
    assert_string_equal(
        t->error.text, "the sandbox is required, but cannot be had: landlock: not in this kernel");
}

static void test_with_threads_landlock_is_missing(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    if (landlock_abi() < 1 || seccomp_is_missing())
        return;
    t->mode = SEAL_REQUIRED;
    t->with_a_thread = true;
    assert_true(ended_well(run_apart(false, apply, t)));
    assert_int_equal(t->sealed, -EPERM);
    assert_string_equal(t->report.missing, "landlock: other threads exist already");
    assert_true(t->report.seccomp); /* for all threads */
}

static void apply_off(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;

    t->sealed = seal_apply(SEAL_OFF, &plain_rules, &t->report, NULL);
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0 || openat(scene->directory_fd, "victim", O_RDWR) < 0)
        (void)snprintf(t->fault, sizeof(t->fault), "something is sealed");
}

static void test_off_does_nothing_and_says_so(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    assert_true(ended_well(run_apart(false, apply_off, t)));
    assert_int_equal(t->sealed, 0);
    assert_false(t->report.no_new_privileges || t->report.landlock || t->report.seccomp);
    assert_string_equal(t->report.missing, "everything: switched off");
    assert_string_equal(t->fault, "");
}

static void *count_in_a_thread(void *argument)
{
    char *big = calloc(1, 1 << 20); /* large enough for a mapping of its own */

    if (big)
        *(int *)argument = 1 + big[1 << 19];
    free(big);
    (void)pthread_setname_np(pthread_self(), "counter");
    return NULL;
}

/* Everything here must succeed; the first that does not is named. */
static void live_sealed(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;
    const struct timespec soon = {.tv_nsec = 1000000};
    const struct itimerspec once = {.it_value = {.tv_nsec = 1000000}};
    char path[sizeof(scene->directory) + 16], bytes[4096];
    struct rlimit limit;
    struct pollfd wait;
    pthread_t thread;
    uint64_t expired;
    int counted = 0, output, timer, fd;
    DIR *directory;

#define MUST(what, condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)snprintf(t->fault, sizeof(t->fault), "%s: %s", what, strerror(errno));                     \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)
    (void)snprintf(path, sizeof(path), "%s/created", scene->directory);
    output = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    MUST("open before", output >= 0);
    t->sealed = seal_apply(t->mode, &plain_rules, &t->report, &t->error);

    MUST("write to what was open", write(output, "t,value\n", 8) == 8 && fsync(output) == 0);
    MUST("close", close(output) == 0);
    fd = open("/proc/stat", O_RDONLY | O_CLOEXEC);
    MUST("open /proc/stat", fd >= 0);
    MUST("pread /proc/stat", pread(fd, bytes, sizeof(bytes), 0) > 0);
    MUST("close /proc/stat", close(fd) == 0);
    directory = opendir("/sys/devices/system/cpu");
    MUST("list /sys", directory && readdir(directory));
    (void)closedir(directory);
    MUST("start a thread", pthread_create(&thread, NULL, count_in_a_thread, &counted) == 0);
    MUST("join a thread", pthread_join(thread, NULL) == 0 && counted == 1);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    MUST("make a timer", timer >= 0 && timerfd_settime(timer, 0, &once, NULL) == 0);
    wait = (struct pollfd){.fd = timer, .events = POLLIN};
    MUST("wait for a timer", poll(&wait, 1, 1000) == 1 && read(timer, &expired, sizeof(expired)) == 8);
    MUST("sleep", nanosleep(&soon, NULL) == 0);
    MUST("ask for a limit", getrlimit(RLIMIT_CORE, &limit) == 0);
    MUST("core dumps are off", limit.rlim_cur == 0 && limit.rlim_max == 0);
    MUST("signal itself", kill(getpid(), 0) == 0 && raise(SIGCONT) == 0);
    MUST("count processors", sysconf(_SC_NPROCESSORS_ONLN) > 0);
#undef MUST
}

static void test_a_sealed_process_can_work(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    t->mode = SEAL_AUTO;
    assert_true(ended_well(run_apart(false, live_sealed, t)));
    assert_int_equal(t->sealed, 0);
    assert_string_equal(t->fault, "");
    if (geteuid() == 0) {
        assert_true(ended_well(run_apart(true, live_sealed, t)));
        assert_string_equal(t->fault, "");
    }
}

/* Everything that keeping a state file takes must succeed in that directory. */
static void keep_state(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;
    struct seal_rules rules = plain_rules;
    char bytes[16];
    int fd;

#define MUST(what, condition)                                                                                \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)snprintf(t->fault, sizeof(t->fault), "%s: %s", what, strerror(errno));                     \
            return;                                                                                          \
        }                                                                                                    \
    } while (0)
    rules.write_fd = scene->state_fd;
    rules.pretend_landlock_abi = t->pretend_landlock_abi;
    t->sealed = seal_apply(t->mode, &rules, &t->report, &t->error);
    for (int i = 0; i < 2; i++) { /* the second time there is something to replace */
        fd = openat(scene->state_fd, "kept.new", O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
        MUST("create", fd >= 0);
        MUST("write", write(fd, "state\n", 6) == 6 && fsync(fd) == 0 && close(fd) == 0);
        MUST("rename", renameat(scene->state_fd, "kept.new", scene->state_fd, "kept") == 0);
        MUST("sync the directory", fsync(scene->state_fd) == 0);
    }
    fd = openat(scene->state_fd, "kept", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    MUST("read back", fd >= 0 && read(fd, bytes, sizeof(bytes)) == 6 && close(fd) == 0);
    MUST("remove", unlinkat(scene->state_fd, "kept", 0) == 0);
#undef MUST
}

static void test_a_state_directory_stays_writable(void **state)
{
    (void)state;
    for (int abi = -1; abi <= LANDLOCK_ABI_MAX && abi <= landlock_abi(); abi++) {
        struct trial *t = shared_memory(sizeof(*t));
        t->mode = SEAL_AUTO;
        t->pretend_landlock_abi = abi;
        assert_true(ended_well(run_apart(geteuid() == 0 && abi % 2 == 0, keep_state, t)));
        assert_int_equal(t->sealed, 0);
        assert_string_equal(t->fault, "");
        assert_true(t->report.writes);
        (void)munmap(t, sizeof(*t));
    }
}

static uint64_t own_capabilities(const char *key)
{
    static char bytes[8192];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, bytes, sizeof(bytes) - 1);

    bytes[n > 0 ? n : 0] = '\0';
    const char *at = strstr(bytes, key);
    return at ? strtoull(at + strlen(key), NULL, 16) : UINT64_MAX;
}

static void seal_and_count_capabilities(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;
    struct seal_rules rules = plain_rules;

    if (t->foreign_state && fchown(scene->state_fd, NOBODY_ID, NOBODY_ID) != 0)
        _exit(1);
    rules.write_fd = t->foreign_state ? scene->state_fd : 0;
    t->sealed = seal_apply(t->mode, &rules, &t->report, &t->error);
    t->effective = own_capabilities("CapEff:");
    t->others = own_capabilities("CapPrm:") & ~t->effective;
    t->others |= own_capabilities("CapInh:") | own_capabilities("CapAmb:");
    t->others |= own_capabilities("CapBnd:") & ~t->effective;
}

/* Root keeps what reading takes, and what it needs to write in the state directory that it was given. */
static void test_of_capabilities_only_reading_is_left(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    if (geteuid() != 0) {
        print_message("# SKIP not root\n");
        return;
    }
    t->mode = SEAL_AUTO;
    assert_true(ended_well(run_apart(false, seal_and_count_capabilities, t)));
    assert_true(t->report.capabilities);
    assert_int_equal(t->effective & ~(UINT64_C(1) << CAP_DAC_READ_SEARCH), 0);
    assert_int_equal(t->others, 0);

    t->foreign_state = true;
    assert_true(ended_well(run_apart(false, seal_and_count_capabilities, t)));
    assert_int_equal(
        t->effective & ~(UINT64_C(1) << CAP_DAC_READ_SEARCH | UINT64_C(1) << CAP_DAC_OVERRIDE), 0);
    assert_int_equal(t->others, 0);

    t->foreign_state = false;
    assert_true(ended_well(run_apart(true, seal_and_count_capabilities, t)));
    assert_true(t->report.capabilities);
    assert_int_equal(t->effective, 0);
}

static void seal_and_abort(void *argument, const struct attempt_scene *scene)
{
    apply(argument, scene);
    abort();
}

static void test_a_sealed_process_can_abort(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));
    int status;

    (void)state;
    t->mode = SEAL_AUTO;
    status = run_apart(false, seal_and_abort, t);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_false(WCOREDUMP(status));
}

static void seal_and_look(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;

    apply(argument, scene);
    /* The filter refuses the question, so the answer comes from the kernel: what is not dumpable belongs to
     * root below /proc. */
    if (open("/proc/self/io", O_RDONLY) >= 0)
        (void)snprintf(t->fault, sizeof(t->fault), "still dumpable");
}

static void test_a_sealed_process_is_not_dumpable(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));

    (void)state;
    t->mode = SEAL_AUTO;
    if (geteuid() == 0) {
        assert_true(ended_well(run_apart(true, seal_and_look, t)));
    } else {
        assert_true(ended_well(run_apart(false, seal_and_look, t)));
    }
    assert_string_equal(t->fault, "");
}

#ifdef __x86_64__
static void seal_and_call_another_abi(void *argument, const struct attempt_scene *scene)
{
    long r;

    apply(argument, scene);
    /* getpid of the 32-bit table (20) would be writev in ours: numbers alone must not be trusted. */
    __asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    (void)r;
}

static void test_a_call_of_another_abi_kills(void **state)
{
    struct trial *t = shared_memory(sizeof(*t));
    int status;

    (void)state;
    if (seccomp_is_missing())
        return;
    t->mode = SEAL_AUTO;
    status = run_apart(false, seal_and_call_another_abi, t);
    assert_true(WIFSIGNALED(status));
    if (WTERMSIG(status) == SIGSEGV)
        print_message("# this kernel has no 32-bit system calls at all\n");
    else
        assert_int_equal(WTERMSIG(status), SIGSYS);
}
#endif

static void test_the_option_row_names_the_modes(void **state)
{
    const struct option_row *row = &seal_option_rows[0];

    (void)state;
    assert_int_equal(seal_option_count, 1);
    assert_string_equal(row->key, "sandbox");
    assert_string_equal(row->choices[SEAL_REQUIRED], "required");
    assert_string_equal(row->choices[SEAL_AUTO], "auto");
    assert_string_equal(row->choices[SEAL_OFF], "off");
    assert_null(row->choices[SEAL_OFF + 1]);
    assert_string_equal(row->fallback, "auto");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_required_reports_all_layers),
        cmocka_unit_test(test_without_landlock_auto_goes_on_and_required_does_not),
        cmocka_unit_test(test_with_threads_landlock_is_missing),
        cmocka_unit_test(test_off_does_nothing_and_says_so),
        cmocka_unit_test(test_a_sealed_process_can_work),
        cmocka_unit_test(test_a_state_directory_stays_writable),
        cmocka_unit_test(test_of_capabilities_only_reading_is_left),
        cmocka_unit_test(test_a_sealed_process_can_abort),
        cmocka_unit_test(test_a_sealed_process_is_not_dumpable),
#ifdef __x86_64__
        cmocka_unit_test(test_a_call_of_another_abi_kills),
#endif
        cmocka_unit_test(test_the_option_row_names_the_modes),
    };

    return cmocka_run_group_tests_name("seal", tests, NULL, NULL);
}
