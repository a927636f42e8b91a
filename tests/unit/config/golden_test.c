/* SPDX-License-Identifier: MIT
 * Every tests/golden/config/NAME.yaml gives exactly the problems in NAME.expected, as `coherence
 * check-config` would print them. A bug report becomes two more files there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/config.h"
#include "heard.h"

#define CASES_LEAST 40 /* an empty folder is a broken checkout, not a success */

static struct heard heard;

static int is_case(const struct dirent *entry)
{
    const size_t n = strlen(entry->d_name);

    return n > 5 && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static void read_expected(const char *yaml, char *out, size_t size)
{
    char path[512];
    const int n = (int)strlen(yaml) - 5;

    snprintf(path, sizeof(path), "%.*s.expected", n, yaml);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("there is no %s", path);
    out[fread(out, 1, size - 1, f)] = '\0';
    fclose(f);
}

static void every_case_says_what_is_expected(void **state)
{
    (void)state;
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    static char expected[sizeof(heard.lines)];
    struct dirent **entries;
    unsigned wrong = 0;

    /* The messages begin with the file's name as it was given: name it from its own folder. */
    assert_int_equal(chdir(root ? root : "."), 0);
    assert_int_equal(chdir("tests/golden/config"), 0);
    const int count = scandir(".", &entries, is_case, alphasort);
    assert_true(count >= CASES_LEAST);
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        read_expected(name, expected, sizeof(expected));
        heard_clear(&heard);
        const int result = config_check(name, heard_problem, &heard);
        if (strcmp(heard.lines, expected) != 0 || (result < 0) != (heard.count > 0)) {
            print_message("# %s says\n%s# and not\n%s", name, heard.lines, expected);
            wrong++;
        }
        free(entries[i]);
    }
    free(entries);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_says_what_is_expected),
    };
    return cmocka_run_group_tests_name("config_golden", tests, NULL, NULL);
}
