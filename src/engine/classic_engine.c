/* SPDX-License-Identifier: MIT
 * Turns frames and ticks into the original's answers. One row of its sentinel is what came of a host between
 * two ticks; variance escalation runs per series. A bounded input is judged at its end, against the mean of
 * all rolling variances, as the original's batch detector did; a stream is judged as it comes, against the
 * mean so far, and there the original's temporal correlator works as well. */
#include "engine/classic_engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "correlation/classic_memory.h"
#include "detection/classic.h"
#include "engine/internal.h"

#define BATCH_POINTS_MAX                                                                                     \
    (16U * 1024 * 1024) /* rolling variances kept for the end, all series together: 256 MiB */
#define MEGABYTE 1048576.0

struct point {
    int64_t t_ns;
    double variance;
};

struct classic_series {
    struct classic_escalation escalation;
    uint32_t id, entity, metric;
    double unit;    /* value as fed times unit = value in the original's unit */
    double pending; /* last value since the last tick, in the original's unit */
    int64_t pending_ns;
    bool has_pending;
    struct classic_host *host;
    struct point *points;
    uint32_t point_count, point_capacity;
};

struct classic_host {
    uint32_t entity;
    struct classic_row row; /* of the running tick */
    bool has_row, unusable;
    struct classic_sentinel sentinel;
    struct classic_reports reports;
    struct classic_joiner joiner;
    struct incident joined; /* as last said */
    bool joined_open;
    struct incident reported;
    int reported_kind; /* -1: none open */
    struct host_tick last;
    bool has_last;
};

struct classic_engine {
    struct engine *engine;
    struct classic_settings settings;
    struct id_table series;      /* struct classic_series by series id */
    struct classic_host **hosts; /* in order of first appearance */
    uint32_t host_count, host_capacity;
    struct classic_series **touched; /* with a value since the last tick, in order of arrival */
    uint32_t touched_count, touched_capacity;
    uint64_t points, points_dropped;
    int64_t last_ns;
};

struct classic_engine *classic_engine_new(struct engine *g)
{
    const struct engine_options *o = &g->options;
    struct classic_engine *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    c->engine = g;
    c->settings = (struct classic_settings){.cpu_sigma = o->classic_cpu_sigma,
        .growth_mb_s = o->classic_growth_mb_s,
        .ratio = o->classic_ratio,
        .escalation = o->classic_escalation,
        .window = (uint32_t)o->classic_window,
        .warmup = (uint32_t)(o->warmup_samples < o->classic_window ? o->warmup_samples : o->classic_window),
        .stale_after_ns = o->classic_stale_after_ns,
        .join_ns = o->incident_join_ns};
    return c;
}

static void free_series(struct classic_series *s)
{
    if (!s)
        return;
    free(s->points);
    free(s);
}

void classic_engine_free(struct classic_engine *c)
{
    if (!c)
        return;
    for (uint32_t i = 0; i < id_table_places(&c->series); i++)
        free_series(c->series.entries[i].item);
    for (uint32_t i = 0; i < c->host_count; i++)
        free(c->hosts[i]);
    id_table_done(&c->series);
    free(c->touched);
    free(c->hosts);
    free(c);
}

static struct classic_host *find_host(const struct classic_engine *c, uint32_t entity)
{
    for (uint32_t i = 0; i < c->host_count; i++)
        if (c->hosts[i]->entity == entity)
            return c->hosts[i];
    return NULL;
}

static struct classic_host *add_host(struct classic_engine *c, uint32_t entity)
{
    if (c->host_count == c->host_capacity) {
        uint32_t more = c->host_capacity ? 2 * c->host_capacity : 8;
        struct classic_host **hosts = realloc(c->hosts, more * sizeof(*hosts));
        if (!hosts)
            return NULL;
        c->hosts = hosts;
        c->host_capacity = more;
    }
    struct classic_host *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->entity = entity;
    h->reported_kind = -1;
    return c->hosts[c->host_count++] = h;
}

