/* SPDX-License-Identifier: MIT
 * Everything that is known of one entity, as the terminal's page of it says: what the laws say and why, what
 * it has so much of and no more, its quantities with what was expected of them, its processes. */
#include <string.h>

#include "base/json.h"
#include "base/number.h"
#include "output/api/handlers.h"
#include "output/event_json.h"
#include "output/tui/phrase.h"
#include "output/tui/ranking.h"

#define PROCESSES_MAX 16 /* those with the most CPU */
#define FINDINGS_MAX  16 /* looked through: asking for one costs a walk over all entities */
#define SIGNALS_MAX   64
#define RECENT        60 /* values of a quantity */

uint32_t api_find_entity(const struct api *api, const struct http_request *q, struct http_answer *a)
{
    const struct catalog *c = view_catalog(api->view);
    uint64_t id;

    if (number_parse_u64(q->rest, strlen(q->rest), &id) == 0 && id < ENTITY_NONE &&
        catalog_stage(c, (uint32_t)id) != CATALOG_UNKNOWN)
        return (uint32_t)id;
    http_answer_error(a, 404, "no entity has this number");
    return ENTITY_NONE;
}

static void put_findings(struct json *j, struct http_answer *a, const struct api *api, uint32_t id)
{
    const uint32_t n = view_finding_count(api->view);
    bool first = true;

    json_begin_array(j, "findings");
    for (uint32_t i = 0; i < n && i < FINDINGS_MAX; i++) {
        const struct finding *f = view_finding(api->view, i);
        if (f && f->entity == id)
            (void)api_put_event(a->body, api, &first, &(struct event){.type = EVENT_FINDING, .finding = f});
    }
    json_end_array(j);
}

static void put_supplies(struct json *j, const struct view *v, uint32_t id)
{
    struct view_supply supplies[VIEW_SUPPLIES_MAX];
    const uint32_t n = view_supplies(v, id, supplies, VIEW_SUPPLIES_MAX);

    json_begin_array(j, "supplies");
    for (uint32_t i = 0; i < n; i++) {
        const struct view_supply *s = &supplies[i];
        json_begin_object(j, NULL);
        json_put_string(j, "name", s->name);
        json_put_string(j, "unit", s->bytes ? "By" : "");
        json_put_number(j, "used", s->used);
        json_put_number(j, "limit", s->limit);
        json_put_number(j, "growth_per_s", s->growth_per_s);
        json_begin_array(j, "exhausted_s");
        json_put_number(j, NULL, s->early_s);
        json_put_number(j, NULL, s->late_s);
        json_end_array(j);
        json_end_object(j);
    }
    json_end_array(j);
}

static void put_signal(struct json *j, const struct view *v, uint32_t series, const struct view_signal *s)
{
    const uint32_t metric = catalog_series_get(view_catalog(v), series)->metric;
    float recent[RECENT];
    const uint32_t n = view_recent(v, series, recent, RECENT);

    json_begin_object(j, NULL);
    json_put_string(j, "metric", catalog_metric_name(view_catalog(v), metric));
    json_put_string(j, "label", phrase_metric(view_catalog(v), metric));
    json_put_string(j, "unit", metric < METRIC_KNOWN_COUNT ? metric_table[metric].unit : "");
    json_put_bool(j, "rate", s->rate);
    json_put_number(j, "value", s->value);
    json_put_number(j, "expected", s->expected);
    json_put_number(j, "surprise", s->surprise);
    json_begin_array(j, "recent");
    for (uint32_t i = 0; i < n; i++)
        json_put_number(j, NULL, (double)recent[i]);
    json_end_array(j);
    json_end_object(j);
}

/* In the order in which they were first heard of. */
static void put_signals(struct json *j, const struct view *v, uint32_t id)
{
    const struct catalog *c = view_catalog(v);
    uint32_t ids[SIGNALS_MAX], n = 0;
    struct view_signal s;

    for (uint32_t series = catalog_newest_series(c, id); series != CATALOG_NO_SERIES && n < SIGNALS_MAX;
         series = catalog_older_series(c, series))
        ids[n++] = series;
    json_begin_array(j, "signals");
    while (n-- > 0)
        if (view_signal(v, id, catalog_series_get(c, ids[n])->metric, &s))
            put_signal(j, v, ids[n], &s);
    json_end_array(j);
}

static void put_process(struct json *j, const struct view *v, uint32_t id)
{
    struct view_process p;

    if (!view_process(v, id, &p))
        return;
    json_begin_object(j, NULL);
    json_put_uint(j, "id", id);
    json_put_string(j, "name", catalog_entity_get(view_catalog(v), id)->name);
    json_put_number(j, "cpu", p.cpu_ratio);
    json_put_number(j, "memory_bytes", p.memory_bytes);
    json_put_number(j, "growth_bytes_per_s", p.growth_bytes_per_s);
    json_put_number(j, "threads", p.threads);
    json_put_number(j, "futex_share", p.futex_ratio);
    json_put_number(j, "wait_ratio", p.wait_ratio);
    json_put_number(j, "faults_per_s", p.faults_per_s);
    json_put_number(j, "read_bytes_per_s", p.read_bytes_per_s);
    json_put_number(j, "written_bytes_per_s", p.written_bytes_per_s);
    json_end_object(j);
}

static void put_processes(struct json *j, const struct view *v, uint32_t id)
{
    static struct ranking ranking;
    const struct rank_query q = {.processes = true, .below = id, .filter = "", .order = ORDER_CPU};

    ranking_update(&ranking, v, &q);
    json_begin_array(j, "processes");
    for (uint32_t i = 0; i < ranking.count && i < PROCESSES_MAX; i++)
        put_process(j, v, ranking.rows[i].entity);
    json_end_array(j);
    json_put_uint(j, "process_count", ranking.total);
}

void api_entity(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const uint32_t id = api_find_entity(api, q, a);
    struct json j;

    if (id == ENTITY_NONE)
        return;
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    api_put_entity(&j, "entity", api->view, id);
    put_findings(&j, a, api, id);
    put_supplies(&j, api->view, id);
    put_signals(&j, api->view, id);
    put_processes(&j, api->view, id);
    json_end_object(&j);
    text_add_char(a->body, '\n');
}
