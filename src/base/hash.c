/* SPDX-License-Identifier: MIT
 * Turns bytes into 64 bits by SipHash-2-4, in one call or part by part, and names into ids. Keys, tables and
 * what an id stands for are left to others. Names below (v0..v3, c, d rounds) are those of the paper. */
#include "base/hash.h"

#include <string.h>

struct sip {
    uint64_t v0, v1, v2, v3;
    unsigned char tail[8]; /* bytes that do not fill a word yet */
    size_t total;          /* bytes so far; its low 3 bits are the bytes in tail */
};

static uint64_t rotate_left(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static uint64_t load_little_endian(const unsigned char p[8])
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline void sip_rounds(struct sip *s, int n)
{
    for (int i = 0; i < n; i++) {
        s->v0 += s->v1;
        s->v1 = rotate_left(s->v1, 13) ^ s->v0;
        s->v0 = rotate_left(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate_left(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate_left(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate_left(s->v1, 17) ^ s->v2;
        s->v2 = rotate_left(s->v2, 32);
    }
}

static inline void sip_word(struct sip *s, uint64_t word)
{
    s->v3 ^= word;
    sip_rounds(s, 2);
    s->v0 ^= word;
}

/* The initial state is "somepseudorandomlygeneratedbytes" (section 2.2 of the paper). */
static void sip_init(struct sip *s, uint64_t key0, uint64_t key1)
{
    s->v0 = key0 ^ UINT64_C(0x736f6d6570736575);
    s->v1 = key1 ^ UINT64_C(0x646f72616e646f6d);
    s->v2 = key0 ^ UINT64_C(0x6c7967656e657261);
    s->v3 = key1 ^ UINT64_C(0x7465646279746573);
    s->total = 0;
}

static void sip_add(struct sip *s, const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    size_t filled = s->total % 8;
    s->total += n;
    if (filled > 0) {
        for (; filled < 8 && n > 0; n--)
            s->tail[filled++] = *p++;
        if (filled < 8)
            return;
        sip_word(s, load_little_endian(s->tail));
    }
    for (; n >= 8; n -= 8, p += 8)
        sip_word(s, load_little_endian(p));
    if (n > 0)
        memcpy(s->tail, p, n);
}

static uint64_t sip_end(struct sip *s)
{
    uint64_t last = (uint64_t)(s->total & 0xff) << 56;
    for (size_t i = 0; i < s->total % 8; i++)
        last |= (uint64_t)s->tail[i] << (8 * i);
    sip_word(s, last);
    s->v2 ^= 0xff;
    sip_rounds(s, 4);
    return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

uint64_t hash_sip24(uint64_t key0, uint64_t key1, const void *bytes, size_t n)
{
    struct sip s;
    sip_init(&s, key0, key1);
    sip_add(&s, bytes, n);
    return sip_end(&s);
}

void hash_id(const char *const *parts, size_t n, char out[HASH_ID_TEXT_MAX])
{
    struct sip s;
    sip_init(&s, 0, 0);
    for (size_t i = 0; i < n; i++)
        sip_add(&s, parts[i], strlen(parts[i]) + 1); /* the NUL keeps ("ab", "c") and ("a", "bc") apart */
    const uint64_t id = sip_end(&s);
    for (unsigned i = 0; i < HASH_ID_TEXT_MAX - 1; i++)
        out[i] = "0123456789abcdef"[id >> (60 - 4 * i) & 15];
    out[HASH_ID_TEXT_MAX - 1] = '\0';
}
