/* SPDX-License-Identifier: MIT
 * The receiver of StatsD and DogStatsD: datagrams on a UDP port, a Unix socket, or both (docs/statsd.md). */
#ifndef COHERENCE_INGESTION_STATSD_H
#define COHERENCE_INGESTION_STATSD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "base/text.h"
#include "ingestion/push/push_door.h"
#include "net/loop.h"

struct statsd_options {
    char listen[OPTION_TEXT_MAX]; /* "": no UDP */
    char socket[OPTION_TEXT_MAX]; /* path; "": no Unix socket */
    char mode[OPTION_TEXT_MAX];   /* of that socket's file: three or four octal digits */
    int64_t flush_ns;
    uint64_t receive_bytes; /* that the kernel may keep for us */
    bool open;              /* others than this host may send */
    bool relative_gauges;
};
extern const struct option_row statsd_option_rows[];
extern const size_t statsd_option_count;

/* Whether options may stand so: 0; -EINVAL with e, and in *ret_key the key that is wrong. */
int statsd_options_check(const struct statsd_options *o, const char **ret_key, struct error *e);

/* Could statsd_open listen there now, on its UDP port or (unix_socket) its Unix socket? Leaves nothing
 * behind: the port is bound and let go, the socket's file and its directory are only looked at. Returns 0, or
 * -errno with e: -EADDRINUSE (somebody listens there), -EEXIST (a file that is no socket), ... */
int statsd_try(const struct statsd_options *o, bool unix_socket, struct error *e);

struct statsd;

/* Binds what is configured, before the seal; from then on the kernel keeps datagrams for it. series: limit of
 * those that are added up at a time. NULL with e filled. */
struct statsd *statsd_open(const struct statsd_options *o, uint32_t series, struct error *e);

/* Reads and flushes from now on, in callbacks of l. door: its intake is there. Returns 0 or -errno. */
int statsd_start(struct statsd *s, struct loop *l, struct push_door *door);

/* Appends where it listens: "udp 127.0.0.1:8125 and /run/coherence/statsd.sock". */
void statsd_describe(const struct statsd *s, struct text *out);

/* Datagrams that were read, whatever was in them. */
uint64_t statsd_datagrams(const struct statsd *s);

/* Datagrams that the kernel threw away because nobody read them in time. */
uint64_t statsd_overruns(const struct statsd *s);

/* NULL allowed; before loop_free. The Unix socket's file stays: nothing may be removed under the seal. */
void statsd_close(struct statsd *s);

#endif
