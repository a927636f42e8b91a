/* SPDX-License-Identifier: MIT
 * Outside bytes in text: the JSON string must be valid and say what the bytes said, the printable form must
 * not be able to drive a terminal, and a text that is too small must hold a prefix. The first byte says how
 * small. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/text.h"

#define INPUT_MAX 4096
#define GROWTH    6 /* \u0000 for one byte */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef void add_function(struct text *t, const char *bytes, size_t n);

static void check_prefix(
    add_function *add, const struct text *whole, const char *bytes, size_t n, size_t capacity)
{
    struct text cut;
    char *buffer = malloc(capacity);
    assert(buffer != NULL);
    text_init(&cut, buffer, capacity);
    add(&cut, bytes, n);
    assert(cut.length < capacity && cut.data[cut.length] == '\0');
    assert(cut.length <= whole->length && memcmp(cut.data, whole->data, cut.length) == 0);
    assert(cut.truncated == (cut.length < whole->length) && cut.truncated == (whole->length >= capacity));
    free(buffer);
}

static void check_json(const struct text *t, const char *bytes, size_t n)
{
    json_t *read = json_loadb(t->data, t->length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert(json_is_string(read));
    json_t *valid = json_stringn(bytes, n); /* NULL when the bytes are not UTF-8 */
    if (valid != NULL)
        assert(json_string_length(read) == n && memcmp(json_string_value(read), bytes, n) == 0);
    json_decref(valid);
    json_decref(read);
}

static void check_printable(const struct text *t)
{
    for (size_t i = 0; i < t->length; i++) {
        const unsigned char c = (unsigned char)t->data[i];
        assert(c >= 0x20 && c != 0x7f);
        assert(!(c == 0xc2 && (unsigned char)t->data[i + 1] < 0xa0));
    }
    json_t *valid = json_stringn(t->data, t->length);
    assert(valid != NULL);
    json_decref(valid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char buffer[INPUT_MAX * GROWTH + 3];
    if (size < 1 || size > INPUT_MAX)
        return 0;
    const char *bytes = (const char *)data + 1;
    const size_t n = size - 1, capacity = (size_t)data[0] + 1;
    struct text t;
    text_init(&t, buffer, sizeof buffer);
    text_add_json_string(&t, bytes, n);
    assert(!t.truncated);
    check_json(&t, bytes, n);
    check_prefix(text_add_json_string, &t, bytes, n, capacity);
    text_clear(&t);
    text_add_printable(&t, bytes, n);
    assert(!t.truncated);
    check_printable(&t);
    check_prefix(text_add_printable, &t, bytes, n, capacity);
    return 0;
}
