/* SPDX-License-Identifier: MIT
 * Whole pages, drawn into a curses screen without a terminal behind it and read back: every state has its
 * word, nothing hostile gets through, and every size is survived. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <curses.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "page_rig.h"

static void test_every_host_state_has_a_word(void **state)
{
    (void)state;
    static const char *const words[HOST_STATE_COUNT] = {
        " WARMUP ", " STABLE ", " UNSTABLE ", " STALE ", " ERROR "};
    for (int i = 0; i < HOST_STATE_COUNT; i++) {
        fake_view.tick.state = (enum host_state)i;
        expect(draw(), words[i]);
    }
    fake_view.has_tick = false;
    expect(draw(), " NO TICK YET ");
}

static void test_every_law_state_has_a_word(void **state)
{
    (void)state;
    static const char *const words[LAW_STATE_COUNT] = {"FEVER         warmup", "FEVER         ok",
        "FEVER         ACTIVE", "FEVER         stale", "FEVER         unobservable"};
    for (int i = 0; i < LAW_STATE_COUNT; i++) {
        fake_view.tick.laws[LAW_FEVER].state = (enum law_state)i;
        expect(draw(), words[i]);
    }
    expect(text, "no source for it here");
}

static void test_status_says_who_when_and_what_to_do(void **state)
{
    (void)state;
    make_incident();
    strcpy(page.board.note, "default, sealed");
    draw();
    expect(text, "coherence  web-1   UNSTABLE ");
    expect(text, "2026-01-01 19:20:29 UTC  tick 1\n");
    expect(text, "advice SHED_LOAD  COMPUTE veto, confidence 0.40, expires in 58s");
    expect(text, "default, sealed\n");
}

static void test_laws_show_value_usual_band_and_scale(void **state)
{
    (void)state;
    make_incident();
    draw();
    expect(text, "SEIZURE       ACTIVE             30 %  usual 24 %       band 0 to 12 %");
    expect(text, "CPU swing at 0.8 s");
    fake_view.findings[0].entity = 0; /* the host's own names its cause */
    expect(draw(), "\nlock convoy");
    fake_view.tick.laws[LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 6080.0, 500.0, "{page}/s");
    fake_view.octaves = 1;
    fake_view.scale_s[0] = 0.1;
    fake_view.value[0] = 3.0;
    expect(draw(), "ACTIVE     6080 pages/s  usual 4864 pages/s band 0 to 500 pages/s");
    expect(text, "top 3 %");
    expect(text, "FEVER         ok            1.25 MB/s  usual 1 MB/s     band 0 to 2.86 MB/s");
    expect(text, "its source has gone quiet: no verdict");
    expect(text, "active in 2"); /* the host and its container */
    expect(text, "\u2588");
}

static unsigned count_of(const char *piece)
{
    unsigned n = 0;
    for (const char *p = draw(); (p = strstr(p, piece)); p++)
        n++;
    return n;
}

static void test_tall_graphs_grow_from_their_bottom(void **state)
{
    (void)state;
    /* Three rows of eight steps: 1 of 12 is step 1 + round(23 / 12) = 3, in the lowest row alone. */
    resize(60, 100);
    fake_view.tick.laws[LAW_SEIZURE] = fake_reading(LAW_OK, 1.0, 12.0, "%");
    assert_int_equal(count_of("\u2583"), 1);
    assert_int_equal(count_of("\u2588"), 0);
    /* 12 of 12 is full in all three. */
    page_init(&page);
    page.board.screen = (struct screen){.utf8 = true, .blocks = true};
    resize(60, 100);
    fake_view.tick.laws[LAW_SEIZURE] = fake_reading(LAW_OK, 12.0, 12.0, "%");
    assert_int_equal(count_of("\u2588"), 3);
}

