/* SPDX-License-Identifier: MIT
 * The default profile end to end: what must be found, what must not, and what the engine promises about time,
 * order and threads. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "rig.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)

static const struct finding *opened(const struct rig *r, enum law_id law)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->events[i].type == EVENT_FINDING && r->events[i].finding->change == CHANGE_OPEN &&
            r->events[i].finding->law == law)
            return r->events[i].finding;
    return NULL;
}

/* One second of CPU at 10 Hz: f(t) percent plus noise of sigma points, then the tick. */
static void cpu_second(struct rig *r, struct rng *rng, int second, double (*f)(double t_s), double sigma)
{
    for (int i = 1; i <= 10; i++) {
        double t_s = second + i / 10.0, x = f(t_s) + sigma * rng_normal(rng);
        rig_sample(r, "h", "system.cpu.utilization", START + (int64_t)second * SECOND + i * SECOND / 10,
            (x < 0        ? 0
                : x > 100 ? 100
                          : x) /
                100);
    }
    assert_int_equal(engine_tick(r->engine, START + (int64_t)(second + 1) * SECOND), 0);
}

static double quiet(double t_s)
{
    (void)t_s;
    return 8;
}

/* Idle and full in turn, two seconds each, after a minute of quiet. */
static double swing(double t_s)
{
    return t_s < 60 ? 8 : fmod(t_s, 4) < 2 ? 5 : 95;
}

static double step(double t_s)
{
    return t_s < 60 ? 8 : 97;
}

static double ramp(double t_s)
{
    return t_s < 60 ? 8 : t_s < 240 ? 8 + (t_s - 60) * 0.4 : 80;
}

static double busy_noise(double t_s)
{
    (void)t_s;
    return 50;
}

static void fly(struct rig *r, double (*f)(double), double sigma, int seconds, uint64_t seed)
{
    struct rng rng;
    rng_seed(&rng, seed);
    rig_init(r);
    rig_start(r, ENGINE_STREAM);
    for (int s = 0; s < seconds; s++)
        cpu_second(r, &rng, s, f, sigma);
}

static void a_swing_is_a_seizure_within_a_minute(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rig r;
        fly(&r, swing, 1.5, 125, seed);
        const struct finding *f = opened(&r, LAW_SEIZURE);
        assert_non_null(f);
        assert_true(f->t_ns > START + 60 * SECOND && f->t_ns <= START + 120 * SECOND);
        assert_true(llabs(f->onset_ns - (START + 60 * SECOND)) <= 4 * SECOND);
        assert_string_equal(f->cause, "unexplained");
        assert_int_equal(f->confidence, CONFIDENCE_LOW);
        assert_int_equal(rig_count(&r, EVENT_INCIDENT, CHANGE_OPEN), 1);
        const struct rig_event *last = rig_find(&r, EVENT_TICK, -1, rig_count(&r, EVENT_TICK, -1) - 1);
        assert_int_equal(last->tick.state, HOST_UNSTABLE);
        assert_int_equal(last->tick.veto.type, VETO_COMPUTE);
        assert_true(last->tick.veto.expires_ns > last->tick.t_ns);
        rig_done(&r);
    }
}

static void no_seizure(double (*f)(double), double sigma, int seconds)
{
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct rig r;
        fly(&r, f, sigma, seconds, seed);
        assert_null(opened(&r, LAW_SEIZURE));
        rig_done(&r);
    }
}

static void quiet_is_no_seizure(void **state)
{
    (void)state;
    no_seizure(quiet, 2, 300);
}

static void a_step_is_no_seizure(void **state)
{
    (void)state;
    no_seizure(step, 2, 300);
}

static void a_ramp_is_no_seizure(void **state)
{
    (void)state;
    no_seizure(ramp, 3, 400);
}

static void white_noise_of_load_is_no_seizure(void **state)
{
    (void)state;
    no_seizure(busy_noise, 8, 300);
}

/* Memory that grows steadily against its limit, after five minutes of none. */
static void growth_is_a_fever_with_a_time(void **state)
{
    struct rig r;
    struct rng rng;
    (void)state;
    rng_seed(&rng, 1);
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    const double limit = 8e9, rate = 5e6;
    for (int s = 1; s <= 600; s++) {
        double used = 2e9 + (s > 300 ? (s - 300) * rate : 0) + 1e6 * rng_normal(&rng);
        rig_sample(&r, "h", "system.memory.limit", START + s * SECOND, limit);
        rig_sample(&r, "h", "system.memory.usage", START + s * SECOND, used);
        engine_tick(r.engine, START + s * SECOND);
    }
    const struct finding *f = opened(&r, LAW_FEVER);
    assert_non_null(f);
    assert_string_equal(f->cause, "leak");
    double left_s = (limit - 2e9 - ((double)(f->t_ns - START) * 1e-9 - 300) * rate) / rate;
    assert_true(f->exhaustion_lo_s < left_s && f->exhaustion_hi_s > left_s);
    assert_true(f->t_ns <= START + 420 * SECOND);
    rig_done(&r);
}

