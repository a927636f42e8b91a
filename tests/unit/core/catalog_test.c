/* SPDX-License-Identifier: MIT
 * Names to ids: order, limits, hostile names, and what stands for a metric that no law knows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/catalog.h"

static struct catalog *make(uint32_t entities, uint32_t series, uint32_t metrics)
{
    struct catalog_limits limits = {.entities = entities, .series = series, .metrics = metrics};
    struct catalog *c = catalog_new(&limits);
    assert_non_null(c);
    return c;
}

static int64_t host(struct catalog *c, const char *name)
{
    return catalog_host(c, name, strlen(name));
}

static int64_t text(struct catalog *c, int64_t h, const char *entity)
{
    return catalog_entity_text(c, (uint32_t)h, entity, strlen(entity));
}

static int64_t series(struct catalog *c, int64_t entity, const char *metric)
{
    return catalog_series(c, (uint32_t)entity, metric, strlen(metric));
}

static const struct entity *owner_of(const struct catalog *c, int64_t s)
{
    return catalog_entity_get(c, catalog_series_get(c, (uint32_t)s)->entity);
}

static void ids_are_dense_in_order_of_appearance(void **state)
{
    struct catalog *c = make(10, 10, 10);
    (void)state;

    assert_int_equal(host(c, "b"), 0);
    assert_int_equal(host(c, "a"), 1);
    assert_int_equal(host(c, "b"), 0);
    assert_int_equal(series(c, 1, "cpu_usage"), 0);
    assert_int_equal(series(c, 0, "cpu_usage"), 1);
    assert_int_equal(series(c, 1, "cpu_usage"), 0);
    assert_int_equal(catalog_entity_count(c), 2);
    assert_int_equal(catalog_series_count(c), 2);
    assert_string_equal(catalog_entity_get(c, 0)->name, "b");
    assert_int_equal(catalog_entity_get(c, 0)->kind, ENTITY_HOST);
    assert_int_equal(catalog_entity_get(c, 1)->host, 1);
    assert_true(catalog_entity_get(c, 1)->parent == ENTITY_NONE);
    catalog_free(c);
}

static void entities_of_two_hosts_are_two(void **state)
{
    struct catalog *c = make(10, 10, 10);
    int64_t a = host(c, "a"), b = host(c, "b");
    (void)state;

    int64_t one = catalog_entity(c, (uint32_t)a, ENTITY_CGROUP, "x", 1, ENTITY_NONE);
    int64_t two = catalog_entity(c, (uint32_t)b, ENTITY_CGROUP, "x", 1, ENTITY_NONE);
    int64_t kind = catalog_entity(c, (uint32_t)a, ENTITY_PROCESS, "x", 1, (uint32_t)one);
    assert_true(one != two && one != kind && two != kind);
    assert_int_equal(catalog_entity_get(c, (uint32_t)one)->parent, a);
    assert_int_equal(catalog_entity_get(c, (uint32_t)kind)->parent, one);
    assert_string_equal(catalog_host_name(c, (uint32_t)kind), "a");
    assert_string_equal(catalog_host_name(c, (uint32_t)two), "b");
    /* The first call's parent stays. */
    assert_int_equal(catalog_entity(c, (uint32_t)a, ENTITY_PROCESS, "x", 1, ENTITY_NONE), kind);
    assert_int_equal(catalog_entity_get(c, (uint32_t)kind)->parent, one);
    /* A host asked for as an entity of itself is itself. */
    assert_int_equal(catalog_entity(c, (uint32_t)a, ENTITY_HOST, "other", 5, ENTITY_NONE), a);
    catalog_free(c);
}

