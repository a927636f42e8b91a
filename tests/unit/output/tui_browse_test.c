/* SPDX-License-Identifier: MIT
 * Going about in the terminal view: lists of entities and processes, one entity on a page, what is over, and
 * the keys and the mouse that lead there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "page_rig.h"

static void test_scrolling_stops_at_both_ends(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        char name[32];
        snprintf(name, sizeof(name), "unit-%03u", i);
        fake_view.readings[fake_view_add(ENTITY_CGROUP, name)][LAW_FEVER] =
            fake_reading(LAW_OK, 1.0, 100.0, "By/s");
    }
    draw();
    expect(text, ">cgroup:unit-000");
    turn(PAGE_UP);
    expect(draw(), ">cgroup:unit-000");
    turn(PAGE_DOWN);
    expect(draw(), ">cgroup:unit-001");
    expect(text, " cgroup:unit-000");
    turn(PAGE_FAR_DOWN);
    turn(PAGE_FAR_DOWN);
    expect_not(draw(), "unit-000");
    expect(text, "101 entities, 0 unstable, from ");
    turn(PAGE_BOTTOM);
    expect(draw(), ">host:web-1"); /* has no reading: last */
    turn(PAGE_FAR_DOWN);
    assert_int_equal(page.board.entities.cursor, 100);
    turn(PAGE_TOP);
    expect(draw(), ">cgroup:unit-000");
}

/* Two containers and two processes, the first container in trouble. */
static void make_host(void)
{
    uint32_t shop = fake_view_add(ENTITY_CGROUP, "shop.slice"),
             bank = fake_view_add(ENTITY_CGROUP, "bank.slice");
    int64_t java = catalog_entity(fake_view.catalog, 0, ENTITY_PROCESS, "shop.slice/4711 java @99", 24, shop);
    uint32_t init = fake_view_add(ENTITY_PROCESS, "1 (sd-pam) @2");

    fake_view.tick.laws[LAW_SEIZURE] = fake_reading(LAW_OK, 3.0, 12.0, "%");
    fake_view.readings[shop][LAW_SEIZURE] = fake_reading(LAW_OK, 9.0, 12.0, "%");
    fake_view.readings[bank][LAW_SEIZURE] = fake_reading(LAW_OK, 6.0, 12.0, "%");
    fake_view.cpu[shop] = 0.25;
    fake_view.cpu[bank] = 0.75;
    fake_view.cpu[java] = 0.5;
    fake_view.cpu[init] = 0.01;
    fake_view.processes[java] = (struct view_process){.cpu_ratio = 0.5,
        .memory_bytes = 1536.0 * 1024 * 1024,
        .growth_bytes_per_s = 2.5e6,
        .futex_ratio = 0.125,
        .wait_ratio = 1.5,
        .faults_per_s = 1234.0,
        .read_bytes_per_s = (double)NAN,
        .written_bytes_per_s = (double)NAN};
    fake_view.processes[init] = (struct view_process){.cpu_ratio = 0.01,
        .memory_bytes = 4.0 * 1024 * 1024,
        .growth_bytes_per_s = (double)NAN,
        .futex_ratio = (double)NAN,
        .wait_ratio = 0.0,
        .faults_per_s = 0.0,
        .read_bytes_per_s = 0.0,
        .written_bytes_per_s = 0.0};
    tick();
}

static void test_entities_in_a_table(void **state)
{
    (void)state;
    make_host();
    draw();
    expect(text, "── 3 entities, 0 unstable ──");
    expect(text, " entity                     state   law                 value  of band       CPU\n"
                 ">cgroup:shop.slice          ok      seizure               9 %     75 %      25 %\n"
                 " cgroup:bank.slice          ok      seizure               6 %     50 %      75 %\n"
                 " host:web-1                 ok      seizure               3 %     25 %          \n");
    expect_not(text, "process:");
}

static void test_processes_have_a_table_of_their_own(void **state)
{
    (void)state;
    make_host();
    resize(24, 120);
    turn(PAGE_PROCESSES);
    draw();
    expect(text, "── 2 processes watched ──");
    expect(text, "     pid command             CPU    memory      growth  futex    wait     faults      "
                 "storage  lives in");
    expect(text,
        ">   4711 java               50 %   1.5 GiB    2.5 MB/s 12.5 %   150 %    1234 /s            "
        "-  shop.slice");
    expect(text,
        "       1 (sd-pam)            1 %     4 MiB           -      -     0 %       0 /s       0 MB/s");
    press("s");
    expect(draw(), "2 processes watched, by memory");
    press("<<");
    expect(draw(), "2 processes watched, by name");
    turn(PAGE_BACK);
    expect(draw(), "3 entities");
}

