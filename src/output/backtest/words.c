/* SPDX-License-Identifier: MIT
 * A verdict in plain words: amounts for people, and the few sentences with which every report begins. It
 * counts nothing itself. */
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "output/backtest/sheet.h"

#define NS_PER_S   1e9
#define DAY_S      86400.0
#define AT_ONCE_NS INT64_C(500000000)

void words_add_span(struct text *t, double seconds)
{
    static const struct {
        double below, unit;
        const char *name;
    } units[] = {{120, 1, " s"}, {7200, 60, " min"}, {2 * DAY_S, 3600, " h"}, {INFINITY, DAY_S, " days"}};
    size_t i = 0;
    if (isnan(seconds)) {
        text_add(t, "no data");
        return;
    }
    while (seconds >= units[i].below)
        i++;
    text_add_human(t, seconds / units[i].unit, 2);
    text_add(t, units[i].name);
}

void words_add_moment(struct text *t, int64_t t_ns)
{
    char s[TIMESTAMP_TEXT_MAX];
    text_add_bytes(t, s, timestamp_format_plain(t_ns, s));
}

void words_add_count(struct text *t, uint64_t n, const char *one, const char *many)
{
    text_add_uint(t, n);
    text_add_char(t, ' ');
    text_add(t, n == 1 ? one : many);
}

void words_add_rate(struct text *t, double per_day)
{
    if (isnan(per_day)) {
        text_add(t, "none");
    } else if (per_day >= 1) {
        text_add_human(t, per_day, 3);
        text_add(t, "/1d");
    } else {
        text_add(t, "1/");
        text_add_human(t, 1 / per_day, 3);
        text_add_char(t, 'd');
    }
}

void words_add_frequency(struct text *t, uint64_t count, double days)
{
    if (count == 0) {
        text_add(t, "none in ");
        words_add_span(t, days * DAY_S);
    } else if (days < 1) {
        text_add_uint(t, count);
        text_add(t, " in ");
        words_add_span(t, days * DAY_S);
    } else if ((double)count > days) {
        text_add_human(t, (double)count / days, 2);
        text_add(t, " a day");
    } else {
        text_add(t, "one in ");
        text_add_human(t, days / (double)count, 2);
        text_add(t, " days");
    }
}

void words_add_host_days(struct text *t, double days)
{
    if (days < 2) {
        words_add_span(t, days * DAY_S);
        text_add(t, " of host time");
    } else {
        text_add_human(t, days, 3);
        text_add(t, " host-days");
    }
}

void words_add_lead(struct text *t, int64_t lead_ns)
{
    if (lead_ns > -AT_ONCE_NS && lead_ns < AT_ONCE_NS) {
        text_add(t, "at the start");
        return;
    }
    words_add_span(t, fabs((double)lead_ns) / NS_PER_S);
    text_add(t, lead_ns > 0 ? " before" : " after");
}

void words_add_laws(struct text *t, uint32_t laws)
{
    for (unsigned i = 0, shown = 0; i < LAW_COUNT; i++) {
        if (!(laws & (1U << i)))
            continue;
        text_add(t, shown++ > 0 ? " " : "");
        text_add(t, law_name((enum law_id)i));
    }
}

void words_add_reason(struct text *t, const struct tape_incident *i)
{
    if (!i->story || i->story->finding_count == 0) {
        words_add_laws(t, i->laws);
        return;
    }
    const struct tape_finding *f = i->story->findings[0];
    text_add(t, law_name(f->law));
    if (strcmp(f->cause, "unexplained") != 0)
        text_addf(t, " (%s)", f->cause);
    text_add(t, " on ");
    text_add_printable(t, f->entity, strlen(f->entity));
}

void words_add_point(struct text *t, const struct verdict_point *p)
{
    if (p->kind == POINT_PROGRAM) {
        text_add(t, "Coherence at ");
        words_add_rate(t, p->setting);
    } else if (p->kind == POINT_CLASSIC) {
        text_add(t, "classic profile");
    } else {
        text_add(t, control_name(p->control));
        text_add(t, p->control == CONTROL_PERIODIC ? ", every " : " at ");
        text_add_human(t, p->setting, 3);
        if (p->control == CONTROL_PERIODIC)
            text_add(t, " rows");
    }
}

