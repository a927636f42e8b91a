/* SPDX-License-Identifier: MIT
 * Decides which page keys go to and which one is drawn: that of now, or that of the moment that is looked at.
 * Which moment is wanted is visit.c's matter, what a page looks like page_draw.c's. */
#include "output/tui/travel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"

void travel_init(struct travel *t)
{
    memset(t, 0, sizeof(*t));
    visit_init(&t->visit);
}

void travel_done(struct travel *t)
{
    free(t->then);
    t->then = NULL;
}

bool travel_is_away(const struct travel *t)
{
    return t->visit.away;
}

bool travel_is_on_the_way(const struct travel *t)
{
    return t->visit.away && t->visit.on_the_way;
}

/* On the way the page belongs to the thread, and nothing is on it. */
static bool stands(const struct travel *t)
{
    return t->visit.away && !t->visit.on_the_way;
}

/* ---- there and back ---- */

static void come_back(struct travel *t, struct page *now, const struct view *live, const char *message)
{
    if (stands(t))
        carry_take(&t->carry, t->then, view_catalog(t->view));
    visit_init(&t->visit);
    t->view = NULL;
    page_refresh(now, live);
    carry_give(&t->carry, now, live);
    now->board.paused = false;
    now->stale = true;
    if (message)
        now->message = message;
    t->way.leave(t->way.context);
}

static bool depart(struct travel *t, const struct page *now, const struct view *live)
{
    if (!t->then)
        t->then = malloc(sizeof(*t->then));
    if (!t->then)
        return false;
    if (stands(t))
        carry_take(&t->carry, t->then, view_catalog(t->view));
    else if (!t->visit.away)
        carry_take(&t->carry, now, view_catalog(live));
    t->visit.away = t->visit.on_the_way = true;
    t->view = NULL;
    t->way.go(t->way.context, t->visit.wanted_ns, t->visit.before_ns);
    return true;
}

/* Does what was asked for; shown: the page that is on the screen and may say something, or NULL. */
static void obey(struct travel *t, struct page *now, const struct view *live, const struct visit_wish *wish,
    struct page *shown)
{
    const char *typed = shown ? shown->typed : NULL;
    const char *message = NULL;

    if (!t->visit.away)
        t->visit.shown_ns = now->board.paused ? now->drawn_ns : view_now_ns(live);
    if (!t->way.go) {
        message = wish->kind == VISIT_NOW ? "this is now" : t->way.bound;
    } else {
        switch (visit_wish(&t->visit, wish, typed, view_now_ns(live), now->board.tick_ns)) {
        case VISIT_RETURNS:
            come_back(t, now, live, NULL);
            return;
        case VISIT_GOES:
            if (depart(t, now, live))
                return;
            message = "there is no memory for the past";
            break;
        default:
            message = t->visit.message[0] ? t->visit.message : NULL;
        }
    }
    if (shown && message)
        shown->message = message;
}

/* ---- keys ---- */

/* What a page answered may have been a wish. */
static enum page_answer follow(
    struct travel *t, struct page *now, const struct view *live, struct page *shown, enum page_answer answer)
{
    const struct visit_wish wish = shown->wish;

    shown->wish = (struct visit_wish){VISIT_NOTHING, 0};
    if (wish.kind != VISIT_NOTHING)
        obey(t, now, live, &wish, shown);
    return answer;
}

/* Only what leads somewhere else, or out, means something on the way. */
static enum page_answer press_on_the_way(
    struct travel *t, struct page *now, const struct view *live, enum page_key key)
{
    struct visit_wish wish = page_wish_of(key);

    if (key == PAGE_QUIT)
        return PAGE_ENDS;
    if (key == PAGE_LEAVE || key == PAGE_BACK)
        wish.kind = VISIT_NOW;
    if (wish.kind == VISIT_NOTHING)
        return PAGE_UNCHANGED;
    obey(t, now, live, &wish, NULL);
    return PAGE_CHANGED;
}

/* Leaving the first page of the past leads back to now, not out of the program. */
static bool leaves(const struct page *then, enum page_key key)
{
    return then->asks == PAGE_ASKS_NOTHING && then->depth == 0 && (key == PAGE_LEAVE || key == PAGE_BACK);
}

