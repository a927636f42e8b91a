/* SPDX-License-Identifier: MIT
 * How the memory lets go: of what is gone, of hosts, and of an end that has been said already. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "scene.h"

/* What is gone is told in the story of what it had to do with, whether its finding was still open or not. */
static void the_story_tells_who_is_gone(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_open(&s, s.group, LAW_FEVER, 10);
    scene_close(&s, s.group, LAW_FEVER, 60);
    assert_true(correlator_tells_of(s.correlator, s.group) && correlator_tells_of(s.correlator, s.a));
    assert_false(correlator_tells_of(s.correlator, s.b));
    correlator_gone(s.correlator, s.group, START + 61 * SECOND, ENTITY_OUT_OF_MEMORY);
    scene_close(&s, s.a, LAW_SEIZURE, 70);
    scene_tick(&s, 61, 400);
    assert_int_equal(scene_last(&s)->change, CHANGE_CLOSE);
    assert_non_null(
        strstr(scene_last(&s)->narrative, "Resource fever of cgroup /g: something. Cause unknown: nothing at "
                                          "hand names it. Killed for want of memory, gone at 00:01:01."));
    assert_null(strstr(scene_last(&s)->narrative, "usually ends in"));
    assert_false(correlator_tells_of(s.correlator, s.group));
    scene_done(&s);
}

/* A host is forgotten with its last incident; others stay as they are. */
static void a_host_that_is_gone_is_forgotten(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_open(&s, s.b, LAW_SEIZURE, 0);
    correlator_gone(s.correlator, s.a, START + SECOND, ENTITY_ENDED);
    scene_close(&s, s.a, LAW_SEIZURE, 1);
    scene_tick(&s, 1, 200);
    assert_true(correlator_tells_of(s.correlator, s.a));
    assert_int_equal(correlator_open_count(s.correlator), 2);
    scene_tick(&s, 201, 400);
    assert_false(correlator_tells_of(s.correlator, s.a));
    assert_int_equal(correlator_open_count(s.correlator), 1);
    assert_null(correlator_incident(s.correlator, s.a));
    assert_non_null(correlator_incident(s.correlator, s.b));
    scene_done(&s);
}

/* An end that has been said already is not said again; what goes on does. */
static void a_settled_incident_is_forgotten_in_silence(void **state)
{
    struct scene s;
    char id[HASH_ID_TEXT_MAX];
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_open(&s, s.b, LAW_SEIZURE, 1);
    scene_tick(&s, 1, 10);
    memcpy(id, s.said[0].id, sizeof(id));
    assert_false(correlator_settle(s.correlator, "0123456789abcdef"));
    assert_false(correlator_settle(s.correlator, id)); /* its finding is open */
    scene_close(&s, s.a, LAW_SEIZURE, 11);
    assert_true(correlator_settle(s.correlator, id));
    assert_false(correlator_settle(s.correlator, id));
    assert_int_equal(correlator_open_count(s.correlator), 1);
    assert_int_equal(correlator_open(s.correlator, 0)->host, s.b);
    scene_tick(&s, 12, 400);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 0);
    scene_open(&s, s.a, LAW_SEIZURE, 401); /* and another one may begin */
    scene_tick(&s, 401, 402);
    assert_int_equal(scene_count(&s, CHANGE_OPEN), 3);
    assert_string_not_equal(scene_last(&s)->id, id);
    scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_story_tells_who_is_gone),
        cmocka_unit_test(a_host_that_is_gone_is_forgotten),
        cmocka_unit_test(a_settled_incident_is_forgotten_in_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
