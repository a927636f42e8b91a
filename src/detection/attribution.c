/* SPDX-License-Identifier: MIT
 * Turns what is known of the processes of a host or cgroup into shares of what a finding is about. Shares are
 * of what all known processes do together: those that lived too short to be seen have none. */
#include "detection/attribution.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "detection/wording.h"

#define MINUTE         60u
#define SHARE_LEAST    0.1                  /* what carries less is not named */
#define DEPTH_MAX      64                   /* of cgroups within each other */
#define LINE_LATELY_NS INT64_C(10000000000) /* who was seen to stand in line longer ago does not */
#define SWING_LEAST                                                                                          \
    2.0 /* points of the host's CPU: steps of a second show a swing when the deviation of all */
#define SWING_OF_MEAN 0.25 /* is this, and this share of the mean; heuristics, chosen on 2026-11-22 */

/* Right around it. */
static uint32_t home_of(const struct watch *m)
{
    return catalog_entity_get(m->share->names, m->entity)->parent;
}

static bool is_below(const struct watch *w, const struct watch *m)
{
    uint32_t at = m->entity;

    if (w->kind == ENTITY_HOST)
        return true;
    for (int depth = 0; depth < DEPTH_MAX && at != ENTITY_NONE; depth++) {
        at = catalog_entity_get(w->share->names, at)->parent;
        if (at == w->entity)
            return true;
    }
    return false;
}

/* The i-th member of the host when it is a process that lives below w and has been heard of, or NULL. */
static const struct watch *member(const struct watch *w, uint32_t i)
{
    const struct watch *m = w->share->members[i];

    return m->process && m->end == ENTITY_LIVES && is_below(w, m) ? m : NULL;
}

const struct watch *attribution_cgroup(
    const struct watch *w, const struct watch *process, bool (*is)(const struct watch *cgroup))
{
    uint32_t at = home_of(process);

    for (int depth = 0; depth < DEPTH_MAX && at != ENTITY_NONE && at != w->entity; depth++) {
        const struct watch *around = watch_on(w->share, at);
        if (around && around->kind == ENTITY_CGROUP && is(around))
            return around;
        at = catalog_entity_get(w->share->names, at)->parent;
    }
    return NULL;
}

/* What the processes that are named, and of whose cgroup the runtime is, carry together. */
static double share_beside(const struct attribution *a, const struct watch *runtime)
{
    uint32_t home = home_of(runtime);
    double share = 0;

    for (uint32_t i = 0; i < a->count; i++)
        if (home_of(a->watches[i]) == home)
            share += a->carriers[i].share;
    return share;
}

const struct watch *attribution_runtime(
    const struct watch *w, const struct attribution *a, double least, bool (*is)(const struct watch *runtime))
{
    for (uint32_t i = 0; a->count > 0 && i < w->share->member_count; i++) {
        const struct watch *m = w->share->members[i];
        if (m->kind == ENTITY_JVM && m->end == ENTITY_LIVES && is(m) && is_below(w, m) &&
            share_beside(a, m) >= least)
            return m;
    }
    return NULL;
}

static void add(struct attribution *a, const struct watch *m, double share)
{
    uint32_t at = a->count;

    if (!(share >= SHARE_LEAST))
        return;
    if (at == CARRIERS_MAX) {
        if (!(share > a->carriers[at - 1].share))
            return;
        at--;
    } else {
        a->count++;
    }
    for (; at > 0 && share > a->carriers[at - 1].share; at--) {
        a->carriers[at] = a->carriers[at - 1];
        a->watches[at] = a->watches[at - 1];
    }
    a->carriers[at].share = share;
    a->watches[at] = m;
}

static double mean_of(const double *x)
{
    double sum = 0, n = 0;
    for (unsigned k = 0; k < MINUTE; k++)
        if (!isnan(x[k])) {
            sum += x[k];
            n++;
        }
    return n > 0 ? sum / n : 0;
}