/* "12345", "7.2 million". */
static void add_large(struct text *t, uint64_t n)
{
    if (n < 100000) {
        text_add_uint(t, n);
    } else if (n < 1000000) {
        text_add_uint(t, (n + 500) / 1000);
        text_add(t, " thousand");
    } else {
        text_add_human(t, (double)n / 1e6, 3);
        text_add(t, " million");
    }
}

static void add_scope(struct text *t, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    text_add(t, "Coherence read ");
    add_large(t, r->samples);
    text_add(t, r->samples == 1 ? " sample of " : " samples of ");
    words_add_count(t, r->series, "series", "series");
    text_add(t, " on ");
    words_add_count(t, observer_host_count(v->observer), "host", "hosts");
    if (observer_host_count(v->observer) == 0) {
        text_add(t, ".");
        return;
    }
    text_add(t, ", from ");
    words_add_moment(t, v->first_ns);
    text_add(t, " to ");
    words_add_moment(t, v->last_ns);
    text_add(t, " UTC: ");
    words_add_host_days(t, v->watched_days);
    text_add(t, " under watch.");
}

static void add_none_or(struct text *t, uint32_t n)
{
    if (n == 0)
        text_add(t, "none");
    else
        text_add_uint(t, n);
}

static void add_only(struct text *t, const struct verdict *v)
{
    text_add(t, "The one outage that could be judged would have been ");
    if (v->outcomes[OUTAGE_ANNOUNCED]) {
        text_add(t, "announced ");
        words_add_span(t, v->announced_lead_s);
        text_add(t, " before it began.");
    } else if (v->outcomes[OUTAGE_SEEN]) {
        text_add(t, "seen ");
        words_add_span(t, v->seen_delay_s);
        text_add(t, " after it began.");
    } else {
        text_add(t, "missed");
        text_add(t, v->outcomes[OUTAGE_MISSED]
                        ? "."
                        : ": it fell into an incident that was open already, which is not foresight.");
    }
}

static void add_found(struct text *t, const struct verdict *v)
{
    if (v->judged == 0) {
        text_add(t, v->ground->count ? "None of the outages in the list could be judged."
                                     : "The list names no outage: every incident counts as false.");
        return;
    }
    if (v->judged == 1) {
        add_only(t, v);
        return;
    }
    text_addf(t, "Of %u outages that could be judged ", (unsigned)v->judged);
    if (v->outcomes[OUTAGE_ANNOUNCED] + v->outcomes[OUTAGE_SEEN] == 0) {
        text_add(t, "it would have announced or seen none.");
    } else {
        text_add(t, "it would have announced ");
        add_none_or(t, v->outcomes[OUTAGE_ANNOUNCED]);
        text_add(t, " before they began");
        if (v->outcomes[OUTAGE_ANNOUNCED]) {
            text_add(t, " (median ");
            words_add_span(t, v->announced_lead_s);
            text_add(t, " ahead)");
        }
        text_add(t, ", seen ");
        add_none_or(t, v->outcomes[OUTAGE_SEEN]);
        text_add(t, " while they ran");
        if (v->outcomes[OUTAGE_SEEN]) {
            text_add(t, " (median ");
            words_add_span(t, v->seen_delay_s);
            text_add(t, " after the start)");
        }
        uint32_t missed = v->outcomes[OUTAGE_MISSED] + v->outcomes[OUTAGE_OPEN_BEFORE];
        text_add(t, ", and missed ");
        add_none_or(t, missed);
        text_add_char(t, '.');
    }
    if (v->outcomes[OUTAGE_OPEN_BEFORE]) {
        text_add_char(t, ' ');
        words_add_count(t, v->outcomes[OUTAGE_OPEN_BEFORE], "of those missed fell", "of those missed fell");
        text_add(t, " into an incident that was open already, which is not foresight.");
    }
}

