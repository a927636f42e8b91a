/* SPDX-License-Identifier: MIT
 * Collectors in a spiral and healthy ones, on the heap of heap.h and as a facet of the fever law. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "heap.h"
#include "patient.h"

#define MB 1e6
#define GB 1e9

struct life {
    struct heap heap;
    bool no_allocated, no_used; /* the runtime does not tell */
    bool old_part;              /* it tells how often its old part is collected, and since when it runs */
    int full_s;         /* all of it every so often, and only then it is told what is left; 0: always */
    double left;        /* then, bytes */
    int unseen_s;       /* so long it has run before anybody looked */
    int s, exhausted_s; /* -1: it lives */
};

static void begin(struct patient *p, struct life *l, double limit, double live)
{
    *l = (struct life){
        .heap = {.limit = limit, .young = limit / 3, .live = live, .promotes = 0.02}, .exhausted_s = -1};
    patient_init(p, &law_fever);
}

/* A sample every step_s seconds. */
static void live_on(struct patient *p, struct life *l, int seconds, double alloc, double kept, int step_s)
{
    struct heap *h = &l->heap;
    for (int end = l->s + seconds; l->s < end && !h->exhausted; l->s++) {
        int64_t t = START + l->s * SECOND;
        heap_second(h, alloc, kept);
        if (h->exhausted)
            l->exhausted_s = l->s;
        if (l->s % step_s)
            continue;
        patient_sample(p, &p->host, METRIC_HEAP_LIMIT, t, h->limit);
        if (!l->no_used)
            patient_sample(p, &p->host, METRIC_HEAP_USED, t, heap_used(h));
        else
            patient_sample(p, &p->host, METRIC_HEAP_LIVE, t, h->live);
        if (!l->no_allocated)
            patient_sample(p, &p->host, METRIC_HEAP_ALLOCATED, t, h->allocated);
        if (l->old_part) {
            if (l->full_s == 0 || l->s % l->full_s == 0)
                l->left = h->live + h->promoted;
            patient_sample(p, &p->host, METRIC_HEAP_LIVE, t, l->left);
            patient_sample(p, &p->host, METRIC_GC_MAJOR, t, h->majors);
            patient_sample(p, &p->host, METRIC_UPTIME, t, l->unseen_s + l->s);
        }
        patient_sample(p, &p->host, METRIC_GC_COUNT, t, h->count);
        patient_sample(p, &p->host, METRIC_GC_TIME, t, h->time_s);
        patient_tick(p, &p->host, t);
    }
}

static void is_spiral(const struct patient *p, const struct life *l, int lead_s)
{
    if (p->opens == 0)
        fail_msg("not found; exhausted at %d", l->exhausted_s);
    assert_string_equal(p->opened.cause, "gc_spiral");
    int64_t opened_s = (p->opened.t_ns - START) / SECOND;
    if (l->exhausted_s - opened_s < lead_s)
        fail_msg("found at %d of %d", (int)opened_s, l->exhausted_s);
}

/* It is said to have begun then, give or take so much. */
static void began_at_1200(const struct patient *p, int64_t give_s)
{
    int64_t onset_s = p->opens ? (p->opened.onset_ns - START) / SECOND : 0;
    if (onset_s < 1200 - give_s || onset_s > 1200 + give_s)
        fail_msg("found at %d, said to have begun at %d, at 1200",
            p->opens ? (int)((p->opened.t_ns - START) / SECOND) : -1, (int)onset_s);
}

