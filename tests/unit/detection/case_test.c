/* SPDX-License-Identifier: MIT
 * From opinions to findings: opening, holding, dwelling, closing; what silence does; facets; told anew. A law
 * made up here says what the test wants. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "patient.h"

#define HOLD_S  30
#define DWELL_S 60

static struct opinion said;
static int64_t onset_s;
static int described;

static bool applies(const struct watch *w)
{
    (void)w;
    return true;
}

static void judge(struct watch *w, const struct law_settings *s, int64_t now_ns, struct opinion *ret)
{
    (void)w;
    (void)s;
    (void)now_ns;
    *ret = said;
}

static void describe(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    (void)w;
    (void)s;
    (void)names;
    f->cause = "made_up";
    finding_add_evidence(f, "described", ++described, (double)NAN);
    snprintf(f->text, sizeof(f->text), "strength %d", (int)(f->strength * 100 + 0.5));
}

static int64_t onset(const struct watch *w, int64_t now_ns)
{
    (void)w;
    return onset_s ? START + onset_s * SECOND : now_ns;
}

static const struct law_module made_up = {.id = LAW_SEIZURE,
    .hold_ns = HOLD_S * SECOND,
    .dwell_ns = DWELL_S * SECOND,
    .onset = onset,
    .applies = applies,
    .judge = judge,
    .describe = describe};

static void say(bool active, enum law_state state, double strength)
{
    said = (struct opinion){.active = active, .reading = law_reading_empty(state, "%"), .strength = strength};
}

static void at(struct patient *p, int second)
{
    patient_tick(p, &p->host, START + second * SECOND);
}

static void begin(struct patient *p)
{
    onset_s = 0;
    described = 0;
    patient_init(p, &made_up);
    say(false, LAW_OK, 0);
    at(p, 0);
    assert_int_equal(p->opens, 0);
    say(true, LAW_ACTIVE, 0.5);
    at(p, 1);
    assert_int_equal(p->opens, 1);
}

static void it_opens_at_the_first_active_opinion(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    assert_int_equal(p.opened.change, CHANGE_OPEN);
    assert_int_equal(p.opened.law, LAW_SEIZURE);
    assert_int_equal(p.opened.entity, p.host.entity);
    assert_true(p.opened.t_ns == START + SECOND && p.opened.onset_ns == START + SECOND);
    assert_string_equal(p.opened.cause, "made_up");
    assert_string_equal(p.opened.text, "strength 50");
    assert_int_equal(p.opened.evidence_count, 1);
    assert_true(isnan(p.opened.exhaustion_lo_s) && isnan(p.opened.false_alarms_per_year));
    assert_int_equal(strlen(p.opened.id), 16);
    at(&p, 2);
    assert_true(p.opens == 1 && p.closes == 0 && p.updates == 0);
    patient_done(&p);
}

static void it_closes_after_hold_and_dwell(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    say(false, LAW_OK, 0);
    /* The hold would be over at 31, the dwell is at 61. */
    for (int s = 2; s < 61; s++)
        at(&p, s);
    assert_int_equal(p.closes, 0);
    at(&p, 61);
    assert_int_equal(p.closes, 1);
    assert_int_equal(p.closed.change, CHANGE_CLOSE);
    assert_true(p.closed.t_ns == START + 61 * SECOND);
    assert_string_equal(p.closed.id, p.opened.id);
    assert_string_equal(p.closed.text, p.opened.text);
    at(&p, 62);
    assert_true(p.closes == 1 && p.opens == 1);
    patient_done(&p);
}

static void evidence_in_between_starts_the_hold_anew(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    for (int s = 2; s <= 203; s++) {
        say(s % 29 == 0, s % 29 == 0 ? LAW_ACTIVE : LAW_OK, 0.5);
        at(&p, s);
    }
    assert_int_equal(p.closes, 0);
    say(false, LAW_OK, 0);
    for (int s = 204; s < 203 + HOLD_S; s++)
        at(&p, s);
    assert_int_equal(p.closes, 0);
    at(&p, 203 + HOLD_S);
    assert_int_equal(p.closes, 1);
    patient_done(&p);
}

/* Silence is no evidence, until the entity counts as gone. */
static void silence(enum law_state quiet)
{
    struct patient p;

    begin(&p);
    say(false, quiet, 0);
    for (int s = 2; s < 901; s++)
        at(&p, s);
    assert_int_equal(p.closes, 0);
    at(&p, 901);
    assert_int_equal(p.closes, 1);
    patient_done(&p);
}

static void stale_does_not_close(void **state)
{
    (void)state;
    silence(LAW_STALE);
    silence(LAW_WARMUP);
    silence(LAW_UNOBSERVABLE);
}

static void after_silence_the_hold_counts_from_the_evidence(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    say(false, LAW_STALE, 0);
    for (int s = 2; s < 500; s++)
        at(&p, s);
    say(true, LAW_ACTIVE, 0.5);
    at(&p, 500);
    assert_true(p.opens == 1 && p.closes == 0);
    say(false, LAW_STALE, 0);
    for (int s = 501; s < 1400; s++)
        at(&p, s);
    assert_int_equal(p.closes, 0);
    say(false, LAW_OK, 0);
    at(&p, 1400);
    assert_int_equal(p.closes, 1);
    patient_done(&p);
}

