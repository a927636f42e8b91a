/* SPDX-License-Identifier: MIT
 * When one host was under watch: the times of its rows as spans without holes, and how they lie around
 * moments that matter. */
#ifndef COHERENCE_VERDICT_COVERAGE_H
#define COHERENCE_VERDICT_COVERAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A step between rows longer than this many usual ones is a hole: nobody watched. Source:
 * bench/quality/recording.py. */
#define COVERAGE_GAP_STEPS 10
#define COVERAGE_SPANS_MAX 16384 /* of one host; later holes count as watched, and coverage says so */
#define COVERAGE_STEPS     64    /* different steps that are counted */

struct coverage_span {
    int64_t from_ns, to_ns; /* first and last row */
};

/* A moment, and the rows beside it. INT64_MIN: none. */
struct coverage_mark {
    int64_t t_ns;
    int64_t before_ns; /* the last row before it */
    int64_t upto_ns;   /* the last row not after it */
};

struct coverage_step {
    int64_t ms;
    uint64_t count;
};

struct coverage {
    uint64_t rows;
    int64_t first_ns, last_ns;
    int64_t usual_ns; /* most frequent step so far (ties: the shorter); 0: none yet */
    struct coverage_step steps[COVERAGE_STEPS];
    uint32_t step_count;
    struct coverage_span *spans;
    uint32_t span_count, span_capacity;
    bool coarse;                 /* there were more holes than are kept */
    struct coverage_mark *marks; /* ascending, owned */
    uint32_t mark_count, next_before, next_upto;
};

/* marks: moments in any order, copied, sorted, made unique. Returns 0 or -ENOMEM. */
int coverage_init(struct coverage *c, const int64_t *marks, size_t n);
void coverage_done(struct coverage *c);

/* A row at t_ns; one that is not later than the last is left out. Returns the step before it in nanoseconds,
 * 0 when there is none or it is a hole; -ENOMEM: nothing taken. Amortised O(1). */
int64_t coverage_row(struct coverage *c, int64_t t_ns);

/* No row follows: settles marks, and joins what turned out to be no hole. */
void coverage_finish(struct coverage *c);

/* After coverage_finish. */

/* The mark at t_ns, which must be one of those given. */
const struct coverage_mark *coverage_mark_at(const struct coverage *c, int64_t t_ns);

/* Watched time between two moments, nanoseconds. O(log n + spans between). */
int64_t coverage_time(const struct coverage *c, int64_t from_ns, int64_t to_ns);

#endif
