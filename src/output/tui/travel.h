/* SPDX-License-Identifier: MIT
 * The screen's way to an earlier moment and back to now. A moment is rebuilt by somebody else, in another
 * thread, and shown on a page of its own while the page of now goes on unseen. */
#ifndef COHERENCE_OUTPUT_TUI_TRAVEL_H
#define COHERENCE_OUTPUT_TUI_TRAVEL_H

#include "output/tui/carry.h"
#include "output/tui/page.h"
#include "output/tui/visit.h"

/* Who rebuilds a moment. */
struct travel_way {
    void *context;
    /* Both answer at once; a moment that is rebuilt is told of by travel_arrive, one that is left by
     * travel_left. go NULL: there is no past, and `bound` says why. */
    void (*go)(void *context, int64_t t_ns, int64_t before_ns);
    void (*leave)(void *context);
    unsigned (*percent)(void *context); /* of the way */
    const char *bound;                  /* why the past does not reach back further; static */
};

struct travel {
    struct travel_way way;
    struct visit visit;
    struct page *then;       /* the thread's while one is on the way; NULL: none was needed */
    const struct view *view; /* what is known at that moment; NULL: now, or on the way */
    struct carry carry;
};

/* Nothing leads to the past until there is a way. */
void travel_init(struct travel *t);
/* After the thread has ended, or before it began. */
void travel_done(struct travel *t);

/* Is something else shown than now? */
bool travel_is_away(const struct travel *t);
/* And is it not there yet? */
bool travel_is_on_the_way(const struct travel *t);

/* A key, wherever one is. now: the page of now, live: what is known now. Returns as page_press. */
enum page_answer travel_press(struct travel *t, struct page *now, const struct view *live, int code);
/* The same for a row that was clicked on, and for the wheel. */
enum page_answer travel_click(struct travel *t, struct page *now, const struct view *live, int row);
enum page_answer travel_turn(struct travel *t, struct page *now, const struct view *live, enum page_key key);

/* In the thread: a moment is rebuilt from its beginning; a tick of it. */
void travel_begin(struct travel *t);
void travel_tick(struct travel *t, const struct view *v);

/* A moment is there; view NULL: there is none, and fault (-errno) says why. */
struct travel_arrival {
    const struct view *view;
    int64_t from_ns; /* where the recording begins that it was rebuilt from */
    bool is_last;    /* it goes no further yet */
    int fault;
};
void travel_arrive(
    struct travel *t, struct page *now, const struct view *live, const struct travel_arrival *a);
/* The thread has let go of everything. */
void travel_left(struct travel *t);

/* Draws where one is, into a curses screen that is empty, or on the way, into the one that is there. */
void travel_draw(struct travel *t, struct page *now, const struct view *live);

#endif
