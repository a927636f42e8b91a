/* SPDX-License-Identifier: MIT
 * The advice of an incident: whose it is, how sure, that it stands for a while, expires without evidence, and
 * is taken back when nobody can look. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "scene.h"

static const struct veto *veto_of_a(const struct scene *s)
{
    static const struct veto none;
    const struct veto *v = correlator_advice(s->correlator, s->a);
    return v ? v : &none;
}

static void confidence_of(enum confidence c, double expected)
{
    struct scene s;
    scene_init(&s);
    struct finding f = scene_finding(&s, s.a, LAW_SEIZURE, 0);
    f.confidence = c;
    scene_say(&s, &f);
    assert_true(fabs(scene_last(&s)->veto.confidence - expected) < 1e-12);
    scene_done(&s);
}

static void it_is_as_sure_as_the_finding(void **state)
{
    (void)state;
    confidence_of(CONFIDENCE_LOW, 0.4);
    confidence_of(CONFIDENCE_MEDIUM, 0.65);
    confidence_of(CONFIDENCE_HIGH, 0.9);
}

/* Renewed as long as the finding is open; a minute after that it is over, and nobody says so again. */
static void it_expires_without_evidence(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SHOCK, 0);
    assert_int_equal(scene_last(&s)->veto.type, VETO_NONE);
    scene_open(&s, s.a, LAW_FEVER, 1);
    assert_int_equal(scene_last(&s)->veto.type, VETO_RESOURCE);
    assert_true(scene_last(&s)->veto.expires_ns == START + 61 * SECOND);
    scene_tick(&s, 2, 100);
    assert_true(veto_of_a(&s)->expires_ns == START + 160 * SECOND);
    scene_close(&s, s.a, LAW_FEVER, 101);
    unsigned said = s.count;
    scene_tick(&s, 101, 159);
    assert_int_equal(veto_of_a(&s)->type, VETO_RESOURCE);
    scene_tick(&s, 160, 160);
    assert_int_equal(veto_of_a(&s)->type, VETO_NONE);
    assert_int_equal(s.count, said);
    /* New evidence, new advice, and that is said. */
    scene_open(&s, s.a, LAW_FEVER, 170);
    assert_int_equal(s.count, said + 1);
    assert_int_equal(scene_last(&s)->veto.type, VETO_RESOURCE);
    scene_done(&s);
}

/* A finding is closed a while after its evidence was last seen; that while is not advised for twice. */
static void it_ends_a_minute_after_its_evidence(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SHOCK, 0);
    scene_open(&s, s.a, LAW_FEVER, 1);
    scene_tick(&s, 2, 100);
    struct finding f = scene_finding(&s, s.a, LAW_FEVER, 101);
    f.change = CHANGE_CLOSE;
    f.end = FINDING_OVER;
    f.seen_ns = START + 71 * SECOND;
    correlator_finding(s.correlator, &f);
    scene_tick(&s, 101, 130);
    assert_int_equal(veto_of_a(&s)->type, VETO_RESOURCE);
    assert_true(veto_of_a(&s)->expires_ns == START + 131 * SECOND);
    unsigned said = s.count;
    scene_tick(&s, 131, 131);
    assert_int_equal(veto_of_a(&s)->type, VETO_NONE);
    assert_int_equal(s.count, said);
    scene_done(&s);
}

static void open_with(struct scene *s, uint32_t entity, enum law_id law, int second, double strength)
{
    struct finding f = scene_finding(s, entity, law, second);
    f.strength = strength;
    scene_say(s, &f);
}

/* A much stronger reason for another advice waits until the first has stood for a minute; one that is hardly
 * stronger waits until the first has none any more. */
static void it_does_not_flicker(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    open_with(&s, s.a, LAW_FEVER, 1, 0.5);
    open_with(&s, s.group, LAW_AMPLIFICATION, 2, 0.9);
    scene_tick(&s, 3, 60);
    assert_int_equal(veto_of_a(&s)->type, VETO_RESOURCE);
    scene_tick(&s, 61, 61);
    assert_int_equal(veto_of_a(&s)->type, VETO_INTENT);
    assert_int_equal(scene_last(&s)->veto.type, VETO_INTENT);
    assert_true(scene_last(&s)->t_ns == START + 61 * SECOND);
    scene_close(&s, s.group, LAW_AMPLIFICATION, 101);
    assert_int_equal(veto_of_a(&s)->type, VETO_INTENT);
    scene_tick(&s, 102, 121);
    assert_int_equal(veto_of_a(&s)->type, VETO_RESOURCE);
    scene_done(&s);

    scene_init(&s);
    open_with(&s, s.a, LAW_FEVER, 1, 0.5);
    open_with(&s, s.group, LAW_AMPLIFICATION, 2, 0.55);
    scene_tick(&s, 3, 600);
    assert_int_equal(veto_of_a(&s)->type, VETO_RESOURCE);
    scene_close(&s, s.a, LAW_FEVER, 601);
    assert_int_equal(veto_of_a(&s)->type, VETO_INTENT);
    scene_done(&s);
}