/* The last minute up to t_ns of one of them; what is not known of it is its mean: it neither swings nor keeps
 * still. Returns how many seconds are known, 0 leaves x untouched. */
static uint32_t take_minute(const struct watch *m, int64_t t_ns, double *x)
{
    uint32_t known = m ? process_watch_minute(m->process, t_ns, x, MINUTE) : 0;
    double mean = known ? mean_of(x) : 0;

    for (unsigned k = 0; known && k < MINUTE; k++)
        x[k] = isnan(x[k]) ? mean : x[k];
    return known;
}

/* All of them together. */
struct minute {
    int64_t t_ns; /* up to when */
    double cpu[MINUTE], time;
    uint32_t known; /* seconds of the one of which most is known */
};

static void sum_minute(const struct watch *w, struct minute *ret)
{
    *ret = (struct minute){.t_ns = INT64_MIN};
    for (uint32_t i = 0; i < w->share->member_count; i++) {
        const struct watch *m = member(w, i);
        if (m && m->process->count > 0 && m->process->cadence.last_ns > ret->t_ns)
            ret->t_ns = m->process->cadence.last_ns;
    }
    for (uint32_t i = 0; i < w->share->member_count; i++) {
        double x[MINUTE];
        uint32_t known = take_minute(member(w, i), ret->t_ns, x);
        if (known == 0)
            continue;
        for (unsigned k = 0; k < MINUTE; k++)
            ret->cpu[k] += x[k];
        ret->time += mean_of(x) * known;
        ret->known = known > ret->known ? known : ret->known;
    }
}

static double covariance(const double *x, const double *y, uint32_t known)
{
    double mean_x = mean_of(x), mean_y = mean_of(y), sum = 0;
    for (unsigned k = 0; k < MINUTE; k++)
        sum += (x[k] - mean_x) * (y[k] - mean_y);
    return sum / known;
}

static void find_swing(const struct watch *w, struct attribution *ret)
{
    struct minute all;
    double x[MINUTE];

    sum_minute(w, &all);
    if (all.known == 0)
        return;
    double mean = mean_of(all.cpu), variance = covariance(all.cpu, all.cpu, all.known);
    bool swings = variance >= SWING_LEAST * SWING_LEAST && sqrt(variance) >= SWING_OF_MEAN * mean;
    /* Where nobody is seen to swing it is asked whose time it is. */
    for (int by_swing = swings; by_swing >= 0 && ret->count == 0 && all.time > 0; by_swing--)
        for (uint32_t i = 0; i < w->share->member_count; i++) {
            const struct watch *m = member(w, i);
            uint32_t known = take_minute(m, all.t_ns, x);
            if (known > 0)
                add(ret, m,
                    by_swing ? covariance(x, all.cpu, all.known) / variance : mean_of(x) * known / all.time);
        }
}

/* How many threads of a process right in w stand in line, about; of others none. */
static double threads_in_line(const struct watch *w, const struct watch *m)
{
    double threads = trend_line_now(&m->process->threads);

    if (!m->process->convoy.stands || home_of(m) != w->entity)
        return 0;
    return m->process->futex_share * (threads >= 1 ? threads : 1);
}

/* Growth, or faults: how much a second; 0 and less: none. */
static double rate_of(const struct watch *w, const struct watch *m, enum attribution_of what)
{
    const struct process_watch *p = m->process;
    double rate = what == ATTRIBUTION_LINE     ? threads_in_line(w, m)
                  : what == ATTRIBUTION_GROWTH ? trend_line_slope(&p->memory)
                  : what == ATTRIBUTION_TASKS  ? trend_line_slope(&p->threads)
                  : what == ATTRIBUTION_FAULTS ? p->rates[PROCESS_FAULTS].per_s
                                               : p->rates[PROCESS_MAJOR_FAULTS].per_s;
    return rate > 0 ? rate : 0; /* NaN too */
}

