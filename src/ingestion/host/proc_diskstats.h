/* SPDX-License-Identifier: MIT
 * /proc/diskstats as text: how long each block device was busy. */
#ifndef COHERENCE_INGESTION_PROC_DISKSTATS_H
#define COHERENCE_INGESTION_PROC_DISKSTATS_H

#include <stddef.h>
#include <stdint.h>

#define DISK_NAME_MAX 32 /* bytes with NUL; the kernel's own limit (DISK_NAME_LEN) */

struct disk {
    char name[DISK_NAME_MAX];
    uint64_t busy_ms; /* time with at least one request in flight; wraps at 2^32 */
};

/* Parses n bytes. disks: room for max; nothing of use after an error. Devices that never did any I/O (their
 * busy time is 0) are left out: a host has dozens of idle loop devices. *ret_count: disks filled; further
 * ones are skipped. Returns 0, or -EBADMSG (*ret_count untouched): a line with fewer than 13 columns, an
 * empty or too long name, a column that is no number, or the last line does not end. Source: Linux,
 * Documentation/admin-guide/iostats.rst, field 10. */
int diskstats_parse(const char *p, size_t n, struct disk *disks, size_t max, size_t *ret_count);

#endif
