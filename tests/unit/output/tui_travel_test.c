/* SPDX-License-Identifier: MIT
 * The terminal view in the past: which page is drawn, what is said of it, what keys do there and on the way.
 * Moments are those of the fake view, set back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <curses.h>
#include <errno.h>
#include <locale.h>
#include <string.h>

#include "output/tui/travel.h"
#include "page_rig.h"

#define SECOND INT64_C(1000000000)

static struct travel travel;
static struct {
    int64_t t_ns, before_ns;
    unsigned gone, left;
} asked;

static void go(void *context, int64_t t_ns, int64_t before_ns)
{
    (void)context;
    asked.t_ns = t_ns;
    asked.before_ns = before_ns;
    asked.gone++;
}

static void leave(void *context)
{
    (void)context;
    asked.left++;
}

static unsigned percent(void *context)
{
    (void)context;
    return 43;
}

static int begin(void **state)
{
    memset(&asked, 0, sizeof(asked));
    travel_init(&travel);
    travel.way =
        (struct travel_way){.go = go, .leave = leave, .percent = percent, .bound = "it is only a test"};
    return setup(state);
}

static int end(void **state)
{
    travel_done(&travel);
    return teardown(state);
}

/* What a screen shows: read back by draw's reader, which draws the page itself; so only the rows are read. */
static const char *look(void)
{
    size_t n = 0;

    if (!travel_is_on_the_way(&travel))
        erase();
    travel_draw(&travel, &page, fake_view_get());
    for (int row = 0; row < page.board.screen.rows; row++) {
        char line[512];
        const int got = mvinnstr(row, 0, line, (int)sizeof(line) - 1);
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\n", got > 0 ? line : "");
    }
    return text;
}

static enum page_answer key(int code)
{
    return travel_press(&travel, &page, fake_view_get(), code);
}

static void type(const char *keys)
{
    for (; *keys; keys++)
        assert_int_not_equal(key((unsigned char)*keys), PAGE_ENDS);
}

/* The thread has rebuilt that moment: the fake view as it is, set back. The caller sets it forth again. */
static void arrive(int64_t t_ns)
{
    fake_view.now_ns = t_ns;
    travel_begin(&travel);
    travel_tick(&travel, fake_view_get());
    travel_arrive(&travel, &page, fake_view_get(),
        &(struct travel_arrival){.view = fake_view_get(), .from_ns = t_ns - 300 * SECOND});
}

static void test_the_past_says_that_it_is_and_keys_lead_back(void **state)
{
    (void)state;
    draw();
    assert_int_equal(key('{'), PAGE_CHANGED);
    assert_int_equal(asked.gone, 1);
    assert_int_equal(asked.t_ns, FAKE_NOW_NS - 60 * SECOND);
    expect(look(), " PAST  going to 2026-01-01 19:19:29 UTC: 43 %");
    expect(text, "F: back to now\n");
    expect(text, "laws of this host"); /* still that of now */
    arrive(FAKE_NOW_NS - 60 * SECOND);
    expect(look(), " PAST  2026-01-01 19:19:29 UTC, ");
    expect(text, "F: back to now, ");
    expect(text, "coherence  web-1 ");
    expect(text, "F now  [ ] tick  { } minute  ( ) ten  @ time  o opening  q quit");
    assert_int_equal(key(' '), PAGE_CHANGED);
    expect(look(), "what was stands still by itself; F leads back to now");
    assert_int_equal(key('h'), PAGE_CHANGED); /* pages are the same ones */
    expect(look(), "\u2500\u2500 keys");
    assert_int_equal(key('q'), PAGE_CHANGED);
    expect(look(), "laws of this host");
    assert_int_equal(asked.left, 0);
    assert_int_equal(key('q'), PAGE_CHANGED); /* out of the past, not out of the program */
    assert_int_equal(asked.left, 1);
    assert_false(travel_is_away(&travel));
    expect_not(look(), "PAST");
    travel_left(&travel);
    assert_null(travel.then);
    assert_int_equal(key('q'), PAGE_ENDS);
}

