/* SPDX-License-Identifier: MIT
 * Pictures of series, compared with those in tests/golden/plot (looked at, not computed), and what holds for
 * every picture: how wide it is, that absent values leave no mark, that hostile numbers do no harm. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "output/plot.h"
#include "golden.h"

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1767225600) * SECOND) /* 2026-01-01T00:00:00Z */
#define MOST   5000

static int64_t t_ns[MOST];
static double value[MOST], expected[MOST], lo[MOST], hi[MOST];
static struct plot plot;
static char said[PLOT_BYTES_MAX];
static struct text out;

/* A quiet curve in percent, `seconds` long, that swings from `onset` on. */
static void make_swing(int seconds, int onset)
{
    for (int s = 0; s < seconds; s++) {
        t_ns[s] = START + s * SECOND;
        value[s] = s >= onset ? (s % 4 < 2 ? 5 : 95) : 30 + (s * 7 % 5) - 2;
        expected[s] = 30;
        lo[s] = 22;
        hi[s] = 38;
    }
    plot = (struct plot){.t_ns = t_ns,
        .value = value,
        .expected = expected,
        .lo = lo,
        .hi = hi,
        .n = (size_t)seconds,
        .from_ns = START,
        .to_ns = START + (seconds - 1) * SECOND,
        .onset_ns = START + onset * SECOND,
        .unit = "%"};
}

/* Memory that grows away from its band, with a hole of a minute in it. */
static void make_leak(void)
{
    size_t n = 0;

    for (int s = 0; s < 900; s += 5) {
        if (s > 240 && s < 300)
            continue;
        t_ns[n] = START + s * SECOND;
        value[n] = 2e9 + (s > 450 ? (s - 450) * 4e6 : 0) + (s * 7 % 5) * 4e6;
        expected[n] = 2e9;
        lo[n] = (double)NAN;
        hi[n++] = 2.4e9;
    }
    plot = (struct plot){.t_ns = t_ns,
        .value = value,
        .expected = expected,
        .lo = lo,
        .hi = hi,
        .n = n,
        .from_ns = START,
        .to_ns = START + 900 * SECOND,
        .onset_ns = START + 450 * SECOND,
        .unit = "By"};
}

/* Three days by the hour, without anything expected, around zero. */
static void make_days(void)
{
    for (int h = 0; h < 72; h++) {
        t_ns[h] = START + h * 3600 * SECOND;
        value[h] = (h % 24 - 12) * 0.001;
    }
    plot = (struct plot){.t_ns = t_ns,
        .value = value,
        .n = 72,
        .from_ns = START,
        .to_ns = START + 72 * 3600 * SECOND,
        .onset_ns = INT64_MIN};
}

static void draw(uint32_t columns, uint32_t rows, bool utf8, bool color)
{
    text_init(&out, said, sizeof(said));
    assert_int_equal(
        plot_write(&plot,
            &(struct plot_style){.columns = columns, .rows = rows, .utf8 = utf8, .color = color}, &out),
        0);
    assert_false(out.truncated);
}

static void are_as_they_were_looked_at(void **state)
{
    (void)state;
    make_swing(300, 180);
    draw(80, 10, true, false);
    is_golden("plot/swing-80.txt", said);
    draw(80, 10, false, false);
    is_golden("plot/swing-80-ascii.txt", said);
    draw(60, 6, true, true);
    is_golden("plot/swing-60-color.txt", said);
    make_leak();
    draw(100, 12, true, false);
    is_golden("plot/leak-100.txt", said);
    draw(40, 6, false, false);
    is_golden("plot/leak-40-ascii.txt", said);
    make_days();
    draw(120, 8, true, false);
    is_golden("plot/days-120.txt", said);
}

/* Cells of the widest line: UTF-8 continuation bytes and colours take none. */
static uint32_t width_of(const char *text)
{
    uint32_t widest = 0, at = 0;

    for (const char *p = text; *p; p++) {
        if (*p == '\033')
            p += strcspn(p, "m");
        else if (*p == '\n')
            at = 0;
        else if (((unsigned char)*p & 0xc0) != 0x80)
            widest = ++at > widest ? at : widest;
    }
    return widest;
}

static void none_is_wider_or_higher_than_asked_for(void **state)
{
    (void)state;
    for (uint32_t columns = 0; columns <= 260; columns += 7)
        for (uint32_t rows = 0; rows <= 40; rows += 5)
            for (int way = 0; way < 6; way++) {
                uint32_t lines = 0, most = columns < PLOT_COLUMNS_MIN   ? PLOT_COLUMNS_MIN
                                           : columns > PLOT_COLUMNS_MAX ? PLOT_COLUMNS_MAX
                                                                        : columns;
                if (way % 3 == 0)
                    make_swing(300, 180);
                else if (way % 3 == 1)
                    make_leak();
                else
                    make_days();
                draw(columns, rows, way >= 3, way % 2);
                assert_in_range(width_of(said), PLOT_COLUMNS_MIN / 2, most);
                for (const char *p = said; (p = strchr(p, '\n')); p++)
                    lines++;
                uint32_t high = rows < PLOT_ROWS_MIN   ? PLOT_ROWS_MIN
                                : rows > PLOT_ROWS_MAX ? PLOT_ROWS_MAX
                                                       : rows;
                assert_in_range(lines, high + 3, high + 6);
            }
}

