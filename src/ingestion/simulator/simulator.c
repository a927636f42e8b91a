/* SPDX-License-Identifier: MIT
 * A scenario and a seed turned into frames and ticks, one virtual second at a time: the CPU at the scenario's
 * fast interval, everything else once a second. Each signal of each host draws from a stream of its own, so
 * that what is done to one leaves the others' bytes alone. It knows no clock: whether a second takes a second
 * is the caller's matter. */
#include "ingestion/simulator/simulator.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmath.h"
#include "base/hash.h"
#include "base/rng.h"
#include "ingestion/simulator/condition.h"

#define NS_PER_S INT64_C(1000000000)

/* The memory in use moves this slowly by itself (heuristic, chosen on 2026-11-22: page cache and request
 * memory of small services). */
#define MEMORY_NOISE_TIME_S 10.0
/* Allocation velocity varies by a tenth from second to second (same origin). */
#define ALLOCATION_NOISE 0.1
/* A half swing lasts between half and one and a half times its mean: a convoy has no metronome. */
#define SWING_SHORTEST 0.5

enum stream { STREAM_CPU, STREAM_MEMORY, STREAM_NETWORK, STREAM_REQUESTS, STREAM_SWING, STREAM_COUNT };

/* Everything but the CPU, in the order in which a host's slow frame carries it. */
enum slow {
    SLOW_USAGE,
    SLOW_LIMIT,
    SLOW_ALLOCATED,
    SLOW_PACKETS_SENT,
    SLOW_PACKETS_RECEIVED,
    SLOW_REQUESTS_IN,
    SLOW_REQUESTS_OUT,
    SLOW_REQUESTS_FAILED,
    SLOW_COUNT
};

static const enum metric_id slow_metrics[SLOW_COUNT] = {
    METRIC_MEMORY_USAGE,
    METRIC_MEMORY_LIMIT,
    METRIC_MEMORY_ALLOCATED,
    METRIC_PACKETS_SENT,
    METRIC_PACKETS_RECEIVED,
    METRIC_REQUESTS_IN,
    METRIC_REQUESTS_OUT,
    METRIC_REQUESTS_FAILED,
};

/* Where a swing stands: which level, and until when. */
struct swing {
    bool high;
    int64_t until_ns; /* since the start; 0 = not begun */
};

struct host {
    uint32_t cpu_series;
    uint32_t slow_series[SLOW_COUNT];
    struct rng streams[STREAM_COUNT];
    double cpu_noise, memory_noise; /* unit variance */
    double counters[SLOW_COUNT];    /* whole numbers, but for the fraction of allocation */
    struct swing *swings;           /* one a phase; borrowed from the simulator */
};

struct simulator {
    const struct scenario *scenario;
    struct feed feed;
    int64_t t_ns, end_ns; /* since the start */
    bool declared;
    bool has_slow[SLOW_COUNT];
    struct host *hosts;
    struct swing *swings;
};

/* Independent streams: a fixed hash of host and signal under the seed. */
static void seed_streams(struct host *h, uint64_t seed, uint64_t index)
{
    for (unsigned i = 0; i < STREAM_COUNT; i++) {
        const unsigned char who[] = {(unsigned char)index, (unsigned char)(index >> 8), (unsigned char)i};
        rng_seed(&h->streams[i], hash_sip24(seed, 0, who, sizeof(who)));
    }
    /* Begun in the steady state, so that the first minute is like every other. */
    h->cpu_noise = rng_normal(&h->streams[STREAM_CPU]);
    h->memory_noise = rng_normal(&h->streams[STREAM_MEMORY]);
}

/* A host without requests has no request counters: absent is not zero. */
static void choose_series(struct simulator *m)
{
    const struct scenario *s = m->scenario;
    bool network = s->network.packets_in > 0 || s->network.packets_out > 0;
    bool requests = s->requests.in > 0;
    m->has_slow[SLOW_USAGE] = m->has_slow[SLOW_LIMIT] = true;
    m->has_slow[SLOW_ALLOCATED] = s->memory.allocation_bytes > 0;
    m->has_slow[SLOW_PACKETS_SENT] = m->has_slow[SLOW_PACKETS_RECEIVED] = network;
    m->has_slow[SLOW_REQUESTS_IN] = m->has_slow[SLOW_REQUESTS_OUT] = m->has_slow[SLOW_REQUESTS_FAILED] =
        requests;
}