static void test_on_the_way_only_time_and_leaving_mean_something(void **state)
{
    (void)state;
    draw();
    key('[');
    assert_int_equal(key('h'), PAGE_UNCHANGED);
    assert_int_equal(key('j'), PAGE_UNCHANGED);
    assert_int_equal(key('['), PAGE_CHANGED);
    assert_int_equal(asked.t_ns, FAKE_NOW_NS - 2 * SECOND);
    assert_int_equal(travel_click(&travel, &page, fake_view_get(), 15), PAGE_UNCHANGED);
    assert_int_equal(key('Q'), PAGE_ENDS);
    assert_int_equal(key(27), PAGE_CHANGED);
    assert_false(travel_is_away(&travel));
    assert_int_equal(asked.left, 1);
}

static void test_a_step_goes_from_what_was_held_still(void **state)
{
    (void)state;
    tick();
    look();
    key(' ');
    const int64_t held_ns = fake_view.now_ns;
    for (int i = 0; i < 5; i++)
        tick();
    key('[');
    assert_int_equal(asked.t_ns, held_ns - SECOND);
    key('F');
    assert_false(page.board.paused); /* now is now */
}

static void test_a_time_is_typed(void **state)
{
    (void)state;
    draw();
    key('h'); /* on every page */
    type("@19:1");
    expect(look(), "time (03:02, 03:02:15 UTC, or how long ago: 10m): 19:1_");
    type("0\r");
    assert_int_equal(asked.t_ns, FAKE_NOW_NS - (10 * 60 + 29) * SECOND);
    key(27);
    type("@soon\r");
    expect(look(), "that is no time: 03:02");
    assert_int_equal(asked.gone, 1);
    type("@10m");
    key(27);
    assert_int_equal(asked.gone, 1);
    assert_false(travel_is_away(&travel));
}

static void test_an_incident_leads_to_its_opening(void **state)
{
    (void)state;
    tick();
    key('o');
    expect(look(), "no incident is known whose opening could be looked at");
    make_incident();
    strcpy(fake_view.incidents[0].id, "cafe");
    tick();
    const int64_t opened_ns = fake_view.now_ns;
    tick();
    tick();
    key('o'); /* the tick at which it was there, not its beginning in hindsight */
    assert_int_equal(asked.t_ns, opened_ns);
    key('F');
    fake_view.incidents[1] = fake_view.incidents[0];
    strcpy(fake_view.incidents[1].id, "beef");
    fake_view.incident_count = 2;
    tick();
    const int64_t second_ns = fake_view.now_ns;
    key('o'); /* the latest */
    assert_int_equal(asked.t_ns, second_ns);
    key('F');
    key('i');
    key('o'); /* the chosen one: the first */
    assert_int_equal(asked.t_ns, opened_ns);
    key('F');
    expect(look(), ">CRITICAL");
    key('n');
    key('o');
    assert_int_equal(asked.t_ns, second_ns);
    key('F');
    fake_view.incident_count = 0;
    tick(); /* both are over, and are still known */
    expect(look(), "over, the latest first");
    key('N');
    key('o');
    const int64_t chosen_ns = asked.t_ns;
    assert_true(chosen_ns == opened_ns || chosen_ns == second_ns);
    arrive(chosen_ns);
    /* What was over later was not over then. */
    assert_int_equal(past_count(&travel.then->board.past), 0);
}

static void test_the_latest_opening_is_found_from_before_it_too(void **state)
{
    (void)state;
    for (int round = 0; round < 2; round++) { /* on the page of incidents, then on the first */
        fake_view.incident_count = 0;
        tick();
        const int64_t before_ns = fake_view.now_ns;
        key('i');
        key('[');
        arrive(before_ns); /* nothing is open there, */
        make_incident();   /* and here something opens meanwhile */
        snprintf(fake_view.incidents[0].id, sizeof(fake_view.incidents[0].id), "cafe%d", round);
        fake_view.now_ns = before_ns + 5 * SECOND;
        page_tick(&page, fake_view_get());
        fake_view.incident_count = 0; /* of the moment that is shown */
        key('o');
        assert_int_equal(asked.t_ns, before_ns + 5 * SECOND);
        key('F');
    }
}

