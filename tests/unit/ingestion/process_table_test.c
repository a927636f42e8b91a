/* SPDX-License-Identifier: MIT
 * The process table over trees that change between rounds: what is read of a process, what happens when
 * processes end, come back under the same number or cannot be read. Who is watched is process_list_test.c's
 * matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <sys/resource.h>

#include "process_table_fixture.h"

static void cpu_time_is_exact_where_the_kernel_says(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 1, .comm = "init", .start = 5});
    put_sched(1, 1000000, 500, 3);
    put_stat(&(struct person){.pid = 20, .comm = "java", .ticks = 100, .threads = 4, .start = 9});
    put_sched(20, 77, 77, 77); /* the first thread's alone: not used */
    open_table();
    turn(1);
    assert_int_equal(table.count, 2);
    assert_int_equal(table.coverage.existing, 2);
    assert_true(table.coverage.sees_first);
    struct process *init = process_table_find(&table, 1), *java = process_table_find(&table, 20);
    assert_non_null(init);
    assert_non_null(java);
    assert_true(isnan(init->cores) && isnan(java->cores)); /* one reading is no rate */
    put_sched(1, 251000000, 700500, 9);
    put_stat(&(struct person){.pid = 20, .comm = "java", .ticks = 170, .threads = 4, .start = 9, .rss = 6});
    turn(2);
    init = process_table_find(&table, 1), java = process_table_find(&table, 20);
    assert_true(close_to(init->cores, 0.25));
    assert_int_equal(init->wait_ns, 700000);
    assert_true(init->has_wait);
    assert_true(close_to(java->cores, 0.7));
    assert_int_equal(java->stat.rss_pages, 6);
    put_sched(1, 251000000, 700500, 9);
    turn(3);
    assert_true(process_table_find(&table, 1)->cores == 0);
    turn(9); /* a gap: no rate */
    assert_true(isnan(process_table_find(&table, 1)->cores));
}

/* What did not run is not read anew; what did is, soon. */
static void stat_follows_what_ran(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 5, .comm = "a", .start = 5, .rss = 10});
    put_sched(5, 1000, 0, 1);
    open_table();
    turn(1);
    put_stat(&(struct person){.pid = 5, .comm = "a", .start = 5, .rss = 20});
    turn(2);
    assert_int_equal(process_table_find(&table, 5)->stat.rss_pages, 10);
    assert_true(process_table_find(&table, 5)->stat_is_current);
    put_sched(5, 2000, 0, 2);
    turn(3);
    assert_int_equal(process_table_find(&table, 5)->stat.rss_pages, 20);
    assert_true(process_table_find(&table, 5)->stat_is_current);
}

/* What was used by then, and whether it was read. */
static bool was_read(int64_t second, unsigned long long exec_ns, double *ret_cores)
{
    put_sched(5, exec_ns, 0, (unsigned)second);
    put_stat(&(struct person){.pid = 7, .comm = "b", .threads = 3, .start = 5, .ticks = (unsigned)second});
    turn(second);
    const struct process *one = process_table_find(&table, 5), *many = process_table_find(&table, 7);
    assert_int_equal(one->sched.exec_ns == exec_ns, many->stat.ticks == (uint64_t)second); /* all or none */
    *ret_cores = one->cores;
    return one->sched.exec_ns == exec_ns;
}

/* Where a cgroup has used no CPU since a process of it was read, the process need not be read: it has not
 * run. (Here the files say otherwise, to tell who reads them.) */
static void who_is_in_a_cgroup_that_rests_is_not_read(void **state)
{
    struct cgroup group = {.has_used = true, .worked_ns = S};
    double cores;
    (void)state;

    group.entity = (uint32_t)catalog_entity_below(recorder.catalog, cgroups.host, ENTITY_CGROUP, "g", 1);
    put_stat(&(struct person){.pid = 5, .comm = "a", .start = 5});
    put_sched(5, 1000, 0, 1);
    put_stat(&(struct person){.pid = 7, .comm = "b", .threads = 3, .start = 5});
    open_table();
    turn(1);
    turn(2);
    cgroups.items = &group;
    cgroups.count = 1;
    const uint32_t pids[] = {5, 7};
    for (int i = 0; i < 2; i++) {
        process_table_find(&table, pids[i])->parent = group.entity;
        process_table_find(&table, pids[i])->parent_has_its_time = true;
    }
    cgroups.usage_ns = 3 * S - S / 10;
    assert_false(was_read(3, 500000000, &cores));
    assert_true(cores == 0);
    /* It works, since what was known of it last: a second and a tenth. */
    cgroups.usage_ns = group.worked_ns = 4 * S - S / 10;
    assert_true(was_read(4, 550001000, &cores));
    assert_true(close_to(cores, 0.5));
    assert_true(was_read(5, 600000000, &cores)); /* nothing new is known of the cgroup */
    for (int64_t s = 6; s <= 11; s++) {
        cgroups.usage_ns = s * S - S / 10;
        assert_int_equal(was_read(s, 600000000 + (unsigned long long)s, &cores), s == 10);
        assert_true(cores < 1e-6);
    }
    /* Not known to hold its time; not there any more; not known itself. */
    cgroups.usage_ns = 12 * S;
    for (int i = 0; i < 2; i++)
        process_table_find(&table, pids[i])->parent_has_its_time = false;
    assert_true(was_read(12, 700000000, &cores));
    for (int i = 0; i < 2; i++)
        process_table_find(&table, pids[i])->parent_has_its_time = true;
    cgroups.usage_ns = 13 * S;
    group.has_used = false;
    assert_true(was_read(13, 710000000, &cores));
    group.has_used = true;
    cgroups.usage_ns = 14 * S;
    cgroups.count = 0;
    assert_true(was_read(14, 720000000, &cores));
    cgroups.items = NULL;
}