/* A dash that touches the number after it would be its sign. */
static void test_numbers_of_processes_stand_apart(void **state)
{
    static const int columns[] = {80, 100, 120};

    (void)state;
    fake_view.processes[fake_view_add(ENTITY_PROCESS, "12 cc1 @3")] =
        (struct view_process){.cpu_ratio = 0.9, .wait_ratio = (double)NAN, .faults_per_s = 1198803.0};
    turn(PAGE_PROCESSES);
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        resize(24, columns[i]);
        expect(draw(), " - 1198803 /s");
    }
}

static void test_what_is_selected_stays_selected(void **state)
{
    (void)state;
    make_host();
    press("j");
    expect(draw(), ">cgroup:bank.slice");
    fake_view.readings[2][LAW_SEIZURE].value = 11.0; /* bank goes to the top */
    tick();
    expect(draw(), ">cgroup:bank.slice ");
    assert_int_equal(page.board.entities.cursor, 0);
    fake_view.tick.laws[LAW_SEIZURE].value = 11.5; /* and the host above it */
    tick();
    expect(draw(), ">cgroup:bank.slice ");
    assert_int_equal(page.board.entities.cursor, 1);
    fake_view.tick.laws[LAW_SEIZURE].value = 3.0;
    turn(PAGE_TOP); /* selects none: whichever stands first */
    fake_view.readings[2][LAW_SEIZURE].value = 1.0;
    tick();
    expect(draw(), ">cgroup:shop.slice");
}

static void test_order_filter_and_search(void **state)
{
    (void)state;
    make_host();
    press("s");
    expect(draw(), "3 entities, 0 unstable, by CPU");
    expect(text, ">cgroup:bank.slice");
    press("I");
    expect(draw(), "by CPU reversed");
    expect(text, ">cgroup:shop.slice");
    press("I<");
    expect_not(draw(), ", by ");
    press("&BAN");
    expect(draw(), "only names with: BAN_");
    expect(text, "3 entities, 0 unstable, 1 with \"BAN\"");
    expect_not(text, "shop.slice");
    press("\033");
    expect(draw(), "shop.slice"); /* taken back */
    press("&web\r");
    expect(draw(), "q quit");
    expect(text, ">host:web-1");
    press("&\r");
    expect(draw(), "shop.slice");
    press("/ban\r");
    expect(draw(), ">cgroup:bank.slice");
    press("n");
    expect(draw(), ">cgroup:bank.slice"); /* the only one, round the end */
    press("/slice\rn");
    expect(draw(), ">cgroup:bank.slice");
    press("N");
    expect(draw(), ">cgroup:shop.slice");
    press("/cgroup:b\r"); /* as it stands in the row */
    expect(draw(), ">cgroup:bank.slice");
    press("/nowhere\r");
    expect(draw(), "no row holds that");
    press("j");
    expect(draw(), "q quit");
}

