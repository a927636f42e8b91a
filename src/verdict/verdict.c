/* SPDX-License-Identifier: MIT
 * Holds what engines and controls said against the outages: which were announced, which incidents were false,
 * what the time without outages is, and one point of the sweep for each. The rules are ground.h's; durations
 * are host_ground.c's; words and pictures are output's. */
#include "verdict/verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/host_ground.h"

#define NS_PER_S   1e9
#define NS_PER_DAY 86400e9

/* Counted incidents of one tape. */
struct count {
    const struct tape *tape;
    struct verdict_incident *incidents;
    int64_t *opened; /* by outage; INT64_MIN: none */
    uint32_t *first; /* incident that did, by outage */
};

/* By host of the tape. */
struct group {
    const struct host_ground *ground; /* NULL: its host was never watched */
    uint32_t head;                    /* first incident of the group that is being told, or VERDICT_NONE */
    int64_t head_opened_ns, head_ended_ns;
    int64_t busy_to_ns; /* until here its busy time is counted */
};

struct court {
    struct verdict *v;
    struct host_ground *hosts;
    uint32_t host_count;
};

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(values, n, sizeof(*values), compare_doubles);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static const struct host_ground *find_ground(const struct court *c, const char *name)
{
    for (uint32_t i = 0; i < c->host_count; i++)
        if (strcmp(c->hosts[i].host->name, name) == 0)
            return &c->hosts[i];
    return NULL;
}

/* What an incident that opens a group is about. */
static enum incident_worth weigh(
    const struct court *c, struct count *k, uint32_t i, const struct host_ground *h)
{
    const struct ground *g = c->v->ground;
    const struct tape_incident *t = tape_incident(k->tape, i);
    struct verdict_incident *out = &k->incidents[i];

    for (uint32_t n = 0; h && n < h->host->outage_count; n++) {
        uint32_t outage = h->host->outages[n];
        if (t->opened_ns < ground_reach(g, outage) || t->opened_ns > g->outages[outage].end_ns)
            continue;
        if (out->outage == VERDICT_NONE)
            out->outage = outage;
        if (k->opened[outage] == INT64_MIN || t->opened_ns < k->opened[outage]) {
            k->opened[outage] = t->opened_ns;
            k->first[outage] = i;
        }
    }
    return out->outage != VERDICT_NONE  ? INCIDENT_ABOUT
           : t->opened_ns >= g->from_ns ? INCIDENT_FALSE
                                        : INCIDENT_UNLABELLED;
}

/* Until when the group in g was in alarm, as far as it is known. */
static int64_t busy_time(struct group *g)
{
    if (g->head == VERDICT_NONE || !g->ground)
        return 0;
    const struct coverage *c = &g->ground->host->coverage;
    int64_t from = g->head_opened_ns > g->busy_to_ns ? g->head_opened_ns : g->busy_to_ns;
    int64_t to = g->head_ended_ns > c->last_ns ? c->last_ns : g->head_ended_ns;
    if (to <= from)
        return 0;
    g->busy_to_ns = to;
    return host_ground_settled(g->ground, from, to);
}

/* One incident of a tape, in order of opening. */
static void count_incident(
    const struct court *c, struct count *k, struct group *g, uint32_t i, struct verdict_point *p)
{
    const struct tape_incident *t = tape_incident(k->tape, i);
    struct verdict_incident *out = &k->incidents[i];
    int64_t usual_ns = g->ground ? g->ground->host->coverage.usual_ns : 0, ended_ns = t->ended_ns;

    *out = (struct verdict_incident){.outage = VERDICT_NONE, .with = VERDICT_NONE};
    if (ended_ns < t->opened_ns)
        ended_ns = t->opened_ns;
    if (g->head != VERDICT_NONE) {
        int64_t last = t->quiet_ns > g->head_opened_ns ? t->quiet_ns : g->head_opened_ns;
        if ((uint64_t)t->opened_ns - (uint64_t)last <= (uint64_t)ground_merge(c->v->ground, usual_ns)) {
            out->worth = INCIDENT_JOINED;
            out->with = g->head;
            g->head_ended_ns = ended_ns > g->head_ended_ns ? ended_ns : g->head_ended_ns;
            return;
        }
        p->busy_days += (double)busy_time(g) / NS_PER_DAY;
    }
    g->head = i;
    g->head_opened_ns = t->opened_ns;
    g->head_ended_ns = ended_ns;
    out->worth = weigh(c, k, i, g->ground);
    p->counted++;
    p->outside += out->worth == INCIDENT_FALSE;
    p->quiet += g->ground && host_ground_is_quiet(g->ground, t->opened_ns);
    p->unlabelled += g->ground && host_ground_is_unlabelled(g->ground, t->opened_ns);
}

