/* SPDX-License-Identifier: MIT
 * Turns a law's opinions, tick by tick, into findings that open and close with hysteresis. What the findings
 * of several entities mean together is the correlator's business. */
#include "detection/case.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"

/* Whole numbers and characters are left out at the end of the room, not halved: so near to it is full. */
#define FINDING_TEXT_SLACK 24

#define STRONGER         0.05 /* of strength: enough to tell a finding anew */
#define ESTIMATE_MOVED   0.25 /* of the time left; heuristic, chosen on 2026-11-22 */
#define ESTIMATE_LEAST_S 60.0 /* nearer to the end every second is news: then it is of a minute */
#define CASE_RETELL_NS                                                                                       \
    INT64_C(60000000000) /* an estimate is told anew this long after the last word at the earliest */

static void name_entity(const struct catalog *names, uint32_t entity, char *out, size_t size)
{
    const struct entity *e = catalog_entity_get(names, entity);
    struct text t;
    text_init(&t, out, size);
    text_add(&t, entity_kind_name(e->kind));
    text_add_char(&t, ':');
    text_add(&t, e->name);
}

static void set_id(struct finding *f, const struct catalog *names)
{
    char entity[CATALOG_NAME_MAX + 16], onset[32];
    struct text t;
    name_entity(names, f->entity, entity, sizeof(entity));
    text_init(&t, onset, sizeof(onset));
    text_add_time(&t, f->onset_ns);
    const char *parts[] = {catalog_host_name(names, f->entity), entity, law_name(f->law), onset};
    hash_id(parts, 4, f->id);
}

/* A sentence that fills its room was cut, wherever that was: it ends before a word then, and in dots. */
static void show_cut(struct finding *f)
{
    char cut[FINDING_TEXT_MAX];
    size_t n = strlen(f->text);
    struct text t;

    if (n + FINDING_TEXT_SLACK < sizeof(f->text))
        return;
    text_init(&t, cut, sizeof(cut));
    text_add_shortened(&t, f->text, n, n - 1);
    memcpy(f->text, cut, t.length + 1);
    if (f->observed_length > t.length)
        f->observed_length = (uint32_t)t.length;
}

/* Fills what the law tells; the id and the onset stay. */
static void tell(struct watch *w, const struct law_module *law, const struct law_settings *s,
    const struct catalog *names, struct finding *f, const struct opinion *o)
{
    f->reading = o->reading;
    if (o->strength > f->strength)
        f->strength = o->strength;
    f->cause = "unexplained";
    f->confidence = CONFIDENCE_LOW;
    f->calibrated = false;
    f->evidence_count = f->carrier_count = 0;
    f->false_alarms_per_year = f->exhaustion_lo_s = f->exhaustion_hi_s = (double)NAN;
    f->observed_length = 0;
    law->describe(w, s, names, f);
    if (f->observed_length == 0)
        finding_observed(f);
    show_cut(f);
}

static const struct finding *open_case(struct law_case *k, struct watch *w, const struct law_module *law,
    const struct law_settings *s, const struct catalog *names, int64_t now_ns, const struct opinion *o)
{
    struct finding *f = &k->finding;

    memset(f, 0, sizeof(*f));
    k->open = true;
    k->unconfirmed = false;
    k->opened_ns = k->last_active_ns = now_ns;
    f->t_ns = f->seen_ns = now_ns;
    f->change = CHANGE_OPEN;
    f->entity = w->entity;
    f->law = law->id;
    tell(w, law, s, names, f, o);
    k->facet = o->facet;
    f->facet = (uint32_t)o->facet;
    int64_t onset_ns = law->onset ? law->onset(w, now_ns) : now_ns;
    f->onset_ns = onset_ns < now_ns ? onset_ns : now_ns;
    set_id(f, names);
    return f;
}

static const struct finding *close_case(struct law_case *k, int64_t now_ns, enum finding_end end)
{
    k->open = k->finding.stale = false;
    k->finding.t_ns = now_ns;
    k->finding.change = CHANGE_CLOSE;
    k->finding.end = end;
    return &k->finding;
}

static const struct finding *update_case(struct law_case *k, int64_t now_ns)
{
    k->finding.t_ns = now_ns;
    k->finding.change = CHANGE_UPDATE;
    return &k->finding;
}

static double at_least(double x, double least)
{
    return x > least ? x : least;
}