static void find_rate(const struct watch *w, enum attribution_of what, struct attribution *ret)
{
    double sum = 0;
    for (uint32_t i = 0; i < w->share->member_count; i++) {
        const struct watch *m = member(w, i);
        sum += m ? rate_of(w, m, what) : 0;
    }
    for (uint32_t i = 0; i < w->share->member_count && sum > 0; i++) {
        const struct watch *m = member(w, i);
        if (m)
            add(ret, m, rate_of(w, m, what) / sum);
    }
}

double attribution_most_faults(const struct watch *w)
{
    double most = 0;

    for (uint32_t i = 0; w->share && i < w->share->member_count; i++) {
        const struct watch *m = member(w, i);
        double rate = m ? rate_of(w, m, ATTRIBUTION_FAULTS) : 0;
        most = rate > most ? rate : most;
    }
    return most;
}

double attribution_beginners(const struct watch *w, int64_t known_ns)
{
    double sum = 0;

    for (uint32_t i = 0; w->share && i < w->share->member_count; i++) {
        const struct watch *m = member(w, i);
        if (m && m->process->began_ns > known_ns && m->process->still_s < PROCESS_SETTLED_S)
            sum += m->process->resident;
    }
    return sum;
}

const struct watch *attribution_in_line(const struct watch *w, int64_t now_ns)
{
    const struct watch *found = NULL;
    int64_t lately_ns = w->share && w->causes ? w->causes->contention.line_ns : 0;
    double most = 0;

    if (!lately_ns || now_ns - lately_ns > LINE_LATELY_NS)
        return NULL;
    for (uint32_t i = 0; i < w->share->member_count; i++) {
        const struct watch *m = member(w, i);
        double threads =
            m && now_ns - m->process->convoy.asked_ns <= LINE_LATELY_NS ? threads_in_line(w, m) : 0;
        if (threads > most) {
            most = threads;
            found = m;
        }
    }
    return found;
}

/* Its number and name, without the path of its cgroup and the start that tell it from others of that number:
 * "shop/cart/4711 java @88123" is "4711 java". */
static void name_carrier(const struct catalog *names, uint32_t entity, struct carrier *ret)
{
    const struct entity *e = catalog_entity_get(names, entity), *above = catalog_entity_get(names, e->parent);
    const char *name = e->name;
    size_t n = strlen(above->name), digits = 0;
    struct text t;

    if (above->kind == ENTITY_CGROUP && strncmp(name, above->name, n) == 0 && name[n] == '/')
        name += n + 1;
    n = strlen(name);
    while (digits < n && name[n - 1 - digits] >= '0' && name[n - 1 - digits] <= '9')
        digits++;
    if (digits > 0 && n > digits + 2 && name[n - digits - 1] == '@' && name[n - digits - 2] == ' ')
        n -= digits + 2;
    text_init(&t, ret->name, sizeof(ret->name));
    text_add_bytes(&t, name, n);
}

void attribution_find(const struct watch *w, enum attribution_of what, struct attribution *ret)
{
    *ret = (struct attribution){0};
    if (!w->share || (w->kind != ENTITY_HOST && w->kind != ENTITY_CGROUP))
        return;
    if (what == ATTRIBUTION_SWING)
        find_swing(w, ret);
    else
        find_rate(w, what, ret);
    for (uint32_t i = 0; i < ret->count; i++) {
        name_carrier(w->share->names, ret->watches[i]->entity, &ret->carriers[i]);
    }
}

void attribution_tell(const struct attribution *a, struct finding *f)
{
    struct text t;

    f->carrier_count = a->count;
    memcpy(f->carriers, a->carriers, a->count * sizeof(a->carriers[0]));
    if (a->count == 0)
        return;
    size_t n = strlen(f->text);
    text_init(&t, f->text + n, sizeof(f->text) - n);
    for (uint32_t i = 0; i < a->count; i++) {
        text_add(&t, i == 0 ? "; carried by " : i + 1 < a->count ? ", " : " and ");
        text_add(&t, a->carriers[i].name);
        text_add(&t, " (");
        wording_add_percent(&t, a->carriers[i].share);
        text_add_char(&t, ')');
    }
}
