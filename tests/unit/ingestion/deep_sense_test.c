/* SPDX-License-Identifier: MIT
 * The sentinel's side of the deep sense, with this test at the other end of the pipes: what becomes a sample,
 * under which name, and what happens when the other side dies, lies or is slow. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>

#include "host_fixture.h"
#include "ingestion/deep/deep_sense.h"

#define SECOND INT64_C(1000000000)

static struct recorder recorder;
static struct feed feed;
static struct deep_sense *sense;
static int child_in, child_out; /* the child's ends */
static uint32_t host;
static int64_t now;

static void open_sense(uint32_t entities, const struct deep_home *callbacks)
{
    struct deep_home home = callbacks ? *callbacks : (struct deep_home){0};
    int down[2], up[2];

    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe2(down, O_CLOEXEC | O_NONBLOCK), 0);
    assert_int_equal(pipe2(up, O_CLOEXEC | O_NONBLOCK), 0);
    feed = recorder_feed(&recorder, entities);
    host = (uint32_t)catalog_host(feed.catalog, "h", 1);
    home.feed = &feed;
    home.host = host;
    const struct deep_link link = {.in_fd = up[0], .out_fd = down[1], .why = DEEP_PRESENT};
    sense = deep_sense_open(&link, &home, NULL);
    assert_non_null(sense);
    child_in = down[0];
    child_out = up[1];
    now = 1000 * SECOND;
}

static void close_sense(void)
{
    deep_sense_close(sense);
    catalog_free(feed.catalog);
    (void)close(child_in);
    if (child_out >= 0)
        (void)close(child_out);
}

static void say(const struct deep_message *m)
{
    assert_int_equal(deep_message_send(child_out, m), 0);
}

static void say_hello(bool may_trace)
{
    const struct deep_message m = {.kind = DEEP_HELLO, .of.hello = {.may_trace = may_trace}};

    say(&m);
}

static void say_process(uint32_t pid, const char *name, double read_bytes)
{
    struct deep_message m = {.kind = DEEP_PROCESS,
        .of.process = {
            .id = {pid, pid},
            .tasks_known = 4,
            .tasks_futex = 1,
            .open_files = 10,
            .open_files_limit = (double)NAN,
            .read_bytes = read_bytes,
            .written_bytes = (double)NAN,
        }};

    (void)snprintf(m.of.process.name, sizeof(m.of.process.name), "%s", name);
    say(&m);
}

static void say_jvm(uint32_t pid, const char *name, double young, double eden_used)
{
    struct deep_message m = {.kind = DEEP_JVM, .of.jvm = {.id = {pid, pid}}};

    (void)snprintf(m.of.jvm.name, sizeof(m.of.jvm.name), "%s", name);
    m.of.jvm.reading = (struct jvm_reading){
        .gc_time_s = 0.5,
        .gc_count = young + 1,
        .heap_used_bytes = 60,
        .heap_limit_bytes = 200,
        .heap_live_bytes = 40,
        .eden_used_bytes = eden_used,
        .eden_capacity_bytes = 100,
        .young_count = young,
    };
    say(&m);
}

static void say_round(struct deep_round r)
{
    const struct deep_message m = {.kind = DEEP_ROUND, .of.round = r};

    say(&m);
}

static void step(void)
{
    now += SECOND;
    assert_int_equal(deep_sense_round(sense, now, now), 0);
}

/* Of the last frame. */
static double value(const char *entity, const char *metric)
{
    return recorder_value(&recorder, entity, metric);
}

static bool lacks(const char *text)
{
    const char *line;

    for (uint32_t i = 0; (line = deep_sense_missing(sense, i)); i++)
        if (strstr(line, text))
            return true;
    return false;
}

static void test_processes_become_samples(void **state)
{
    (void)state;
    open_sense(1000, NULL);
    say_hello(true);
    say_process(7, "java", 1000);
    step();
    assert_true(value("java", "process.thread.futex_wait.share") == 0.25);
    assert_true(value("java", "process.open_file_descriptor.count") == 10);
    assert_false(recorder_has(&recorder, "java", "process.open_file_descriptor.limit"));
    assert_true(value("java", "process.disk.io.read") == 1000);
    say_process(7, "java", 3000);
    step();
    assert_true(value("java", "process.disk.io.read") == 3000);
    assert_false(recorder_has(&recorder, "java", "process.disk.io.write"));
    close_sense();
}

static void test_jvms_become_samples(void **state)
{
    (void)state;
    open_sense(1000, NULL);
    say_hello(true);
    say_jvm(7, "org.example.Main", 3, 20);
    step();
    assert_true(value("org.example.Main", "jvm.gc.duration") == 0.5);
    assert_true(value("org.example.Main", "jvm.gc.duration.count") == 4);
    assert_true(value("org.example.Main", "jvm.memory.used") == 60);
    assert_true(value("org.example.Main", "jvm.memory.used_after_last_gc") == 40);
    assert_true(value("org.example.Main", "jvm.memory.limit") == 200);
    assert_true(value("org.example.Main", "go.memory.allocated") == 0);
    say_jvm(7, "org.example.Main", 4, 30);
    step();
    assert_true(value("org.example.Main", "go.memory.allocated") == 110); /* 80 to the brim and 30 */
    close_sense();
}

