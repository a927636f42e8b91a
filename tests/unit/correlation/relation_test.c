/* SPDX-License-Identifier: MIT
 * Which findings belong together: the same thing, one above the other, one moment, one shared cause; and what
 * does not (docs/incidents.md, row by row). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "correlation/relation.h"
#include "scene.h"

/* a: host; pod with two containers in it; another pod beside it; a process and a series in the first. */
struct house {
    struct scene s;
    uint32_t pod, cart, pay, other, java, queue;
};

static uint32_t below(struct scene *s, enum entity_kind kind, const char *name, uint32_t parent)
{
    return (uint32_t)catalog_entity(s->names, s->a, kind, name, strlen(name), parent);
}

static void house_init(struct house *h)
{
    scene_init(&h->s);
    h->pod = below(&h->s, ENTITY_CGROUP, "pod", ENTITY_NONE);
    h->cart = below(&h->s, ENTITY_CGROUP, "pod/cart", h->pod);
    h->pay = below(&h->s, ENTITY_CGROUP, "pod/pay", h->pod);
    h->other = below(&h->s, ENTITY_CGROUP, "other", ENTITY_NONE);
    h->java = below(&h->s, ENTITY_JVM, "pod/cart/7 java", h->cart);
    int64_t series = catalog_series(h->s.names, h->cart, "queue", 5);
    h->queue = catalog_series_get(h->s.names, (uint32_t)series)->entity;
}

/* An open chapter of that thing since second 1000, seen until 1100. */
static struct chapter chapter_of(uint32_t entity, enum law_id law, const char *cause)
{
    return (struct chapter){.onset_ns = START + 1000 * SECOND,
        .opened_ns = {START + 1000 * SECOND, INT64_MIN, INT64_MIN},
        .seen_ns = START + 1100 * SECOND,
        .closed_ns = INT64_MIN,
        .entity = entity,
        .law = law,
        .open = true,
        .cause = cause};
}

static enum relation relation_at(
    const struct house *h, const struct chapter *k, uint32_t entity, enum law_id law, int second)
{
    struct finding f = scene_finding(&h->s, entity, law, second);
    f.cause = k->cause;
    return relation_find(h->s.names, k, 1, &f, 300 * SECOND).relation;
}

static void the_same_thing_as_long_as_it_goes_on(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    struct chapter k = chapter_of(h.cart, LAW_SEIZURE, "unexplained");
    assert_int_equal(relation_at(&h, &k, h.cart, LAW_FEVER, 9000), RELATION_SAME);
    assert_int_equal(relation_at(&h, &k, h.queue, LAW_SHOCK, 9000), RELATION_SAME);
    assert_int_equal(relation_at(&h, &k, h.cart, LAW_FEVER, 700), RELATION_SAME);
    assert_int_equal(relation_at(&h, &k, h.cart, LAW_FEVER, 699), RELATION_NONE);
    k.open = false;
    k.closed_ns = START + 1145 * SECOND;
    assert_int_equal(relation_at(&h, &k, h.cart, LAW_FEVER, 1445), RELATION_SAME);
    assert_int_equal(relation_at(&h, &k, h.cart, LAW_FEVER, 1446), RELATION_NONE);
    scene_done(&h.s);
}

/* What has come back under its old name is the same thing, whatever its id. */
static void a_name_that_comes_back_is_the_same_thing(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    struct chapter k = chapter_of(h.other, LAW_FEVER, "leak");
    catalog_leave(h.s.names, h.other);
    uint32_t again = below(&h.s, ENTITY_CGROUP, "other", ENTITY_NONE);
    assert_true(again != h.other);
    assert_int_equal(relation_at(&h, &k, again, LAW_SEIZURE, 1400), RELATION_SAME);
    scene_done(&h.s);
}

