/* SPDX-License-Identifier: MIT
 * Requests and answers: what is put is what is taken, once; and what is none is refused and goes. */
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
#include <sys/stat.h>
#include <unistd.h>

#include "state/request_file.h"

static char folder[64];
static int dir_fd;

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/coherence-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    dir_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return dir_fd < 0 ? -1 : 0;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"request", "request.new", "answer", "answer.new"};

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)unlinkat(dir_fd, names[i], 0);
    (void)close(dir_fd);
    return rmdir(folder);
}

static bool exists(const char *name)
{
    return faccessat(dir_fd, name, F_OK, 0) == 0;
}

static void put_bytes(const char *name, const char *bytes, size_t n)
{
    int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    (void)close(fd);
}

static void a_request_is_taken_once(void **state)
{
    const struct request asked = {.id = "17-3", .host = "web 1\n\"", .entity = "cgroup:a/\xff b"};
    struct request got = {.id = "x"};
    struct stat st;

    (void)state;
    assert_int_equal(request_take(dir_fd, &got), -ENOENT);
    assert_int_equal(request_put(dir_fd, &asked), 0);
    assert_int_equal(request_put(dir_fd, &asked), -EEXIST);
    assert_int_equal(fstatat(dir_fd, "request", &st, 0), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(exists("request.new"));
    assert_int_equal(request_take(dir_fd, &got), 0);
    assert_string_equal(got.id, asked.id);
    assert_string_equal(got.host, asked.host);
    assert_string_equal(got.entity, asked.entity);
    assert_int_equal(request_take(dir_fd, &got), -ENOENT);
    assert_int_equal(request_withdraw(dir_fd), -ENOENT);
    assert_int_equal(request_put(dir_fd, &asked), 0);
    assert_int_equal(request_withdraw(dir_fd), 0);
    assert_int_equal(request_take(dir_fd, &got), -ENOENT);
}

static void an_answer_is_for_who_asked(void **state)
{
    const struct answer said = {.id = "17-3", .code = -ENOENT, .text = "no such entity"};
    const struct answer done = {.id = "18-1", .code = 0, .text = ""};
    struct answer got;

    (void)state;
    assert_int_equal(answer_take(dir_fd, "17-3", &got), -ENOENT);
    assert_int_equal(answer_put(dir_fd, &said), 0);
    assert_int_equal(answer_take(dir_fd, "17-4", &got), -ENOENT);
    assert_int_equal(answer_take(dir_fd, "17-3", &got), 0);
    assert_int_equal(got.code, -ENOENT);
    assert_string_equal(got.text, "no such entity");
    assert_false(exists("answer"));
    assert_int_equal(answer_put(dir_fd, &said), 0); /* nobody fetched it */
    assert_int_equal(answer_put(dir_fd, &done), 0);
    assert_int_equal(answer_take(dir_fd, "18-1", &got), 0);
    assert_int_equal(got.code, 0);
    assert_string_equal(got.text, "");
}

static void what_is_no_request_goes(void **state)
{
    struct request got = {.id = "untouched"};

    (void)state;
    put_bytes("request", "something else\n", 15);
    assert_int_equal(request_take(dir_fd, &got), -EBADMSG);
    assert_false(exists("request"));
    assert_string_equal(got.id, "untouched");
    assert_int_equal(symlinkat("/etc/hostname", dir_fd, "request"), 0);
    assert_int_equal(request_take(dir_fd, &got), -ELOOP);
    assert_int_equal(request_take(dir_fd, &got), -ENOENT);
    assert_int_equal(mkfifoat(dir_fd, "request", 0600), 0);
    assert_int_equal(request_take(dir_fd, &got), -EBADMSG); /* and nobody waits for it */
    assert_false(exists("request"));
}

#define TEXT(literal) literal, sizeof(literal) - 1

static void only_the_whole_is_parsed(void **state)
{
    static const char good[] = "coherence forget 1\0i\0h\0host\0";
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {TEXT("")},
        {TEXT("coherence forget 2\0i\0h\0host\0")},
        {TEXT("coherence forget 1\0\0h\0host\0")},
        {TEXT("coherence forget 1\0i\0h\0\0")},
        {TEXT("coherence forget 1\0i\0h\0host\0more")},
        {TEXT("coherence forget 1\0i\0h\0host\0\0")},
        {TEXT("coherence forget 1\0a word of forty bytes and more is no id.\0h\0host\0")},
    };
    static const char answer[] = "coherence answer 1\0i\0002\0no\0";
    struct request r = {.id = "untouched"};
    struct answer a = {.id = "untouched"};

    (void)state;
    for (size_t n = 0; n < sizeof(good) - 1; n++)
        assert_int_equal(request_parse(good, n, &r), -EBADMSG);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(request_parse(bad[i].bytes, bad[i].n, &r), -EBADMSG);
    assert_string_equal(r.id, "untouched");
    assert_int_equal(request_parse(good, sizeof(good) - 1, &r), 0);
    assert_string_equal(r.entity, "host");
    for (size_t n = 0; n < sizeof(answer) - 1; n++)
        assert_int_equal(answer_parse(answer, n, &a), -EBADMSG);
    assert_int_equal(answer_parse(TEXT("coherence answer 1\0i\0-2\0no\0"), &a), -EBADMSG);
    assert_int_equal(answer_parse(TEXT("coherence answer 1\0i\0005000\0no\0"), &a), -EBADMSG);
    assert_string_equal(a.id, "untouched");
    assert_int_equal(answer_parse(answer, sizeof(answer) - 1, &a), 0);
    assert_int_equal(a.code, -2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_request_is_taken_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_for_who_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_request_goes, set_up, tear_down),
        cmocka_unit_test(only_the_whole_is_parsed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
