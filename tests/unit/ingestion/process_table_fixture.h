/* SPDX-License-Identifier: MIT
 * For tests of the process table: one over a tree that changes between rounds. Include it last, once a
 * program. */
#ifndef COHERENCE_TESTS_PROCESS_TABLE_FIXTURE_H
#define COHERENCE_TESTS_PROCESS_TABLE_FIXTURE_H

#include <cmocka.h>

#include "host_fixture.h"
#include "ingestion/host/process_rank.h"

#define S INT64_C(1000000000)

static struct tree tree;
static struct process_table table;
static struct process_table_options options;
static struct counter_rules rules;
static struct kfile_buffer buffer;
static struct cgroup_tree cgroups;
static struct recorder recorder;
static uint64_t forks;
static bool counts_forks;
static int root_fd;

static inline int set_up(void **state)
{
    (void)state;
    tree_make(&tree);
    tree_put(&tree, "proc/stat", "cpu 1 2 3 4\n");
    root_fd = open(tree.root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    rules = (struct counter_rules){.max_gap_ns = 3 * S};
    options = (struct process_table_options){
        .max = 8, .descriptors = 100, .tick_hz = 100, .page_bytes = 4096, .rules = &rules};
    recorder_feed(&recorder, 64);
    cgroups = (struct cgroup_tree){.catalog = recorder.catalog};
    cgroups.host = (uint32_t)catalog_host(recorder.catalog, "h", 1);
    for (int i = 0; i < CGROUP_ROLE_COUNT; i++)
        cgroups.layout.role_mount[i] = CGROUP_MOUNT_NONE;
    counts_forks = false;
    table.proc_fd = table.listing.fd = table.tasks.fd = -1;
    return kfile_buffer_init(&buffer, 65536, 65536);
}

static inline int tear_down(void **state)
{
    (void)state;
    process_table_done(&table);
    kfile_buffer_done(&buffer);
    catalog_free(recorder.catalog);
    recorder.catalog = NULL;
    close(root_fd);
    tree_done(&tree);
    return 0;
}

static inline void open_table(void)
{
    assert_int_equal(process_table_init(&table, &options, root_fd), 0);
}

static inline void turn(int64_t second)
{
    const struct process_round round = {.buffer = &buffer,
        .tree = &cgroups,
        .mono_ns = second * S,
        .memory_bytes = UINT64_C(1) << 30,
        .forks = forks,
        .has_forks = counts_forks};

    process_table_round(&table, &round);
}

struct person {
    unsigned pid;
    const char *comm;
    unsigned ticks, threads, start, rss, faults;
};

static inline void put_stat(const struct person *x)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%u/stat", x->pid);
    tree_putf(&tree, path, "%u (%s) S 1 1 1 0 -1 0 %u 0 0 0 %u 0 0 0 20 0 %u 0 %u 1000 %u 0 0\n", x->pid,
        x->comm, x->faults, x->ticks, x->threads ? x->threads : 1, x->start, x->rss);
}

static inline void put_sched(
    unsigned pid, unsigned long long exec_ns, unsigned long long wait_ns, unsigned slices)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%u/schedstat", pid);
    tree_putf(&tree, path, "%llu %llu %u\n", exec_ns, wait_ns, slices);
}

static inline void remove_process(unsigned pid)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/%u", pid);
    tree_remove(&tree, path);
}

static inline bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static inline void crowd(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        put_stat(&(struct person){.pid = 100 + i, .comm = "sleep", .start = i + 1});
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
