/* SPDX-License-Identifier: MIT
 * Turns what the engine and the shell know into metrics. Their names are a promise (docs/http.md); how they
 * are written is exposition.c's matter. Rendered when asked for, once a tick at most. */
#include <math.h>
#include <string.h>
#include <sys/resource.h>

#include "output/api/advice.h"
#include "output/api/exposition.h"
#include "output/api/handlers.h"

/* Entities that get metrics of their own, hosts first; the others are counted. Heuristic, chosen on
 * 2026-11-22: 100 with three laws make 1500 series, and a host with its services has 50. */
#define ENTITIES_MAX   100
#define NAME_MAX_BYTES 256

/* What stands under one name: several entities when they differ in ids alone. */
struct named {
    char name[NAME_MAX_BYTES];
    struct law_reading laws[LAW_COUNT]; /* the gravest state of each, and the highest excess with it */
    bool is_host;
};

struct roll {
    struct named named[ENTITIES_MAX];
    size_t count;
    uint64_t left_out;
};

static int gravity(enum law_state state)
{
    static const int by_state[] = {
        [LAW_UNOBSERVABLE] = 0, [LAW_STALE] = 1, [LAW_WARMUP] = 2, [LAW_OK] = 3, [LAW_ACTIVE] = 4};
    return by_state[state];
}

static double excess(const struct law_reading *r)
{
    return r->expected > 0 ? r->value / r->expected : (double)NAN;
}

static bool is_graver(const struct law_reading *a, const struct law_reading *b)
{
    if (gravity(a->state) != gravity(b->state))
        return gravity(a->state) > gravity(b->state);
    return excess(a) > excess(b) || (isnan(excess(b)) && !isnan(excess(a)));
}

static bool has_metrics(enum entity_kind kind)
{
    return kind == ENTITY_HOST || kind == ENTITY_CGROUP || kind == ENTITY_JVM || kind == ENTITY_SERVICE ||
           kind == ENTITY_FILESYSTEM;
}

static struct named *find_named(struct roll *r, const char *name)
{
    for (size_t i = 0; i < r->count; i++)
        if (strcmp(r->named[i].name, name) == 0)
            return &r->named[i];
    return NULL;
}

static void enroll(struct roll *r, const struct view *v, uint32_t id)
{
    const struct entity *e = catalog_entity_get(view_catalog(v), id);
    char name[NAME_MAX_BYTES];
    struct text t;

    text_init(&t, name, sizeof(name));
    exposition_add_name(&t, entity_kind_name(e->kind), e->name);
    struct named *n = find_named(r, name);
    if (!n && r->count == ENTITIES_MAX) {
        r->left_out++;
        return;
    }
    const bool is_new = !n;
    if (is_new) {
        n = &r->named[r->count++];
        memcpy(n->name, name, sizeof(name));
        n->is_host = e->kind == ENTITY_HOST;
    }
    for (int law = 0; law < LAW_COUNT; law++) {
        const struct law_reading reading = view_reading(v, id, (enum law_id)law);
        if (is_new || is_graver(&reading, &n->laws[law]))
            n->laws[law] = reading;
    }
}

static void call_roll(struct roll *r, const struct view *v)
{
    const struct catalog *c = view_catalog(v);

    r->count = 0;
    r->left_out = 0;
    for (int hosts = 1; hosts >= 0; hosts--)
        for (uint32_t e = catalog_entity_first(c); e != ENTITY_NONE; e = catalog_entity_next(c, e)) {
            const enum entity_kind kind = catalog_entity_get(c, e)->kind;
            if ((kind == ENTITY_HOST) == hosts && has_metrics(kind) && catalog_entity_lives(c, e))
                enroll(r, v, e);
        }
}

