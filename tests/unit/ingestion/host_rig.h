/* SPDX-License-Identifier: MIT
 * A host source over a recorded tree, one program at a time: what the tests of the host source begin with. */
#ifndef COHERENCE_TESTS_INGESTION_HOST_RIG_H
#define COHERENCE_TESTS_INGESTION_HOST_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "host_fixture.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)
static struct recorder recorder;
static struct host_options options;
static struct host_source *source;
static struct feed feed;
static struct tree tree;

static inline void set_options(void)
{
    options = (struct host_options){
        .interval_ns = S, .fast_interval_ns = 100 * MS, .cgroups = true, .max_cgroups = 50, .max_cpus = 8};
}

static inline void open_root(const char *root)
{
    struct error e = {0};

    feed = recorder_feed(&recorder, 256);
    source = host_source_open(&options, root, NULL, &feed, &e);
    if (!source)
        print_message("%s\n", e.text);
    assert_non_null(source);
}

static inline void open_case(const char *name)
{
    const char *top = getenv("COHERENCE_SOURCE_ROOT");
    char root[FIXTURE_PATH_MAX];

    snprintf(root, sizeof(root), "%s/tests/golden/host/%s", top ? top : ".", name);
    open_root(root);
}

static inline int set_up(void **state)
{
    (void)state;
    set_options();
    source = NULL;
    tree_make(&tree);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    host_source_close(source);
    catalog_free(recorder.catalog);
    recorder.catalog = NULL;
    tree_done(&tree);
    return 0;
}

static inline double value(const char *metric)
{
    return recorder_value(&recorder, "", metric);
}

static inline bool close_to(double a, double b)
{
    return fabs(a - b) <= 1e-9 * fmax(1, fabs(b));
}

static inline void fast(int64_t at_ns)
{
    recorder.count = 0;
    assert_int_equal(host_source_fast(source, 1000 * S + at_ns, at_ns), 0);
}

static inline void slow(int64_t at_ns)
{
    recorder.count = 0;
    assert_int_equal(host_source_slow(source, 1000 * S + at_ns, at_ns), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

#endif
