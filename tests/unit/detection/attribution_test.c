/* SPDX-License-Identifier: MIT
 * Who carries the trouble of a host or cgroup: shares of variance, time, growth and faults, by whose process
 * it is; and the lock convoy that only processes can tell. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "detection/attribution.h"
#include "detection/watch_snapshot.h"
#include "patient.h"

#define PROCESSES 4

/* The first two processes run in the patient's group, the third in a group within it, the last on the host.
 */
struct household {
    struct patient p;
    struct watch within, runtime, processes[PROCESSES]; /* the runtime is in the group within, too */
};

static void begin(struct household *h, const struct law_module *law)
{
    static const char *const names[PROCESSES] = {
        "/g/11 java @77", "/g/12 nginx @78", "/g/w/13 sort @4", "14 cron"};

    patient_init(&h->p, law);
    uint32_t host = h->p.host.entity, group = h->p.group.entity;
    int64_t within = catalog_entity(h->p.names, host, ENTITY_CGROUP, "/g/w", 4, group);
    assert_int_equal(watch_join(&h->p.host, &h->p.share), 0);
    assert_int_equal(watch_join(&h->p.group, &h->p.share), 0);
    watch_init(&h->within, (uint32_t)within, host, ENTITY_CGROUP);
    assert_int_equal(watch_join(&h->within, &h->p.share), 0);
    int64_t runtime = catalog_entity(h->p.names, host, ENTITY_JVM, "/g/w/Main", 9, (uint32_t)within);
    watch_init(&h->runtime, (uint32_t)runtime, host, ENTITY_JVM);
    assert_int_equal(watch_join(&h->runtime, &h->p.share), 0);
    const uint32_t parents[PROCESSES] = {group, group, (uint32_t)within, host};
    for (int i = 0; i < PROCESSES; i++) {
        int64_t id = catalog_entity(h->p.names, host, ENTITY_PROCESS, names[i], strlen(names[i]), parents[i]);
        assert_true(id >= 0);
        watch_init(&h->processes[i], (uint32_t)id, host, ENTITY_PROCESS);
        assert_int_equal(watch_join(&h->processes[i], &h->p.share), 0);
    }
}

static void end(struct household *h)
{
    for (int i = 0; i < PROCESSES; i++)
        watch_done(&h->processes[i]);
    watch_done(&h->within);
    watch_done(&h->runtime);
    assert_int_equal(h->p.share.member_count, 1); /* the group */
    free(h->p.share.members);
    patient_done(&h->p);
}

static void sample(struct household *h, int process, enum metric_id metric, int second, double x)
{
    patient_sample(&h->p, &h->processes[process], metric, START + second * SECOND, x);
}

static struct attribution ask(const struct watch *w, enum attribution_of what)
{
    struct attribution a;
    attribution_find(w, what, &a);
    return a;
}

/* java swings by 30 points, sort by 10 with it, nginx is busier than both and steady. Of S = x + y + const,
 * cov(x, S) / var(S) = (30 * 40) / 40^2 for java and (10 * 40) / 40^2 for sort. */
static void who_swings_carries_the_swing_not_who_is_busy(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_seizure);
    for (int s = 0; s < 120; s++) {
        double up = s / 3 % 2;
        sample(&h, 0, METRIC_CPU_UTILIZATION, s, 0.05 + 0.30 * up);
        sample(&h, 1, METRIC_CPU_UTILIZATION, s, 0.40);
        sample(&h, 2, METRIC_CPU_UTILIZATION, s, 0.02 + 0.10 * up);
    }
    struct attribution a = ask(&h.p.host, ATTRIBUTION_SWING);
    assert_int_equal(a.count, 2);
    assert_string_equal(a.carriers[0].name, "11 java");
    assert_string_equal(a.carriers[1].name, "13 sort");
    assert_true(fabs(a.carriers[0].share - 0.75) < 1e-6 && fabs(a.carriers[1].share - 0.25) < 1e-6);
    end(&h);
}

