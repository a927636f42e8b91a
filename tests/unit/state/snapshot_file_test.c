/* SPDX-License-Identifier: MIT
 * The snapshot file: what was written is read; what was damaged in any byte, cut anywhere, made by another
 * version or for another host is refused by name; a write that fails leaves the old one; files that are set
 * aside are few. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "state/snapshot_file.h"
#include "state/snapshot_writer.h"

static char directory[] = "/tmp/coherence-state-XXXXXX";
static int dir_fd = -1;
static const struct snapshot_head head = {.time_ns = 1767225600000000123, .label = "host a"};

static int set_up(void **state)
{
    (void)state;
    strcpy(directory + sizeof(directory) - 7, "XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    (void)state;
    DIR *d = opendir(directory);
    for (struct dirent *e; d && (e = readdir(d));)
        (void)unlinkat(dir_fd, e->d_name, 0);
    if (d)
        closedir(d);
    (void)close(dir_fd);
    return rmdir(directory);
}

static void put(const char *text)
{
    assert_int_equal(snapshot_file_write(dir_fd, &head, (const uint8_t *)text, strlen(text)), 0);
}

static void assert_holds(const char *text)
{
    struct snapshot_image i;
    struct error e = {0};
    assert_int_equal(snapshot_file_read(dir_fd, "host a", &i, &e), 0);
    assert_int_equal(i.body_size, strlen(text));
    assert_memory_equal(i.body, text, strlen(text));
    assert_true(i.head.time_ns == head.time_ns);
    assert_string_equal(i.head.label, "host a");
    snapshot_image_free(&i);
}

static bool exists(const char *name)
{
    return faccessat(dir_fd, name, F_OK, 0) == 0;
}

static size_t slurp(uint8_t *out, size_t size)
{
    int fd = openat(dir_fd, SNAPSHOT_FILE_NAME, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, out, size);
    assert_true(fd >= 0 && n > 0);
    (void)close(fd);
    return (size_t)n;
}

static void test_what_was_written_is_read(void **state)
{
    struct snapshot_image i;
    struct error e;
    struct stat st;

    (void)state;
    assert_int_equal(snapshot_file_read(dir_fd, "host a", &i, &e), -ENOENT);
    put("first");
    assert_holds("first");
    put("second and longer");
    assert_holds("second and longer");
    put("");
    assert_holds("");
    assert_false(exists("snapshot.new"));
    assert_int_equal(fstatat(dir_fd, SNAPSHOT_FILE_NAME, &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

/* Computed by Python: the head by struct.pack, the sum by lzma's CRC-64 as an .xz file of these bytes made
 * with check=CRC64 carries it. */
static void test_the_layout_is_as_documented(void **state)
{
    uint8_t bytes[256];

    (void)state;
    put("body");
    size_t n = slurp(bytes, sizeof(bytes));
    static const uint8_t expected[] = {'C', 'O', 'H', 'E', 'S', 'N', 'A', 'P', 1, 0, 0, 0, 6, 0, 0, 0, 0x7b,
        0x00, 0xfa, 0xed, 0x51, 0x72, 0x86, 0x18, 4, 0, 0, 0, 0, 0, 0, 0, 'h', 'o', 's', 't', ' ', 'a', 'b',
        'o', 'd', 'y', 0x3c, 0xb7, 0xc5, 0x6e, 0x05, 0x93, 0x1a, 0x33};
    assert_int_equal(n, sizeof(expected));
    assert_memory_equal(bytes, expected, n);
}

static void test_every_changed_byte_and_every_cut_is_seen(void **state)
{
    uint8_t bytes[256];
    struct snapshot_image i;
    struct error e;

    (void)state;
    put("a body of some bytes");
    size_t n = slurp(bytes, sizeof(bytes));
    assert_int_equal(snapshot_file_parse(bytes, n, "host a", &i, &e), 0);
    for (size_t at = 0; at < n; at++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1U << bit);
            int r = snapshot_file_parse(bytes, n, "host a", &i, &e);
            assert_int_equal(r, at >= 8 && at < 12 ? -EPROTO : -EBADMSG);
            bytes[at] ^= (uint8_t)(1U << bit);
        }
    for (size_t k = 0; k < n; k++) {
        uint8_t *exact = malloc(k ? k : 1);
        memcpy(exact, bytes, k);
        assert_int_equal(snapshot_file_parse(exact, k, "host a", &i, &e), -EBADMSG);
        free(exact);
    }
    bytes[n] = 0;
    assert_int_equal(snapshot_file_parse(bytes, n + 1, "host a", &i, &e), -EBADMSG);
}

