/* SPDX-License-Identifier: MIT
 * The seal against the table of forbidden attempts: every row, as root and as nobody, with every Landlock ABI
 * and with none; and without the seal, to see that the rows can tell the difference. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "sandbox/attempts.h"
#include "sandbox/landlock.h"
#include "sandbox/seal.h"
#include "sealed_child.h"

#define RESULTS_MAX 256

enum { WRITES = 1, SERVES = 2 };

struct trial {
    enum seal_mode mode;
    int pretend_landlock_abi;
    bool writes; /* the scene's state directory may be written */
    bool serves; /* connections may be accepted */
    int sealed;  /* what seal_apply returned */
    struct seal_report report;
    int results[RESULTS_MAX];
};

static void try_everything(void *argument, const struct attempt_scene *scene)
{
    struct trial *t = argument;
    const struct seal_rules rules = {.read_paths = {"/proc", "/sys"},
        .write_fd = t->writes ? scene->state_fd : 0,
        .serves = t->serves,
        .pretend_landlock_abi = t->pretend_landlock_abi};

    t->sealed = seal_apply(t->mode, &rules, &t->report, NULL);
    for (size_t i = 0; i < attempt_count; i++)
        t->results[i] = attempt_run(&attempts[i], scene);
}

static struct trial *run_trial(bool as_nobody, enum seal_mode mode, int pretend_landlock_abi, unsigned scope)
{
    struct trial *t = shared_memory(sizeof(*t));

    assert_true(attempt_count <= RESULTS_MAX);
    t->mode = mode;
    t->writes = scope & WRITES;
    t->serves = scope & SERVES;
    t->pretend_landlock_abi = pretend_landlock_abi;
    assert_true(ended_well(run_apart(as_nobody, try_everything, t)));
    return t;
}

/* Every row whose layer is in force must be answered with exactly the errno that the table names. */
static void check_refusals(const struct trial *t)
{
    size_t wrong = 0;

    for (size_t i = 0; i < attempt_count; i++)
        if (attempt_is_covered(&attempts[i], &t->report) &&
            t->results[i] != -attempt_refusal(&attempts[i], &t->report)) {
            print_message("# %s: expected %s, got %s\n", attempts[i].name,
                strerror(attempt_refusal(&attempts[i], &t->report)),
                t->results[i] ? strerror(-t->results[i]) : "success");
            wrong++;
        }
    assert_int_equal(wrong, 0);
}

static void check_seal(bool as_nobody, unsigned scope)
{
    int kernel_abi = landlock_abi();

    for (int abi = -1; abi <= LANDLOCK_ABI_MAX; abi++) {
        struct trial *t;

        if (abi > kernel_abi) {
            print_message("# SKIP Landlock ABI %d and above: this kernel has %d\n", abi, kernel_abi);
            break;
        }
        t = run_trial(as_nobody, SEAL_AUTO, abi, scope);
        assert_int_equal(t->sealed, 0);
        if (!t->report.seccomp) {
            print_message("# SKIP seccomp: %s\n", t->report.missing);
            return;
        }
        assert_true(t->report.no_new_privileges);
        if (abi > 0)
            assert_int_equal(t->report.landlock_abi, abi);
        assert_int_equal(t->report.landlock, abi >= 0 && kernel_abi > 0);
        check_refusals(t);
        (void)munmap(t, sizeof(*t));
    }
}

static void test_root_is_refused_everything(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("# SKIP not root\n");
        return;
    }
    for (unsigned scope = 0; scope <= (WRITES | SERVES); scope++)
        check_seal(false, scope);
}

/* What serving opens, and nothing beside it. */
static void test_serving_opens_what_is_marked(void **state)
{
    struct trial *t = run_trial(geteuid() == 0, SEAL_AUTO, 0, SERVES);
    size_t opened = 0;

    (void)state;
    if (!t->report.seccomp) {
        print_message("# SKIP seccomp: %s\n", t->report.missing);
        return;
    }
    for (size_t i = 0; i < attempt_count; i++)
        if (attempts[i].not_serving) {
            if (attempt_is_refused(t->results[i]))
                fail_msg("refused: %s", attempts[i].name);
            opened++;
        }
    assert_int_equal(opened, 8);
}

static void test_an_ordinary_user_is_refused_everything(void **state)
{
    (void)state;
    for (unsigned scope = 0; scope <= (WRITES | SERVES); scope++)
        check_seal(geteuid() == 0, scope);
}

/* Rows that a kernel or a container may refuse of itself, even to root: then the row proves nothing there,
 * and says so. */
static const char *const refused_anyway[] = {
    "handle page faults",                       /* vm.unprivileged_userfaultfd, CONFIG_USERFAULTFD */
    "use the kernel's key ring",                /* CONFIG_KEYS */
    "submit work by io_uring",                  /* kernel.io_uring_disabled */
    "load a BPF program",                       /* kernel.unprivileged_bpf_disabled */
    "load a kernel module",                     /* CONFIG_MODULES */
    "swap to a file",                           /* CONFIG_SWAP */
    "start a process in a user namespace",      /* kernel.unprivileged_userns_clone */
    "type into the terminal",                   /* dev.tty.legacy_tiocsti */
    "open a kernel setting for writing",        /* /proc/sys mounted read-only is EROFS, masked is EACCES */
    "read the memory of a process by its file", /* Yama, hidepid */
    "open a descriptor of a process",           /* Yama, hidepid */
    "open a control group's processes for writing", /* /sys/fs/cgroup mounted read-only, or delegated */
    "read the environment of a process",            /* Yama, hidepid, and what follows likewise */
    "read the memory map of a process", "look into the root directory of a process",
    "open the program of a process", "make a device", /* CAP_MKNOD taken away */
    "read a disk",                                    /* the device controller of a container */
    "open a performance counter",                     /* kernel.perf_event_paranoid */
};

static bool may_be_refused_anyway(const char *name)
{
    for (size_t i = 0; i < sizeof(refused_anyway) / sizeof(refused_anyway[0]); i++)
        if (strcmp(refused_anyway[i], name) == 0)
            return true;
    return false;
}

static void test_without_the_seal_the_attempts_are_possible(void **state)
{
    struct trial *t;
    size_t wrong = 0;

    (void)state;
    if (geteuid() != 0) {
        print_message("# SKIP not root: much is refused to ordinary users anyway\n");
        return;
    }
    t = run_trial(false, SEAL_OFF, 0, WRITES | SERVES);
    assert_false(t->report.seccomp);
    for (size_t i = 0; i < attempt_count; i++)
        if (attempt_is_refused(t->results[i])) {
            print_message(
                "# refused without the seal: %s (%s)\n", attempts[i].name, strerror(-t->results[i]));
            wrong += !may_be_refused_anyway(attempts[i].name);
        }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_root_is_refused_everything),
        cmocka_unit_test(test_serving_opens_what_is_marked),
        cmocka_unit_test(test_an_ordinary_user_is_refused_everything),
        cmocka_unit_test(test_without_the_seal_the_attempts_are_possible),
    };

    return cmocka_run_group_tests_name("attempts", tests, NULL, NULL);
}