struct simulator *simulator_new(
    const struct scenario *s, uint64_t seed, int64_t duration_ns, const struct feed *feed, struct error *e)
{
    struct simulator *m = calloc(1, sizeof(*m));
    size_t phases = s->phase_count > 0 ? s->phase_count : 1;
    if (m != NULL) {
        m->hosts = calloc((size_t)s->host_count, sizeof(*m->hosts));
        m->swings = calloc((size_t)s->host_count * phases, sizeof(*m->swings));
    }
    if (m == NULL || m->hosts == NULL || m->swings == NULL) {
        simulator_free(m);
        error_set(e, -ENOMEM, "out of memory for the simulator");
        return NULL;
    }
    m->scenario = s;
    m->feed = *feed;
    m->end_ns = duration_ns > 0 ? duration_ns : s->duration_ns;
    choose_series(m);
    for (int64_t i = 0; i < s->host_count; i++) {
        seed_streams(&m->hosts[i], seed, (uint64_t)i);
        m->hosts[i].swings = m->swings + (size_t)i * phases;
    }
    return m;
}

void simulator_free(struct simulator *m)
{
    if (m == NULL)
        return;
    free(m->hosts);
    free(m->swings);
    free(m);
}

static int declare_host(struct simulator *m, struct host *h, const char *name)
{
    struct catalog *c = m->feed.catalog;
    int64_t entity = catalog_host(c, name, strlen(name));
    if (entity < 0)
        return (int)entity;
    int64_t id = catalog_series_known(c, (uint32_t)entity, METRIC_CPU_UTILIZATION);
    if (id < 0)
        return (int)id;
    h->cpu_series = (uint32_t)id;
    for (unsigned i = 0; i < SLOW_COUNT; i++) {
        if (!m->has_slow[i])
            continue;
        id = catalog_series_known(c, (uint32_t)entity, slow_metrics[i]);
        if (id < 0)
            return (int)id;
        h->slow_series[i] = (uint32_t)id;
    }
    return 0;
}

static double between(double from, double to, double share)
{
    return from + (to - from) * share;
}

/* An autoregressive step that keeps unit variance. */
static double keep_noise(double noise, double keep, struct rng *r)
{
    return keep * noise + sqrt(1.0 - keep * keep) * rng_normal(r);
}

/* The share of [from, to) that the swing spends at its high level. */
static double swing_high_share(
    const struct scenario_phase *p, struct swing *w, struct rng *r, int64_t from_ns, int64_t to_ns)
{
    double half_ns = (double)p->period_ns / 2.0;
    if (w->until_ns < from_ns) {
        /* A turn begins, somewhere inside a half swing. */
        w->high = rng_uniform(r) < 0.5;
        w->until_ns = from_ns + (int64_t)(half_ns * rng_uniform(r));
    }
    int64_t high_ns = 0;
    for (int64_t t = from_ns; t < to_ns;) {
        if (w->until_ns <= t) {
            w->high = !w->high;
            w->until_ns = t + (int64_t)(half_ns * (SWING_SHORTEST + rng_uniform(r)));
        }
        int64_t next = w->until_ns < to_ns ? w->until_ns : to_ns;
        high_ns += w->high ? next - t : 0;
        t = next;
    }
    return (double)high_ns / (double)(to_ns - from_ns);
}

static double cpu_value(
    const struct simulator *m, struct host *h, const struct condition *now, int64_t from_ns, int64_t to_ns)
{
    const struct scenario *s = m->scenario;
    double level = now->cpu_mean;
    if (now->swing_phase < s->phase_count) {
        const struct scenario_phase *p = &s->phases[now->swing_phase];
        double high =
            swing_high_share(p, &h->swings[now->swing_phase], &h->streams[STREAM_SWING], from_ns, to_ns);
        level = between(level, between(p->low, p->high, high), now->swing_share);
    }
    h->cpu_noise = keep_noise(h->cpu_noise, now->cpu_keep, &h->streams[STREAM_CPU]);
    double value = level + now->cpu_noise * h->cpu_noise;
    return value < 0.0 ? 0.0 : value > 1.0 ? 1.0 : value;
}

static int fast_frames(struct simulator *m, struct host *h, const struct condition *now)
{
    int64_t step_ns = m->scenario->fast_interval_ns;
    for (int64_t t = m->t_ns; t < m->t_ns + NS_PER_S; t += step_ns) {
        struct sample sample = {h->cpu_series, cpu_value(m, h, now, t, t + step_ns)};
        if (now->silent)
            continue;
        int result = m->feed.frame(m->feed.context, SCENARIO_START_NS + t + step_ns, &sample, 1);
        if (result < 0)
            return result;
    }
    return 0;
}

