/* SPDX-License-Identifier: MIT
 * Each call that writes a snapshot fails once, with a full disk and with a broken one: the answer is the
 * call's, the snapshot before it or (when only the sync of the directory failed) the new one is there, whole,
 * nothing is left beside it, and the next writing succeeds. */
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

#include "state/snapshot_file.h"
#include "state_calls.h"

static int dir_fd;

static int put(const char *text)
{
    const struct snapshot_head head = {.time_ns = 1767225600000000000, .label = "host a"};
    return snapshot_file_write(dir_fd, &head, (const uint8_t *)text, strlen(text));
}

static bool holds(const char *text)
{
    struct snapshot_image i;

    if (snapshot_file_read(dir_fd, "host a", &i, NULL) != 0)
        return false;
    bool same = i.body_size == strlen(text) && memcmp(i.body, text, strlen(text)) == 0;
    snapshot_image_free(&i);
    return same;
}

/* Returns how many calls of the kind one writing makes. */
static unsigned fail_each(enum call_kind kind, int code)
{
    for (unsigned n = 1;; n++) {
        assert_int_equal(put("old"), 0);
        (void)calls_fail(kind, n, 1, code);
        int r = put("new");
        if (calls_fail(kind, 0, 0, 0) == 0) {
            assert_int_equal(r, 0);
            return n - 1;
        }
        assert_int_equal(r, -code);
        assert_true(holds("old") || (kind == CALL_SYNC && n == 2 && holds("new")));
        assert_int_equal(faccessat(dir_fd, SNAPSHOT_FILE_NAME ".new", F_OK, 0), -1);
        assert_int_equal(put("mended"), 0);
        assert_true(holds("mended"));
    }
}

static void each_call_fails(void **state)
{
    static const int codes[] = {ENOSPC, EIO, EDQUOT, EROFS};
    char directory[] = "/tmp/coherence-state-XXXXXX";

    (void)state;
    calls_init();
    assert_non_null(mkdtemp(directory));
    dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(dir_fd >= 0);
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_int_equal(fail_each(CALL_OPEN, codes[i]), 1);
        assert_true(fail_each(CALL_WRITE, codes[i]) >= 1);
        assert_int_equal(fail_each(CALL_SYNC, codes[i]), 2); /* the file and its directory */
        assert_int_equal(fail_each(CALL_RENAME, codes[i]), 1);
    }
    (void)unlinkat(dir_fd, SNAPSHOT_FILE_NAME, 0);
    (void)close(dir_fd);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_call_fails)};
    return cmocka_run_group_tests_name("snapshot_fault", tests, NULL, NULL);
}
