/* SPDX-License-Identifier: MIT
 * Turns chapters into sentences. Which facts a story tells, and what stands around them, is the narrative's
 * matter; what a law saw is told in the law's own words. */
#include "correlation/fact.h"

#include <math.h>
#include <string.h>

#include "base/number.h"
#include "core/cause.h"
#include "correlation/relation.h"

#define OBSERVED_MAX 300 /* bytes of what a law tells; more is cut */
#define NS_PER_DAY   INT64_C(86400000000000)

static const char *const titles[LAW_COUNT] = {"compute seizure", "resource fever", "intent amplification",
    "system shock", "early warning", "signal lost"};

const char *fact_title(enum law_id law)
{
    return titles[law];
}

static int64_t day_of(int64_t t_ns)
{
    return t_ns / NS_PER_DAY - (t_ns % NS_PER_DAY < 0);
}

void fact_add_time(struct text *t, int64_t t_ns, int64_t start_ns)
{
    char s[TIMESTAMP_TEXT_MAX];

    const bool dated = day_of(t_ns) != day_of(start_ns);
    text_add_bytes(t, s, (dated ? timestamp_format_plain : timestamp_format_clock)(t_ns, s));
}

static void add_name(struct text *t, const char *name)
{
    text_add_name(t, name, strlen(name), FACT_NAME_MAX);
}

void fact_add_thing(struct text *t, const struct catalog *names, uint32_t entity)
{
    const struct entity *e = catalog_entity_get(names, entity);

    if (e->kind != ENTITY_HOST) {
        text_add(t, entity_kind_name(e->kind));
        text_add_char(t, ' ');
    }
    add_name(t, e->name);
}

static bool is_one_moment(const struct fact *f, const struct chapter *k)
{
    return k->law == f->worst->law && k->facet == f->worst->facet &&
           k->onset_ns - f->onset_ns <= COINCIDENCE_NS;
}

/* Does k stand beside all of them? */
static bool is_beside(const struct catalog *names, const struct fact *f, const struct chapter *k)
{
    for (uint32_t i = 0; i < f->count; i++)
        if (relation_in_line(names, f->members[i]->entity, k->entity))
            return false;
    return true;
}

/* Takes k into the fact if it belongs to it. The innermost is told: it is nearest to the cause. */
static bool take(const struct catalog *names, struct fact *f, const struct chapter *k)
{
    if (!is_one_moment(f, k))
        return false;
    if (is_beside(names, f, k)) {
        f->members[f->count++] = k;
        if (k->strength > f->worst->strength)
            f->worst = k;
        return true;
    }
    if (strcmp(k->cause, f->worst->cause) != 0)
        return false;
    bool above = true;
    for (uint32_t i = 0; i < f->count; i++)
        above &= relation_is_above(names, k->entity, f->members[i]->entity);
    if (above) {
        f->above[f->above_count++] = k;
        return true;
    }
    if (f->count > 1 || !relation_is_above(names, f->worst->entity, k->entity))
        return false;
    f->above[f->above_count++] = f->worst;
    f->worst = f->members[0] = k;
    return true;
}

uint32_t fact_gather(
    const struct catalog *names, const struct chapter *chapters, uint32_t n, struct fact *ret)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < n; i++) {
        const struct chapter *k = &chapters[i];
        uint32_t at = 0;
        while (at < count && !take(names, &ret[at], k))
            at++;
        if (at < count)
            continue;
        ret[count] = (struct fact){.worst = k, .members = {k}, .count = 1, .onset_ns = k->onset_ns};
        count++;
    }
    return count;
}

static void add_capital(struct text *t, const char *words)
{
    text_add_char(t, (char)(words[0] - 'a' + 'A'));
    text_add(t, words + 1);
}

/* " of cgroup a", " of 7 cgroups (a, b, c and 4 more), at its worst in cgroup b"; nothing for the host
 * itself, and a series is named by what it says. */
