/* SPDX-License-Identifier: MIT
 * Writes JSON into a bounded text: commas and nesting kept right, absent (NaN) as null, times exact. */
#ifndef COHERENCE_BASE_JSON_H
#define COHERENCE_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define JSON_DEPTH_MAX 16 /* the top counts as one: objects and arrays nest 15 deep */

struct json {
    struct text *out;
    unsigned depth;
    bool in_object[JSON_DEPTH_MAX];  /* else in an array, or at the top: no names */
    bool has_member[JSON_DEPTH_MAX]; /* a comma is due before the next member */
};

void json_init(struct json *j, struct text *out);

/* key: NULL inside an array or at the top, else the member's name (our own, ASCII, not escaped). Unbalanced
 * use is a bug and asserts. */
void json_begin_object(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_begin_array(struct json *j, const char *key);
void json_end_array(struct json *j);
void json_put_string(struct json *j, const char *key, const char *value); /* NULL: null */
void json_put_string_n(struct json *j, const char *key, const char *bytes, size_t n);
void json_put_number(struct json *j, const char *key, double value); /* NaN, infinite: null */
void json_put_uint(struct json *j, const char *key, uint64_t value);
void json_put_bool(struct json *j, const char *key, bool value);
void json_put_time(struct json *j, const char *key, int64_t t_ns); /* Unix seconds with fraction */
void json_put_null(struct json *j, const char *key);

#endif
