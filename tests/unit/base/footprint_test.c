/* SPDX-License-Identifier: MIT
 * Giving back the pages of code: what was read once goes, what is used comes back with the same bytes, and
 * what was written to stays. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/footprint.h"

#define CONSTANTS (512 * 1024)

/* Half a megabyte that is never written: 1, 0, 0, ... */
static const unsigned char constants[CONSTANTS] = {1};
static unsigned char written[CONSTANTS] = {2};
/* Relocated when the program is loaded, protected afterwards. */
static const char *const names[] = {"one", "two", "three"};
/* What the compiler must not know the value of. */
static volatile size_t first = 0;

static unsigned sum_of(const unsigned char *bytes)
{
    unsigned sum = 0;

    for (size_t i = 0; i < CONSTANTS; i++)
        sum += bytes[first + i];
    return sum;
}

/* The kB of a row of /proc/self/smaps_rollup; -1 without. */
static long rolled_up(const char *row)
{
    char line[256];
    long kb = -1;
    FILE *f = fopen("/proc/self/smaps_rollup", "re");

    while (f && kb < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, row, strlen(row)) == 0)
            kb = strtol(line + strlen(row), NULL, 10);
    if (f)
        (void)fclose(f);
    return kb;
}

static void what_is_read_again_is_the_same(void **state)
{
    (void)state;
    for (size_t i = 0; i < CONSTANTS; i++)
        written[i] = (unsigned char)(i % 7);
    unsigned before = sum_of(written);
    for (int i = 0; i < 3; i++) {
        footprint_trim();
        assert_int_equal(sum_of(constants), 1);
        assert_int_equal(sum_of(written), before);
        assert_string_equal(names[first + 2], "three");
    }
}

static void what_was_read_goes_and_what_was_written_stays(void **state)
{
    (void)state;
    if (rolled_up("Rss:") < 0 || rolled_up("Anonymous:") < 0) {
        printf("# SKIP: this kernel has no /proc/self/smaps_rollup\n");
        return;
    }
    memset(written, 3, sizeof written);
    assert_int_equal(sum_of(constants), 1);
    long rss = rolled_up("Rss:"), anonymous = rolled_up("Anonymous:");
    footprint_trim();
    assert_true(rolled_up("Rss:") <= rss - CONSTANTS / 1024);
    assert_true(rolled_up("Anonymous:") >= anonymous);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_again_is_the_same),
        cmocka_unit_test(what_was_read_goes_and_what_was_written_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