static void a_leak_in_a_heap_is_a_spiral(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    begin(&p, &l, 2 * GB, 0.6 * GB);
    live_on(&p, &l, 1200, 200 * MB, 0, 1);
    assert_int_equal(p.opens, 0);
    assert_int_equal(p.opinion.reading.state, LAW_OK);
    live_on(&p, &l, 3600, 200 * MB, 1 * MB, 1);
    assert_true(l.exhausted_s > 0);
    is_spiral(&p, &l, 120);
    assert_int_equal(p.opens, 1);
    assert_int_equal(p.opened.law, LAW_FEVER);
    assert_string_equal(p.opened.reading.unit, "1");
    assert_true(p.opened.reading.value > p.opened.reading.hi);
    assert_true(patient_evidence(&p.opened, "gc.live_share") >= GC_LIVE_MIN);
    assert_non_null(strstr(p.opened.text, "the collector runs "));
    patient_done(&p);
    /* A steep one is found while its beginning is still known, where nothing that dies grows old. */
    begin(&p, &l, 2 * GB, 0.6 * GB);
    l.heap.promotes = 0;
    live_on(&p, &l, 1200, 200 * MB, 0, 1);
    live_on(&p, &l, 3600, 200 * MB, 4 * MB, 1);
    is_spiral(&p, &l, 30);
    began_at_1200(&p, 15);
    patient_done(&p);
}

/* Of a heap in teeth the least is left anywhere in a block. What only full collections tell comes too late to
 * say when it began, though it may climb as clearly as anything. */
static void its_beginning_is_where_collections_began_to_leave_more(void **state)
{
    (void)state;

    for (int s = 0; s < 24; s++) {
        struct patient p;
        struct life l;
        begin(&p, &l, 2 * GB, 0.6 * GB);
        l.old_part = true;
        l.full_s = s < 12 ? 0 : 75;
        l.heap.promotes = s < 12 ? 0.3 : 0;
        l.unseen_s = 86400;
        l.s = s % 12; /* blocks begin elsewhere */
        live_on(&p, &l, 1200 - l.s, 200 * MB, 0, 1);
        live_on(&p, &l, 3600, 200 * MB, 4 * MB, 1);
        is_spiral(&p, &l, 30);
        began_at_1200(&p, s < 12 ? 4 : 15);
        patient_done(&p);
    }
}

/* The interval holds the truth, when one is given. */
static void the_time_to_exhaustion_holds(void **state)
{
    unsigned given = 0, held = 0;
    (void)state;

    for (int k = 0; k < 8; k++) {
        struct patient p;
        struct life l;
        begin(&p, &l, 2 * GB, 0.6 * GB);
        live_on(&p, &l, 1200, 200 * MB, 0, 1);
        double kept = (0.5 + 0.25 * k) * MB;
        while (!l.heap.exhausted) {
            live_on(&p, &l, 15, 200 * MB, kept, 1);
            const struct gc_spiral *g = p.host.gc;
            if (!gc_spiral_found(g) || isnan(g->early_s))
                continue;
            double left_s = (l.heap.limit - l.heap.live) / kept;
            given++;
            held += g->early_s <= left_s * 1.05 && g->late_s >= left_s * 0.95;
        }
        patient_done(&p);
    }
    assert_true(given >= 50);
    if (held < given * 9 / 10)
        fail_msg("%u of %u", held, given);
}

static void healthy_collecting_is_none(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    /* Much garbage and little that lives: a collection every second. */
    begin(&p, &l, 1 * GB, 0.2 * GB);
    live_on(&p, &l, 3600, 600 * MB, 0, 1);
    assert_int_equal(p.opens, 0);
    /* And five times as much of it for half an hour: the collector keeps up. */
    live_on(&p, &l, 1800, 3000 * MB, 0, 1);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    /* A heap sized so tightly that it collects all the time, and always did. */
    begin(&p, &l, 1 * GB, 0.8 * GB);
    live_on(&p, &l, 7200, 40 * MB, 0, 1);
    assert_true(p.opinion.reading.value > 0.1);
    assert_int_equal(p.opens, 0);
    /* Twice the work makes it collect twice as much; what lives stays where it was. */
    live_on(&p, &l, 1800, 80 * MB, 0, 1);
    assert_true(p.opinion.reading.value > 0.25);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
}

/* Most of the time goes into collections and the heap stays full: who looks in then need not wait for it to
 * rise, nor know how it was before. */
