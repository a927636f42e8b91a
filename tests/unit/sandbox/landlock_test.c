/* SPDX-License-Identifier: MIT
 * Landlock without seccomp before it: which rights each ABI takes away, and that reading below the listed
 * trees is all that is left. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "sandbox/landlock.h"
#include "sealed_child.h"

struct findings {
    int abi;
    int restricted;
    int write, make, remove, shrink, read_outside, read_proc, list_proc, read_listed_file, write_listed_file,
        read_open;
    int connect, bind, signal;
};

static int result(int r)
{
    return r < 0 ? -errno : 0;
}

static int tcp(int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(1)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    return fd < 0 ? -errno : result(call(fd, (const struct sockaddr *)&a, sizeof(a)));
}

static void look_around(void *argument, const struct attempt_scene *scene)
{
    struct findings *f = argument;
    char listed[sizeof(scene->victim) + 16], byte;
    const char *paths[] = {"/proc", listed, NULL, "/nowhere/at/all"};

    (void)snprintf(listed, sizeof(listed), "%s/rename-me", scene->directory);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    f->restricted = landlock_restrict(f->abi,
        &(struct landlock_plan){.read_paths = paths, .n_paths = sizeof(paths) / sizeof(paths[0])}, NULL);
    f->write = result(openat(scene->directory_fd, "victim", O_WRONLY));
    f->make = result(mkdirat(scene->directory_fd, "made", 0700));
    f->remove = result(unlinkat(scene->directory_fd, "unlink-me", 0));
    f->shrink = result(truncate(scene->victim, 0));
    f->read_outside = result(openat(scene->directory_fd, "victim", O_RDONLY));
    f->read_proc = result(open("/proc/self/stat", O_RDONLY));
    f->list_proc = result(open("/proc", O_RDONLY | O_DIRECTORY));
    f->read_listed_file = result(open(listed, O_RDONLY));
    f->write_listed_file = result(open(listed, O_WRONLY));
    f->read_open = result((int)pread(scene->victim_fd, &byte, 1, 0));
    f->connect = tcp(connect);
    f->bind = tcp(bind);
    f->signal = result(kill(scene->process, 0));
}

static void check_abi(int abi, bool as_nobody)
{
    struct findings *f = shared_memory(sizeof(*f));

    f->abi = abi;
    assert_true(ended_well(run_apart(as_nobody, look_around, f)));
    assert_int_equal(f->restricted, 0);
    assert_int_equal(f->write, -EACCES);
    assert_int_equal(f->make, -EACCES);
    assert_int_equal(f->remove, -EACCES);
    assert_int_equal(f->shrink, abi >= 3 ? -EACCES : 0);
    assert_int_equal(f->read_outside, -EACCES);
    assert_int_equal(f->read_proc, 0);
    assert_int_equal(f->list_proc, 0);
    assert_int_equal(f->read_listed_file, 0);
    assert_int_equal(f->write_listed_file, -EACCES);
    assert_int_equal(f->read_open, 0);
    /* Without the right nobody listens on port 1, and only root may bind it. */
    assert_int_equal(f->connect, abi >= 4 ? -EACCES : -ECONNREFUSED);
    if (abi >= 4)
        assert_int_equal(f->bind, -EACCES);
    else
        assert_int_equal(f->bind, as_nobody || geteuid() != 0 ? -EACCES : 0);
    assert_int_equal(f->signal, abi >= 6 ? -EPERM : 0);
    (void)munmap(f, sizeof(*f));
}

static void test_each_abi_takes_its_rights_away(void **state)
{
    int kernel_abi = landlock_abi();

    (void)state;
    if (kernel_abi < 1) {
        print_message("# SKIP this kernel has no Landlock: %s\n", strerror(-kernel_abi));
        return;
    }
    for (int abi = 1; abi <= LANDLOCK_ABI_MAX; abi++) {
        if (abi > kernel_abi) {
            print_message("# SKIP Landlock ABI %d and above: this kernel has %d\n", abi, kernel_abi);
            break;
        }
        check_abi(abi, false);
        if (geteuid() == 0)
            check_abi(abi, true);
    }
}

static void test_an_unknown_abi_is_refused(void **state)
{
    struct error e = {0};

    (void)state;
    assert_int_equal(landlock_restrict(0, &(struct landlock_plan){.n_paths = 0}, &e), -EINVAL);
    assert_int_equal(
        landlock_restrict(LANDLOCK_ABI_MAX + 1, &(struct landlock_plan){.n_paths = 0}, &e), -EINVAL);
    assert_string_equal(e.text, "no Landlock ABI 8 is known");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_abi_takes_its_rights_away),
        cmocka_unit_test(test_an_unknown_abi_is_refused),
    };

    return cmocka_run_group_tests_name("landlock", tests, NULL, NULL);
}
