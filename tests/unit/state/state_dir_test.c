/* SPDX-License-Identifier: MIT
 * The state directory: made when it is missing, held by one process, refused with a reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "state/state_dir.h"

static char parent[] = "/tmp/coherence-state-XXXXXX";
static char path[64], lock[80];

static int set_up(void **state)
{
    (void)state;
    strcpy(parent + sizeof(parent) - 7, "XXXXXX");
    if (!mkdtemp(parent))
        return -1;
    snprintf(path, sizeof(path), "%s/state", parent);
    snprintf(lock, sizeof(lock), "%s/lock", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(lock);
    (void)rmdir(path);
    (void)unlink(path);
    return rmdir(parent);
}

static void test_it_is_made_and_locked(void **state)
{
    struct state_dir d, second;
    struct error e;
    struct stat st;
    char expected[256];

    (void)state;
    assert_int_equal(state_dir_open(&d, path, &e), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(stat(lock, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* flock belongs to the opening, so a second one in the same process is refused too. */
    assert_int_equal(state_dir_open(&second, path, &e), -EWOULDBLOCK);
    assert_true(second.fd < 0 && second.lock_fd < 0);
    snprintf(expected, sizeof(expected),
        "the state in '%s' is in use by process %ld; give each its own state_dir", path, (long)getpid());
    assert_string_equal(e.text, expected);
    state_dir_close(&d);
    assert_int_equal(state_dir_open(&d, path, &e), 0);
    state_dir_close(&d);
}

static void test_the_lock_ends_with_the_process(void **state)
{
    struct state_dir d;
    struct error e;
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0)
        _exit(state_dir_open(&d, path, NULL) == 0 ? 0 : 1); /* neither closed nor freed */
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_int_equal(state_dir_open(&d, path, &e), 0);
    state_dir_close(&d);
}

static void test_what_cannot_be_used_is_refused_with_a_reason(void **state)
{
    struct state_dir d;
    struct error e;
    char deep[96];

    (void)state;
    snprintf(deep, sizeof(deep), "%s/no/where", parent);
    assert_int_equal(state_dir_open(&d, deep, &e), -ENOENT);
    assert_non_null(strstr(e.text, "cannot make the state directory"));
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    assert_int_equal(state_dir_open(&d, path, &e), -ENOTDIR);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(symlink("/etc/passwd", lock), 0);
    assert_int_equal(state_dir_open(&d, path, &e), -ELOOP);
    assert_non_null(strstr(e.text, "make it writable"));
}

/* tmpfs and the others count a directory's names: a removed one has none. */
static void test_what_becomes_of_it_is_seen(void **state)
{
    struct state_dir d;
    struct error e;
    char aside[96];

    (void)state;
    snprintf(aside, sizeof(aside), "%s/aside", parent);
    assert_int_equal(state_dir_open(&d, path, &e), 0);
    assert_int_equal(state_dir_fate(&d), STATE_DIR_THERE);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(state_dir_fate(&d), STATE_DIR_MOVED);
    assert_int_equal(mkdir(path, 0700), 0); /* another one in its place */
    assert_int_equal(state_dir_fate(&d), STATE_DIR_MOVED);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(rename(aside, path), 0);
    assert_int_equal(state_dir_fate(&d), STATE_DIR_THERE);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(rmdir(path), 0);
    assert_int_equal(state_dir_fate(&d), STATE_DIR_REMOVED);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(state_dir_fate(&d), STATE_DIR_REMOVED);
    state_dir_close(&d);
}

static void test_a_lock_that_was_removed_is_taken_again(void **state)
{
    struct state_dir d, second;
    struct error e;

    (void)state;
    assert_int_equal(state_dir_open(&d, path, &e), 0);
    assert_int_equal(state_dir_relock(&d, &e), 0);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(state_dir_relock(&d, &e), 1);
    assert_int_equal(state_dir_relock(&d, &e), 0);
    assert_int_equal(state_dir_open(&second, path, &e), -EWOULDBLOCK);
    /* Who came in between has it, until it ends. */
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(state_dir_open(&second, path, &e), 0);
    assert_int_equal(state_dir_relock(&d, &e), -EWOULDBLOCK);
    state_dir_close(&second);
    assert_int_equal(unlink(lock), 0);
    assert_int_equal(state_dir_relock(&d, &e), 1);
    state_dir_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_is_made_and_locked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_lock_ends_with_the_process, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_used_is_refused_with_a_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_becomes_of_it_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_lock_that_was_removed_is_taken_again, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("state_dir", tests, NULL, NULL);
}
