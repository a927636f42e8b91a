/* SPDX-License-Identifier: MIT
 * A .env file: NAME=value, one a line, as people keep keys beside a program. */
#ifndef COHERENCE_INGESTION_ENV_FILE_H
#define COHERENCE_INGESTION_ENV_FILE_H

#include <stddef.h>

#include "base/error.h"

#define ENV_FILE_MAX 65536 /* bytes of a file */

/* The value of that name, in bytes[0..n) (anything). Lines are: blank; # comment; NAME=value with an optional
 * "export " before, NAME of letters, digits and _. Of the name that is looked for the value is plain (no
 * blank, quote, $ or backslash in it; " # comment" may follow) or stands between two " or two ' without
 * those; of other names anything. Nothing is expanded. Returns 1 with *ret_value (into bytes) and *ret_n; 0:
 * it is not there or empty; -EINVAL with e (line, and a text that repeats nothing of the file): a line is
 * none of these, or the name is there twice. */
int env_file_find(
    const char *bytes, size_t n, const char *name, const char **ret_value, size_t *ret_n, struct error *e);

#endif
