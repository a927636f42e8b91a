/* SPDX-License-Identifier: MIT */
#include "net/reserve.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/loop.h"

#define HIGH_FD 600 /* beyond the first tables of libuv, which have room for 14, 30, ... 510 */

static bool fails;

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_realloc(void *p, size_t n)
{
    return fails ? NULL : __real_realloc(p, n);
}

static void read_one(void *context)
{
    const int *fd = context;
    char byte;

    if (read(fd[0], &byte, 1) == 1)
        fails = false;
}

static void stop(void *context, const struct loop_instant *now)
{
    (void)now;
    loop_stop(context);
}

/* What libuv would do without: abort(). */
static void without_memory_one_more_descriptor_is_watched(void **state)
{
    int ends[2], high[1];
    struct loop *l = loop_new(NULL);

    (void)state;
    assert_non_null(l);
    assert_int_equal(pipe(ends), 0);
    high[0] = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH_FD);
    if (high[0] < 0) {
        print_message("# SKIP: no descriptor of that number here\n");
        loop_free(l);
        return;
    }
    fails = true;
    assert_int_equal(loop_on_readable(l, high[0], read_one, high), 0);
    assert_int_equal(loop_every(l, INT64_C(10000000), stop, l), 0);
    assert_int_equal(write(ends[1], "x", 1), 1);
    while (fails)
        assert_int_equal(loop_run(l), 0);
    /* And out of the block again, into what is larger. */
    const int higher = fcntl(ends[0], F_DUPFD_CLOEXEC, HIGH_FD + 500);
    if (higher >= 0)
        assert_int_equal(loop_on_readable(l, higher, read_one, high), 0);
    loop_free(l);
    (void)close(high[0]);
    (void)close(higher);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_memory_one_more_descriptor_is_watched)};

    return cmocka_run_group_tests_name("reserve", tests, NULL, NULL);
}
