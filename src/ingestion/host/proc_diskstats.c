/* SPDX-License-Identifier: MIT
 * Turns /proc/diskstats into busy time per device. Partitions and stacked devices stay in: whoever asks for
 * the busiest one is not misled by them. */
#include "ingestion/host/proc_diskstats.h"

#include <errno.h>

#include "ingestion/host/scan.h"

#define STATISTIC_BUSY 10 /* which statistic the busy time is, counted from 1 */

/* "major minor name" and then the statistics. */
static bool parse_disk(const char *p, const char *eol, struct disk *ret)
{
    uint64_t v = 0;

    for (int i = 0; i < 2; i++) {
        scan_blanks(&p, eol);
        if (!scan_field_u64(&p, eol, &v))
            return false;
    }
    scan_blanks(&p, eol);
    const char *name_end = scan_word_end(p, eol);
    if (name_end == p || name_end - p >= DISK_NAME_MAX || memchr(p, '\0', (size_t)(name_end - p)))
        return false;
    *ret = (struct disk){0};
    memcpy(ret->name, p, (size_t)(name_end - p));
    p = name_end;
    for (int i = 0; i < STATISTIC_BUSY; i++) {
        scan_blanks(&p, eol);
        if (!scan_field_u64(&p, eol, &v))
            return false;
    }
    ret->busy_ms = v;
    return true;
}

int diskstats_parse(const char *p, size_t n, struct disk *disks, size_t max, size_t *ret_count)
{
    const char *end = p + n, *eol;
    struct disk disk;
    size_t count = 0;

    for (; p < end; p = eol + 1) {
        eol = scan_line_end(p, end);
        if (!eol || !parse_disk(p, eol, &disk))
            return -EBADMSG;
        if (disk.busy_ms > 0 && count < max)
            disks[count++] = disk;
    }
    *ret_count = count;
    return 0;
}