static void entity_text_is_kind_and_name(void **state)
{
    struct catalog *c = make(10, 10, 10);
    int64_t h = host(c, "h");
    (void)state;

    assert_int_equal(text(c, h, ""), h);
    assert_int_equal(text(c, h, "host"), h);
    int64_t g = text(c, h, "cgroup:/user.slice/a:b");
    assert_true(g > h);
    assert_int_equal(catalog_entity_get(c, (uint32_t)g)->kind, ENTITY_CGROUP);
    assert_string_equal(catalog_entity_get(c, (uint32_t)g)->name, "/user.slice/a:b");
    assert_int_equal(catalog_entity_get(c, (uint32_t)g)->parent, h);
    assert_int_equal(text(c, h, "pod:x"), -EINVAL);
    assert_int_equal(text(c, h, "Cgroup:x"), -EINVAL);
    assert_int_equal(text(c, h, "cgroup"), -EINVAL);
    assert_int_equal(text(c, h, "cgroup:"), -EINVAL);
    assert_int_equal(text(c, h, ":x"), -EINVAL);
    assert_int_equal(text(c, h, "x"), -EINVAL);
    assert_int_equal(catalog_entity_text(c, (uint32_t)h, "cpu:a\0b", 7), -EINVAL);
    assert_int_equal(catalog_entity_count(c), 2);
    assert_int_equal(catalog_refused(c), 0);
    catalog_free(c);
}

static void hostile_names_are_refused_or_kept_whole(void **state)
{
    struct catalog *c = make(10, 10, 10);
    char longest[CATALOG_NAME_MAX + 2];
    (void)state;

    memset(longest, 'x', sizeof(longest));
    longest[CATALOG_NAME_MAX + 1] = 0;
    assert_int_equal(catalog_host(c, longest, CATALOG_NAME_MAX + 1), -EINVAL);
    assert_int_equal(catalog_host(c, "", 0), -EINVAL);
    assert_int_equal(catalog_host(c, "a\0b", 3), -EINVAL);
    assert_int_equal(catalog_host(c, "a", 2), -EINVAL);
    assert_int_equal(catalog_entity_count(c), 0);

    int64_t h = catalog_host(c, longest, CATALOG_NAME_MAX);
    assert_int_equal(h, 0);
    assert_int_equal(strlen(catalog_entity_get(c, 0)->name), CATALOG_NAME_MAX);
    int64_t odd = catalog_host(c, "a:/\x1b[2J\xff\n", 9);
    assert_int_equal(odd, 1);
    assert_memory_equal(catalog_entity_get(c, 1)->name, "a:/\x1b[2J\xff\n", 10);

    assert_int_equal(catalog_series(c, 0, "", 0), -EINVAL);
    assert_int_equal(catalog_series(c, 0, "m\0", 2), -EINVAL);
    assert_int_equal(catalog_series(c, 0, longest, CATALOG_NAME_MAX + 1), -EINVAL);
    assert_int_equal(catalog_series(c, 0, "cpu_usage\0", 10), -EINVAL);
    assert_int_equal(catalog_series_count(c), 0);
    assert_true(catalog_series(c, 0, longest, CATALOG_NAME_MAX) >= 0);
    assert_int_equal(strlen(catalog_metric_name(c, METRIC_KNOWN_COUNT)), CATALOG_NAME_MAX);
    /* Under another entity the owner's name stands before it: too long together is refused, not cut. */
    int64_t g = catalog_entity(c, 0, ENTITY_CGROUP, "g", 1, ENTITY_NONE);
    assert_int_equal(catalog_series(c, (uint32_t)g, longest, CATALOG_NAME_MAX), -EINVAL);
    assert_true(catalog_series(c, (uint32_t)g, longest, CATALOG_NAME_MAX - 9) >= 0);
    assert_int_equal(catalog_refused(c), 0);
    catalog_free(c);
}

/* A name is bytes with a length: no terminator is needed after it, and none is read. */
static void names_need_no_terminator(void **state)
{
    struct catalog *c = make(10, 10, 10);
    char *bytes = malloc(4);
    (void)state;

    assert_non_null(bytes);
    memcpy(bytes, "host", 4);
    assert_int_equal(catalog_host(c, bytes, 4), 0);
    assert_int_equal(catalog_entity_text(c, 0, bytes, 4), 0);
    memcpy(bytes, "cp:u", 4);
    assert_int_equal(catalog_entity_text(c, 0, bytes, 4), -EINVAL);
    assert_true(catalog_series(c, 0, bytes, 4) >= 0);
    free(bytes);
    assert_string_equal(catalog_metric_name(c, METRIC_KNOWN_COUNT), "cp:u");
    catalog_free(c);
}