/* Silence releases advice at once, closes nothing, and is not evidence; what comes back is judged anew. */
static void silence_releases_advice(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.a, LAW_SEIZURE, 0);
    scene_tick(&s, 0, 10);
    const struct incident *i = correlator_incident(s.correlator, s.a);
    correlator_silence(s.correlator, s.a, true);
    scene_tick(&s, 11, 500);
    assert_int_equal(i->veto.type, VETO_NONE);
    assert_true(i->end_ns == START + 10 * SECOND);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 0);
    correlator_silence(s.correlator, s.a, false);
    scene_tick(&s, 501, 501);
    assert_int_equal(i->veto.type, VETO_COMPUTE);
    assert_true(i->end_ns == START + 501 * SECOND);
    scene_done(&s);
}

static void say_stale(struct scene *s, int second, bool stale)
{
    struct finding f = scene_finding(s, s->group, LAW_SEIZURE, second);
    f.change = CHANGE_UPDATE;
    f.stale = stale;
    scene_say(s, &f);
}

/* The source of what it is about has gone quiet while others on the host speak: taken back at once, said, and
 * given again only when it has been seen again. */
static void a_stale_reason_is_none(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.group, LAW_SEIZURE, 0);
    scene_tick(&s, 1, 9);
    say_stale(&s, 10, true);
    assert_int_equal(veto_of_a(&s)->type, VETO_NONE);
    assert_int_equal(s.count, 2);
    assert_int_equal(scene_last(&s)->veto.type, VETO_NONE);
    scene_tick(&s, 11, 300);
    assert_int_equal(veto_of_a(&s)->type, VETO_NONE);
    assert_int_equal(scene_count(&s, CHANGE_CLOSE), 0);
    say_stale(&s, 301, false);
    assert_int_equal(veto_of_a(&s)->type, VETO_COMPUTE);
    assert_int_equal(scene_last(&s)->veto.type, VETO_COMPUTE);
    scene_done(&s);
}

/* What was advised about a thing that is gone is advised no more. */
static void the_end_of_an_entity_ends_it(void **state)
{
    struct scene s;
    (void)state;

    scene_init(&s);
    scene_open(&s, s.group, LAW_FEVER, 0);
    struct finding f = scene_finding(&s, s.group, LAW_FEVER, 10);
    f.change = CHANGE_CLOSE;
    f.end = FINDING_GONE;
    scene_say(&s, &f);
    assert_int_equal(veto_of_a(&s)->type, VETO_NONE);
    scene_done(&s);
}

static void the_reason_is_short(void **state)
{
    char text[FINDING_TEXT_MAX];
    struct scene s;
    (void)state;

    scene_init(&s);
    struct finding f = scene_finding(&s, s.a, LAW_FEVER, 0);
    scene_text(&f, "memory grows by 3 MiB/s over the last minute; 4 GiB of 8 GiB in use");
    scene_say(&s, &f);
    assert_string_equal(veto_of_a(&s)->reason, "memory grows by 3 MiB/s over the last minute");
    scene_done(&s);

    scene_init(&s);
    f = scene_finding(&s, s.group, LAW_FEVER, 0);
    for (size_t i = 0; i + 1 < sizeof(text); i++)
        text[i] = i % 9 == 8 ? ' ' : 'x';
    text[sizeof(text) - 1] = '\0';
    scene_text(&f, text);
    scene_say(&s, &f);
    const char *reason = veto_of_a(&s)->reason;
    assert_true(strlen(reason) < VETO_REASON_MAX);
    assert_int_equal(strncmp(reason, "cgroup /g: xxxxxxxx xxx", 23), 0);
    assert_string_equal(reason + strlen(reason) - 12, " xxxxxxxx...");
    scene_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_as_sure_as_the_finding),
        cmocka_unit_test(it_expires_without_evidence),
        cmocka_unit_test(it_ends_a_minute_after_its_evidence),
        cmocka_unit_test(it_does_not_flicker),
        cmocka_unit_test(silence_releases_advice),
        cmocka_unit_test(a_stale_reason_is_none),
        cmocka_unit_test(the_end_of_an_entity_ends_it),
        cmocka_unit_test(the_reason_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
