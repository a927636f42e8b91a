/* SPDX-License-Identifier: MIT
 * The past of one law's reading, or of one metric, of one entity: from memory what memory has, and from the
 * recording, where there is one, what is older. */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "output/api/handlers.h"

#define SECOND_NS   INT64_C(1000000000)
#define USUAL_NS    (600 * SECOND_NS)  /* of time, where no beginning is given */
#define OLDER_NS    (3600 * SECOND_NS) /* of time that one question has judged again, */
#define OLDER_TICKS 4000               /* and of ticks */
#define STEP_MAX_S  86400.0

enum { ENTITY, METRIC, FROM, TO, STEP, HOST };

/* What is asked for, once understood. */
struct asked {
    uint32_t entity, what; /* entity: ENTITY_NONE: does not live; what: UINT32_MAX: not known now */
    int64_t from_ns, to_ns, step_ns;
};

static const char *read_times(const struct api *api, const struct http_request *q, struct asked *x)
{
    const char *from = q->values[FROM], *to = q->values[TO];

    x->to_ns = api->tick_ns == INT64_MIN ? api->started_ns : api->tick_ns;
    if (to[0] && timestamp_parse(to, strlen(to), &x->to_ns) != 0)
        return "'to' is no time: Unix seconds, or 2026-01-31T12:00:00Z";
    x->from_ns = x->to_ns - USUAL_NS;
    if (from[0] && timestamp_parse(from, strlen(from), &x->from_ns) != 0)
        return "'from' is no time: Unix seconds, or 2026-01-31T12:00:00Z";
    if (x->from_ns < 0 || x->from_ns > x->to_ns)
        return "'from' must not be after 'to'";
    return NULL;
}

static const char *read_step(const struct api *api, const struct http_request *q, struct asked *x)
{
    const char *step = q->values[STEP];
    double seconds;

    x->step_ns = series_grid_step(x->from_ns, x->to_ns, api->period_ns);
    if (!step[0])
        return NULL;
    if (number_parse(step, strlen(step), &seconds) == 0 && seconds >= 1e-3 && seconds <= STEP_MAX_S)
        x->step_ns = (int64_t)(seconds * 1e9 + 0.5);
    else if (duration_parse(step, strlen(step), &x->step_ns) != 0 || x->step_ns < SECOND_NS / 1000)
        return "'step' is no duration: seconds, or 15s, 1m";
    return NULL;
}

/* The host that is meant: the one of that name, or else the first. */
static const char *find_host(const struct catalog *c, const char *name)
{
    if (name[0])
        return name;
    for (uint32_t e = catalog_entity_first(c); e != ENTITY_NONE; e = catalog_entity_next(c, e))
        if (catalog_entity_get(c, e)->kind == ENTITY_HOST && catalog_entity_lives(c, e))
            return catalog_entity_get(c, e)->name;
    return "";
}

static int law_of(const char *name)
{
    for (int law = 0; law < LAW_COUNT; law++)
        if (strcmp(law_name((enum law_id)law), name) == 0)
            return law;
    return -1;
}

static void find_unit(const struct view *v, const struct asked *x, const char *metric, struct question *s)
{
    const char *unit = "", *per = "";
    struct view_signal signal;
    double scale;

    if (s->law >= 0) {
        const struct law_reading r = view_reading(v, x->entity, (enum law_id)s->law);
        unit = x->entity != ENTITY_NONE && r.state != LAW_UNOBSERVABLE && r.unit ? r.unit : "";
    } else {
        const int known = metric_find(metric, strlen(metric), &scale);
        unit = known >= 0 ? metric_table[known].unit : "";
        if (x->entity != ENTITY_NONE && x->what != UINT32_MAX &&
            view_signal(v, x->entity, x->what - LAW_COUNT, &signal) && signal.rate)
            per = "/s";
    }
    (void)snprintf(s->unit, sizeof(s->unit), "%s%s", unit, per);
}

static void put_point(void *context, int64_t t_ns, const struct series_value *p)
{
    series_grid_put(context, t_ns, p);
}

/* Fills in what memory has; returns from when on that is all there is, INT64_MAX: nothing. */
static int64_t take_memory(const struct api *api, const struct asked *x, struct question *s)
{
    if (!api->tracks || !s->known)
        return INT64_MAX;
    const struct track *one = tracks_find(api->tracks, x->entity, x->what);
    tracks_want(api->tracks, api->view, x->entity, x->what);
    if (!one)
        return INT64_MAX;
    track_visit(api->tracks, one, x->from_ns - x->step_ns, x->to_ns, put_point, &s->grid);
    s->from_memory = series_grid_filled(&s->grid) > 0;
    return track_from_ns(api->tracks, one);
}

