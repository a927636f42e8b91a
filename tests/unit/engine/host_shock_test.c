/* SPDX-License-Identifier: MIT
 * Several unknown series of one host are judged together: a fault that two of them share is one finding of
 * the host that names both, the same for any number of threads, however the series are dealt out to them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/pack.h"
#include "base/rng.h"
#include "engine/snapshot.h"
#include "same.h"

#define SECOND  INT64_C(1000000000)
#define STEP    (300 * SECOND)
#define START   (INT64_C(1767225600) * SECOND)
#define DAY     288
#define SERIES  7
#define HOSTILE "queue \"l\xc3\xa4nge\" \\ of the whole of the warehouse, which is longer than anybody likes"

struct fault {
    int row;         /* the first of twelve */
    unsigned series; /* a bit for each that takes part */
    double size;     /* usual deviations */
    bool known;      /* the third is one that the laws know */
    bool hostile;    /* and the sixth has a name that nobody would choose */
    int rows;        /* 0: all, and the engine's end */
};

static void run(struct rig *r, int64_t threads, unsigned hosts, const struct fault *fault)
{
    struct rng rng;

    rig_init(r);
    r->options.threads = threads;
    rig_start(r, ENGINE_STREAM);
    rng_seed(&rng, 17);
    for (int row = 0; row < (fault->rows ? fault->rows : 24 * DAY); row++) {
        bool bad = row >= fault->row && row < fault->row + 12;
        for (unsigned h = 0; h < hosts; h++)
            for (unsigned i = 0; i < SERIES; i++) {
                char host[8], metric[96];
                double x = 100 + rng_normal(&rng);
                snprintf(host, sizeof(host), "h%u", h);
                snprintf(metric, sizeof(metric), "m%u", i);
                if (fault->known && i == 2)
                    strcpy(metric, "memory_used_mb");
                if (fault->hostile && i == 5)
                    strcpy(metric, HOSTILE);
                if (bad && h == 0 && fault->series >> i & 1)
                    x += fault->size;
                rig_sample(r, host, metric, START + row * STEP, x);
            }
        assert_int_equal(engine_tick(r->engine, START + row * STEP), 0);
    }
    if (!fault->rows)
        assert_int_equal(engine_end(r->engine), 0);
}

static const struct fault none = {.row = 1 << 30}, shared = {20 * DAY, 1U << 2 | 1U << 5, 40},
                          single = {20 * DAY, 1U << 3, 4000}, faint = {20 * DAY, 1U << 3, 2},
                          mixed = {20 * DAY, 1U << 2 | 1U << 5, 40, true},
                          hostile = {20 * DAY, 1U << 2 | 1U << 5, 40, true, true, 20 * DAY + 6};

static void a_shared_fault_is_one_finding_that_names_both(void **state)
{
    struct rig r;
    (void)state;

    run(&r, 1, 2, &shared);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1);
    const struct finding *f = rig_find(&r, EVENT_FINDING, CHANGE_OPEN, 0)->finding;
    assert_int_equal(f->law, LAW_SHOCK);
    assert_int_equal(catalog_entity_get(engine_catalog(r.engine), f->entity)->kind, ENTITY_HOST);
    assert_true(f->onset_ns >= START + shared.row * STEP && f->onset_ns <= START + (shared.row + 2) * STEP);
    assert_true(f->calibrated);
    assert_true(f->evidence_count >= 2);
    for (int i = 0; i < 2; i++) {
        assert_true(strcmp(f->evidence[i].signal, "m2") == 0 || strcmp(f->evidence[i].signal, "m5") == 0);
        assert_true(f->evidence[i].value > 130);
    }
    assert_non_null(strstr(f->text, "m2"));
    assert_non_null(strstr(f->text, "m5"));
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_CLOSE), 1);
    assert_int_equal(rig_count(&r, EVENT_INCIDENT, CHANGE_OPEN), 1);
    rig_done(&r);
}

static void one_series_far_out_is_found_and_a_faint_one_is_not(void **state)
{
    struct rig r;
    (void)state;

    run(&r, 1, 1, &single);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1);
    const struct finding *f = rig_find(&r, EVENT_FINDING, CHANGE_OPEN, 0)->finding;
    assert_string_equal(f->evidence[0].signal, "m3");
    rig_done(&r);
    run(&r, 1, 1, &faint);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 0);
    rig_done(&r);
}

/* What the laws know is as surprising as what they do not, and is named with its unit. */
static void known_quantities_belong_to_it(void **state)
{
    struct rig r;
    (void)state;

    run(&r, 1, 1, &mixed);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1);
    const struct finding *f = rig_find(&r, EVENT_FINDING, CHANGE_OPEN, 0)->finding;
    bool memory_first = strcmp(f->evidence[0].signal, "system.memory.usage") == 0;
    assert_string_equal(f->evidence[memory_first ? 0 : 1].signal, "system.memory.usage");
    assert_string_equal(f->evidence[memory_first ? 1 : 0].signal, "m5");
    assert_true(f->evidence[memory_first ? 0 : 1].value > 130 * 1048576.0);
    assert_non_null(strstr(f->text, "system.memory.usage is 1"));
    assert_non_null(strstr(f->text, " MiB where "));
    rig_done(&r);
}

/* Its evidence has names from outside, of any length and with any bytes: they must survive a restart. */
static void hostile_names_survive_a_snapshot(void **state)
{
    struct rig r, again;
    struct pack bytes;
    (void)state;

    run(&r, 1, 1, &hostile);
    assert_int_equal(rig_count(&r, EVENT_FINDING, CHANGE_OPEN), 1);
    const struct finding *f = rig_find(&r, EVENT_FINDING, CHANGE_OPEN, 0)->finding;
    bool memory_first = strcmp(f->evidence[0].signal, "system.memory.usage") == 0;
    assert_memory_equal(f->evidence[memory_first ? 1 : 0].signal, HOSTILE, EVIDENCE_NAME_MAX - 8);
    pack_to_write(&bytes, 64U << 20);
    assert_int_equal(engine_save(r.engine, &bytes, INT64_MIN, NULL), 0);
    rig_init(&again);
    rig_start(&again, ENGINE_STREAM);
    assert_int_equal(engine_restore(again.engine, bytes.bytes, bytes.at, NULL), 0);
    pack_free(&bytes);
    rig_done(&again);
    rig_done(&r);
}

static void calm_is_calm(void **state)
{
    struct rig r;
    (void)state;

    run(&r, 1, 2, &none);
    assert_int_equal(rig_count(&r, EVENT_FINDING, -1), 0);
    rig_done(&r);
}

static void threads_do_not_matter(void **state)
{
    struct rig one, more;
    (void)state;

    run(&one, 1, 2, &mixed);
    for (int64_t threads = 2; threads <= 5; threads++) {
        run(&more, threads, 2, &mixed);
        assert_same_events(&one, &more);
        rig_done(&more);
    }
    rig_done(&one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shared_fault_is_one_finding_that_names_both),
        cmocka_unit_test(one_series_far_out_is_found_and_a_faint_one_is_not),
        cmocka_unit_test(known_quantities_belong_to_it),
        cmocka_unit_test(hostile_names_survive_a_snapshot),
        cmocka_unit_test(calm_is_calm),
        cmocka_unit_test(threads_do_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
