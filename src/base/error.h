/* SPDX-License-Identifier: MIT
 * What went wrong, where, and what to do about it: filled by the lower layers, said once by the caller that
 * decides. */
#ifndef COHERENCE_BASE_ERROR_H
#define COHERENCE_BASE_ERROR_H

#include <stdint.h>

#define ERROR_FILE_MAX 256
#define ERROR_TEXT_MAX 512

struct error {
    int code;                  /* 0 = no error, else -errno */
    char file[ERROR_FILE_MAX]; /* "" = not about a file */
    uint32_t line;             /* 1-based, 0 = unknown */
    uint32_t column;           /* 1-based, in bytes, 0 = unknown */
    char text[ERROR_TEXT_MAX]; /* lower case, no full stop, no newline; may hold outside bytes: print escaped
                                */
};

/* Fills e (NULL: nothing) with code (a -errno) and a formatted text; the place is cleared. Returns code. */
int error_set(struct error *e, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same with a place; file may be NULL. Returns code. */
int error_set_at(struct error *e, int code, const char *file, uint32_t line, uint32_t column,
    const char *format, ...) __attribute__((format(printf, 6, 7)));

/* Writes "file:line:column: text" (parts that are unknown left out) into out, always terminated, truncated if
 * it must be; control bytes are shown as \xNN so that the line is safe on a terminal. Returns out. */
const char *error_format(const struct error *e, char *out, uint32_t out_size);

#endif
