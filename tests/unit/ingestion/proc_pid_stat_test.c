/* SPDX-License-Identifier: MIT
 * The stat line of a process: hostile names, cut and damaged lines, and this process' own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/host/proc_pid_stat.h"

/* Behind the name, as Linux 6.18 writes it; numbers of no real process. */
#define TAIL                                                                                                 \
    " S 1 77 77 0 -1 4194560 1500 9 25 8 120 30 2 3 20 -5 4 0 8812345 52916224 5705 18446744073709551615 1 " \
    "1 0 0 0 "                                                                                               \
    "0 0 4096 1088 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"

static int parse(const char *text, struct proc_pid_stat *s)
{
    return proc_pid_stat_parse(text, strlen(text), s);
}

static void reads_what_it_is_asked_for(void **state)
{
    struct proc_pid_stat s;

    (void)state;
    assert_int_equal(parse("77 (nginx)" TAIL, &s), 0);
    assert_int_equal(s.pid, 77);
    assert_string_equal(s.comm, "nginx");
    assert_int_equal(s.state, 'S');
    assert_false(s.is_kernel);
    assert_int_equal(s.minor_faults, 1500);
    assert_int_equal(s.major_faults, 25);
    assert_int_equal(s.ticks, 150);
    assert_int_equal(s.threads, 4);
    assert_int_equal(s.start_ticks, 8812345);
    assert_int_equal(s.rss_pages, 5705);
}

static void a_name_may_hold_anything(void **state)
{
    static const char *const names[] = {"a b", ")", "(", ") S 1 (", "x) R 2 3 4", "a\nb", "\n",
        "\033]0;x\007", "\xff\xfe", "77 (nginx) S 1", "", " ", "\\n", "((sd-pam))"};
    char text[512];
    struct proc_pid_stat s;

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        snprintf(text, sizeof(text), "77 (%s)" TAIL, names[i]);
        assert_int_equal(parse(text, &s), 0);
        assert_string_equal(s.comm, names[i]);
        assert_int_equal(s.ticks, 150);
    }
    /* Longer than any kernel writes: cut. */
    char name[200] = {0};
    memset(name, 'n', sizeof(name) - 1);
    snprintf(text, sizeof(text), "77 (%s)" TAIL, name);
    assert_int_equal(parse(text, &s), 0);
    assert_int_equal(strlen(s.comm), PROCESS_COMM_MAX - 1);
}

static void threads_of_the_kernel_are_told(void **state)
{
    struct proc_pid_stat s;

    (void)state;
    assert_int_equal(parse("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 17 0 0 20 0 1 0 1 0 0 0\n", &s), 0);
    assert_true(s.is_kernel);
    assert_int_equal(s.rss_pages, 0);
    assert_int_equal(s.start_ticks, 1);
}

/* Every beginning of a line is refused: what was cut is never taken for whole. */
static void cut_lines_are_refused(void **state)
{
    const char *text = "77 (nginx)" TAIL;
    struct proc_pid_stat s = {.pid = 5};

    (void)state;
    for (size_t n = 0; n < strlen(text); n++)
        assert_int_equal(proc_pid_stat_parse(text, n, &s), -EBADMSG);
    assert_int_equal(s.pid, 5);
}

static void damaged_lines_are_refused(void **state)
{
    static const char *const texts[] = {
        "\n",
        "77\n",
        "77 nginx S 1\n",
        "x (nginx)" TAIL,
        "0 (nginx)" TAIL,
        "4194305 (nginx)" TAIL,
        "-77 (nginx)" TAIL,
        "77 (nginx" TAIL,
        "77(nginx)" TAIL,
        "77 (nginx)S 1\n",
        "77 (nginx) \n",
        /* no threads; more than there are processes; times that do not fit; a word for a number */
        "77 (a) S 1 77 77 0 -1 0 1 0 2 0 3 4 0 0 20 0 0 0 5 6 7\n",
        "77 (a) S 1 77 77 0 -1 0 1 0 2 0 3 4 0 0 20 0 4194305 0 5 6 7\n",
        "77 (a) S 1 77 77 0 -1 0 1 0 2 0 18446744073709551615 4 0 0 20 0 1 0 5 6 7\n",
        "77 (a) S 1 77 77 0 -1 0 1 0 2 0 18446744073709551616 4 0 0 20 0 1 0 5 6 7\n",
        "77 (a) S 1 77 77 0 -1 0 1 0 2 0 3x 4 0 0 20 0 1 0 5 6 7\n",
        "77 (a) S 1 77 77 0 -1 0 1 0 2 0 3 4 0 0 20 0 1 0 5 6\n",
    };
    struct proc_pid_stat s = {.pid = 5};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(parse(texts[i], &s), -EBADMSG);
    assert_int_equal(proc_pid_stat_parse("77 (a\0b)" TAIL, sizeof("77 (a\0b)" TAIL) - 1, &s), -EBADMSG);
    assert_int_equal(s.pid, 5);
    /* and the least that is whole */
    assert_int_equal(parse("77 (a) S 1 77 77 0 -1 0 1 0 2 0 3 4 0 0 20 0 1 0 5 6 7\n", &s), 0);
    assert_int_equal(s.rss_pages, 7);
}

static void this_process(void **state)
{
    char text[4096];
    struct proc_pid_stat s;
    FILE *f = fopen("/proc/self/stat", "rb");

    (void)state;
    assert_non_null(f);
    size_t n = fread(text, 1, sizeof(text), f);
    fclose(f);
    assert_int_equal(proc_pid_stat_parse(text, n, &s), 0);
    assert_int_equal(s.pid, getpid());
    assert_int_equal(s.threads, 1);
    assert_int_equal(s.state, 'R');
    assert_true(s.rss_pages > 0 && s.start_ticks > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_is_asked_for),
        cmocka_unit_test(a_name_may_hold_anything),
        cmocka_unit_test(threads_of_the_kernel_are_told),
        cmocka_unit_test(cut_lines_are_refused),
        cmocka_unit_test(damaged_lines_are_refused),
        cmocka_unit_test(this_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
