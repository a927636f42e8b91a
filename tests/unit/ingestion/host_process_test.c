/* SPDX-License-Identifier: MIT
 * Processes through the host source: which become entities, under which name and parent, what is fed of them,
 * and what is said to be missing. Trees are in tests/golden/host; expected numbers are worked out by hand. */
#include "host_rig.h"

#include <time.h>

#include "ingestion/host/process_sample.h"

#define PAGE ((double)sysconf(_SC_PAGESIZE))

static void rounds(int from, int to)
{
    for (int i = from; i <= to; i++)
        slow(i * S);
}

static uint32_t process_entities(void)
{
    uint32_t n = 0;

    for (uint32_t e = catalog_entity_first(recorder.catalog); e != ENTITY_NONE;
         e = catalog_entity_next(recorder.catalog, e))
        n += catalog_entity_get(recorder.catalog, e)->kind == ENTITY_PROCESS;
    return n;
}

static void open_watching(const char *name)
{
    options.processes = true;
    options.max_processes = 20;
    open_case(name);
}

static void recorded_processes(void **state)
{
    static const char java[] = "system.slice/120 java @4600",
                      nginx[] = "system.slice/web.service/77 nginx: worker @4410",
                      hostile[] = "system.slice/90 a) S 1 (\n\033[2J\xff @4500";
    const char *parent;

    (void)state;
    open_watching("processes");
    assert_null(host_source_missing(source, 0));
    rounds(1, 4);
    assert_int_equal(process_entities(), 0); /* some seconds, first */
    rounds(5, 7);
    /* Three have their share of the memory; the others do nothing. */
    assert_int_equal(process_entities(), 3);
    assert_true(recorder_knows(&recorder, ENTITY_PROCESS, java, &parent));
    assert_string_equal(parent, "system.slice");
    assert_true(recorder_knows(&recorder, ENTITY_PROCESS, nginx, &parent));
    assert_string_equal(parent, "system.slice/web.service");
    assert_true(recorder_knows(&recorder, ENTITY_PROCESS, hostile, &parent));
    assert_string_equal(parent, "system.slice"); /* the nearest above that is there */
    assert_true(recorder_value(&recorder, java, "system.memory.usage") == 90000 * PAGE);
    assert_true(recorder_value(&recorder, java, "system.cpu.utilization") == 0);
    assert_true(recorder_value(&recorder, java, "process.thread.count") == 3);
    assert_true(recorder_value(&recorder, java, "process.paging.faults") == 400300);
    assert_true(recorder_value(&recorder, java, "process.paging.faults.major") == 300);
    assert_false(
        recorder_has(&recorder, java, "process.cpu.run_queue.wait")); /* of no interest: not added up */
    assert_true(
        recorder_value(&recorder, nginx, "process.cpu.run_queue.wait") == 0); /* since it is watched */
    assert_null(host_source_missing(source, 0));
    const struct process_table *t = host_source_processes(source);
    assert_int_equal(t->coverage.existing, 7);
    assert_int_equal(t->coverage.watched, 5);
    assert_true(t->coverage.spoilt > 0 && t->coverage.vanished > 0);
}

/* In a hybrid layout the path of the controller's own hierarchy counts, not that of v2. */
static void a_controllers_hierarchy_names_the_parent(void **state)
{
    (void)state;
    open_watching("linux-6.18-hybrid");
    slow(S);
    assert_null(host_source_missing(source, 0));
    const struct process_table *t = host_source_processes(source);
    assert_int_equal(t->count, 1);
    assert_string_equal(catalog_entity_get(recorder.catalog, t->items[0].parent)->name, "batch");
}

static void put_process(
    unsigned pid, const char *comm, unsigned start, unsigned rss, unsigned long long exec_ns)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%u/stat", pid);
    tree_putf(&tree, path, "%u (%s) S 1 1 1 0 -1 0 9 0 1 0 %u 0 0 0 20 0 1 0 %u 1000 %u 0 0\n", pid, comm,
        (unsigned)(exec_ns / 10000000), start, rss);
    snprintf(path, sizeof(path), "proc/%u/schedstat", pid);
    tree_putf(&tree, path, "%llu %llu %llu\n", exec_ns, exec_ns / 4, exec_ns);
    snprintf(path, sizeof(path), "proc/%u/status", pid);
    tree_putf(
        &tree, path, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t2\n", exec_ns / 1000);
}

