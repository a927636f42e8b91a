/* SPDX-License-Identifier: MIT
 * Reads JSON with jansson and compares. */
#include "json_read_back.h"

#include <string.h>

#include <jansson.h>

#define FLAGS (JSON_ALLOW_NUL | JSON_DECODE_ANY | JSON_REJECT_DUPLICATES)

bool json_read_back_valid(const char *text, size_t n)
{
    json_t *root = json_loadb(text, n, FLAGS, NULL);
    json_decref(root);
    return root != NULL;
}

bool json_read_back_string(const char *text, size_t n, const char *key, const char *bytes, size_t bytes_n)
{
    json_t *root = json_loadb(text, n, FLAGS, NULL);
    const json_t *member = json_object_get(root, key);
    const bool same = json_is_string(member) && json_string_length(member) == bytes_n &&
                      memcmp(json_string_value(member), bytes, bytes_n) == 0;
    json_decref(root);
    return same;
}

bool json_read_back_number(const char *text, size_t n, const char *key, double v)
{
    json_t *root = json_loadb(text, n, FLAGS, NULL);
    const bool same = json_number_value(json_object_get(root, key)) == v;
    json_decref(root);
    return same;
}
