/* SPDX-License-Identifier: MIT
 * Whether memory was as good as used up a moment ago: a kill for want of it empties it at once. */
#ifndef COHERENCE_INGESTION_FULLNESS_H
#define COHERENCE_INGESTION_FULLNESS_H

#include <stdbool.h>
#include <stdint.h>

/* Heuristics, chosen on 2026-11-22 and -23: how much is used is read once a second, and a process of
 * gigabytes takes a second or two to leave. */
#define FULLNESS_SHARE  0.9
#define FULLNESS_AGE_NS INT64_C(5000000000)

/* All zero: never. */
struct fullness {
    bool was_full;
    bool is_full; /* by the last reading */
    int64_t t_ns; /* monotonic; when it was full last */
};

/* Takes a reading of the share of a limit that is used, 0 and up; NaN: there is no limit. */
static inline void fullness_note(struct fullness *f, double used_share, int64_t mono_ns)
{
    f->is_full = used_share >= FULLNESS_SHARE;
    if (f->is_full) {
        f->was_full = true;
        f->t_ns = mono_ns;
    }
}

/* Was it full in the last seconds? */
static inline bool fullness_is_recent(const struct fullness *f, int64_t mono_ns)
{
    return f->was_full && mono_ns - f->t_ns <= FULLNESS_AGE_NS;
}

#endif