static void test_a_text_may_be_taken_back_by_character(void **state)
{
    (void)state;
    make_host();
    press("/a\303\251\177");
    expect(draw(), "find: a_");
    press("\177\177\177b\033");
    expect(draw(), "q quit");
    for (int i = 0; i < 100; i++)
        press("/xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    draw();
    press("\033");
}

static void test_one_entity_on_a_page(void **state)
{
    (void)state;
    make_host();
    make_incident();
    struct finding *f = &fake_view.findings[0];
    f->entity = 1;
    strcpy(f->carriers[0].name, "4711 java");
    f->carriers[0].share = 0.71;
    f->carrier_count = 1;
    f->exhaustion_lo_s = 7200.0;
    f->exhaustion_hi_s = 3.5 * 3600.0;
    fake_view.readings[1][LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 30.0, 12.0, "%");
    fake_view.supply_count = 2;
    fake_view.supplies[0] =
        (struct view_supply){"space", true, 30.0 * (1 << 30), 40.0 * (1 << 30), 2048.0, 7200.0, 3.5 * 3600.0};
    fake_view.supplies[1] =
        (struct view_supply){"inodes", false, 512.0, (double)NAN, 0.5, (double)NAN, (double)NAN};
    fake_view.octaves = 2;
    fake_view.scale_s[0] = 0.1;
    fake_view.scale_s[1] = 0.2;
    fake_view.value[0] = 12.0;
    fake_view.value[1] = 1.0;
    assert_true(catalog_series_known(fake_view.catalog, 1, METRIC_CPU_UTILIZATION) >= 0);
    tick();
    resize(40, 80);
    press("j\r"); /* after the host */
    draw();
    expect(text, " cgroup:shop.slice");
    expect(text, "SEIZURE       ACTIVE             30 %  usual 24 %       band 0 to 12 %");
    expect(text, "  lock convoy over 0.8 s               250 % of its band");
    expect(text, "finding 4a6a111800774caa: seizure of cgroup:shop.slice");
    expect(text, "exhausted in 2 h to 3.5 h");
    expect(text, "    carried by: 4711 java (71 %)");
    expect(text, "space                       30 GiB  of 40 GiB  75 %  exhausted in 2 h to 3.5 h");
    expect(text, "inodes                         512  no limit  +0.5/s of late");
    expect(text, "0.1 s                                                                          \u2588\n");
    expect(text, "0.2 s                                                                          \u2591\n");
    expect(text, "CPU                           25 %         25 %         6");
    expect(text, "    4711 java               50 %   1.5 GiB    2.5 MB/s 12.5 %   150 %    1234 /s");
    expect_not(text, "(sd-pam)"); /* lives elsewhere */
    press("q");
    expect(draw(), "laws of this host");
    assert_int_equal(page_press(&page, fake_view_get(), 'q'), PAGE_ENDS);
}

/* What a fever uses up is said by its unit, and by what has no memory. */
static void test_a_fever_names_what_is_used_up(void **state)
{
    static const struct {
        enum entity_kind kind;
        const char *unit, *said;
    } cases[] = {{ENTITY_CGROUP, "By/s", "  memory over 0.8 s"},
        {ENTITY_FILESYSTEM, "By/s", "  space over 0.8 s"},
        {ENTITY_FILESYSTEM, "{inode}/s", "  inodes over 0.8 s"},
        {ENTITY_CGROUP, "{task}/s", "  tasks over 0.8 s"},
        {ENTITY_CGROUP, "{file}/s", "  open files over 0.8 s"},
        {ENTITY_HOST, "{entry}/s", "  connections tracked over 0.8 s"},
        {ENTITY_JVM, "1", "  garbage collection over 0.8 s"}};

    (void)state;
    tick();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint32_t id = cases[i].kind == ENTITY_HOST ? 0 : fake_view_add(cases[i].kind, "/var");
        struct law_reading r = fake_reading(LAW_OK, 0.5, 1.0, cases[i].unit);
        fake_view.readings[id][LAW_FEVER] = fake_view.tick.laws[LAW_FEVER] = r;
        page.now = (struct place){.kind = PAGE_OF_ENTITY, .entity = id};
        expect(draw(), cases[i].said);
    }
}

static void test_an_entity_that_ends_is_left(void **state)
{
    (void)state;
    make_host();
    press("\r");
    catalog_leave(fake_view.catalog, 3); /* its process first */
    catalog_make_room(fake_view.catalog, 3);
    catalog_remove(fake_view.catalog, 3);
    catalog_leave(fake_view.catalog, 1);
    tick();
    expect(draw(), "is no more");
    catalog_make_room(fake_view.catalog, 1);
    catalog_remove(fake_view.catalog, 1);
    tick();
    expect(draw(), "what was shown has ended");
    expect(text, "laws of this host");
    press("\033j");
    expect(draw(), "q quit");
}

static void test_rows_that_have_gone_since_the_tick_are_not_drawn(void **state)
{
    (void)state;
    make_host();
    press("j"); /* bank, the third name */
    catalog_leave(fake_view.catalog, 2);
    catalog_make_room(fake_view.catalog, 2);
    catalog_remove(fake_view.catalog, 2);
    expect_not(draw(), "bank.slice"); /* a size or a key, no tick */
    expect(text, "2 entities");
    press("\r");
    expect(draw(), " host:web-1");
}

static void test_a_click_selects_and_a_second_one_opens(void **state)
{
    (void)state;
    make_host();
    draw();
    int top = page.board.entities.top;
    assert_int_equal(page_click(&page, fake_view_get(), top - 1), PAGE_UNCHANGED);
    assert_int_equal(page_click(&page, fake_view_get(), top + 3), PAGE_UNCHANGED);
    assert_int_equal(page_click(&page, fake_view_get(), top + 1), PAGE_CHANGED);
    expect(draw(), ">cgroup:bank.slice");
    page_click(&page, fake_view_get(), top + 1);
    expect(draw(), " cgroup:bank.slice");
    assert_int_equal(page.now.kind, PAGE_OF_ENTITY);
    assert_int_equal(page_click(&page, fake_view_get(), top), PAGE_UNCHANGED);
}

