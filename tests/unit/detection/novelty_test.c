/* SPDX-License-Identifier: MIT
 * Distances and levels of several kinds of series against tests/golden/novelty/, which novelty_expected.py
 * computed by searching everything; and what no table can hold: full memories, bytes, restarts, extremes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "detection/novelty.h"
#include "detection/surprise.h"
#include "detection/watch_snapshot.h"

#define SECOND     INT64_C(1000000000)
#define MINUTE     (60 * SECOND)
#define HOUR       (60 * MINUTE)
#define DAY        (24 * HOUR)
#define START      (INT64_C(1767225600) * SECOND)
#define STEP       (10 * MINUTE)
#define WEIGHT     0.01 /* as in novelty_expected.py */
#define BYTES      32768
#define LEVEL      6.0 /* what the golden levels are made of */
#define BELIEVED   4.5
#define ROWS       1000
#define DISTANCE_E 1e-8 /* relative: moments and usual values are summed in another order there */

static void compare(const char *name)
{
    char path[4096], line[64];
    double x, distance, level;
    long long t_s;
    int rows = 0;
    const char *root = getenv("COHERENCE_SOURCE_ROOT");
    struct novelty *n = novelty_new(BYTES);

    assert_non_null(n);
    snprintf(path, sizeof(path), "%s/tests/golden/novelty/%s.csv", root ? root : ".", name);
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("cannot read %s", path);
    assert_non_null(fgets(line, sizeof(line), f));
    for (; fscanf(f, "%lf,%lld,%lf,%lf\n", &x, &t_s, &distance, &level) == 4; rows++) {
        double got = novelty_take(n, t_s * SECOND, x, WEIGHT);
        if (isnan(got) != isnan(distance) || fabs(got - distance) > DISTANCE_E * (1 + distance))
            fail_msg("%s row %d: distance %.12g, expected %.12g", name, rows, got, distance);
        got = novelty_level(n, got, LEVEL);
        if (!(fabs(got - level) <= 1e-6 * level))
            fail_msg("%s row %d: level %.12g, expected %.12g", name, rows, got, level);
    }
    fclose(f);
    free(n);
    assert_int_equal(rows, ROWS);
}

static void distances_are_as_computed_elsewhere(void **state)
{
    (void)state;
    compare("noise");
    compare("daily");
    compare("spikes");
    compare("hole");
}

static void constants_and_ties_are_never_new(void **state)
{
    (void)state;
    compare("constant");
    compare("ties");
}

/* Noise about 10, of the same seed for all. */
static double noise(struct rng *r)
{
    return 10 + rng_normal(r);
}

static double feed_noise(struct novelty *n, struct rng *r, int64_t *t_ns, int64_t for_ns)
{
    double farthest = 0;
    for (int64_t end = *t_ns + for_ns; *t_ns < end; *t_ns += STEP) {
        double d = novelty_take(n, *t_ns, noise(r), WEIGHT);
        if (d > farthest)
            farthest = d;
    }
    return farthest;
}

/* Twice the same at the same time of day: no news. A month later it is forgotten, if nothing came near. */
static void what_was_seen_within_a_month_is_no_news(void **state)
{
    struct rng r;
    struct novelty *n = novelty_new(BYTES);
    int64_t t_ns = START;
    (void)state;

    rng_seed(&r, 1);
    feed_noise(n, &r, &t_ns, 10 * DAY);
    double first = novelty_take(n, t_ns, 60, WEIGHT);
    t_ns += STEP;
    feed_noise(n, &r, &t_ns, DAY - STEP);
    double second = novelty_take(n, t_ns, 60, WEIGHT);
    t_ns += STEP;
    feed_noise(n, &r, &t_ns, 31 * DAY - STEP);
    double third = novelty_take(n, t_ns, 60, WEIGHT);
    assert_true(first > 10);
    assert_true(second < first / 50);
    assert_true(third > 10);
    free(n);
}