/* A kernel without CONFIG_SCHED_INFO has the file and says 0 in it. */
static void an_uncounted_schedstat_is_left(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 5, .comm = "a", .ticks = 100, .start = 5});
    put_sched(5, 0, 0, 0);
    open_table();
    turn(1);
    put_stat(&(struct person){.pid = 5, .comm = "a", .ticks = 150, .start = 5});
    turn(2);
    assert_true(close_to(process_table_find(&table, 5)->cores, 0.5));
    assert_false(process_table_find(&table, 5)->has_wait);
    assert_int_equal(table.descriptors, 1);
}

static void a_process_that_ends_is_let_go(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 5, .comm = "a", .start = 5});
    put_stat(&(struct person){.pid = 6, .comm = "b", .start = 6});
    put_stat(&(struct person){.pid = 7, .comm = "c", .start = 7});
    options.descriptors = 0; /* by name: the tree's files do not answer ESRCH */
    open_table();
    turn(1);
    assert_int_equal(table.count, 3);
    assert_int_equal(table.descriptors, 0);
    remove_process(5);
    turn(2);
    assert_int_equal(table.count, 2);
    assert_null(process_table_find(&table, 5));
    assert_non_null(process_table_find(&table, 6));
    assert_non_null(process_table_find(&table, 7));
    assert_int_equal(table.coverage.vanished, 1);
    turn(3);
    assert_int_equal(table.coverage.existing, 2);
}

static void a_number_given_out_again_is_another_process(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 5, .comm = "old", .ticks = 100, .start = 5});
    open_table();
    turn(1);
    put_stat(&(struct person){.pid = 5, .comm = "new", .ticks = 900, .start = 777});
    turn(2);
    struct process *p = process_table_find(&table, 5);
    if (p) { /* taken in again by the same round: as a new one */
        assert_string_equal(p->stat.comm, "new");
        assert_true(isnan(p->cores));
    }
    turn(3);
    turn(4);
    p = process_table_find(&table, 5);
    assert_non_null(p);
    assert_int_equal(p->stat.start_ticks, 777);
    assert_true(p->cores == 0); /* never 8 CPUs, the difference between two processes */
    assert_int_equal(table.coverage.adopted, 2);
}

static void damaged_and_refused_processes(void **state)
{
    (void)state;
    put_stat(&(struct person){.pid = 1, .comm = "init", .start = 1});
    put_stat(&(struct person){.pid = 2, .comm = "later", .start = 2});
    tree_put(&tree, "proc/3/stat", "3 (cut) S 1 1"); /* no end */
    tree_put(&tree, "proc/4/other", "");             /* ended: its directory is all there is */
    tree_put(&tree, "proc/5/stat", "6 (liar) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 9 0 0\n");
    tree_put(&tree, "proc/6/stat", "");
    tree_put(&tree, "proc/7/stat/file", ""); /* no file */
    tree_put(&tree, "proc/99999999999/stat", "");
    tree_put(&tree, "proc/5000000/stat", "");
    tree_put(&tree, "proc/12a/stat", "");
    open_table();
    turn(1);
    assert_int_equal(table.count, 2);
    assert_int_equal(table.coverage.existing, 7);
    turn(2);
    /* One bad reading is a dropped sample, three in a row are a process that is gone. */
    tree_put(&tree, "proc/2/stat", "2 (later) S 1 1");
    turn(3);
    assert_int_equal(table.count, 2);
    assert_true(isnan(process_table_find(&table, 2)->cores));
    put_stat(&(struct person){.pid = 2, .comm = "later", .ticks = 60, .start = 2});
    turn(4);
    assert_true(close_to(process_table_find(&table, 2)->cores, 0.3)); /* 60 ticks in two seconds */
    tree_put(&tree, "proc/2/stat", "2 (later) S 1 1");
    turn(5);
    turn(6);
    assert_int_equal(table.count, 2);
    turn(7);
    assert_int_equal(table.count, 1);
}

static uint32_t open_descriptors(void)
{
    uint32_t n = 0;
    DIR *d = opendir("/proc/self/fd");

    while (readdir(d))
        n++;
    closedir(d);
    return n;
}