static void put_laws(struct exposition *x, const struct roll *r)
{
    exposition_begin(x, "coherence_law_state", EXPOSITION_GAUGE,
        "Whether a law is in this state about an entity: 1 of one state, 0 of the others.");
    for (size_t i = 0; i < r->count; i++)
        for (int law = 0; law < LAW_COUNT; law++)
            for (int state = 0; state < LAW_STATE_COUNT; state++) {
                const enum law_state is = r->named[i].laws[law].state;
                const struct exposition_label labels[] = {{"law", law_name((enum law_id)law)},
                    {"entity", r->named[i].name}, {"state", law_state_name((enum law_state)state)},
                    {NULL, NULL}};
                if (is != LAW_UNOBSERVABLE || r->named[i].is_host)
                    exposition_put_count(x, labels, (int)is == state);
            }
    exposition_begin(x, "coherence_law_excess_ratio", EXPOSITION_GAUGE,
        "What a law sees of an entity over what it expects; absent where it expects nothing.");
    for (size_t i = 0; i < r->count; i++)
        for (int law = 0; law < LAW_COUNT; law++) {
            const struct exposition_label labels[] = {
                {"law", law_name((enum law_id)law)}, {"entity", r->named[i].name}, {NULL, NULL}};
            exposition_put(x, labels, excess(&r->named[i].laws[law]));
        }
    exposition_begin(x, "coherence_entities_left_out", EXPOSITION_GAUGE,
        "Entities without metrics of their own, because there are too many.");
    exposition_put_count(x, NULL, r->left_out);
}

static void put_incidents(struct exposition *x, const struct api *api)
{
    uint64_t open[INCIDENT_PERSISTENT + 1][SEVERITY_CRITICAL + 1] = {{0}};
    const struct incident *n;

    for (uint32_t i = 0; (n = view_incident(api->view, i)); i++)
        open[n->kind][n->severity]++;
    exposition_begin(x, "coherence_incidents_open", EXPOSITION_GAUGE, "Incidents that are open.");
    for (int kind = 0; kind <= INCIDENT_PERSISTENT; kind++)
        for (int severity = 0; severity <= SEVERITY_CRITICAL; severity++) {
            const struct exposition_label labels[] = {{"kind", incident_kind_name((enum incident_kind)kind)},
                {"severity", severity_name((enum severity)severity)}, {NULL, NULL}};
            exposition_put_count(x, labels, open[kind][severity]);
        }
    exposition_begin(x, "coherence_incidents_total", EXPOSITION_COUNTER,
        "Incidents that have opened since the start, by the kind that they opened with.");
    for (int kind = 0; kind <= INCIDENT_PERSISTENT; kind++) {
        const struct exposition_label labels[] = {
            {"kind", incident_kind_name((enum incident_kind)kind)}, {NULL, NULL}};
        exposition_put_count(x, labels, api->incidents_opened[kind]);
    }
}

static void put_advice(struct exposition *x, const struct api *api)
{
    const struct veto *v = advice_now(api->view, "", api_now_ns(api), NULL);

    exposition_begin(x, "coherence_veto_active", EXPOSITION_GAUGE, "Whether this advice holds now.");
    for (int type = VETO_COMPUTE; type <= VETO_INTENT; type++) {
        const struct exposition_label labels[] = {
            {"action", veto_action_name((enum veto_type)type)}, {NULL, NULL}};
        exposition_put_count(x, labels, v && (int)v->type == type);
    }
}

/* What runs out, by the cause of its finding. */
static const char *resource_name(const char *cause)
{
    static const char *const names[][2] = {{"leak", "memory"}, {"task_leak", "tasks"},
        {"connection_leak", "tracked_connections"}, {"disk_fill", "filesystem"}, {"inode_fill", "inodes"},
        {"file_leak", "open_files"}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i][0], cause) == 0)
            return names[i][1];
    return "other";
}

struct exhaustion_row {
    const char *resource;
    char entity[NAME_MAX_BYTES];
    double lo_s, hi_s;
};

/* Takes a finding's estimate; of several under one name the nearest. Returns the new number of rows. */
static size_t add_exhaustion(
    struct exhaustion_row *rows, size_t n, const struct view *v, const struct finding *f)
{
    const struct catalog *c = view_catalog(v);
    struct exhaustion_row row = {resource_name(f->cause), "", f->exhaustion_lo_s, f->exhaustion_hi_s};
    struct text t;

