/* SPDX-License-Identifier: MIT
 * /proc/net/{snmp,netstat,dev} as text: TCP's counters and the packets of each interface. */
#ifndef COHERENCE_INGESTION_PROC_NET_H
#define COHERENCE_INGESTION_PROC_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROC_NET_NAMES_MAX  32 /* names asked for at once */
#define NET_DEVICE_NAME_MAX 32 /* bytes with NUL; the kernel's own limit is 16 (IFNAMSIZ) */

/* What is asked for: count distinct names of one protocol, 1..PROC_NET_NAMES_MAX. */
struct proc_net_names {
    const char *protocol; /* "Tcp", "TcpExt" */
    const char *const *names;
    size_t count;
};

/* Finds counters of one protocol in text whose lines come in pairs, "Tcp: Name Name ...\nTcp: 1 2 ...\n".
 * values: wanted->count numbers; values[i] holds something where
 * bit i of *ret_found is set, and nothing of use after an error. A wanted name whose number is negative
 * (MaxConn) counts as absent. Returns 0, -ENODATA: no such protocol here (*ret_found = 0), or -EBADMSG
 * (*ret_found untouched): names without numbers or the other way round, a wanted name twice, or the last line
 * does not end. Source: Linux, net/ipv4/proc.c, snmp_seq_show and netstat_seq_show; RFC 4022 for the names.
 */
int proc_net_parse(
    const char *p, size_t n, const struct proc_net_names *wanted, uint64_t *values, uint32_t *ret_found);

/* TCP's connections of a network namespace since it was made. */
struct proc_net_tcp {
    uint64_t opened, accepted; /* ActiveOpens, PassiveOpens */
    uint64_t failed;           /* AttemptFails, EstabResets and RetransSegs together */
    bool has_opened, has_accepted, has_failed;
};

/* Parses /proc/net/snmp. Returns 0; -ENODATA: nothing of Tcp, *ret says so; or -EBADMSG like proc_net_parse
 * (*ret untouched). */
int proc_net_tcp_parse(const char *p, size_t n, struct proc_net_tcp *ret);

/* How often a listen queue was full, of /proc/net/netstat. Returns 0, -ENODATA: it is not in there, or
 * -EBADMSG like proc_net_parse (*ret_overflows untouched). */
int proc_net_overflows_parse(const char *p, size_t n, uint64_t *ret_overflows);

struct net_device {
    char name[NET_DEVICE_NAME_MAX];
    uint64_t received_packets, sent_packets; /* since the device was made; drivers may reset them */
};

/* Parses n bytes of /proc/net/dev. devices: room for max, loopback left out; nothing of use after an error.
 * *ret_count: devices filled; further ones are skipped. Returns 0, or -EBADMSG (*ret_count untouched): no
 * heading, a line without colon, an empty or too long name or one with a NUL, fewer than 10 columns, a column
 * that is no number, or the last line does not end. Source: Linux, net/core/net-procfs.c,
 * dev_seq_printf_stats. */
int net_dev_parse(const char *p, size_t n, struct net_device *devices, size_t max, size_t *ret_count);

#endif
