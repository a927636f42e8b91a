/* SPDX-License-Identifier: MIT
 * Whether this process lives, whether it judges, and how it stands. That a host is unstable changes nothing
 * of the first two: advice that took its giver out of service would be its own false alarm. */
#include <math.h>

#include "base/json.h"
#include "output/api/handlers.h"

/* So many periods without a tick mean that nothing is being judged: one may be missed when this process did
 * not get to run. Heuristic, chosen on 2026-11-22. */
#define STALLED_PERIODS 3

void api_healthz(void *context, const struct http_request *q, struct http_answer *a)
{
    (void)context, (void)q;
    text_add(a->body, "ok\n");
}

/* Why nothing is being judged, or NULL. */
static const char *not_ready(const struct api *api)
{
    const struct catalog *c = view_catalog(api->view);
    const char *why = "no host is known yet";

    if (api->tick_ns == INT64_MIN)
        return "there has been no tick yet";
    if (api_now_ns(api) - api->tick_ns > STALLED_PERIODS * api->period_ns)
        return "the last tick is too long ago";
    for (uint32_t e = catalog_entity_first(c); e != ENTITY_NONE; e = catalog_entity_next(c, e)) {
        const struct host_tick *t =
            catalog_entity_get(c, e)->kind == ENTITY_HOST ? view_host(api->view, e) : NULL;
        if (t && (t->state == HOST_STABLE || t->state == HOST_UNSTABLE))
            return NULL;
        if (t)
            why = t->state == HOST_WARMUP  ? "warming up"
                  : t->state == HOST_STALE ? "the host's telemetry has gone quiet"
                                           : "the host's telemetry cannot be read";
    }
    return why;
}

void api_readyz(void *context, const struct http_request *q, struct http_answer *a)
{
    const char *why = not_ready(context);

    (void)q;
    if (why)
        a->status = 503;
    text_add(a->body, why ? why : "ready");
    text_add_char(a->body, '\n');
}

static void put_seal(struct json *j, const struct api *api)
{
    json_begin_object(j, "seal");
    for (size_t i = 0; i < sizeof(api->layers) / sizeof(api->layers[0]); i++)
        json_put_bool(j, api->layers[i].name, api->layers[i].enforced);
    json_put_string(j, "missing", api->seal_missing[0] ? api->seal_missing : NULL);
    json_end_object(j);
}

static void put_sources(struct json *j, const struct api *api)
{
    json_begin_array(j, "sources");
    for (size_t i = 0; i < api->source_count; i++) {
        const struct api_source *s = &api->sources[i];
        json_begin_object(j, NULL);
        json_put_string(j, "name", s->name);
        json_put_bool(j, "up", s->up);
        if (s->heard_ns == INT64_MIN)
            json_put_null(j, "heard");
        else
            json_put_time(j, "heard", s->heard_ns);
        json_put_uint(j, "samples", s->samples);
        json_end_object(j);
    }
    json_end_array(j);
    json_begin_array(j, "degraded");
    for (size_t i = 0; i < api->degraded_count; i++)
        json_put_string(j, NULL, api->degraded[i]);
    json_end_array(j);
}

static void put_engine(struct json *j, const struct api *api)
{
    const struct summary s = view_summary(api->view);

    json_put_uint(j, "entities", catalog_entity_count(view_catalog(api->view)));
    json_put_uint(j, "series", s.series);
    json_put_uint(j, "samples", s.samples);
    json_put_uint(j, "late", s.late);
    json_put_uint(j, "not_finite", s.not_finite);
    json_put_uint(j, "refused", s.refused);
    json_put_uint(j, "findings", s.findings);
    json_put_uint(j, "incidents", s.incidents);
    json_put_uint(j, "unsaid", s.unsaid);
    json_put_uint(j, "tick_overruns", api->overruns);
    json_begin_object(j, "false_alarm_budget");
    json_put_number(j, "promised_per_day", s.promised_per_day);
    json_put_number(j, "shocks_per_day", s.judged_days > 0 ? (double)s.shocks / s.judged_days : (double)NAN);
    json_put_number(j, "host_days", s.judged_days);
    json_end_object(j);
}

void api_status(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    struct json j;

    (void)q;
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_put_string(&j, "version", api->version);
    json_put_string(&j, "profile", api->profile);
    json_put_time(&j, "started", api->started_ns);
    json_put_number(&j, "uptime_s", (double)(api_mono_ns() - api->started_mono_ns) / 1e9);
    if (api->tick_ns == INT64_MIN)
        json_put_null(&j, "t");
    else
        json_put_time(&j, "t", api->tick_ns);
    json_put_bool(&j, "ready", not_ready(api) == NULL);
    json_begin_object(&j, "configuration");
    json_put_time(&j, "loaded", api->loaded_ns);
    json_put_bool(&j, "last_reload_successful", !api->reload_failed);
    json_put_string(&j, "needs_restart", api->restart && api->restart[0] ? api->restart : NULL);
    json_end_object(&j);
    json_put_string(&j, "not_ready", not_ready(api));
    put_seal(&j, api);
    put_sources(&j, api);
    put_engine(&j, api);
    json_end_object(&j);
    text_add_char(a->body, '\n');
}
