/* SPDX-License-Identifier: MIT
 * SipHash-2-4 against another implementation's values, and ids. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/hash.h"

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Key 00 01 .. 0f, input 00 01 .. n-1 for n = 0..63, by OpenSSL 3.0:
 * openssl mac -macopt hexkey:000102030405060708090a0b0c0d0e0f -macopt size:8 -in INPUT SIPHASH
 * The value of n = 15 is also the example of the paper's appendix A. */
/* clang-format off */
static const uint64_t expected[64] = {
    UINT64_C(0x726fdb47dd0e0e31), UINT64_C(0x74f839c593dc67fd), UINT64_C(0x0d6c8009d9a94f5a), UINT64_C(0x85676696d7fb7e2d),
    UINT64_C(0xcf2794e0277187b7), UINT64_C(0x18765564cd99a68d), UINT64_C(0xcbc9466e58fee3ce), UINT64_C(0xab0200f58b01d137),
    UINT64_C(0x93f5f5799a932462), UINT64_C(0x9e0082df0ba9e4b0), UINT64_C(0x7a5dbbc594ddb9f3), UINT64_C(0xf4b32f46226bada7),
    UINT64_C(0x751e8fbc860ee5fb), UINT64_C(0x14ea5627c0843d90), UINT64_C(0xf723ca908e7af2ee), UINT64_C(0xa129ca6149be45e5),
    UINT64_C(0x3f2acc7f57c29bdb), UINT64_C(0x699ae9f52cbe4794), UINT64_C(0x4bc1b3f0968dd39c), UINT64_C(0xbb6dc91da77961bd),
    UINT64_C(0xbed65cf21aa2ee98), UINT64_C(0xd0f2cbb02e3b67c7), UINT64_C(0x93536795e3a33e88), UINT64_C(0xa80c038ccd5ccec8),
    UINT64_C(0xb8ad50c6f649af94), UINT64_C(0xbce192de8a85b8ea), UINT64_C(0x17d835b85bbb15f3), UINT64_C(0x2f2e6163076bcfad),
    UINT64_C(0xde4daaaca71dc9a5), UINT64_C(0xa6a2506687956571), UINT64_C(0xad87a3535c49ef28), UINT64_C(0x32d892fad841c342),
    UINT64_C(0x7127512f72f27cce), UINT64_C(0xa7f32346f95978e3), UINT64_C(0x12e0b01abb051238), UINT64_C(0x15e034d40fa197ae),
    UINT64_C(0x314dffbe0815a3b4), UINT64_C(0x027990f029623981), UINT64_C(0xcadcd4e59ef40c4d), UINT64_C(0x9abfd8766a33735c),
    UINT64_C(0x0e3ea96b5304a7d0), UINT64_C(0xad0c42d6fc585992), UINT64_C(0x187306c89bc215a9), UINT64_C(0xd4a60abcf3792b95),
    UINT64_C(0xf935451de4f21df2), UINT64_C(0xa9538f0419755787), UINT64_C(0xdb9acddff56ca510), UINT64_C(0xd06c98cd5c0975eb),
    UINT64_C(0xe612a3cb9ecba951), UINT64_C(0xc766e62cfcadaf96), UINT64_C(0xee64435a9752fe72), UINT64_C(0xa192d576b245165a),
    UINT64_C(0x0a8787bf8ecb74b2), UINT64_C(0x81b3e73d20b49b6f), UINT64_C(0x7fa8220ba3b2ecea), UINT64_C(0x245731c13ca42499),
    UINT64_C(0xb78dbfaf3a8d83bd), UINT64_C(0xea1ad565322a1a0b), UINT64_C(0x60e61c23a3795013), UINT64_C(0x6606d7e446282b93),
    UINT64_C(0x6ca4ecb15c5f91e1), UINT64_C(0x9f626da15c9625f3), UINT64_C(0xe51b38608ef25f57), UINT64_C(0x958a324ceb064572),
};
/* clang-format on */