/* Of two series the one whose spike comes back after 719 hours knows it, after 722 it does not. */
static void a_month_is_720_hours(void **state)
{
    static const int64_t hours[] = {719, 722};
    double again[2];
    (void)state;

    for (int k = 0; k < 2; k++) {
        struct novelty *n = novelty_new(BYTES);
        int64_t t_ns = START;
        for (int64_t end = START + 100 * HOUR; t_ns < end; t_ns += STEP)
            novelty_take(n, t_ns, (double)(t_ns / STEP % 3), WEIGHT);
        novelty_take(n, t_ns, 60, WEIGHT);
        for (int64_t end = t_ns + hours[k] * HOUR; (t_ns += STEP) < end;)
            novelty_take(n, t_ns, (double)(t_ns / STEP % 3), WEIGHT);
        again[k] = novelty_take(n, t_ns, 60, WEIGHT);
        free(n);
    }
    assert_true(again[0] < 2);
    assert_true(again[1] > 10);
}

/* (4.5 + 0.33 x 12 + 0.6 ln(1e9 / 0.135)) x 24 / (24 + 24) x (1/2 + 24 / 336), and so on, by Python. */
static void a_young_memory_claims_less(void **state)
{
    static const struct {
        uint32_t hours;
        double level;
    } at[] = {{24, 6.3126}, {40, 8.5483}, {48, 14.2033}, {100, 17.6226}, {168, 22.0940}, {5000, 22.0940}};
    struct novelty *n = novelty_new(BYTES);
    (void)state;

    for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
        n->hours = at[i].hours;
        assert_true(fabs(novelty_level(n, 1e9, 40) - at[i].level) < 1e-3);
    }
    free(n);
}

/* After a month without anything there is no past: it begins anew, as careful as the first time. */
static void a_month_of_silence_is_forgotten(void **state)
{
    struct rng r;
    struct novelty *n = novelty_new(BYTES);
    int64_t t_ns = START;
    (void)state;

    rng_seed(&r, 2);
    feed_noise(n, &r, &t_ns, 10 * DAY);
    assert_true(novelty_level(n, 5, LEVEL) > 6);
    t_ns += 31 * DAY;
    for (int i = 0; i < 20; i++, t_ns += STEP)
        assert_true(isnan(novelty_take(n, t_ns, 1000 + noise(&r), WEIGHT)));
    assert_true(novelty_level(n, 100, 40) == BELIEVED);
    free(n);
}

static void it_speaks_after_twenty_samples(void **state)
{
    struct rng r;
    struct novelty *n = novelty_new(BYTES);
    (void)state;

    rng_seed(&r, 3);
    for (int i = 0; i < 20; i++)
        assert_true(isnan(novelty_take(n, START + i * STEP, noise(&r), WEIGHT)));
    assert_false(isnan(novelty_take(n, START + 20 * STEP, noise(&r), WEIGHT)));
    free(n);
}

/* As much as was asked for, the surprise included, and no byte more. */
static void bytes_are_kept_to(void **state)
{
    static const size_t sizes[] = {NOVELTY_BYTES_MIN, 10001, 16384, 32768, NOVELTY_BYTES_MAX};
    (void)state;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct novelty *n = novelty_new(sizes[i]);
        size_t all = n->bytes + sizeof(struct surprise);
        assert_true(all <= sizes[i] && all + 24 > sizes[i]);
        assert_true(n->capacity >= 200);
        free(n);
    }
}

/* Values that all lie apart fill it; then the longest unseen go, and everything stays in order. */
static void a_full_memory_drops_the_longest_unseen(void **state)
{
    struct novelty *n = novelty_new(NOVELTY_BYTES_MIN);
    uint32_t most = n->capacity;
    (void)state;

    for (uint32_t i = 0; i < 4 * most; i++) {
        double x = 1.01 * (i % 2 ? (double)i : -(double)i);
        novelty_take(n, START + (int64_t)i * HOUR / 4, x, WEIGHT);
        assert_true(n->value.places <= most && n->recent.places <= most);
    }
    assert_int_equal(n->value.places, most);
    for (uint32_t i = 1; i < most; i++)
        assert_true(n->value.where[i] > n->value.where[i - 1]);
    free(n);
}

