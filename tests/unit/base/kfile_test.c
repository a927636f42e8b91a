/* SPDX-License-Identifier: MIT
 * The reader of kernel files: files larger than the buffer, files that come in pieces, and the errors that
 * kernels give. What the kernel does is played by a pread of our own, which takes the C library's place in
 * this program. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/kfile.h"

#define PAGE 4096

/* The file as the kernel would hand it out: at most piece_max bytes a read, an error instead of read number
 * error_at. */
struct kernel {
    const char *content; /* NULL: ask the real kernel */
    size_t n, piece_max;
    unsigned calls, error_at;
    int error;
};
extern struct kernel kernel; /* not static: glibc declares pread inline when optimising, and an inline
                                function may not use a static variable */
struct kernel kernel;

ssize_t pread(int fd, void *out, size_t n, off_t offset)
{
    kernel.calls++;
    if (kernel.error_at == kernel.calls) {
        errno = kernel.error;
        return -1;
    }
    if (kernel.content == NULL)
        return syscall(SYS_pread64, fd, out, n, offset);
    const size_t at = (size_t)offset;
    size_t got = at < kernel.n ? kernel.n - at : 0;
    got = got > n ? n : got;
    got = got > kernel.piece_max ? kernel.piece_max : got;
    memcpy(out, kernel.content + at, got);
    return (ssize_t)got;
}

static char directory[] = "/tmp/kfile_test_XXXXXX";
static char path[sizeof directory + 8];
static char *large;
static struct kfile_buffer buffer;
static struct kfile file;

#define LARGE_SIZE (1u << 20)