static void test_another_host_is_told_by_name(void **state)
{
    struct snapshot_image i;
    struct error e;

    (void)state;
    put("x");
    assert_int_equal(snapshot_file_read(dir_fd, "host b", &i, &e), -ESTALE);
    assert_string_equal(e.text, "it is of 'host a', not of 'host b'");
}

static void test_what_is_no_plain_file_is_not_read(void **state)
{
    struct snapshot_image i;
    struct error e;

    (void)state;
    assert_int_equal(mkfifoat(dir_fd, SNAPSHOT_FILE_NAME, 0600), 0);
    assert_int_equal(snapshot_file_read(dir_fd, "host a", &i, &e), -EBADMSG); /* and does not hang */
    assert_int_equal(unlinkat(dir_fd, SNAPSHOT_FILE_NAME, 0), 0);
    assert_int_equal(symlinkat("/etc/passwd", dir_fd, SNAPSHOT_FILE_NAME), 0);
    assert_int_equal(snapshot_file_read(dir_fd, "host a", &i, &e), -ELOOP);
    /* A link in the way of the new file is not followed either. */
    assert_int_equal(symlinkat("elsewhere", dir_fd, "snapshot.new"), 0);
    assert_int_equal(snapshot_file_write(dir_fd, &head, (const uint8_t *)"x", 1), -ELOOP);
    assert_false(exists("elsewhere"));
}

/* A disk that fills up, played by a limit on the size of files. */
static void test_a_write_that_fails_leaves_the_old_one(void **state)
{
    struct rlimit before, small = {100, RLIM_INFINITY};
    uint8_t body[4096] = {0};

    (void)state;
    put("old");
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    int r = snapshot_file_write(dir_fd, &head, body, sizeof(body));
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(r, -EFBIG);
    assert_false(exists("snapshot.new"));
    assert_holds("old");
    /* Half a file that a killed process left is no obstacle. */
    int fd = openat(dir_fd, "snapshot.new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "COHESNAPhalf", 12), 12);
    (void)close(fd);
    assert_holds("old");
    put("new");
    assert_holds("new");
    assert_false(exists("snapshot.new"));
}

static void test_few_are_kept_aside(void **state)
{
    char name[64], expected[64], found[8] = {0};

    (void)state;
    for (char k = '1'; k <= '5'; k++) {
        const char body[2] = {k, 0};
        put(body);
        assert_int_equal(snapshot_file_set_aside(dir_fd, "damaged", name), 0);
        assert_string_equal(name, "snapshot.damaged-1");
        assert_false(exists(SNAPSHOT_FILE_NAME));
    }
    for (int i = 1; i <= 3; i++) {
        snprintf(expected, sizeof(expected), "snapshot.damaged-%d", i);
        assert_int_equal(renameat(dir_fd, expected, dir_fd, SNAPSHOT_FILE_NAME), 0);
        snprintf(found, sizeof(found), "%d", 6 - i); /* the newest is number 1 */
        assert_holds(found);
    }
    assert_false(exists("snapshot.damaged-4"));
    assert_int_equal(unlinkat(dir_fd, SNAPSHOT_FILE_NAME, 0), 0);
    assert_int_equal(snapshot_file_set_aside(dir_fd, "foreign", name), -ENOENT);
}

static void test_a_thread_writes_and_is_asked_later(void **state)
{
    struct snapshot_writer w;
    int result = 1;

    (void)state;
    snapshot_writer_init(&w, dir_fd);
    assert_false(snapshot_writer_take(&w, true, &result));
    for (int i = 0; i < 20; i++) {
        snapshot_writer_start(&w, &head, (const uint8_t *)"threaded", 8);
        while (!snapshot_writer_take(&w, i % 2 == 0, &result))
            ;
        assert_int_equal(result, 0);
        assert_false(snapshot_writer_take(&w, true, &result));
    }
    assert_holds("threaded");
    snapshot_writer_init(&w, -1);
    snapshot_writer_start(&w, &head, (const uint8_t *)"x", 1);
    assert_true(snapshot_writer_take(&w, true, &result));
    assert_int_equal(result, -EBADF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_was_written_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_layout_is_as_documented, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_changed_byte_and_every_cut_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_another_host_is_told_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_no_plain_file_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_write_that_fails_leaves_the_old_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_few_are_kept_aside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_thread_writes_and_is_asked_later, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("snapshot_file", tests, NULL, NULL);
}