static void add_subject(struct text *t, const struct catalog *names, const struct fact *f)
{
    const struct entity *e = catalog_entity_get(names, f->worst->entity);
    uint32_t shown = f->count < FACT_NAMES_MAX ? f->count : FACT_NAMES_MAX;

    if (f->count == 1) {
        if (e->kind == ENTITY_HOST || e->kind == ENTITY_SERIES)
            return;
        text_add(t, " of ");
        fact_add_thing(t, names, f->worst->entity);
        return;
    }
    bool alike = true;
    for (uint32_t i = 0; i < f->count; i++)
        alike &= catalog_entity_get(names, f->members[i]->entity)->kind == e->kind;
    text_add(t, " of ");
    text_add_uint(t, f->count);
    text_add_char(t, ' ');
    text_add(t, alike ? entity_kind_name(e->kind) : "thing");
    text_add(t, "s (");
    for (uint32_t i = 0; i < shown; i++) {
        text_add(t, i == 0 ? "" : i + 1 < f->count ? ", " : " and ");
        add_name(t, catalog_entity_get(names, f->members[i]->entity)->name);
    }
    if (f->count > shown) {
        text_add(t, " and ");
        text_add_uint(t, f->count - shown);
        text_add(t, " more");
    }
    text_add(t, "), at its worst in ");
    add_name(t, e->name);
}

static void add_cause(struct text *t, const struct chapter *k)
{
    const char *words = cause_words(k->cause);
    bool unexplained = strcmp(k->cause, "unexplained") == 0;

    /* A shock says that something is unusual; what causes it was never asked. */
    if (!words[0] || (unexplained && law_veto(k->law) == VETO_NONE))
        return;
    text_add(t, unexplained                          ? " Cause unknown: "
                : k->confidence == CONFIDENCE_HIGH   ? " Cause: "
                : k->confidence == CONFIDENCE_MEDIUM ? " Probable cause: "
                                                     : " Possible cause: ");
    text_add(t, words);
    text_add_char(t, '.');
}

static void add_carriers(struct text *t, const struct chapter *k)
{
    for (uint32_t i = 0; i < k->carrier_count; i++) {
        text_add(t, i == 0 ? " Carried by " : i + 1 < k->carrier_count ? ", " : " and ");
        add_name(t, k->carriers[i].name);
        text_add(t, " (");
        text_add_human(t, 100 * k->carriers[i].share, 2);
        text_add(t, " %)");
    }
    if (k->carrier_count)
        text_add_char(t, '.');
}

/* Times on the clock do not age as spans do. */
static int64_t moment_after(int64_t t_ns, double s)
{
    const double most_s = 3.2e9; /* a century */
    return t_ns + (int64_t)((s < most_s ? s : most_s) * 1e9);
}

static void add_exhaustion(struct text *t, const struct chapter *k, int64_t start_ns)
{
    if (isnan(k->exhaustion_lo_s) || !k->open)
        return;
    bool both = !isnan(k->exhaustion_hi_s);
    text_add(
        t, both ? " At this rate the limit is reached between " : " At this rate the limit is reached at ");
    fact_add_time(t, moment_after(k->told_ns, k->exhaustion_lo_s), start_ns);
    text_add(t, both ? " and " : " at the earliest");
    if (both)
        fact_add_time(t, moment_after(k->told_ns, k->exhaustion_hi_s), start_ns);
    text_add_char(t, '.');
}

static void add_end(struct text *t, const struct chapter *k, int64_t start_ns)
{
    text_add(t, k->end == ENTITY_OUT_OF_MEMORY ? " Killed for want of memory, gone at "
                : k->end == ENTITY_UNHEARD     ? " Watched no longer since "
                                               : " Gone at ");
    fact_add_time(t, k->end_ns, start_ns);
    text_add_char(t, '.');
}

/* " It shows in cgroup shop and on the whole host, too." */
static void add_above(struct text *t, const struct catalog *names, const struct fact *f)
{
    uint32_t shown = f->above_count < FACT_NAMES_MAX ? f->above_count : FACT_NAMES_MAX;

    for (uint32_t i = 0; i < shown; i++) {
        uint32_t entity = f->above[f->above_count - 1 - i]->entity;
        text_add(t, i == 0 ? " It shows " : i + 1 < shown ? ", " : " and ");
        if (catalog_entity_get(names, entity)->kind == ENTITY_HOST) {
            text_add(t, "on the whole host");
        } else {
            text_add(t, "in ");
            fact_add_thing(t, names, entity);
        }
    }
    if (shown)
        text_add(t, ", too.");
}