static void add_price(struct text *t, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    const struct verdict_point *p = &v->points[0];
    text_add(t, "The price: ");
    words_add_count(t, p->outside, "false incident", "false incidents");
    text_add(t, " in ");
    words_add_host_days(t, v->healthy_days);
    text_add(t, " without an outage");
    if (p->outside && v->healthy_days >= 1) {
        text_add(t, ", ");
        words_add_frequency(t, p->outside, v->healthy_days);
        text_add(t, " on each host");
    }
    text_add(t, ". The budget allows one in ");
    text_add_human(t, 1 / r->promised_per_day, 3);
    text_add(t, " days.");
    if (r->outages_unread == 0)
        return;
    text_add_char(t, ' ');
    words_add_count(t, r->outages_unread, "row of the list", "rows of the list");
    text_add(t, " could not be read as an outage: incidents that count as false may belong to ");
    text_add(t, r->outages_unread == 1 ? "it." : "them.");
}

/* The best of the controls at no more false incidents than the program has. */
static void add_comparison(struct text *t, const struct verdict *v)
{
    const struct verdict_point *best = NULL, *own = &v->points[0];
    for (int k = 0; k < CONTROL_KINDS; k++) {
        const struct verdict_point *p =
            verdict_best(v, POINT_CONTROL, (enum control_kind)k, verdict_false_per_day(v, own));
        if (p && (!best || p->found > best->found))
            best = p;
    }
    if (!best || best->found == 0) {
        text_add(t, "At no more false incidents, none of the simple detectors beside it finds any of them.");
        return;
    }
    text_add(t, "At no more false incidents, the best of the simple detectors beside it (");
    words_add_point(t, best);
    text_addf(t, ", its setting picked with hindsight) finds %u.", (unsigned)best->found);
}

static void add_unlabelled(struct text *t, const struct verdict *v)
{
    const struct verdict_point *p = &v->points[0];
    text_add(t, "It would have told of ");
    words_add_count(t, p->counted, "incident", "incidents");
    if (p->counted && v->watched_days >= 1) {
        text_add(t, ", ");
        words_add_frequency(t, p->counted, v->watched_days);
        text_add(t, " on each host");
    }
    text_add(t, ". Which of them were real only your people know: no list of outages was given, so nothing "
                "here says whether it "
                "was right.");
}

void words_add_summary(struct text *t, const struct backtest_report *r, const char *between)
{
    const struct verdict *v = r->verdict;
    add_scope(t, r);
    if (!r->complete) {
        text_add(t, between);
        text_add(t, "This is not all of it: ");
        text_add_printable(t, r->cut_short, strlen(r->cut_short));
        text_add(t, ". What follows is about what was read until then.");
    }
    if (observer_host_count(v->observer) == 0)
        return;
    text_add(t, between);
    if (!r->outages) {
        add_unlabelled(t, v);
        return;
    }
    add_found(t, v);
    text_add(t, between);
    add_price(t, r);
    if (v->judged > 0) {
        text_add(t, between);
        add_comparison(t, v);
    }
    if (v->outcomes[OUTAGE_NOT_JUDGED]) {
        text_add(t, between);
        words_add_count(t, v->outcomes[OUTAGE_NOT_JUDGED], "outage was", "outages were");
        text_add(t, " not judged: there is no telemetry of the host in the hour before or during it.");
    }
}

void words_add_blind(struct text *t, const struct backtest_report *r, uint32_t law)
{
    static const char *const names[LAW_MAIN_COUNT] = {
        "Compute seizure", "Resource fever", "Intent amplification"};
    static const char *const needs[LAW_MAIN_COUNT] = {"CPU usage",
        "memory in use, allocations or a collector's counters", "requests or packets, in and out"};
    text_add(t, names[law]);
    text_addf(t, " could not be judged on %u of %u ", (unsigned)r->blind[law], (unsigned)r->hosts);
    text_add(t, r->hosts == 1 ? "host" : "hosts");
    text_add(t, ": it needs ");
    text_add(t, needs[law]);
    text_add_char(t, '.');
}
