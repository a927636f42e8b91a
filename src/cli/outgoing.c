/* SPDX-License-Identifier: MIT
 * Brings the HTTP client and the alerts up and down in step with the seal, the loop and the engine. What is
 * told to whom is output/alert's matter. */
#include "cli/outgoing.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define FAREWELL_NS      INT64_C(3000000000)
#define FAREWELL_STEP_NS INT64_C(50000000)

static void say(void *context, const char *line)
{
    const struct outgoing *o = context;

    session_note(o->session, "%s", line);
}

static void hear(void *context, const struct event *e)
{
    const struct outgoing *o = context;

    alerts_hear(o->alerts, engine_catalog(o->session->engine), e);
}

static int status_of(const struct error *e)
{
    return e->code == -EINVAL ? STATUS_USAGE : e->code == -ENOMEM ? STATUS_FAILURE : STATUS_HOST_CANNOT;
}

struct http_client *outgoing_client(struct outgoing *o, struct session *s, struct error *e)
{
    o->session = s;
    if (!o->client)
        o->client = http_client_open(&s->config.client, e);
    return o->client;
}

int outgoing_open(struct outgoing *o, struct session *s, int dir_fd)
{
    const struct alert_options *options = &s->config.alerts;
    struct error e = {.code = 0};

    o->session = s;
    if (!alert_options_any(options))
        return STATUS_FINE;
    if (alert_options_connect(options))
        (void)outgoing_client(o, s, &e);
    if (!e.code)
        o->alerts = alerts_open(&(struct alerts_home){.options = options,
                                    .client = o->client,
                                    .dir_fd = dir_fd,
                                    .root = "",
                                    .say = say,
                                    .context = o},
            &e);
    if (e.code) {
        session_say_error(&e);
        return status_of(&e);
    }
    session_hear(s, hear, o);
    return STATUS_FINE;
}

void outgoing_reach(struct outgoing *o)
{
    if (o->client)
        o->session->reach = http_client_reach(o->client);
}

int outgoing_start(struct outgoing *o, struct loop *l)
{
    struct timespec clock;
    int r = 0;

    if (!o->client && !o->alerts)
        return STATUS_FINE;
    (void)clock_gettime(CLOCK_REALTIME, &clock); /* cannot fail for this clock */
    o->loop = l;
    if (o->client)
        r = http_client_start(o->client, l);
    if (r == 0 && o->alerts)
        r = alerts_start(o->alerts, l, engine_view(o->session->engine),
            clock.tv_sec * INT64_C(1000000000) + clock.tv_nsec);
    if (r == 0)
        return STATUS_FINE;
    session_say("cannot start to connect out: %s", strerror(-r));
    return STATUS_FAILURE;
}

static void on_farewell(void *context, const struct loop_instant *now)
{
    const struct outgoing *o = context;

    if (now->mono_ns >= o->farewell_ns || !alerts_busy(o->alerts))
        loop_stop(o->loop);
}

void outgoing_farewell(struct outgoing *o)
{
    struct timespec clock;

    if (!o->alerts || !o->loop || !alerts_busy(o->alerts))
        return;
    (void)clock_gettime(CLOCK_MONOTONIC, &clock); /* cannot fail for this clock */
    o->farewell_ns = clock.tv_sec * INT64_C(1000000000) + clock.tv_nsec + FAREWELL_NS;
    if (loop_every(o->loop, FAREWELL_STEP_NS, on_farewell, o) == 0)
        (void)loop_run(o->loop);
}

void outgoing_close(struct outgoing *o)
{
    alerts_close(o->alerts);
    o->alerts = NULL;
    http_client_close(o->client);
    o->client = NULL;
}