static void one_above_the_other(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    const struct chapter k = chapter_of(h.cart, LAW_SEIZURE, "unexplained");
    const uint32_t line[] = {h.pod, h.s.a, h.java};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(relation_at(&h, &k, line[i], LAW_FEVER, 1300), RELATION_LINE);
        assert_int_equal(relation_at(&h, &k, line[i], LAW_FEVER, 1301), RELATION_NONE);
        assert_int_equal(relation_at(&h, &k, line[i], LAW_FEVER, 700), RELATION_LINE);
        /* The same law at two levels is one thing for longer. */
        assert_int_equal(relation_at(&h, &k, line[i], LAW_SEIZURE, 9000), RELATION_LINE);
    }
    assert_true(relation_in_line(h.s.names, h.queue, h.pod) && !relation_in_line(h.s.names, h.pay, h.cart));
    scene_done(&h.s);
}

static void side_by_side_at_one_moment(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    const struct chapter k = chapter_of(h.cart, LAW_SEIZURE, "unexplained");
    const uint32_t beside[] = {h.pay, h.other, h.s.group};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(relation_at(&h, &k, beside[i], LAW_SEIZURE, 1030), RELATION_MOMENT);
        assert_int_equal(relation_at(&h, &k, beside[i], LAW_SEIZURE, 970), RELATION_MOMENT);
        assert_int_equal(relation_at(&h, &k, beside[i], LAW_SEIZURE, 1031), RELATION_NONE);
        assert_int_equal(relation_at(&h, &k, beside[i], LAW_FEVER, 1000), RELATION_NONE);
    }
    scene_done(&h.s);
}

/* Storage, CPUs and the hypervisor are shared by all; a container's own limit is not. */
static void side_by_side_of_a_shared_cause(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    struct chapter k = chapter_of(h.cart, LAW_SEIZURE, "io_stall");
    assert_int_equal(relation_at(&h, &k, h.other, LAW_SEIZURE, 1300), RELATION_MOMENT);
    assert_int_equal(relation_at(&h, &k, h.other, LAW_SEIZURE, 1301), RELATION_NONE);
    k.cause = "throttled";
    assert_int_equal(relation_at(&h, &k, h.other, LAW_SEIZURE, 1300), RELATION_NONE);
    scene_done(&h.s);
}

/* Two containers that fail at different times are two incidents, each with its own story, risk and end. */
static void two_containers_are_two_incidents(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    scene_open(&h.s, h.cart, LAW_FEVER, 0);
    scene_tick(&h.s, 1, 119);
    scene_open(&h.s, h.other, LAW_SEIZURE, 120);
    assert_int_equal(scene_count(&h.s, CHANGE_OPEN), 2);
    assert_int_equal(correlator_open_count(h.s.correlator), 2);
    assert_int_equal(h.s.said[0].kind, INCIDENT_SINGLE);
    assert_int_equal(h.s.said[1].kind, INCIDENT_SINGLE);
    assert_int_equal(h.s.said[1].laws, 1U << LAW_SEIZURE);
    assert_string_not_equal(h.s.said[0].id, h.s.said[1].id);
    assert_int_equal(correlator_active_laws(h.s.correlator, h.s.a), 1U << LAW_FEVER | 1U << LAW_SEIZURE);
    scene_close(&h.s, h.cart, LAW_FEVER, 130);
    scene_tick(&h.s, 131, 430);
    assert_int_equal(scene_count(&h.s, CHANGE_CLOSE), 1);
    assert_string_equal(scene_last(&h.s)->id, h.s.said[0].id);
    assert_int_equal(correlator_open_count(h.s.correlator), 1);
    scene_done(&h.s);
}

/* The host's own line is the worst of its incidents, and the advice that of the worst that gives any. */
static void the_worst_stands_for_the_host(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    struct finding f = scene_finding(&h.s, h.cart, LAW_SEIZURE, 0);
    f.strength = 0.3;
    scene_say(&h.s, &f);
    struct finding g = scene_finding(&h.s, h.other, LAW_SHOCK, 10);
    g.strength = 0.9;
    scene_say(&h.s, &g);
    assert_int_equal(correlator_open_count(h.s.correlator), 2);
    assert_int_equal(correlator_incident(h.s.correlator, h.s.a)->laws, 1U << LAW_SHOCK);
    assert_int_equal(correlator_advice(h.s.correlator, h.s.a)->type, VETO_COMPUTE);
    scene_done(&h.s);
}