/* What was not measured leaves no mark: with ASCII, whole columns are blank, and the axis is broken there. */
static void gaps_are_gaps(void **state)
{
    (void)state;
    make_swing(300, 400);
    for (int s = 100; s < 200; s++)
        value[s] = (double)NAN;
    draw(80, 8, false, false);
    const char *line = said;
    for (int row = 0; row < 8; row++, line = strchr(line, '\n') + 1) {
        /* 68 cells are 300 s: 110 s..190 s are cells 25..43 behind the axis, which stands in column 11. */
        const size_t n = strcspn(line, "\n");
        for (size_t x = 12 + 25; x < 12 + 43 && x < n; x++)
            assert_int_equal(line[x], ' ');
    }
    for (size_t x = 12 + 25; x < 12 + 43; x++)
        assert_true(line[x] == '_' || line[x] == '+');
    assert_non_null(strstr(said, "_ no data"));
    make_swing(300, 400);
    draw(80, 8, false, false);
    assert_null(strstr(said, "no data"));
    /* Few values for many columns are joined. */
    make_swing(10, 400);
    draw(120, 8, false, false);
    assert_null(strstr(said, "no data"));
}

static void without_a_value_there_is_no_picture(void **state)
{
    const struct plot_style style = {.columns = 80, .rows = 8};

    (void)state;
    text_init(&out, said, sizeof(said));
    make_swing(10, 5);
    for (int s = 0; s < 10; s++)
        value[s] = s % 2 ? (double)NAN : (double)INFINITY;
    assert_int_equal(plot_write(&plot, &style, &out), -ENODATA);
    make_swing(10, 5);
    plot.from_ns += 3600 * SECOND;
    plot.to_ns += 3600 * SECOND;
    assert_int_equal(plot_write(&plot, &style, &out), -ENODATA);
    plot.to_ns = plot.from_ns;
    assert_int_equal(plot_write(&plot, &style, &out), -EINVAL);
    plot.from_ns = INT64_MIN;
    plot.to_ns = INT64_MAX;
    assert_int_equal(plot_write(&plot, &style, &out), -EINVAL);
    plot.n = 0;
    plot.to_ns = 1;
    plot.from_ns = 0;
    assert_int_equal(plot_write(&plot, &style, &out), -ENODATA);
    assert_int_equal(out.length, 0);
}

/* Numbers of every size, equal ones, one alone, times in one instant: a picture, in bounds (the sanitizers
 * look on). */
static void hostile_numbers_do_no_harm(void **state)
{
    static const double odd[] = {0, -0.0, 1e300, -1e300, 1e-310, 5e-324, 1.7976931348623157e308, (double)NAN,
        (double)INFINITY, -(double)INFINITY, 1, 99.999999, -1e17, 3e9};
    const size_t count = sizeof(odd) / sizeof(odd[0]);
    struct rng rng;

    (void)state;
    rng_seed(&rng, 3);
    for (int i = 0; i < 3000; i++) {
        make_swing(20, 10);
        plot.n = (size_t)(i % 20) + 1;
        int64_t at_ns = START;
        for (size_t k = 0; k < plot.n; k++) {
            value[k] = odd[rng_next(&rng) % count];
            expected[k] = odd[rng_next(&rng) % count];
            lo[k] = odd[rng_next(&rng) % count];
            hi[k] = odd[rng_next(&rng) % count];
            at_ns += (int64_t)(rng_next(&rng) % 3) * (i % 2 ? SECOND : 1);
            t_ns[k] = at_ns;
        }
        if (i % 5 == 0) {
            plot.from_ns = -INT64_C(4000000000000000000);
            plot.to_ns = INT64_C(4000000000000000000);
        }
        text_init(&out, said, sizeof(said));
        const struct plot_style style = {
            .columns = 40 + (uint32_t)i % 161, .rows = 4 + (uint32_t)i % 21, .utf8 = i % 3, .color = i % 7};
        const int r = plot_write(&plot, &style, &out);
        assert_true(r == 0 || r == -ENODATA);
        assert_false(out.truncated);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_as_they_were_looked_at),
        cmocka_unit_test(none_is_wider_or_higher_than_asked_for),
        cmocka_unit_test(gaps_are_gaps),
        cmocka_unit_test(without_a_value_there_is_no_picture),
        cmocka_unit_test(hostile_numbers_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