/* java swings by 30 points for the last quarter of a minute, since when it is known: what was before is no
 * swing of all, alone or beside a steady one that is known for as long or for longer. Where that is so busy
 * that over all of the minute nothing swings, it is the time. */
static void a_late_comer_has_its_swing(void **state)
{
    static const struct {
        double steady;
        int since;
        const char *who;
        double share;
    } rows[] = {{0.20, 120, "11 java", 1}, {0.20, 105, "11 java", 1}, {0.05, 0, "11 java", 1},
        {0.30, 0, "12 nginx", 18 / (18 + 3.45)}};
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct household h;
        begin(&h, &law_seizure);
        for (int s = 0; s < 120; s++) {
            if (s >= rows[i].since)
                sample(&h, 1, METRIC_CPU_UTILIZATION, s, rows[i].steady);
            if (s >= 105)
                sample(&h, 0, METRIC_CPU_UTILIZATION, s, 0.05 + 0.30 * (s / 3 % 2));
        }
        struct attribution a = ask(&h.p.host, ATTRIBUTION_SWING);
        assert_string_equal(a.carriers[0].name, rows[i].who);
        assert_true(fabs(a.carriers[0].share - rows[i].share) < 0.01);
        end(&h);
    }
}

/* Nothing swings in steps of a second: then whose time it is. */
static void without_a_swing_it_is_the_time(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_seizure);
    for (int s = 0; s < 120; s++) {
        sample(&h, 0, METRIC_CPU_UTILIZATION, s, 0.15 + 0.001 * (s % 2));
        sample(&h, 1, METRIC_CPU_UTILIZATION, s, 0.60);
        sample(&h, 3, METRIC_CPU_UTILIZATION, s, 0.05);
    }
    struct attribution a = ask(&h.p.host, ATTRIBUTION_SWING);
    assert_int_equal(a.count, 2);
    assert_string_equal(a.carriers[0].name, "12 nginx");
    assert_true(fabs(a.carriers[0].share - 0.75) < 0.001);
    assert_true(fabs(a.carriers[1].share - 0.1881) < 0.001);
    end(&h);
}

/* What a process did before it was seen is not known: it neither swung nor kept still. Then it is the time,
 * and of that it has what it was there for. */
static void a_late_comer_has_the_share_of_its_time(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_seizure);
    for (int s = 0; s < 120; s++) {
        sample(&h, 1, METRIC_CPU_UTILIZATION, s, 0.30);
        if (s >= 105)
            sample(&h, 3, METRIC_CPU_UTILIZATION, s, 0.30);
    }
    struct attribution a = ask(&h.p.host, ATTRIBUTION_SWING);
    assert_string_equal(a.carriers[0].name, "12 nginx");
    assert_true(fabs(a.carriers[0].share - 0.8) < 0.001 && fabs(a.carriers[1].share - 0.2) < 0.001);
    end(&h);
}

static void growth_and_faults_have_carriers_too(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_fever);
    for (int s = 0; s < 120; s++) {
        sample(&h, 0, METRIC_MEMORY_USAGE, s, 1e9 + 3e6 * s);
        sample(&h, 1, METRIC_MEMORY_USAGE, s, 4e9 - 5e6 * s);
        sample(&h, 2, METRIC_MEMORY_USAGE, s, 1e8 + 1e6 * s);
        sample(&h, 3, METRIC_PAGE_FAULTS, s, 1000.0 * s);
        sample(&h, 2, METRIC_THREADS, s, 20 + 4 * s);
        sample(&h, 3, METRIC_THREADS, s, 300);
        sample(&h, 1, METRIC_PAGE_FAULTS, s, 1000.0 * s);
    }
    struct attribution a = ask(&h.p.host, ATTRIBUTION_GROWTH);
    assert_int_equal(a.count, 2);
    assert_string_equal(a.carriers[0].name, "11 java");
    assert_true(fabs(a.carriers[0].share - 0.75) < 1e-6);
    /* Who has many does not count, who gets more does. */
    a = ask(&h.p.host, ATTRIBUTION_TASKS);
    assert_int_equal(a.count, 1);
    assert_true(fabs(a.carriers[0].share - 1) < 1e-6);
    a = ask(&h.p.host, ATTRIBUTION_FAULTS);
    assert_int_equal(a.count, 2);
    assert_true(fabs(a.carriers[0].share - 0.5) < 1e-6);
    /* The group's own, and those of groups within it; not the host's. */
    a = ask(&h.p.group, ATTRIBUTION_FAULTS);
    assert_int_equal(a.count, 1);
    assert_string_equal(a.carriers[0].name, "12 nginx");
    assert_int_equal(ask(&h.p.group, ATTRIBUTION_GROWTH).count, 2);
    assert_int_equal(ask(&h.processes[0], ATTRIBUTION_GROWTH).count, 0);
    end(&h);
}

