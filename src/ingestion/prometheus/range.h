/* SPDX-License-Identifier: MIT
 * History out of Prometheus (or what answers like it): range queries, page after page of time, fed to an
 * engine in the order of time. */
#ifndef COHERENCE_INGESTION_PROMETHEUS_RANGE_H
#define COHERENCE_INGESTION_PROMETHEUS_RANGE_H

#include "base/error.h"
#include "core/feed.h"
#include "ingestion/intake/intake.h"
#include "ingestion/intake/meaning_options.h"
#include "net/http_client.h"
#include "net/loop.h"

#define RANGE_QUERIES_MAX 32
#define RANGE_QUERY_MAX   8192 /* bytes of one query, NUL included */
/* Prometheus answers no more points of a series at once (web/api/v1, "exceeded maximum resolution"). */
#define RANGE_POINTS_MAX 11000
/* Of all series together, held at once: 48 MiB. */
#define RANGE_SAMPLES_MAX ((size_t)2 << 20)

struct range_options {
    struct http_client *client;
    struct loop *loop;
    const struct http_url *url;             /* of the server; "/api/v1/query_range" is put behind its path */
    const char *token_file;                 /* "" or NULL: none */
    const char *queries[RANGE_QUERIES_MAX]; /* PromQL, from the front until NULL */
    int64_t from_ns, to_ns;                 /* from <= to; both asked for */
    int64_t step_ns;                        /* >= 1 s, whole milliseconds */
    const char *default_host;               /* of series that name none */
    const struct meaning_options *meaning;  /* rows besides those that are built in; NULL: none */
    const struct intake_options *limits;    /* of series and samples at a time; NULL: the defaults */
};

/* How far it is: called now and then. done: 0..1. */
struct range_watch {
    void *context;
    void (*step)(void *context, double done, int64_t now_ns);
    const volatile int *stop; /* polled; NULL: nobody stops it */
};

struct range_counts {
    uint64_t pages, requests, retries;
    uint64_t series, samples; /* of the last page; taken */
    uint64_t passed_over;     /* points that are histograms or no number */
    uint64_t refused;         /* samples beyond the limits, or whose series could not be taken */
};

/* Where it asks, for http_client_allow. Returns 0 or -EINVAL: the path is too long. */
int range_url(const struct http_url *server, struct http_url *ret, struct error *e);

/* Reads all of it. The client has been allowed range_url and started on the loop, which runs in here. Every
 * step of the range becomes a tick, from the first sample on; samples at a time come before its tick. A page
 * that is too large is asked for again in halves; a request that fails for want of the server is tried three
 * times. Returns 0; -EINTR (stopped); -EBADMSG, -EREMOTEIO, -ETIMEDOUT, ... with e filled; what the feed
 * answered. What was delivered before stays. */
int range_run(const struct range_options *o, const struct feed *feed, const struct range_watch *watch,
    struct range_counts *counts, struct error *e);

#endif
