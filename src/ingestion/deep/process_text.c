/* SPDX-License-Identifier: MIT
 * Turns the text of /proc/PID/{status,limits,io} and of wchan into what the deep sense needs of it.
 * Reading the files is left to process_look.c and process_scan.c. */
#include "ingestion/deep/process_text.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "ingestion/host/keyed.h"
#include "ingestion/host/scan.h"

/* Is this line the one of that key? Steps behind the key. */
static bool line_is(const char **p, const char *line_end, const char *key)
{
    const size_t n = strlen(key);

    if ((size_t)(line_end - *p) < n || memcmp(*p, key, n) != 0)
        return false;
    *p += n;
    return true;
}

/* The numbers of a line. Returns how many there are; the second and the last. */
static int numbers_of(const char *p, const char *end, uint64_t *ret_second, uint64_t *ret_last)
{
    int count = 0;

    for (scan_blanks(&p, end); p < end; scan_blanks(&p, end)) {
        if (!scan_field_u64(&p, end, ret_last))
            return -1;
        if (++count == 2)
            *ret_second = *ret_last;
    }
    return count;
}

int process_status_parse(const char *p, size_t n, uint32_t pid, struct process_status *ret)
{
    const char *end = p + n, *line_end;
    struct process_status s = {.ns_pid = pid};
    bool has_uid = false;

    for (; (line_end = scan_line_end(p, end)); p = line_end + 1) {
        uint64_t second = 0, last = 0;
        if (line_is(&p, line_end, "Uid:")) { /* real, effective, saved, file system */
            if (has_uid || numbers_of(p, line_end, &second, &last) != 4 || second > UINT32_MAX)
                return -EBADMSG;
            s.uid = (uint32_t)second;
            has_uid = true;
        } else if (line_is(&p, line_end, "NSpid:")) { /* ours, and one for each namespace below */
            int count = numbers_of(p, line_end, &second, &last);
            if (count < 1 || last == 0 || last > INT32_MAX)
                return -EBADMSG;
            s.ns_pid = (uint32_t)last;
            s.is_nested = count > 1;
        }
    }
    if (!has_uid)
        return -EBADMSG;
    *ret = s;
    return 0;
}

int process_limits_parse(const char *p, size_t n, double *ret_open_files)
{
    const char *end = p + n, *line_end;
    uint64_t limit;

    for (; (line_end = scan_line_end(p, end)); p = line_end + 1) {
        if (!line_is(&p, line_end, "Max open files "))
            continue;
        scan_blanks(&p, line_end);
        if (scan_is(p, (size_t)(scan_word_end(p, line_end) - p), "unlimited")) {
            *ret_open_files = (double)NAN;
            return 0;
        }
        if (!scan_field_u64(&p, line_end, &limit))
            return -EBADMSG;
        *ret_open_files = (double)limit;
        return 0;
    }
    return -EBADMSG;
}

int process_io_parse(const char *p, size_t n, double *ret_read_bytes, double *ret_written_bytes)
{
    static const char *const names[] = {"read_bytes", "write_bytes"};
    const struct keyed_names wanted = {names, 2};
    uint64_t v[2];
    uint32_t found;
    int r = keyed_scan(p, n, &wanted, v, &found);

    if (r < 0 || found != 3)
        return -EBADMSG;
    *ret_read_bytes = (double)v[0];
    *ret_written_bytes = (double)v[1];
    return 0;
}

/* futex_wait_queue_me (to Linux 5.15), futex_wait_queue, futex_do_wait (from 6.8), futex_lock_pi and so on:
 * kernel/futex/ names them all alike. */
enum wchan wchan_parse(const char *p, size_t n)
{
    static const char futex[] = "futex_";

    if (n > 0 && p[n - 1] == '\n')
        n--;
    if (n == 0 || (n == 1 && p[0] == '0'))
        return WCHAN_NONE;
    if (p[0] == '_') /* __futex_wait, from Linux 6.5 on */
        while (n > 0 && *p == '_') {
            p++;
            n--;
        }
    return n >= sizeof(futex) - 1 && memcmp(p, futex, sizeof(futex) - 1) == 0 ? WCHAN_FUTEX : WCHAN_OTHER;
}