/* The original thought in percent and megabytes; a value that comes under its own names is taken as it
 * stands. */
static double unit_of(const struct series *s)
{
    double unit = s->metric == METRIC_CPU_UTILIZATION                                    ? 0.01
                  : s->metric == METRIC_MEMORY_USAGE || s->metric == METRIC_MEMORY_LIMIT ? MEGABYTE
                                                                                         : 1;
    return s->scale == unit ? 1 : s->scale / unit;
}

static struct classic_series *find_series(struct classic_engine *c, uint32_t id)
{
    struct classic_series *found = id_table_get(&c->series, id);
    if (found)
        return found;
    const struct series *s = catalog_series_get(c->engine->catalog, id);
    uint32_t host = catalog_entity_get(c->engine->catalog, s->entity)->host;
    struct classic_series *new = calloc(1, sizeof(*new));
    if (!new || id_table_put(&c->series, id, new)) {
        free(new);
        return NULL;
    }
    new->id = id;
    new->entity = s->entity;
    new->metric = s->metric;
    new->unit = unit_of(s);
    new->host = find_host(c, host);
    if (!new->host)
        new->host = add_host(c, host);
    return new;
}

/* Room for one more touched series; without memory the value is not judged. */
static bool reserve_touched(struct classic_engine *c)
{
    if (c->touched_count < c->touched_capacity)
        return true;
    uint32_t more = c->touched_capacity ? 2 * c->touched_capacity : 64;
    struct classic_series **touched = realloc(c->touched, more * sizeof(struct classic_series *));
    if (!touched)
        return false;
    c->touched = touched;
    c->touched_capacity = more;
    return true;
}

static void emit_anomaly(struct classic_engine *c, const struct classic_series *s, int64_t t_ns, double score)
{
    struct anomaly a = {.t_ns = t_ns,
        .entity = s->entity,
        .metric = catalog_metric_name(c->engine->catalog, s->metric),
        .kind = ANOMALY_VARIANCE,
        .score = score};
    /* A metric is said by the name under which it came, where that is the original's. */
    if (s->metric < METRIC_KNOWN_COUNT && s->unit == 1)
        for (const struct metric_alias *m = metric_aliases; m->name; m++)
            if (m->id == (enum metric_id)s->metric) {
                a.metric = m->name;
                break;
            }
    engine_emit(c->engine, &(struct event){.type = EVENT_ANOMALY, .anomaly = &a});
}

static void emit_incident(struct classic_engine *c, struct incident *i, int64_t t_ns, enum change change)
{
    i->t_ns = t_ns;
    i->change = change;
    engine_emit(c->engine, &(struct event){.type = EVENT_INCIDENT, .incident = i});
}

/* A stream's anomaly: the incident opens with the second one and is said again when it closes. */
static void join_now(struct classic_engine *c, struct classic_host *h, int64_t t_ns, double score)
{
    classic_joiner_take(&h->joiner, t_ns, ANOMALY_VARIANCE, score);
    if (!classic_joiner_incident(&h->joiner, c->engine->catalog, h->entity, &h->joined) || h->joined_open)
        return;
    h->joined_open = true;
    emit_incident(c, &h->joined, t_ns, CHANGE_OPEN);
}

static void close_joined(struct classic_engine *c, struct classic_host *h, int64_t now_ns)
{
    if (h->joined_open)
        emit_incident(c, &h->joined, now_ns, CHANGE_CLOSE);
    h->joined_open = false;
    memset(&h->joiner, 0, sizeof(h->joiner));
}