/* Two of one name are two; the name of one that ended goes to the next, whose counters begin anew. */
static void test_names_are_kept_and_passed_on(void **state)
{
    (void)state;
    open_sense(1000, NULL);
    say_hello(true);
    say_jvm(7, "Main", 3, 20);
    say_jvm(8, "Main", 9, 50);
    step();
    say_jvm(7, "Main", 3, 25);
    say_jvm(8, "Main", 9, 90);
    step();
    assert_true(value("Main", "go.memory.allocated") == 5);
    assert_true(value("Main#2", "go.memory.allocated") == 40);
    for (int i = 0; i < 6; i++) { /* 7 has ended */
        say_jvm(8, "Main", 9, 90);
        step();
    }
    say_jvm(8, "Main", 9, 90);
    say_jvm(9, "Main", 1, 10);
    step();
    assert_true(value("Main", "go.memory.allocated") == 0);
    assert_true(value("Main", "jvm.gc.duration.count") == 2);
    assert_true(value("Main#2", "jvm.gc.duration.count") == 10);
    assert_false(recorder_has(&recorder, "Main#3", "jvm.gc.duration.count"));
    close_sense();
}

static void test_nothing_counts_before_the_greeting(void **state)
{
    (void)state;
    open_sense(1000, NULL);
    say_process(7, "java", 1000);
    step();
    assert_false(deep_sense_is_on(sense));
    assert_false(recorder_has(&recorder, "java", "process.open_file_descriptor.count"));
    assert_non_null(strstr(deep_sense_news(sense), "what it never says"));
    close_sense();
}

static void test_a_child_that_sends_orders_or_garbage_is_not_heard_any_more(void **state)
{
    const struct deep_message order = {.kind = DEEP_WATCH, .of.watch.count = 0};

    (void)state;
    for (int garbage = 0; garbage < 2; garbage++) {
        open_sense(1000, NULL);
        say_hello(true);
        step();
        assert_true(deep_sense_is_on(sense));
        assert_null(deep_sense_news(sense));
        if (garbage)
            assert_int_equal(write(child_out, "\xff\xff\xff\xff\xff\xff", 6), 6);
        else
            say(&order);
        step();
        assert_false(deep_sense_is_on(sense));
        assert_non_null(deep_sense_news(sense));
        close_sense();
    }
}

static void test_its_death_is_said_once_and_the_watching_goes_on(void **state)
{
    (void)state;
    open_sense(1000, NULL);
    say_hello(true);
    say_process(7, "java", 1000);
    (void)close(child_out);
    child_out = -1;
    step(); /* what it said before is still heard */
    assert_true(value("java", "process.open_file_descriptor.count") == 10);
    assert_false(deep_sense_is_on(sense));
    assert_string_equal(deep_sense_news(sense),
        "the deep sense: its process has ended; not observable from now on: waiting for locks, garbage "
        "collection of JVMs, open files and storage I/O of single processes");
    assert_null(deep_sense_news(sense));
    assert_true(lacks("its process has ended; without it: waiting for locks"));
    step();
    assert_null(deep_sense_news(sense));
    assert_int_equal(deep_sense_watch(sense, &(struct deep_id){7, 7}, 1), -EPIPE);
    close_sense();
}

static void test_without_one_it_says_why(void **state)
{
    const struct deep_link link = {.in_fd = -1, .out_fd = -1, .why = DEEP_SWITCHED_OFF};
    struct deep_home home = {0};

    (void)state;
    feed = recorder_feed(&recorder, 100);
    home.feed = &feed;
    home.host = (uint32_t)catalog_host(feed.catalog, "h", 1);
    sense = deep_sense_open(&link, &home, NULL);
    assert_string_equal(deep_sense_missing(sense, 0),
        "the deep sense: switched off (sources.host.deep); without it: waiting for locks, garbage collection "
        "of JVMs, open files and storage I/O of single processes");
    assert_null(deep_sense_missing(sense, 1));
    assert_int_equal(deep_sense_round(sense, SECOND, SECOND), 0);
    deep_sense_close(sense);
    catalog_free(feed.catalog);
}

static void test_what_it_cannot_see_is_told(void **state)
{
    (void)state;
    open_sense(1000, NULL);
    say_hello(false);
    say_round((struct deep_round){.number = 1, .denied = 3, .hidden = 1, .jvms_denied = 1, .jvms_excess = 2});
    step();
    assert_true(lacks("of other users") && lacks("the kernel hides it") && lacks("JVMs of other users") &&
                lacks("sources.host.max_jvms"));
    assert_int_equal(deep_sense_last(sense)->number, 1);
    say_round((struct deep_round){.number = 2});
    step();
    assert_null(deep_sense_missing(sense, 0));
    close_sense();
}

