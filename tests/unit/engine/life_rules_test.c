/* SPDX-License-Identifier: MIT
 * What holds of a life that ends: room at once, a last word, no lost signal; silence that is long enough ends
 * one too; and in the long run none of them costs memory. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/snapshot.h"
#include "rig.h"

#define SECOND INT64_C(1000000000)
#define HOUR   (3600 * SECOND)
#define START  (INT64_C(1767225600) * SECOND)

/* At the limit: who is gone makes room at the next tick, whatever the number of threads. */
static void room_is_there_from_the_next_tick_on(void **state)
{
    (void)state;
    for (int64_t threads = 1; threads <= 3; threads++) {
        struct rig r;
        rig_init(&r);
        r.options.threads = threads;
        r.options.max_entities = 3;
        rig_start(&r, ENGINE_STREAM);
        struct catalog *c = engine_catalog(r.engine);
        uint32_t h = (uint32_t)catalog_host(c, "h", 1);
        int64_t a = catalog_entity(c, h, ENTITY_CGROUP, "a", 1, ENTITY_NONE);
        int64_t b = catalog_entity(c, h, ENTITY_CGROUP, "b", 1, ENTITY_NONE);
        assert_true(a > 0 && b > a);
        for (int s = 1; s < 400; s++) {
            struct sample x = {(uint32_t)catalog_series_known(c, (uint32_t)a, METRIC_CPU_UTILIZATION), 0.5};
            uint64_t refused = catalog_refused(c), changes = catalog_changes(c);
            assert_int_equal(engine_frame(r.engine, START + s * SECOND, &x, 1), 0);
            assert_int_equal(catalog_entity(c, h, ENTITY_CGROUP, "new", 3, ENTITY_NONE), -ENOSPC);
            assert_int_equal(engine_gone(r.engine, START + s * SECOND, (uint32_t)a, ENTITY_ENDED), 0);
            assert_int_equal(catalog_entity(c, h, ENTITY_CGROUP, "a", 1, ENTITY_NONE), -ENOSPC);
            assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
            assert_int_equal(catalog_refused(c), refused + 2);
            assert_true(catalog_changes(c) != changes);
            int64_t again = catalog_entity(c, h, ENTITY_CGROUP, "a", 1, ENTITY_NONE);
            assert_true(again > b && again > a);
            a = again;
        }
        rig_done(&r);
    }
}

/* Five minutes of a cgroup that is quiet and then leaks: its finding is open then. */
static void leak(struct rig *r, uint32_t series, uint32_t limit)
{
    for (int s = 1; s < 300; s++) {
        struct sample x[] = {{limit, 16e9}, {series, 1e8 + (s > 150 ? 2e7 * (s - 150) : 1e5 * (s % 3))}};
        assert_int_equal(engine_frame(r->engine, START + s * SECOND, x, 2), 0);
        assert_int_equal(engine_tick(r->engine, START + s * SECOND), 0);
    }
}

