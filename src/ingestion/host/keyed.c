/* SPDX-License-Identifier: MIT
 * Turns "key number" lines into an array of numbers for the few keys that someone wants. Which keys, what
 * they mean and what their absence means is left to the callers. */
#include "ingestion/host/keyed.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "ingestion/host/scan.h"

/* The first eight bytes of a key as a word: one compare turns most lines away. */
struct key {
    uint64_t prefix, mask;
    size_t length;
};

struct keys {
    struct key keys[KEYED_MAX];
    bool starts[256]; /* some key starts with this byte */
};

static void keys_prepare(struct keys *k, const struct keyed_names *wanted)
{
    assert(wanted->count >= 1 && wanted->count <= KEYED_MAX);
    memset(k->starts, 0, sizeof(k->starts));
    for (size_t i = 0; i < wanted->count; i++) {
        size_t length = strlen(wanted->names[i]);
        size_t head = length < sizeof(uint64_t) ? length : sizeof(uint64_t);
        assert(length >= 1 && length <= KEYED_NAME_MAX);
        k->keys[i] = (struct key){.length = length};
        memcpy(&k->keys[i].prefix, wanted->names[i], head);
        memset(&k->keys[i].mask, 0xff, head);
        k->starts[(unsigned char)wanted->names[i][0]] = true;
    }
}

/* Index of the key with which the line [p, eol) starts, or -1. */
static int keys_find(const struct keys *k, const struct keyed_names *wanted, const char *p, const char *eol)
{
    size_t left = (size_t)(eol - p);
    uint64_t word = 0;

    if (left == 0 || !k->starts[(unsigned char)*p])
        return -1;
    memcpy(&word, p, left < sizeof(word) ? left : sizeof(word));
    for (size_t i = 0; i < wanted->count; i++) {
        const struct key *key = &k->keys[i];
        if ((word & key->mask) == key->prefix && left > key->length &&
            (p[key->length] == ' ' || p[key->length] == ':') && memcmp(p, wanted->names[i], key->length) == 0)
            return (int)i;
    }
    return -1;
}

int keyed_scan(
    const char *p, size_t n, const struct keyed_names *wanted, uint64_t *values, uint32_t *ret_found)
{
    const char *end = p + n, *eol;
    struct keys keys;
    uint32_t found = 0;

    keys_prepare(&keys, wanted);
    for (; p < end; p = eol + 1) {
        eol = scan_line_end(p, end);
        if (!eol)
            return -EBADMSG;
        int i = keys_find(&keys, wanted, p, eol);
        if (i < 0)
            continue;
        if (found & (UINT32_C(1) << i))
            return -EBADMSG;
        p += keys.keys[i].length + 1;
        scan_blanks(&p, eol);
        if (!scan_field_u64(&p, eol, &values[i]))
            return -EBADMSG;
        found |= UINT32_C(1) << i;
    }
    *ret_found = found;
    return 0;
}