/* Of four processes that all grow by 1 MB/s: the first was started before anybody looked, the second stood
 * still for a minute before, the third has only just been started, and the last too, but is gone. */
static void beginners_are_those_who_have_only_climbed_since_they_came(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_fever);
    for (int s = 0; s < 300; s++) {
        if (s >= 150) { /* not worth hearing of before */
            sample(&h, 0, METRIC_UPTIME, s, s + 10);
            sample(&h, 0, METRIC_MEMORY_USAGE, s, 1e9 + 1e6 * s);
        }
        if (s >= 100) {
            sample(&h, 1, METRIC_UPTIME, s, s - 100);
            sample(&h, 1, METRIC_MEMORY_USAGE, s, 1e8 + (s > 160 ? 1e6 * (s - 160) : 0));
        }
        for (int k = 2; s >= 200 && k < 4; k++) {
            sample(&h, k, METRIC_UPTIME, s, s - 190);
            sample(&h, k, METRIC_MEMORY_USAGE, s, 1e6 * (s - 200));
        }
    }
    assert_true(attribution_beginners(&h.p.host, START + 5 * SECOND) == 2 * 99e6);
    assert_true(
        attribution_beginners(&h.p.group, START + 5 * SECOND) == 99e6); /* the third: two groups down */
    assert_true(attribution_beginners(&h.within, START + 5 * SECOND) == 99e6);
    h.processes[3].end = ENTITY_ENDED;
    assert_true(attribution_beginners(&h.p.host, START + 5 * SECOND) == 99e6);
    /* It has become what it is. */
    for (int s = 300; s < 500; s++)
        sample(&h, 2, METRIC_MEMORY_USAGE, s, 1e8);
    for (int s = 500; s < 600; s++)
        sample(&h, 2, METRIC_MEMORY_USAGE, s, 1e8 + 1e6 * (s - 500));
    assert_true(attribution_beginners(&h.p.host, START + 5 * SECOND) == 0);
    /* Nor is one of which nobody says when it was started, or which was there for long before it was heard
     * of; who says nonsense has said nothing. */
    for (int k = 0; k < 4; k++) {
        uint32_t id = h.processes[3].entity;
        watch_done(&h.processes[3]);
        watch_init(&h.processes[3], id, h.p.host.entity, ENTITY_PROCESS);
        assert_int_equal(watch_join(&h.processes[3], &h.p.share), 0);
        if (k > 0)
            sample(&h, 3, METRIC_UPTIME, 600, k == 1 ? 20 : k == 2 ? 200 : 1e300);
        for (int s = 600; s < 620; s++)
            sample(&h, 3, METRIC_MEMORY_USAGE, s, 1e6 * (s - 599));
        assert_true(attribution_beginners(&h.p.host, START + 5 * SECOND) == (k == 1 ? 20e6 : 0));
    }
    /* Nor is one who was known before nobody looked for a while. */
    h.processes[3].end = ENTITY_LIVES;
    watch_resume(&h.processes[3], 700 * SECOND, START + 1000 * SECOND);
    for (int s = 1000; s < 1100; s++)
        sample(&h, 3, METRIC_MEMORY_USAGE, s, 1e6 * (s - 200));
    assert_true(attribution_beginners(&h.p.host, START + 5 * SECOND) == 0);
    end(&h);
}

