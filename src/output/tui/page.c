/* SPDX-License-Identifier: MIT
 * Follows ticks and keys from page to page. What a page looks like is page_draw.c's and the panels' business,
 * the terminal itself tui.c's. */
#include "output/tui/page.h"

#include <math.h>
#include <string.h>

#define FAR       INT64_C(1000000000) /* past the end of everything; drawing brings it back */
#define ESCAPE    27
#define DELETE    0x7f
#define BACKSPACE 8
#define ERASE_ALL ('U' & 0x1f)
#define BYTE_MAX  0xff /* curses' own codes are larger */
#define MINUTE_NS INT64_C(60000000000)

void page_init(struct page *p)
{
    memset(p, 0, sizeof(*p));
    p->board.host = ENTITY_NONE;
    p->board.tick_ns = INT64_C(1000000000);
    list_init(&p->board.entities, false);
    list_init(&p->board.processes, true);
    p->height = 1;
    p->stale = true;
}

unsigned page_bit(const struct page *p)
{
    return 1U << p->now.kind; /* in the order of the ON_ bits */
}

struct list *page_list(struct page *p)
{
    return p->now.kind == PAGE_MAIN           ? &p->board.entities
           : p->now.kind == PAGE_OF_PROCESSES ? &p->board.processes
                                              : NULL;
}

static void find_host(struct board *b, const struct catalog *c)
{
    uint32_t first = catalog_entity_first(c);

    if (b->host != ENTITY_NONE && catalog_stage(c, b->host) == CATALOG_UNKNOWN)
        b->host = ENTITY_NONE;
    if (b->host == ENTITY_NONE && first != ENTITY_NONE)
        b->host = catalog_entity_get(c, first)->host; /* the first name that a source said is its host's */
}

static void rank(struct page *p, const struct view *v)
{
    list_update(&p->board.entities, v);
    if (p->now.kind == PAGE_OF_PROCESSES)
        list_update(&p->board.processes, v);
}

/* Spectra: of the host, of what is looked at, then of the most unstable. */
static void trace(struct page *p, const struct view *v)
{
    const struct ranking *r = &p->board.entities.ranking;
    struct traces *t = &p->board.traces;

    traces_tick(t);
    traces_take(t, v, p->board.host);
    if (p->now.kind == PAGE_OF_ENTITY)
        traces_take(t, v, p->now.entity);
    for (uint32_t i = 0; i < r->count && i < TRACES_MAX; i++)
        traces_take(t, v, r->rows[i].entity);
}

/* Ids whose entities are known no more must not be asked for. */
static void forget(struct page *p, const struct catalog *c)
{
    for (unsigned i = 0; i < p->depth; i++)
        if (p->before[i].kind == PAGE_OF_ENTITY && catalog_stage(c, p->before[i].entity) == CATALOG_UNKNOWN)
            p->before[i] = (struct place){.kind = PAGE_MAIN};
    if (p->now.kind == PAGE_OF_ENTITY && catalog_stage(c, p->now.entity) == CATALOG_UNKNOWN) {
        p->now = p->depth ? p->before[--p->depth] : (struct place){.kind = PAGE_MAIN};
        p->message = "what was shown has ended";
        p->stale = true;
    }
}

void page_refresh(struct page *p, const struct view *v)
{
    const struct catalog *c = view_catalog(v);

    find_host(&p->board, c);
    forget(p, c);
    if (p->changes != catalog_changes(c)) {
        p->changes = catalog_changes(c);
        list_update(&p->board.entities, v);
        list_update(&p->board.processes, v);
    }
}

/* Values of another quantity do not stand in one graph: a law that begins to speak of something else begins a
 * new one. */
static void note_reading(struct board *b, unsigned law, const struct law_reading *r)
{
    bool judged = r->state != LAW_UNOBSERVABLE && r->state != LAW_STALE;

    if (b->units[law] && strcmp(b->units[law], r->unit) != 0)
        memset(&b->history[law], 0, sizeof(b->history[law]));
    b->units[law] = r->unit;
    history_push(&b->history[law], judged ? r->value : (double)NAN, judged && r->value > r->hi);
}

