/* SPDX-License-Identifier: MIT
 * The functions of core/view.h, answered from one global struct. */
#include "fake_view.h"

#include <assert.h>
#include <math.h>
#include <string.h>

struct fake_view fake_view;

static const struct law_reading unobservable = {.state = LAW_UNOBSERVABLE,
    .value = (double)NAN,
    .expected = (double)NAN,
    .lo = (double)NAN,
    .hi = (double)NAN,
    .scale_s = (double)NAN,
    .unit = ""};

void fake_view_make(const char *host)
{
    struct catalog_limits limits = {.entities = FAKE_ENTITIES_MAX, .series = 16, .metrics = 16};
    memset(&fake_view, 0, sizeof(fake_view));
    fake_view.catalog = catalog_new(&limits);
    assert(fake_view.catalog);
    fake_view.now_ns = FAKE_NOW_NS;
    fake_view.has_tick = true;
    fake_view.tick.t_ns = FAKE_NOW_NS;
    int64_t id = catalog_host(fake_view.catalog, host, strlen(host));
    assert(id == 0);
    for (unsigned law = 0; law < LAW_MAIN_COUNT; law++)
        fake_view.tick.laws[law] = unobservable;
    for (unsigned i = 0; i < FAKE_ENTITIES_MAX; i++)
        for (unsigned law = 0; law < LAW_COUNT; law++)
            fake_view.readings[i][law] = unobservable;
    for (unsigned i = 0; i < FAKE_ENTITIES_MAX; i++)
        fake_view.cpu[i] = (double)NAN;
}

void fake_view_free(void)
{
    catalog_free(fake_view.catalog);
}

const struct view *fake_view_get(void)
{
    return (const struct view *)&fake_view;
}

uint32_t fake_view_add(enum entity_kind kind, const char *name)
{
    int64_t id = catalog_entity(fake_view.catalog, 0, kind, name, strlen(name), ENTITY_NONE);
    assert(id > 0 && id < FAKE_ENTITIES_MAX);
    return (uint32_t)id;
}

struct law_reading fake_reading(enum law_state state, double value, double hi, const char *unit)
{
    return (struct law_reading){.state = state,
        .value = value,
        .expected = value * 0.8,
        .lo = 0.0,
        .hi = hi,
        .scale_s = 0.8,
        .unit = unit};
}

const struct catalog *view_catalog(const struct view *v)
{
    (void)v;
    return fake_view.catalog;
}

int64_t view_now_ns(const struct view *v)
{
    (void)v;
    return fake_view.has_tick ? fake_view.now_ns : 0;
}

const struct host_tick *view_host(const struct view *v, uint32_t host)
{
    (void)v;
    return host == 0 && fake_view.has_tick ? &fake_view.tick : NULL;
}

struct law_reading view_reading(const struct view *v, uint32_t entity, enum law_id law)
{
    (void)v;
    return fake_view.readings[entity][law];
}

uint32_t view_finding_count(const struct view *v)
{
    (void)v;
    return fake_view.finding_count;
}

const struct finding *view_finding(const struct view *v, uint32_t i)
{
    (void)v;
    return i < fake_view.finding_count ? &fake_view.findings[i] : NULL;
}

uint32_t view_incident_count(const struct view *v)
{
    (void)v;
    return fake_view.incident_count;
}

const struct incident *view_incident(const struct view *v, uint32_t i)
{
    (void)v;
    return i < fake_view.incident_count ? &fake_view.incidents[i] : NULL;
}

uint32_t view_recent(const struct view *v, uint32_t series, float *out, uint32_t n)
{
    (void)v, (void)series, (void)out, (void)n;
    return 0;
}

uint32_t view_spectrum(const struct view *v, uint32_t entity, double *scale_s, double *value, uint32_t n)
{
    (void)v, (void)entity;
    uint32_t have = fake_view.octaves < n ? fake_view.octaves : n;
    memcpy(scale_s, fake_view.scale_s, have * sizeof(*scale_s));
    memcpy(value, fake_view.value, have * sizeof(*value));
    return have;
}

bool view_signal(const struct view *v, uint32_t entity, uint32_t metric, struct view_signal *ret)
{
    (void)v;
    if (metric != METRIC_CPU_UTILIZATION || isnan(fake_view.cpu[entity]))
        return false;
    *ret = (struct view_signal){.value = fake_view.cpu[entity], .expected = 0.25, .surprise = 6.04};
    return true;
}

bool view_process(const struct view *v, uint32_t entity, struct view_process *ret)
{
    (void)v;
    if (catalog_entity_get(fake_view.catalog, entity)->kind != ENTITY_PROCESS)
        return false;
    *ret = fake_view.processes[entity];
    return true;
}

uint32_t view_supplies(const struct view *v, uint32_t entity, struct view_supply *out, uint32_t n)
{
    (void)v;
    uint32_t have = entity && fake_view.supply_count < n ? fake_view.supply_count : 0;
    memcpy(out, fake_view.supplies, have * sizeof(*out));
    return have;
}

struct summary view_summary(const struct view *v)
{
    (void)v;
    return fake_view.summary;
}