/* What comes in batches: a whole number of them, Poisson distributed. */
static double batched(struct rng *r, double mean, double batch)
{
    return floor((double)rng_poisson(r, mean / batch) * batch + 0.5);
}

static double memory_used(const struct simulator *m, struct host *h, const struct condition *now)
{
    const struct scenario_memory *k = &m->scenario->memory;
    static const double keep_1s = 1.0 - 1.0 / MEMORY_NOISE_TIME_S;
    h->memory_noise = keep_noise(h->memory_noise, keep_1s, &h->streams[STREAM_MEMORY]);
    /* The first tooth is entered at its middle: the flight begins at the mean. */
    int64_t period = k->sawtooth_period_ns;
    double tooth = (double)((m->t_ns + period / 2) % period) / (double)period - 0.5;
    double used = (double)k->usage_bytes + (double)k->noise_bytes * h->memory_noise +
                  (double)k->sawtooth_bytes * tooth + now->memory_extra;
    double limit = (double)k->limit_bytes;
    return floor(used < 0.0 ? 0.0 : used > limit ? limit : used);
}

static void count_traffic(const struct simulator *m, struct host *h, const struct condition *now)
{
    const struct scenario *s = m->scenario;
    struct rng *r = &h->streams[STREAM_NETWORK];
    h->counters[SLOW_PACKETS_RECEIVED] += batched(r, s->network.packets_in * now->requests, s->network.batch);
    h->counters[SLOW_PACKETS_SENT] +=
        batched(r, s->network.packets_out * now->requests * now->storm, s->network.batch);
    r = &h->streams[STREAM_REQUESTS];
    double in = batched(r, s->requests.in * now->requests, s->requests.batch);
    double out = batched(r, in * s->requests.fan_out * now->storm, s->requests.batch);
    double failed = (double)rng_poisson(r, out * now->failures);
    h->counters[SLOW_REQUESTS_IN] += in;
    h->counters[SLOW_REQUESTS_OUT] += out;
    h->counters[SLOW_REQUESTS_FAILED] += failed < out ? failed : out;
}

static int slow_frame(struct simulator *m, struct host *h, const struct condition *now)
{
    const struct scenario_memory *k = &m->scenario->memory;
    double used = memory_used(m, h, now);
    double velocity = (double)k->allocation_bytes + now->allocation_extra;
    double factor = 1.0 + ALLOCATION_NOISE * rng_normal(&h->streams[STREAM_MEMORY]);
    h->counters[SLOW_ALLOCATED] += floor(velocity * (factor > 0.0 ? factor : 0.0));
    count_traffic(m, h, now);
    if (now->silent)
        return 0;
    struct sample samples[SLOW_COUNT];
    size_t n = 0;
    for (unsigned i = 0; i < SLOW_COUNT; i++) {
        if (!m->has_slow[i])
            continue;
        double value = i == SLOW_USAGE ? used : i == SLOW_LIMIT ? (double)k->limit_bytes : h->counters[i];
        samples[n++] = (struct sample){h->slow_series[i], value};
    }
    return m->feed.frame(m->feed.context, SCENARIO_START_NS + m->t_ns + NS_PER_S, samples, n);
}

static int declare(struct simulator *m)
{
    int result = 0;
    for (int64_t i = 0; i < m->scenario->host_count && result == 0; i++)
        result = declare_host(m, &m->hosts[i], m->scenario->hosts[i]);
    m->declared = result == 0;
    return result;
}

int simulator_step(struct simulator *m)
{
    if (m->t_ns + NS_PER_S > m->end_ns)
        return 0;
    int result = m->declared ? 0 : declare(m);
    for (int64_t i = 0; i < m->scenario->host_count && result == 0; i++) {
        struct condition now = condition_at(m->scenario, (size_t)i, m->t_ns);
        result = fast_frames(m, &m->hosts[i], &now);
        if (result == 0)
            result = slow_frame(m, &m->hosts[i], &now);
    }
    if (result < 0)
        return result;
    m->t_ns += NS_PER_S;
    result = m->feed.tick(m->feed.context, SCENARIO_START_NS + m->t_ns);
    return result < 0 ? result : 1;
}