/* Leads and delays over the outages that were found. opened: by outage. Returns 0 or -1: out of memory. */
static int sum_up(const struct verdict *v, const int64_t *opened, struct verdict_point *p)
{
    const struct ground *g = v->ground;
    double *lead = calloc(2 * (g->count + 1U), sizeof(*lead));
    uint32_t n = 0;
    if (!lead)
        return -1;
    double *delay = lead + g->count + 1;
    for (uint32_t i = 0; i < g->count; i++) {
        if (v->outages[i].outcome == OUTAGE_NOT_JUDGED || opened[i] == INT64_MIN)
            continue;
        double s = (double)(g->outages[i].start_ns - opened[i]) / NS_PER_S;
        lead[n] = s;
        delay[n++] = s > 0 ? 0 : -s;
        p->announced += s > 0;
    }
    p->found = n;
    p->median_lead_s = median(lead, n);
    p->median_delay_s = median(delay, n);
    free(lead);
    return 0;
}

static void count_all(const struct court *c, struct count *k, struct group *groups, struct verdict_point *p)
{
    uint32_t n = tape_count(k->tape), hosts = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t h = tape_incident(k->tape, i)->host;
        for (; hosts <= h; hosts++)
            groups[hosts] = (struct group){.ground = find_ground(c, tape_host(k->tape, hosts)),
                .head = VERDICT_NONE,
                .busy_to_ns = INT64_MIN};
        count_incident(c, k, &groups[h], i, p);
    }
    for (uint32_t h = 0; h < hosts; h++)
        p->busy_days += (double)busy_time(&groups[h]) / NS_PER_DAY;
    p->said = n + tape_dropped(k->tape);
}

static uint32_t tape_hosts(const struct tape *t)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < tape_count(t); i++)
        if (tape_incident(t, i)->host >= most)
            most = tape_incident(t, i)->host + 1;
    return most;
}

static void free_count(struct count *k)
{
    free(k->incidents);
    free(k->opened);
    free(k->first);
}

/* Fills p, and *k, which is the caller's. Returns 0 or -1. */
static int count_tape(
    const struct court *c, const struct verdict_tape *t, struct count *k, struct verdict_point *p)
{
    uint32_t outages = c->v->ground->count;
    struct group *groups = calloc(tape_hosts(t->tape) + 1U, sizeof(*groups));
    *k = (struct count){.tape = t->tape,
        .incidents = calloc(tape_count(t->tape) + 1U, sizeof(*k->incidents)),
        .opened = calloc(outages + 1U, sizeof(*k->opened)),
        .first = calloc(outages + 1U, sizeof(*k->first))};
    *p = (struct verdict_point){.kind = t->kind, .setting = t->promised_per_day};
    if (!groups || !k->incidents || !k->opened || !k->first) {
        free(groups);
        return -1;
    }
    for (uint32_t i = 0; i < outages; i++)
        k->opened[i] = INT64_MIN;
    count_all(c, k, groups, p);
    free(groups);
    for (uint32_t i = 0; i < outages; i++)
        p->alarmed += c->v->outages[i].outcome != OUTAGE_NOT_JUDGED && tape_alarm(t->tape, i) != INT64_MIN;
    return sum_up(c->v, k->opened, p);
}

static bool has_telemetry(const struct verdict *v, const struct observer_host *h, uint32_t outage)
{
    const struct outage *o = &v->ground->outages[outage];
    int64_t last = coverage_mark_at(&h->coverage, o->end_ns)->upto_ns;
    return last != INT64_MIN && last >= o->start_ns - GROUND_MARGIN_NS;
}

static void find_judged(const struct court *c)
{
    struct verdict *v = c->v;
    for (uint32_t i = 0; i < v->ground->count; i++)
        v->outages[i] = (struct verdict_outage){.outcome = OUTAGE_NOT_JUDGED,
            .incident = VERDICT_NONE,
            .opened_ns = INT64_MIN,
            .alarm_ns = INT64_MIN};
    for (uint32_t i = 0; i < c->host_count; i++) {
        const struct observer_host *h = c->hosts[i].host;
        for (uint32_t k = 0; k < h->outage_count; k++)
            if (has_telemetry(v, h, h->outages[k]))
                v->outages[h->outages[k]].outcome = OUTAGE_MISSED;
    }
}