static void put_host(void)
{
    tree_put(&tree, "proc/stat", "cpu 1 1 1 1\ncpu0 1 1 1 1\ncpu1 1 1 1 1\n");
    tree_put(&tree, "proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: 900000 kB\n");
    put_process(1, "init", 1, 100, 1000);
}

static void open_tree(void)
{
    options.processes = true;
    if (options.max_processes == 0)
        options.max_processes = 20;
    open_root(tree.root);
}

/* Half a CPU of two is a quarter of the host. */
static void what_a_busy_process_feeds(void **state)
{
    static const char name[] = "50 work @77";

    (void)state;
    put_host();
    put_process(50, "work", 77, 10, 0);
    open_tree();
    for (int i = 1; i <= 20; i++) {
        put_process(50, "work", 77, 10, (unsigned long long)i * 500000000);
        slow(i * S);
    }
    assert_int_equal(process_entities(), 1);
    assert_true(close_to(recorder_value(&recorder, name, "system.cpu.utilization"), 0.25));
    assert_true(close_to(recorder_value(&recorder, name, "process.cpu.run_queue.wait"), 19 * 0.125));
    assert_true(recorder_value(&recorder, name, "system.context_switches") == 20 * 500000 + 2);
    assert_true(recorder_value(&recorder, name, "system.memory.usage") == 10 * PAGE);
    assert_false(recorder_has(&recorder, "1 init @1", "system.cpu.utilization"));
    uint32_t entity = host_source_process_entity(source, 50, 77);
    assert_string_equal(catalog_entity_get(recorder.catalog, entity)->name, name);
    assert_int_equal(
        host_source_process_entity(source, 50, 78), ENTITY_NONE); /* another one of that number */
    assert_int_equal(host_source_process_entity(source, 1, 1), ENTITY_NONE);
    assert_int_equal(host_source_process_entity(source, 9, 1), ENTITY_NONE);
    /* Its number goes to another one: another entity, without a word from the first one's past. */
    put_process(50, "work", 2200, 10, 900000000000);
    for (int i = 21; i <= 40; i++) {
        slow(i * S);
        assert_false(recorder_has(&recorder, name, "system.cpu.utilization"));
        put_process(50, "work", 2200, 10, 900000000000 + (unsigned long long)i * 200000000);
    }
    assert_true(close_to(recorder_value(&recorder, "50 work @2200", "system.cpu.utilization"), 0.1));
    assert_int_equal(process_entities(), 1);
    assert_string_equal(recorder.gone, "50 work @77 1,");
}

/* Started 77 ticks after the host. Its age is said with its first memory, and once a minute. */
static void how_old_a_process_is(void **state)
{
    static const char name[] = "50 work @77";
    int last = 0, said = 0;

    (void)state;
    put_host();
    put_process(50, "work", 77, 10, 0);
    open_tree();
    for (int i = 1; i <= 200; i++) {
        put_process(50, "work", 77, 10, (unsigned long long)i * 500000000);
        slow(i * S);
        double uptime_s = recorder_value(&recorder, name, "process.uptime");
        if (!said && recorder_has(&recorder, name, "system.memory.usage"))
            assert_false(isnan(uptime_s));
        if (isnan(uptime_s))
            continue;
        assert_true(close_to(uptime_s, i - 0.77));
        assert_true(said == 0 || i - last == 60);
        last = i;
        said++;
    }
    assert_int_equal(said, 4);
}

/* One after the other without end: each is said to be gone when it has left the list, and leaves no entity.
 */
static void who_left_is_said_to_be_gone(void **state)
{
    (void)state;
    options.max_processes = 4;
    put_host();
    open_tree();
    for (unsigned i = 0; i < 60; i++) {
        unsigned pid = 100 + i;
        char path[32], name[64];
        for (unsigned k = 0; k < 9; k++) {
            put_process(pid, "cc1", i + 2, 10, k * 900000000ULL);
            slow((1 + i * 9 + (int64_t)k) * S);
        }
        assert_true(process_entities() >= 1 && process_entities() <= 4);
        snprintf(path, sizeof(path), "proc/%u", pid);
        tree_remove(&tree, path);
        recorder.gone[0] = '\0';
        for (int k = 0; k < 2; k++)
            slow((1 + i * 9 + 9) * S + k);
        snprintf(name, sizeof(name), "%u cc1 @%u 1,", pid, i + 2);
        assert_string_equal(recorder.gone, name);
    }
    assert_int_equal(process_entities(), 0);
    const struct process_table *t = host_source_processes(source);
    assert_true(t->coverage.adopted >= 60);
    assert_int_equal(t->count, 1);
}

