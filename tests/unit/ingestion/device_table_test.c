/* SPDX-License-Identifier: MIT
 * What is remembered of interfaces and disks that come, go and swap places. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "ingestion/host/device_table.h"

static void devices_come_go_and_swap_places(void **state)
{
    static struct device_table t;
    bool is_new;

    (void)state;
    device_table_begin(&t);
    device_table_get(&t, "a", &is_new)->counters[0].value = 1;
    assert_true(is_new);
    device_table_get(&t, "b", &is_new)->counters[0].value = 2;
    assert_null(device_table_get(&t, "a", &is_new)); /* twice in one round */
    device_table_end(&t);

    device_table_begin(&t);
    assert_true(device_table_get(&t, "b", &is_new)->counters[0].value == 2);
    assert_false(is_new);
    device_table_get(&t, "c", &is_new);
    device_table_end(&t);
    assert_int_equal(t.count, 2);

    device_table_begin(&t);
    assert_true(device_table_get(&t, "a", &is_new)->counters[0].value == 0); /* forgotten when it left */
    assert_true(is_new);
    device_table_end(&t);
    assert_int_equal(t.count, 1);
}

static void a_flood_of_devices_is_bounded(void **state)
{
    static struct device_table t;
    char name[32];
    bool is_new;

    (void)state;
    for (int round = 0; round < 3; round++) {
        device_table_begin(&t);
        for (int i = 0; i < 2 * DEVICE_MAX; i++) {
            snprintf(name, sizeof(name), "d%d-%d", round, i);
            device_table_get(&t, name, &is_new);
        }
        device_table_end(&t);
        assert_true(t.count <= DEVICE_MAX);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(devices_come_go_and_swap_places),
        cmocka_unit_test(a_flood_of_devices_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
