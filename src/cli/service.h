/* SPDX-License-Identifier: MIT
 * What a sentinel answers when it is asked: the HTTP service and HAProxy's agent-check, brought up around the
 * seal and kept in step with the ticks. Where neither is configured it does nothing, and the process has no
 * socket. */
#ifndef COHERENCE_CLI_SERVICE_H
#define COHERENCE_CLI_SERVICE_H

#include "cli/session.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "output/api/api.h"
#include "output/haproxy_agent.h"

struct service {
    struct session *session;
    struct http_server *server;  /* NULL: not configured */
    struct haproxy_agent *agent; /* NULL: not configured */
    struct loop *loop;           /* NULL: not started */
    struct api api;
    struct desk *desk;   /* NULL: there is no state directory */
    int64_t farewell_ns; /* monotonic; end of the farewell */
    char restart[1024];  /* keys that need a restart since the last reload that succeeded */
};

/* Opens what is configured; before the seal, which it tells to let connections be answered (session->serves).
 * Returns an exit status. */
int service_open(struct service *v, struct session *s);

/* Whether a sentinel with that configuration answers connections. */
bool service_is_configured(const struct config *c);

/* Whether anything is open. */
bool service_is_on(const struct service *v);

/* Answers from now on; the engine exists and stays. What only the state directory knows is read there
 * (session->state_fd). period_ns: between two ticks. Says where, unless quiet. Returns an exit
 * status. */
int service_start(struct service *v, struct loop *l, int64_t period_ns, bool quiet);

/* The source of that number (0 = the first that is named so), for the sentinel to fill before each tick.
 */
struct api_source *service_source(struct service *v, const char *name);

/* Only the first so many sources are left: the others come anew, or have gone. */
void service_forget_sources(struct service *v, size_t kept);

/* What of the host cannot be seen: lines that stay until the next call. */
void service_degraded(struct service *v, const char *line);

/* After each tick, at that monotonic time. degraded lines are for the next one then. */
void service_tick(struct service *v, int64_t mono_ns);

/* A reload, in two steps: what could fail of a configuration that is to be taken over (0, or -errno with e
 * filled); then session->config is that one. */
int service_prepare(struct service *v, const struct config *next, struct error *e);
void service_reloaded(struct service *v);

/* What came of a reload, for those who ask. kept: keys that need a restart, copied; NULL: it failed. */
void service_tell_reload(struct service *v, bool good, const char *kept);

/* The loop has ended well: goes on in it for as long as the farewell to HAProxy takes. The sentinel's own
 * callbacks must do nothing any more. */
void service_farewell(struct service *v);

/* Before loop_free. */
void service_close(struct service *v);

#endif