/* 8 GB with 2 GB in use, of a host or of a group, and a process of the group that takes more from the 1000th
 * second on. It was there from the first second, or comes just then; it has all that it needs after most_s
 * seconds. Returns when that was found, in seconds of its growth; -1: not. */
static double load_data(struct household *h, bool is_host, bool is_old, double per_s, int most_s, int until_s)
{
    begin(h, &law_fever);
    struct watch *w = is_host ? &h->p.host : &h->p.group;
    for (int s = 0; s < until_s; s++) {
        int64_t t_ns = START + s * SECOND;
        double more = s < 1000 ? 0 : per_s * (s < 1000 + most_s ? s - 1000 : most_s);
        if (is_old || more > 0) {
            sample(h, 0, METRIC_UPTIME, s, is_old ? s + 1 : s - 1000);
            sample(h, 0, METRIC_MEMORY_USAGE, s, 1e8 + more);
        }
        patient_sample(&h->p, w, METRIC_MEMORY_LIMIT, t_ns, 8e9);
        patient_sample(&h->p, w, METRIC_MEMORY_USAGE, t_ns, 2e9 + more + 1e5 * (s % 3));
        patient_tick(&h->p, w, t_ns);
    }
    assert_true(h->p.opens <= 1);
    return h->p.opens ? (double)(h->p.opened.t_ns - START) * 1e-9 - 1000 : -1;
}

static void what_only_starts_is_no_leak_until_most_of_its_way_is_behind_it(void **state)
{
    struct household h;
    (void)state;

    for (int is_host = 0; is_host < 2; is_host++) {
        assert_true(load_data(&h, is_host, false, 1e7, 250, 3000) == -1);
        end(&h);
        /* So slowly that five minutes of it are seen, too. */
        assert_true(load_data(&h, is_host, false, 5e6, 550, 3000) == -1);
        end(&h);
        /* As straight for as long, by one that has been there: */
        double after_s = load_data(&h, is_host, true, 1e7, 250, 3000);
        assert_true(after_s > 10 && after_s < 120);
        end(&h);
        /* 6 GB are free: half of that is gone after 300 s. */
        after_s = load_data(&h, is_host, false, 1e7, 500, 1500);
        assert_true(after_s > 300 && after_s < 400);
        assert_string_equal(h.p.opened.carriers[0].name, "11 java");
        end(&h);
    }
}

/* A swing at 10 Hz of the whole host, with one process whose threads stand in a futex. */
static void swing(struct household *h, double futex, double wait)
{
    for (int i = 0; i < 900; i++) {
        int64_t t_ns = START + i * (SECOND / 10);
        patient_sample(&h->p, &h->p.host, METRIC_CPU_UTILIZATION, t_ns, i / 15 % 2 ? 0.6 : 0.1);
        if (i % 10 == 9) {
            sample(h, 0, METRIC_CPU_UTILIZATION, i / 10, 0.25 + 0.05 * (i / 10 % 3));
            sample(h, 0, METRIC_RUN_QUEUE_WAIT, i / 10, wait * (i / 10));
            sample(h, 0, METRIC_FUTEX_SHARE, i / 10, futex);
            patient_tick(&h->p, &h->p.host, t_ns);
        }
    }
}

static void a_lock_convoy_is_named_by_who_stands_in_line(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_seizure);
    swing(&h, 0.6, 0.3);
    assert_int_equal(h.p.opens, 1);
    assert_string_equal(h.p.opened.cause, "lock_convoy");
    assert_int_equal(h.p.opened.confidence, CONFIDENCE_MEDIUM);
    assert_int_equal(h.p.opened.carrier_count, 1);
    assert_string_equal(h.p.opened.carriers[0].name, "11 java");
    assert_true(fabs(patient_evidence(&h.p.opened, "process.thread.futex_wait.share") - 0.6) < 1e-9);
    assert_non_null(strstr(h.p.opened.text, "; carried by 11 java (100 %)"));
    end(&h);
    /* An idle pool of threads: nobody waits for a CPU. */
    begin(&h, &law_seizure);
    swing(&h, 0.9, 0.001);
    assert_int_equal(h.p.opens, 1);
    assert_string_equal(h.p.opened.cause, "unexplained");
    end(&h);
    /* Waiting without a futex is no convoy either. */
    begin(&h, &law_seizure);
    swing(&h, 0.0, 0.3);
    assert_string_equal(h.p.opened.cause, "unexplained");
    end(&h);
}