static void limits_are_counted_and_known_names_still_found(void **state)
{
    struct catalog *c = make(3, 3, 2);
    (void)state;

    int64_t h = host(c, "h"), s = series(c, h, "m");
    assert_true(h == 0 && s == 0);
    assert_int_equal(host(c, "i"), 2);
    assert_int_equal(host(c, "j"), -ENOSPC);
    assert_int_equal(catalog_refused(c), 1);
    assert_int_equal(host(c, "h"), h);
    assert_int_equal(series(c, h, "m"), s);
    assert_int_equal(catalog_refused(c), 1);
    /* An unknown metric needs an entity of its own. */
    assert_int_equal(series(c, h, "n"), -ENOSPC);
    assert_int_equal(catalog_refused(c), 2);
    /* Known ones do not, until the series are used up. */
    assert_true(series(c, h, "cpu_usage") >= 0);
    assert_true(catalog_series_known(c, 2, METRIC_FORKS) >= 0);
    assert_int_equal(series(c, h, "memory_used_mb"), -ENOSPC);
    assert_int_equal(catalog_series_known(c, 2, METRIC_RECLAIM), -ENOSPC);
    assert_int_equal(catalog_refused(c), 4);
    /* The third unknown name is beyond the names. */
    assert_int_equal(series(c, h, "o"), -ENOSPC);
    assert_int_equal(catalog_refused(c), 5);
    assert_int_equal(catalog_entity_count(c), 3);
    assert_int_equal(catalog_series_count(c), 3);
    catalog_free(c);
}

static void unknown_metrics_become_entities(void **state)
{
    struct catalog *c = make(20, 20, 20);
    int64_t h = host(c, "h"), g = text(c, h, "cgroup:/a"), g2 = text(c, h, "cgroup:/b");
    (void)state;

    int64_t on_host = series(c, h, "queue"), on_a = series(c, g, "queue"), on_b = series(c, g2, "queue");
    assert_string_equal(owner_of(c, on_host)->name, "queue");
    assert_int_equal(owner_of(c, on_host)->parent, h);
    assert_string_equal(owner_of(c, on_a)->name, "cgroup:/a/queue");
    assert_int_equal(owner_of(c, on_a)->kind, ENTITY_SERIES);
    assert_int_equal(owner_of(c, on_a)->parent, g);
    assert_string_equal(owner_of(c, on_b)->name, "cgroup:/b/queue");
    assert_int_equal(owner_of(c, on_b)->host, h);
    /* One name, three series. */
    uint32_t metric = catalog_series_get(c, (uint32_t)on_host)->metric;
    assert_int_equal(metric, METRIC_KNOWN_COUNT);
    assert_int_equal(catalog_series_get(c, (uint32_t)on_b)->metric, metric);
    assert_string_equal(catalog_metric_name(c, metric), "queue");
    assert_int_equal(catalog_metric_kind(c, metric), METRIC_GAUGE);
    assert_int_equal(series(c, g, "queue"), on_a);
    catalog_free(c);
}

/* Names are outside bytes: whatever separators are in them, two series are never one entity, since an entity
 * of kind series is watched as one series. */
