/* SPDX-License-Identifier: MIT
 * The engine as it was: rebuilds an earlier moment from the recording, in a thread and an engine of their
 * own, and lets it be looked at for as long as somebody wants. The sentinel's own engine and its recording go
 * on untouched. */
#ifndef COHERENCE_CLI_HINDSIGHT_H
#define COHERENCE_CLI_HINDSIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/stretch.h"
#include "config/config.h"
#include "core/view.h"
#include "net/loop.h"

struct hindsight;

/* Where one wants to stand. */
struct hindsight_wish {
    int64_t t_ns;      /* at the first tick that is not before it; */
    int64_t before_ns; /* but before this one: then at the last that is, if the recording has one. INT64_MAX:
                          wherever that is */
};

struct hindsight_answer {
    const struct view *view; /* as it was; valid until the next go or leave. NULL: there is none */
    int64_t from_ns;         /* where the blocks begin that were judged */
    bool is_last;            /* the recording goes no further yet */
    bool left;               /* nothing is rebuilt any more, and the memory is given back */
    int fault;               /* 0, or why there is no view: -ENOENT: nothing is kept; -errno of reading */
};

/* Who looks. */
struct hindsight_watch {
    void *context;
    void (*begin)(void *context);                      /* in the thread: ticks follow, rebuilt anew, */
    void (*tick)(void *context, const struct view *v); /* in the thread: one after the other, up to */
    void (*answer)(void *context, const struct hindsight_answer *a); /* in the loop: the moment wanted */
};

/* So much is judged before the moment, at least, if it was recorded: what graphs show of the minutes before.
 */
#define HINDSIGHT_BEFORE_NS INT64_C(120000000000)

/* config: for the engine, but for what the recording says; copied. The thread begins with the first go: after
 * the seal. NULL: out of memory or descriptors. */
struct hindsight *hindsight_open(const struct stretch_source *source, const struct config *config,
    const struct hindsight_watch *watch, struct loop *l);

/* Goes there, from now or from where one stands; also on the way to somewhere else. An answer follows, for
 * the last go. */
void hindsight_go(struct hindsight *h, const struct hindsight_wish *w);

/* Gives everything back. An answer (left) follows unless there was another go. */
void hindsight_leave(struct hindsight *h);

/* How much of the way is done, in percent. */
unsigned hindsight_percent(const struct hindsight *h);

/* Gives up at the next tick, and frees. NULL allowed. Before loop_free. */
void hindsight_close(struct hindsight *h);

#endif