/* The swing of a host most of which is of a process that lives two groups down, where a quota withholds CPU
 * and a runtime collects for so many seconds a second. */
static void swing_below(struct household *h, double held, double collects, double others)
{
    for (int i = 0; i < 900; i++) {
        int64_t t_ns = START + i * (SECOND / 10);
        patient_sample(&h->p, &h->p.host, METRIC_CPU_UTILIZATION, t_ns, i / 15 % 2 ? 0.6 : 0.1);
        if (i % 10 != 9)
            continue;
        int s = i / 10;
        patient_sample(&h->p, &h->within, METRIC_CPU_THROTTLED, t_ns, held * s);
        patient_sample(&h->p, &h->runtime, METRIC_GC_TIME, t_ns, collects * s);
        sample(h, 2, METRIC_CPU_UTILIZATION, s, 0.25 + 0.05 * (s % 3));
        sample(h, 3, METRIC_CPU_UTILIZATION, s, others);
        patient_tick(&h->p, &h->p.host, t_ns);
    }
}

/* A host has no limit and no collector of its own, but it may be one that makes it swing. */
static void what_ails_a_cgroup_is_the_cause_of_all_above_it(void **state)
{
    static const struct {
        double held, collects, others;
        const char *cause, *words;
    } cases[] = {
        {0.4, 0, 0.02, "throttled", "; cause: a CPU limit holds it back: that of cgroup /g/w; carried"},
        {0.04, 0, 0.02, "unexplained", "; nothing at hand names the cause; carried"}, /* hardly held back */
        {0.4, 0, 0.40, "unexplained", "; nothing at hand"}, /* most of the time is another's, who is not */
        {0, 0.3, 0.02, "gc_pause", "; cause: a runtime stops for its garbage collector: that of /g/w/Main; "},
        {0, 0.05, 0.02, "unexplained", "; nothing at hand"},
        {0, 0.3, 0.40, "unexplained", "; nothing at hand"},
        {0.4, 0.3, 0.02, "throttled",
            ": that of cgroup /g/w; carried"}, /* pauses last longer where CPU is scarce */
    };
    struct household h;
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin(&h, &law_seizure);
        swing_below(&h, cases[i].held, cases[i].collects, cases[i].others);
        assert_int_equal(h.p.opens, 1);
        assert_string_equal(h.p.opened.cause, cases[i].cause);
        if (!strstr(h.p.opened.text, cases[i].words))
            fail_msg("case %zu: %s", i, h.p.opened.text);
        bool known = strcmp(cases[i].cause, "unexplained") != 0;
        assert_int_equal(h.p.opened.confidence, known ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW);
        double held = patient_evidence(&h.p.opened, "cpu.throttled"),
               collects = patient_evidence(&h.p.opened, "gc.share");
        assert_true(cases[i].held == 0.4 && known ? fabs(held - 0.4) < 1e-6 : isnan(held));
        assert_true(cases[i].collects == 0.3 && known ? fabs(collects - 0.3) < 1e-6 : isnan(collects));
        end(&h);
    }
}

/* Two minutes at rest, then so long with as much CPU, but most threads of the first process, of the group,
 * wait. */