static void test_spectrum_has_bars_over_scales(void **state)
{
    (void)state;
    fake_view.tick.laws[LAW_SEIZURE] = fake_reading(LAW_OK, 3.0, 12.0, "%");
    fake_view.octaves = 3;
    for (uint32_t i = 0; i < 3; i++) {
        fake_view.scale_s[i] = 0.1 * (1 << i);
        fake_view.value[i] = (double)i;
    }
    draw();
    expect(text, "\u2581\u2581\u2581  \u2585\u2585\u2585  \u2588\u2588\u2588");
    expect(text, "top 2 %              0.1s 0.2  0.4");
}

static void test_incident_is_told_and_its_page_says_why(void **state)
{
    (void)state;
    make_incident();
    draw();
    expect(text, "1 open incident \u2500");
    expect(text, "CRITICAL cascading  risk 0.92  since 19:15:11 (5m18s)  seizure, fever");
    expect(text, "  Detected instability on web-1. Pattern: CASCADING FAILURE.");
    fake_view.incidents[0].end_ns -= 70 * INT64_C(1000000000);
    expect(draw(), "risk 0.92  19:15:11, quiet since 19:19:19  seizure, fever");
    expect(text, "cgroup:system\u2026/app.service ACTIVE");
    assert_int_equal(turn(PAGE_INCIDENTS), PAGE_CHANGED);
    draw();
    expect(text, "advice SHED_LOAD (COMPUTE veto, confidence 0.40, expires in 58s): because of");
    expect(text, "finding 4a6a111800774caa: seizure of cgroup:system.slice/app.service");
    expect(text, "since 19:15:11; cause lock_convoy; confidence medium; false-alarm rate not");
    expect(text, "evidence: cpu.mean 38.1, cpu.sigma 23.8 (expected 3)");
    expect_not(text, "17 entities");
    turn(PAGE_BACK);
    expect(draw(), "laws of this host");
}

static void test_a_long_story_is_cut_with_a_word(void **state)
{
    (void)state;
    make_incident();
    struct incident *i = &fake_view.incidents[0];
    for (size_t n = 0; n + 5 < sizeof(i->narrative); n += 5)
        memcpy(i->narrative + n, "word ", 6);
    draw();
    expect(text, "1 open incident, cut to fit: i shows all");
    expect(text, "2 entities, 2 unstable"); /* the entities keep their rows */
}

static void test_hostile_names_are_harmless(void **state)
{
    (void)state;
    fake_view_free();
    fake_view_make("ev\033[31mil\n\x9b\xff");
    uint32_t id = fake_view_add(ENTITY_CGROUP, "a\u202eb\033]0;x\007");
    fake_view.readings[id][LAW_SEIZURE] = fake_reading(LAW_OK, 1.0, 12.0, "%");
    make_incident();
    memset(fake_view.incidents[0].narrative, '\033', 100);
    strcpy(page.board.note, "\033[2J");
    resize(24, 120);
    for (int kind = PAGE_MAIN; kind <= PAGE_OF_HELP; kind++) {
        page.now = (struct place){.kind = (enum page_kind)kind};
        expect(draw(), "ev\\x1b[31mil\\x0a"); /* draw() refuses control characters */
    }
    page.now.kind = PAGE_MAIN;
    fake_view_add(ENTITY_PROCESS, "12 \033[2Jrm\002 @5");
    turn(PAGE_PROCESSES);
    expect(draw(), "     12 \\x1b[2Jrm\\x02");
    turn(PAGE_BACK);
    press("&\302\233\033[J"); /* no key of curses: what it does not know comes byte by byte */
    draw();
    press("\033");
    turn(PAGE_BACK);
    expect(draw(), "cgroup:a?b\\x1b]0;x\\x07");
}

static void test_ascii_when_the_locale_is_not_utf8(void **state)
{
    (void)state;
    make_incident();
    fake_view_add(ENTITY_CGROUP, "caf\u00e9");
    page.board.screen.utf8 = page.board.screen.blocks = false;
    draw();
    for (const char *p = text; *p; p++)
        assert_true((unsigned char)*p < 0x80);
    expect(text, "cgroup:caf\\xc3\\xa9");
    expect(text, "#");
}