/* Keeps a rolling variance for the end; beyond the bound it is counted, not kept. */
static void keep_point(struct classic_engine *c, struct classic_series *s, int64_t t_ns, double variance)
{
    if (s->point_count == s->point_capacity) {
        uint32_t more = s->point_capacity ? 2 * s->point_capacity : 256;
        struct point *points = c->points + more - s->point_capacity <= BATCH_POINTS_MAX
                                   ? realloc(s->points, more * sizeof(*points))
                                   : NULL;
        if (!points) {
            c->points_dropped++;
            return;
        }
        c->points += more - s->point_capacity;
        s->points = points;
        s->point_capacity = more;
    }
    s->points[s->point_count++] = (struct point){.t_ns = t_ns, .variance = variance};
}

static void take_row_value(struct classic_host *h, uint32_t metric, int64_t t_ns, double x)
{
    struct classic_row *r = &h->row;
    double *field = metric == METRIC_CPU_UTILIZATION    ? &r->cpu_percent
                    : metric == METRIC_MEMORY_USAGE     ? &r->memory_mb
                    : metric == METRIC_PACKETS_SENT     ? &r->sent
                    : metric == METRIC_PACKETS_RECEIVED ? &r->received
                                                        : NULL;
    if (!field)
        return;
    if (!h->has_row)
        *r = (struct classic_row){.cpu_percent = (double)NAN,
            .memory_mb = (double)NAN,
            .sent = (double)NAN,
            .received = (double)NAN};
    h->has_row = true;
    r->t_ns = t_ns;
    *field = x;
}

void classic_engine_sample(struct classic_engine *c, uint32_t id, int64_t t_ns, double value)
{
    struct classic_series *s = find_series(c, id);
    if (!s || !s->host)
        return;
    if (!isfinite(value)) {
        s->host->unusable = true;
        return;
    }
    double x = value * s->unit;
    if (s->entity == s->host->entity)
        take_row_value(s->host, s->metric, t_ns, x);
    if (catalog_metric_kind(c->engine->catalog, s->metric) != METRIC_GAUGE)
        return; /* the variance of a cumulative counter says nothing */
    if (!s->has_pending && reserve_touched(c))
        c->touched[c->touched_count++] = s;
    s->has_pending = true;
    s->pending = x;
    s->pending_ns = t_ns;
}

/* One value per series and tick: the original looked once a second, however often a source speaks. */
static void escalate(struct classic_engine *c, struct classic_series *s)
{
    double variance = classic_escalation_take(&s->escalation, &c->settings, s->pending);
    int64_t t_ns = s->pending_ns;

    s->has_pending = false;
    if (isnan(variance))
        return;
    if (c->engine->mode == ENGINE_BOUNDED) {
        keep_point(c, s, t_ns, variance);
        return;
    }
    double score = classic_escalation_score(&s->escalation, variance);
    if (score <= c->settings.escalation)
        return;
    emit_anomaly(c, s, t_ns, score);
    if (s->host->joiner.anomalies && !classic_joiner_reaches(&s->host->joiner, t_ns, c->settings.join_ns))
        close_joined(c, s->host, t_ns);
    join_now(c, s->host, t_ns, score);
}

/* A limit as a law reading: what was measured, and the band that is allowed. */
static struct law_reading read_limit(const struct classic_engine *c, const struct classic_report *r,
    double value, double limit, const char *unit)
{
    struct law_reading l = law_reading_empty(LAW_UNOBSERVABLE, unit);
    if (r->state == HOST_WARMUP || r->state == HOST_STALE) {
        l.state = r->state == HOST_WARMUP ? LAW_WARMUP : LAW_STALE;
        return l;
    }
    if (isnan(value))
        return l;
    l.state = value > limit ? LAW_ACTIVE : LAW_OK;
    l.value = value;
    l.lo = 0;
    l.hi = limit;
    l.scale_s = c->settings.window;
    return l;
}

