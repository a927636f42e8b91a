/* SPDX-License-Identifier: MIT
 * Another parser's reading of our JSON; apart, because its names (json_string, json_null) are also the
 * writer's. */
#ifndef COHERENCE_TESTS_JSON_READ_BACK_H
#define COHERENCE_TESTS_JSON_READ_BACK_H

#include <stdbool.h>
#include <stddef.h>

/* Whether the n bytes at text are one JSON value. */
bool json_read_back_valid(const char *text, size_t n);

/* Whether text is an object whose member `key` is the string bytes[0..bytes_n). */
bool json_read_back_string(const char *text, size_t n, const char *key, const char *bytes, size_t bytes_n);

/* Whether text is an object whose member `key` is that number. */
bool json_read_back_number(const char *text, size_t n, const char *key, double v);

#endif