/* Of several at one moment: over when all are. */
static void add_state(struct text *t, const struct fact *f, int64_t start_ns, const struct chapter *ending)
{
    bool open = false, stale = true;
    int64_t seen_ns = INT64_MIN;

    for (uint32_t i = 0; i < f->count + f->above_count; i++) {
        const struct chapter *k = i < f->count ? f->members[i] : f->above[i - f->count];
        if (k == ending)
            return;
        open |= k->open;
        stale &= !k->open || k->stale;
        seen_ns = k->seen_ns > seen_ns ? k->seen_ns : seen_ns;
    }
    if (f->worst->end != ENTITY_LIVES) {
        add_end(t, f->worst, start_ns);
        return;
    }
    if (open && !stale)
        return;
    text_add(t, open                                   ? " Not seen, for want of telemetry, since "
                : f->worst->ended == FINDING_CHANGED   ? " Until "
                : f->worst->ended == FINDING_FORGOTTEN ? " Forgotten, as was asked for; last seen at "
                                                       : " Over since ");
    fact_add_time(t, seen_ns, start_ns);
    text_add_char(t, '.');
}

void fact_add(struct text *t, const struct catalog *names, const struct fact *f, int64_t start_ns,
    const struct chapter *ending)
{
    const struct chapter *k = f->worst;

    fact_add_time(t, f->onset_ns, start_ns);
    text_add_char(t, ' ');
    add_capital(t, titles[k->law]);
    add_subject(t, names, f);
    text_add(t, ": ");
    text_add_shortened(t, k->observed, strlen(k->observed), OBSERVED_MAX);
    text_add_char(t, '.');
    add_cause(t, k);
    add_carriers(t, k);
    add_above(t, names, f);
    add_exhaustion(t, k, start_ns);
    if (k->times > 1) {
        text_add(t, " It came ");
        if (k->times > 2)
            text_add_uint(t, k->times);
        text_add(t, k->times > 2 ? " times, the last at " : "twice, the last at ");
        fact_add_time(t, k->opened_ns[0], start_ns);
        text_add_char(t, '.');
    }
    add_state(t, f, start_ns, ending);
}

static const char *quiet_words(const struct chapter *k)
{
    switch (k->law) {
    case LAW_FEVER:
        return strcmp(k->cause, "churn") == 0       ? "allocation stayed within its band"
               : strcmp(k->cause, "gc_spiral") == 0 ? "the collector kept up again"
                                                    : "no growth was seen";
    case LAW_AMPLIFICATION:
        return "the ratio stayed within its band";
    case LAW_SHOCK:
        return "values stayed within the usual";
    case LAW_EARLY_WARNING:
        return "it recovered no more slowly than usual";
    default:
        return "it stayed within its band";
    }
}

void fact_add_ending(struct text *t, const struct catalog *names, const struct chapter *k)
{
    if (k->end != ENTITY_LIVES || k->ended == FINDING_GONE) {
        fact_add_thing(t, names, k->entity);
        text_add(t, k->end == ENTITY_OUT_OF_MEMORY ? " was killed for want of memory"
                    : k->end == ENTITY_UNHEARD     ? " is watched no longer"
                                                   : " is gone");
    } else if (k->ended == FINDING_UNHEARD) {
        text_add(t, "nothing was heard of it for ");
        text_add_span(t, k->closed_ns - k->seen_ns);
    } else if (k->ended == FINDING_FORGOTTEN) {
        text_add(t, "what was learned of it was forgotten, as was asked for");
    } else if (k->law == LAW_SIGNAL_LOST) {
        text_add(t, "telemetry came back");
    } else {
        text_add(t, quiet_words(k));
        text_add(t, " for ");
        text_add_span(t, k->closed_ns - k->seen_ns);
    }
}
