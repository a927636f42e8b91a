/* SPDX-License-Identifier: MIT
 * Pressure files: complete values or an error, never a part. Cases: missing,
 * garbage, malformed, duplicate, good, and fields of later kernels. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "ingestion/host/proc_pressure.h"

#define SOME "some avg10=3.51 avg60=1.68 avg300=0.51 total=3756629\n"
#define FULL "full avg10=0.85 avg60=1.01 avg300=100.00 total=2981679\n"

static int parse(const char *text, struct pressure *p)
{
    return pressure_parse(text, strlen(text), p);
}

static void reads_both_lines(void **state)
{
    struct pressure p;

    (void)state;
    assert_int_equal(parse(SOME FULL, &p), 0);
    assert_true(p.some.avg10_ratio == 0.0351);
    assert_true(p.some.avg60_ratio == 0.0168);
    assert_true(p.some.avg300_ratio == 0.0051);
    assert_int_equal(p.some.total_us, 3756629);
    assert_true(p.has_full);
    assert_true(p.full.avg300_ratio == 1.0);
    assert_int_equal(p.full.total_us, 2981679);
}

static void cpu_may_lack_full(void **state)
{
    struct pressure p;

    (void)state;
    assert_int_equal(parse(SOME, &p), 0);
    assert_false(p.has_full);
}

static void skips_what_later_kernels_add(void **state)
{
    struct pressure p;

    (void)state;
    assert_int_equal(
        parse(
            "worst avg10=x\nsome avg10=1.00 new avg60=1.00 avg900=9 avg300=1.00 total=5 more=6 \n" FULL, &p),
        0);
    assert_int_equal(p.some.total_us, 5);
}

static void refuses_what_is_not_whole(void **state)
{
    static const char *const bad[] = {
        "",
        "\n",
        FULL,      /* no some */
        SOME SOME, /* a line twice */
        SOME FULL FULL,
        "some avg10=3.51 avg60=1.68 avg300=0.51 total=3756629", /* cut */
        "some avg10=3.51 avg60=1.68 avg300=0.51\n",             /* a field missing */
        "some avg60=1.68 avg300=0.51 total=1\n",
        "some avg10=3.51 avg10=3.51 avg60=1.68 avg300=0.51 total=1\n", /* a field twice */
        "some avg10=3.5 avg60=1.68 avg300=0.51 total=1\n",             /* decimals */
        "some avg10=3.511 avg60=1.68 avg300=0.51 total=1\n",
        "some avg10=3 avg60=1.68 avg300=0.51 total=1\n",
        "some avg10=nan avg60=1.68 avg300=0.51 total=1\n",
        "some avg10=101.00 avg60=1.68 avg300=0.51 total=1\n",
        "some avg10=3.51 avg60=1.68 avg300=0.51 total=\n",
        "some avg10=3.51 avg60=1.68 avg300=0.51 total=-1\n",
        "some avg10=3.51 avg60=1.68 avg300=0.51 total=18446744073709551616\n",
        "some\n",
        SOME "full avg10=1.00\n",
        "something avg10=3.51 avg60=1.68 avg300=0.51 total=1\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct pressure p = {.some.total_us = 77};
        assert_int_equal(parse(bad[i], &p), -EBADMSG);
        assert_int_equal(p.some.total_us, 77);
    }
}

static void every_cut_is_refused_or_whole(void **state)
{
    const char *text = SOME FULL;
    struct pressure p;

    (void)state;
    for (size_t n = 0; n <= strlen(text); n++)
        assert_int_equal(pressure_parse(text, n, &p), n == strlen(SOME) || n == strlen(text) ? 0 : -EBADMSG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_both_lines),
        cmocka_unit_test(cpu_may_lack_full),
        cmocka_unit_test(skips_what_later_kernels_add),
        cmocka_unit_test(refuses_what_is_not_whole),
        cmocka_unit_test(every_cut_is_refused_or_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