/* When what is growing is exhausted, as the finding tells it and as it looks now: has either end moved by
 * more than a quarter of the time that was left? */
static bool has_moved(const struct finding *f, const struct estimate *e, int64_t now_ns)
{
    double passed_s = (double)(now_ns - f->t_ns) / 1e9;
    double lo = f->exhaustion_lo_s - passed_s, hi = f->exhaustion_hi_s - passed_s;

    if (now_ns - f->t_ns < CASE_RETELL_NS)
        return false;
    if (isnan(e->lo_s) || isnan(lo))
        return isnan(e->lo_s) != isnan(lo);
    return fabs(e->lo_s - lo) > ESTIMATE_MOVED * at_least(lo, ESTIMATE_LEAST_S) ||
           isnan(e->hi_s) != isnan(hi) ||
           fabs(e->hi_s - hi) > ESTIMATE_MOVED * at_least(hi, ESTIMATE_LEAST_S);
}

/* It is there now. A clearly stronger sight of the same thing is told anew: the finding keeps its best
 * evidence. So is the first sight after nobody could look, and an estimate that has moved. */
static const struct finding *see_again(struct watch *w, struct law_case *k, const struct law_module *law,
    const struct law_settings *s, const struct catalog *names, int64_t now_ns, const struct opinion *o)
{
    struct finding *f = &k->finding;
    bool seen_again = k->unconfirmed;
    struct estimate e;

    k->last_active_ns = f->seen_ns = now_ns;
    k->unconfirmed = f->stale = false;
    if (!seen_again && o->strength < f->strength + STRONGER &&
        !(law->estimate && law->estimate(w, &e) && has_moved(f, &e, now_ns)))
        return NULL;
    tell(w, law, s, names, f, o);
    return update_case(k, now_ns);
}

const struct finding *case_step(struct watch *w, const struct law_module *law, const struct law_settings *s,
    const struct catalog *names, int64_t now_ns, const struct opinion *o)
{
    struct law_case *k = w->cases[law->id];

    if (o->active && !k) {
        k = w->cases[law->id] = calloc(1, sizeof(*k));
        if (!k)
            return NULL;
    }
    if (!k || (!k->open && !o->active))
        return NULL;
    if (!k->open)
        return open_case(k, w, law, s, names, now_ns, o);
    if (o->active && o->facet != k->facet)
        return close_case(k, now_ns, FINDING_CHANGED);
    if (o->active)
        return see_again(w, k, law, s, names, now_ns, o);
    int64_t quiet_ns = now_ns - k->last_active_ns, hold_ns = law->hold ? law->hold(w) : law->hold_ns;
    if (o->reading.state == LAW_STALE || o->reading.state == LAW_UNOBSERVABLE ||
        o->reading.state == LAW_WARMUP) {
        if (quiet_ns >= CASE_GONE_NS)
            return close_case(k, now_ns, FINDING_UNHEARD);
        if (k->finding.stale || k->unconfirmed)
            return NULL;
        k->finding.stale = k->unconfirmed = true;
        return update_case(k, now_ns);
    }
    if (quiet_ns < hold_ns || now_ns - k->opened_ns < law->dwell_ns)
        return NULL;
    return close_case(k, now_ns, FINDING_OVER);
}

/* Closes what is open, and says why behind its sentence. */
static const struct finding *close_with(
    struct law_case *k, const char *why, enum finding_end end, int64_t now_ns)
{
    if (!k || !k->open)
        return NULL;
    struct finding *f = &k->finding;
    size_t n = strlen(f->text), more = strlen(why);
    if (n + more < sizeof(f->text)) /* a sentence that fills its room says it by closing */
        memcpy(f->text + n, why, more + 1);
    return close_case(k, now_ns, end);
}

const struct finding *case_end(struct watch *w, enum law_id law, int64_t now_ns)
{
    static const char *const words[ENTITY_END_COUNT] = {[ENTITY_ENDED] = "; it is gone",
        [ENTITY_OUT_OF_MEMORY] = "; it is gone: killed for want of memory",
        [ENTITY_UNHEARD] = "; it is watched no longer"};

    return close_with(w->cases[law], words[w->end], FINDING_GONE, now_ns);
}

const struct finding *case_forget(struct watch *w, enum law_id law, int64_t now_ns)
{
    return close_with(w->cases[law], "; forgotten, as was asked for: its habits are learned anew",
        FINDING_FORGOTTEN, now_ns);
}
