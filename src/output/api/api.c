/* SPDX-License-Identifier: MIT
 * Turns events into what the routes keep of them, and lists the routes. What each answers is in the files
 * beside this one. */
#include "output/api/api.h"

#include <string.h>
#include <time.h>

#include "output/api/handlers.h"
#include "output/event_json.h"
#include "output/web/page.h"

const struct http_route api_routes[] = {
    {.path = "/",
        .types = {"text/plain; charset=utf-8", "text/html; charset=utf-8"},
        .help = "this list, and for a browser the page",
        .open = true,
        .fixed = true,
        .answer = api_front},
    {.path = "/healthz",
        .types = {"text/plain; charset=utf-8"},
        .help = "200 while this process serves",
        .open = true,
        .answer = api_healthz},
    {.path = "/readyz",
        .types = {"text/plain; charset=utf-8"},
        .help = "200 once a host is being judged, 503 while warming up or without its telemetry; never the "
                "advice",
        .open = true,
        .fresh = true,
        .answer = api_readyz},
    {.path = "/metrics",
        .types = {"text/plain; version=0.0.4; charset=utf-8",
            "application/openmetrics-text; version=1.0.0; charset=utf-8"},
        .help = "Prometheus text format, OpenMetrics by Accept",
        .answer = api_metrics},
    {.path = "/api/v1/status",
        .types = {"application/json"},
        .help = "version, uptime, seal, sources, what is missing, the false-alarm budget",
        .fresh = true,
        .answer = api_status},
    {.path = "/api/v1/entities",
        .types = {"application/json"},
        .queries = {"kind"},
        .help = "what is watched and what the laws say of it; ?kind=host",
        .answer = api_entities},
    {.path = "/api/v1/entities/*",
        .types = {"application/json"},
        .help = "one by its number: laws, findings, limits, signals, processes",
        .answer = api_entity},
    {.path = "/api/v1/spectra/*",
        .types = {"application/json"},
        .help = "the variance spectrum of one over the last ten minutes",
        .answer = api_spectrum},
    {.path = "/api/v1/incidents",
        .types = {"application/json"},
        .queries = {"state", "from", "to", "host", "limit"},
        .help = "the incidents that are open; ?state=closed or all, from=, to=, host=, limit=",
        .answer = api_incidents},
    {.path = "/api/v1/incidents/*",
        .types = {"application/json"},
        .help = "one incident with its findings and their evidence",
        .answer = api_incident},
    {.path = "/api/v1/series",
        .types = {"application/json"},
        .queries = {"entity", "metric", "from", "to", "step", "host"},
        .help = "the past of a law's reading or a metric; ?entity=host&metric=seizure, from=, to=, step=, "
                "host=",
        .fresh = true,
        .answer = api_series},
    {.path = "/api/v1/veto",
        .types = {"application/json"},
        .queries = {"host"},
        .help = "the advice that holds now, with its expiry; ?host=NAME",
        .fresh = true,
        .answer = api_veto},
    {.path = "/api/v1/veto/envoy",
        .types = {"text/plain; charset=utf-8"},
        .queries = {"host"},
        .help = "200; with advice the header x-envoy-degraded, for Envoy's health check",
        .fresh = true,
        .answer = api_veto_envoy},
    {.path = "/api/v1/veto/consul",
        .types = {"text/plain; charset=utf-8"},
        .queries = {"host"},
        .help = "200, with advice 429, which Consul's health check takes as a warning",
        .fresh = true,
        .answer = api_veto_consul},
    {.path = "/api/v1/stream",
        .types = {"text/event-stream"},
        .help = "server-sent events: the JSON lines as they are said",
        .stream = true},
    {.path = "/api/v1/openapi.json",
        .types = {"application/json"},
        .help = "this interface as an OpenAPI document",
        .open = true,
        .answer = api_document},
};
const size_t api_route_count = sizeof(api_routes) / sizeof(api_routes[0]);

int64_t api_mono_ns(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t); /* cannot fail */
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

int64_t api_now_ns(const struct api *a)
{
    return a->tick_ns == INT64_MIN ? INT64_MIN : a->tick_ns + (api_mono_ns() - a->tick_mono_ns);
}

static void keep_line(struct closed_lines *l, const struct event *e, const struct text *t)
{
    struct closed_line line = {.text = t->data, .n = t->length};

    if (e->type == EVENT_INCIDENT) {
        line.is_incident = true;
        line.host = e->incident->host;
        line.start_ns = e->incident->start_ns;
        line.end_ns = e->incident->end_ns;
        memcpy(line.id, e->incident->id, sizeof(line.id));
    } else {
        memcpy(line.id, e->finding->id, sizeof(line.id));
    }
    closed_lines_add(l, &line);
}

void api_event(struct api *a, struct http_server *s, const struct event *e)
{
    static char line[EVENT_JSON_MAX];
    const bool ends = (e->type == EVENT_INCIDENT && e->incident->change == CHANGE_CLOSE) ||
                      (e->type == EVENT_FINDING && e->finding->change == CHANGE_CLOSE);
    struct text t;

    if (e->type == EVENT_INCIDENT && e->incident->change == CHANGE_OPEN)
        a->incidents_opened[e->incident->kind]++;
    const bool heard = s && a->view && http_server_has_listeners(s), kept = ends && a->closed && a->view;
    if (!heard && !kept)
        return;
    text_init(&t, line, sizeof(line));
    event_json_write(&t, view_catalog(a->view), e);
    if (t.truncated || t.length == 0)
        return;
    t.length--; /* the newline */
    if (heard)
        http_server_push(s, t.data, t.length);
    if (kept)
        keep_line(a->closed, e, &t);
}

void api_front(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const struct http_route *row;

    if (q->form == 1) {
        page_front(a);
        return;
    }
    text_addf(a->body, "coherence %s\n\n", api->version);
    for (size_t i = 0; api->server && (row = http_server_row(api->server, i)); i++)
        if (row->help)
            text_addf(a->body, "%-4s %-22s %s\n", row->take ? "POST" : "GET", row->path, row->help);
}
