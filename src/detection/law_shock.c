/* SPDX-License-Identifier: MIT
 * System shock: one sample of a series that its own history makes very unlikely (surprise.h), at the rate
 * that the false-alarm budget allows. Judged for a series that no other law knows and that is the only one of
 * its host (law_host_shock.c judges more of them together); what the number means is theirs who named it. */
#include <math.h>

#include "base/text.h"
#include "detection/law_module.h"

static bool applies(const struct watch *w)
{
    return w->surprise != NULL;
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    const struct surprise_view *v = &w->shock;

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "")};
    if (now_ns >= cadence_lost_at(&w->cadence, s->stale_after_ns)) {
        ret->reading.state = LAW_STALE;
        return;
    }
    if (w->surprise->tail.learned == 0)
        return;
    ret->reading.state = LAW_OK;
    ret->reading.value = w->shock_value;
    ret->reading.expected = v->expected;
    double reach = (double)w->surprise->tail.alarm_score * v->scale;
    if (isfinite(reach)) {
        ret->reading.lo = v->expected - reach;
        ret->reading.hi = v->expected + reach;
    }
    ret->reading.scale_s = w->cadence.usual_s;
    if (!w->lonely_alarm)
        return;
    ret->active = true;
    ret->reading.state = LAW_ACTIVE;
    double level = w->shock_level / TAIL_LEVEL_CAP;
    ret->strength = 0.3 + 0.7 * (level < 1 ? level : 1);
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    static const char *const against[SURPRISE_RESIDUALS] = {
        "the mean of the last few samples", "the two samples before", "the eight samples before"};
    const struct surprise_view *v = &w->shock;
    double step = w->cadence.usual_s, per_day = step > 3600 ? 86400 / step : 24;
    struct text t;
    (void)s;

    f->cause = "unexplained";
    f->calibrated = w->surprise->tail.learned >= 2 * TAIL_WARM;
    f->confidence = f->calibrated ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
    f->false_alarms_per_year = tail_per_year(&w->surprise->tail, v->score, per_day);
    finding_add_evidence(f, "surprise.score", v->score, (double)w->surprise->tail.alarm_score);
    finding_add_evidence(f, "surprise.level", w->shock_level, (double)w->surprise->tail.alarm_level);
    finding_add_evidence(
        f, "surprise.record", v->record > 0 ? v->record : (double)NAN, (double)w->surprise->tail.alarm_level);
    text_init(&t, f->text, sizeof(f->text));
    text_add(&t, catalog_entity_get(names, w->entity)->name);
    text_add(&t, " is ");
    text_add_human(&t, f->reading.value, 4);
    if (w->shock_level <= v->record) {
        text_add(&t, w->shock_value > v->bound ? ", above everything" : ", below everything");
        text_add(&t, " seen so far (");
        text_add_human(&t, v->bound, 4);
        text_add_char(&t, ')');
    }
    text_add(&t, ", ");
    text_add_human(&t, v->score, 3);
    text_add(&t, " usual deviations from ");
    text_add(&t, against[v->residual]);
    text_add(&t, " (");
    text_add_human(&t, f->reading.expected, 4);
    text_add(&t, ")");
}

/* Alarms closer than sixty steps are one event: a minute-level series is one for an hour, a second-level one
 * for five minutes. */
#define HOLD_STEPS 60.0
#define HOLD_MIN_S 300.0
#define HOLD_MAX_S 3600.0
static int64_t hold(const struct watch *w)
{
    double s = HOLD_STEPS * w->cadence.usual_s;
    s = s < HOLD_MIN_S ? HOLD_MIN_S : s > HOLD_MAX_S ? HOLD_MAX_S : s;
    return (int64_t)(s * 1e9);
}

static int64_t onset(const struct watch *w, int64_t now_ns)
{
    (void)now_ns;
    return w->shock_ns;
}

const struct law_module law_shock = {
    .id = LAW_SHOCK,
    .hold = hold,
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .describe = describe,
};