/* Another facet is another finding: the first closes at once, the second opens with the next opinion. */
static void a_change_of_facet_is_another_finding(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    say(true, LAW_ACTIVE, 0.5);
    said.facet = 2;
    at(&p, 5);
    assert_true(p.closes == 1 && p.opens == 1);
    at(&p, 6);
    assert_int_equal(p.opens, 2);
    assert_string_not_equal(p.opened.id, p.closed.id);
    at(&p, 7);
    assert_true(p.closes == 1 && p.opens == 2);
    patient_done(&p);
}

static void a_clearly_stronger_sight_is_told_anew(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    say(true, LAW_ACTIVE, 0.54);
    at(&p, 2);
    assert_int_equal(p.updates, 0);
    say(true, LAW_ACTIVE, 0.56);
    at(&p, 3);
    assert_int_equal(p.updates, 1);
    assert_int_equal(p.updated.change, CHANGE_UPDATE);
    assert_string_equal(p.updated.id, p.opened.id);
    assert_true(p.updated.onset_ns == p.opened.onset_ns && p.updated.t_ns == START + 3 * SECOND);
    assert_string_equal(p.updated.text, "strength 56");
    assert_int_equal(p.updated.evidence_count, 1);
    /* Weaker sights leave the best one as it stands. */
    say(true, LAW_ACTIVE, 0.1);
    at(&p, 4);
    say(false, LAW_OK, 0);
    at(&p, 100);
    assert_string_equal(p.closed.text, "strength 56");
    patient_done(&p);
}

/* How it ended, and when it was last seen, which is not when that was known. */
static void the_end_has_a_kind(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    at(&p, 20);
    say(false, LAW_OK, 0);
    at(&p, 100);
    assert_int_equal(p.closed.end, FINDING_OVER);
    assert_true(p.closed.seen_ns == START + 20 * SECOND && p.closed.t_ns == START + 100 * SECOND);
    say(true, LAW_ACTIVE, 0.5);
    at(&p, 200);
    assert_int_equal(p.opened.end, FINDING_LASTS);
    assert_true(p.opened.seen_ns == START + 200 * SECOND);
    said.facet = 2;
    at(&p, 201);
    assert_int_equal(p.closed.end, FINDING_CHANGED);
    at(&p, 202);
    assert_int_equal(p.opened.facet, 2);
    p.host.end = ENTITY_ENDED;
    assert_int_equal(case_end(&p.host, LAW_SEIZURE, START + 203 * SECOND)->end, FINDING_GONE);
    patient_done(&p);
    begin(&p);
    say(false, LAW_STALE, 0);
    at(&p, 2000);
    assert_int_equal(p.closed.end, FINDING_UNHEARD);
    patient_done(&p);
}

/* When its source goes quiet, that is told once; when it is seen again, that is told too. */
static void staleness_is_told(void **state)
{
    struct patient p;
    (void)state;

    begin(&p);
    say(false, LAW_OK, 0);
    at(&p, 5);
    assert_int_equal(p.updates, 0);
    say(false, LAW_STALE, 0);
    at(&p, 12);
    assert_true(p.updates == 1 && p.updated.stale);
    assert_true(p.updated.seen_ns == START + SECOND);
    at(&p, 13);
    assert_int_equal(p.updates, 1);
    /* To hear of it is not to see it. */
    say(false, LAW_OK, 0);
    at(&p, 14);
    assert_int_equal(p.updates, 1);
    say(true, LAW_ACTIVE, 0.5);
    at(&p, 15);
    assert_true(p.updates == 2 && !p.updated.stale && p.updated.seen_ns == START + 15 * SECOND);
    patient_done(&p);
}

static void describe_at_length(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    struct text t;
    (void)w;
    (void)s;
    (void)names;
    text_init(&t, f->text, sizeof(f->text));
    while (!t.truncated)
        text_add(&t, "many words ");
    finding_observed(f);
}

/* What does not fit is cut before a word, and the cut shows. */
static void a_long_sentence_is_cut(void **state)
{
    struct law_module wordy = made_up;
    struct patient p;
    (void)state;

    wordy.describe = describe_at_length;
    patient_init(&p, &wordy);
    say(true, LAW_ACTIVE, 0.5);
    at(&p, 0);
    size_t n = strlen(p.opened.text);
    assert_true(n > FINDING_TEXT_MAX - 40 && p.opened.observed_length == n);
    assert_string_equal(p.opened.text + n - 8, "words...");
    patient_done(&p);
}

static struct estimate estimated;

static bool estimate(const struct watch *w, struct estimate *ret)
{
    (void)w;
    *ret = estimated;
    return true;
}

static void describe_estimate(
    const struct watch *w, const struct law_settings *s, const struct catalog *names, struct finding *f)
{
    describe(w, s, names, f);
    f->exhaustion_lo_s = estimated.lo_s;
    f->exhaustion_hi_s = estimated.hi_s;
    finding_observed(f);
    strcat(f->text, "; the rest");
}