    if ((isnan(row.lo_s) && isnan(row.hi_s)) || catalog_stage(c, f->entity) == CATALOG_UNKNOWN)
        return n;
    text_init(&t, row.entity, sizeof(row.entity));
    exposition_add_name(
        &t, entity_kind_name(catalog_entity_get(c, f->entity)->kind), catalog_entity_get(c, f->entity)->name);
    for (size_t i = 0; i < n; i++)
        if (rows[i].resource == row.resource && strcmp(rows[i].entity, row.entity) == 0) {
            if (row.lo_s < rows[i].lo_s || isnan(rows[i].lo_s))
                rows[i] = row;
            return n;
        }
    if (n < ENTITIES_MAX)
        rows[n++] = row;
    return n;
}

static void put_exhaustion(struct exposition *x, const struct api *api)
{
    static struct exhaustion_row rows[ENTITIES_MAX];
    const uint32_t count = view_finding_count(api->view);
    size_t n = 0;

    for (uint32_t i = 0; i < count; i++) {
        const struct finding *f = view_finding(api->view, i);
        if (f)
            n = add_exhaustion(rows, n, api->view, f);
    }
    exposition_begin(x, "coherence_time_to_exhaustion_seconds", EXPOSITION_GAUGE,
        "Time until a growing resource reaches its limit, as an interval; absent without a finding.");
    for (size_t i = 0; i < n; i++)
        for (int upper = 0; upper < 2; upper++) {
            const struct exposition_label labels[] = {{"resource", rows[i].resource},
                {"entity", rows[i].entity}, {"bound", upper ? "upper" : "lower"}, {NULL, NULL}};
            exposition_put(x, labels, upper ? rows[i].hi_s : rows[i].lo_s);
        }
}

static void put_sources(struct exposition *x, const struct api *api)
{
    exposition_begin(
        x, "coherence_source_up", EXPOSITION_GAUGE, "Whether a source's last reading succeeded.");
    for (size_t i = 0; i < api->source_count; i++)
        exposition_put_count(x, (struct exposition_label[]){{"source", api->sources[i].name}, {NULL, NULL}},
            api->sources[i].up);
    exposition_begin(x, "coherence_source_lag_seconds", EXPOSITION_GAUGE,
        "Time from a source's last samples to the last tick; absent before the first ones.");
    for (size_t i = 0; i < api->source_count; i++) {
        const int64_t heard_ns = api->sources[i].heard_ns;
        const double lag_s = heard_ns == INT64_MIN || api->tick_ns == INT64_MIN
                                 ? (double)NAN
                                 : (double)(api->tick_ns - heard_ns) / 1e9;
        exposition_put(x, (struct exposition_label[]){{"source", api->sources[i].name}, {NULL, NULL}},
            lag_s < 0 ? 0 : lag_s);
    }
    exposition_begin(
        x, "coherence_samples_total", EXPOSITION_COUNTER, "Samples that a source has delivered.");
    for (size_t i = 0; i < api->source_count; i++)
        exposition_put_count(x, (struct exposition_label[]){{"source", api->sources[i].name}, {NULL, NULL}},
            api->sources[i].samples);
}

/* Reasons that have not come up yet are left out. */
static void put_source_drops(struct exposition *x, const struct api_source *s)
{
    for (size_t i = 0; i < API_DROPS_MAX && s->drops[i].reason; i++)
        if (s->drops[i].count > 0)
            exposition_put_count(x,
                (struct exposition_label[]){
                    {"source", s->name}, {"reason", s->drops[i].reason}, {NULL, NULL}},
                s->drops[i].count);
}