/* Was an incident open on one of its hosts when its reach began? */
static uint32_t open_before(const struct verdict *v, uint32_t outage)
{
    const struct outage *o = &v->ground->outages[outage];
    int64_t reach = ground_reach(v->ground, outage);
    for (uint32_t i = 0; i < tape_count(v->tape); i++) {
        const struct tape_incident *t = tape_incident(v->tape, i);
        bool own = o->host[0] == '\0' || strcmp(o->host, tape_host(v->tape, t->host)) == 0;
        if (own && t->opened_ns < reach && t->ended_ns >= reach)
            return i;
    }
    return VERDICT_NONE;
}

/* The median of start less opening over the outages of that outcome. Returns 0 or -1: out of memory. */
static int find_median(const struct verdict *v, enum outage_outcome outcome, double sign, double *ret)
{
    double *s = calloc(v->ground->count + 1U, sizeof(*s));
    uint32_t n = 0;
    if (!s)
        return -1;
    for (uint32_t i = 0; i < v->ground->count; i++)
        if (v->outages[i].outcome == outcome)
            s[n++] = sign * (double)(v->ground->outages[i].start_ns - v->outages[i].opened_ns) / NS_PER_S;
    *ret = median(s, n);
    free(s);
    return 0;
}

static int judge_outages(struct verdict *v, const struct count *k)
{
    for (uint32_t i = 0; i < v->ground->count; i++) {
        struct verdict_outage *out = &v->outages[i];
        if (out->outcome != OUTAGE_NOT_JUDGED) {
            v->judged++;
            out->alarm_ns = tape_alarm(v->tape, i);
            out->opened_ns = k->opened[i];
            out->incident = k->opened[i] != INT64_MIN ? k->first[i] : open_before(v, i);
            if (k->opened[i] != INT64_MIN)
                out->outcome = k->opened[i] < v->ground->outages[i].start_ns ? OUTAGE_ANNOUNCED : OUTAGE_SEEN;
            else if (out->incident != VERDICT_NONE)
                out->outcome = OUTAGE_OPEN_BEFORE;
        }
        v->outcomes[out->outcome]++;
    }
    int r = find_median(v, OUTAGE_ANNOUNCED, 1, &v->announced_lead_s);
    return r ? r : find_median(v, OUTAGE_SEEN, -1, &v->seen_delay_s);
}

static int count_control(const struct court *c, uint32_t setting, struct verdict_point *p)
{
    const struct verdict *v = c->v;
    int64_t *opened = calloc(v->ground->count + 1U, sizeof(*opened));
    if (!opened)
        return -1;
    *p = (struct verdict_point){.kind = POINT_CONTROL,
        .control = control_settings[setting].kind,
        .setting = control_settings[setting].value};
    for (uint32_t i = 0; i < c->host_count; i++) {
        const struct control_state *s = &c->hosts[i].host->controls.states[setting];
        p->counted += s->openings;
        p->outside += s->outside;
        p->busy_days += (double)s->busy_ns / NS_PER_DAY;
    }
    p->said = p->counted;
    for (uint32_t i = 0; i < v->ground->count; i++)
        opened[i] = observer_opening(v->observer, setting, i);
    int r = sum_up(v, opened, p);
    free(opened);
    return r;
}

static int make_hosts(struct court *c)
{
    struct verdict *v = c->v;
    uint32_t n = observer_host_count(v->observer);
    c->hosts = calloc(n + 1U, sizeof(*c->hosts));
    if (!c->hosts)
        return -1;
    v->first_ns = INT64_MAX;
    v->last_ns = INT64_MIN;
    for (; c->host_count < n; c->host_count++) {
        struct host_ground *h = &c->hosts[c->host_count];
        const struct observer_host *o = observer_host(v->observer, c->host_count);
        if (host_ground_init(h, v->ground, o))
            return -1;
        v->watched_days += (double)h->watched_ns / NS_PER_DAY;
        v->healthy_days += (double)h->healthy_ns / NS_PER_DAY;
        v->quiet_days += (double)h->quiet_ns / NS_PER_DAY;
        v->unlabelled_days += (double)h->unlabelled_ns / NS_PER_DAY;
        v->first_ns = o->coverage.first_ns < v->first_ns ? o->coverage.first_ns : v->first_ns;
        v->last_ns = o->coverage.last_ns > v->last_ns ? o->coverage.last_ns : v->last_ns;
        int64_t merge_ns = ground_merge(v->ground, o->coverage.usual_ns);
        v->merge_ns = merge_ns > v->merge_ns ? merge_ns : v->merge_ns;
    }
    return 0;
}