static void test_what_comes_up_meanwhile_is_announced(void **state)
{
    (void)state;
    const int64_t now_ns = FAKE_NOW_NS + 5 * SECOND;
    tick();
    key('(');
    arrive(FAKE_NOW_NS - 600 * SECOND);
    expect_not(look(), "NOW:");
    make_incident();
    strcpy(fake_view.incidents[0].id, "cafe");
    fake_view.now_ns = now_ns;
    page_tick(&page, fake_view_get());
    expect(look(), "NOW: a new incident, CRITICAL cascading, opened 19:20:34; F shows it");
    expect(text, "F: back to now, unstable");
    key('F');
    expect_not(look(), "NOW:");
}

static void test_what_is_selected_goes_along_by_name(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        fake_view.readings[fake_view_add(ENTITY_CGROUP, (const char *[]){"a.slice", "b.slice", "c.slice"}[i])]
                          [LAW_FEVER] = fake_reading(LAW_OK, 1.0, 100.0, "By/s");
    tick();
    draw();
    key('j');
    const uint32_t selected = page.board.entities.selected;
    assert_int_not_equal(selected, ENTITY_NONE);
    key('s');
    key('\r');
    key('[');
    arrive(FAKE_NOW_NS);
    assert_int_equal(travel.then->now.kind, PAGE_OF_ENTITY);
    assert_int_equal(travel.then->now.entity, selected);
    assert_int_equal(travel.then->board.entities.order, page.board.entities.order);
    key(27);
    assert_int_equal(travel.then->board.entities.selected, selected);
    /* A moment at which it was not there yet. */
    key('\r');
    key('[');
    strcpy(travel.carry.shown.entity, "cgroup:d.slice");
    arrive(FAKE_NOW_NS - SECOND);
    assert_int_equal(travel.then->now.kind, PAGE_MAIN);
    expect(look(), "what was shown is not known at this moment");
}

static void test_without_a_recording_it_stays_now(void **state)
{
    (void)state;
    draw();
    key('[');
    travel_arrive(&travel, &page, fake_view_get(), &(struct travel_arrival){.fault = -ENOENT});
    assert_false(travel_is_away(&travel));
    assert_int_equal(asked.left, 1);
    expect(look(), "nothing has been recorded yet that could be looked at");
    travel.way.go = NULL;
    key('[');
    expect(look(), "it is only a test");
    assert_int_equal(asked.gone, 1);
}

static void test_every_size_is_survived(void **state)
{
    (void)state;
    make_incident();
    tick();
    key('[');
    for (int round = 0; round < 2; round++) {
        for (int rows = 1; rows < 50; rows += 3)
            for (int columns = 1; columns < 160; columns += 7) {
                resize(rows, columns);
                look();
                if (round == 0 && rows >= PAGE_ROWS_MIN && columns >= PAGE_COLUMNS_MIN)
                    expect(text, "F: ");
            }
        resize(24, 80);
        arrive(FAKE_NOW_NS - SECOND);
    }
    resize(10, 40);
    expect(look(), " PAST  19:20:28 UTC, ");
    expect(text, " F: now\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_past_says_that_it_is_and_keys_lead_back, begin, end),
        cmocka_unit_test_setup_teardown(test_on_the_way_only_time_and_leaving_mean_something, begin, end),
        cmocka_unit_test_setup_teardown(test_a_step_goes_from_what_was_held_still, begin, end),
        cmocka_unit_test_setup_teardown(test_a_time_is_typed, begin, end),
        cmocka_unit_test_setup_teardown(test_an_incident_leads_to_its_opening, begin, end),
        cmocka_unit_test_setup_teardown(test_the_latest_opening_is_found_from_before_it_too, begin, end),
        cmocka_unit_test_setup_teardown(test_what_comes_up_meanwhile_is_announced, begin, end),
        cmocka_unit_test_setup_teardown(test_what_is_selected_goes_along_by_name, begin, end),
        cmocka_unit_test_setup_teardown(test_without_a_recording_it_stays_now, begin, end),
        cmocka_unit_test_setup_teardown(test_every_size_is_survived, begin, end),
    };
    setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests(tests, open_screen, close_screen);
}