static void put_drops(struct exposition *x, const struct api *api)
{
    const struct summary s = view_summary(api->view);
    const struct {
        const char *reason;
        uint64_t count;
    } drops[] = {{"late", s.late}, {"not_finite", s.not_finite}, {"refused", s.refused}};

    exposition_begin(x, "coherence_samples_dropped_total", EXPOSITION_COUNTER,
        "Samples that were not judged; of those that the engine refuses it does not tell whose they were.");
    for (size_t i = 0; i < sizeof(drops) / sizeof(drops[0]); i++)
        exposition_put_count(x,
            (struct exposition_label[]){{"source", "all"}, {"reason", drops[i].reason}, {NULL, NULL}},
            drops[i].count);
    for (size_t i = 0; i < api->source_count; i++)
        put_source_drops(x, &api->sources[i]);
    exposition_begin(x, "coherence_unsaid_total", EXPOSITION_COUNTER,
        "Findings, anomalies and readings that were judged and, for want of memory, never said.");
    exposition_put_count(x, NULL, s.unsaid);
    exposition_begin(x, "coherence_tick_overruns_total", EXPOSITION_COUNTER,
        "Ticks that were missed because this process did not get to run in time.");
    exposition_put_count(x, NULL, api->overruns);
    exposition_begin(x, "coherence_lines_dropped_total", EXPOSITION_COUNTER,
        "Lines that the reader of standard output was too slow for.");
    exposition_put_count(x, NULL, api->lines_dropped);
    exposition_begin(x, "coherence_last_tick_timestamp_seconds", EXPOSITION_GAUGE,
        "Time of the last tick; absent before the first.");
    exposition_put(x, NULL, api->tick_ns == INT64_MIN ? (double)NAN : (double)api->tick_ns / 1e9);
}

static void put_budget(struct exposition *x, const struct api *api)
{
    const struct summary s = view_summary(api->view);

    exposition_begin(x, "coherence_false_alarms_promised_per_day", EXPOSITION_GAUGE,
        "False alarms per host and day that the configured budget allows; absent in the classic profile.");
    exposition_put(x, NULL, s.promised_per_day);
    exposition_begin(x, "coherence_calibrated_alarms_total", EXPOSITION_COUNTER,
        "Alarms, true ones included, that were raised against this budget.");
    exposition_put_count(x, NULL, s.shocks);
    exposition_begin(x, "coherence_judged_seconds", EXPOSITION_GAUGE,
        "Time of hosts for which the budget was spent, summed over hosts.");
    exposition_put(x, NULL, s.judged_days * 86400);
}

static void put_service(struct exposition *x, const struct api *api)
{
    static const char *const classes[] = {NULL, "1xx", "2xx", "3xx", "4xx", "5xx"};
    const struct http_counts c = api->server ? http_server_counts(api->server) : (struct http_counts){0};
    const struct {
        const char *reason;
        uint64_t count;
    } closed[] = {{"overdue", c.overdue}, {"evicted", c.evicted}, {"stream_too_slow", c.stream_dropped}};

    exposition_begin(x, "coherence_http_requests_total", EXPOSITION_COUNTER, "Requests that were answered.");
    for (size_t i = 2; i < sizeof(classes) / sizeof(classes[0]); i++)
        exposition_put_count(
            x, (struct exposition_label[]){{"code", classes[i]}, {NULL, NULL}}, c.answered[i]);
    exposition_begin(x, "coherence_http_malformed_total", EXPOSITION_COUNTER,
        "Requests that were refused for their form: host, path, headers or a body.");
    exposition_put_count(x, NULL, c.refused_head);
    exposition_begin(
        x, "coherence_http_closed_total", EXPOSITION_COUNTER, "Connections that were closed from here.");
    for (size_t i = 0; i < sizeof(closed) / sizeof(closed[0]); i++)
        exposition_put_count(
            x, (struct exposition_label[]){{"reason", closed[i].reason}, {NULL, NULL}}, closed[i].count);
    exposition_begin(x, "coherence_http_connections", EXPOSITION_GAUGE, "Connections that are open.");
    exposition_put_count(x, NULL, c.connections);
    exposition_begin(x, "coherence_stream_listeners", EXPOSITION_GAUGE, "Listeners of the stream.");
    exposition_put_count(x, NULL, c.listeners);
    if (c.certificate_s == 0)
        return;
    exposition_begin(x, "coherence_tls_certificate_end_timestamp_seconds", EXPOSITION_GAUGE,
        "When the certificate of the HTTP service ends.");
    exposition_put(x, NULL, (double)c.certificate_s);
}

