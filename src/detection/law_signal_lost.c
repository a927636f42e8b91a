/* SPDX-License-Identifier: MIT
 * Signal lost: an entity of which nothing more is heard, measured in its own cadence. No verdict follows from
 * silence: the laws that need the signal go stale and their advice is released. Said of hosts, and of single
 * series whose host still speaks. */
#include <math.h>

#include "base/text.h"
#include "detection/law_module.h"

static bool applies(const struct watch *w)
{
    return w->kind == ENTITY_HOST || w->kind == ENTITY_SERIES || w->kind == ENTITY_SERVICE;
}

static double age_s(const struct watch *w, int64_t now_ns)
{
    return w->cadence.count ? (double)(now_ns - w->cadence.last_ns) * 1e-9 : (double)NAN;
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    int64_t lost_at_ns = cadence_lost_at(&w->cadence, s->stale_after_ns);

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "s")};
    if (lost_at_ns == INT64_MAX)
        return;
    ret->reading.state = LAW_OK;
    ret->reading.value = age_s(w, now_ns);
    if (w->cadence.usual_s > 0)
        ret->reading.expected = w->cadence.usual_s;
    ret->reading.lo = 0;
    ret->reading.hi = (double)(lost_at_ns - w->cadence.last_ns) * 1e-9;
    if (now_ns < lost_at_ns)
        return;
    /* A silent host says it for all its series. */
    if (w->kind != ENTITY_HOST && w->share && w->share->silent)
        return;
    ret->active = true;
    ret->reading.state = LAW_ACTIVE;
    ret->strength = w->kind == ENTITY_HOST ? 0.4 : 0.1;
}

static bool idle(const struct watch *w, const struct law_settings *s, int64_t now_ns)
{
    return now_ns < cadence_lost_at(&w->cadence, s->stale_after_ns);
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    struct text t;
    (void)s;

    f->cause = "silence";
    f->confidence = CONFIDENCE_HIGH;
    f->calibrated = false;
    finding_add_evidence(f, "signal.age_s", f->reading.value, f->reading.expected);
    text_init(&t, f->text, sizeof(f->text));
    text_add(&t, "nothing heard of ");
    text_add(&t, catalog_entity_get(names, w->entity)->name);
    text_add(&t, " for ");
    text_add_human(&t, f->reading.value, 3);
    text_add(&t, " s; ");
    if (!isnan(f->reading.expected)) {
        text_add(&t, "it usually speaks every ");
        text_add_human(&t, f->reading.expected, 2);
        text_add(&t, " s; ");
    }
    text_add(&t, "no verdict is given meanwhile");
}

static int64_t onset(const struct watch *w, int64_t now_ns)
{
    (void)now_ns;
    return w->cadence.last_ns;
}

const struct law_module law_signal_lost = {
    .id = LAW_SIGNAL_LOST,
    .summary = "telemetry that was there has stopped: there is no verdict, and no advice",
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .idle = idle,
    .describe = describe,
};