static void put(const char *content, size_t n)
{
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(content, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static int group_setup(void **state)
{
    (void)state;
    large = malloc(LARGE_SIZE);
    if (large == NULL || mkdtemp(directory) == NULL)
        return -1;
    for (size_t i = 0; i < LARGE_SIZE; i++)
        large[i] = (char)(i % 61 == 60 ? '\n' : 'a' + (int)(i / 61 % 26));
    (void)snprintf(path, sizeof path, "%s/file", directory);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    free(large);
    (void)unlink(path);
    return rmdir(directory);
}

static int setup(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    kernel.piece_max = SIZE_MAX;
    put("some\n", 5);
    if (kfile_buffer_init(&buffer, 2 * PAGE, 4 * LARGE_SIZE) != 0)
        return -1;
    return kfile_open(&file, AT_FDCWD, path);
}

static int teardown(void **state)
{
    (void)state;
    kfile_close(&file);
    kfile_buffer_done(&buffer);
    return 0;
}

static void check_read(const char *content, size_t n)
{
    size_t got = 77;
    assert_int_equal(kfile_read(&file, &buffer, &got), 0);
    assert_int_equal(got, n);
    assert_memory_equal(buffer.data, content, n);
    assert_int_equal(buffer.data[n], '\0');
    assert_int_equal(file.last_error, 0);
}

static void check_error(int error)
{
    size_t got = 77;
    const unsigned long failures = file.failures;
    assert_int_equal(kfile_read(&file, &buffer, &got), error);
    assert_int_equal(got, 77);
    assert_int_equal(file.last_error, error);
    assert_int_equal(file.failures, failures + 1);
}

static void small_file_costs_one_read(void **state)
{
    (void)state;
    check_read("some\n", 5);
    assert_int_equal(kernel.calls, 2); /* the first time the end is looked for */
    put("other text\n", 11);
    check_read("other text\n", 11);
    assert_int_equal(kernel.calls, 3);
    put("x", 1);
    check_read("x", 1);
    assert_int_equal(kernel.calls, 4);
    assert_int_equal(file.reads, 3);
    assert_int_equal(file.failures, 0);
}

/* One piece is one read, whatever its size; what fills the buffer is refused, and the buffer stays. */
static void a_piece_is_one_read(void **state)
{
    (void)state;
    size_t n = 77;
    assert_int_equal(kfile_read_piece(&file, &buffer, &n), 0);
    assert_int_equal(n, 5);
    assert_string_equal(buffer.data, "some\n");
    assert_int_equal(kernel.calls, 1);
    n = 77;
    put("", 0);
    assert_int_equal(kfile_read_piece(&file, &buffer, &n), -ENODATA);
    put(large, 2 * PAGE);
    assert_int_equal(kfile_read_piece(&file, &buffer, &n), -EFBIG);
    assert_int_equal(buffer.size, 2 * PAGE);
    put(large, 2 * PAGE - 1);
    kernel.error_at = kernel.calls + 1;
    kernel.error = ESRCH;
    assert_int_equal(kfile_read_piece(&file, &buffer, &n), -ESRCH);
    assert_int_equal(file.last_error, -ESRCH);
    assert_int_equal(n, 77);
    assert_int_equal(kfile_read_piece(&file, &buffer, &n), 0);
    assert_int_equal(n, 2 * PAGE - 1);
    assert_int_equal(file.reads, 2);
    assert_int_equal(file.failures, 3);
    struct kfile closed = {.fd = -1};
    assert_int_equal(kfile_read_piece(&closed, &buffer, &n), -EBADF);
}

static void once_leaves_nothing_open(void **state)
{
    (void)state;
    size_t n = 77;
    const int free_fd = dup(file.fd);
    (void)close(free_fd);
    assert_int_equal(kfile_read_once(AT_FDCWD, path, &buffer, &n), 0);
    assert_int_equal(n, 5);
    n = 77;
    assert_int_equal(kfile_read_once(AT_FDCWD, "absent", &buffer, &n), -ENOENT);
    kernel.error_at = kernel.calls + 1;
    kernel.error = EIO;
    assert_int_equal(kfile_read_once(AT_FDCWD, path, &buffer, &n), -EIO);
    assert_int_equal(n, 77);
    const int again = dup(file.fd);
    assert_int_equal(again, free_fd);
    (void)close(again);
}

static void opens_for_reading_only(void **state)
{
    (void)state;
    const int flags = fcntl(file.fd, F_GETFL);
    assert_int_equal(flags & O_ACCMODE, O_RDONLY);
    assert_true((flags & O_NONBLOCK) != 0);
    assert_true((fcntl(file.fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(file.fd, "x", 1), -1);
}

static void opens_below_a_directory(void **state)
{
    (void)state;
    struct kfile f;
    const int dir_fd = open(directory, O_RDONLY | O_DIRECTORY);
    assert_true(dir_fd >= 0);
    assert_int_equal(kfile_open(&f, dir_fd, "file"), 0);
    kfile_close(&f);
    assert_int_equal(f.fd, -1);
    kfile_close(&f); /* again: nothing */
    assert_int_equal(kfile_open(&f, dir_fd, "absent"), -ENOENT);
    assert_int_equal(f.fd, -1);
    assert_int_equal(f.last_error, -ENOENT);
    size_t n;
    assert_int_equal(kfile_read(&f, &buffer, &n), -EBADF);
    assert_int_equal(kfile_open(&f, dir_fd, "."), 0);
    assert_int_equal(kfile_read(&f, &buffer, &n), -EISDIR);
    kfile_close(&f);
    (void)close(dir_fd);
}

/* A fifo in the place of a file neither holds up the opening nor the reading. */
static void fifo_does_not_block(void **state)
{
    (void)state;
    kfile_close(&file);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(kfile_open(&file, AT_FDCWD, path), 0);
    check_error(-ESPIPE);
    assert_int_equal(unlink(path), 0);
}

static void larger_than_the_buffer(void **state)
{
    (void)state;
    put(large, LARGE_SIZE);
    check_read(large, LARGE_SIZE);
    assert_true(buffer.size > LARGE_SIZE);
    const size_t size = buffer.size;
    check_read(large, LARGE_SIZE);
    assert_int_equal(buffer.size, size);
}

static void every_size_around_the_buffer(void **state)
{
    (void)state;
    for (size_t n = 1; n < 70; n++) {
        kfile_buffer_done(&buffer);
        assert_int_equal(kfile_buffer_init(&buffer, 16, 64), 0);
        put(large, n);
        if (n < 64)
            check_read(large, n);
        else
            check_error(-EFBIG);
        assert_true(buffer.size <= 64);
    }
}

static void never_cut_silently(void **state)
{
    (void)state;
    kfile_buffer_done(&buffer);
    assert_int_equal(kfile_buffer_init(&buffer, 100, 1000), 0);
    put(large, LARGE_SIZE);
    check_error(-EFBIG);
    assert_int_equal(buffer.size, 1000);
    put(large, 999);
    check_read(large, 999); /* and usable afterwards */
}

/* seq_file hands out a page of whole lines at most. */
static void comes_in_pieces(void **state)
{
    (void)state;
    kernel.content = large;
    kernel.n = 61u * 300;
    kernel.piece_max = 61u * 67;
    check_read(large, kernel.n);
    assert_false(file.whole);
}

static void short_reads_in_the_middle_of_a_line(void **state)
{
    (void)state;
    kernel.content = large;
    for (size_t piece = 1; piece < 300; piece += 7) {
        kernel.n = 1000;
        kernel.piece_max = piece;
        file.whole = false;
        check_read(large, 1000);
    }
}

/* A file that came in one piece grows beyond a page; with it the pieces begin. */
static void grows_beyond_a_page(void **state)
{
    (void)state;
    kernel.content = large;
    kernel.piece_max = 61u * 67;
    for (size_t lines = 1; lines < 300; lines++) {
        kernel.n = 61 * lines;
        check_read(large, kernel.n);
    }
    kernel.n = 61;
    check_read(large, 61);
}

static void starts_again_when_the_buffer_grew(void **state)
{
    (void)state;
    kfile_buffer_done(&buffer);
    assert_int_equal(kfile_buffer_init(&buffer, 64, PAGE), 0);
    kernel.content = large;
    kernel.n = 100;
    check_read(large, 100);
    assert_int_equal(kernel.calls, 3); /* 64 bytes: full; from 0: 100 bytes; the end */
}

static void interrupted_reads_go_on(void **state)
{
    (void)state;
    kernel.error = EINTR;
    kernel.error_at = 1;
    check_read("some\n", 5);
    kernel.content = large;
    kernel.n = 3000;
    kernel.piece_max = 2900;
    kernel.error_at = kernel.calls + 2;
    check_read(large, 3000);
}

/* What kernels say: PSI switched off, a cgroup or a process gone; at once or between two pieces. */
static void errors_keep_their_names(void **state)
{
    (void)state;
    const int errors[] = {EOPNOTSUPP, ENODEV, ESRCH, EIO, EACCES};
    kernel.content = large;
    kernel.n = 61u * 100;
    kernel.piece_max = 61u * 67;
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        kernel.error = errors[i];
        for (unsigned at = 1; at <= 3; at++) {
            kernel.error_at = kernel.calls + at;
            check_error(-errors[i]);
        }
    }
    check_read(large, kernel.n); /* and recovers */
    assert_int_equal(file.reads, 1);
}

static void nothing_in_it(void **state)
{
    (void)state;
    put("", 0);
    check_error(-ENODATA);
    put("back", 4);
    check_read("back", 4);
}

static void not_open(void **state)
{
    (void)state;
    kfile_close(&file);
    check_error(-EBADF);
    assert_int_equal(kernel.calls, 0);
}

static void nul_bytes_inside(void **state)
{
    (void)state;
    put("a\0b\0", 4);
    check_read("a\0b\0", 4);
}

/* The real thing, in one piece and in many: /proc/kallsyms does not change while we look (and is absent in
 * some sandboxes). */
static void real_kernel_files(void **state)
{
    (void)state;
    kfile_close(&file);
    assert_int_equal(kfile_open(&file, AT_FDCWD, "/proc/self/stat"), 0);
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(kfile_read(&file, &buffer, &n), 0);
        assert_int_equal(atoi(buffer.data), getpid());
        assert_int_equal(buffer.data[n - 1], '\n');
    }
    assert_int_equal(kernel.calls, 4);
    kfile_close(&file);
    FILE *f = fopen("/proc/kallsyms", "rb");
    if (f == NULL || kfile_open(&file, AT_FDCWD, "/proc/kallsyms") != 0) {
        printf("# SKIP: no /proc/kallsyms here\n");
        return; /* not skip(): cmocka 1.1.5 writes it as "not ok" in TAP */
    }
    kfile_buffer_done(&buffer);
    assert_int_equal(kfile_buffer_init(&buffer, PAGE, 64u << 20), 0);
    assert_int_equal(kfile_read(&file, &buffer, &n), 0);
    char line[1024];
    size_t at = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        const size_t length = strlen(line);
        assert_true(at + length <= n);
        assert_memory_equal(buffer.data + at, line, length);
        at += length;
    }
    assert_int_equal(at, n);
    (void)fclose(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(small_file_costs_one_read, setup, teardown),
        cmocka_unit_test_setup_teardown(a_piece_is_one_read, setup, teardown),
        cmocka_unit_test_setup_teardown(once_leaves_nothing_open, setup, teardown),
        cmocka_unit_test_setup_teardown(opens_for_reading_only, setup, teardown),
        cmocka_unit_test_setup_teardown(opens_below_a_directory, setup, teardown),
        cmocka_unit_test_setup_teardown(fifo_does_not_block, setup, teardown),
        cmocka_unit_test_setup_teardown(larger_than_the_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(every_size_around_the_buffer, setup, teardown),
        cmocka_unit_test_setup_teardown(never_cut_silently, setup, teardown),
        cmocka_unit_test_setup_teardown(comes_in_pieces, setup, teardown),
        cmocka_unit_test_setup_teardown(short_reads_in_the_middle_of_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(grows_beyond_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(starts_again_when_the_buffer_grew, setup, teardown),
        cmocka_unit_test_setup_teardown(interrupted_reads_go_on, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_keep_their_names, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_in_it, setup, teardown),
        cmocka_unit_test_setup_teardown(not_open, setup, teardown),
        cmocka_unit_test_setup_teardown(nul_bytes_inside, setup, teardown),
        cmocka_unit_test_setup_teardown(real_kernel_files, setup, teardown),
    };
    return cmocka_run_group_tests_name("kfile", tests, group_setup, group_teardown);
}
