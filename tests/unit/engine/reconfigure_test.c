/* SPDX-License-Identifier: MIT
 * Other options in the middle of a life: an engine that is given them says from there on, byte for byte, what
 * one says that was restored from its snapshot with them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "engine/snapshot.h"
#include "tape.h"
#include "world.h"

#define SECOND INT64_C(1000000000)
#define LIMIT  (64U << 20)

static struct engine_options other(int64_t threads)
{
    struct engine_options o = tape_options(threads);

    o.false_alarm_budget_per_day = 4;
    o.veto_ttl_ns = 20 * SECOND;
    o.incident_join_ns = 30 * SECOND;
    o.incident_persistent_ns = 60 * SECOND;
    o.stale_after_ns = 15 * SECOND;
    o.warmup_samples = 9;
    o.max_entities = 5000;
    o.max_series = 6000;
    return o;
}

static void compare(const struct tape *t, uint32_t ticks, int64_t threads)
{
    struct engine_options before = tape_options(threads), after = other(threads);
    struct player changed, restored, same;
    struct pack snapshot, a, b;

    pack_to_write(&snapshot, LIMIT);
    pack_to_write(&a, LIMIT);
    pack_to_write(&b, LIMIT);
    player_start(&changed, t, &before, true);
    player_play(&changed, ticks);
    player_save(&changed, &snapshot);
    player_restore(&restored, &changed, &after, true, snapshot.bytes, snapshot.at);
    player_restore(&same, &changed, &before, true, snapshot.bytes, snapshot.at);
    const size_t said = changed.length;
    assert_int_equal(engine_set_options(changed.engine, &after), 0);
    assert_int_equal(changed.length, said); /* nothing is said of it */
    player_play(&changed, UINT32_MAX);
    player_play(&restored, UINT32_MAX);
    player_play(&same, UINT32_MAX);
    assert_same_text(changed.said + said, changed.length - said, restored.said, restored.length);
    player_save(&changed, &a);
    player_save(&restored, &b);
    assert_same_bytes(&a, &b);
    /* The options mattered: this test can fail. */
    player_save(&same, &b);
    assert_true(a.at != b.at || memcmp(a.bytes, b.bytes, a.at) != 0);
    player_done(&changed);
    player_done(&restored);
    player_done(&same);
    pack_free(&snapshot);
    pack_free(&a);
    pack_free(&b);
}

static void is_as_if_restored(void **state)
{
    struct tape t;

    (void)state;
    world_of_seconds(&t, 400);
    for (uint32_t ticks = 20; ticks < 400; ticks += 95)
        compare(&t, ticks, 1);
    compare(&t, 200, 2);
    tape_done(&t);
    world_of_minutes(&t, 3000);
    compare(&t, 2000, 1);
    tape_done(&t);
}

static void what_cannot_change_is_refused(void **state)
{
    struct engine_options now = tape_options(1), o = now;
    struct player p;
    struct tape t;

    (void)state;
    world_of_seconds(&t, 60);
    player_start(&p, &t, &now, false);
    player_play(&p, 50);
    o.threads = 2;
    assert_int_equal(engine_set_options(p.engine, &o), -EINVAL);
    o = now;
    o.memory_per_series_bytes *= 2;
    assert_int_equal(engine_set_options(p.engine, &o), -EINVAL);
    o = now;
    o.profile = PROFILE_CLASSIC;
    assert_int_equal(engine_set_options(p.engine, &o), -EINVAL);
    o = now;
    o.max_entities = 1;
    assert_int_equal(engine_set_options(p.engine, &o), -ENOSPC);
    assert_int_equal(engine_set_options(p.engine, &now), 0);
    player_done(&p);
    tape_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_as_if_restored),
        cmocka_unit_test(what_cannot_change_is_refused),
    };

    return cmocka_run_group_tests_name("reconfigure", tests, NULL, NULL);
}
