/* SPDX-License-Identifier: MIT
 * Early warning: something that still works recovers ever more slowly from each disturbance (slowing.h).
 * Turns the CPU of hosts, cgroups and the like, and the failures of what goes out, into a warning of low
 * confidence; nothing has failed when it speaks, so it gives no advice and is never critical by itself.
 *
 * Not judged: series that no law knows. It takes 1.2 kB and 30 ns a sample, as much as all else that is kept
 * of one, and on the 12 452 days of real series at hand it spoke once, within a labelled event
 * (docs/laws.md). */
#include <math.h>

#include "base/text.h"
#include "detection/law_module.h"

#define STRENGTH                                                                                             \
    0.2 /* a warning's part in an incident's risk; heuristic, as is the share for each scale more */
#define STRENGTH_MORE 0.05

static const char *const subjects[WARNING_SOURCES] = {"CPU", "the share of outgoing requests that fail"};
static const char *const units[WARNING_SOURCES] = {" points", ""};

static bool applies(const struct watch *w)
{
    return w->warnings[WARNING_CPU] || w->warnings[WARNING_FAILURES];
}

static const struct cadence *cadence_of(const struct watch *w, int source)
{
    return source == WARNING_CPU ? &w->cpu->cadence : &w->traffic->cadence;
}

/* Which source shows it, at which scale? */
struct sight {
    int source, scale; /* -1: none */
    unsigned scales;   /* over all sources */
};

static struct sight look(const struct watch *w)
{
    struct sight sight = {-1, -1, 0};

    for (int i = WARNING_SOURCES - 1; i >= 0; i--) {
        unsigned scales = 0;
        int scale = w->warnings[i] ? slowing_found(&w->warnings[i]->slowing, &scales) : -1;
        if (scale >= 0)
            sight = (struct sight){i, scale, sight.scales + scales};
    }
    return sight;
}

static double span_s(const struct warning_watch *k, int scale)
{
    return k->step_s * slowing_span((unsigned)scale);
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    struct sight sight = look(w);
    struct law_reading *r = &ret->reading;
    bool ready = false, alive = false;

    *ret = (struct opinion){.reading = law_reading_empty(LAW_STALE, "1")};
    for (int i = 0; i < WARNING_SOURCES; i++) {
        bool heard = w->warnings[i] && now_ns < cadence_lost_at(cadence_of(w, i), s->stale_after_ns);
        alive |= heard;
        ready |= heard && slowing_ready(&w->warnings[i]->slowing);
    }
    if (!alive)
        return;
    r->state = ready ? LAW_OK : LAW_WARMUP;
    if (sight.source < 0)
        return;
    const struct warning_watch *k = w->warnings[sight.source];
    struct slowing_view v;
    if (slowing_look(&k->slowing, (unsigned)sight.scale, &v))
        return;
    ret->active = true;
    r->state = LAW_ACTIVE;
    r->value = v.lag1;
    r->expected = v.lag1_before;
    r->lo = -1;
    r->hi = (double)k->slowing.scales[sight.scale].record_lag1;
    r->scale_s = span_s(k, sight.scale);
    w->warned_hold_ns = (int64_t)(r->scale_s * 1e9);
    ret->strength = STRENGTH + STRENGTH_MORE * (sight.scales - 1);
}

static bool idle(const struct watch *w, const struct law_settings *s, int64_t now_ns)
{
    bool shown = false;
    (void)s;
    (void)now_ns;
    for (int i = 0; i < WARNING_SOURCES; i++)
        shown |= w->warnings[i] && w->warnings[i]->slowing.shown > 0;
    return !shown;
}

/* Is another law's finding of the same entity open? */
static bool has_company(const struct watch *w)
{
    for (int i = 0; i < LAW_MAIN_COUNT; i++)
        if (w->cases[i] && w->cases[i]->open)
            return true;
    return false;
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    struct sight sight = look(w);
    const struct warning_watch *k = sight.source >= 0 ? w->warnings[sight.source] : NULL;
    struct slowing_view v;
    struct text t;
    (void)s;
    (void)names;

    f->cause = "slowing_down";
    f->confidence = has_company(w) || sight.scales > 1 ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
    if (!k || slowing_look(&k->slowing, (unsigned)sight.scale, &v))
        return;
    finding_add_evidence(f, "slowing.deviation", v.deviation, v.deviation_before);
    finding_add_evidence(f, "slowing.lag1", v.lag1, v.lag1_before);
    finding_add_evidence(f, "slowing.tau_variance", v.tau_variance, SLOWING_TAU);
    finding_add_evidence(f, "slowing.tau_lag1", v.tau_lag1, SLOWING_TAU);
    finding_add_evidence(f, "slowing.scales", sight.scales, (double)NAN);
    text_init(&t, f->text, sizeof(f->text));
    text_add(&t, subjects[sight.source]);
    text_add(&t, " recovers ever more slowly: over the last ");
    text_add_human(&t, floor(f->reading.scale_s / 60 + 0.5), 3);
    text_add(&t, " min its deviation rose from ");
    text_add_human(&t, v.deviation_before, 2);
    text_add(&t, " to ");
    text_add_human(&t, v.deviation, 2);
    text_add(&t, units[sight.source]);
    text_add(&t, " and its autocorrelation from one sample to the next from ");
    text_add_human(&t, v.lag1_before, 2);
    text_add(&t, " to ");
    text_add_human(&t, v.lag1, 2);
}

/* A warning stands for as long as the window that showed it. */
static int64_t hold(const struct watch *w)
{
    return w->warned_hold_ns;
}

/* The window is what shows the rise: it began with it. */
static int64_t onset(const struct watch *w, int64_t now_ns)
{
    return w->warned_hold_ns < now_ns ? now_ns - w->warned_hold_ns : now_ns;
}

const struct law_module law_early_warning = {
    .id = LAW_EARLY_WARNING,
    .summary =
        "variance and autocorrelation rise together: the system recovers more slowly from small disturbances",
    .hold = hold,
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .idle = idle,
    .describe = describe,
};
