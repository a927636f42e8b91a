/* SPDX-License-Identifier: MIT
 * Turns the coverage of one host and its outages into durations: what was healthy, what was settled, where a
 * promise can be measured. Steps between rows belong to the moment at which they end
 * (bench/quality/recording.py), so spans run from row to row. */
#include "verdict/host_ground.h"

#include <errno.h>
#include <stdlib.h>

/* Adds a span to ascending ones, joined with the last where they overlap. */
static void add_joined(struct coverage_span *spans, uint32_t *n, int64_t from_ns, int64_t to_ns)
{
    if (to_ns <= from_ns)
        return;
    if (*n > 0 && from_ns <= spans[*n - 1].to_ns)
        spans[*n - 1].to_ns = to_ns > spans[*n - 1].to_ns ? to_ns : spans[*n - 1].to_ns;
    else
        spans[(*n)++] = (struct coverage_span){from_ns, to_ns};
}

static int64_t row_before(const struct coverage *c, int64_t t_ns)
{
    int64_t before = coverage_mark_at(c, t_ns)->before_ns;
    return before == INT64_MIN ? c->first_ns : before;
}

static int64_t row_upto(const struct coverage *c, int64_t t_ns)
{
    int64_t upto = coverage_mark_at(c, t_ns)->upto_ns;
    return upto == INT64_MIN ? c->first_ns : upto;
}

/* Watched time in [from, to] outside the spans. */
static int64_t time_outside(
    const struct coverage *c, const struct coverage_span *spans, uint32_t n, int64_t from_ns, int64_t to_ns)
{
    int64_t total = coverage_time(c, from_ns, to_ns);
    for (uint32_t i = 0; i < n; i++) {
        int64_t from = spans[i].from_ns > from_ns ? spans[i].from_ns : from_ns;
        int64_t to = spans[i].to_ns < to_ns ? spans[i].to_ns : to_ns;
        if (to > from)
            total -= coverage_time(c, from, to);
    }
    return total;
}

/* The spans of outages from row to row, with what follows each. */
static uint32_t snap(
    const struct ground *g, const struct observer_host *h, int64_t after_ns, struct coverage_span *spans)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < h->outage_count; k++) {
        const struct outage *o = &g->outages[h->outages[k]];
        add_joined(
            spans, &n, row_before(&h->coverage, o->start_ns), row_upto(&h->coverage, o->end_ns + after_ns));
    }
    return n;
}

/* The end of a stretch is a moment of which the rows are known, or the last row. */
static int64_t stretch_time(const struct coverage *c, const struct coverage_span *s)
{
    return coverage_time(
        c, row_before(c, s->from_ns), s->to_ns == c->last_ns ? c->last_ns : row_upto(c, s->to_ns));
}

static void add_stretch(const struct coverage *c, struct coverage_span s, struct coverage_span *stretches,
    uint32_t *n, int64_t *total_ns)
{
    if (s.to_ns <= s.from_ns || (uint64_t)s.to_ns - (uint64_t)s.from_ns < (uint64_t)GROUND_SHORTEST_NS)
        return;
    stretches[(*n)++] = s;
    *total_ns += stretch_time(c, &s);
}

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Stretches between outages from begin to end. Returns their number. */
static uint32_t find_stretches(const struct ground *g, const struct observer_host *h,
    struct coverage_span whole, struct coverage_span *stretches, int64_t *ret_total_ns)
{
    int64_t at = whole.from_ns, total_ns = 0;
    uint32_t n = 0;
    for (uint32_t k = 0; k < h->outage_count; k++) {
        const struct outage *o = &g->outages[h->outages[k]];
        add_stretch(&h->coverage,
            (struct coverage_span){at, smaller(o->start_ns - GROUND_MARGIN_NS, whole.to_ns)}, stretches, &n,
            &total_ns);
        if (o->end_ns + GROUND_MARGIN_NS > at)
            at = o->end_ns + GROUND_MARGIN_NS;
    }
    add_stretch(&h->coverage, (struct coverage_span){at, whole.to_ns}, stretches, &n, &total_ns);
    *ret_total_ns = total_ns;
    return n;
}

int host_ground_init(struct host_ground *h, const struct ground *g, const struct observer_host *host)
{
    const struct coverage *c = &host->coverage;
    size_t room = host->outage_count + 1U;
    *h = (struct host_ground){.host = host};
    struct coverage_span *sick = calloc(room, sizeof(*sick));
    h->unsettled = calloc(room, sizeof(*h->unsettled));
    h->quiet = calloc(room, sizeof(*h->quiet));
    h->unlabelled = calloc(room, sizeof(*h->unlabelled));
    if (!sick || !h->unsettled || !h->quiet || !h->unlabelled) {
        free(sick);
        host_ground_done(h);
        return -ENOMEM;
    }
    int64_t warm_ns = ground_warm_at(c->first_ns);
    h->labelled_ns = row_before(c, g->from_ns);
    h->watched_ns = coverage_time(c, c->first_ns, c->last_ns);
    uint32_t n = snap(g, host, 0, sick);
    h->healthy_ns = time_outside(c, sick, n, h->labelled_ns, c->last_ns);
    free(sick);
    h->unsettled_count = snap(g, host, GROUND_MARGIN_NS, h->unsettled);
    h->quiet_count = find_stretches(g, host,
        (struct coverage_span){g->from_ns > warm_ns ? g->from_ns : warm_ns, c->last_ns}, h->quiet,
        &h->quiet_ns);
    h->unlabelled_count = find_stretches(g, host,
        (struct coverage_span){warm_ns, smaller(g->from_ns, c->last_ns)}, h->unlabelled, &h->unlabelled_ns);
    return 0;
}

void host_ground_done(struct host_ground *h)
{
    free(h->unsettled);
    free(h->quiet);
    free(h->unlabelled);
    *h = (struct host_ground){0};
}

int64_t host_ground_settled(const struct host_ground *h, int64_t from_ns, int64_t to_ns)
{
    if (from_ns < h->labelled_ns)
        from_ns = h->labelled_ns;
    return to_ns <= from_ns
               ? 0
               : time_outside(&h->host->coverage, h->unsettled, h->unsettled_count, from_ns, to_ns);
}

static bool is_inside(const struct coverage_span *spans, uint32_t n, int64_t t_ns)
{
    for (uint32_t i = 0; i < n; i++)
        if (spans[i].from_ns <= t_ns && t_ns <= spans[i].to_ns)
            return true;
    return false;
}

bool host_ground_is_quiet(const struct host_ground *h, int64_t t_ns)
{
    return is_inside(h->quiet, h->quiet_count, t_ns);
}

bool host_ground_is_unlabelled(const struct host_ground *h, int64_t t_ns)
{
    return is_inside(h->unlabelled, h->unlabelled_count, t_ns);
}
