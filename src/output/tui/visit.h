/* SPDX-License-Identifier: MIT
 * Where in time the screen stands: how keys and typed times become the moment that is wanted, and what is
 * said of the moment that was found. */
#ifndef COHERENCE_OUTPUT_TUI_VISIT_H
#define COHERENCE_OUTPUT_TUI_VISIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum visit_wish_kind { VISIT_NOTHING, VISIT_STEPS, VISIT_SPAN, VISIT_MOMENT, VISIT_TYPED, VISIT_NOW };

/* What a key asks for. */
struct visit_wish {
    enum visit_wish_kind kind;
    int64_t amount; /* ticks; nanoseconds, back when negative; Unix nanoseconds of a moment */
};

struct visit {
    bool away;         /* in the past, or on the way there or back in it */
    bool on_the_way;   /* no moment stands on the screen yet */
    int64_t at_ns;     /* the tick that one stands at; INT64_MIN: none yet */
    int64_t wanted_ns; /* of the last wish: the first tick that is not before it, */
    int64_t before_ns; /* but before this one; INT64_MAX: wherever it is */
    int64_t tick_ns;   /* between two ticks */
    int64_t shown_ns;  /* what the screen showed of now, when one was there last: it may be held still */
    int64_t left_ns;   /* when now was left; what came up later is news */
    char message[192]; /* about the last wish; "" = nothing */
};

/* Where one is: now. */
void visit_init(struct visit *v);

/* What is to be done about a wish. */
enum visit_answer { VISIT_STAYS, VISIT_GOES, VISIT_RETURNS };

/* now_ns: of the last tick that was watched; shown_ns has been set unless one is away; tick_ns > 0: between
 * two. typed: of VISIT_TYPED, else NULL. VISIT_GOES: wanted_ns and before_ns say where to. VISIT_STAYS:
 * message says why, or nothing. */
enum visit_answer visit_wish(
    struct visit *v, const struct visit_wish *w, const char *typed, int64_t now_ns, int64_t tick_ns);

/* The moment is there: the tick of at_ns. from_ns: where the blocks begin that it was rebuilt from; is_last:
 * the recording goes no further; bound: why it does not begin earlier. VISIT_RETURNS: a step ahead found
 * nothing: that is now. Otherwise VISIT_STAYS. */
enum visit_answer visit_arrive(
    struct visit *v, int64_t at_ns, int64_t from_ns, bool is_last, const char *bound);

/* A time as it is typed: "03:02", "03:02:15" (UTC, the latest that has been), "10m" or "1h30m" ago, or in
 * full
 * ("2026-01-31 03:02:15", with or without a Z; without seconds too). n: bytes. Returns 0; -EINVAL: no time;
 * -ERANGE: still to come. */
int visit_parse_time(const char *typed, size_t n, int64_t now_ns, int64_t *ret_ns);

#endif