static const char *begin(
    const struct api *api, const struct http_request *q, struct asked *x, struct question *s)
{
    static char too_many[128];
    const struct catalog *c = view_catalog(api->view);
    const char *entity = q->values[ENTITY], *metric = q->values[METRIC];
    const char *wrong = read_times(api, q, x);

    if (!wrong)
        wrong = read_step(api, q, x);
    if (!wrong && !metric[0])
        wrong = "'metric' is missing: a law (seizure, fever, amplification, ...) or a metric's name";
    if (wrong)
        return wrong;
    (void)snprintf(s->host, sizeof(s->host), "%s", find_host(c, q->values[HOST]));
    (void)snprintf(s->entity, sizeof(s->entity), "%s", entity[0] ? entity : "host");
    s->law = law_of(metric);
    x->entity = catalog_find_text(c, s->host, strlen(s->host), s->entity, strlen(s->entity));
    x->what = s->law >= 0 ? track_law((enum law_id)s->law) : track_metric_named(c, x->entity, metric);
    const bool known = s->law < 0 && x->what < LAW_COUNT + METRIC_KNOWN_COUNT;
    (void)snprintf(
        s->metric, sizeof(s->metric), "%s", known ? metric_table[x->what - LAW_COUNT].name : metric);
    s->known = x->entity != ENTITY_NONE && x->what != UINT32_MAX;
    find_unit(api->view, x, metric, s);
    if (series_grid_begin(&s->grid, x->from_ns, x->to_ns, x->step_ns) == 0)
        return NULL;
    (void)snprintf(too_many, sizeof(too_many), "more than %u points; a step of %.0f s would do",
        SERIES_POINTS_MAX, (double)series_grid_step(x->from_ns, x->to_ns, 0) * 1e-9);
    return too_many;
}

/* Puts the question for what is older; false: it is answered as it stands. */
static bool ask_recording(const struct api *api, const struct asked *x, int64_t memory_ns,
    const struct question *now, const struct http_request *q, struct http_answer *a)
{
    if (!api->desk || memory_ns <= x->from_ns)
        return false;
    const int64_t to_ns = memory_ns - 1 < x->to_ns ? memory_ns - 1 : x->to_ns;
    const int64_t ticks_ns = OLDER_TICKS * api->period_ns;
    if (to_ns - x->from_ns > (ticks_ns < OLDER_NS ? ticks_ns : OLDER_NS)) {
        http_answer_error(a, 400,
            "more of the recording than can be judged again at once: an hour, or 4000 ticks; ask for it in "
            "parts");
        return true;
    }
    struct question *later = api->desk->take(api->desk->context);
    if (!later) {
        question_is_busy(a);
        return true;
    }
    const struct text body = later->body;
    *later = *now;
    later->body = body;
    later->kind = QUESTION_SERIES;
    later->ticket = q->ticket;
    later->from_ns = x->from_ns - x->step_ns;
    later->to_ns = to_ns;
    a->later = true;
    api->desk->put(api->desk->context, later);
    return true;
}

void api_series(void *context, const struct http_request *q, struct http_answer *a)
{
    static struct question now;
    const struct api *api = context;
    struct asked x;

    now = (struct question){.kind = QUESTION_SERIES};
    const char *wrong = begin(api, q, &x, &now);
    if (wrong) {
        http_answer_error(a, 400, wrong);
        return;
    }
    const int64_t memory_ns = take_memory(api, &x, &now);
    if (ask_recording(api, &x, memory_ns, &now, q, a))
        return;
    if (!now.known)
        http_answer_error(
            a, 404, x.entity == ENTITY_NONE ? "no such entity lives here" : "no such law or metric");
    else
        api_series_write(&now, a);
}

void api_series_write(const struct question *s, struct http_answer *a)
{
    struct json j;

    json_init(&j, a->body);
    json_begin_object(&j, NULL);
    json_put_string(&j, "host", s->host);
    json_put_string(&j, "entity", s->entity);
    json_put_string(&j, "metric", s->metric[0] ? s->metric : NULL);
    json_put_string(&j, "unit", s->unit[0] ? s->unit : NULL);
    json_put_string(&j, "source",
        s->from_memory && s->from_recording ? "both"
        : s->from_memory                    ? "memory"
        : s->from_recording                 ? "recording"
                                            : "none");
    json_put_number(&j, "step", (double)s->grid.step_ns * 1e-9);
    series_grid_write(&s->grid, &j);
    json_end_object(&j);
    text_add_char(a->body, '\n');
}
