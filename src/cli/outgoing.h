/* SPDX-License-Identifier: MIT
 * Everything in which a sentinel is the one that connects out: the HTTP client, opened when something needs
 * it, and the alerts, brought up around the seal. Where nothing is configured it does nothing, and neither
 * the library is loaded nor a socket made. */
#ifndef COHERENCE_CLI_OUTGOING_H
#define COHERENCE_CLI_OUTGOING_H

#include "cli/session.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "output/alert/alerts.h"

struct outgoing {
    struct session *session;
    struct http_client *client; /* NULL: nothing has asked for it */
    struct alerts *alerts;      /* NULL: not configured */
    struct loop *loop;
    int64_t farewell_ns; /* monotonic; end of the farewell */
};

/* The session's client, opened with the first call; before the seal. NULL with e filled. */
struct http_client *outgoing_client(struct outgoing *o, struct session *s, struct error *e);

/* Opens the alerts, if there are any. dir_fd: the state directory; 0 or less: none. Before outgoing_reach.
 * Returns an exit status. */
int outgoing_open(struct outgoing *o, struct session *s, int dir_fd);

/* Tells the seal what must stay possible (session->reach); when all has been opened. */
void outgoing_reach(struct outgoing *o);

/* Requests are sent and alerts told from now on; the engine exists. Returns an exit status. */
int outgoing_start(struct outgoing *o, struct loop *l);

/* The loop has ended well: goes on in it, for three seconds at most, while something can still be told. The
 * sentinel's own callbacks must do nothing any more. */
void outgoing_farewell(struct outgoing *o);

/* Before loop_free, and before the state directory is let go of. */
void outgoing_close(struct outgoing *o);

#endif
