/* SPDX-License-Identifier: MIT
 * Compares a text with a file of the source tree. */
#include "golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void is_golden(const char *name, const char *said)
{
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    const size_t n = strlen(said);
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/tests/golden/%s", root ? root : ".", name);
    FILE *f = fopen(path, "rb");
    if (!f)
        fail_msg("there is no %s; it would be\n%s", path, said);
    char *wanted = malloc(n + 2); /* a byte more than it may be */
    assert_non_null(wanted);
    wanted[fread(wanted, 1, n + 1, f)] = '\0';
    fclose(f);
    if (strcmp(wanted, said) != 0)
        fail_msg("%s: is\n%s", name, said);
    free(wanted);
}