static void test_the_watch_is_sent_when_it_changes(void **state)
{
    static const struct deep_id ids[] = {{7, 70}, {8, 80}};
    struct deep_inbox in = {0};
    struct deep_message m;

    (void)state;
    open_sense(1000, NULL);
    in.fd = child_in;
    assert_int_equal(deep_sense_watch(sense, ids, 2), 0);
    assert_int_equal(deep_sense_watch(sense, ids, 2), 0);
    assert_int_equal(deep_inbox_next(&in, &m), 1);
    assert_true(m.kind == DEEP_WATCH && m.of.watch.count == 2 && m.of.watch.ids[1].start_ticks == 80);
    assert_int_equal(deep_inbox_next(&in, &m), 0);
    assert_int_equal(deep_sense_watch(sense, ids, 1), 0);
    assert_int_equal(deep_inbox_next(&in, &m), 1);
    assert_int_equal(m.of.watch.count, 1);
    /* A child that does not listen stops nobody. */
    int r = 0;
    for (uint32_t i = 0; r == 0 && i < 100000; i++)
        r = deep_sense_watch(sense, ids, 1 + i % 2);
    assert_int_equal(r, -EAGAIN);
    close_sense();
}

static void test_ever_new_names_end_at_a_limit(void **state)
{
    char name[32];

    (void)state;
    open_sense(100000, NULL);
    say_hello(true);
    for (uint32_t i = 1; i <= 600; i++) {
        (void)snprintf(name, sizeof(name), "name-%u", i);
        say_jvm(i, name, 1, 1);
        if (i % 120 == 0)
            step();
    }
    assert_true(lacks("under more than 512 names"));
    assert_int_equal(catalog_entity_count(feed.catalog), 1 + 512);
    /* They end, and make room for others. */
    for (int i = 0; i < 7; i++)
        step();
    assert_memory_equal(recorder.gone, "name-1 1,name-2 1,", 18);
    say_jvm(900, "another", 1, 1);
    step();
    assert_true(recorder_has(&recorder, "another", "jvm.memory.used"));
    assert_int_equal(catalog_entity_count(feed.catalog), 2);
    close_sense();
}

static void test_a_full_catalog_is_told(void **state)
{
    (void)state;
    open_sense(2, NULL); /* the host and one more */
    say_hello(true);
    say_jvm(1, "A", 1, 1);
    say_jvm(2, "B", 1, 1);
    step();
    assert_true(lacks("limits on entities"));
    assert_true(recorder_has(&recorder, "A", "jvm.memory.used"));
    close_sense();
}

static uint32_t cgroup_of(void *context, uint32_t pid)
{
    (void)context;
    return pid == 7 ? (uint32_t)catalog_entity(feed.catalog, host, ENTITY_CGROUP, "app", 3, host)
                    : ENTITY_NONE;
}

static uint32_t process_of(void *context, const struct deep_id *id)
{
    (void)context;
    return id->pid == 7 ? (uint32_t)catalog_entity(feed.catalog, host, ENTITY_PROCESS, "their name", 10, host)
                        : ENTITY_NONE;
}

static void test_parents_and_names_come_from_those_who_know_them(void **state)
{
    const struct deep_home home = {.cgroup_of = cgroup_of, .process_of = process_of};

    (void)state;
    open_sense(1000, &home);
    say_hello(true);
    say_process(7, "java", 1000);
    say_process(8, "java", 1000);
    say_jvm(7, "Main", 1, 1);
    say_jvm(8, "Other", 1, 1);
    step();
    assert_true(value("their name", "process.thread.futex_wait.share") == 0.25);
    assert_false(recorder_has(&recorder, "java", "process.thread.futex_wait.share"));
    for (uint32_t i = 0; i < catalog_entity_count(feed.catalog); i++) {
        const struct entity *e = catalog_entity_get(feed.catalog, i);
        if (e->kind == ENTITY_JVM)
            assert_string_equal(catalog_entity_get(feed.catalog, e->parent)->name,
                strcmp(e->name, "app/Main") == 0 ? "app" : "h");
    }
    close_sense();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_processes_become_samples),
        cmocka_unit_test(test_jvms_become_samples),
        cmocka_unit_test(test_names_are_kept_and_passed_on),
        cmocka_unit_test(test_nothing_counts_before_the_greeting),
        cmocka_unit_test(test_a_child_that_sends_orders_or_garbage_is_not_heard_any_more),
        cmocka_unit_test(test_its_death_is_said_once_and_the_watching_goes_on),
        cmocka_unit_test(test_without_one_it_says_why),
        cmocka_unit_test(test_what_it_cannot_see_is_told),
        cmocka_unit_test(test_the_watch_is_sent_when_it_changes),
        cmocka_unit_test(test_ever_new_names_end_at_a_limit),
        cmocka_unit_test(test_a_full_catalog_is_told),
        cmocka_unit_test(test_parents_and_names_come_from_those_who_know_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