static void separators_in_names_do_not_join_series(void **state)
{
    static const char *const pairs[][4] = {
        {"cgroup:/a/b", "c", "cgroup:/a", "b/c"},
        {"cgroup:/a", "m", "host", "cgroup:/a/m"},
        {"service:a", "b/c", "service:a/b", "c"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct catalog *c = make(20, 20, 20);
        int64_t h = host(c, "h"), one = text(c, h, pairs[i][0]), two = text(c, h, pairs[i][2]);
        int64_t s = series(c, one, pairs[i][1]), t = series(c, two, pairs[i][3]);
        assert_true(s >= 0 && t >= 0 && s != t);
        assert_ptr_not_equal(owner_of(c, s), owner_of(c, t));
        assert_int_equal(owner_of(c, s)->parent, one);
        assert_int_equal(owner_of(c, t)->parent, two);
        catalog_free(c);
    }
}

/* The same for entities that come as series: under its own name it is itself, other metrics are others. */
static void metrics_of_a_series_are_its_own_or_others(void **state)
{
    struct catalog *c = make(20, 20, 20);
    int64_t h = host(c, "h"), s = series(c, h, "queue"), own = text(c, h, "series:queue");
    (void)state;

    assert_int_equal(own, catalog_series_get(c, (uint32_t)s)->entity);
    assert_int_equal(series(c, own, "queue"), s);
    int64_t depth = series(c, own, "depth"), age = series(c, own, "age");
    assert_true(depth >= 0 && age >= 0);
    assert_ptr_not_equal(owner_of(c, depth), owner_of(c, age));
    assert_ptr_not_equal(owner_of(c, depth), owner_of(c, s));
    catalog_free(c);
}

static void aliases_and_canonical_names_are_doors_to_one_metric(void **state)
{
    struct catalog *c = make(10, 10, 10);
    int64_t h = host(c, "h");
    int64_t ratio = series(c, h, "system.cpu.utilization"), percent = series(c, h, "cpu_usage");
    (void)state;

    assert_true(ratio != percent);
    assert_int_equal(series(c, h, "cpu_percent"), percent);
    assert_int_equal(catalog_series_known(c, (uint32_t)h, METRIC_CPU_UTILIZATION), ratio);
    const struct series *a = catalog_series_get(c, (uint32_t)ratio),
                        *b = catalog_series_get(c, (uint32_t)percent);
    assert_int_equal(a->entity, b->entity);
    assert_int_equal(a->metric, b->metric);
    assert_true(a->scale == 1 && b->scale == 0.01);
    assert_string_equal(catalog_metric_name(c, a->metric), "system.cpu.utilization");
    assert_true(catalog_series_get(c, (uint32_t)series(c, h, "memory_used_mb"))->scale == 1048576);
    assert_int_equal(catalog_metric_kind(c, METRIC_PACKETS_SENT), METRIC_COUNTER);
    assert_int_equal(catalog_entity_count(c), 1);
    catalog_free(c);
}

/* A name that grew out of another's prefix, and many of them: all found again, none moved. */
static void many_names(void **state)
{
    enum { N = 20000 };
    struct catalog *c = make(2 * N, 2 * N, N);
    const char *first = NULL;
    char name[32];
    (void)state;

    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < N; i++) {
            snprintf(name, sizeof(name), "n%d", i);
            assert_int_equal(host(c, name), i);
            if (i == 0 && pass == 0)
                first = catalog_entity_get(c, 0)->name;
        }
    assert_ptr_equal(catalog_entity_get(c, 0)->name, first);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < N; i++) {
            snprintf(name, sizeof(name), "n%d", i);
            assert_int_equal(series(c, 7, name), i);
            assert_string_equal(owner_of(c, i)->name, name);
        }
    assert_int_equal(catalog_refused(c), 0);
    catalog_free(c);
    catalog_free(NULL);
}

static void leave(struct catalog *c, int64_t entity)
{
    catalog_leave(c, (uint32_t)entity);
    catalog_make_room(c, (uint32_t)entity);
    catalog_remove(c, (uint32_t)entity);
}