static void stand_in_line(struct household *h, int for_s)
{
    double waited = 0;

    for (int i = 0; i < 10 * (120 + for_s); i++) {
        int64_t t_ns = START + i * (SECOND / 10);
        bool in_line = i >= 1200;
        patient_sample(&h->p, &h->p.group, METRIC_CPU_UTILIZATION, t_ns, 0.25);
        patient_sample(&h->p, &h->p.host, METRIC_CPU_UTILIZATION, t_ns, 0.3);
        if (i % 10)
            continue;
        int s = i / 10;
        waited += in_line ? 0.3 : 0.01;
        patient_sample(&h->p, &h->p.group, METRIC_MEMORY_USAGE, t_ns, 1e8);
        patient_sample(&h->p, &h->p.host, METRIC_MEMORY_USAGE, t_ns, 1e9);
        for (int k = 0; k < PROCESSES; k++) {
            bool stands = k == 0 && in_line;
            sample(h, k, METRIC_CPU_UTILIZATION, s, k == 0 ? 0.2 : 0.06);
            sample(h, k, METRIC_RUN_QUEUE_WAIT, s, k == 0 ? waited : 0.01 * s);
            sample(h, k, METRIC_THREADS, s, 9);
            sample(h, k, METRIC_FUTEX_SHARE, s, stands ? 0.85 : k == 1 ? 0.95 : 0.11);
        }
        patient_tick(&h->p, &h->p.host, t_ns);
        patient_tick(&h->p, &h->p.group, t_ns);
    }
}

static void a_convoy_that_does_not_swing_is_its_cgroups_trouble(void **state)
{
    struct household h;
    (void)state;

    begin(&h, &law_seizure);
    stand_in_line(&h, 90);
    const struct finding *f = &h.p.opened;
    double after_s = (double)(f->t_ns - START) * 1e-9 - 120,
           began_s = (double)(f->onset_ns - START) * 1e-9 - 120;
    assert_int_equal(h.p.opens, 1);
    assert_int_equal(f->entity, h.p.group.entity);
    assert_true(after_s >= 15 && after_s <= 50);
    assert_true(fabs(began_s) <= 10);
    assert_string_equal(f->cause, "lock_convoy");
    assert_int_equal(f->confidence, CONFIDENCE_MEDIUM);
    assert_int_equal(f->carrier_count, 1);
    assert_string_equal(f->carriers[0].name, "11 java");
    assert_true(fabs(f->reading.expected - 11) < 2 && f->reading.hi == 50);
    assert_true(fabs(patient_evidence(f, "process.thread.futex_wait.share") - f->reading.value / 100) < 1e-9);
    assert_non_null(
        strstr(f->text, " % of the threads of 11 java wait for each other, usually 11 %, while it does"));
    /* Of several the one with most threads that is right in it, whoever stands farther down. */
    int64_t end_ns = START + 210 * SECOND;
    for (int k = 1; k < 3; k++) {
        for (int s = 210; s < 220; s++)
            sample(&h, k, METRIC_THREADS, s, k == 1 ? 5 : 500);
        h.processes[k].process->convoy.stands = true;
    }
    assert_ptr_equal(attribution_in_line(&h.p.group, end_ns), &h.processes[0]);
    struct attribution a = ask(&h.p.group, ATTRIBUTION_LINE);
    assert_int_equal(a.count, 2);
    assert_ptr_equal(a.watches[0], &h.processes[0]);
    h.processes[1].process->convoy.stands = h.processes[2].process->convoy.stands = false;
    /* It is asked until it has seen the end. */
    int64_t now_ns = START + 210 * SECOND;
    h.processes[0].process->convoy.stands = false;
    assert_false(law_seizure.idle(&h.p.group, &h.p.settings, now_ns));
    patient_tick(&h.p, &h.p.group, now_ns);
    assert_true(law_seizure.idle(&h.p.group, &h.p.settings, now_ns));
    h.processes[0].process->convoy.stands = true;
    assert_false(law_seizure.idle(&h.p.group, &h.p.settings, now_ns));
    /* Right where it lives, and for as long as somebody says so. */
    assert_ptr_equal(attribution_in_line(&h.p.group, now_ns), &h.processes[0]);
    assert_null(attribution_in_line(&h.p.host, now_ns));
    assert_null(attribution_in_line(&h.within, now_ns));
    assert_null(attribution_in_line(&h.p.group, now_ns + 20 * SECOND));
    h.processes[0].end = ENTITY_ENDED;
    assert_null(attribution_in_line(&h.p.group, now_ns));
    /* One that lives in no group is the host's. */
    h.processes[3].process->convoy.stands = true;
    sample(&h, 3, METRIC_THREADS, 210, 9);
    assert_ptr_equal(attribution_in_line(&h.p.host, now_ns), &h.processes[3]);
    assert_null(attribution_in_line(&h.p.group, now_ns));
    end(&h);
}