#define MEMORY_PAGES ((unsigned)(1000000 * 1024.0 / PAGE)) /* of put_host */
#define KILLED       "50 work @77 2,"
#define ENDED        "50 work @77 1,"

static void put_memory(unsigned available_kb, unsigned oom_kills)
{
    tree_putf(&tree, "proc/meminfo", "MemTotal: 1000000 kB\nMemAvailable: %u kB\n", available_kb);
    tree_putf(&tree, "proc/vmstat", "oom_kill %u\n", oom_kills);
}

/* A process of so many thousandths of the host's memory, watched for ten seconds while the host is full or is
 * not; then it leaves, `after` seconds after the kernel has counted that many kills. What is said of it. */
static const char *leaves(unsigned thousandths, bool full, unsigned kills, int after)
{
    int i = 1;

    put_host();
    put_process(50, "work", 77, MEMORY_PAGES / 1000 * thousandths, 0);
    put_memory(full ? 50000 : 500000, 3);
    open_tree();
    for (; i <= 10; i++)
        slow(i * S);
    assert_int_equal(process_entities(), 1);
    put_memory(900000, 3 + kills);
    for (; i <= 10 + after; i++)
        slow(i * S);
    tree_remove(&tree, "proc/50");
    recorder.gone[0] = '\0';
    slow(i * S);
    slow((i + 1) * S);
    assert_int_equal(process_entities(), 0);
    return recorder.gone;
}

static void killed_for_want_of_memory(void **state)
{
    (void)state;
    assert_string_equal(leaves(400, true, 1, 0), KILLED);
}

static void it_may_take_some_seconds_to_leave(void **state)
{
    (void)state;
    assert_string_equal(leaves(400, true, 2, 3), KILLED);
}

static void who_leaves_long_after_a_kill_was_not_the_one(void **state)
{
    (void)state;
    assert_string_equal(leaves(400, true, 1, 7), ENDED);
}

static void without_a_kill_it_has_ended(void **state)
{
    (void)state;
    assert_string_equal(leaves(400, true, 0, 0), ENDED);
}

static void a_kill_elsewhere_is_none_of_its(void **state)
{
    (void)state;
    assert_string_equal(leaves(400, false, 1, 0), ENDED);
}

static void of_a_small_one_nobody_can_say(void **state)
{
    (void)state;
    assert_string_equal(leaves(100, true, 1, 0), ENDED);
}

/* It lives on, but what is read of it is not understood: it is off the list, and nobody killed it. */
static void who_is_not_understood_was_not_killed(void **state)
{
    (void)state;
    put_host();
    put_process(50, "work", 77, MEMORY_PAGES / 1000 * 400, 0);
    put_memory(50000, 3);
    open_tree();
    rounds(1, 10);
    assert_int_equal(process_entities(), 1);
    put_memory(50000, 4);
    tree_put(&tree, "proc/50/schedstat", "half a\n");
    tree_put(&tree, "proc/50/stat", "half a\n");
    recorder.gone[0] = '\0';
    rounds(11, 15);
    assert_string_equal(recorder.gone, ENDED);
}

/* Its cgroup is full, the host is not; of two that leave at once the larger one was it. */
static void killed_in_a_full_cgroup(void **state)
{
    (void)state;
    put_host();
    put_memory(900000, 0);
    tree_put(&tree, "proc/self/mountinfo", "1 2 0:1 / /cg rw - cgroup2 cgroup2 rw\n");
    tree_put(&tree, "cg/cgroup.controllers", "cpu memory\n");
    tree_put(&tree, "cg/shop/cpu.stat", "usage_usec 1\n");
    tree_put(&tree, "cg/shop/memory.max", "102400000\n");
    tree_put(&tree, "cg/shop/memory.current", "100000000\n");
    tree_put(&tree, "cg/shop/memory.stat", "inactive_file 0\n");
    tree_put(&tree, "cg/shop/inner/cpu.stat", "usage_usec 1\n");
    for (unsigned pid = 50; pid <= 51; pid++) {
        char path[64];
        snprintf(path, sizeof(path), "proc/%u/cgroup", pid);
        tree_put(&tree, path, "0::/shop/inner\n");
        put_process(pid, "work", 77, (unsigned)((pid == 50 ? 60e6 : 30e6) / PAGE), 0);
    }
    open_tree();
    rounds(1, 10);
    assert_int_equal(process_entities(), 2);
    put_memory(900000, 1);
    tree_put(&tree, "cg/shop/memory.current", "1000000\n");
    tree_remove(&tree, "proc/50");
    tree_remove(&tree, "proc/51");
    recorder.gone[0] = '\0';
    rounds(11, 12);
    assert_non_null(strstr(recorder.gone, "50 work @77 2,"));
    assert_non_null(strstr(recorder.gone, "51 work @77 1,"));
}

