/* SPDX-License-Identifier: MIT
 * What is watched, as one list: each living entity with what the main laws say of it. Series of their own and
 * single CPUs are left out unless they are asked for, because there are hundreds of them. */
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "output/api/handlers.h"
#include "output/tui/ranking.h"

/* Bytes of one entity at most: three names, each byte of them escaped to six, and six laws. Below that room
 * the list ends and says how many are missing. */
#define ENTITY_BYTES_MAX (3u * CATALOG_NAME_MAX * 6u + LAW_COUNT * 256u + 1024u)

static void put_law(struct json *j, enum law_id law, const struct law_reading *r)
{
    json_begin_object(j, law_name(law));
    json_put_string(j, "state", law_state_name(r->state));
    json_put_number(j, "value", r->value);
    json_put_number(j, "expected", r->expected);
    json_begin_array(j, "band");
    json_put_number(j, NULL, r->lo);
    json_put_number(j, NULL, r->hi);
    json_end_array(j);
    json_put_string(j, "unit", r->unit);
    json_put_number(j, "scale_s", r->scale_s);
    json_end_object(j);
}

static double signal_of(const struct view *v, uint32_t id, enum metric_id metric)
{
    struct view_signal s;
    return view_signal(v, id, metric, &s) ? s.value : (double)NAN;
}

void api_put_entity(struct json *j, const char *key, const struct view *v, uint32_t id)
{
    const struct host_tick *tick = view_host(v, id);
    const struct catalog *c = view_catalog(v);
    const struct entity *e = catalog_entity_get(c, id);
    char parent[CATALOG_NAME_MAX + 16];
    struct text t;

    json_begin_object(j, key);
    json_put_uint(j, "id", id);
    json_put_string(j, "kind", entity_kind_name(e->kind));
    json_put_string(j, "name", e->name);
    text_init(&t, parent, sizeof(parent));
    if (e->parent != ENTITY_NONE && catalog_stage(c, e->parent) != CATALOG_UNKNOWN) {
        text_addf(&t, "%s:", entity_kind_name(catalog_entity_get(c, e->parent)->kind));
        text_add(&t, catalog_entity_get(c, e->parent)->name);
    }
    json_put_string(j, "parent", t.length ? parent : NULL);
    json_put_string(j, "host", catalog_host_name(c, id));
    json_put_bool(j, "lives", catalog_entity_lives(c, id));
    json_put_string(j, "status", tick ? host_state_name(tick->state) : NULL);
    json_put_number(j, "cpu", signal_of(v, id, METRIC_CPU_UTILIZATION));
    json_put_number(j, "memory_bytes", signal_of(v, id, METRIC_MEMORY_USAGE));
    json_begin_object(j, "laws");
    for (int law = 0; law < LAW_COUNT; law++) {
        const struct law_reading r = ranking_reading(v, id, (enum law_id)law);
        if (r.state != LAW_UNOBSERVABLE || e->kind == ENTITY_HOST)
            put_law(j, (enum law_id)law, &r);
    }
    json_end_object(j);
    json_end_object(j);
}

void api_entities(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const struct catalog *c = view_catalog(api->view);
    const int kind = q->values[0][0] ? entity_kind_parse(q->values[0], strlen(q->values[0])) : -1;
    uint64_t more = 0;
    struct json j;

    if (q->values[0][0] && kind < 0) {
        http_answer_error(a, 400,
            "no such kind; there are host, cpu, cgroup, process, jvm, service, filesystem and "
            "series");
        return;
    }
    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_begin_array(&j, "entities");
    for (uint32_t e = catalog_entity_first(c); e != ENTITY_NONE; e = catalog_entity_next(c, e)) {
        const enum entity_kind is = catalog_entity_get(c, e)->kind;
        if (!catalog_entity_lives(c, e) ||
            (kind >= 0 ? (int)is != kind : is == ENTITY_SERIES || is == ENTITY_CPU))
            continue;
        if (a->body->capacity - a->body->length > ENTITY_BYTES_MAX)
            api_put_entity(&j, NULL, api->view, e);
        else
            more++;
    }
    json_end_array(&j);
    json_put_uint(&j, "left_out", more);
    json_end_object(&j);
    text_add_char(a->body, '\n');
}
