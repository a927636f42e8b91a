/* SPDX-License-Identifier: MIT
 * The report of a backtest as one JSON object (docs/backtest.md names its members), an outage, an incident, a
 * host or a point a line. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "output/backtest/sheet.h"

#define NS_PER_S 1e9

static void new_line(struct sheet *s)
{
    text_add_char(&s->t, '\n');
    sheet_turn(s);
}

static void put_moment(struct json *j, const char *key, int64_t t_ns)
{
    if (t_ns == INT64_MIN || t_ns == INT64_MAX)
        json_put_null(j, key);
    else
        json_put_time(j, key, t_ns);
}

static void put_optional(struct json *j, const char *key, const char *text)
{
    json_put_string(j, key, text[0] ? text : NULL);
}

static void put_scope(struct json *j, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    json_put_string(j, "type", "backtest");
    json_put_bool(j, "complete", r->complete);
    json_put_string(j, "cut_short", r->complete ? NULL : r->cut_short);
    json_put_uint(j, "samples", r->samples);
    json_put_uint(j, "series", r->series);
    json_put_uint(j, "hosts", observer_host_count(v->observer));
    bool any = observer_host_count(v->observer) > 0;
    put_moment(j, "from", any ? v->first_ns : INT64_MIN);
    put_moment(j, "to", any ? v->last_ns : INT64_MIN);
    json_put_number(j, "watched_days", v->watched_days);
    json_put_number(j, "healthy_days", v->healthy_days);
    json_put_number(j, "lead_s", (double)v->ground->lead_ns / NS_PER_S);
    json_put_number(j, "merge_s", (double)v->merge_ns / NS_PER_S);
    put_moment(j, "judged_from", v->ground->from_ns);
    json_put_number(j, "promised_per_day", r->promised_per_day);
}

static void put_totals(struct json *j, const struct backtest_report *r)
{
    const struct verdict *v = r->verdict;
    const struct verdict_point *p = &v->points[0];
    json_begin_object(j, "verdict");
    json_put_uint(j, "outages", v->ground->count);
    json_put_uint(j, "judged", v->judged);
    json_put_uint(j, "announced", v->outcomes[OUTAGE_ANNOUNCED]);
    json_put_uint(j, "seen", v->outcomes[OUTAGE_SEEN]);
    json_put_uint(j, "open_before", v->outcomes[OUTAGE_OPEN_BEFORE]);
    json_put_uint(j, "missed", v->outcomes[OUTAGE_MISSED]);
    json_put_number(j, "announced_median_lead_s", v->announced_lead_s);
    json_put_number(j, "seen_median_delay_s", v->seen_delay_s);
    json_put_uint(j, "incidents", p->said);
    json_put_uint(j, "counted", p->counted);
    json_put_uint(j, "false", p->outside);
    json_put_number(j, "false_per_day", verdict_false_per_day(v, p));
    json_put_uint(j, "quiet", p->quiet);
    json_put_number(j, "quiet_days", v->quiet_days);
    json_put_number(j, "achieved_over_promised",
        v->quiet_days > 0 ? (double)p->quiet / v->quiet_days / r->promised_per_day : (double)NAN);
    json_end_object(j);
}

static void put_outage(struct json *j, const struct verdict *v, uint32_t i)
{
    const struct outage *o = &v->ground->outages[i];
    const struct verdict_outage *k = &v->outages[i];
    json_begin_object(j, NULL);
    put_optional(j, "host", o->host);
    put_moment(j, "start", o->start_ns);
    put_moment(j, "end", o->end_ns);
    put_moment(j, "onset", o->onset_ns);
    put_optional(j, "label", o->label);
    json_put_uint(j, "line", o->line);
    json_put_string(j, "verdict", outage_outcome_name(k->outcome));
    put_moment(j, "opened", k->opened_ns);
    json_put_number(j, "lead_s",
        k->opened_ns == INT64_MIN ? (double)NAN : (double)(o->start_ns - k->opened_ns) / NS_PER_S);
    put_moment(j, "alarm", k->alarm_ns);
    const struct tape_incident *n = k->incident == VERDICT_NONE ? NULL : tape_incident(v->tape, k->incident);
    json_put_string(j, "incident", n && n->story ? n->story->id : NULL);
    const struct tape_finding *f = n && n->story && n->story->finding_count ? n->story->findings[0] : NULL;
    json_put_string(j, "law", f ? law_name(f->law) : NULL);
    json_put_string(j, "entity", f ? f->entity : NULL);
    json_put_string(j, "cause", f ? f->cause : NULL);
    json_put_string(j, "confidence", f ? confidence_name(f->confidence) : NULL);
    json_end_object(j);
}

static void put_incident(struct json *j, const struct verdict *v, uint32_t i)
{
    const struct tape_incident *n = tape_incident(v->tape, i);
    const struct verdict_incident *k = &v->incidents[i];
    const struct tape_story *story = n->story;
    json_begin_object(j, NULL);
    json_put_string(j, "id", story ? story->id : NULL);
    json_put_string(j, "host", tape_host(v->tape, n->host));
    put_moment(j, "t", n->opened_ns);
    put_moment(j, "start", n->started_ns);
    put_moment(j, "end", n->ended_ns);
    json_begin_array(j, "laws");
    for (int law = 0; law < LAW_COUNT; law++)
        if (n->laws >> law & 1U)
            json_put_string(j, NULL, law_name((enum law_id)law));
    json_end_array(j);
    json_put_number(j, "risk", story ? story->risk : (double)NAN);
    json_put_string(j, "verdict", incident_worth_name(k->worth));
    if (k->outage == VERDICT_NONE)
        json_put_null(j, "outage_line");
    else
        json_put_uint(j, "outage_line", v->ground->outages[k->outage].line);
    json_put_string(j, "narrative", story ? story->narrative : NULL);
    json_end_object(j);
}

static void put_point(struct json *j, const struct verdict *v, uint32_t i)
{
    const struct verdict_point *p = &v->points[i];
    json_begin_object(j, NULL);
    json_put_string(j, "detector",
        p->kind == POINT_PROGRAM   ? "coherence"
        : p->kind == POINT_CLASSIC ? "classic"
                                   : control_name(p->control));
    json_put_number(j, p->kind == POINT_PROGRAM ? "budget_per_day" : "setting", p->setting);
    json_put_bool(j, "yours", i == 0);
    json_put_uint(j, "incidents", p->said);
    json_put_uint(j, "counted", p->counted);
    json_put_uint(j, "false", p->outside);
    json_put_number(j, "false_per_day", verdict_false_per_day(v, p));
    json_put_uint(j, "found", p->found);
    json_put_uint(j, "announced", p->announced);
    json_put_number(j, "recall", verdict_recall(v, p));
    if (p->kind == POINT_CONTROL)
        json_put_null(j, "alarmed");
    else
        json_put_uint(j, "alarmed", p->alarmed);
    json_put_number(j, "median_lead_s", p->median_lead_s);
    json_put_number(j, "median_delay_s", p->median_delay_s);
    json_put_number(j, "in_alarm_share", verdict_busy_share(v, p));
    if (p->kind != POINT_CONTROL) {
        json_put_uint(j, "quiet", p->quiet);
        json_put_uint(j, "unlabelled", p->unlabelled);
    }
    json_end_object(j);
}

static void put_host(struct json *j, const struct verdict *v, uint32_t i)
{
    const struct observer_host *h = observer_host(v->observer, i);
    json_begin_object(j, NULL);
    json_put_string(j, "host", h->name);
    json_put_uint(j, "series", h->series);
    json_put_uint(j, "samples", h->samples);
    json_put_uint(j, "rows", h->coverage.rows);
    put_moment(j, "from", h->coverage.first_ns);
    put_moment(j, "to", h->coverage.last_ns);
    json_put_number(j, "step_s", (double)h->coverage.usual_ns / NS_PER_S);
    json_put_uint(j, "gaps", h->coverage.span_count ? h->coverage.span_count - 1 : 0);
    json_end_object(j);
}

static void put_list(struct sheet *s, struct json *j, const struct verdict *v, const char *key, uint32_t n,
    void (*put)(struct json *j, const struct verdict *v, uint32_t i))
{
    json_begin_array(j, key);
    for (uint32_t i = 0; i < n; i++) {
        new_line(s);
        put(j, v, i);
    }
    json_end_array(j);
    new_line(s);
}

static void put_strings(
    struct sheet *s, struct json *j, const char *key, const char *const *strings, size_t n)
{
    json_begin_array(j, key);
    for (size_t i = 0; i < n; i++) {
        json_put_string(j, NULL, strings[i]);
        sheet_turn(s);
    }
    json_end_array(j);
    new_line(s);
}

int backtest_json(const struct backtest_report *r, backtest_write write, void *context)
{
    struct sheet *s = sheet_new(write, context);
    struct json j;
    const struct verdict *v = r->verdict;
    if (!s)
        return -ENOMEM;
    json_init(&j, &s->t);
    json_begin_object(&j, NULL);
    put_scope(&j, r);
    new_line(s);
    put_strings(s, &j, "inputs", r->inputs, r->input_count);
    json_put_string(&j, "outages_from", r->outages);
    json_put_uint(&j, "outages_unread", r->outages_unread);
    put_totals(&j, r);
    new_line(s);
    put_list(s, &j, v, "outages", v->ground->count, put_outage);
    put_list(s, &j, v, "incidents", tape_count(v->tape), put_incident);
    put_list(s, &j, v, "points", v->point_count, put_point);
    put_list(s, &j, v, "watched", observer_host_count(v->observer), put_host);
    json_begin_object(&j, "unobservable_hosts");
    for (int law = 0; law < LAW_MAIN_COUNT; law++)
        json_put_uint(&j, law_name((enum law_id)law), r->blind[law]);
    json_end_object(&j);
    json_put_uint(&j, "refused", r->refused);
    json_put_uint(&j, "incidents_dropped", tape_dropped(v->tape));
    put_strings(s, &j, "passed_over", r->notes, r->note_count);
    json_put_uint(&j, "passed_over_more", r->notes_left_out);
    json_end_object(&j);
    text_add_char(&s->t, '\n');
    int fault = sheet_end(s);
    free(s);
    return fault;
}