/* The same memory going up and down below what it has been is no growth. */
static void a_saw_tooth_is_no_fever(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 1; s <= 3600; s++) {
        double used = 2e9 + 1e9 * fmod(s, 120) / 120;
        rig_sample(&r, "h", "system.memory.limit", START + s * SECOND, 8e9);
        rig_sample(&r, "h", "system.memory.usage", START + s * SECOND, used);
        engine_tick(r.engine, START + s * SECOND);
    }
    assert_null(opened(&r, LAW_FEVER));
    rig_done(&r);
}

/* Requests at 1:5 are healthy for a service that fans out 1:5; three times that with failures is a storm. */
static void amplification_is_against_the_own_ratio(void **state)
{
    struct rig r;
    struct rng rng;
    double in = 0, out = 0, failed = 0;
    (void)state;
    rng_seed(&rng, 3);
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 1; s <= 600; s++) {
        double now = (double)rng_poisson(&rng, 100);
        in += now;
        out += (double)rng_poisson(&rng, 5 * now * (s > 480 ? 1.6 : 1));
        failed += (double)rng_poisson(&rng, s > 480 ? 150 : 1);
        rig_sample(&r, "h", "ingress_requests", START + s * SECOND, in);
        rig_sample(&r, "h", "egress_requests", START + s * SECOND, out);
        rig_sample(&r, "h", "egress_failures", START + s * SECOND, failed);
        engine_tick(r.engine, START + s * SECOND);
        if (s == 480)
            assert_null(opened(&r, LAW_AMPLIFICATION));
    }
    const struct finding *f = opened(&r, LAW_AMPLIFICATION);
    assert_non_null(f);
    assert_string_equal(f->cause, "retry_storm");
    assert_true(fabs(f->reading.expected - 5) < 0.1);
    rig_done(&r);
}

/* Silence: stale, no advice; and back. */
static void silence_is_stale_and_releases_the_veto(void **state)
{
    struct rig r;
    struct rng rng;
    (void)state;
    rng_seed(&rng, 1);
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 0; s < 130; s++)
        cpu_second(&r, &rng, s, swing, 1.5);
    for (int s = 130; s < 160; s++)
        engine_tick(r.engine, START + (s + 1) * SECOND);
    const struct rig_event *last = rig_find(&r, EVENT_TICK, -1, rig_count(&r, EVENT_TICK, -1) - 1);
    assert_int_equal(last->tick.state, HOST_STALE);
    assert_int_equal(last->tick.laws[LAW_SEIZURE].state, LAW_STALE);
    assert_int_equal(last->tick.laws[LAW_FEVER].state, LAW_UNOBSERVABLE);
    assert_int_equal(last->tick.veto.type, VETO_NONE);
    assert_non_null(opened(&r, LAW_SIGNAL_LOST));
    /* Silence closed nothing. */
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_CLOSE), 0);
    for (int s = 160; s < 200; s++)
        cpu_second(&r, &rng, s, swing, 1.5);
    last = rig_find(&r, EVENT_TICK, -1, rig_count(&r, EVENT_TICK, -1) - 1);
    assert_int_equal(last->tick.state, HOST_UNSTABLE);
    assert_int_equal(last->tick.veto.type, VETO_COMPUTE);
    rig_done(&r);
}

static void outside_data_is_counted_not_believed(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    rig_sample(&r, "h", "m", START, 1);
    rig_sample(&r, "h", "m", START + SECOND, (double)NAN);
    rig_sample(&r, "h", "m", START + SECOND, (double)INFINITY);
    rig_sample(&r, "h", "m", START + 2 * SECOND, 2);
    rig_sample(&r, "h", "m", START + 2 * SECOND, 3);
    rig_sample(&r, "h", "m", START + SECOND, 4);
    struct sample unknown = {.series = 99, .value = 1};
    assert_int_equal(engine_frame(r.engine, START, &unknown, 1), -ENOENT);
    assert_int_equal(engine_tick(r.engine, START + 3 * SECOND), 0);
    assert_int_equal(engine_tick(r.engine, START + 2 * SECOND), -EINVAL);
    engine_end(r.engine);
    const struct summary *s = &rig_find(&r, EVENT_SUMMARY, -1, 0)->summary;
    assert_int_equal(s->samples, 6);
    assert_int_equal(s->not_finite, 2);
    assert_int_equal(s->late, 2);
    assert_int_equal(s->series, 1);
    rig_done(&r);
}

/* A host whose telemetry comes but holds no number is an error, not stable. */
static void only_unusable_telemetry_is_an_error(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 1; s <= 30; s++) {
        rig_sample(&r, "h", "cpu_usage", START + s * SECOND, s <= 25 ? 10.0 : (double)NAN);
        engine_tick(r.engine, START + s * SECOND);
    }
    const struct rig_event *last = rig_find(&r, EVENT_TICK, -1, rig_count(&r, EVENT_TICK, -1) - 1);
    assert_int_equal(last->tick.state, HOST_ERROR);
    rig_done(&r);
}

