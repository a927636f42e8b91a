/* SPDX-License-Identifier: MIT
 * Tells others of incidents: Alertmanager, webhooks, the host's log. Nothing here waits: what cannot be told
 * now is told later, and what a receiver has taken is remembered. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERTS_H
#define COHERENCE_OUTPUT_ALERT_ALERTS_H

#include "core/view.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "output/alert/alert_options.h"

struct alerts;

/* What the alerts work with. */
struct alerts_home {
    const struct alert_options *options;          /* borrowed */
    struct http_client *client;                   /* borrowed; NULL: nothing is told over HTTP */
    int dir_fd;                                   /* the state directory; 0 or less: nothing is remembered */
    const char *root;                             /* before the sockets of the host's log, for tests; "" */
    void (*say)(void *context, const char *line); /* what people have to know, now and then */
    void *context;
};

/* Makes receivers of what is configured: addresses are allowed in the client, the log's socket is connected,
 * the book is read. Before the seal. NULL with e filled: -EINVAL (what is configured), -ENOENT ... (the host
 * has not what it needs), -ENOMEM. */
struct alerts *alerts_open(const struct alerts_home *home, struct error *e);

/* Begins to tell; the client has been started on the same loop. view: with what is open now; what closed
 * while nobody watched is told as closed, at now_ns. Returns 0 or -ENOSPC. */
int alerts_start(struct alerts *a, struct loop *l, const struct view *view, int64_t now_ns);

/* Hears an event; what concerns nobody is passed over. */
void alerts_hear(struct alerts *a, const struct catalog *c, const struct event *e);

/* Whether something can still be told to somebody who answered last time: for a farewell. */
bool alerts_busy(const struct alerts *a);

/* Counters of one kind of receiver. */
enum alerts_output { ALERTS_ALERTMANAGER, ALERTS_WEBHOOK, ALERTS_LOG, ALERTS_OUTPUT_COUNT };
struct alerts_counts {
    bool configured;
    uint64_t sent, failed, dropped; /* words taken; tries that failed; words that nobody will be told */
    uint64_t waiting;               /* words */
};
struct alerts_counts alerts_counts(const struct alerts *a, enum alerts_output o);
const char *alerts_output_name(enum alerts_output o);

/* Says what was not told, and lets go. NULL allowed; before http_client_close. */
void alerts_close(struct alerts *a);

#endif