static void a_full_heap_speaks_without_a_past(void **state)
{
    static const struct {
        double live, alloc;
        int from_s, to_s; /* found when; 0: never */
    } cases[] = {
        {1.9 * GB, 200 * MB, 30, 60},  /* all of the time */
        {1.9 * GB, 20 * MB, 180, 240}, /* four tenths, as a start may: after three minutes */
        {1.9 * GB, 5 * MB, 0, 0},      /* a tenth */
        {1.0 * GB, 500 * MB, 0, 0},    /* half of the time, and half of the heap is free */
    };
    struct patient p;
    struct life l;
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(&p, &l, 2 * GB, cases[i].live);
        l.heap.promotes = 0;
        live_on(&p, &l, 900, cases[i].alloc, 0, 1);
        if (p.opens != (cases[i].to_s > 0))
            fail_msg("case %zu: %u findings", i, p.opens);
        if (p.opens == 0) {
            patient_done(&p);
            continue;
        }
        assert_string_equal(p.opened.cause, "gc_spiral");
        assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
        assert_non_null(strstr(p.opened.text, " full; no habit is known yet"));
        assert_null(strstr(p.opened.text, "usually"));
        int found_s = (int)((p.opened.t_ns - START) / SECOND);
        if (found_s < cases[i].from_s || found_s > cases[i].to_s)
            fail_msg("case %zu: found at %d", i, found_s);
        assert_int_equal(p.closes, 0);
        /* Half of the heap is let go. */
        l.heap.live = 0.9 * GB;
        live_on(&p, &l, 200, cases[i].alloc, 0, 1);
        assert_int_equal(p.closes, 1);
        patient_done(&p);
    }
}

/* What runs before anybody looks. */
static void unseen(struct life *l, int seconds, double alloc, double kept)
{
    for (int s = 0; s < seconds; s++)
        heap_second(&l->heap, alloc, kept);
    l->unseen_s += seconds;
}

/* The lab's heap of 64 MB that fills, and a sentinel that is started a minute later: collection after
 * collection leaves more, faster than it could have been since the runtime was started. */
static void a_heap_that_fills_is_told_to_a_late_comer(void **state)
{
    static const struct {
        double live, kept;
        bool tells;
        unsigned opens;
    } cases[] = {
        {24 * MB, 0.20 * MB, true, 1},
        {24 * MB, 0.20 * MB, false, 0}, /* it is not known how often the old part is collected */
        {40 * MB, 0.05 * MB, true, 0},  /* seven minutes are left: by then there is a habit */
    };
    struct patient p;
    struct life l;
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(&p, &l, 64 * MB, cases[i].live);
        l.heap.promotes = 0.05;
        l.old_part = cases[i].tells;
        unseen(&l, 4000, 60 * MB, 0);
        unseen(&l, 60, 60 * MB, cases[i].kept);
        live_on(&p, &l, 60, 60 * MB, cases[i].kept, 1);
        assert_int_equal(p.opens, cases[i].opens);
        if (p.opens == 0) {
            patient_done(&p);
            continue;
        }
        assert_string_equal(p.opened.cause, "gc_spiral");
        assert_int_equal(p.opened.confidence, CONFIDENCE_LOW);
        assert_string_equal(p.opened.reading.unit, "By/s");
        assert_true(fabs(p.opened.reading.value / cases[i].kept - 1) < 0.2);
        assert_non_null(strstr(p.opened.text, "what collections leave of the heap grows by "));
        assert_non_null(strstr(p.opened.text, " in use; no habit is known yet; exhausted in "));
        live_on(&p, &l, 600, 60 * MB, cases[i].kept, 1);
        double left_s = l.exhausted_s - (double)(p.opened.t_ns - START) / (double)SECOND;
        assert_true(l.exhausted_s > 0);
        if (p.opened.exhaustion_lo_s > left_s * 1.05 || p.opened.exhaustion_hi_s < left_s * 0.95)
            fail_msg("in %g to %g, true %g", p.opened.exhaustion_lo_s, p.opened.exhaustion_hi_s, left_s);
        assert_int_equal(p.closes, 0);
        patient_done(&p);
    }
}

