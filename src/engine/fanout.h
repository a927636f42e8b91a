/* SPDX-License-Identifier: MIT
 * One pass over the input for several engines: whatever a source delivers is given to each of them, side by
 * side in threads, and to whoever else looks on. */
#ifndef COHERENCE_ENGINE_FANOUT_H
#define COHERENCE_ENGINE_FANOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "core/feed.h"
#include "engine/engine.h"

#define FANOUT_ENGINES_MAX 24
#define FANOUT_THREADS_MAX 64
/* Names of a whole history in multiples of what one engine may know at a time: names are kept for good, an
 * engine forgets what has gone quiet. Heuristic, chosen on 2026-11-22. */
#define FANOUT_NAMES 4

/* Who sees what the source delivers, under the names of the fan-out's own catalog. Called in some thread,
 * never in two at once, in order. */
struct fanout_onlooker {
    void *context;
    void (*frame)(
        void *context, const struct catalog *names, int64_t t_ns, const struct sample *samples, size_t n);
};

struct fanout_options {
    const struct engine_options *engines; /* copied; each judges with one thread, whatever its options say */
    uint32_t count;                       /* 1 .. FANOUT_ENGINES_MAX */
    uint32_t threads;                     /* that work side by side, 1 .. FANOUT_THREADS_MAX */
    enum engine_mode mode;
    struct fanout_onlooker onlooker;
    /* Called after each tick of engine 0, in the thread that judges it; NULL: nobody asks. */
    void (*ticked)(void *context, const struct view *v, int64_t now_ns);
    void *ticked_context;
};

struct fanout;

/* NULL with e filled: no memory, no threads, options that an engine refuses. Beyond its engines it takes
 * about 2 MiB, and 4 bytes per engine and series. */
struct fanout *fanout_new(const struct fanout_options *o, struct error *e);
void fanout_free(struct fanout *f); /* NULL allowed */

/* Engine i, for engine_on_event before the first sample; its events come in the thread that judges it. */
struct engine *fanout_engine(struct fanout *f, uint32_t i);

/* Where sources deliver. What they deliver is judged a little later, some ten thousand samples at once; what
 * an engine answers comes with a later call. A tick before the last one is -EINVAL at once. */
struct feed fanout_feed(struct fanout *f);

/* Names that did not fit into the catalog of the whole history, and were not judged. */
uint64_t fanout_refused(const struct fanout *f);

/* The input is over: judges what is waiting and ends every engine. Returns 0 or -errno. */
int fanout_end(struct fanout *f);

#endif
