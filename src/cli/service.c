/* SPDX-License-Identifier: MIT
 * Brings the HTTP service, the agent-check and the engine together, and tells the routes what only the shell
 * knows. What is answered is output/api's and output/haproxy_agent.c's matter. */
#include "cli/service.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/desk.h"
#include "output/api/advice.h"
#include "output/web/page.h"

#define FAREWELL_STEP_NS INT64_C(100000000)

static int weight_now(void *context)
{
    const struct service *v = context;

    if (!v->api.view)
        return 100;
    return advice_weight(advice_now(v->api.view, "", api_now_ns(&v->api), NULL),
        (int)v->session->config.haproxy.floor_percent);
}

static void hear(void *context, const struct event *e)
{
    struct service *v = context;

    api_event(&v->api, v->server, e);
}

bool service_is_configured(const struct config *c)
{
    return c->http.listen[0] || c->haproxy.listen[0];
}

bool service_is_on(const struct service *v)
{
    return v->server || v->agent;
}

static int64_t clock_ns(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t); /* cannot fail for these clocks */
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int service_open(struct service *v, struct session *s)
{
    const struct config *c = &s->config;
    struct error e = {.code = 0};

    v->session = s;
    v->api = (struct api){.tick_ns = INT64_MIN,
        .version = COHERENCE_VERSION,
        .profile = c->engine.profile == PROFILE_CLASSIC ? "classic" : "default",
        .seal_missing = s->seal.missing,
        .loaded_ns = clock_ns(CLOCK_REALTIME),
        .restart = v->restart,
        .started_ns = clock_ns(CLOCK_REALTIME),
        .started_mono_ns = clock_ns(CLOCK_MONOTONIC)};
    if (c->http.listen[0])
        v->server = http_server_open(&c->http, &e);
    if (v->server && api_spectra_new(&v->api) != 0)
        error_set(&e, -ENOMEM, "not enough memory for the HTTP service");
    if (!e.code && c->haproxy.listen[0])
        v->agent = haproxy_agent_open(&c->haproxy, weight_now, v, &e);
    if (!e.code && v->server && http_server_route(v->server, api_routes, api_route_count, &v->api, &e) == 0)
        (void)http_server_route(v->server, page_routes, page_route_count(), NULL, &e);
    if (e.code) {
        session_say_error(&e);
        return e.code == -EINVAL ? STATUS_USAGE : STATUS_HOST_CANNOT;
    }
    v->api.server = v->server;
    s->serves = service_is_on(v);
    if (s->serves)
        session_hear(s, hear, v);
    return STATUS_FINE;
}

static void say_where(const struct service *v)
{
    char where[80];
    struct text t;

    text_init(&t, where, sizeof(where));
    if (v->server) {
        http_server_describe(v->server, &t);
        session_say("HTTP on %s/%s", where, v->session->config.http.token_file[0] ? ", with a token" : "");
    }
    text_clear(&t);
    if (v->agent) {
        haproxy_agent_describe(v->agent, &t);
        session_say("HAProxy's agent-check on %s", where);
    }
}

/* What is kept so that the past can be asked for. */
static int open_past(struct service *v)
{
    v->api.tracks = tracks_new();
    if (v->session->state_fd > 0)
        v->desk = desk_open(v->session->state_fd, &v->session->config, v->server, v->loop);
    else
        v->api.closed = closed_lines_new();
    v->api.desk = v->desk ? desk_counter(v->desk) : NULL;
    return v->api.tracks && (v->desk || v->api.closed) ? 0 : -ENOMEM;
}

