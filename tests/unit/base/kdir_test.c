/* SPDX-License-Identifier: MIT
 * Listing a directory in portions: everything once, also when it takes several; again from the start; and
 * what cannot be listed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/kdir.h"

#define FILES 3000 /* several portions */

static char directory[64];
static struct kdir dir;

static int setup(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    (void)snprintf(
        directory, sizeof directory, "%s/kdir_test_XXXXXX", tmp && strlen(tmp) < 32 ? tmp : "/tmp");
    return mkdtemp(directory) ? 0 : -1;
}

static int teardown(void **state)
{
    char path[128];

    (void)state;
    kdir_close(&dir);
    for (int i = 0; i < FILES; i++) {
        (void)snprintf(path, sizeof path, "%s/%d", directory, i);
        (void)unlink(path);
    }
    return rmdir(directory);
}

static void make(int files)
{
    char path[128];

    for (int i = 0; i < files; i++) {
        (void)snprintf(path, sizeof path, "%s/%d", directory, i);
        const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(fd >= 0);
        (void)close(fd);
    }
}

/* Lists to the end; each name must be one of the files, once. */
static int list(void)
{
    static bool seen[FILES];
    int n = 0, error = 7;

    memset(seen, 0, sizeof seen);
    for (const char *name; (name = kdir_next(&dir, &error)) != NULL; n++) {
        char *end;
        const long i = strtol(name, &end, 10);
        assert_true(*end == '\0' && i >= 0 && i < FILES && !seen[i]);
        seen[i] = true;
    }
    assert_int_equal(error, 0);
    return n;
}

static void every_name_once(void **state)
{
    (void)state;
    assert_int_equal(kdir_open(&dir, AT_FDCWD, directory), 0);
    assert_int_equal(list(), 0);
    make(FILES);
    assert_int_equal(kdir_rewind(&dir), 0);
    assert_int_equal(list(), FILES);
    assert_int_equal(list(), 0); /* at the end it stays */
    assert_int_equal(kdir_rewind(&dir), 0);
    assert_int_equal(list(), FILES);
    assert_true(dir.calls >= 10 && dir.calls < 20);
}

static void what_cannot_be_listed(void **state)
{
    char path[128];
    int error = 0;

    (void)state;
    make(1);
    (void)snprintf(path, sizeof path, "%s/0", directory);
    assert_int_equal(kdir_open(&dir, AT_FDCWD, path), -ENOTDIR);
    assert_int_equal(dir.fd, -1);
    assert_int_equal(kdir_open(&dir, AT_FDCWD, "/nonexistent"), -ENOENT);
    assert_null(kdir_next(&dir, &error));
    assert_int_equal(error, -EBADF);
    kdir_close(&dir); /* nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_name_once, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_listed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