/* A host-wide stall that shows in two containers first and in the host then: the second incident turns out to
 * be a part of the first, says so and closes; nothing of it is lost. */
static void one_event_behind_two_incidents(void **state)
{
    struct house h;
    (void)state;
    house_init(&h);
    scene_open(&h.s, h.cart, LAW_SEIZURE, 0);
    scene_open(&h.s, h.other, LAW_FEVER, 60);
    assert_int_equal(correlator_open_count(h.s.correlator), 2);
    scene_open(&h.s, h.s.a, LAW_SEIZURE, 120);
    assert_int_equal(h.s.count, 4);
    const struct incident *first = &h.s.said[0], *closed = &h.s.said[2], *whole = &h.s.said[3];
    assert_int_equal(closed->change, CHANGE_CLOSE);
    assert_string_equal(closed->id, h.s.said[1].id);
    assert_string_equal(closed->merged_into, first->id);
    assert_non_null(strstr(closed->narrative, first->id));
    assert_int_equal(closed->veto.type, VETO_NONE);
    assert_int_equal(whole->change, CHANGE_UPDATE);
    assert_string_equal(whole->id, first->id);
    assert_string_equal(whole->merged_into, "");
    assert_int_equal(whole->findings_total, 3);
    assert_int_equal(whole->finding_count, 3);
    assert_int_equal(whole->kind, INCIDENT_CASCADING);
    assert_int_equal(correlator_open_count(h.s.correlator), 1);
    scene_close(&h.s, h.other, LAW_FEVER, 130);
    scene_close(&h.s, h.cart, LAW_SEIZURE, 131);
    scene_close(&h.s, h.s.a, LAW_SEIZURE, 132);
    scene_tick(&h.s, 133, 432);
    assert_int_equal(scene_count(&h.s, CHANGE_CLOSE), 2);
    assert_int_equal(correlator_open_count(h.s.correlator), 0);
    scene_done(&h.s);
}

/* Ten containers in which nothing has to do with anything: eight incidents, and no more. */
static void incidents_of_a_host_are_bounded(void **state)
{
    struct house h;
    char name[16];
    (void)state;
    house_init(&h);
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "lone-%d", i);
        scene_open(&h.s, below(&h.s, ENTITY_CGROUP, name, ENTITY_NONE), LAW_SEIZURE, 40 * i);
    }
    assert_int_equal(correlator_open_count(h.s.correlator), 8);
    assert_int_equal(scene_last(&h.s)->findings_total, 3);
    for (int i = 0; i < 10; i++) {
        snprintf(name, sizeof(name), "lone-%d", i);
        scene_close(&h.s, below(&h.s, ENTITY_CGROUP, name, ENTITY_NONE), LAW_SEIZURE, 500);
    }
    scene_tick(&h.s, 501, 800);
    assert_int_equal(correlator_open_count(h.s.correlator), 0);
    assert_int_equal(scene_count(&h.s, CHANGE_CLOSE), 8);
    scene_done(&h.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_thing_as_long_as_it_goes_on),
        cmocka_unit_test(a_name_that_comes_back_is_the_same_thing),
        cmocka_unit_test(one_above_the_other),
        cmocka_unit_test(side_by_side_at_one_moment),
        cmocka_unit_test(side_by_side_of_a_shared_cause),
        cmocka_unit_test(two_containers_are_two_incidents),
        cmocka_unit_test(the_worst_stands_for_the_host),
        cmocka_unit_test(one_event_behind_two_incidents),
        cmocka_unit_test(incidents_of_a_host_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
