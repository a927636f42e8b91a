/* SPDX-License-Identifier: MIT
 * Every file of tests/golden/bad-input replayed, its outcome compared with the .expected beside it: one case
 * for each kind of bad input that recorded telemetry can hold. Set COHERENCE_GOLDEN_WRITE=1 to write the
 * outcomes instead, and read the difference before keeping it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingestion/replay_capture.h"

#define CASES_MAX   200
#define OUTCOME_MAX 8192

static char folder[512];
static struct capture cap;

static void outcome_of(const char *file, char *outcome)
{
    char path[1024], line[ERROR_FILE_MAX + ERROR_TEXT_MAX + 64];
    struct text t;
    (void)snprintf(path, sizeof(path), "%s/%s", folder, file);
    text_init(&t, outcome, OUTCOME_MAX);
    capture_init(&cap, 10000);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    struct byte_stream *s = byte_stream_from_fd(dup(fileno(in)), file, &cap.error);
    assert_non_null(s);
    (void)fclose(in);
    int result = capture_stream(&cap, s, NULL);
    assert_true(result == 0 || result == -EBADMSG);
    text_addf(&t, result == 0 ? "accepted\n" : "refused: %s\n", error_format(&cap.error, line, sizeof(line)));
    text_addf(&t, "rows %llu, skipped %llu, out of order %llu, duplicate %llu, imprecise %llu\n",
        (unsigned long long)cap.counts.rows, (unsigned long long)cap.counts.skipped,
        (unsigned long long)cap.counts.out_of_order, (unsigned long long)cap.counts.duplicate,
        (unsigned long long)cap.counts.imprecise);
    if (cap.counts.skipped > 0)
        text_addf(&t, "first skipped: %s\n", error_format(&cap.counts.first_skipped, line, sizeof(line)));
    if (cap.text.length < OUTCOME_MAX / 2)
        text_add_bytes(&t, cap.text.data, cap.text.length);
    else
        text_addf(&t, "(%zu bytes of transcript)\n", cap.text.length);
    assert_false(t.truncated);
    capture_done(&cap);
}

static void expected_path(const char *file, char *path, size_t size)
{
    int n = (int)strcspn(file, ".");
    (void)snprintf(path, size, "%s/%.*s.expected", folder, n, file);
}

static void check_case(void **state)
{
    const char *file = *state;
    static char outcome[OUTCOME_MAX], expected[OUTCOME_MAX];
    char path[1024];
    outcome_of(file, outcome);
    expected_path(file, path, sizeof(path));
    if (getenv("COHERENCE_GOLDEN_WRITE") != NULL) {
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        (void)fputs(outcome, out);
        (void)fclose(out);
        return;
    }
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t n = fread(expected, 1, sizeof(expected) - 1, in);
    expected[n] = '\0';
    (void)fclose(in);
    assert_string_equal(outcome, expected);
}

static int is_case(const struct dirent *d)
{
    return strstr(d->d_name, ".csv") != NULL || strstr(d->d_name, ".jsonl") != NULL;
}

int main(void)
{
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    (void)snprintf(folder, sizeof(folder), "%s/tests/golden/bad-input", root != NULL ? root : ".");
    struct dirent **files;
    int n = scandir(folder, &files, is_case, alphasort);
    if (n <= 0 || n > CASES_MAX) {
        (void)printf("1..1\nnot ok 1 - no cases in %s\n", folder);
        return 1;
    }
    static struct CMUnitTest tests[CASES_MAX];
    for (int i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){files[i]->d_name, check_case, NULL, NULL, files[i]->d_name};
    int failed = _cmocka_run_group_tests("bad_input", tests, (size_t)n, NULL, NULL);
    for (int i = 0; i < n; i++)
        free(files[i]);
    free(files);
    return failed;
}