static void the_end_is_told(void **state)
{
    static const struct {
        enum entity_end end;
        const char *closing, *story;
    } cases[] = {{ENTITY_ENDED, "; it is gone", ": cgroup shop/cart is gone."},
        {ENTITY_OUT_OF_MEMORY, "; it is gone: killed for want of memory",
            ": cgroup shop/cart was killed for want of memory."}};
    (void)state;

    for (int i = 0; i < 2; i++) {
        struct rig r;
        rig_init(&r);
        rig_start(&r, ENGINE_STREAM);
        struct catalog *c = engine_catalog(r.engine);
        uint32_t h = (uint32_t)catalog_host(c, "h", 1);
        uint32_t a = (uint32_t)catalog_entity(c, h, ENTITY_CGROUP, "shop/cart", 9, ENTITY_NONE);
        uint32_t used = (uint32_t)catalog_series_known(c, a, METRIC_MEMORY_USAGE);
        leak(&r, used, (uint32_t)catalog_series_known(c, a, METRIC_MEMORY_LIMIT));
        assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1);
        assert_int_equal(view_finding_count(engine_view(r.engine)), 1);
        assert_int_equal(engine_gone(r.engine, START + 300 * SECOND, a, cases[i].end), 0);
        assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_CLOSE), 0);
        /* The name is another's at once. */
        uint32_t next = (uint32_t)catalog_entity(c, h, ENTITY_CGROUP, "shop/cart", 9, ENTITY_NONE);
        assert_true(next > a);
        assert_int_equal(engine_tick(r.engine, START + 300 * SECOND), 0);
        const struct rig_event *close = rig_find(&r, EVENT_FINDING, CHANGE_CLOSE, 0);
        assert_non_null(close);
        assert_true(close->finding->t_ns == START + 300 * SECOND && close->finding->entity == a);
        assert_non_null(strstr(close->finding->text, cases[i].closing));
        assert_int_equal(view_finding_count(engine_view(r.engine)), 0);
        /* The name stays readable as long as the incident tells of it, and takes no room. */
        assert_int_equal(catalog_stage(c, a), CATALOG_REMEMBERED);
        assert_int_equal(catalog_entity_count(c), 2);
        struct sample x = {(uint32_t)catalog_series_known(c, h, METRIC_CPU_UTILIZATION), 0.2};
        for (int s = 301; s < 900; s++) {
            assert_int_equal(engine_frame(r.engine, START + s * SECOND, &x, 1), 0);
            assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
        }
        const struct rig_event *over = rig_find(&r, EVENT_INCIDENT, CHANGE_CLOSE, 0);
        assert_non_null(over);
        print_message("# %s\n", over->incident->narrative);
        assert_non_null(strstr(over->incident->narrative, cases[i].story));
        assert_null(strstr(over->incident->narrative, "usually ends in"));
        assert_int_equal(catalog_stage(c, a), CATALOG_UNKNOWN);
        assert_int_equal(catalog_stage(c, next), CATALOG_LIVES);
        assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1); /* no other word of it */
        rig_done(&r);
    }
}

/* Silence of what is known to be gone is nothing to tell; of what is not, it is. */
static void no_signal_is_lost_of_what_is_gone(void **state)
{
    (void)state;
    for (int told = 0; told < 2; told++) {
        struct rig r;
        rig_init(&r);
        rig_start(&r, ENGINE_STREAM);
        struct catalog *c = engine_catalog(r.engine);
        for (int s = 1; s < 300; s++) {
            rig_sample(&r, "h", "latency", START + s * SECOND, 5);
            if (s < 100)
                rig_sample(&r, "h", "queue", START + s * SECOND, s % 7);
            if (s == 100 && told)
                assert_int_equal(engine_gone(r.engine, START + s * SECOND,
                                     catalog_find_text(c, "h", 1, "series:queue", 12), ENTITY_ENDED),
                    0);
            assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
        }
        assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), told ? 0 : 1);
        rig_done(&r);
    }
}

/* The engine ends, and another goes on from what it kept. */
static void restart(struct rig *r)
{
    struct pack bytes;
    struct engine_options options = r->options;

    pack_to_write(&bytes, 64U << 20);
    assert_int_equal(engine_save(r->engine, &bytes, INT64_MIN, NULL), 0);
    rig_done(r);
    rig_init(r);
    r->options = options;
    rig_start(r, ENGINE_STREAM);
    assert_int_equal(engine_restore(r->engine, bytes.bytes, bytes.at, NULL), 0);
    pack_free(&bytes);
}

static int64_t series_of(const struct rig *r, const char *entity)
{
    struct catalog *c = engine_catalog(r->engine);
    int64_t h = catalog_host(c, "h", 1), e = catalog_entity_text(c, (uint32_t)h, entity, strlen(entity));
    return catalog_series_known(c, (uint32_t)e, METRIC_CPU_UTILIZATION);
}

/* One sample a minute of a host that speaks all the time (host_too), and of a cgroup for an hour; a restart
 * at the cut (0: none). Returns the time at which the cgroup is watched no longer, 0: never. */
