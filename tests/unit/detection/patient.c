/* SPDX-License-Identifier: MIT */
#include "patient.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void patient_init(struct patient *p, const struct law_module *law)
{
    struct catalog_limits limits = {.entities = 10, .series = 100, .metrics = 10};

    memset(p, 0, sizeof(*p));
    p->law = law;
    p->settings = (struct law_settings){.budget_per_day = 1.0 / 30, .warmup_samples = 5};
    p->names = catalog_new(&limits);
    assert(p->names);
    int64_t h = catalog_host(p->names, "h", 1);
    int64_t g = catalog_entity(p->names, (uint32_t)h, ENTITY_CGROUP, "/g", 2, ENTITY_NONE);
    watch_init(&p->host, (uint32_t)h, (uint32_t)h, ENTITY_HOST);
    watch_init(&p->group, (uint32_t)g, (uint32_t)h, ENTITY_CGROUP);
    p->group.host_watch = &p->host;
    p->share.names = p->names;
    p->host.share = p->group.share = &p->share;
}

void patient_done(struct patient *p)
{
    p->host.share = p->group.share = NULL; /* they are no members, and p may have been moved */
    watch_done(&p->host);
    watch_done(&p->group);
    catalog_free(p->names);
}

bool patient_sample(struct patient *p, struct watch *w, enum metric_id metric, int64_t t_ns, double x)
{
    int failed = watch_prepare(w, metric, &p->settings);
    assert(failed == 0);
    (void)failed;
    watch_heard(&p->host, t_ns);
    return watch_take(w, metric, t_ns, x, &p->settings);
}

bool patient_series_sample(struct patient *p, struct watch *w, int64_t t_ns, double x)
{
    int failed = watch_prepare(w, METRIC_KNOWN_COUNT, &p->settings);
    assert(failed == 0);
    (void)failed;
    w->kind = ENTITY_SERIES;
    return watch_take(w, METRIC_KNOWN_COUNT, t_ns, x, &p->settings);
}

void patient_tick(struct patient *p, struct watch *w, int64_t now_ns)
{
    assert(p->law->applies(w));
    p->law->judge(w, &p->settings, now_ns, &p->opinion);
    const struct finding *f = case_step(w, p->law, &p->settings, p->names, now_ns, &p->opinion);
    watch_rest(w);
    if (!f)
        return;
    switch (f->change) {
    case CHANGE_OPEN:
        p->opens++;
        p->opened = *f;
        break;
    case CHANGE_UPDATE:
        p->updates++;
        p->updated = *f;
        break;
    case CHANGE_CLOSE:
        p->closes++;
        p->closed = *f;
    }
}

double patient_evidence(const struct finding *f, const char *signal)
{
    for (uint32_t i = 0; i < f->evidence_count; i++)
        if (strcmp(f->evidence[i].signal, signal) == 0)
            return f->evidence[i].value;
    return (double)NAN;
}
