/* SPDX-License-Identifier: MIT
 * The incidents that are open, and one of them with what it is made of: the objects of the JSON lines, as
 * they stand now. */
#include <string.h>

#include "output/api/handlers.h"
#include "output/event_json.h"

/* Appends the event's JSON line without its end; false: no room, nothing was appended. */
static bool put_object(struct http_answer *a, const struct api *api, bool *first, const struct event *e)
{
    const size_t from = a->body->length;

    if (a->body->capacity - from <= EVENT_JSON_MAX + 64)
        return false;
    if (!*first)
        text_add_char(a->body, ',');
    event_json_write(a->body, view_catalog(api->view), e);
    a->body->data[--a->body->length] = '\0'; /* the newline */
    *first = false;
    return true;
}

void api_incidents(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const uint32_t count = view_incident_count(api->view);
    uint32_t left_out = 0;
    bool first = true;

    (void)q;
    text_add(a->body, "{\"incidents\":[");
    for (uint32_t i = 0; i < count; i++) {
        const struct event e = {.type = EVENT_INCIDENT, .incident = view_incident(api->view, i)};
        left_out += !put_object(a, api, &first, &e);
    }
    text_addf(a->body, "],\"left_out\":%u}\n", left_out);
}

static const struct incident *find_incident(const struct view *v, const char *id)
{
    const struct incident *n;

    for (uint32_t i = 0; (n = view_incident(v, i)); i++)
        if (strcmp(n->id, id) == 0)
            return n;
    return NULL;
}

static bool is_part(const struct incident *n, const struct finding *f)
{
    for (uint32_t i = 0; i < n->finding_count && i < INCIDENT_FINDINGS_MAX; i++)
        if (strcmp(n->findings[i], f->id) == 0)
            return true;
    return false;
}

void api_incident(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const struct incident *n = find_incident(api->view, q->rest);
    const uint32_t count = view_finding_count(api->view);
    bool first = true;

    if (!n) {
        http_answer_error(a, 404, "no open incident has this id");
        return;
    }
    text_add(a->body, "{\"incident\":");
    (void)put_object(a, api, &first, &(struct event){.type = EVENT_INCIDENT, .incident = n});
    text_add(a->body, ",\"findings\":[");
    first = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct finding *f = view_finding(api->view, i);
        if (f && is_part(n, f))
            (void)put_object(a, api, &first, &(struct event){.type = EVENT_FINDING, .finding = f});
    }
    text_add(a->body, "]}\n");
}