/* In each of the three steps: the name, the ids, the room. */
static void a_life_ends_in_three_steps(void **state)
{
    struct catalog *c = make(4, 10, 10);
    int64_t h = host(c, "h"), g = text(c, h, "cgroup:a"), s = series(c, g, "cpu_usage");
    int64_t other = text(c, h, "cgroup:b");
    uint64_t changes = catalog_changes(c);
    (void)state;

    assert_true(catalog_entity_lives(c, (uint32_t)g) && catalog_series_lives(c, (uint32_t)s));
    catalog_leave(c, (uint32_t)g);
    assert_true(catalog_changes(c) != changes);
    assert_int_equal(catalog_stage(c, (uint32_t)g), CATALOG_LEAVING);
    assert_false(catalog_series_lives(c, (uint32_t)s));
    assert_int_equal(catalog_series_count(c), 0);
    assert_string_equal(catalog_entity_get(c, (uint32_t)g)->name, "a");
    assert_string_equal(catalog_host_name(c, (uint32_t)g), "h");
    assert_int_equal(catalog_entity_count(c), 3); /* it still counts */
    int64_t again = text(c, h, "cgroup:a");
    assert_true(again > other);
    assert_int_equal(text(c, h, "cgroup:c"), -ENOSPC);
    changes = catalog_changes(c);
    catalog_make_room(c, (uint32_t)g);
    assert_true(catalog_changes(c) != changes);
    assert_string_equal(catalog_entity_get(c, (uint32_t)g)->name, "a");
    assert_int_equal(catalog_entity_count(c), 3);
    assert_int_equal(catalog_known_count(c), 4);
    assert_true(text(c, h, "cgroup:c") > again);
    catalog_remove(c, (uint32_t)g);
    assert_int_equal(catalog_stage(c, (uint32_t)g), CATALOG_UNKNOWN);
    assert_int_equal(catalog_known_count(c), 4);
    assert_int_equal(text(c, h, "cgroup:a"), again);
    assert_int_equal(catalog_find_text(c, "h", 1, "cgroup:a", 8), again);
    assert_true(catalog_find_text(c, "h", 1, "cgroup:x", 8) == ENTITY_NONE);
    assert_true(catalog_find_text(c, "i", 1, "cgroup:a", 8) == ENTITY_NONE);
    assert_true(catalog_find_text(c, "h", 1, "pod:a", 5) == ENTITY_NONE);
    assert_int_equal(catalog_find_text(c, "h", 1, "", 0), h);
    catalog_free(c);
}

/* Order is that of first appearance, from both ends, whatever left in between. */
static void order_stays(void **state)
{
    struct catalog *c = make(10, 10, 10);
    int64_t h = host(c, "h"), ids[6];
    char name[] = "cgroup:a";
    (void)state;

    for (int i = 0; i < 6; i++, name[7]++)
        ids[i] = text(c, h, name);
    leave(c, ids[2]);
    leave(c, ids[5]);
    leave(c, ids[0]);
    int64_t again = text(c, h, "cgroup:a");
    const int64_t wanted[] = {h, ids[1], ids[3], ids[4], again};
    uint32_t e = catalog_entity_first(c);
    for (int i = 0; i < 5; i++, e = catalog_entity_next(c, e))
        assert_int_equal(e, wanted[i]);
    assert_true(e == ENTITY_NONE);
    e = catalog_entity_newest(c);
    for (int i = 5; i-- > 0; e = catalog_entity_before(c, e))
        assert_int_equal(e, wanted[i]);
    assert_true(e == ENTITY_NONE);
    catalog_free(c);
}

/* What is below it: its own series must have left before; the rest goes to its parent. */
static void children_of_what_is_gone(void **state)
{
    struct catalog *c = make(20, 20, 20);
    int64_t h = host(c, "h"), a = text(c, h, "cgroup:a"), b = text(c, h, "cgroup:a/b");
    int64_t p = catalog_entity(c, (uint32_t)h, ENTITY_PROCESS, "1", 1, (uint32_t)b);
    int64_t queue = series(c, b, "queue"), own = catalog_series_get(c, (uint32_t)queue)->entity;
    (void)state;

    assert_int_equal(catalog_entity_get(c, (uint32_t)b)->parent, a);
    assert_int_equal(catalog_own_series(c, (uint32_t)b), own);
    leave(c, own);
    assert_true(catalog_own_series(c, (uint32_t)b) == ENTITY_NONE);
    leave(c, b);
    assert_int_equal(catalog_entity_get(c, (uint32_t)p)->parent, a);
    leave(c, a);
    assert_int_equal(catalog_entity_get(c, (uint32_t)p)->parent, h);
    assert_false(catalog_is_bare(c, (uint32_t)h));
    /* A parent that is no more is none. */
    int64_t q = catalog_entity(c, (uint32_t)h, ENTITY_PROCESS, "2", 1, (uint32_t)b);
    assert_int_equal(catalog_entity_get(c, (uint32_t)q)->parent, h);
    assert_true(catalog_is_bare(c, (uint32_t)q));
    catalog_free(c);
}