static void without_descriptors_it_reads_by_name(void **state)
{
    struct rlimit old, low;

    (void)state;
    crowd(8);
    for (unsigned i = 0; i < 8; i++)
        put_sched(100 + i, 1000, 0, 1);
    uint32_t before = open_descriptors();
    open_table();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
    low = old;
    low.rlim_cur = before + 6;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
    turn(1);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
    assert_true(table.coverage.refused > 0);
    for (int i = 2; i < 6; i++)
        turn(i);
    assert_int_equal(table.count, 8);
    for (unsigned i = 0; i < 8; i++)
        assert_true(process_table_find(&table, 100 + i)->cores == 0);
    process_table_set_descriptors(&table, 2);
    assert_true(table.descriptors <= 2);
    turn(6);
    turn(7);
    assert_int_equal(table.count, 8);
    process_table_set_descriptors(&table, 0);
    assert_int_equal(open_descriptors(), before + 2); /* the directory and its listing */
    process_table_done(&table);
    assert_int_equal(open_descriptors(), before);
}

static void no_directory(void **state)
{
    (void)state;
    tree_remove(&tree, "proc");
    assert_int_equal(process_table_init(&table, &options, root_fd), -ENOENT);
    turn(1);
    assert_int_equal(table.count, 0);
    assert_int_equal(table.coverage.error, -ENOENT);
}

static unsigned top(enum process_order order, uint32_t below, struct process_rank *out)
{
    const struct process_query q = {recorder.catalog, below, order};

    return process_table_top(&table, &q, out, 3);
}

static void rankings(void **state)
{
    struct process_rank out[3];
    uint32_t inside;
    double wait, share;

    (void)state;
    crowd(6);
    put_sched(101, 1000, 1000, 1);
    open_table();
    turn(1);
    inside = (uint32_t)catalog_entity(recorder.catalog, cgroups.host, ENTITY_CGROUP, "web", 3, cgroups.host);
    process_table_find(&table, 103)->parent = inside;
    for (unsigned s = 2; s <= 30; s++) {
        put_sched(101, s * 100000000ULL, s * 20000000ULL, s); /* 0.1 CPU, steady; waits a fiftieth */
        put_stat(&(struct person){.pid = 102, .comm = "swing", .ticks = s / 4 * 40, .start = 3});
        put_stat(&(struct person){.pid = 103, .comm = "big", .start = 4, .ticks = s * 30, .rss = s * 10});
        put_stat(&(struct person){.pid = 104, .comm = "faults", .start = 5, .faults = s * 500});
        turn(s);
    }
    assert_int_equal(top(PROCESS_BY_CPU, cgroups.host, out), 3);
    assert_int_equal(out[0].process->stat.pid, 103);
    assert_true(fabs(out[0].value - 0.3) < 0.02);
    assert_int_equal(out[2].process->stat.pid, 102);
    assert_true(out[0].share + out[1].share + out[2].share > 0.999);
    assert_int_equal(top(PROCESS_BY_CPU, inside, out), 1);
    assert_int_equal(out[0].process->stat.pid, 103);
    assert_true(out[0].share == 1);
    assert_true(top(PROCESS_BY_CPU_VARIANCE, cgroups.host, out) > 0);
    assert_int_equal(out[0].process->stat.pid, 102);
    assert_int_equal(top(PROCESS_BY_GROWTH, cgroups.host, out), 1);
    assert_int_equal(out[0].process->stat.pid, 103);
    assert_true(fabs(out[0].value - 40960) < 0.05 * 40960);
    assert_int_equal(top(PROCESS_BY_FAULTS, cgroups.host, out), 1);
    assert_true(fabs(out[0].value - 500) < 0.05 * 500);
    assert_int_equal(top(PROCESS_BY_MAJOR_FAULTS, cgroups.host, out), 0);
    assert_int_equal(top(PROCESS_BY_WAIT, cgroups.host, out), 1);
    assert_true(fabs(out[0].value - 0.02) < 1e-3);
    const struct process_query all = {recorder.catalog, cgroups.host, PROCESS_BY_WAIT};
    assert_true(process_table_wait(&table, &all, &wait, &share));
    assert_true(fabs(wait - 0.02) < 1e-3);
    assert_true(share > 0.15 && share < 0.25); /* a tenth of a CPU of half a one */
    const struct process_query some = {recorder.catalog, inside, PROCESS_BY_WAIT};
    assert_false(process_table_wait(&table, &some, &wait, &share));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cpu_time_is_exact_where_the_kernel_says),
        TEST(stat_follows_what_ran),
        TEST(who_is_in_a_cgroup_that_rests_is_not_read),
        TEST(an_uncounted_schedstat_is_left),
        TEST(a_process_that_ends_is_let_go),
        TEST(a_number_given_out_again_is_another_process),
        TEST(damaged_and_refused_processes),
        TEST(without_descriptors_it_reads_by_name),
        TEST(no_directory),
        TEST(rankings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