static void expect_told(struct patient *p, int second, double lo_s, double hi_s, bool told)
{
    unsigned updates = p->updates;

    estimated = (struct estimate){lo_s, hi_s};
    at(p, second);
    if (p->updates - updates != told)
        fail_msg("second %d: %u", second, p->updates - updates);
}

/* An estimate is told anew when an end of it has moved by more than a quarter of the time left, once a minute
 * at most; that time passes is no news. */
static void an_estimate_that_moves_is_told(void **state)
{
    struct law_module estimating = made_up;
    struct patient p;
    (void)state;

    estimating.estimate = estimate;
    estimating.describe = describe_estimate;
    patient_init(&p, &estimating);
    say(true, LAW_ACTIVE, 0.5);
    estimated = (struct estimate){1000, 2000};
    at(&p, 0);
    assert_int_equal(p.opened.observed_length, strlen("strength 50"));
    expect_told(&p, 59, 100, 200, false);
    expect_told(&p, 100, 900, 1900, false);
    expect_told(&p, 200, 800 * 1.24, 1800, false);
    expect_told(&p, 200, 800, 1800 * 0.76, false);
    expect_told(&p, 200, 800, 1800 * 0.74, true);
    assert_true(p.updated.exhaustion_hi_s == 1800 * 0.74);
    expect_told(&p, 300, 700 * 1.26, 1232, true);
    expect_told(&p, 359, 100, 200, false);
    expect_told(&p, 360, 822, (double)NAN, true);
    expect_told(&p, 420, 762, (double)NAN, false);
    expect_told(&p, 480, (double)NAN, (double)NAN, true);
    expect_told(&p, 540, (double)NAN, (double)NAN, false);
    patient_done(&p);
}

/* The id hashes host, entity, law and onset: the same again for the same onset, another for another. */
static void ids_are_of_host_entity_law_and_onset(void **state)
{
    const char *parts[] = {"h", "host:h", "seizure", "1767225603.5"};
    char id[HASH_ID_TEXT_MAX];
    struct patient p;
    (void)state;

    hash_id(parts, 4, id);
    for (int run = 0; run < 2; run++) {
        patient_init(&p, &made_up);
        say(true, LAW_ACTIVE, 0.5);
        p.host.fresh = true;
        onset_s = 0;
        patient_tick(&p, &p.host, START + 7 * SECOND / 2);
        assert_string_equal(p.opened.id, id);
        patient_tick(&p, &p.group, START + 7 * SECOND / 2);
        assert_string_not_equal(p.opened.id, id);
        patient_done(&p);
    }
}

/* An onset after now is no onset. */
static void the_onset_lies_not_in_the_future(void **state)
{
    struct patient p;
    (void)state;

    patient_init(&p, &made_up);
    say(true, LAW_ACTIVE, 0.5);
    onset_s = 50;
    at(&p, 10);
    assert_true(p.opened.onset_ns == START + 10 * SECOND);
    patient_done(&p);
    patient_init(&p, &made_up);
    onset_s = 3;
    at(&p, 10);
    assert_true(p.opened.onset_ns == START + 3 * SECOND);
    patient_done(&p);
}

static void evidence_is_bounded_and_never_absent(void **state)
{
    struct finding f = {0};
    (void)state;

    finding_add_evidence(&f, "none", (double)NAN, 1);
    assert_int_equal(f.evidence_count, 0);
    for (int i = 0; i < EVIDENCE_MAX + 3; i++)
        finding_add_evidence(&f, "some", i, (double)NAN);
    assert_int_equal(f.evidence_count, EVIDENCE_MAX);
    assert_true(f.evidence[EVIDENCE_MAX - 1].value == EVIDENCE_MAX - 1);
}

/* What is registered is whole: one row a law, in the order of their ids. */
static void the_registry_is_in_order(void **state)
{
    int before = -1;
    (void)state;

    for (const struct law_module *const *law = law_registry; *law; law++) {
        assert_true((int)(*law)->id > before);
        before = (int)(*law)->id;
        assert_true((*law)->applies && (*law)->judge && (*law)->describe);
    }
    assert_true(before >= LAW_MAIN_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_at_the_first_active_opinion),
        cmocka_unit_test(it_closes_after_hold_and_dwell),
        cmocka_unit_test(evidence_in_between_starts_the_hold_anew),
        cmocka_unit_test(stale_does_not_close),
        cmocka_unit_test(after_silence_the_hold_counts_from_the_evidence),
        cmocka_unit_test(a_change_of_facet_is_another_finding),
        cmocka_unit_test(a_clearly_stronger_sight_is_told_anew),
        cmocka_unit_test(the_end_has_a_kind),
        cmocka_unit_test(staleness_is_told),
        cmocka_unit_test(an_estimate_that_moves_is_told),
        cmocka_unit_test(a_long_sentence_is_cut),
        cmocka_unit_test(ids_are_of_host_entity_law_and_onset),
        cmocka_unit_test(the_onset_lies_not_in_the_future),
        cmocka_unit_test(evidence_is_bounded_and_never_absent),
        cmocka_unit_test(the_registry_is_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