/* The host allocates `gb` a second from its first on, of which so much is faults of two of its processes,
 * until `stop`; they are known from `known` on. */
static void allocate(
    struct household *h, double gb, double first, double second, int known, int stop, int seconds)
{
    double total = 0, faults = 0;

    begin(h, &law_fever);
    for (int s = 1; s <= seconds; s++) {
        int64_t t_ns = START + s * SECOND;
        total += s <= stop ? gb * 1e9 : 1e7;
        faults += s <= stop ? gb * 1e9 / 4096 : 0;
        patient_sample(&h->p, &h->p.host, METRIC_MEMORY_ALLOCATED, t_ns, total);
        patient_sample(&h->p, &h->p.host, METRIC_MEMORY_LIMIT, t_ns, 64e9);
        patient_sample(&h->p, &h->p.host, METRIC_MEMORY_USAGE, t_ns, 8e9);
        if (s >= known) {
            sample(h, 0, METRIC_PAGE_FAULTS, s, first * faults);
            sample(h, 3, METRIC_PAGE_FAULTS, s, second * faults);
        }
        patient_tick(&h->p, &h->p.host, t_ns);
    }
}

static void churn_of_one_process_needs_no_past(void **state)
{
    struct household h;
    (void)state;

    allocate(&h, 2.5, 0.3, 0.6, 1, 900, 1200);
    const struct finding *f = &h.p.opened;
    assert_true(h.p.opens == 1 && h.p.closes == 1);
    assert_string_equal(f->cause, "churn");
    assert_int_equal(f->confidence, CONFIDENCE_LOW);
    assert_true(f->t_ns >= START + 30 * SECOND && f->t_ns <= START + 35 * SECOND);
    assert_true(isnan(f->reading.expected));
    assert_true(f->reading.hi > 1.9999e9 && f->reading.hi < 2.0001e9);
    assert_non_null(
        strstr(f->text, "memory is allocated at 2.33 GiB/s, at least half of it by one process, while what "
                        "is in use stays at "
                        "7.45 GiB; no habit is known yet; carried by 14 cron (67 %) and 11 java (33 %)"));
    /* What the trouble took is no habit. */
    assert_true(h.p.closed.t_ns > START + 950 * SECOND && h.p.closed.t_ns < START + 970 * SECOND);
    assert_true(fabs(h.p.host.memory->usual_allocation.mean - 1e7) < 1);
    end(&h);
}

static void many_that_churn_may_always_have_done_so(void **state)
{
    static const struct {
        double gb, first, second;
        int known;
    } rows[] = {{2.5, 0.45, 0.45, 1}, {1.9, 0, 1, 1}, {2.5, 0, 0, 1}, {2.5, 0, 1, 150}};
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct household h;
        allocate(&h, rows[i].gb, rows[i].first, rows[i].second, rows[i].known, 600, 600);
        assert_int_equal(h.p.opens, 0);
        end(&h);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_swings_carries_the_swing_not_who_is_busy),
        cmocka_unit_test(a_late_comer_has_its_swing),
        cmocka_unit_test(without_a_swing_it_is_the_time),
        cmocka_unit_test(a_late_comer_has_the_share_of_its_time),
        cmocka_unit_test(growth_and_faults_have_carriers_too),
        cmocka_unit_test(beginners_are_those_who_have_only_climbed_since_they_came),
        cmocka_unit_test(what_only_starts_is_no_leak_until_most_of_its_way_is_behind_it),
        cmocka_unit_test(a_lock_convoy_is_named_by_who_stands_in_line),
        cmocka_unit_test(what_ails_a_cgroup_is_the_cause_of_all_above_it),
        cmocka_unit_test(a_convoy_that_does_not_swing_is_its_cgroups_trouble),
        cmocka_unit_test(churn_of_one_process_needs_no_past),
        cmocka_unit_test(many_that_churn_may_always_have_done_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
