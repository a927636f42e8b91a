/* SPDX-License-Identifier: MIT
 * Incidents, open and closed, and one of them with what it is made of: the objects of the JSON lines, as they
 * stand now or as they were said last. Closed ones come from the state directory, where there is one, and
 * else from what memory kept of them. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "output/api/handlers.h"
#include "output/event_json.h"

#define USUAL_LIMIT 100u

enum { STATE, FROM, TO, HOST, LIMIT };

/* Which incidents. */
struct asked {
    bool open, closed;
    int64_t from_ns, to_ns;
    const char *host; /* "" = any */
    uint32_t limit;   /* of closed ones */
};

bool api_put_event(struct text *out, const struct api *api, bool *first, const struct event *e)
{
    const size_t from = out->length;

    if (out->capacity - from <= EVENT_JSON_MAX + 64)
        return false;
    if (!*first)
        text_add_char(out, ',');
    event_json_write(out, view_catalog(api->view), e);
    out->data[--out->length] = '\0'; /* the newline */
    *first = false;
    return true;
}

static bool put_line(struct text *out, bool *first, const struct closed_line *line)
{
    if (out->capacity - out->length <= line->n + 64)
        return false;
    if (!*first)
        text_add_char(out, ',');
    text_add_bytes(out, line->text, line->n);
    *first = false;
    return true;
}

static const char *read_question(const struct http_request *q, struct asked *x)
{
    const char *state = q->values[STATE], *from = q->values[FROM], *to = q->values[TO];
    uint64_t limit = USUAL_LIMIT;

    *x = (struct asked){.from_ns = INT64_MIN, .to_ns = INT64_MAX, .host = q->values[HOST]};
    x->open = strcmp(state, "closed") != 0;
    x->closed = strcmp(state, "closed") == 0 || strcmp(state, "all") == 0;
    if (!x->closed && state[0] && strcmp(state, "open") != 0)
        return "no such state; there are open, closed and all";
    if (from[0] && timestamp_parse(from, strlen(from), &x->from_ns) != 0)
        return "'from' is no time: Unix seconds, or 2026-01-31T12:00:00Z";
    if (to[0] && timestamp_parse(to, strlen(to), &x->to_ns) != 0)
        return "'to' is no time: Unix seconds, or 2026-01-31T12:00:00Z";
    if (q->values[LIMIT][0] && (number_parse_u64(q->values[LIMIT], strlen(q->values[LIMIT]), &limit) != 0 ||
                                   limit < 1 || limit > QUESTION_LIMIT_MAX))
        return "'limit' must be 1 to 1000";
    x->limit = (uint32_t)limit;
    return NULL;
}

static bool is_of(const struct api *api, const struct asked *x, uint32_t host, int64_t start_ns)
{
    return start_ns <= x->to_ns &&
           (!x->host[0] ||
               (catalog_stage(view_catalog(api->view), host) != CATALOG_UNKNOWN &&
                   strcmp(catalog_entity_get(view_catalog(api->view), host)->name, x->host) == 0));
}

/* Appends the open ones. Returns how many had no room. */
static uint32_t put_open(struct text *out, const struct api *api, const struct asked *x, bool *first)
{
    const uint32_t count = view_incident_count(api->view);
    uint32_t left_out = 0;

    for (uint32_t i = 0; x->open && i < count; i++) {
        const struct incident *n = view_incident(api->view, i);
        const struct event e = {.type = EVENT_INCIDENT, .incident = n};
        if (is_of(api, x, n->host, n->start_ns))
            left_out += !api_put_event(out, api, first, &e);
    }
    return left_out;
}

/* Appends the closed ones that memory has. Returns how many had no room. */
static uint32_t put_closed(struct text *out, const struct api *api, const struct asked *x, bool *first)
{
    struct closed_line line;
    uint32_t left_out = 0, listed = 0;

    for (uint32_t i = 0; x->closed && api->closed && closed_lines_get(api->closed, i, &line); i++) {
        if (!line.is_incident || !is_of(api, x, line.host, line.start_ns) || line.end_ns < x->from_ns)
            continue;
        if (listed < x->limit && put_line(out, first, &line))
            listed++;
        else
            left_out++;
    }
    return left_out;
}

static void ask_history(
    const struct api *api, const struct asked *x, const struct http_request *q, struct http_answer *a)
{
    struct question *later = api->desk->take(api->desk->context);
    bool first = true;

    if (!later) {
        question_is_busy(a);
        return;
    }
    later->kind = QUESTION_INCIDENTS;
    later->ticket = q->ticket;
    later->from_ns = x->from_ns;
    later->to_ns = x->to_ns == INT64_MAX ? INT64_MIN : x->to_ns;
    later->limit = x->limit;
    (void)snprintf(later->host, sizeof(later->host), "%s", x->host);
    text_add(&later->body, "{\"incidents\":[");
    later->left_out = put_open(&later->body, api, x, &first);
    later->listed = !first;
    a->later = true;
    api->desk->put(api->desk->context, later);
}