static void test_incidents_that_are_over_are_kept(void **state)
{
    (void)state;
    make_incident();
    strcpy(fake_view.incidents[0].id, "cafe");
    tick();
    fake_view.incident_count = fake_view.finding_count = 0;
    tick();
    expect(draw(), "no open incident, 1 over");
    turn(PAGE_INCIDENTS);
    expect(draw(), "over, the latest first");
    expect(text, "CRITICAL cascading  risk 0.92  19:15:11 to 19:20:31 (5m20s)  seizure, fever");
    expect(text, "  Detected instability on web-1. Pattern: CASCADING FAILURE.");
    for (int i = 0; i < 3 * PAST_MAX; i++) {
        fake_view.incident_count = 1;
        snprintf(fake_view.incidents[0].id, sizeof(fake_view.incidents[0].id), "%d", i);
        tick();
        fake_view.incident_count = 0;
        tick();
    }
    int64_t end_ns;
    assert_int_equal(past_count(&page.board.past), PAST_MAX);
    assert_string_equal(past_get(&page.board.past, 0, &end_ns)->id, "47");
    assert_string_equal(past_get(&page.board.past, PAST_MAX - 1, &end_ns)->id, "32");
}

static void test_spectrum_over_time_has_room_on_a_tall_screen(void **state)
{
    (void)state;
    make_host();
    fake_view.octaves = 1;
    fake_view.scale_s[0] = 0.1;
    fake_view.value[0] = 4.0;
    for (int i = 0; i < 700; i++)
        tick();
    resize(40, 80);
    draw();
    expect(text, "SPECTRUM of host:web-1, CPU swing over time");
    /* 72 columns of 5 ticks, all a third of the band of 12. */
    expect(text, "0.1 s   \u2592\u2592\u2592\u2592");
    expect(text, "\u2588 = 12 %           -5m         -4m         -3m         -2m         -1m       now");
    press("j");
    expect(draw(), "SPECTRUM of cgroup:bank.slice, CPU swing over time");
    page.board.screen.blocks = page.board.screen.utf8 = false;
    expect(draw(), "0.1 s   ++++");
}

static void test_help_names_every_key_that_the_last_row_names(void **state)
{
    (void)state;
    const struct key_row *key;
    resize(200, 200);
    turn(PAGE_HELP);
    draw();
    for (size_t i = 0; (key = keys_row(i)); i++)
        if (key->label[0]) {
            expect(text, key->label);
            expect(text, key->text);
        }
}

static void test_every_code_means_one_thing(void **state)
{
    (void)state;
    const struct key_row *one, *other;
    for (size_t i = 0; (one = keys_row(i)); i++)
        for (size_t k = 0; k < KEYS_EACH && one->codes[k]; k++)
            for (size_t j = 0; (other = keys_row(j)); j++)
                for (size_t m = 0; m < KEYS_EACH && other->codes[m]; m++)
                    assert_true(one->codes[k] != other->codes[m] || (i == j && k == m));
}

static void test_help_is_left_to_where_it_was_opened(void **state)
{
    (void)state;
    turn(PAGE_INCIDENTS);
    turn(PAGE_HELP);
    expect(draw(), "── keys ──");
    turn(PAGE_BACK);
    expect(draw(), "no open incident");
    assert_int_equal(page.now.kind, PAGE_OF_INCIDENTS);
    turn(PAGE_HELP);
    turn(PAGE_HELP);
    assert_int_equal(page.now.kind, PAGE_OF_INCIDENTS);
    turn(PAGE_BACK);
    assert_int_equal(page.now.kind, PAGE_MAIN);
}

static void test_pause_keeps_counting(void **state)
{
    (void)state;
    turn(PAGE_PAUSE);
    expect(draw(), "tick 1  PAUSED\n");
    fake_view.now_ns++;
    page_tick(&page, fake_view_get());
    page_tick(&page, fake_view_get()); /* the same tick again, as after a resize */
    turn(PAGE_PAUSE);
    expect(draw(), "tick 2\n");
}

int main(void)
{
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scrolling_stops_at_both_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_entities_in_a_table, setup, teardown),
        cmocka_unit_test_setup_teardown(test_processes_have_a_table_of_their_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_of_processes_stand_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_selected_stays_selected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order_filter_and_search, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_text_may_be_taken_back_by_character, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_entity_on_a_page, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_fever_names_what_is_used_up, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_entity_that_ends_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(
            test_rows_that_have_gone_since_the_tick_are_not_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_click_selects_and_a_second_one_opens, setup, teardown),
        cmocka_unit_test_setup_teardown(test_incidents_that_are_over_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_spectrum_over_time_has_room_on_a_tall_screen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_help_names_every_key_that_the_last_row_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_code_means_one_thing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_help_is_left_to_where_it_was_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_keeps_counting, setup, teardown),
    };
    return cmocka_run_group_tests(tests, open_screen, close_screen);
}