int service_start(struct service *v, struct loop *l, int64_t period_ns, bool quiet)
{
    const struct seal_report *seal = &v->session->seal;
    int r = 0;

    if (!service_is_on(v))
        return STATUS_FINE;
    v->api.view = engine_view(v->session->engine);
    v->api.period_ns = period_ns;
    v->api.layers[0] = (struct api_layer){"no_new_privileges", seal->no_new_privileges};
    v->api.layers[1] = (struct api_layer){"capabilities", seal->capabilities};
    v->api.layers[2] = (struct api_layer){"landlock", seal->landlock};
    v->api.layers[3] = (struct api_layer){"seccomp", seal->seccomp};
    if (!quiet)
        say_where(v);
    v->loop = l;
    if (v->server)
        r = http_server_start(v->server, l);
    if (r == 0 && v->server)
        r = open_past(v);
    if (r == 0 && v->agent)
        r = haproxy_agent_start(v->agent, l);
    if (r == 0)
        return STATUS_FINE;
    session_say("cannot start to serve: %s", strerror(-r));
    return STATUS_FAILURE;
}

struct api_source *service_source(struct service *v, const char *name)
{
    size_t i = 0;

    while (i < v->api.source_count && strcmp(v->api.sources[i].name, name) != 0)
        i++;
    if (i == API_SOURCES_MAX)
        i--;
    else if (i == v->api.source_count)
        v->api.sources[v->api.source_count++] = (struct api_source){.heard_ns = INT64_MIN};
    strncpy(v->api.sources[i].name, name, API_SOURCE_NAME_MAX - 1);
    return &v->api.sources[i];
}

void service_forget_sources(struct service *v, size_t kept)
{
    if (v->api.source_count > kept)
        v->api.source_count = kept;
}

void service_degraded(struct service *v, const char *line)
{
    if (line && v->api.degraded_count < API_DEGRADED_MAX)
        v->api.degraded[v->api.degraded_count++] = line;
}

void service_tick(struct service *v, int64_t mono_ns)
{
    if (!service_is_on(v))
        return;
    v->api.tick_ns = view_now_ns(v->api.view);
    v->api.tick_mono_ns = mono_ns;
    v->api.lines_dropped = v->session->out.dropped;
    if (v->api.tracks)
        tracks_tick(v->api.tracks, v->api.view);
    if (v->server) {
        api_spectra_tick(&v->api);
        http_server_tick(v->server);
    }
}

int service_prepare(struct service *v, const struct config *next, struct error *e)
{
    return v->server ? http_server_prepare(v->server, &next->http, e) : 0;
}

void service_reloaded(struct service *v)
{
    if (v->server)
        http_server_commit(v->server, &v->session->config.http);
}

void service_tell_reload(struct service *v, bool good, const char *kept)
{
    v->api.reload_failed = !good;
    if (!good)
        return;
    v->api.loaded_ns = clock_ns(CLOCK_REALTIME);
    (void)snprintf(v->restart, sizeof(v->restart), "%s", kept);
}

static void on_farewell(void *context, const struct loop_instant *now)
{
    const struct service *v = context;

    if (now->mono_ns >= v->farewell_ns)
        loop_stop(v->loop);
}

void service_farewell(struct service *v)
{
    const int64_t wait_ns = v->agent ? haproxy_agent_retire(v->agent) : 0;

    if (wait_ns == 0 || !v->loop)
        return;
    session_say("advice was in force: telling HAProxy for %.0f s that the weight is 100%% again",
        (double)wait_ns * 1e-9);
    v->farewell_ns = clock_ns(CLOCK_MONOTONIC) + wait_ns;
    if (loop_every(v->loop, FAREWELL_STEP_NS, on_farewell, v) == 0)
        (void)loop_run(v->loop);
}

void service_close(struct service *v)
{
    desk_close(v->desk);
    http_server_close(v->server);
    tracks_free(v->api.tracks);
    closed_lines_free(v->api.closed);
    v->desk = NULL;
    v->api.tracks = NULL;
    v->api.closed = NULL;
    v->api.desk = NULL;
    api_spectra_free(&v->api);
    haproxy_agent_close(v->agent);
    v->server = NULL;
    v->agent = NULL;
}
