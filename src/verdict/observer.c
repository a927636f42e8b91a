/* SPDX-License-Identifier: MIT
 * Turns the frames of all hosts into each host's coverage and the tallies of the controls, row by row: a row
 * is what a host says at one time. It judges nothing of what the engines say; that is verdict.c's. */
#include "verdict/observer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NO_HOST UINT32_MAX

struct observer {
    const struct ground *ground;
    struct observer_host **hosts;
    uint32_t host_count, host_capacity;
    uint32_t *host_of; /* by id of series; NO_HOST: not known yet */
    struct control_series *series;
    uint32_t series_capacity;
    int64_t *openings; /* [setting][outage] */
    uint64_t lost;
};

struct observer *observer_new(const struct ground *ground)
{
    struct observer *o = calloc(1, sizeof(*o));
    if (!o)
        return NULL;
    size_t n = (size_t)CONTROL_SETTINGS * (ground->count + 1);
    o->ground = ground;
    o->openings = calloc(n, sizeof(*o->openings));
    if (!o->openings) {
        free(o);
        return NULL;
    }
    for (size_t i = 0; i < n; i++)
        o->openings[i] = INT64_MIN;
    return o;
}

static void free_host(struct observer_host *h)
{
    if (!h)
        return;
    coverage_done(&h->coverage);
    free(h->outages);
    free(h->unsettled);
    free(h->name);
    free(h);
}

void observer_free(struct observer *o)
{
    if (!o)
        return;
    for (uint32_t i = 0; i < o->host_count; i++)
        free_host(o->hosts[i]);
    free(o->hosts);
    free(o->host_of);
    free(o->series);
    free(o->openings);
    free(o);
}

static int64_t start_of(const struct ground *g, const struct observer_host *h, uint32_t k)
{
    return g->outages[h->outages[k]].start_ns;
}

static int64_t end_of(const struct ground *g, const struct observer_host *h, uint32_t k)
{
    return g->outages[h->outages[k]].end_ns;
}

/* Outages and the hour after each, joined where they overlap. */
static int join_unsettled(const struct ground *g, struct observer_host *h)
{
    h->unsettled = calloc(h->outage_count + 1, sizeof(*h->unsettled));
    if (!h->unsettled)
        return -1;
    for (uint32_t k = 0; k < h->outage_count; k++) {
        int64_t from = start_of(g, h, k), to = end_of(g, h, k) + GROUND_MARGIN_NS;
        struct coverage_span *last = h->unsettled_count > 0 ? &h->unsettled[h->unsettled_count - 1] : NULL;
        if (last && from <= last->to_ns)
            last->to_ns = to > last->to_ns ? to : last->to_ns;
        else
            h->unsettled[h->unsettled_count++] = (struct coverage_span){from, to};
    }
    return 0;
}

/* The moments that verdict.c will ask about. */
static int mark_moments(const struct ground *g, struct observer_host *h, int64_t first_ns)
{
    int64_t *marks = calloc(4 * (size_t)h->outage_count + 2, sizeof(*marks));
    size_t n = 0;
    if (!marks)
        return -1;
    for (uint32_t k = 0; k < h->outage_count; k++) {
        marks[n++] = start_of(g, h, k);
        marks[n++] = end_of(g, h, k);
        marks[n++] = start_of(g, h, k) - GROUND_MARGIN_NS;
        marks[n++] = end_of(g, h, k) + GROUND_MARGIN_NS;
    }
    marks[n++] = ground_warm_at(first_ns);
    marks[n++] = g->from_ns;
    int r = coverage_init(&h->coverage, marks, n);
    free(marks);
    return r;
}

static struct observer_host *make_host(const struct ground *g, const char *name, int64_t first_ns)
{
    struct observer_host *h = calloc(1, sizeof(*h));
    if (!h)
        return NULL;
    h->row_ns = INT64_MIN;
    h->name = strdup(name);
    int64_t n = h->name ? ground_outages_of(g, name, &h->outages) : -1;
    h->outage_count = n < 0 ? 0 : (uint32_t)n;
    if (n < 0 || join_unsettled(g, h) || mark_moments(g, h, first_ns)) {
        free_host(h);
        return NULL;
    }
    control_begin(&h->controls, name);
    return h;
}

static uint32_t add_host(struct observer *o, const char *name, int64_t first_ns)
{
    if (o->host_count == o->host_capacity) {
        uint32_t more = o->host_capacity ? 2 * o->host_capacity : 8;
        struct observer_host **hosts = realloc(o->hosts, more * sizeof(struct observer_host *));
        if (!hosts)
            return NO_HOST;
        o->hosts = hosts;
        o->host_capacity = more;
    }
    struct observer_host *h = make_host(o->ground, name, first_ns);
    if (!h)
        return NO_HOST;
    o->hosts[o->host_count] = h;
    return o->host_count++;
}

/* The host of a series, which is new here. */
static uint32_t find_host(struct observer *o, const struct catalog *names, uint32_t series, int64_t t_ns)
{
    const char *name = catalog_host_name(names, catalog_series_get(names, series)->entity);
    uint32_t i = 0;
    while (i < o->host_count && strcmp(o->hosts[i]->name, name) != 0)
        i++;
    if (i == o->host_count)
        i = add_host(o, name, t_ns);
    if (i != NO_HOST)
        o->hosts[i]->series++;
    return i;
}

