/* SPDX-License-Identifier: MIT
 * Kernel text of one key and one number a line: vmstat, meminfo, cgroup's cpu.stat and memory.stat. */
#ifndef COHERENCE_INGESTION_KEYED_H
#define COHERENCE_INGESTION_KEYED_H

#include <stddef.h>
#include <stdint.h>

#define KEYED_MAX      32 /* keys asked for at once */
#define KEYED_NAME_MAX 48 /* bytes of a key */

/* What is asked for: count distinct names, 1..KEYED_MAX, each of 1..KEYED_NAME_MAX bytes. */
struct keyed_names {
    const char *const *names;
    size_t count;
};

/* Finds the wanted keys in n bytes of lines "key 123\n" or "key:   123 kB\n", in any order; other lines are
 * skipped. values: wanted->count numbers as written (units are the caller's knowledge); values[i] holds
 * something where bit i of *ret_found is set, and nothing of use after an error.
 * Returns 0, or -EBADMSG (*ret_found untouched): a wanted key comes twice or has no number that fits 64 bits,
 * or the last line does not end (the text was cut). Cost: one pass, about 10 ns a line. Source: Linux,
 * Documentation/filesystems/proc.rst; Documentation/admin-guide/cgroup-v2.rst, "flat keyed". */
int keyed_scan(
    const char *p, size_t n, const struct keyed_names *wanted, uint64_t *values, uint32_t *ret_found);

#endif