static void sip24_matches(void **state)
{
    (void)state;
    unsigned char input[64];
    for (unsigned i = 0; i < sizeof input; i++)
        input[i] = (unsigned char)i;
    for (size_t n = 0; n < LENGTH(expected); n++)
        assert_int_equal(
            hash_sip24(UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908), input, n), expected[n]);
}

static void sip24_reads_unaligned(void **state)
{
    (void)state;
    unsigned char input[64 + 8];
    for (size_t shift = 0; shift < 8; shift++) {
        for (unsigned i = 0; i < 63; i++)
            input[shift + i] = (unsigned char)i;
        assert_int_equal(
            hash_sip24(UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908), input + shift, 63),
            expected[63]);
    }
}

static void sip24_of_nothing(void **state)
{
    (void)state;
    assert_int_equal(hash_sip24(0, 0, NULL, 0), UINT64_C(0x1e924b9d737700d7)); /* OpenSSL, as above */
}

static void id_is_the_hash_of_its_parts(void **state)
{
    (void)state;
    const char *parts[] = {"host", "kind:name", "fever", "1767225600"};
    char id[HASH_ID_TEXT_MAX];
    hash_id(parts, LENGTH(parts), id);
    assert_string_equal(
        id, "8aecbd226d7dbdc1"); /* OpenSSL over host\0kind:name\0fever\01767225600\0, key 0 */
}

static void id_of_no_parts(void **state)
{
    (void)state;
    char id[HASH_ID_TEXT_MAX];
    hash_id(NULL, 0, id);
    assert_string_equal(id, "1e924b9d737700d7");
}

/* However the bytes are cut into parts, the whole is what counts: 0..40 bytes in the first part cross every
 * word boundary. */
static void id_sees_where_parts_end(void **state)
{
    (void)state;
    const char text[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    for (size_t cut = 0; cut <= 40; cut++) {
        char first[64], second[64], joined[128], id[HASH_ID_TEXT_MAX], other[HASH_ID_TEXT_MAX];
        memcpy(first, text, cut);
        first[cut] = '\0';
        memcpy(second, text + cut, sizeof text - cut);
        const char *parts[] = {first, second};
        hash_id(parts, 2, id);
        memcpy(joined, first, cut + 1);
        memcpy(joined + cut + 1, second, sizeof text - cut);
        const uint64_t whole = hash_sip24(0, 0, joined, sizeof text + 1);
        for (int i = 0; i < 16; i++)
            assert_int_equal(id[i], "0123456789abcdef"[whole >> (60 - 4 * i) & 15]);
        const char *shifted[] = {second, first};
        hash_id(shifted, 2, other);
        assert_string_not_equal(id, other);
    }
}

/* Many short parts: every way to fill a word from pieces. */
static void id_of_many_short_parts(void **state)
{
    (void)state;
    const char *const words[] = {"", "a", "bc", "def", "ghij", "klmno", "pqrstu", "vwxyzab", "cdefghij"};
    for (size_t first = 0; first < LENGTH(words); first++) {
        for (size_t step = 1; step < LENGTH(words); step++) {
            const char *parts[20];
            char joined[20 * 9], id[HASH_ID_TEXT_MAX], expected_id[HASH_ID_TEXT_MAX];
            size_t n = 0;
            for (size_t i = 0; i < LENGTH(parts); i++) {
                parts[i] = words[(first + i * step) % LENGTH(words)];
                memcpy(joined + n, parts[i], strlen(parts[i]) + 1);
                n += strlen(parts[i]) + 1;
            }
            hash_id(parts, LENGTH(parts), id);
            (void)snprintf(
                expected_id, sizeof expected_id, "%016llx", (unsigned long long)hash_sip24(0, 0, joined, n));
            assert_string_equal(id, expected_id);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sip24_matches),
        cmocka_unit_test(sip24_reads_unaligned),
        cmocka_unit_test(sip24_of_nothing),
        cmocka_unit_test(id_is_the_hash_of_its_parts),
        cmocka_unit_test(id_of_no_parts),
        cmocka_unit_test(id_sees_where_parts_end),
        cmocka_unit_test(id_of_many_short_parts),
    };
    return cmocka_run_group_tests_name("hash", tests, NULL, NULL);
}