void api_incidents(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    struct asked x;
    bool first = true;

    const char *wrong = read_question(q, &x);
    if (wrong) {
        http_answer_error(a, 400, wrong);
        return;
    }
    if (x.closed && api->desk) {
        ask_history(api, &x, q, a);
        return;
    }
    text_add(a->body, "{\"incidents\":[");
    uint32_t left_out = put_open(a->body, api, &x, &first);
    left_out += put_closed(a->body, api, &x, &first);
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

/* The narrative taken apart: a line reaches up to the blank before the next one. */
static void put_story(struct text *out, const struct incident *n)
{
    const size_t length = strlen(n->narrative);

    text_add(out, "\"story\":[");
    for (uint32_t k = 0; k < n->line_count && n->lines[k].at <= length; k++) {
        const bool last = k + 1 == n->line_count || n->lines[k + 1].at > length;
        const size_t from = n->lines[k].at, to = last ? length : n->lines[k + 1].at - 1u;
        text_addf(out, "%s{\"kind\":\"%s\",\"text\":", k ? "," : "",
            line_kind_name((enum line_kind)n->lines[k].kind));
        text_add_json_string(out, n->narrative + from, to > from ? to - from : 0);
        text_add_char(out, '}');
    }
    text_add_char(out, ']');
}

static void put_incident(const struct api *api, const struct incident *n, struct http_answer *a)
{
    const uint32_t count = view_finding_count(api->view);
    bool first = true;

    text_add(a->body, "{\"incident\":");
    (void)api_put_event(a->body, api, &first, &(struct event){.type = EVENT_INCIDENT, .incident = n});
    text_add(a->body, ",\"findings\":[");
    first = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct finding *f = view_finding(api->view, i);
        if (f && is_part(n, f))
            (void)api_put_event(a->body, api, &first, &(struct event){.type = EVENT_FINDING, .finding = f});
    }
    text_add(a->body, "],");
    put_story(a->body, n);
    text_add(a->body, "}\n");
}

/* Of findings it is known that they belong to it by their ids in its line: as strings of JSON, in which no
 * quotation mark stands unescaped. */
static bool is_named(const struct closed_line *incident, const char *id)
{
    char quoted[HASH_ID_TEXT_MAX + 2];
    const int n = snprintf(quoted, sizeof(quoted), "\"%s\"", id);

    return memmem(incident->text, incident->n, quoted, (size_t)n) != NULL;
}

/* Writes a closed incident that memory has; false: it has not. */
static bool put_closed_incident(const struct api *api, const char *id, struct http_answer *a)
{
    struct closed_line incident, line;
    bool first = true, found = false;

    for (uint32_t i = 0; !found && api->closed && closed_lines_get(api->closed, i, &incident); i++)
        found = incident.is_incident && strcmp(incident.id, id) == 0;
    if (!found)
        return false;
    text_add(a->body, "{\"incident\":");
    (void)put_line(a->body, &first, &incident);
    text_add(a->body, ",\"findings\":[");
    first = true;
    for (uint32_t i = 0; closed_lines_get(api->closed, i, &line); i++)
        if (!line.is_incident && is_named(&incident, line.id))
            (void)put_line(a->body, &first, &line);
    text_add(a->body, "]}\n");
    return true;
}

static bool is_id(const char *text)
{
    return strlen(text) == HASH_ID_TEXT_MAX - 1 && strspn(text, "0123456789abcdef") == HASH_ID_TEXT_MAX - 1;
}

void api_incident(void *context, const struct http_request *q, struct http_answer *a)
{
    const struct api *api = context;
    const struct incident *n = find_incident(api->view, q->rest);

    if (n) {
        put_incident(api, n, a);
        return;
    }
    if (!is_id(q->rest)) {
        http_answer_error(a, 404, "no incident has this id: it has 16 hexadecimal digits");
        return;
    }
    if (!api->desk) {
        if (!put_closed_incident(api, q->rest, a))
            http_answer_error(a, 404, "no incident that is known here has this id");
        return;
    }
    struct question *later = api->desk->take(api->desk->context);
    if (!later) {
        question_is_busy(a);
        return;
    }
    later->kind = QUESTION_INCIDENT;
    later->ticket = q->ticket;
    (void)snprintf(later->id, sizeof(later->id), "%s", q->rest);
    a->later = true;
    api->desk->put(api->desk->context, later);
}
