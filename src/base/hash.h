/* SPDX-License-Identifier: MIT
 * Fixed hashes. Nothing that depends on a hash's order may reach output (docs/decisions/0003). */
#ifndef COHERENCE_BASE_HASH_H
#define COHERENCE_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_ID_TEXT_MAX 17 /* 16 hex digits and NUL */

/* SipHash-2-4 of n bytes under a 128-bit key. Source: Aumasson & Bernstein 2012, "SipHash: a fast short-input
 * PRF". */
uint64_t hash_sip24(uint64_t key0, uint64_t key1, const void *bytes, size_t n);

/* An id: SipHash-2-4 under the key 0, 0 of the parts, each ended by a NUL byte; written as 16 hex digits.
 * parts: n strings, none NULL. */
void hash_id(const char *const *parts, size_t n, char out[HASH_ID_TEXT_MAX]);

#endif