static void of_places_the_longest_unseen_goes_first(void **state)
{
    double where[4];
    int32_t hour[4];
    struct novelty_memory m = {.where = where, .hour = hour};
    (void)state;

    novelty_remember(&m, 4, 5, 12);
    novelty_remember(&m, 4, 1, 13);
    novelty_remember(&m, 4, 3, 11);
    novelty_remember(&m, 4, 2, 14);
    novelty_remember(&m, 4, 4, 15);
    novelty_remember(&m, 4, 0, 15);
    static const double left[] = {0, 1, 2, 4};
    static const int32_t seen[] = {15, 13, 14, 15};
    assert_int_equal(m.places, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(where[i] - left[i]) <= 0 && hour[i] == seen[i]);
}

static void levels_are_bounded_and_ordered(void **state)
{
    struct rng r;
    struct novelty *n = novelty_new(BYTES);
    int64_t t_ns = START;
    (void)state;

    rng_seed(&r, 4);
    assert_true(novelty_level(n, 1000, 40) == BELIEVED);
    feed_noise(n, &r, &t_ns, 8 * DAY);
    assert_true(novelty_level(n, (double)NAN, 3) == 3 && novelty_level(n, (double)NAN, 12) == BELIEVED);
    assert_true(novelty_level(n, NOVELTY_NEAREST, 3) == 3);
    /* At the distance of news what surprises is worth 4.5 and a third of its level. */
    assert_true(fabs(novelty_level(n, NOVELTY_NEWS, 10) - (4.5 + 3.3)) < 1e-9);
    for (double level = 0; level <= 40; level += 2.5)
        for (double d = NOVELTY_NEAREST; d < 1e6; d *= 1.3) {
            double here = novelty_level(n, d, level);
            assert_true(here >= 0 && here <= TAIL_LEVEL_CAP);
            assert_true(novelty_level(n, 1.3 * d, level) >= here);
            assert_true(novelty_level(n, d, level + 1) >= here);
        }
    free(n);
}

/* The largest finite samples, and times before 1970. */
static void extremes_stay_finite(void **state)
{
    struct novelty *n = novelty_new(NOVELTY_BYTES_MIN);
    (void)state;

    for (int i = 0; i < 2000; i++) {
        double x = i % 3 == 0 ? DBL_MAX : i % 3 == 1 ? -DBL_MAX : DBL_MIN * i;
        double d = novelty_take(n, -1000 * DAY + i * HOUR, x, WEIGHT);
        assert_true(isnan(d) || (d >= NOVELTY_NEAREST * (1 - 1e-9) && d < 1e6));
    }
    free(n);
}

/* A tiny series is as new as a large one: everything is relative. */
static void units_do_not_matter(void **state)
{
    struct rng a, b;
    struct novelty *small = novelty_new(BYTES), *large = novelty_new(BYTES);
    (void)state;

    rng_seed(&a, 5);
    rng_seed(&b, 5);
    for (int i = 0; i < ROWS; i++) {
        double x = novelty_take(small, START + i * STEP, noise(&a) / 1048576, WEIGHT);
        double y = novelty_take(large, START + i * STEP, noise(&b) * 1048576, WEIGHT);
        assert_true((isnan(x) && isnan(y)) || (x >= y && x <= y));
    }
    free(small);
    free(large);
}

/* Written and read back; returns the error of reading. */
static int pass_on(struct novelty *from, struct novelty *to)
{
    struct pack w, r;

    pack_to_write(&w, 1 << 20);
    novelty_pack(&w, from);
    assert_int_equal(w.error, 0);
    pack_to_read(&r, w.bytes, w.at);
    novelty_pack(&r, to);
    pack_end(&r);
    pack_free(&w);
    return r.error;
}

static void it_survives_a_restart(void **state)
{
    struct rng r;
    struct novelty *n = novelty_new(BYTES), *again = novelty_new(BYTES);
    int64_t t_ns = START;
    (void)state;

    rng_seed(&r, 6);
    feed_noise(n, &r, &t_ns, 9 * DAY + 5 * STEP);
    assert_int_equal(pass_on(n, again), 0);
    for (int i = 0; i < ROWS; i++, t_ns += STEP) {
        double x = noise(&r) + (i == 500 ? 30 : 0);
        double here = novelty_take(n, t_ns, x, WEIGHT), there = novelty_take(again, t_ns, x, WEIGHT);
        assert_true(here >= there && here <= there);
        assert_true(fabs(novelty_level(n, here, 7) - novelty_level(again, there, 7)) <= 0);
    }
    free(n);
    free(again);
}