static bool grow_series(struct observer *o, uint32_t id)
{
    uint32_t more = o->series_capacity ? o->series_capacity : 1024;
    while (more <= id)
        more *= 2;
    uint32_t *host_of = realloc(o->host_of, more * sizeof(*host_of));
    if (!host_of)
        return false;
    o->host_of = host_of;
    struct control_series *series = realloc(o->series, more * sizeof(*series));
    if (!series)
        return false;
    o->series = series;
    uint32_t fresh = more - o->series_capacity;
    memset(host_of + o->series_capacity, 0xff, fresh * sizeof(*host_of));
    memset(series + o->series_capacity, 0, fresh * sizeof(*series));
    o->series_capacity = more;
    return true;
}

/* A control's incident opens: what is it about? */
static void note_opening(struct observer *o, struct observer_host *h, uint32_t setting, int64_t t_ns)
{
    const struct ground *g = o->ground;
    bool about = false;
    h->controls.states[setting].openings++;
    for (uint32_t k = 0; k < h->outage_count; k++) {
        uint32_t i = h->outages[k];
        if (t_ns < ground_reach(g, i) || t_ns > g->outages[i].end_ns)
            continue;
        int64_t *first = &o->openings[(size_t)setting * (g->count + 1) + i];
        about = true;
        if (*first == INT64_MIN || t_ns < *first)
            *first = t_ns;
    }
    if (!about && t_ns >= g->from_ns)
        h->controls.states[setting].outside++;
}

static void note_alarm(struct observer *o, struct observer_host *h, uint32_t setting, int64_t t_ns)
{
    struct control_state *s = &h->controls.states[setting];
    if (s->last_ns != INT64_MIN &&
        (uint64_t)t_ns - (uint64_t)s->last_ns <= (uint64_t)ground_merge(o->ground, h->coverage.usual_ns))
        s->busy_ns += h->settled_ns - s->settled_ns;
    else
        note_opening(o, h, setting, t_ns);
    s->last_ns = t_ns;
    s->settled_ns = h->settled_ns;
}

static bool is_settled(struct observer_host *h, const struct ground *g, int64_t t_ns)
{
    while (h->unsettled_next < h->unsettled_count && h->unsettled[h->unsettled_next].to_ns < t_ns)
        h->unsettled_next++;
    bool inside = h->unsettled_next < h->unsettled_count && h->unsettled[h->unsettled_next].from_ns <= t_ns;
    return t_ns >= g->from_ns && !inside;
}

/* All of a host's row has been read. */
static void end_row(struct observer *o, struct observer_host *h)
{
    uint64_t number = h->coverage.rows;
    int64_t t_ns = h->row_ns, step_ns = coverage_row(&h->coverage, t_ns);
    if (step_ns < 0) {
        o->lost++;
        return;
    }
    if (step_ns > 0 && is_settled(h, o->ground, t_ns))
        h->settled_ns += step_ns;
    uint64_t alarms = control_judge(&h->controls, &h->row, number);
    for (; alarms; alarms &= alarms - 1)
        note_alarm(o, h, (uint32_t)__builtin_ctzll(alarms), t_ns);
    h->row = (struct control_row){0};
}

static void begin_row(struct observer *o, struct observer_host *h, int64_t t_ns)
{
    if (h->row_ns != INT64_MIN)
        end_row(o, h);
    h->row_ns = t_ns;
    if (h->steady_ns != h->coverage.usual_ns) {
        h->steady_ns = h->coverage.usual_ns;
        h->steady = control_steady((double)h->steady_ns / 1e9);
    }
}

void observer_frame(
    void *context, const struct catalog *names, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct observer *o = context;
    for (size_t i = 0; i < n; i++) {
        uint32_t id = samples[i].series;
        if (id >= o->series_capacity && !grow_series(o, id)) {
            o->lost++;
            continue;
        }
        if (o->host_of[id] == NO_HOST)
            o->host_of[id] = find_host(o, names, id, t_ns);
        if (o->host_of[id] == NO_HOST) {
            o->lost++;
            continue;
        }
        struct observer_host *h = o->hosts[o->host_of[id]];
        h->samples++;
        if (t_ns > h->row_ns)
            begin_row(o, h, t_ns);
        /* What comes late belongs to no row any more. */
        if (t_ns == h->row_ns && isfinite(samples[i].value))
            control_take(&h->row, &o->series[id], h->coverage.rows, h->steady, samples[i].value);
    }
}

void observer_finish(struct observer *o)
{
    for (uint32_t i = 0; i < o->host_count; i++) {
        end_row(o, o->hosts[i]);
        coverage_finish(&o->hosts[i]->coverage);
    }
}

uint32_t observer_host_count(const struct observer *o)
{
    return o->host_count;
}

const struct observer_host *observer_host(const struct observer *o, uint32_t i)
{
    return o->hosts[i];
}

const struct observer_host *observer_find(const struct observer *o, const char *name)
{
    for (uint32_t i = 0; i < o->host_count; i++)
        if (strcmp(o->hosts[i]->name, name) == 0)
            return o->hosts[i];
    return NULL;
}

int64_t observer_opening(const struct observer *o, uint32_t setting, uint32_t outage)
{
    return o->openings[(size_t)setting * (o->ground->count + 1) + outage];
}

uint64_t observer_lost(const struct observer *o)
{
    return o->lost;
}