static void test_without_color_only_bold_and_reverse(void **state)
{
    (void)state;
    make_incident();
    draw();
    attr_t seen = 0;
    for (int row = 0; row < 24; row++)
        for (int column = 0; column < 80; column++) {
            cchar_t cell;
            wchar_t wide[CCHARW_MAX + 1];
            attr_t attributes;
            short pair = -1;
            mvin_wch(row, column, &cell);
            getcchar(&cell, wide, &attributes, &pair, NULL);
            assert_int_equal(pair, 0);
            seen |= attributes & (attr_t)A_ATTRIBUTES & ~(attr_t)A_COLOR;
        }
    assert_int_equal(seen, A_BOLD | A_REVERSE);
}

static attr_t attributes_of(const char *word)
{
    cchar_t cell;
    wchar_t wide[CCHARW_MAX + 1];
    attr_t attributes = 0;
    short pair;
    const char *at = strstr(draw(), word);
    assert_non_null(at);
    assert_true(at - text < 80); /* in the first row */
    mvin_wch(0, (int)(at - text) + 1, &cell);
    getcchar(&cell, wide, &attributes, &pair, NULL);
    return attributes & (attr_t)(A_BOLD | A_REVERSE);
}

static void test_trouble_stands_out_without_color(void **state)
{
    (void)state;
    fake_view.tick.state = HOST_UNSTABLE;
    assert_int_equal(attributes_of(" UNSTABLE "), A_BOLD | A_REVERSE);
    fake_view.tick.state = HOST_STALE;
    assert_int_equal(attributes_of(" STALE "), A_BOLD | A_REVERSE);
    fake_view.tick.state = HOST_STABLE;
    assert_int_equal(attributes_of(" STABLE "), A_BOLD);
}

static void test_too_small_says_so(void **state)
{
    (void)state;
    resize(9, 80);
    expect(draw(), "this window of 80x9 is too small, 40x10 is needed");
    resize(24, 39);
    expect(draw(), "too");
    resize(1, 1);
    draw();
}

static void test_every_size_is_survived_on_every_page(void **state)
{
    (void)state;
    make_incident();
    for (uint32_t i = 0; i < 300; i++) {
        char name[64];
        snprintf(name, sizeof(name), "\u65e5\u672c-%u.slice/kubepods-burstable-%u.scope", i, i);
        fake_view.readings[fake_view_add(ENTITY_CGROUP, name)][LAW_FEVER] =
            fake_reading(LAW_OK, i, 100.0, "By/s");
    }
    for (int i = 0; i < HISTORY_MAX; i++)
        history_push(&page.board.history[i % LAW_MAIN_COUNT], (double)i, false);
    for (int rows = 1; rows <= 80; rows += rows < 30 ? 1 : 7)
        for (int columns = 1; columns <= 300; columns += columns < 90 ? 3 : 50)
            for (int kind = PAGE_MAIN; kind <= PAGE_OF_HELP; kind++) {
                resize(rows, columns);
                page.now = (struct place){.kind = (enum page_kind)kind};
                turn(PAGE_BOTTOM);
                draw();
                if (rows >= PAGE_ROWS_MIN && columns >= PAGE_COLUMNS_MIN)
                    expect(text, "q quit");
            }
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_host_state_has_a_word, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_law_state_has_a_word, setup, teardown),
        cmocka_unit_test_setup_teardown(test_status_says_who_when_and_what_to_do, setup, teardown),
        cmocka_unit_test_setup_teardown(test_laws_show_value_usual_band_and_scale, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tall_graphs_grow_from_their_bottom, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spectrum_has_bars_over_scales, setup, teardown),
        cmocka_unit_test_setup_teardown(test_incident_is_told_and_its_page_says_why, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_long_story_is_cut_with_a_word, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hostile_names_are_harmless, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ascii_when_the_locale_is_not_utf8, setup, teardown),
        cmocka_unit_test_setup_teardown(test_without_color_only_bold_and_reverse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trouble_stands_out_without_color, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_small_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_size_is_survived_on_every_page, setup, teardown),
    };
    return cmocka_run_group_tests(tests, open_screen, close_screen);
}