static int64_t quiet_after_an_hour(struct rig *r, int64_t end_ns, bool host_too, int64_t cut_ns)
{
    for (int64_t t = 60 * SECOND; t <= end_ns; t += 60 * SECOND) {
        struct sample x[] = {{(uint32_t)series_of(r, ""), 0.3}, {0, 0.2}};
        size_t n = t <= HOUR ? 2 : host_too ? 1 : 0;
        if (n == 2)
            x[1].series = (uint32_t)series_of(r, "cgroup:a");
        if (n)
            assert_int_equal(engine_frame(r->engine, START + t, x, n), 0);
        assert_int_equal(engine_tick(r->engine, START + t), 0);
        if (t == cut_ns)
            restart(r);
        if (catalog_find_text(engine_catalog(r->engine), "h", 1, "cgroup:a", 8) == ENTITY_NONE)
            return t;
    }
    return 0;
}

static void what_is_silent_for_a_day_is_watched_no_longer(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    int64_t end_ns = quiet_after_an_hour(&r, 40 * HOUR, true, 0);
    /* 26 hours after its last word, at the next look: within 128 ticks. */
    assert_true(end_ns >= 27 * HOUR && end_ns <= 27 * HOUR + 128 * 60 * SECOND);
    assert_int_equal(catalog_entity_count(engine_catalog(r.engine)), 1);
    assert_int_equal(rig_count(&r, EVENT_FINDING, -1), 0);
    rig_done(&r);
    /* Across a restart it is the same look. */
    for (int64_t cut_ns = 26 * HOUR; cut_ns < 28 * HOUR; cut_ns += 1500 * SECOND) {
        rig_init(&r);
        rig_start(&r, ENGINE_STREAM);
        assert_true(quiet_after_an_hour(&r, 40 * HOUR, true, cut_ns) == end_ns);
        rig_done(&r);
    }
    /* While the host says nothing either, that is no silence of the cgroup. */
    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    assert_int_equal(quiet_after_an_hour(&r, 90 * HOUR, false, 0), 0);
    rig_done(&r);
}

