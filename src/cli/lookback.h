/* SPDX-License-Identifier: MIT
 * Joins the screen to what rebuilds earlier moments for it. */
#ifndef COHERENCE_CLI_LOOKBACK_H
#define COHERENCE_CLI_LOOKBACK_H

#include "cli/flight.h"
#include "cli/hindsight.h"
#include "cli/session.h"
#include "output/tui/tui.h"

/* All zero: nobody looks back. */
struct lookback {
    struct session *session;
    struct tui *tui;
    struct hindsight *hindsight; /* NULL: there is no past */
};

/* Can the engine of that configuration be rebuilt? */
bool lookback_is_possible(const struct session *s);

/* The screen can look back from here on: into flight's memory, or else into the state directory
 * (session->state_fd). After the seal and flight_start. Returns an exit status. */
int lookback_start(
    struct lookback *b, struct session *s, struct tui *t, const struct flight *f, struct loop *l);

/* Before tui_close, flight_stop and loop_free. */
void lookback_stop(struct lookback *b);

#endif