/* Another size, or none: what fits is what was seen of late, and reading never fails for it. */
static void a_restart_may_change_the_size(void **state)
{
    struct novelty *large = novelty_new(BYTES), *small = novelty_new(NOVELTY_BYTES_MIN);
    (void)state;

    for (int i = 0; i < 1000; i++)
        novelty_take(large, START + i * HOUR, i % 2 ? 2.0 * i : -2.0 * i, WEIGHT);
    assert_true(large->value.places > small->capacity);
    assert_int_equal(pass_on(large, small), 0);
    assert_int_equal(small->value.places, small->capacity);
    int32_t oldest = INT32_MAX;
    for (uint32_t i = 0; i < small->capacity; i++)
        oldest = small->value.hour[i] < oldest ? small->value.hour[i] : oldest;
    uint32_t as_late = 0;
    for (uint32_t i = 0; i < large->value.places; i++)
        as_late += large->value.hour[i] >= oldest;
    assert_int_equal(as_late, small->capacity);
    assert_int_equal(pass_on(large, NULL), 0);
    small->value.places = 0;
    assert_int_equal(pass_on(NULL, small), 0);
    assert_int_equal(small->value.places, 0);
    free(large);
    free(small);
}

static void places_out_of_order_are_refused(void **state)
{
    struct novelty *n = novelty_new(BYTES), *again = novelty_new(BYTES);
    struct pack w;
    (void)state;

    novelty_take(n, START, 1, WEIGHT);
    novelty_take(n, START + STEP, 5, WEIGHT);
    assert_int_equal(n->value.places, 2);
    n->value.where[1] = n->value.where[0];
    pack_to_write(&w, 1 << 20);
    novelty_pack(&w, n);
    assert_int_equal(w.error, -ERANGE);
    pack_free(&w);
    n->value.where[1] = n->value.where[0] + 1;
    n->value.variance = -1;
    pack_to_write(&w, 1 << 20);
    novelty_pack(&w, n);
    assert_int_equal(w.error, -ERANGE);
    pack_free(&w);
    free(n);
    free(again);
}

/* A hole: the mean of the last six is of those after it. */
static void a_break_starts_the_short_mean_anew(void **state)
{
    struct novelty *broken = novelty_new(BYTES), *whole = novelty_new(BYTES);
    struct rng r;
    (void)state;

    rng_seed(&r, 7);
    for (int i = 0; i < 500; i++) {
        double x = noise(&r);
        novelty_take(broken, START + i * STEP, x, WEIGHT);
        novelty_take(whole, START + i * STEP, x, WEIGHT);
    }
    novelty_break(broken);
    double after = novelty_take(broken, START + 500 * STEP, 40, WEIGHT);
    double within = novelty_take(whole, START + 500 * STEP, 40, WEIGHT);
    assert_true(broken->recent.before >= 40 && broken->recent.before <= 40);
    assert_true(whole->recent.before < 20);
    assert_true(after > within);
    free(broken);
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances_are_as_computed_elsewhere),
        cmocka_unit_test(constants_and_ties_are_never_new),
        cmocka_unit_test(what_was_seen_within_a_month_is_no_news),
        cmocka_unit_test(a_month_is_720_hours),
        cmocka_unit_test(a_young_memory_claims_less),
        cmocka_unit_test(a_month_of_silence_is_forgotten),
        cmocka_unit_test(it_speaks_after_twenty_samples),
        cmocka_unit_test(bytes_are_kept_to),
        cmocka_unit_test(a_full_memory_drops_the_longest_unseen),
        cmocka_unit_test(of_places_the_longest_unseen_goes_first),
        cmocka_unit_test(levels_are_bounded_and_ordered),
        cmocka_unit_test(extremes_stay_finite),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(it_survives_a_restart),
        cmocka_unit_test(a_restart_may_change_the_size),
        cmocka_unit_test(places_out_of_order_are_refused),
        cmocka_unit_test(a_break_starts_the_short_mean_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
