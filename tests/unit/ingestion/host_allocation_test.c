/* SPDX-License-Identifier: MIT
 * Steady rounds allocate nothing, the search for cgroups every ten seconds included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/allocations.h"
#include "host_fixture.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

static unsigned long allocations_of_a_minute(const char *root, bool processes)
{
    static struct recorder recorder;
    const struct host_options options = {.interval_ns = S,
        .fast_interval_ns = 100 * MS,
        .cgroups = true,
        .max_cgroups = 50,
        .max_cpus = 64,
        .processes = processes,
        .max_processes = 100};
    struct feed feed = recorder_feed(&recorder, 256);
    struct error e;
    struct host_source *source = host_source_open(&options, root, NULL, &feed, &e);
    unsigned long before = 0;

    assert_non_null(source);
    assert_true(allocations > 0); /* the counter counts */
    for (int64_t t = S; t < 120 * S; t += 100 * MS) {
        if (t == 60 * S)
            before =
                allocations; /* by then every series has been asked for, those of network namespaces, too */
        assert_int_equal(host_source_fast(source, t, t), 0);
        if (t % S == 0)
            assert_int_equal(host_source_slow(source, t, t), 0);
    }
    unsigned long steady = allocations - before;
    host_source_close(source);
    catalog_free(recorder.catalog);
    return steady;
}

static void recorded_hosts(void **state)
{
    static const char *const cases[] = {"linux-3.10-v1", "linux-5.10-v2", "linux-6.18-hybrid", "malformed",
        "only-stat", "processes", "hidepid"};
    const char *top = getenv("COHERENCE_SOURCE_ROOT");
    char root[FIXTURE_PATH_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        snprintf(root, sizeof(root), "%s/tests/golden/host/%s", top ? top : ".", cases[i]);
        assert_int_equal(allocations_of_a_minute(root, true), 0);
    }
}

/* On a shared machine a cgroup may appear within the milliseconds of this test; then the catalog may
 * allocate. */
static void this_host(void **state)
{
    unsigned long n = 0;

    (void)state;
    for (int attempt = 0; attempt < 3; attempt++) {
        /* Of processes only the table: any may become an entity within these milliseconds. */
        n = allocations_of_a_minute("", false);
        if (n == 0)
            break;
    }
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_hosts),
        cmocka_unit_test(this_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
