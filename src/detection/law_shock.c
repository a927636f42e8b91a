/* SPDX-License-Identifier: MIT
 * System shock: one sample of a series that its own history makes very unlikely (surprise.h), at the rate
 * that the false-alarm budget allows. Judged for what is the only series of its host (law_host_shock.c judges
 * more of them together); what the number means is theirs who named it. */
#include <math.h>

#include "base/text.h"
#include "detection/law_module.h"
#include "detection/wording.h"

/* A host whose series are judged together has the same case, stepped where they are. */
static bool applies(const struct watch *w)
{
    return w->surprise || (w->quantities && !w->together);
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    struct watch_surprise m = watch_most_surprising(w);

    *ret = (struct opinion){.reading = law_reading_empty(LAW_WARMUP, "")};
    if (now_ns >= cadence_lost_at(&w->cadence, s->stale_after_ns)) {
        ret->reading.state = LAW_STALE;
        return;
    }
    if (!m.surprise || m.surprise->tail.learned == 0)
        return;
    ret->reading.state = LAW_OK;
    ret->reading.value = m.shock->value;
    ret->reading.expected = m.shock->view.expected;
    double reach = (double)m.surprise->tail.alarm_score * m.shock->view.scale;
    /* With a memory of its past no score alone is an alarm. */
    if (isfinite(reach) && isnan(m.shock->novelty)) {
        ret->reading.lo = m.shock->view.expected - reach;
        ret->reading.hi = m.shock->view.expected + reach;
    }
    ret->reading.scale_s = m.cadence->usual_s;
    if (!m.shock->alarm)
        return;
    ret->active = true;
    ret->reading.state = LAW_ACTIVE;
    double level = m.shock->level / TAIL_LEVEL_CAP;
    ret->strength = 0.3 + 0.7 * (level < 1 ? level : 1);
}

/* Nobody but the only series of a host says alarm here. */
static bool idle(const struct watch *w, const struct law_settings *s, int64_t now_ns)
{
    (void)s;
    (void)now_ns;
    return !w->alarmed;
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    static const char *const against[SURPRISE_RESIDUALS] = {
        "the mean of the last few samples", "the two samples before", "the eight samples before"};
    struct watch_surprise m = watch_most_surprising(w);
    const struct surprise_view *v = &m.shock->view;
    const struct tail *tail = &m.surprise->tail;
    double step = m.cadence->usual_s, per_day = step > 3600 ? 86400 / step : 24;
    struct text t;
    (void)s;

    f->cause = "unexplained";
    f->calibrated = tail->learned >= 2 * TAIL_WARM;
    f->confidence = f->calibrated ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
    f->false_alarms_per_year = tail_per_year(tail, v->score, per_day);
    finding_add_evidence(f, "surprise.score", v->score, (double)tail->alarm_score);
    finding_add_evidence(f, "surprise.level", m.shock->level, (double)tail->alarm_level);
    finding_add_evidence(
        f, "surprise.record", v->record > 0 ? v->record : (double)NAN, (double)tail->alarm_level);
    finding_add_evidence(f, "surprise.novelty", m.shock->novelty, NOVELTY_NEWS);
    text_init(&t, f->text, sizeof(f->text));
    wording_add_subject(&t, names, w->entity, m.metric);
    text_add(&t, " is ");
    wording_add_value(&t, m.metric, f->reading.value);
    if (m.shock->level <= v->record) {
        text_add(&t, m.shock->value > v->bound ? ", above everything" : ", below everything");
        text_add(&t, " seen so far (");
        wording_add_value(&t, m.metric, v->bound);
        text_add_char(&t, ')');
    }
    if (!isnan(m.shock->novelty)) {
        text_add(&t, ", ");
        text_add_human(&t, m.shock->novelty, 3);
        text_add(&t, " usual deviations from everything remembered");
    }
    text_add(&t, ", ");
    text_add_human(&t, v->score, 3);
    text_add(&t, " usual deviations from ");
    text_add(&t, against[v->residual]);
    text_add(&t, " (");
    wording_add_value(&t, m.metric, f->reading.expected);
    text_add(&t, ")");
}

static int64_t hold(const struct watch *w)
{
    struct watch_surprise m = watch_most_surprising(w);
    return surprise_event_ns(m.cadence ? m.cadence->usual_s : 0);
}

static int64_t onset(const struct watch *w, int64_t now_ns)
{
    struct watch_surprise m = watch_most_surprising(w);
    return m.shock ? m.shock->t_ns : now_ns;
}

const struct law_module law_shock = {
    .id = LAW_SHOCK,
    .summary = "one value lies far outside of what its series has shown, by a robust z-score and within the "
               "host's budget of false alarms",
    .hold = hold,
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .idle = idle,
    .describe = describe,
};
