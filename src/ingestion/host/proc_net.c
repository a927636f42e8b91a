/* SPDX-License-Identifier: MIT
 * Turns the kernel's network counters into numbers by name. Which interfaces are real, and how their counters
 * add up over time, is left to the callers. */
#include "ingestion/host/proc_net.h"

#include <assert.h>
#include <errno.h>

#include "ingestion/host/scan.h"

/* Columns of /proc/net/dev: bytes packets errs drop fifo frame compressed multicast, for either direction. */
#define DEV_RECEIVED_PACKETS 1
#define DEV_SENT_PACKETS     9
#define DEV_COLUMNS_REQUIRED 10 /* up to the last one that is used */
#define DEV_HEADING_LINES    2

/* Does the line [p, eol) start with "protocol: "? Then *ret_rest is what follows. */
static bool line_is_of(const char *p, const char *eol, const char *protocol, const char **ret_rest)
{
    size_t n = strlen(protocol);

    if ((size_t)(eol - p) <= n || memcmp(p, protocol, n) != 0 || p[n] != ':')
        return false;
    *ret_rest = p + n + 1;
    return true;
}

static int find_name(const struct proc_net_names *wanted, const char *p, size_t n)
{
    for (size_t i = 0; i < wanted->count; i++)
        if (wanted->names[i][0] == *p && scan_is(p, n, wanted->names[i]))
            return (int)i;
    return -1;
}

/* Walks the line of names and the line of numbers in step. */
static bool parse_pair(const char *name, const char *name_eol, const char *number, const char *number_eol,
    const struct proc_net_names *wanted, uint64_t *values, uint32_t *ret_found)
{
    uint32_t found = 0;

    for (;;) {
        scan_blanks(&name, name_eol);
        scan_blanks(&number, number_eol);
        if (name == name_eol || number == number_eol)
            break;
        const char *name_end = scan_word_end(name, name_eol);
        int i = find_name(wanted, name, (size_t)(name_end - name));
        name = name_end;
        if (i < 0 || *number == '-') {
            number = scan_word_end(number, number_eol);
            continue;
        }
        if ((found & (UINT32_C(1) << i)) || !scan_field_u64(&number, number_eol, &values[i]))
            return false;
        found |= UINT32_C(1) << i;
    }
    if (name < name_eol || number < number_eol)
        return false;
    *ret_found = found;
    return true;
}

int proc_net_parse(
    const char *p, size_t n, const struct proc_net_names *wanted, uint64_t *values, uint32_t *ret_found)
{
    const char *end = p + n, *eol, *names, *numbers;

    assert(wanted->count >= 1 && wanted->count <= PROC_NET_NAMES_MAX);
    for (; p < end; p = eol + 1) {
        eol = scan_line_end(p, end);
        if (!eol)
            return -EBADMSG;
        if (!line_is_of(p, eol, wanted->protocol, &names))
            continue;
        const char *next = eol + 1, *next_eol = scan_line_end(next, end);
        if (!next_eol || !line_is_of(next, next_eol, wanted->protocol, &numbers) ||
            !parse_pair(names, eol, numbers, next_eol, wanted, values, ret_found))
            return -EBADMSG;
        return 0;
    }
    *ret_found = 0;
    return -ENODATA;
}

int proc_net_tcp_parse(const char *p, size_t n, struct proc_net_tcp *ret)
{
    enum { OPENED, ACCEPTED, FAILS, RESETS, RETRANSMITTED, COUNT };
    static const char *const names[COUNT] = {
        "ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "RetransSegs"};
    static const uint32_t failures = 1u << FAILS | 1u << RESETS | 1u << RETRANSMITTED;
    const struct proc_net_names wanted = {"Tcp", names, COUNT};
    uint64_t v[COUNT];
    uint32_t found;
    int r = proc_net_parse(p, n, &wanted, v, &found);

    if (r < 0 && r != -ENODATA)
        return r;
    *ret = (struct proc_net_tcp){.has_opened = found & (1u << OPENED),
        .has_accepted = found & (1u << ACCEPTED),
        .has_failed = (found & failures) == failures};
    if (ret->has_opened)
        ret->opened = v[OPENED];
    if (ret->has_accepted)
        ret->accepted = v[ACCEPTED];
    if (ret->has_failed)
        ret->failed = v[FAILS] + v[RESETS] + v[RETRANSMITTED];
    return r;
}

int proc_net_overflows_parse(const char *p, size_t n, uint64_t *ret_overflows)
{
    static const char *const names[] = {"ListenOverflows"};
    const struct proc_net_names wanted = {"TcpExt", names, 1};
    uint32_t found;
    uint64_t v;
    int r = proc_net_parse(p, n, &wanted, &v, &found);

    if (r == 0 && !found)
        r = -ENODATA;
    if (r == 0)
        *ret_overflows = v;
    return r;
}

/* One line of /proc/net/dev; old kernels write no blank after the colon. */
static bool parse_device(const char *p, const char *eol, struct net_device *ret)
{
    uint64_t v[DEV_COLUMNS_REQUIRED];

    scan_blanks(&p, eol);
    /* The last colon: an alias (eth0:1) has one of its own. */
    const char *colon = memrchr(p, ':', (size_t)(eol - p));
    if (!colon || colon == p || colon - p >= NET_DEVICE_NAME_MAX || memchr(p, '\0', (size_t)(colon - p)))
        return false;
    *ret = (struct net_device){0};
    memcpy(ret->name, p, (size_t)(colon - p));
    p = colon + 1;
    for (int i = 0; i < DEV_COLUMNS_REQUIRED; i++) {
        scan_blanks(&p, eol);
        if (!scan_field_u64(&p, eol, &v[i]))
            return false;
    }
    ret->received_packets = v[DEV_RECEIVED_PACKETS];
    ret->sent_packets = v[DEV_SENT_PACKETS];
    return true;
}

int net_dev_parse(const char *p, size_t n, struct net_device *devices, size_t max, size_t *ret_count)
{
    const char *end = p + n, *eol;
    struct net_device device;
    size_t count = 0, line = 0;

    for (; p < end; p = eol + 1, line++) {
        eol = scan_line_end(p, end);
        if (!eol)
            return -EBADMSG;
        if (line < DEV_HEADING_LINES) {
            if (!memchr(p, '|', (size_t)(eol - p)))
                return -EBADMSG;
            continue;
        }
        if (!parse_device(p, eol, &device))
            return -EBADMSG;
        if (strcmp(device.name, "lo") != 0 && count < max)
            devices[count++] = device;
    }
    if (line < DEV_HEADING_LINES)
        return -EBADMSG;
    *ret_count = count;
    return 0;
}
