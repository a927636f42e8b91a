/* SPDX-License-Identifier: MIT
 * What comes in odd order, at odd times and with odd values. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "rig.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND)

static unsigned ticks_of(const struct rig *r, const char *host)
{
    unsigned n = 0;
    for (size_t i = 0; i < r->count; i++)
        n += r->events[i].type == EVENT_TICK &&
             strcmp(catalog_host_name(engine_catalog(r->engine), r->events[i].tick.host), host) == 0;
    return n;
}

/* Hosts declared in one order that speak in another: each has its line at every tick from its first word on.
 */
static void hosts_that_speak_in_another_order(void **state)
{
    (void)state;
    for (int64_t threads = 1; threads <= 3; threads++) {
        struct rig r;
        rig_begin(&r, threads);
        assert_int_equal(catalog_host(engine_catalog(r.engine), "first", 5), 0);
        assert_int_equal(catalog_host(engine_catalog(r.engine), "second", 6), 1);
        assert_int_equal(catalog_host(engine_catalog(r.engine), "third", 5), 2);
        for (int s = 1; s <= 100; s++) {
            rig_sample(&r, "third", "cpu_usage", START + s * SECOND, 10);
            rig_sample(&r, "second", "cpu_usage", START + s * SECOND, 10);
            if (s > 10)
                rig_sample(&r, "first", "cpu_usage", START + s * SECOND, 10);
            assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
        }
        engine_end(r.engine);
        assert_int_equal(ticks_of(&r, "third"), 100);
        assert_int_equal(ticks_of(&r, "second"), 100);
        assert_int_equal(ticks_of(&r, "first"), 90);
        rig_done(&r);
    }
}

/* The last and the first nanosecond that an input may hold. Silence there is never loss, and nothing
 * overflows (the sanitizers' builds would say so). */
static void the_ends_of_time(void **state)
{
    const int64_t last_ns = INT64_C(9223372035999999999);
    (void)state;

    for (int before = 0; before < 2; before++) {
        struct rig r;
        rig_init(&r);
        rig_start(&r, ENGINE_STREAM);
        for (int s = 0; s < 100; s++) {
            int64_t t_ns = before ? -last_ns + s * SECOND : last_ns - (99 - s) * SECOND;
            rig_sample(&r, "h", "cpu_usage", t_ns, 10);
            rig_sample(&r, "h", "memory_used_mb", t_ns, 10);
            rig_sample(&r, "h", "memory_limit_mb", t_ns, 100);
            rig_sample(&r, "h", "net_sent_packets", t_ns, 10 * s);
            rig_sample(&r, "h", "net_recv_packets", t_ns, 10 * s);
            rig_sample(&r, "h", "system.process.created", t_ns, 10 * s);
            rig_sample(&r, "h", "other", t_ns, s);
            assert_int_equal(engine_tick(r.engine, t_ns), 0);
        }
        if (before) {
            rig_sample(&r, "h", "cpu_usage", last_ns, 10);
            rig_sample(&r, "h", "system.process.created", last_ns, 10);
            rig_sample(&r, "h", "other", last_ns, 10);
            assert_int_equal(engine_tick(r.engine, last_ns), 0);
        } else {
            assert_int_equal(rig_count(&r, EVENT_FINDING, -1), 0);
        }
        engine_end(r.engine);
        rig_done(&r);
    }
}

/* One absurd value among ordinary ones: nothing that is said afterwards is without a number. */
static void absurd_values_pass(void **state)
{
    static const char *const metrics[] = {"cpu_usage", "memory_used_mb", "memory_limit_mb",
        "ingress_requests", "egress_requests", "egress_failures", "net_sent_packets",
        "system.process.created", "queue", "system.cpu.utilization.steal"};
    static const double absurd[] = {DBL_MAX, -DBL_MAX, 1e200, -1, 5e-324};
    (void)state;

    for (size_t k = 0; k < sizeof(absurd) / sizeof(absurd[0]); k++) {
        struct rig r;
        struct rng rng;
        rng_seed(&rng, 1);
        rig_init(&r);
        rig_start(&r, ENGINE_STREAM);
        for (int s = 1; s <= 1200; s++) {
            for (size_t m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
                double usual = m >= 3 && m <= 7 ? 50.0 * s : m == 2 ? 8000 : 10 + rng_normal(&rng);
                rig_sample(&r, "h", metrics[m], START + s * SECOND, s == 300 ? absurd[k] : usual);
            }
            assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
        }
        const struct host_tick *last = &rig_find(&r, EVENT_TICK, -1, rig_count(&r, EVENT_TICK, -1) - 1)->tick;
        for (int law = 0; law < LAW_MAIN_COUNT; law++) {
            if (last->laws[law].state != LAW_OK || !isfinite(last->laws[law].value) ||
                !isfinite(last->laws[law].hi))
                fail_msg("after %g: %s is %s, %g, %g", absurd[k], law_name((enum law_id)law),
                    law_state_name(last->laws[law].state), last->laws[law].value, last->laws[law].hi);
        }
        rig_done(&r);
    }
}

/* A host whose telemetry goes on coming without a number is an error, and is not said to be silent. */
static void numbers_that_stay_away_are_an_error(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    for (int s = 1; s <= 120; s++) {
        rig_sample(&r, "h", "cpu_usage", START + s * SECOND, s <= 30 ? 10.0 : (double)NAN);
        engine_tick(r.engine, START + s * SECOND);
    }
    const struct host_tick *last = &rig_find(&r, EVENT_TICK, -1, rig_count(&r, EVENT_TICK, -1) - 1)->tick;
    assert_int_equal(last->state, HOST_ERROR);
    assert_int_equal(last->laws[LAW_SEIZURE].state, LAW_STALE);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hosts_that_speak_in_another_order),
        cmocka_unit_test(the_ends_of_time),
        cmocka_unit_test(absurd_values_pass),
        cmocka_unit_test(numbers_that_stay_away_are_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
