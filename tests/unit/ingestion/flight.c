/* SPDX-License-Identifier: MIT
 * Plain two-pass statistics on what a simulator fed: slow and obvious on purpose. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "flight.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define START_NS INT64_C(1767225600000000000)
#define NS_PER_S INT64_C(1000000000)

static void mix(struct flight *f, uint64_t number, const char *name)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    f->hash = hash_sip24(f->hash, 0, bytes, sizeof(bytes));
    f->hash = hash_sip24(f->hash, 1, name, strlen(name));
}

static void keep(struct flight_series *k, int64_t t_ns, double value)
{
    if (k->t_ns == NULL) {
        k->t_ns = malloc(FLIGHT_VALUES_MAX * sizeof(*k->t_ns));
        k->values = malloc(FLIGHT_VALUES_MAX * sizeof(*k->values));
        assert_non_null(k->t_ns);
        assert_non_null(k->values);
    }
    assert_true(k->n < FLIGHT_VALUES_MAX);
    k->t_ns[k->n] = t_ns;
    k->values[k->n++] = value;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct flight *f = context;
    f->frames++;
    f->samples += n;
    f->disordered |= n == 0 || t_ns - START_NS <= f->last_tick_ns;
    for (size_t i = 0; i < n; i++) {
        const struct series *s = catalog_series_get(f->catalog, samples[i].series);
        uint64_t bits;
        memcpy(&bits, &samples[i].value, sizeof(bits));
        mix(f, (uint64_t)t_ns, catalog_host_name(f->catalog, s->entity));
        mix(f, bits, catalog_metric_name(f->catalog, s->metric));
        if (catalog_entity_get(f->catalog, s->entity)->host == 0)
            keep(&f->of[s->metric], t_ns - START_NS, samples[i].value);
    }
    return 0;
}

static int take_tick(void *context, int64_t now_ns)
{
    struct flight *f = context;
    f->ticks++;
    f->disordered |= now_ns - START_NS != f->last_tick_ns + NS_PER_S;
    f->last_tick_ns = now_ns - START_NS;
    mix(f, (uint64_t)now_ns, "tick");
    return 0;
}

void flight_fly(struct flight *f, const struct scenario *s, uint64_t seed, int64_t duration_ns)
{
    memset(f, 0, sizeof(*f));
    f->catalog = catalog_new(&(struct catalog_limits){.entities = 1024, .series = 4096, .metrics = 64});
    assert_non_null(f->catalog);
    struct feed feed = {f, f->catalog, take_frame, take_tick};
    struct error e = {0};
    struct simulator *m = simulator_new(s, seed, duration_ns, &feed, &e);
    assert_non_null(m);
    int result;
    while ((result = simulator_step(m)) == 1)
        continue;
    assert_int_equal(result, 0);
    assert_int_equal(simulator_step(m), 0); /* the end stays the end */
    simulator_free(m);
}

void flight_fly_builtin(struct flight *f, const char *name, uint64_t seed)
{
    struct error e = {0};
    struct scenario *s = scenario_builtin(name, &e);
    if (s == NULL)
        fail_msg("%s: %s", name, e.text);
    flight_fly(f, s, seed, 0);
    scenario_free(s);
}

void flight_done(struct flight *f)
{
    for (unsigned i = 0; i < METRIC_KNOWN_COUNT; i++) {
        free(f->of[i].t_ns);
        free(f->of[i].values);
    }
    catalog_free(f->catalog);
}

static bool inside(int64_t t_ns, double from_s, double to_s)
{
    double t_s = (double)t_ns / 1e9;
    return t_s > from_s && t_s <= to_s;
}

double flight_mean(const struct flight *f, enum metric_id metric, double from_s, double to_s)
{
    const struct flight_series *k = &f->of[metric];
    double sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        if (inside(k->t_ns[i], from_s, to_s)) {
            sum += k->values[i];
            n++;
        }
    }
    assert_true(n > 0);
    return sum / (double)n;
}

double flight_deviation(const struct flight *f, enum metric_id metric, double from_s, double to_s)
{
    const struct flight_series *k = &f->of[metric];
    double mean = flight_mean(f, metric, from_s, to_s), sum = 0;
    size_t n = 0;
    for (size_t i = 0; i < k->n; i++) {
        if (inside(k->t_ns[i], from_s, to_s)) {
            sum += (k->values[i] - mean) * (k->values[i] - mean);
            n++;
        }
    }
    assert_true(n > 1);
    return sqrt(sum / (double)(n - 1));
}

double flight_rate(const struct flight *f, enum metric_id metric, double from_s, double to_s)
{
    const struct flight_series *k = &f->of[metric];
    double first = 0, last = 0;
    for (size_t i = 0; i < k->n; i++) {
        if ((double)k->t_ns[i] / 1e9 <= from_s)
            first = k->values[i];
        if ((double)k->t_ns[i] / 1e9 <= to_s)
            last = k->values[i];
    }
    return (last - first) / (to_s - from_s);
}