/* When room is short a quarter of an hour is enough. */
static void who_is_silent_makes_room_when_it_is_short(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    r.options.max_entities = 100;
    rig_start(&r, ENGINE_STREAM);
    struct catalog *c = engine_catalog(r.engine);
    uint32_t h = (uint32_t)catalog_host(c, "h", 1), first = ENTITY_NONE;
    /* Each box lives a minute and goes without a word; one a minute comes. */
    for (int s = 1; s < 60 * 600; s += 10) {
        char name[16];
        int n = snprintf(name, sizeof(name), "box%d", s / 60);
        int64_t e = catalog_entity(c, h, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
        assert_true(e > 0);
        first = first == ENTITY_NONE ? (uint32_t)e : first;
        struct sample x = {(uint32_t)catalog_series_known(c, (uint32_t)e, METRIC_CPU_UTILIZATION), 0.5};
        assert_int_equal(engine_frame(r.engine, START + s * SECOND, &x, 1), 0);
        assert_int_equal(engine_tick(r.engine, START + s * SECOND), 0);
    }
    assert_int_equal(catalog_refused(c), 0);
    assert_int_equal(catalog_stage(c, first), CATALOG_UNKNOWN);
    assert_true(catalog_entity_count(c) < 100);
    rig_done(&r);
}

/* Not while something is open about it, however long it is silent. */
static void nobody_is_let_go_in_the_middle_of_an_incident(void **state)
{
    struct rig r;
    (void)state;

    rig_init(&r);
    r.options.incident_join_ns = 24 * HOUR;
    rig_start(&r, ENGINE_STREAM);
    struct catalog *c = engine_catalog(r.engine);
    uint32_t h = (uint32_t)catalog_host(c, "h", 1);
    uint32_t a = (uint32_t)catalog_entity(c, h, ENTITY_CGROUP, "a", 1, ENTITY_NONE);
    uint32_t own = (uint32_t)catalog_series_known(c, h, METRIC_CPU_UTILIZATION);
    leak(&r, (uint32_t)catalog_series_known(c, a, METRIC_MEMORY_USAGE),
        (uint32_t)catalog_series_known(c, a, METRIC_MEMORY_LIMIT));
    assert_int_equal(rig_count(&r, EVENT_INCIDENT, CHANGE_OPEN), 1);
    bool saw_both = false;
    for (int64_t t = 360 * SECOND; t < 60 * HOUR; t += 60 * SECOND) {
        struct sample x = {own, 0.3};
        assert_int_equal(engine_frame(r.engine, START + t, &x, 1), 0);
        assert_int_equal(engine_tick(r.engine, START + t), 0);
        bool open = view_incident_count(engine_view(r.engine)) > 0;
        if (open)
            assert_int_equal(catalog_stage(c, a), CATALOG_LIVES);
        saw_both |= !open && catalog_stage(c, a) == CATALOG_UNKNOWN;
    }
    assert_true(saw_both);
    rig_done(&r);
}

/* One life after another: cgroup with its memory, its own series, gone; every other one recreated at once. */
static void cycle(struct rig *r, uint32_t host, int i)
{
    struct catalog *c = engine_catalog(r->engine);
    int64_t t_ns = START + i * SECOND / 4;
    char name[32];
    int n = snprintf(name, sizeof(name), "kubepods/pod%d/box", i / 2);
    int64_t e = catalog_entity(c, host, ENTITY_CGROUP, name, (size_t)n, ENTITY_NONE);
    int64_t own = catalog_series(c, (uint32_t)e, "queue", 5);
    assert_true(e > 0 && own >= 0);
    struct sample x[] = {{(uint32_t)catalog_series_known(c, (uint32_t)e, METRIC_CPU_UTILIZATION), 0.5},
        {(uint32_t)catalog_series_known(c, (uint32_t)e, METRIC_MEMORY_USAGE), 1e8},
        {(uint32_t)catalog_series_known(c, (uint32_t)e, METRIC_MEMORY_LIMIT), 2e8}, {(uint32_t)own, i % 5}};
    assert_int_equal(engine_frame(r->engine, t_ns, x, 4), 0);
    if (i % 4 == 3)
        assert_int_equal(engine_tick(r->engine, t_ns), 0);
    assert_int_equal(engine_gone(r->engine, t_ns, (uint32_t)e, ENTITY_ENDED), 0);
}

#ifndef LIFE_CYCLES
#define LIFE_CYCLES 50000
#endif

static long resident_kib(void)
{
    long pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%*s %ld", &pages), 1);
    fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static void lives_cost_no_memory_in_the_long_run(void **state)
{
    struct rig r;
    size_t used = 0;
    long resident = 0;
    (void)state;

    rig_init(&r);
    rig_start(&r, ENGINE_STREAM);
    engine_want_ticks(r.engine, false); /* the rig would keep them */
    uint32_t host = (uint32_t)catalog_host(engine_catalog(r.engine), "h", 1);
    for (int i = 0; i < LIFE_CYCLES; i++) {
        if (i == 1000) {
            used = mallinfo2().uordblks;
            resident = resident_kib();
        }
        cycle(&r, host, i);
    }
    size_t now = mallinfo2().uordblks;
    print_message("# bytes in use: %zu after 1000 lives, %zu after %d; KiB resident: %ld, %ld\n", used, now,
        LIFE_CYCLES, resident, resident_kib());
    /* The four lives of a tick may stand anywhere in theirs. Without this memory would be 500 MB more. */
    assert_true(now < used + 100000);
    assert_int_equal(rig_count(&r, EVENT_FINDING, -1), 0);
    assert_int_equal(catalog_refused(engine_catalog(r.engine)), 0);
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_is_there_from_the_next_tick_on),
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(no_signal_is_lost_of_what_is_gone),
        cmocka_unit_test(what_is_silent_for_a_day_is_watched_no_longer),
        cmocka_unit_test(who_is_silent_makes_room_when_it_is_short),
        cmocka_unit_test(nobody_is_let_go_in_the_middle_of_an_incident),
        cmocka_unit_test(lives_cost_no_memory_in_the_long_run),
    };
    return cmocka_run_group_tests_name("life_rules", tests, NULL, NULL);
}
