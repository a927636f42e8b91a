/* SPDX-License-Identifier: MIT */
#include "scene.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void keep(void *context, const struct incident *i)
{
    struct scene *s = context;
    assert(s->count < SCENE_SAID_MAX);
    s->said[s->count++] = *i;
}

void scene_init(struct scene *s)
{
    struct catalog_limits limits = {.entities = 200, .series = 200, .metrics = 200};

    memset(s, 0, sizeof(*s));
    s->names = catalog_new(&limits);
    s->said = calloc(SCENE_SAID_MAX, sizeof(*s->said));
    assert(s->names && s->said);
    s->a = (uint32_t)catalog_host(s->names, "a", 1);
    s->b = (uint32_t)catalog_host(s->names, "b", 1);
    s->group = (uint32_t)catalog_entity(s->names, s->a, ENTITY_CGROUP, "/g", 2, ENTITY_NONE);
    s->settings = (struct correlator_settings){
        .join_ns = 300 * SECOND, .veto_ttl_ns = 60 * SECOND, .persistent_ns = 900 * SECOND};
    s->correlator = correlator_new(&s->settings, s->names, keep, s);
    assert(s->correlator);
}

void scene_done(struct scene *s)
{
    correlator_free(s->correlator);
    catalog_free(s->names);
    free(s->said);
}

void scene_text(struct finding *f, const char *text)
{
    f->observed_length = (uint32_t)snprintf(f->text, sizeof(f->text), "%s", text);
}

struct finding scene_finding(const struct scene *s, uint32_t entity, enum law_id law, int second)
{
    struct finding f = {.t_ns = START + second * SECOND,
        .onset_ns = START + second * SECOND,
        .seen_ns = START + second * SECOND,
        .entity = entity,
        .law = law,
        .cause = "unexplained",
        .confidence = CONFIDENCE_MEDIUM,
        .strength = 0.5,
        .exhaustion_lo_s = (double)NAN,
        .exhaustion_hi_s = (double)NAN,
        .false_alarms_per_year = (double)NAN};
    (void)s;
    snprintf(f.id, sizeof(f.id), "%012d%02u%02d", second, entity % 100, (int)law);
    scene_text(&f, "something");
    return f;
}

void scene_say(struct scene *s, const struct finding *f)
{
    struct finding copy = *f;
    copy.seen_ns = f->t_ns;
    correlator_finding(s->correlator, &copy);
    correlator_tick(s->correlator, f->t_ns);
}

void scene_open(struct scene *s, uint32_t entity, enum law_id law, int second)
{
    struct finding f = scene_finding(s, entity, law, second);
    f.change = CHANGE_OPEN;
    scene_say(s, &f);
}

void scene_close(struct scene *s, uint32_t entity, enum law_id law, int second)
{
    struct finding f = scene_finding(s, entity, law, second);
    f.change = CHANGE_CLOSE;
    f.end = FINDING_OVER;
    scene_say(s, &f);
}

void scene_tick(struct scene *s, int from, int to)
{
    for (int t = from; t <= to; t++)
        correlator_tick(s->correlator, START + t * SECOND);
}

unsigned scene_count(const struct scene *s, enum change change)
{
    unsigned n = 0;
    for (unsigned i = 0; i < s->count; i++)
        n += s->said[i].change == change;
    return n;
}

const struct incident *scene_last(const struct scene *s)
{
    return s->count ? &s->said[s->count - 1] : NULL;
}