/* Several hosts and lone series, one to four threads: the same events in the same order. */
static void load(struct rig *r, int64_t threads)
{
    struct rng rng;
    rng_seed(&rng, 7);
    rig_init(r);
    r->options.threads = threads;
    rig_start(r, ENGINE_STREAM);
    for (int s = 0; s < 200; s++) {
        for (int h = 0; h < 5; h++) {
            char name[8] = {'h', (char)('0' + h), 0};
            rig_sample(r, name, "cpu_usage", START + s * SECOND, h == 2 ? swing(s) : 20 + rng_normal(&rng));
            rig_sample(r, name, "queue", START + s * SECOND, 5 + rng_normal(&rng));
            rig_sample(r, name, "latency", START + s * SECOND,
                s > 100 && h == 3 ? (double)NAN : rng_exponential(&rng));
        }
        engine_tick(r->engine, START + s * SECOND);
    }
    engine_end(r->engine);
}

static void assert_same(double a, double b)
{
    assert_true(a == b || (isnan(a) && isnan(b)));
}

static void assert_same_tick(const struct host_tick *a, const struct host_tick *b)
{
    assert_true(
        a->t_ns == b->t_ns && a->host == b->host && a->state == b->state && a->veto.type == b->veto.type);
    for (int i = 0; i < LAW_MAIN_COUNT; i++) {
        assert_int_equal(a->laws[i].state, b->laws[i].state);
        assert_same(a->laws[i].value, b->laws[i].value);
        assert_same(a->laws[i].expected, b->laws[i].expected);
        assert_same(a->laws[i].hi, b->laws[i].hi);
    }
}

static void threads_do_not_show(void **state)
{
    struct rig one, many;
    (void)state;
    load(&one, 1);
    for (int64_t threads = 2; threads <= 4; threads++) {
        load(&many, threads);
        assert_int_equal(one.count, many.count);
        for (size_t i = 0; i < one.count; i++) {
            const struct rig_event *a = &one.events[i], *b = &many.events[i];
            assert_int_equal(a->type, b->type);
            if (a->type == EVENT_TICK) {
                assert_same_tick(&a->tick, &b->tick);
            } else if (a->type == EVENT_FINDING) {
                assert_string_equal(a->finding->id, b->finding->id);
                assert_string_equal(a->finding->text, b->finding->text);
            } else if (a->type == EVENT_INCIDENT) {
                assert_string_equal(a->incident->narrative, b->incident->narrative);
            } else if (a->type == EVENT_SUMMARY) {
                assert_memory_equal(&a->summary, &b->summary, sizeof(a->summary));
            }
        }
        rig_done(&many);
    }
    assert_non_null(opened(&one, LAW_SEIZURE));
    rig_done(&one);
}

static void ignore_event(void *context, const struct event *e)
{
    (void)context;
    (void)e;
}

/* Once every series is known, frames and ticks allocate nothing. */
static void steady_ticks_allocate_nothing(void **state)
{
    struct rig r;
    struct rng rng;
    (void)state;
    rng_seed(&rng, 1);
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    engine_on_event(r.engine, ignore_event, NULL);
    for (int s = 0; s < 30; s++)
        cpu_second(&r, &rng, s, quiet, 2);
    size_t before = mallinfo2().uordblks;
    for (int s = 30; s < 300; s++)
        cpu_second(&r, &rng, s, quiet, 2);
    assert_int_equal(mallinfo2().uordblks, before);
    rig_done(&r);
}

/* Limits hold: what does not fit is refused and counted, what fits is judged. */
static void limits_are_kept(void **state)
{
    struct rig r;
    (void)state;
    rig_init(&r);
    r.options.max_entities = 3;
    r.options.max_series = 2;
    rig_start(&r, ENGINE_STREAM);
    struct catalog *c = engine_catalog(r.engine);
    int64_t h = catalog_host(c, "h", 1);
    assert_true(catalog_series(c, (uint32_t)h, "a", 1) >= 0);
    assert_true(catalog_series(c, (uint32_t)h, "b", 1) >= 0);
    assert_int_equal(catalog_series(c, (uint32_t)h, "c", 1), -ENOSPC);
    engine_end(r.engine);
    assert_int_equal(rig_find(&r, EVENT_SUMMARY, -1, 0)->summary.refused, 1);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_swing_is_a_seizure_within_a_minute),
        cmocka_unit_test(quiet_is_no_seizure),
        cmocka_unit_test(a_step_is_no_seizure),
        cmocka_unit_test(a_ramp_is_no_seizure),
        cmocka_unit_test(white_noise_of_load_is_no_seizure),
        cmocka_unit_test(growth_is_a_fever_with_a_time),
        cmocka_unit_test(a_saw_tooth_is_no_fever),
        cmocka_unit_test(amplification_is_against_the_own_ratio),
        cmocka_unit_test(silence_is_stale_and_releases_the_veto),
        cmocka_unit_test(outside_data_is_counted_not_believed),
        cmocka_unit_test(only_unusable_telemetry_is_an_error),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(steady_ticks_allocate_nothing),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
