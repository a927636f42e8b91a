/* SPDX-License-Identifier: MIT
 * The public face over the engine: flat structs and words instead of our types, so that other programs need
 * one header. It adds nothing to what is judged. */
#include "engine/coherence.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"

/* The static library is the only thing that leaves our house: its face must be visible, whatever the rest is
 * built with. */
#define PUBLIC __attribute__((visibility("default")))

struct coherence {
    struct engine_options options;
    struct engine *engine; /* NULL until the first series */
    enum engine_mode mode;
    void (*on_event)(void *context, const struct coherence_event *e);
    void *context;
    struct error error;
};

static void say(struct coherence *c, struct coherence_event *e, uint32_t entity)
{
    const struct catalog *names = engine_catalog(c->engine);
    const struct entity *subject = catalog_entity_get(names, entity);
    e->host = catalog_host_name(names, entity);
    e->entity_kind = entity_kind_name(subject->kind);
    e->entity = subject->name;
    c->on_event(c->context, e);
}

static const char *advice_of(const struct veto *v)
{
    return v->type == VETO_NONE ? "" : veto_action_name(v->type);
}

static void take_finding(struct coherence *c, struct coherence_event *e, const struct finding *f)
{
    e->type = COHERENCE_FINDING;
    e->change = (enum coherence_change)f->change;
    e->t_ns = f->t_ns;
    e->id = f->id;
    e->law = law_name(f->law);
    e->cause = f->cause;
    e->text = f->text;
    e->onset_ns = f->onset_ns;
    e->value = f->reading.value;
    e->expected = f->reading.expected;
    e->lo = f->reading.lo;
    e->hi = f->reading.hi;
    e->scale_s = f->reading.scale_s;
    e->score = f->strength;
    e->exhaustion_lo_s = f->exhaustion_lo_s;
    e->exhaustion_hi_s = f->exhaustion_hi_s;
    say(c, e, f->entity);
}

static void take_incident(struct coherence *c, struct coherence_event *e, const struct incident *i)
{
    e->type = COHERENCE_INCIDENT;
    e->change = (enum coherence_change)i->change;
    e->t_ns = i->t_ns;
    e->id = i->id;
    e->kind = incident_kind_name(i->kind);
    e->severity = severity_name(i->severity);
    e->text = i->narrative;
    e->advice = advice_of(&i->veto);
    e->onset_ns = i->start_ns;
    e->score = i->risk;
    say(c, e, i->host);
}

static void on_engine_event(void *context, const struct event *event)
{
    struct coherence *c = context;
    struct coherence_event e = {
        .id = "", .law = "", .state = "", .kind = "", .severity = "", .cause = "", .text = "", .advice = ""};

    if (!c->on_event)
        return;
    e.value = e.expected = e.lo = e.hi = e.scale_s = e.score = e.exhaustion_lo_s = e.exhaustion_hi_s =
        (double)NAN;
    switch (event->type) {
    case EVENT_TICK:
        e.type = COHERENCE_TICK;
        e.t_ns = e.onset_ns = event->tick->t_ns;
        e.state = host_state_name(event->tick->state);
        e.advice = advice_of(&event->tick->veto);
        say(c, &e, event->tick->host);
        break;
    case EVENT_ANOMALY:
        e.type = COHERENCE_ANOMALY;
        e.t_ns = e.onset_ns = event->anomaly->t_ns;
        e.kind = anomaly_kind_name(event->anomaly->kind);
        e.score = event->anomaly->score;
        say(c, &e, event->anomaly->entity);
        break;
    case EVENT_FINDING:
        take_finding(c, &e, event->finding);
        break;
    case EVENT_INCIDENT:
        take_incident(c, &e, event->incident);
        break;
    case EVENT_SUMMARY:
        break;
    }
}

PUBLIC struct coherence *coherence_new(
    bool bounded, void (*on_event)(void *context, const struct coherence_event *e), void *context)
{
    struct coherence *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    option_set_defaults(&(struct option_group){
        .rows = engine_option_rows, .count = engine_option_count, .target = &c->options});
    c->mode = bounded ? ENGINE_BOUNDED : ENGINE_STREAM;
    c->on_event = on_event;
    c->context = context;
    return c;
}

PUBLIC void coherence_free(struct coherence *c)
{
    if (!c)
        return;
    engine_free(c->engine);
    free(c);
}

PUBLIC int coherence_set(struct coherence *c, const char *key, const char *value)
{
    struct option_group group = {
        .rows = engine_option_rows, .count = engine_option_count, .target = &c->options};
    const struct option_group *found;
    const struct option_row *row = option_find(&group, 1, key, strlen(key), &found);

    if (c->engine)
        return error_set(&c->error, -EBUSY, "'%s' must be set before the first series is declared", key);
    if (!row)
        return error_set(&c->error, -ENOENT, "there is no option '%s'", key);
    return option_set(found, row, value, strlen(value), &c->error);
}

PUBLIC int64_t coherence_series(struct coherence *c, const char *host, const char *entity, const char *metric)
{
    if (!c->engine) {
        c->engine = engine_new(&c->options, c->mode, &c->error);
        if (!c->engine)
            return c->error.code;
        engine_on_event(c->engine, on_engine_event, c);
        engine_want_ticks(c->engine, true);
    }
    struct catalog *names = engine_catalog(c->engine);
    int64_t id = catalog_host(names, host, strlen(host));
    if (id >= 0)
        id = catalog_entity_text(names, (uint32_t)id, entity, strlen(entity));
    if (id >= 0)
        id = catalog_series(names, (uint32_t)id, metric, strlen(metric));
    if (id < 0)
        error_set(&c->error, (int)id,
            id == -ENOSPC ? "no room for another series"
                          : "not a usable name: host '%s', entity '%s', metric '%s'",
            host, entity, metric);
    return id;
}

PUBLIC int coherence_sample(struct coherence *c, uint32_t series, int64_t t_ns, double value)
{
    struct sample s = {.series = series, .value = value};
    if (!c->engine || engine_frame(c->engine, t_ns, &s, 1))
        return error_set(&c->error, -ENOENT, "there is no series %u", series);
    return 0;
}

PUBLIC int coherence_tick(struct coherence *c, int64_t now_ns)
{
    if (!c->engine)
        return 0;
    int r = engine_tick(c->engine, now_ns);
    if (r == 0)
        r = engine_flush(c->engine);
    return r ? error_set(&c->error, r, "a tick earlier than the last one") : 0;
}

PUBLIC int coherence_end(struct coherence *c)
{
    return c->engine ? engine_end(c->engine) : 0;
}

PUBLIC const char *coherence_error(const struct coherence *c)
{
    return c->error.text;
}