static int judge(struct court *c, const struct verdict_tape *tapes, uint32_t n)
{
    struct verdict *v = c->v;
    if (make_hosts(c))
        return -1;
    find_judged(c);
    for (uint32_t i = 0; i < n; i++) {
        struct count k;
        int r = count_tape(c, &tapes[i], &k, &v->points[v->point_count++]);
        if (r == 0 && i == 0) {
            r = judge_outages(v, &k);
            v->incidents = k.incidents;
            k.incidents = NULL;
        }
        free_count(&k);
        if (r)
            return r;
    }
    for (uint32_t i = 0; i < CONTROL_SETTINGS; i++)
        if (count_control(c, i, &v->points[v->point_count++]))
            return -1;
    return 0;
}

struct verdict *verdict_new(
    const struct ground *g, const struct observer *o, const struct verdict_tape *tapes, uint32_t n)
{
    struct verdict *v = calloc(1, sizeof(*v));
    if (!v)
        return NULL;
    struct court c = {.v = v};
    v->ground = g;
    v->observer = o;
    v->tape = tapes[0].tape;
    v->outages = calloc(g->count + 1U, sizeof(*v->outages));
    v->points = calloc(n + CONTROL_SETTINGS, sizeof(*v->points));
    int r = !v->outages || !v->points ? -1 : judge(&c, tapes, n);
    for (uint32_t i = 0; i < c.host_count; i++)
        host_ground_done(&c.hosts[i]);
    free(c.hosts);
    if (r == 0)
        return v;
    verdict_free(v);
    return NULL;
}

void verdict_free(struct verdict *v)
{
    if (!v)
        return;
    free(v->outages);
    free(v->incidents);
    free(v->points);
    free(v);
}

double verdict_false_per_day(const struct verdict *v, const struct verdict_point *p)
{
    return v->healthy_days > 0 ? (double)p->outside / v->healthy_days : 0;
}

double verdict_busy_share(const struct verdict *v, const struct verdict_point *p)
{
    return v->healthy_days > 0 ? p->busy_days / v->healthy_days : 0;
}

double verdict_recall(const struct verdict *v, const struct verdict_point *p)
{
    return v->judged > 0 ? (double)p->found / v->judged : (double)NAN;
}

/* Is it of that kind (and control), and as quiet as that? */
static bool is_so_quiet(const struct verdict *v, const struct verdict_point *p, enum point_kind kind,
    enum control_kind control, double per_day)
{
    return p->kind == kind && (kind != POINT_CONTROL || p->control == control) &&
           !(verdict_false_per_day(v, p) > per_day);
}

bool verdict_only_busy(
    const struct verdict *v, enum point_kind kind, enum control_kind control, double per_day)
{
    bool any = false;
    for (uint32_t i = 0; i < v->point_count; i++) {
        const struct verdict_point *p = &v->points[i];
        if (!is_so_quiet(v, p, kind, control, per_day))
            continue;
        if (!(verdict_busy_share(v, p) > VERDICT_BUSY_MOST))
            return false;
        any = true;
    }
    return any;
}

const struct verdict_point *verdict_best(
    const struct verdict *v, enum point_kind kind, enum control_kind control, double per_day)
{
    const struct verdict_point *best = NULL;
    for (uint32_t i = 0; i < v->point_count; i++) {
        const struct verdict_point *p = &v->points[i];
        if (!is_so_quiet(v, p, kind, control, per_day) || verdict_busy_share(v, p) > VERDICT_BUSY_MOST)
            continue;
        if (!best || p->found > best->found)
            best = p;
    }
    return best;
}

const char *outage_outcome_name(enum outage_outcome o)
{
    static const char *const names[OUTAGE_OUTCOMES] = {
        "announced", "seen", "open before", "missed", "not judged"};
    return names[o];
}

const char *incident_worth_name(enum incident_worth w)
{
    static const char *const names[] = {"about an outage", "false", "not labelled", "joined"};
    return names[w];
}
