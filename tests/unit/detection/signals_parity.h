/* SPDX-License-Identifier: MIT
 * The windows of parity/windows.expected.json under COHERENCE_TEST_DATA: what the original system answered.
 * Without the data a test says so and skips. */
#ifndef COHERENCE_TESTS_SIGNALS_PARITY_H
#define COHERENCE_TESTS_SIGNALS_PARITY_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIGNALS_WINDOW_MAX 256

struct signals_windows {
    json_t *root;
    size_t count;
};

static inline int signals_windows_open(struct signals_windows *w)
{
    const char *folder = getenv("COHERENCE_TEST_DATA");
    char path[4096];
    json_error_t error;

    if (folder == NULL ||
        snprintf(path, sizeof path, "%s/parity/windows.expected.json", folder) >= (int)sizeof path) {
        print_message("SKIP: COHERENCE_TEST_DATA is not set\n");
        return 0;
    }
    w->root = json_load_file(path, 0, &error);
    if (w->root == NULL || !json_is_array(w->root)) {
        print_message("SKIP: cannot read '%s'\n", path);
        json_decref(w->root);
        return 0;
    }
    w->count = json_array_size(w->root);
    assert_true(w->count > 0);
    return 1;
}

/* Copies window i; *ret_value: the named answer, null as NaN, "inf" (or an infinity as text) as +inf. Returns
 * the length. */
static inline size_t signals_windows_get(
    const struct signals_windows *w, size_t i, double *x, const char *name, double *ret_value)
{
    json_t *row = json_array_get(w->root, i), *window = json_object_get(row, "window"),
           *value = json_object_get(row, name);
    size_t n = json_array_size(window);

    assert_true(n <= SIGNALS_WINDOW_MAX);
    for (size_t k = 0; k < n; k++)
        x[k] = json_number_value(json_array_get(window, k));
    *ret_value = json_is_null(value)     ? (double)NAN
                 : json_is_string(value) ? (double)INFINITY
                                         : json_number_value(value);
    return n;
}

static inline void signals_windows_close(struct signals_windows *w)
{
    json_decref(w->root);
}

#endif