/* A metric's name is kept while a series has it, and no longer; a refused series leaves no name behind. */
static void names_of_metrics_go_with_their_last_series(void **state)
{
    struct catalog *c = make(6, 10, 2);
    int64_t h = host(c, "h"), a = text(c, h, "cgroup:a"), b = text(c, h, "cgroup:b");
    int64_t one = series(c, a, "queue"), two = series(c, b, "queue");
    (void)state;

    assert_int_equal(catalog_metric_count(c), 1);
    leave(c, catalog_series_get(c, (uint32_t)one)->entity);
    assert_int_equal(catalog_metric_count(c), 1);
    assert_string_equal(catalog_metric_name(c, catalog_series_get(c, (uint32_t)two)->metric), "queue");
    leave(c, catalog_series_get(c, (uint32_t)two)->entity);
    assert_int_equal(catalog_metric_count(c), 0);
    assert_true(series(c, a, "m") >= 0 && series(c, a, "n") >= 0);
    assert_int_equal(series(c, a, "o"), -ENOSPC);
    assert_int_equal(catalog_metric_count(c), 2);
    leave(c, catalog_own_series(c, (uint32_t)a));
    leave(c, catalog_own_series(c, (uint32_t)a));
    text(c, h, "cgroup:c");
    text(c, h, "cgroup:d");
    text(c, h, "cgroup:e");
    assert_int_equal(series(c, a, "o"), -ENOSPC); /* for want of an entity */
    assert_int_equal(catalog_metric_count(c), 0);
    catalog_free(c);
}

/* Many lives under few names, at the limit: nothing is refused, ids grow, memory is that of who is there. */
static void lives_without_end(void **state)
{
    struct catalog *c = make(12, 40, 5);
    int64_t h = host(c, "h"), last = h, ids[10] = {0};
    (void)state;

    for (int i = 0; i < 200000; i++) {
        char name[16];
        int k = i % 10;
        snprintf(name, sizeof(name), "cgroup:%d", k);
        if (i >= 10)
            leave(c, ids[k]);
        ids[k] = text(c, h, name);
        assert_true(ids[k] > last);
        last = ids[k];
        assert_true(series(c, ids[k], "cpu_usage") >= 0 && series(c, ids[k], "memory_used_mb") >= 0);
    }
    assert_int_equal(catalog_refused(c), 0);
    assert_int_equal(catalog_entity_places(c), 32);
    assert_true(catalog_series_places(c) <= 64);
    catalog_free(c);
}

/* A recording names entities, not parents: those of cgroups, processes and runtimes are told by their paths.
 */
static void paths_tell_parents(void **state)
{
    static const struct {
        const char *text, *parent;
    } rows[] = {
        {"cgroup:shop", "h"},
        {"cgroup:shop/cart", "shop"},
        {"process:shop/cart/4711 java @88", "shop/cart"},
        {"process:shop/cart/12 a/b", "shop/cart"}, /* a name may have any bytes */
        {"process:shop/none/9 x", "shop"},
        {"process:1 init", "h"},
        {"cgroup:/", "h"},
        {"process:2 init", "/"},
        {"jvm:shop/Main", "shop"},
        {"service:shop/x", "h"},
    };
    struct catalog *c = make(100, 100, 100);
    (void)state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int64_t id = text(c, host(c, "h"), rows[i].text);
        assert_true(id >= 0);
        const struct entity *e = catalog_entity_get(c, (uint32_t)id);
        assert_string_equal(catalog_entity_get(c, e->parent)->name, rows[i].parent);
    }
    catalog_free(c);
}

/* Where entities are kept, as of the last time that others were told to wait. */
struct reader {
    struct catalog *names;
    uint32_t places, waits;
};

static int64_t below(struct catalog *c, int64_t parent, const char *name)
{
    return catalog_entity_below(c, (uint32_t)parent, ENTITY_PROCESS, name, strlen(name));
}