void page_tick(struct page *p, const struct view *v)
{
    struct board *b = &p->board;
    const struct catalog *c = view_catalog(v);
    const struct host_tick *h;

    find_host(b, c);
    h = b->host == ENTITY_NONE ? NULL : view_host(v, b->host);
    if (!h || view_now_ns(v) == p->last_ns)
        return;
    if (p->last_ns)
        b->tick_ns = view_now_ns(v) - p->last_ns;
    p->last_ns = view_now_ns(v);
    b->ticks++;
    for (unsigned law = 0; law < LAW_MAIN_COUNT; law++)
        note_reading(b, law, &h->laws[law]);
    past_tick(&b->past, v);
    forget(p, c);
    rank(p, v);
    trace(p, v);
}

static void go_to(struct page *p, const struct view *v, enum page_kind kind, uint32_t entity)
{
    if (p->depth == PAGE_DEPTH) { /* the oldest way back is lost */
        memmove(p->before, p->before + 1, sizeof(p->before) - sizeof(p->before[0]));
        p->depth--;
    }
    p->before[p->depth++] = p->now;
    p->now = (struct place){.kind = kind, .entity = entity};
    rank(p, v);
}

static enum page_answer go_back(struct page *p, const struct view *v)
{
    p->now = p->depth ? p->before[--p->depth] : (struct place){.kind = PAGE_MAIN};
    rank(p, v);
    return PAGE_CHANGED;
}

/* To a page, or back from it. */
static enum page_answer toggle(struct page *p, const struct view *v, enum page_kind kind)
{
    if (p->now.kind == kind)
        return go_back(p, v);
    go_to(p, v, kind, ENTITY_NONE);
    return PAGE_CHANGED;
}

static enum page_answer open_entity(struct page *p, const struct view *v)
{
    uint32_t entity = list_current(page_list(p));

    if (entity == ENTITY_NONE || catalog_stage(view_catalog(v), entity) == CATALOG_UNKNOWN)
        return PAGE_UNCHANGED;
    go_to(p, v, PAGE_OF_ENTITY, entity);
    return PAGE_CHANGED;
}

static enum page_answer move(struct page *p, int64_t rows)
{
    struct list *list = page_list(p);

    if (list)
        list_move(list, rows);
    else
        p->now.scroll = p->now.scroll + rows > 0 ? p->now.scroll + rows : 0;
    return PAGE_CHANGED;
}

static enum page_answer find(struct page *p, const struct view *v, bool forward)
{
    if (!p->sought[0])
        p->message = "nothing is sought: / begins";
    else if (!list_find(page_list(p), v, p->sought, forward))
        p->message = "no row holds that";
    return PAGE_CHANGED;
}

static enum page_answer ask(struct page *p, enum page_question question)
{
    p->asks = question;
    if (question == PAGE_ASKS_FILTER)
        memcpy(p->kept, page_list(p)->filter, sizeof(p->kept));
    p->typed[0] = '\0';
    return PAGE_CHANGED;
}

static enum page_answer reorder(struct page *p, const struct view *v, enum page_key key)
{
    struct list *list = page_list(p);

    if (key == PAGE_REVERSE)
        list->reversed = !list->reversed;
    else
        list_reorder(list, key == PAGE_SORT);
    list_update(list, v);
    return PAGE_CHANGED;
}

/* What is done to a list. */
static enum page_answer turn_list(struct page *p, const struct view *v, enum page_key key)
{
    switch (key) {
    case PAGE_OPEN:
        return open_entity(p, v);
    case PAGE_FIND:
        return ask(p, PAGE_ASKS_FIND);
    case PAGE_FILTER:
        return ask(p, PAGE_ASKS_FILTER);
    case PAGE_FIND_NEXT:
    case PAGE_FIND_BEFORE:
        return find(p, v, key == PAGE_FIND_NEXT);
    case PAGE_SORT:
    case PAGE_SORT_BEFORE:
    case PAGE_REVERSE:
        return reorder(p, v, key);
    default:
        return PAGE_UNCHANGED;
    }
}