static void set_veto(
    const struct classic_engine *c, const struct classic_report *r, int64_t now_ns, struct veto *v)
{
    static const char *const reasons[] = {"", "CPU variance above its limit", "memory growth above its limit",
        "more packets sent than received"};
    memset(v, 0, sizeof(*v));
    v->type = r->veto;
    if (r->veto == VETO_NONE)
        return;
    v->confidence = 0.5;
    v->expires_ns = now_ns + c->engine->options.veto_ttl_ns;
    strncpy(v->reason, reasons[r->veto], sizeof(v->reason) - 1);
}

/* The temporal correlator's word, as incidents that open, change and close. */
static void report(
    struct classic_engine *c, struct classic_host *h, const struct classic_report *r, int64_t now_ns)
{
    int kind = classic_reports_take(&h->reports, r->state, r->veto);
    if (kind == h->reported_kind) {
        h->reported.end_ns = kind >= 0 ? now_ns : h->reported.end_ns;
        return;
    }
    if (h->reported_kind >= 0)
        emit_incident(c, &h->reported, now_ns, CHANGE_CLOSE);
    h->reported_kind = kind;
    if (kind < 0)
        return;
    classic_reports_incident(
        c->engine->catalog, h->entity, (enum incident_kind)kind, now_ns, now_ns, &h->reported);
    h->reported.veto = h->last.veto;
    emit_incident(c, &h->reported, now_ns, CHANGE_OPEN);
}

static void judge_host(struct classic_engine *c, struct classic_host *h, int64_t now_ns)
{
    const struct classic_settings *s = &c->settings;
    if (h->has_row)
        classic_sentinel_take(&h->sentinel, s, &h->row);
    struct classic_report r = classic_sentinel_judge(&h->sentinel, s, now_ns);

    h->last = (struct host_tick){.t_ns = now_ns, .host = h->entity, .state = r.state};
    h->last.laws[LAW_SEIZURE] = read_limit(c, &r, r.sigma, s->cpu_sigma, "%");
    h->last.laws[LAW_FEVER] = read_limit(c, &r, r.growth_mb_s, s->growth_mb_s, "MB/s");
    h->last.laws[LAW_AMPLIFICATION] = read_limit(c, &r, r.ratio, s->ratio, "1");
    if (h->unusable && !h->has_row)
        h->last.state = HOST_ERROR;
    set_veto(c, &r, now_ns, &h->last.veto);
    h->has_last = true;
    h->has_row = h->unusable = false;
    if (c->engine->mode == ENGINE_STREAM)
        report(c, h, &r, now_ns);
    if (c->engine->mode == ENGINE_STREAM && h->joiner.anomalies &&
        !classic_joiner_reaches(&h->joiner, now_ns, s->join_ns))
        close_joined(c, h, now_ns);
    if (c->engine->want_ticks) {
        h->last.incident = h->reported_kind >= 0 ? &h->reported : h->joined_open ? &h->joined : NULL;
        engine_emit(c->engine, &(struct event){.type = EVENT_TICK, .tick = &h->last});
        h->last.incident = NULL;
    }
}

void classic_engine_tick(struct classic_engine *c, int64_t now_ns)
{
    c->last_ns = now_ns;
    for (uint32_t i = 0; i < c->touched_count; i++)
        escalate(c, c->touched[i]);
    c->touched_count = 0;
    for (uint32_t i = 0; i < c->host_count; i++)
        judge_host(c, c->hosts[i], now_ns);
}

static void forget_series(struct classic_engine *c, uint32_t id)
{
    struct classic_series *s = id_table_get(&c->series, id);
    uint32_t kept = 0;
    if (!s)
        return;
    for (uint32_t i = 0; i < c->touched_count; i++)
        if (c->touched[i] != s)
            c->touched[kept++] = c->touched[i];
    c->touched_count = kept;
    c->points -= s->point_capacity;
    id_table_remove(&c->series, id);
    free_series(s);
}

