/* SPDX-License-Identifier: MIT
 * Draws pages and reads them back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "page_rig.h"

#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct page page;
static FILE *nowhere;
static SCREEN *screen;
char text[512 * 1024];

int open_screen(void **state)
{
    (void)state;
    nowhere = fopen("/dev/null", "r+");
    screen = newterm("xterm", nowhere, nowhere);
    return nowhere && screen ? 0 : -1;
}

int close_screen(void **state)
{
    (void)state;
    endwin();
    delscreen(screen);
    fclose(nowhere);
    return 0;
}

void resize(int rows, int columns)
{
    resizeterm(rows, columns);
    page.board.screen.rows = rows;
    page.board.screen.columns = columns;
}

int setup(void **state)
{
    (void)state;
    fake_view_make("web-1");
    page_init(&page);
    page.board.screen = (struct screen){.utf8 = true, .blocks = true};
    resize(24, 80);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    fake_view_free();
    return 0;
}

const char *draw(void)
{
    size_t n = 0;
    page_tick(&page, fake_view_get());
    erase();
    page_draw(&page, fake_view_get());
    for (int row = 0; row < page.board.screen.rows; row++) {
        for (int column = 0; column < page.board.screen.columns; column++) {
            cchar_t cell;
            wchar_t wide[CCHARW_MAX + 1] = {0};
            attr_t attributes;
            short pair;
            assert_int_not_equal(mvin_wch(row, column, &cell), ERR);
            getcchar(&cell, wide, &attributes, &pair, NULL);
            size_t length = wcstombs(text + n, wide, sizeof(text) - n - 2);
            assert_true(length != (size_t)-1);
            for (size_t i = n; i < n + length; i++)
                assert_true((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
            n += length;
        }
        text[n++] = '\n';
    }
    text[n] = '\0';
    return text;
}

void expect(const char *screen_text, const char *piece)
{
    if (!strstr(screen_text, piece)) {
        fprintf(stderr, "'%s' is not on the screen:\n%s", piece, screen_text);
        fail();
    }
}

void expect_not(const char *screen_text, const char *piece)
{
    if (strstr(screen_text, piece)) {
        fprintf(stderr, "'%s' is on the screen:\n%s", piece, screen_text);
        fail();
    }
}

enum page_answer turn(enum page_key key)
{
    return page_turn(&page, fake_view_get(), key);
}

void press(const char *keys)
{
    for (; *keys; keys++)
        assert_int_not_equal(page_press(&page, fake_view_get(), (unsigned char)*keys), PAGE_ENDS);
}

void tick(void)
{
    fake_view.now_ns += INT64_C(1000000000);
    page_tick(&page, fake_view_get());
}

void make_incident(void)
{
    struct incident *i = &fake_view.incidents[0];
    struct finding *f = &fake_view.findings[0];

    fake_view.tick.state = HOST_UNSTABLE;
    fake_view.tick.laws[LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 30.0, 12.0, "%");
    fake_view.tick.laws[LAW_FEVER] = fake_reading(LAW_OK, 1.25e6, 2.86e6, "By/s");
    fake_view.tick.laws[LAW_AMPLIFICATION] = fake_reading(LAW_STALE, (double)NAN, (double)NAN, "1");
    fake_view.tick.veto = (struct veto){
        .type = VETO_COMPUTE, .confidence = 0.4, .expires_ns = FAKE_NOW_NS + 58 * INT64_C(1000000000)};
    fake_view.incident_count = 1;
    i->severity = SEVERITY_CRITICAL;
    i->kind = INCIDENT_CASCADING;
    i->risk = 0.92;
    i->start_ns = FAKE_NOW_NS - 318 * INT64_C(1000000000);
    i->end_ns = FAKE_NOW_NS;
    i->laws = 1U << LAW_SEIZURE | 1U << LAW_FEVER;
    i->veto = fake_view.tick.veto;
    snprintf(i->veto.reason, sizeof(i->veto.reason), "because of the swings");
    snprintf(
        i->narrative, sizeof(i->narrative), "Detected instability on web-1. Pattern: CASCADING FAILURE.");
    strcpy(i->findings[0], "4a6a111800774caa");
    i->finding_count = 1;
    fake_view.finding_count = 1;
    strcpy(f->id, "4a6a111800774caa");
    f->entity = fake_view_add(ENTITY_CGROUP, "system.slice/app.service");
    f->law = LAW_SEIZURE;
    f->cause = "lock_convoy";
    f->confidence = CONFIDENCE_MEDIUM;
    f->onset_ns = i->start_ns;
    f->evidence[0] = (struct evidence){"cpu.mean", 38.06, (double)NAN};
    f->evidence[1] = (struct evidence){"cpu.sigma", 23.8, 3.0};
    f->evidence_count = 2;
    fake_view.readings[f->entity][LAW_SEIZURE] = fake_reading(LAW_ACTIVE, 30.0, 12.0, "%");
}
