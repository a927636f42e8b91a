/* SPDX-License-Identifier: MIT
 * System shock of a whole host: several of its series, or one of them very much so, are where they
 * hardly ever are (host_surprise.h), at the rate that the host's false-alarm budget allows. The finding names
 * the series that carry it; what their numbers mean is theirs who named them. */
#include <math.h>

#include "base/fmath.h"
#include "base/text.h"
#include "detection/law_module.h"
#include "detection/wording.h"

#define NAMED_LEVEL 2.302585092994046 /* a series beyond a tenth of its own hours is named */

static bool applies(const struct watch *w)
{
    return w->together != NULL;
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    const struct host_surprise *h = w->together;
    (void)s;

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "")};
    if (h->t_ns == INT64_MIN)
        return;
    /* No series of the host is heard: nothing to judge, nothing to close by. */
    if (h->t_ns < now_ns) {
        ret->reading.state = LAW_STALE;
        return;
    }
    if (h->several.learned == 0)
        return;
    double alarm_level, level = host_surprise_level(h, &alarm_level);
    ret->reading.state = LAW_OK;
    ret->reading.value = level;
    ret->reading.expected = 0;
    ret->reading.lo = 0;
    ret->reading.hi = alarm_level;
    if (h->step_s > 0)
        ret->reading.scale_s = h->step_s;
    if (!h->alarm)
        return;
    ret->active = true;
    ret->reading.state = LAW_ACTIVE;
    ret->strength = 0.3 + 0.7 * (level < TAIL_LEVEL_CAP ? level / TAIL_LEVEL_CAP : 1);
}

static uint32_t count_named(const struct host_surprise *h)
{
    uint32_t n = 0;
    while (n < h->top.count && (n == 0 || h->top.series[n].level > NAMED_LEVEL))
        n++;
    return n;
}

static const char *series_name(const struct catalog *names, const struct series_level *l)
{
    return l->metric < METRIC_KNOWN_COUNT ? metric_table[l->metric].name
                                          : catalog_entity_get(names, l->entity)->name;
}

static void tell_series(struct text *t, const struct catalog *names, const struct series_level *l)
{
    wording_add_subject(t, names, l->entity, l->metric);
    text_add(t, " is ");
    wording_add_value(t, l->metric, l->value);
    text_add(t, " where ");
    wording_add_value(t, l->metric, l->expected);
    text_add(t, " was expected");
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    const struct host_surprise *h = w->together;
    const struct tail *tail = h->by_single ? &h->single : &h->several;
    double per_day = h->step_s > 3600 ? 86400 / h->step_s : 24;
    uint32_t named = count_named(h);
    struct text t;
    (void)s;

    f->cause = "unexplained";
    f->calibrated = tail->learned >= tail->rule->settled;
    f->confidence = f->calibrated ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
    f->false_alarms_per_year =
        tail_per_year(tail, fmath_exp(h->top.series[h->by_single ? 0 : 1].level), per_day);
    for (uint32_t i = 0; i < named; i++)
        finding_add_evidence(
            f, series_name(names, &h->top.series[i]), h->top.series[i].value, h->top.series[i].expected);
    text_init(&t, f->text, sizeof(f->text));
    for (uint32_t i = 0; i < named; i++) {
        if (i > 0)
            text_add(&t, i + 1 < named ? ", " : " and ");
        tell_series(&t, names, &h->top.series[i]);
    }
    text_add(&t, named > 1 ? ": hardly ever do they so together" : ": hardly ever does it so");
}

static int64_t hold(const struct watch *w)
{
    return surprise_event_ns(w->together->step_s);
}

/* The earliest of the samples that carry it. */
static int64_t onset(const struct watch *w, int64_t now_ns)
{
    const struct host_surprise *h = w->together;
    uint32_t n = h->by_single ? 1 : 2;
    for (uint32_t i = 0; i < n; i++)
        if (h->top.series[i].t_ns < now_ns)
            now_ns = h->top.series[i].t_ns;
    return now_ns;
}

const struct law_module law_host_shock = {
    .id = LAW_SHOCK,
    .hold = hold,
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .describe = describe,
};