static void hidden_processes_are_said(void **state)
{
    (void)state;
    open_watching("hidepid");
    assert_true(source_lacks(source, "does not show process 1")); /* before the first round */
    rounds(1, 3);
    assert_true(source_lacks(source, "does not show process 1"));
    assert_int_equal(host_source_processes(source)->coverage.watched, 1);
}

static void more_than_the_list_is_said(void **state)
{
    (void)state;
    put_host();
    for (unsigned i = 0; i < 30; i++)
        put_process(100 + i, "sleep", 5, 1, 0);
    open_tree();
    rounds(1, 4);
    assert_true(source_lacks(source, "31 processes exist, more than the 20 of sources.host.max_processes"));
    for (unsigned i = 0; i < 30; i++) {
        char path[32];
        snprintf(path, sizeof(path), "proc/%u", 100 + i);
        tree_remove(&tree, path);
    }
    rounds(5, 20);
    assert_false(source_lacks(source, "max_processes"));
}

static void they_can_be_left_out(void **state)
{
    (void)state;
    options.processes = false;
    open_case("processes");
    rounds(1, 10);
    assert_null(host_source_processes(source));
    assert_int_equal(process_entities(), 0);
}

/* A catalog without room says so, and the rounds go on. */
static void a_full_catalog(void **state)
{
    const struct catalog_limits limits = {.entities = 6, .series = 64, .metrics = 8};
    struct error e;

    (void)state;
    put_host();
    put_process(50, "a", 5, 100000, 0);
    put_process(51, "b", 5, 100000, 0);
    put_process(52, "c", 5, 100000, 0);
    put_process(53, "d", 5, 100000, 0);
    options.processes = true;
    options.max_processes = 20;
    feed = recorder_feed(&recorder, 4);
    catalog_free(recorder.catalog);
    recorder.catalog = feed.catalog = catalog_new(&limits);
    source = host_source_open(&options, tree.root, "h", &feed, &e);
    assert_non_null(source);
    rounds(1, 30);
    assert_int_equal(process_entities(), 3); /* host, two CPUs, and these */
    assert_true(source_lacks(source, "no room"));
}

static int64_t now_ns(void)
{
    struct timespec at;

    clock_gettime(CLOCK_MONOTONIC, &at);
    return at.tv_sec * S + at.tv_nsec;
}

/* This very process works, and is found. */
static void this_process_is_found(void **state)
{
    const struct process *self = NULL;

    (void)state;
    options.processes = true;
    options.max_processes = 10000;
    open_root("");
    /* A machine that is full may hold a round up for longer than a rate may span: then once more. */
    for (int i = 0; i < 20 && !(self && self->cores > 0); i++) {
        int64_t end_ns = now_ns() + 200 * MS;
        while (now_ns() < end_ns)
            ;
        int64_t mono_ns = now_ns();
        assert_int_equal(host_source_slow(source, mono_ns, mono_ns), 0);
        self = process_table_find(host_source_processes(source), (uint32_t)getpid());
    }
    assert_non_null(self);
    assert_true(self->cores > 0 && self->cores < 1.5);
    assert_true(self->stat.rss_pages > 0);
    assert_true(host_source_processes(source)->coverage.existing > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(recorded_processes),
        TEST(a_controllers_hierarchy_names_the_parent),
        TEST(what_a_busy_process_feeds),
        TEST(how_old_a_process_is),
        TEST(who_left_is_said_to_be_gone),
        TEST(killed_for_want_of_memory),
        TEST(it_may_take_some_seconds_to_leave),
        TEST(who_leaves_long_after_a_kill_was_not_the_one),
        TEST(without_a_kill_it_has_ended),
        TEST(a_kill_elsewhere_is_none_of_its),
        TEST(of_a_small_one_nobody_can_say),
        TEST(who_is_not_understood_was_not_killed),
        TEST(killed_in_a_full_cgroup),
        TEST(hidden_processes_are_said),
        TEST(more_than_the_list_is_said),
        TEST(they_can_be_left_out),
        TEST(a_full_catalog),
        TEST(this_process_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
