/* SPDX-License-Identifier: MIT
 * Turns the times of a host's rows into the time for which it was watched, without keeping the rows: spans
 * without holes, and for each moment that will be asked about the rows next to it. So a step belongs to the
 * moment at which it ends, as in bench/quality, to the nanosecond. What was a hole is known only when the
 * usual step is: steps that may be one are kept apart, and joined at the end. */
#include "verdict/coverage.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS 1000000
/* Longer than this many usual steps so far: perhaps a hole, once the usual step is known better. */
#define SUSPECT_STEPS 3
/* 2.3 years, and always a hole: so that no sum of what is in spans leaves 64 bits. */
#define STEP_MAX_NS (INT64_C(1) << 56)

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

int coverage_init(struct coverage *c, const int64_t *marks, size_t n)
{
    *c = (struct coverage){.first_ns = INT64_MIN, .last_ns = INT64_MIN};
    c->marks = calloc(n + 1, sizeof(*c->marks));
    int64_t *sorted = calloc(n + 1, sizeof(*sorted));
    if (!c->marks || !sorted) {
        free(sorted);
        coverage_done(c);
        return -ENOMEM;
    }
    if (n > 0)
        memcpy(sorted, marks, n * sizeof(*sorted));
    qsort(sorted, n, sizeof(*sorted), compare_times);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[i - 1])
            c->marks[c->mark_count++] =
                (struct coverage_mark){.t_ns = sorted[i], .before_ns = INT64_MIN, .upto_ns = INT64_MIN};
    free(sorted);
    return 0;
}

void coverage_done(struct coverage *c)
{
    free(c->spans);
    free(c->marks);
    *c = (struct coverage){0};
}

static void pass_marks(struct coverage *c, int64_t t_ns)
{
    while (c->next_before < c->mark_count && c->marks[c->next_before].t_ns <= t_ns)
        c->marks[c->next_before++].before_ns = c->last_ns;
    while (c->next_upto < c->mark_count && c->marks[c->next_upto].t_ns < t_ns)
        c->marks[c->next_upto++].upto_ns = c->last_ns;
}

/* Between two rows; more than STEP_MAX_NS is that. */
static int64_t step_between(int64_t before_ns, int64_t t_ns)
{
    uint64_t step_ns = (uint64_t)t_ns - (uint64_t)before_ns;
    return step_ns < (uint64_t)STEP_MAX_NS ? (int64_t)step_ns : STEP_MAX_NS;
}

/* The counter of a step; of more than COVERAGE_STEPS different ones the rarest gives way. */
static struct coverage_step *step_at(struct coverage *c, int64_t ms)
{
    struct coverage_step *rarest = &c->steps[0];
    for (uint32_t i = 0; i < c->step_count; i++) {
        if (c->steps[i].ms == ms)
            return &c->steps[i];
        if (c->steps[i].count < rarest->count)
            rarest = &c->steps[i];
    }
    if (c->step_count < COVERAGE_STEPS)
        rarest = &c->steps[c->step_count++];
    *rarest = (struct coverage_step){.ms = ms};
    return rarest;
}

/* Counts a step, to the millisecond. */
static void count_step(struct coverage *c, int64_t step_ns)
{
    int64_t ms = (step_ns + NS_PER_MS / 2) / NS_PER_MS, usual_ms = c->usual_ns / NS_PER_MS;
    if (ms == 0)
        return;
    struct coverage_step *s = step_at(c, ms);
    s->count++;
    if (ms == usual_ms)
        return;
    uint64_t most = usual_ms > 0 ? step_at(c, usual_ms)->count : 0;
    if (s->count > most || (s->count == most && ms < usual_ms))
        c->usual_ns = ms * NS_PER_MS;
}

static int add_span(struct coverage *c, int64_t t_ns)
{
    if (c->span_count == c->span_capacity) {
        uint32_t more = c->span_capacity ? 2 * c->span_capacity : 8;
        struct coverage_span *spans = realloc(c->spans, more * sizeof(*spans));
        if (!spans)
            return -ENOMEM;
        c->spans = spans;
        c->span_capacity = more;
    }
    c->spans[c->span_count++] = (struct coverage_span){t_ns, t_ns};
    return 0;
}

int64_t coverage_row(struct coverage *c, int64_t t_ns)
{
    if (c->rows == 0) {
        if (add_span(c, t_ns))
            return -ENOMEM;
        c->first_ns = t_ns;
    } else if (t_ns <= c->last_ns) {
        return 0;
    }
    pass_marks(c, t_ns);
    int64_t step_ns = c->rows == 0 ? 0 : step_between(c->last_ns, t_ns);
    bool suspect = step_ns > SUSPECT_STEPS * c->usual_ns;
    if (suspect && c->span_count >= COVERAGE_SPANS_MAX && step_ns < STEP_MAX_NS) {
        c->coarse = true;
        suspect = false;
    }
    if (suspect && add_span(c, t_ns))
        return -ENOMEM;
    if (step_ns > 0 && step_ns < STEP_MAX_NS)
        count_step(c, step_ns);
    c->spans[c->span_count - 1].to_ns = t_ns;
    c->last_ns = t_ns;
    c->rows++;
    return step_ns > COVERAGE_GAP_STEPS * c->usual_ns ? 0 : step_ns;
}

void coverage_finish(struct coverage *c)
{
    while (c->next_before < c->mark_count)
        c->marks[c->next_before++].before_ns = c->last_ns;
    while (c->next_upto < c->mark_count)
        c->marks[c->next_upto++].upto_ns = c->last_ns;
    uint32_t kept = c->span_count > 0;
    for (uint32_t i = 1; i < c->span_count; i++) {
        struct coverage_span *last = &c->spans[kept - 1];
        int64_t step_ns = step_between(last->to_ns, c->spans[i].from_ns);
        if (step_ns < STEP_MAX_NS && step_ns <= COVERAGE_GAP_STEPS * c->usual_ns)
            last->to_ns = c->spans[i].to_ns;
        else
            c->spans[kept++] = c->spans[i];
    }
    c->span_count = kept;
}

const struct coverage_mark *coverage_mark_at(const struct coverage *c, int64_t t_ns)
{
    uint32_t low = 0, high = c->mark_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (c->marks[middle].t_ns < t_ns)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < c->mark_count && c->marks[low].t_ns == t_ns);
    return &c->marks[low];
}

int64_t coverage_time(const struct coverage *c, int64_t from_ns, int64_t to_ns)
{
    uint32_t low = 0, high = c->span_count;
    while (low < high) { /* the first span that ends after from_ns */
        uint32_t middle = low + (high - low) / 2;
        if (c->spans[middle].to_ns <= from_ns)
            low = middle + 1;
        else
            high = middle;
    }
    int64_t total = 0;
    for (uint32_t i = low; i < c->span_count && c->spans[i].from_ns < to_ns; i++) {
        int64_t from = c->spans[i].from_ns > from_ns ? c->spans[i].from_ns : from_ns;
        int64_t to = c->spans[i].to_ns < to_ns ? c->spans[i].to_ns : to_ns;
        total += to > from ? to - from : 0;
    }
    return total;
}