int classic_engine_gone(struct classic_engine *c, uint32_t entity)
{
    struct catalog *names = c->engine->catalog;
    uint32_t last, below;

    if (c->engine->mode == ENGINE_BOUNDED || catalog_entity_get(names, entity)->kind == ENTITY_HOST)
        return 0;
    do {
        for (last = entity; (below = catalog_own_series(names, last)) != ENTITY_NONE;)
            last = below;
        for (uint32_t s = catalog_newest_series(names, last); s != CATALOG_NO_SERIES;
             s = catalog_older_series(names, s))
            forget_series(c, s);
        catalog_leave(names, last);
        catalog_make_room(names, last);
        catalog_remove(names, last);
    } while (last != entity);
    return 0;
}

static void say_joined(struct classic_engine *c, struct classic_host *h)
{
    if (classic_joiner_incident(&h->joiner, c->engine->catalog, h->entity, &h->joined)) {
        c->engine->totals.incidents++;
        emit_incident(c, &h->joined, h->joiner.last_ns, CHANGE_CLOSE);
    }
    memset(&h->joiner, 0, sizeof(h->joiner));
}

/* An anomaly found at the end, before it is put in the order of time. */
struct late_anomaly {
    int64_t t_ns;
    double score;
    uint32_t series;
};

static int by_time(const void *a, const void *b)
{
    const struct late_anomaly *x = a, *y = b;
    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    return x->series < y->series ? -1 : x->series > y->series;
}

/* Every anomaly of a host's series against the mean of all its rolling variances. *ret: malloc'd, the
 * caller's. Returns their number. */
static size_t find_anomalies(const struct classic_engine *c, uint32_t host, struct late_anomaly **ret)
{
    struct late_anomaly *found = NULL;
    size_t n = 0, capacity = 0;

    for (uint32_t at = 0; at < id_table_places(&c->series); at++) {
        const struct classic_series *s = c->series.entries[at].item;
        if (!s || catalog_entity_get(c->engine->catalog, s->entity)->host != host)
            continue;
        for (uint32_t i = 0; i < s->point_count; i++) {
            double score = classic_escalation_score(&s->escalation, s->points[i].variance);
            if (score <= c->settings.escalation)
                continue;
            if (n == capacity) {
                struct late_anomaly *more = realloc(found, (capacity + 1024) * 2 * sizeof(*found));
                if (!more)
                    break;
                found = more;
                capacity = (capacity + 1024) * 2;
            }
            found[n++] = (struct late_anomaly){.t_ns = s->points[i].t_ns, .score = score, .series = s->id};
        }
    }
    if (n)
        qsort(found, n, sizeof(*found), by_time);
    *ret = found;
    return n;
}

static void judge_batch(struct classic_engine *c, struct classic_host *h)
{
    struct late_anomaly *found;
    size_t n = find_anomalies(c, h->entity, &found);

    for (size_t i = 0; i < n; i++) {
        const struct late_anomaly *a = &found[i];
        emit_anomaly(c, id_table_get(&c->series, a->series), a->t_ns, a->score);
        if (h->joiner.anomalies && !classic_joiner_reaches(&h->joiner, a->t_ns, c->settings.join_ns))
            say_joined(c, h);
        classic_joiner_take(&h->joiner, a->t_ns, ANOMALY_VARIANCE, a->score);
    }
    say_joined(c, h);
    free(found);
}

void classic_engine_end(struct classic_engine *c)
{
    for (uint32_t i = 0; i < c->host_count; i++) {
        struct classic_host *h = c->hosts[i];
        if (c->engine->mode == ENGINE_BOUNDED)
            judge_batch(c, h);
        else
            close_joined(c, h, c->last_ns);
        if (h->reported_kind >= 0)
            emit_incident(c, &h->reported, c->last_ns, CHANGE_CLOSE);
        h->reported_kind = -1;
    }
}

const struct host_tick *classic_engine_host(const struct classic_engine *c, uint32_t host)
{
    const struct classic_host *h = find_host(c, host);
    return h && h->has_last ? &h->last : NULL;
}
