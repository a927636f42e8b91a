/* SPDX-License-Identifier: MIT
 * The waiting of a process' threads, over a tree that changes between readings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_fixture.h"
#include "ingestion/host/process_threads.h"

static struct tree tree;
static struct process_threads threads;
static struct kdir listing;
static struct kfile_buffer buffer;
static struct process_threads_reading reading;
static uint32_t calls;

static int set_up(void **state)
{
    char path[FIXTURE_PATH_MAX];

    (void)state;
    tree_make(&tree);
    tree_put(&tree, "proc/9/task/x", "no thread\n");
    threads = (struct process_threads){0};
    snprintf(path, sizeof(path), "%s/proc", tree.root);
    reading = (struct process_threads_reading){.proc_fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC),
        .pid = 9,
        .listing = &listing,
        .buffer = &buffer,
        .mono_ns = 1,
        .calls = &calls};
    calls = 0;
    return kfile_buffer_init(&buffer, 4096, 4096);
}

static int tear_down(void **state)
{
    (void)state;
    close(reading.proc_fd);
    kfile_buffer_done(&buffer);
    tree_done(&tree);
    return 0;
}

static void put(unsigned tid, unsigned long long wait_ns)
{
    char path[64];

    snprintf(path, sizeof(path), "proc/9/task/%u/schedstat", tid);
    tree_putf(&tree, path, "5 %llu 1\n", wait_ns);
}

static void waiting_is_added_up(void **state)
{
    (void)state;
    put(9, 1000);
    put(10, 50);
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    assert_int_equal(threads.count, 2);
    assert_int_equal(threads.total_ns, 0); /* counts from here on */
    assert_true(calls <= process_threads_cost(2));
    put(9, 1300);
    put(10, 60);
    put(11, 7); /* new: all that it waited */
    reading.mono_ns = 2;
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    assert_int_equal(threads.total_ns, 317);
    assert_int_equal(threads.read_ns, 2);
    tree_remove(&tree, "proc/9/task/10"); /* ends */
    put(9, 1301);
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    assert_int_equal(threads.total_ns, 318);
    assert_int_equal(threads.count, 2);
    put(9, 5); /* counters do not fall; what does is no waiting */
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    assert_int_equal(threads.total_ns, 318);
}

static void too_many_are_no_sum(void **state)
{
    (void)state;
    put(9, 0);
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    put(9, 10);
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    for (unsigned i = 0; i <= PROCESS_THREADS_MAX; i++)
        put(100 + i, 1);
    assert_int_equal(process_threads_read(&threads, &reading), -E2BIG);
    for (unsigned i = 0; i <= PROCESS_THREADS_MAX; i++) {
        char path[64];
        snprintf(path, sizeof(path), "proc/9/task/%u", 100 + i);
        tree_remove(&tree, path);
    }
    put(9, 5000);
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    assert_int_equal(threads.total_ns, 10); /* what was waited meanwhile is not known */
}

static void what_cannot_be_read_is_said(void **state)
{
    (void)state;
    assert_int_equal(process_threads_read(&threads, &reading), -ESRCH); /* no thread at all */
    reading.pid = 77;
    assert_int_equal(process_threads_read(&threads, &reading), -ESRCH);
    reading.pid = 9;
    tree_put(&tree, "proc/9/task/9/schedstat", "5 6"); /* cut */
    assert_int_equal(process_threads_read(&threads, &reading), -EBADMSG);
    tree_remove(&tree, "proc/9/task/9/schedstat"); /* ended between the listing and the reading */
    put(10, 1);
    assert_int_equal(process_threads_read(&threads, &reading), 0);
    assert_int_equal(threads.count, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(waiting_is_added_up),
        TEST(too_many_are_no_sum),
        TEST(what_cannot_be_read_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
