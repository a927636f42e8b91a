/* SPDX-License-Identifier: MIT
 * Ids are never given twice, grow, and find their things; memory follows what is there. The other
 * implementation is an array of all ids that ever were. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "base/id_table.h"
#include "base/rng.h"

static char things[1 << 20];

static void without_removals_ids_are_counted(void **state)
{
    struct id_table t = {0};
    (void)state;

    assert_null(id_table_get(&t, 0));
    assert_int_equal(id_table_places(&t), 0);
    for (uint32_t i = 0; i < 5000; i++)
        assert_int_equal(id_table_take(&t, &things[i], UINT32_MAX - 1), i);
    assert_int_equal(t.count, 5000);
    assert_int_equal(id_table_places(&t), 8192); /* the next power of two */
    for (uint32_t i = 0; i < 5000; i++)
        assert_ptr_equal(id_table_get(&t, i), &things[i]);
    assert_null(id_table_get(&t, 5000));
    assert_null(id_table_get(&t, ID_TABLE_NO_ID));
    id_table_done(&t);
    assert_null(id_table_get(&t, 0));
}

static void lives_come_and_go(void **state)
{
    enum { IDS = 1 << 20, THERE = 3000 };
    struct id_table t = {0}, other = {0};
    struct rng rng;
    uint32_t *there = calloc(THERE, sizeof(*there)), count = 0, last = 0, most = 0, given = 0;
    char *lives = calloc(4 * IDS, 1);
    (void)state;

    assert_true(there && lives);
    rng_seed(&rng, 1);
    /* A dense run that stays for ever, in the way of all that come. */
    for (uint32_t i = 0; i < 1000; i++)
        id_table_take(&t, &things[i], UINT32_MAX - 1);
    last = 999;
    while (given < IDS / 4) {
        if (count < THERE && rng_uniform(&rng) < 0.502) {
            int64_t id = id_table_take(&t, &things[given++], UINT32_MAX - 1);
            assert_true(id > last && id < 4 * (int64_t)IDS);
            last = (uint32_t)id;
            lives[id] = 1;
            there[count++] = last;
            assert_int_equal(id_table_put(&other, last, &things[given - 1]), 0);
            most = t.count > most ? t.count : most;
        } else if (count > 0) {
            uint32_t at = (uint32_t)(rng_next(&rng) % count), id = there[at];
            assert_non_null(id_table_get(&t, id));
            assert_ptr_equal(id_table_get(&t, id), id_table_get(&other, id));
            id_table_remove(&t, id);
            id_table_remove(&other, id);
            lives[id] = 0;
            there[at] = there[--count];
            assert_null(id_table_get(&t, id));
        }
        uint32_t any = (uint32_t)(rng_next(&rng) % (last + 1));
        assert_true((id_table_get(&t, any) != NULL) == (any < 1000 || lives[any]));
        assert_true((id_table_get(&other, any) != NULL) == (lives[any] != 0));
    }
    print_message("# %u given, last id %u, at most %u at a time in %u places\n", given, last, most,
        id_table_places(&t));
    assert_true(id_table_places(&t) <= 4 * most);
    assert_true(id_table_places(&other) <= id_table_places(&t));
    assert_true(last < 2 * given + 1000); /* at most every second id is passed over */
    for (uint32_t i = 0; i < 1000; i++)
        assert_ptr_equal(id_table_get(&t, i), &things[i]);
    id_table_done(&t);
    id_table_done(&other);
    free(there);
    free(lives);
}

static void numbers_end(void **state)
{
    struct id_table t = {0};
    (void)state;

    for (uint32_t i = 0; i <= 40; i++) {
        assert_int_equal(id_table_take(&t, things, 40), i);
        id_table_remove(&t, i);
    }
    assert_int_equal(id_table_take(&t, things, 40), -ENOSPC);
    assert_int_equal(t.count, 0);
    id_table_remove(&t, 7);
    assert_int_equal(t.count, 0);
    /* The last of all. */
    t.next = UINT32_MAX - 1;
    assert_true(id_table_take(&t, things, UINT32_MAX - 1) == UINT32_MAX - 1);
    assert_int_equal(id_table_take(&t, things, UINT32_MAX - 1), -ENOSPC);
    assert_ptr_equal(id_table_get(&t, UINT32_MAX - 1), things);
    id_table_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_removals_ids_are_counted),
        cmocka_unit_test(lives_come_and_go),
        cmocka_unit_test(numbers_end),
    };
    return cmocka_run_group_tests_name("id_table", tests, NULL, NULL);
}
