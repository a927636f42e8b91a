/* SPDX-License-Identifier: MIT
 * Carries wishes from the screen to hindsight and moments back to it, and knows where the recording is and
 * why it does not begin earlier. */
#include "cli/lookback.h"

#include "engine/engine.h"

static void go(void *context, int64_t t_ns, int64_t before_ns)
{
    struct lookback *b = context;

    hindsight_go(b->hindsight, &(struct hindsight_wish){.t_ns = t_ns, .before_ns = before_ns});
}

static void leave(void *context)
{
    struct lookback *b = context;

    hindsight_leave(b->hindsight);
}

static unsigned percent(void *context)
{
    struct lookback *b = context;

    return hindsight_percent(b->hindsight);
}

static void on_begin(void *context)
{
    struct lookback *b = context;

    tui_past_begin(b->tui);
}

static void on_tick(void *context, const struct view *v)
{
    struct lookback *b = context;

    tui_past_tick(b->tui, v);
}

/* A terminal that has gone is noticed with the next tick, too. */
static void on_answer(void *context, const struct hindsight_answer *a)
{
    struct lookback *b = context;

    if (a->left)
        tui_past_left(b->tui);
    else
        (void)tui_past_arrive(b->tui, engine_view(b->session->engine),
            &(struct travel_arrival){
                .view = a->view, .from_ns = a->from_ns, .is_last = a->is_last, .fault = a->fault});
}

bool lookback_is_possible(const struct session *s)
{
    return s->config.engine.profile != PROFILE_CLASSIC;
}

int lookback_start(
    struct lookback *b, struct session *s, struct tui *t, const struct flight *f, struct loop *l)
{
    const struct stretch_source source = {.memory = f->memory, .dir_fd = s->state_fd};
    const struct hindsight_watch watch = {
        .context = b, .begin = on_begin, .tick = on_tick, .answer = on_answer};
    struct travel_way way = {.context = b, .go = go, .leave = leave, .percent = percent};

    if (!lookback_is_possible(s)) {
        tui_way_back(t,
            &(struct travel_way){.bound = "no past: the classic profile keeps nothing to rebuild it from"});
        return STATUS_FINE;
    }
    *b = (struct lookback){.session = s, .tui = t};
    way.bound = f->memory ? "without --state-dir only this run's last hours are kept"
                          : "here the state directory's recording begins (recorder.keep)";
    b->hindsight = hindsight_open(&source, &s->config, &watch, l);
    if (!b->hindsight) {
        session_say("not enough memory");
        return STATUS_FAILURE;
    }
    tui_way_back(t, &way);
    return STATUS_FINE;
}

void lookback_stop(struct lookback *b)
{
    hindsight_close(b->hindsight);
    b->hindsight = NULL;
}