static void put_process(struct exposition *x, const struct api *api)
{
    struct rusage u;

    exposition_begin(
        x, "coherence_sandbox_enforced", EXPOSITION_GAUGE, "Whether a layer of the seal is in force.");
    for (size_t i = 0; i < sizeof(api->layers) / sizeof(api->layers[0]); i++)
        exposition_put_count(x, (struct exposition_label[]){{"layer", api->layers[i].name}, {NULL, NULL}},
            api->layers[i].enforced);
    exposition_begin(x, "coherence_config_last_reload_successful", EXPOSITION_GAUGE,
        "Whether the configuration could be taken over when it was read last.");
    exposition_put_count(x, NULL, !api->reload_failed);
    exposition_begin(x, "coherence_config_last_reload_success_timestamp_seconds", EXPOSITION_GAUGE,
        "When the configuration that holds was read.");
    exposition_put(x, NULL, (double)api->loaded_ns / 1e9);
    exposition_begin(x, "process_start_time_seconds", EXPOSITION_GAUGE, "When this process began to watch.");
    exposition_put(x, NULL, (double)api->started_ns / 1e9);
    if (getrusage(RUSAGE_SELF, &u) != 0)
        return;
    exposition_begin(x, "process_cpu_seconds_total", EXPOSITION_COUNTER, "CPU time of this process.");
    exposition_put(x, NULL,
        (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
            (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6);
}

/* One family of the notifications: a sample for each kind of receiver that is configured. */
static void put_notifications(struct exposition *x, const struct api *api, size_t counter)
{
    for (int o = 0; o < ALERTS_OUTPUT_COUNT; o++) {
        const struct alerts_counts c = alerts_counts(api->alerts, (enum alerts_output)o);
        if (c.configured)
            exposition_put_count(x,
                (struct exposition_label[]){
                    {"output", alerts_output_name((enum alerts_output)o)}, {NULL, NULL}},
                *(const uint64_t *)((const char *)&c + counter));
    }
}

static void put_alerts(struct exposition *x, const struct api *api)
{
    static const struct {
        const char *name;
        enum exposition_type type;
        const char *help;
        size_t counter;
    } families[] = {
        {"coherence_notifications_sent_total", EXPOSITION_COUNTER,
            "Openings, changes and closings of incidents that receivers took.",
            offsetof(struct alerts_counts, sent)},
        {"coherence_notifications_failed_total", EXPOSITION_COUNTER, "Tries to tell a receiver that failed.",
            offsetof(struct alerts_counts, failed)},
        {"coherence_notifications_dropped_total", EXPOSITION_COUNTER,
            "What a receiver will never be told: refused by it, or no more room.",
            offsetof(struct alerts_counts, dropped)},
        {"coherence_notifications_waiting", EXPOSITION_GAUGE, "What waits to be told.",
            offsetof(struct alerts_counts, waiting)},
    };

    for (size_t i = 0; api->alerts && i < sizeof(families) / sizeof(families[0]); i++) {
        exposition_begin(x, families[i].name, families[i].type, families[i].help);
        put_notifications(x, api, families[i].counter);
    }
}

void api_metrics(void *context, const struct http_request *q, struct http_answer *a)
{
    static struct roll roll;
    const struct api *api = context;
    struct exposition x = {.out = a->body, .openmetrics = q->form == 1};

    exposition_begin(&x, "coherence_build_info", EXPOSITION_INFO, "The version that is running, always 1.");
    exposition_put_count(&x, (struct exposition_label[]){{"version", api->version}, {NULL, NULL}}, 1);
    call_roll(&roll, api->view);
    put_laws(&x, &roll);
    put_incidents(&x, api);
    put_advice(&x, api);
    put_exhaustion(&x, api);
    put_sources(&x, api);
    put_drops(&x, api);
    put_budget(&x, api);
    put_process(&x, api);
    put_service(&x, api);
    put_alerts(&x, api);
    exposition_end(&x);
}