/* A heap whose least use wanders about three quarters, collected every second, and forgets within ten. */
static void a_heap_that_wanders_does_not_climb(void **state)
{
    int found = 0;
    (void)state;

    for (uint64_t seed = 1; seed <= 400; seed++) {
        struct heap_climb c;
        struct rng r;
        double x = 0;
        bool once = false;

        heap_climb_init(&c);
        rng_seed(&r, seed);
        for (int s = 0; s < 300; s++) {
            x = 0.9 * x + 0.02 * rng_normal(&r);
            c.majors = s;
            c.uptime_s = 1e6 + s;
            heap_climb_used(&c, (0.75 + x) * GB);
            heap_climb_tick(&c, START + s * SECOND, 1 * GB, false);
            once |= heap_climb_found(&c);
        }
        found += once;
    }
    if (found > 20)
        fail_msg("%d of 400", found);
}

/* Who has been there for five minutes knows how it was before, and waits for what that says. */
static void a_heap_that_fills_later_is_judged_by_its_past(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    begin(&p, &l, 64 * MB, 24 * MB);
    l.heap.promotes = 0.05;
    l.old_part = true;
    unseen(&l, 400, 60 * MB, 0);
    live_on(&p, &l, 310, 60 * MB, 0, 1);
    live_on(&p, &l, 600, 60 * MB, 0.2 * MB, 1);
    assert_true(l.exhausted_s > 0 && p.opens == 1);
    assert_non_null(strstr(p.opened.text, "the collector runs "));
    patient_done(&p);
}

/* Whoever looks in at any moment of it. (A start of four minutes in a heap as small as this is a spiral by
 * the other rules.) */