struct visit_wish page_wish_of(enum page_key key)
{
    static const struct {
        enum page_key key;
        struct visit_wish wish;
    } rows[] = {
        {PAGE_TICK_BACK, {VISIT_STEPS, -1}},
        {PAGE_TICK_ON, {VISIT_STEPS, 1}},
        {PAGE_MINUTE_BACK, {VISIT_SPAN, -MINUTE_NS}},
        {PAGE_MINUTE_ON, {VISIT_SPAN, MINUTE_NS}},
        {PAGE_TEN_BACK, {VISIT_SPAN, -10 * MINUTE_NS}},
        {PAGE_TEN_ON, {VISIT_SPAN, 10 * MINUTE_NS}},
        {PAGE_NOW, {VISIT_NOW, 0}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (rows[i].key == key)
            return rows[i].wish;
    return (struct visit_wish){VISIT_NOTHING, 0};
}

/* Its place among the incidents that are listed. */
static uint32_t chosen(const struct page *p, const struct view *v)
{
    const struct incident *one;

    for (uint32_t i = 0; (one = past_listed(&p->board.past, v, i)); i++)
        if (strcmp(one->id, p->board.chosen) == 0)
            return i;
    return 0;
}

static enum page_answer choose(struct page *p, const struct view *v, bool forward)
{
    const uint32_t at = chosen(p, v);
    const struct incident *one = past_listed(&p->board.past, v, forward ? at + 1 : at - (at > 0));

    if (!one)
        return PAGE_UNCHANGED;
    memcpy(p->board.chosen, one->id, sizeof(p->board.chosen));
    p->follows = true;
    return PAGE_CHANGED;
}

/* To the opening of an incident: the chosen one where one can be chosen, else the latest of those that are
 * open on the screen, else the latest that is known: in the past it may have opened later. */
static enum page_answer go_to_opening(struct page *p, const struct view *v)
{
    const uint32_t open = view_incident_count(v);
    const struct incident *one = NULL;

    if (p->now.kind == PAGE_OF_INCIDENTS)
        one = past_listed(&p->board.past, v, chosen(p, v));
    else if (open)
        one = view_incident(v, open - 1);
    if (!one)
        past_since(&p->board.past, INT64_MIN, &one);
    if (one)
        p->wish = (struct visit_wish){VISIT_MOMENT, past_opening_ns(&p->board.past, one)};
    else
        p->message = "no incident is known whose opening could be looked at";
    return PAGE_CHANGED;
}

/* What leads to another time, and what is chosen for it. */
static enum page_answer turn_time(struct page *p, const struct view *v, enum page_key key)
{
    switch (key) {
    case PAGE_TIME:
        return ask(p, PAGE_ASKS_TIME);
    case PAGE_OPENING:
        return go_to_opening(p, v);
    case PAGE_FIND_NEXT: /* of incidents: in lists it was another matter */
    case PAGE_FIND_BEFORE:
        return p->now.kind == PAGE_OF_INCIDENTS ? choose(p, v, key == PAGE_FIND_NEXT) : PAGE_UNCHANGED;
    default:
        p->wish = page_wish_of(key);
        return p->wish.kind == VISIT_NOTHING ? PAGE_UNCHANGED : PAGE_CHANGED;
    }
}

static int64_t page_height(struct page *p)
{
    const struct list *list = page_list(p);
    return list ? (int64_t)list->room : p->height;
}

enum page_answer page_turn(struct page *p, const struct view *v, enum page_key key)
{
    switch (key) {
    case PAGE_QUIT:
        return PAGE_ENDS;
    case PAGE_LEAVE:
        return p->depth ? go_back(p, v) : PAGE_ENDS;
    case PAGE_BACK:
        return go_back(p, v);
    case PAGE_DOWN:
        return move(p, 1);
    case PAGE_UP:
        return move(p, -1);
    case PAGE_FAR_DOWN:
        return move(p, page_height(p));
    case PAGE_FAR_UP:
        return move(p, -page_height(p));
    case PAGE_TOP:
        return move(p, -FAR);
    case PAGE_BOTTOM:
        return move(p, FAR);
    case PAGE_HELP:
        return toggle(p, v, PAGE_OF_HELP);
    case PAGE_INCIDENTS:
        return toggle(p, v, PAGE_OF_INCIDENTS);
    case PAGE_PROCESSES:
        return toggle(p, v, PAGE_OF_PROCESSES);
    case PAGE_PAUSE:
        if (p->board.then.is)
            p->message = "what was stands still by itself; F leads back to now";
        else
            p->board.paused = !p->board.paused;
        return PAGE_CHANGED;
    case PAGE_REDRAW:
        return PAGE_CHANGED;
    default:
        if (page_list(p) && turn_list(p, v, key) == PAGE_CHANGED)
            return PAGE_CHANGED;
        return turn_time(p, v, key);
    }
}

/* The question is answered, or taken back. */
static void answer(struct page *p, const struct view *v, bool taken)
{
    struct list *list = page_list(p);

    if (p->asks == PAGE_ASKS_TIME && taken)
        p->wish = (struct visit_wish){VISIT_TYPED, 0};
    if (p->asks == PAGE_ASKS_FILTER)
        memcpy(list->filter, taken ? p->typed : p->kept, sizeof(list->filter));
    if (p->asks == PAGE_ASKS_FIND && taken) {
        if (p->typed[0])
            memcpy(p->sought, p->typed, sizeof(p->sought));
        find(p, v, true);
    }
    p->asks = PAGE_ASKS_NOTHING;
    if (list)
        list_update(list, v);
}

/* Takes the last character away, all its bytes. */
static void rub_out(char *typed)
{
    size_t n = strlen(typed);
    while (n > 0 && ((unsigned char)typed[n - 1] & 0xc0U) == 0x80U)
        n--;
    typed[n ? n - 1 : 0] = '\0';
}

static enum page_answer type(struct page *p, const struct view *v, int code)
{
    size_t n = strlen(p->typed);
    enum page_key meaning = keys_find(code, ON_ALL);

    if (code == '\r' || code == '\n' || (meaning == PAGE_OPEN && code > BYTE_MAX)) {
        answer(p, v, true);
        return PAGE_CHANGED;
    }
    if (code == ESCAPE) {
        answer(p, v, false);
        return PAGE_CHANGED;
    }
    if (code == DELETE || code == BACKSPACE || (meaning == PAGE_BACK && code > BYTE_MAX))
        rub_out(p->typed);
    else if (code == ERASE_ALL)
        p->typed[0] = '\0';
    else if (code >= ' ' && code <= BYTE_MAX && n + 1 < sizeof(p->typed)) {
        p->typed[n] = (char)code;
        p->typed[n + 1] = '\0';
    }
    if (p->asks == PAGE_ASKS_FILTER) {
        memcpy(page_list(p)->filter, p->typed, sizeof(p->typed));
        list_update(page_list(p), v);
    }
    return PAGE_CHANGED;
}

enum page_answer page_press(struct page *p, const struct view *v, int code)
{
    p->message = NULL;
    page_refresh(p, v);
    if (p->asks != PAGE_ASKS_NOTHING)
        return type(p, v, code);
    return page_turn(p, v, keys_find(code, page_bit(p)));
}

enum page_answer page_click(struct page *p, const struct view *v, int row)
{
    page_refresh(p, v);
    struct list *list = page_list(p);
    uint32_t room = list ? list->ranking.count - list->first : 0;

    if (!list || p->asks || row < list->top || (uint32_t)(row - list->top) >= room ||
        (uint32_t)(row - list->top) >= list->room)
        return PAGE_UNCHANGED;
    uint32_t at = list->first + (uint32_t)(row - list->top);
    if (at == list->cursor)
        return open_entity(p, v);
    list_move(list, (int64_t)at - (int64_t)list->cursor);
    return PAGE_CHANGED;
}