enum page_answer travel_press(struct travel *t, struct page *now, const struct view *live, int code)
{
    if (!t->visit.away)
        return follow(t, now, live, now, page_press(now, live, code));
    if (!stands(t))
        return press_on_the_way(t, now, live, keys_find(code, ON_ALL));
    if (leaves(t->then, keys_find(code, page_bit(t->then)))) {
        come_back(t, now, live, NULL);
        return PAGE_CHANGED;
    }
    past_as_of(&t->then->board.past, &now->board.past, t->visit.at_ns); /* one may have opened meanwhile */
    return follow(t, now, live, t->then, page_press(t->then, t->view, code));
}

enum page_answer travel_click(struct travel *t, struct page *now, const struct view *live, int row)
{
    if (!t->visit.away)
        return page_click(now, live, row);
    return stands(t) ? page_click(t->then, t->view, row) : PAGE_UNCHANGED;
}

enum page_answer travel_turn(struct travel *t, struct page *now, const struct view *live, enum page_key key)
{
    if (!t->visit.away)
        return page_turn(now, live, key);
    return stands(t) ? page_turn(t->then, t->view, key) : PAGE_UNCHANGED;
}

/* ---- what the thread does ---- */

void travel_begin(struct travel *t)
{
    page_init(t->then);
}

void travel_tick(struct travel *t, const struct view *v)
{
    page_tick(t->then, v);
}

void travel_arrive(
    struct travel *t, struct page *now, const struct view *live, const struct travel_arrival *a)
{
    if (!t->visit.away)
        return;
    if (!a->view) {
        come_back(t, now, live,
            a->fault == -ENOENT  ? "nothing has been recorded yet that could be looked at"
            : a->fault == -EBUSY ? "the recording is being written back: try again"
                                 : "the recording cannot be read");
        return;
    }
    if (visit_arrive(&t->visit, view_now_ns(a->view), a->from_ns, a->is_last, t->way.bound) ==
        VISIT_RETURNS) {
        come_back(t, now, live, "nothing later has been recorded yet: this is now");
        return;
    }
    t->view = a->view;
    carry_give(&t->carry, t->then, t->view);
    past_as_of(&t->then->board.past, &now->board.past, t->visit.at_ns);
    if (t->visit.message[0] && !t->then->message)
        t->then->message = t->visit.message;
}

void travel_left(struct travel *t)
{
    if (!t->visit.away)
        travel_done(t);
}

/* ---- what is seen ---- */

/* "NOW: a new incident: CRITICAL cascading since 03:09:58". */
static void tell_news(struct board_then *then, const struct past *known, int64_t left_ns)
{
    const struct incident *latest = NULL;
    const uint32_t n = past_since(known, left_ns, &latest);
    char clock[TIMESTAMP_TEXT_MAX];
    struct text t;

    text_init(&t, then->news, sizeof(then->news));
    if (n == 0)
        return;
    text_add(&t, n == 1 ? "NOW: a new incident, " : "NOW: new incidents, the latest ");
    text_add(&t, latest->severity == SEVERITY_CRITICAL ? "CRITICAL " : "WARNING ");
    text_add(&t, incident_kind_name(latest->kind));
    text_add(&t, ", opened ");
    text_add_bytes(&t, clock, timestamp_format_clock(past_opening_ns(known, latest), clock));
    text_add(&t, "; F shows it");
}

static void draw_then(struct travel *t, const struct page *now, const struct view *live)
{
    struct board *b = &t->then->board;
    const struct host_tick *h = now->board.host == ENTITY_NONE ? NULL : view_host(live, now->board.host);

    b->screen = now->board.screen;
    b->then.is = true;
    b->then.now_ns = view_now_ns(live);
    b->then.now = h ? host_state_name(h->state) : "no tick yet";
    tell_news(&b->then, &now->board.past, t->visit.left_ns);
    memcpy(b->note, now->board.note, sizeof(b->note));
    page_draw(t->then, t->view);
}

void travel_draw(struct travel *t, struct page *now, const struct view *live)
{
    struct area top = {.screen = &now->board.screen, .rows = 1};

    if (!t->visit.away)
        page_draw(now, live);
    else if (stands(t))
        draw_then(t, now, live);
    else
        panel_on_the_way(&top, t->visit.wanted_ns, t->way.percent(t->way.context));
}