/* What a source makes so is what a recording finds by its text. */
static void what_lives_in_a_cgroup_is_named_by_its_path(void **state)
{
    struct catalog *c = make(20, 10, 10);
    int64_t h = host(c, "h"), cpu = text(c, h, "cpu:0");
    int64_t top = text(c, h, "cgroup:/"), app = text(c, h, "cgroup:web/app");
    char long_name[CATALOG_NAME_MAX];
    (void)state;

    int64_t p = below(c, app, "77 java @1");
    assert_string_equal(catalog_entity_get(c, (uint32_t)p)->name, "web/app/77 java @1");
    assert_int_equal(catalog_entity_get(c, (uint32_t)p)->parent, app);
    assert_int_equal(text(c, h, "process:web/app/77 java @1"), p);
    assert_int_equal(below(c, app, "77 java @1"), p);
    /* The host, the top and what is no cgroup lend no path. */
    int64_t q = below(c, top, "a");
    assert_string_equal(catalog_entity_get(c, (uint32_t)q)->name, "a");
    assert_int_equal(catalog_entity_get(c, (uint32_t)q)->parent, top);
    q = below(c, h, "b");
    assert_string_equal(catalog_entity_get(c, (uint32_t)q)->name, "b");
    assert_int_equal(catalog_entity_get(c, (uint32_t)q)->parent, h);
    q = below(c, cpu, "c");
    assert_string_equal(catalog_entity_get(c, (uint32_t)q)->name, "c");
    assert_int_equal(catalog_entity_get(c, (uint32_t)q)->host, h);
    /* "web/app/" and the name have room together, or there is none. */
    memset(long_name, 'n', sizeof(long_name));
    assert_int_equal(
        catalog_entity_below(c, (uint32_t)app, ENTITY_PROCESS, long_name, CATALOG_NAME_MAX - 7), -EINVAL);
    assert_true(catalog_entity_below(c, (uint32_t)app, ENTITY_PROCESS, long_name, CATALOG_NAME_MAX - 8) > 0);
    assert_int_equal(below(c, app, ""), -EINVAL);
    catalog_free(c);
}

static void wait_for_readers(void *context)
{
    struct reader *r = context;
    assert_int_equal(catalog_entity_places(r->names), r->places); /* nothing has moved yet */
    r->waits++;
}

static void readers_are_waited_for_before_anything_moves(void **state)
{
    struct catalog *c = make(100, 10, 10);
    struct reader r = {.names = c};
    int64_t last = 0;

    (void)state;
    catalog_before_moves(c, wait_for_readers, &r);
    for (int i = 0; i < 90; i++) {
        char name[16];
        uint32_t waits = r.waits;
        last = catalog_host(c, name, (size_t)snprintf(name, sizeof(name), "h%d", i));
        assert_true(last >= 0);
        assert_int_equal(r.waits, waits + (catalog_entity_places(c) != r.places));
        r.places = catalog_entity_places(c);
    }
    assert_int_equal(r.waits, 4); /* 16, 32, 64 and 128 places */
    catalog_leave(c, (uint32_t)last);
    assert_int_equal(r.waits, 5);
    catalog_make_room(c, (uint32_t)last);
    catalog_remove(c, (uint32_t)last);
    assert_int_equal(r.waits, 6);
    catalog_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_dense_in_order_of_appearance),
        cmocka_unit_test(entities_of_two_hosts_are_two),
        cmocka_unit_test(entity_text_is_kind_and_name),
        cmocka_unit_test(hostile_names_are_refused_or_kept_whole),
        cmocka_unit_test(names_need_no_terminator),
        cmocka_unit_test(limits_are_counted_and_known_names_still_found),
        cmocka_unit_test(unknown_metrics_become_entities),
        cmocka_unit_test(separators_in_names_do_not_join_series),
        cmocka_unit_test(metrics_of_a_series_are_its_own_or_others),
        cmocka_unit_test(aliases_and_canonical_names_are_doors_to_one_metric),
        cmocka_unit_test(many_names),
        cmocka_unit_test(a_life_ends_in_three_steps),
        cmocka_unit_test(order_stays),
        cmocka_unit_test(children_of_what_is_gone),
        cmocka_unit_test(names_of_metrics_go_with_their_last_series),
        cmocka_unit_test(lives_without_end),
        cmocka_unit_test(paths_tell_parents),
        cmocka_unit_test(what_lives_in_a_cgroup_is_named_by_its_path),
        cmocka_unit_test(readers_are_waited_for_before_anything_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