static void healthy_heaps_are_not_told_to_a_late_comer(void **state)
{
    static const struct {
        double limit, live, alloc, promotes, kept;
        int kept_s; /* so long, from the runtime's start */
    } cases[] = {
        {2 * GB, 0.3 * GB, 100 * MB, 0.1, 0, 0}, /* the old part fills in 100 s and is emptied at once */
        {64 * MB, 40 * MB, 60 * MB, 0.1, 0, 0},  /* the lab's heap, fuller, and it does not fill */
        {64 * MB, 1 * MB, 60 * MB, 0.1, 0.2 * MB, 230},   /* a start that fills three quarters in a line */
        {2 * GB, 0.1 * GB, 100 * MB, 0.05, 12 * MB, 100}, /* the same within two minutes */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        for (int before = 0; before < 260; before += 13) {
            struct patient p;
            struct life l;
            begin(&p, &l, cases[i].limit, cases[i].live);
            l.heap.promotes = cases[i].promotes;
            l.old_part = true;
            int rest = cases[i].kept_s > before ? cases[i].kept_s - before : 0;
            unseen(&l, before < cases[i].kept_s ? before : cases[i].kept_s, cases[i].alloc, cases[i].kept);
            unseen(&l, before - l.unseen_s, cases[i].alloc, 0);
            live_on(&p, &l, rest, cases[i].alloc, cases[i].kept, 1);
            live_on(&p, &l, 400, cases[i].alloc, 0, 1);
            if (p.opens && strstr(p.opened.text, "what collections leave"))
                fail_msg("case %zu after %d s: %s", i, before, p.opened.text);
            patient_done(&p);
        }
}

/* A leak that ends just before the heap does: nothing rises any more, and nothing is over. */
static void a_spiral_that_stops_rising_stays(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    begin(&p, &l, 2 * GB, 0.6 * GB);
    live_on(&p, &l, 1200, 200 * MB, 0, 1);
    while (l.heap.live < 0.93 * l.heap.limit)
        live_on(&p, &l, 1, 200 * MB, 1 * MB, 1);
    assert_true(p.opens == 1 && p.closes == 0);
    live_on(&p, &l, 1800, 200 * MB, 0, 1);
    assert_true(l.exhausted_s < 0);
    assert_int_equal(p.closes, 0);
    patient_done(&p);
}

/* A cache that fills at the start, to where it then stays: high, but it was never otherwise for long. */
static void a_cache_that_fills_is_none(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    begin(&p, &l, 4 * GB, 0.1 * GB);
    live_on(&p, &l, 150, 200 * MB, 18 * MB, 1);
    live_on(&p, &l, 3600, 200 * MB, 0, 1);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
    /* The same an hour later, to two thirds. */
    begin(&p, &l, 4 * GB, 0.1 * GB);
    live_on(&p, &l, 3600, 200 * MB, 0, 1);
    live_on(&p, &l, 600, 200 * MB, 4 * MB, 1);
    live_on(&p, &l, 3600, 200 * MB, 0, 1);
    assert_int_equal(p.opens, 0);
    patient_done(&p);
}

/* A scrape every 15 seconds, without the allocation; and without the usage, where live bytes must do. */
static void rare_readings_suffice(void **state)
{
    (void)state;
    for (int k = 0; k < 4; k++) {
        struct patient p;
        struct life l;
        begin(&p, &l, 2 * GB, 0.6 * GB);
        l.no_allocated = k % 2;
        l.no_used = k / 2;
        live_on(&p, &l, 2400, 200 * MB, 0, 15);
        assert_int_equal(p.opens, 0);
        live_on(&p, &l, 7200, 200 * MB, 0.5 * MB, 15);
        is_spiral(&p, &l, 120);
        patient_done(&p);
    }
}

/* A new process has counters of its own and no habit yet; what its predecessor was is over. */
static void a_restart_ends_it(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    begin(&p, &l, 2 * GB, 0.6 * GB);
    live_on(&p, &l, 1200, 200 * MB, 0, 1);
    live_on(&p, &l, 3600, 200 * MB, 1 * MB, 1);
    assert_true(p.opens == 1 && p.closes == 0);
    int s = l.s;
    l = (struct life){
        .heap = {.limit = 2 * GB, .young = 0.6 * GB, .live = 0.1 * GB, .promotes = 0.02}, .s = s};
    live_on(&p, &l, 200, 200 * MB, 0, 1);
    assert_int_equal(p.closes, 1);
    assert_true(isnan(p.host.gc->record));
    patient_done(&p);
}

/* No limit, no verdict. */
static void without_a_limit_it_is_silent(void **state)
{
    struct patient p;
    struct life l;
    (void)state;

    begin(&p, &l, 2 * GB, 0.6 * GB);
    for (int s = 0; s < 2000; s++) {
        int64_t t = START + s * SECOND;
        heap_second(&l.heap, 200 * MB, s > 600 ? 1 * MB : 0);
        patient_sample(&p, &p.host, METRIC_HEAP_USED, t, heap_used(&l.heap));
        patient_sample(&p, &p.host, METRIC_HEAP_LIMIT, t, -1);
        patient_sample(&p, &p.host, METRIC_GC_TIME, t, l.heap.time_s);
        patient_tick(&p, &p.host, t);
    }
    assert_int_equal(p.opens, 0);
    assert_int_equal(p.opinion.reading.state, LAW_WARMUP);
    patient_tick(&p, &p.host, START + 2100 * SECOND);
    assert_int_equal(p.opinion.reading.state, LAW_STALE);
    patient_done(&p);
}

/* The share of time in collections names the pauses of a swinging CPU. */
static void the_share_of_time_is_there_for_causes(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &law_fever);
    for (int s = 0; s < 200; s++)
        patient_sample(&p, &p.host, METRIC_GC_TIME, START + s * SECOND, 0.25 * s);
    assert_true(fabs(p.host.causes->gc_share - 0.25) < 1e-9);
    patient_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leak_in_a_heap_is_a_spiral),
        cmocka_unit_test(its_beginning_is_where_collections_began_to_leave_more),
        cmocka_unit_test(the_time_to_exhaustion_holds),
        cmocka_unit_test(healthy_collecting_is_none),
        cmocka_unit_test(a_full_heap_speaks_without_a_past),
        cmocka_unit_test(a_heap_that_fills_is_told_to_a_late_comer),
        cmocka_unit_test(a_heap_that_wanders_does_not_climb),
        cmocka_unit_test(a_heap_that_fills_later_is_judged_by_its_past),
        cmocka_unit_test(healthy_heaps_are_not_told_to_a_late_comer),
        cmocka_unit_test(a_spiral_that_stops_rising_stays),
        cmocka_unit_test(a_cache_that_fills_is_none),
        cmocka_unit_test(rare_readings_suffice),
        cmocka_unit_test(a_restart_ends_it),
        cmocka_unit_test(without_a_limit_it_is_silent),
        cmocka_unit_test(the_share_of_time_is_there_for_causes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
