/* SPDX-License-Identifier: MIT
 * An intake from its opening to its end: batches of samples, put in the order of time and judged by the time
 * they carry, on their way to slots. Series are made known in intake_declare.c, values become samples of the
 * engine in intake_slot.c. */
#include "ingestion/intake/intake.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ingestion/intake/intake_inside.h"

/* A sum waits so long at most for a part that comes in another batch. Heuristic, chosen on 2026-11-22:
 * senders that spread one scrape over several requests send them within a second or two. */
#define WAIT_NS INT64_C(5000000000)
/* A series that has ended is let go after so many of its steps, unless it comes back: before its silence
 * would be found (ten steps: detection/cadence.h), and after a restart of what is scraped. Heuristic, chosen
 * on 2026-11-22. */
#define ENDED_STEPS 5
/* One that only falls silent makes room after so many steps, and not before a quarter of an hour. */
#define SILENT_STEPS 20
#define SILENT_NS    INT64_C(900000000000)

static const char *const drop_names[INTAKE_DROP_COUNT] = {"malformed", "unsupported", "bad_name", "too_long",
    "too_many_labels", "duplicate_label", "series_limit", "engine_limit", "batch_limit", "bad_value",
    "duplicate", "out_of_order", "old", "future", "taken", "overrun"};

const char *intake_drop_name(enum intake_drop reason)
{
    return drop_names[reason];
}

#define ROW(name, field, kind, low, high, default_text, what, text)                                          \
    {                                                                                                        \
        .key = (name), .type = (kind), .offset = offsetof(struct intake_options, field), .minimum = (low),   \
        .maximum = (high), .fallback = (default_text), .unit = (what), .help = (text)                        \
    }

const struct option_row intake_option_rows[] = {
    ROW("sources.limits.series", max_series, OPTION_INT, 1, 1000000, "20000", "series",
        "most series of one source that is not this host; more are dropped and counted"),
    ROW("sources.limits.samples", max_batch, OPTION_INT, 1, 10000000, "100000", "samples",
        "most samples in one scrape or request; more are dropped and counted"),
    ROW("sources.limits.age", max_age_ns, OPTION_DURATION, 1e9, 86400e9, "10m", "",
        "samples that are older when they arrive are dropped and counted"),
};
const size_t intake_option_count = sizeof(intake_option_rows) / sizeof(intake_option_rows[0]);

struct intake_house *intake_house_new(const struct intake_setup *setup)
{
    struct intake_house *h = calloc(1, sizeof(*h));

    if (!h)
        return NULL;
    h->feed = *setup->feed;
    h->setup = *setup;
    h->setup.feed = &h->feed;
    text_init(&h->text, h->buffer, sizeof(h->buffer));
    return h;
}

void intake_house_free(struct intake_house *h)
{
    if (!h)
        return;
    id_table_done(&h->owner_of);
    id_table_done(&h->users_of);
    free(h->refusals);
    free(h->intakes);
    free(h);
}

size_t intake_house_count(const struct intake_house *h)
{
    return h->count;
}

struct intake *intake_house_at(const struct intake_house *h, size_t number)
{
    return h->intakes[number];
}

/* Copies the labels of all series. False: they do not fit. */
static bool take_extra(struct intake *in, const struct intake_label *labels, size_t count)
{
    char *at = in->extra_text, *end = at + sizeof(in->extra_text);

    if (count > INTAKE_EXTRA_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct intake_label *l = &in->extra[i];
        if (labels[i].name_n + (size_t)labels[i].value_n > (size_t)(end - at))
            return false;
        *l = labels[i];
        l->name = memcpy(at, labels[i].name, labels[i].name_n);
        at += l->name_n;
        l->value = memcpy(at, labels[i].value, labels[i].value_n);
        at += l->value_n;
    }
    in->extra_count = count;
    return true;
}

/* A line for each reason why a series may be refused, at its number. */
static bool add_refusals(struct intake *in)
{
    for (int i = 0; i < INTAKE_DROP_COUNT; i++) {
        if (intake_new_line(in) == INTAKE_NONE)
            return false;
        in->lines[i].is_refusal = true;
        in->lines[i].refused = (uint8_t)i;
    }
    return true;
}

static bool join(struct intake_house *h, struct intake *in)
{
    if (h->count == h->capacity) {
        size_t more = h->capacity ? 2 * h->capacity : 8;
        struct intake **intakes = realloc(h->intakes, more * sizeof(struct intake *));
        if (!intakes)
            return false;
        h->intakes = intakes;
        h->capacity = more;
    }
    h->intakes[h->count++] = in;
    in->serial = h->opened++;
    return true;
}

struct intake *intake_open(
    struct intake_house *h, const char *name, const struct intake_label *labels, size_t label_count)
{
    struct intake *in = calloc(1, sizeof(*in));

    if (!in)
        return NULL;
    in->house = h;
    in->free_line = in->free_role = in->free_slot = INTAKE_NONE;
    in->counts.heard_ns = in->now_ns = INT64_MIN;
    in->changes = catalog_changes(h->feed.catalog);
    strncpy(in->name, name, sizeof(in->name) - 1);
    if (series_cache_init(&in->cache) || !take_extra(in, labels, label_count) || !add_refusals(in) ||
        !join(h, in)) {
        intake_close(in);
        return NULL;
    }
    return in;
}

void intake_retire(struct intake *in, int64_t now_ns)
{
    in->now_ns = now_ns;
    for (uint32_t i = 0; i < in->line_count; i++)
        if (in->lines[i].used && !in->lines[i].is_refusal)
            intake_free_line(in, i, true);
}

void intake_close(struct intake *in)
{
    if (!in)
        return;
    struct intake_house *h = in->house;
    for (uint32_t i = 0; i < in->line_count; i++)
        if (in->lines[i].used && !in->lines[i].is_refusal)
            intake_free_line(in, i, false);
    for (size_t i = 0; i < h->count; i++)
        if (h->intakes[i] == in) {
            memmove(&h->intakes[i], &h->intakes[i + 1], (--h->count - i) * sizeof(struct intake *));
            break;
        }
    series_cache_done(&in->cache);
    id_table_done(&in->slot_of);
    free(in->lines);
    free(in->roles);
    free(in->slots);
    free(in->open);
    free(in->pending);
    free(in);
}

const char *intake_name(const struct intake *in)
{
    return in->name;
}

uint64_t intake_max_batch(const struct intake *in)
{
    return (uint64_t)in->house->setup.options.max_batch;
}

const struct intake_counts *intake_count(const struct intake *in)
{
    return &in->counts;
}

void intake_set_up(struct intake *in, bool up)
{
    in->counts.up = up;
}

void intake_begin(struct intake *in, int64_t now_ns)
{
    intake_begin_at(in, now_ns, now_ns);
}

void intake_begin_at(struct intake *in, int64_t now_ns, int64_t t_ns)
{
    intake_revise(in);
    in->now_ns = now_ns;
    in->batch_ns = t_ns;
    in->batch++;
    in->pending_count = 0;
    in->unsorted = false;
}

uint32_t intake_find(struct intake *in, const char *key, size_t n)
{
    const struct series_cache_entry *e = series_cache_find(&in->cache, key, n);

    if (!e)
        return intake_recall(in);
    if (!in->lines[e->id].used)
        return INTAKE_NONE;
    series_cache_follow(&in->cache, e);
    return e->id;
}

const char *intake_expect(const struct intake *in, size_t *ret_n)
{
    const struct series_cache_entry *e = series_cache_guess(&in->cache);

    *ret_n = e && in->lines[e->id].used ? e->key_n : 0;
    return *ret_n > 0 ? e->key : "";
}

uint32_t intake_follow(struct intake *in)
{
    const struct series_cache_entry *e = series_cache_guess(&in->cache);

    series_cache_follow(&in->cache, e);
    return e->id;
}

void intake_drop(struct intake *in, enum intake_drop reason, uint64_t count)
{
    in->counts.dropped[reason] += count;
}

/* Room for one more sample. */
static bool grow(struct intake *in)
{
    uint32_t most = (uint32_t)in->house->setup.options.max_batch;
    uint32_t more = in->pending_capacity ? 2 * in->pending_capacity : 1024;

    if (in->pending_capacity >= most)
        return false;
    more = more < most ? more : most;
    struct pending *pending = realloc(in->pending, more * sizeof(*pending));
    if (!pending)
        return false;
    in->pending = pending;
    in->pending_capacity = more;
    return true;
}

void intake_sample(struct intake *in, uint32_t ref, int64_t t_ns, double value)
{
    uint32_t n = in->pending_count;

    if (n == in->pending_capacity && !grow(in)) {
        in->counts.dropped[INTAKE_DROP_BATCH_LIMIT]++;
        return;
    }
    if (t_ns == INTAKE_NOW)
        t_ns = in->batch_ns;
    in->unsorted |= n > 0 && t_ns < in->pending[n - 1].t_ns;
    in->pending[n] = (struct pending){.t_ns = t_ns, .value = value, .line = ref, .order = n};
    in->pending_count = n + 1;
}

static int by_time(const void *a, const void *b)
{
    const struct pending *x = a, *y = b;

    if (x->t_ns != y->t_ns)
        return x->t_ns < y->t_ns ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static bool is_stale(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof(bits));
    return bits == INTAKE_STALE_BITS;
}

/* Why it is not taken, or INTAKE_DROP_COUNT. */
static enum intake_drop fault_of(const struct intake *in, const struct line *l, const struct pending *p)
{
    int64_t age_ns = in->house->setup.options.max_age_ns;

    if (l->is_refusal)
        return (enum intake_drop)l->refused;
    if (l->last_ns != INT64_MIN && p->t_ns <= l->last_ns)
        return p->t_ns == l->last_ns ? INTAKE_DROP_DUPLICATE : INTAKE_DROP_OUT_OF_ORDER;
    if (p->t_ns > in->now_ns && (uint64_t)p->t_ns - (uint64_t)in->now_ns > (uint64_t)INTAKE_FUTURE_NS)
        return INTAKE_DROP_FUTURE;
    if (p->t_ns < in->now_ns && (uint64_t)in->now_ns - (uint64_t)p->t_ns > (uint64_t)age_ns)
        return INTAKE_DROP_OLD;
    if (isinf(p->value) || (l->kind != INTAKE_GAUGE && !is_stale(p->value) && !(p->value >= 0)))
        return INTAKE_DROP_BAD_VALUE;
    return INTAKE_DROP_COUNT;
}

static void end_line(struct intake *in, struct line *l)
{
    if (l->ended)
        return;
    l->ended = true;
    for (uint32_t r = l->first_role; r != INTAKE_NONE; r = in->roles[r].next_of_line)
        intake_leave_slot(in, r);
}

/* The rate of a counter that no law knows, or NaN: its first value, or it started anew. */
static double rate_of(struct line *l, double value, double dt_s, bool first)
{
    double delta = l->kind == INTAKE_DELTA ? value : value - l->last;

    l->last = value;
    return first || delta < 0 ? (double)NAN : delta / dt_s;
}

/* What the roles of a line count. */
static double meant_value(struct line *l, const struct pending *p)
{
    bool first = l->last_ns == INT64_MIN || l->ended;
    double dt_s = first ? 0 : (double)((uint64_t)p->t_ns - (uint64_t)l->last_ns) * 1e-9;

    if (l->as_rate)
        return rate_of(l, p->value, dt_s, first);
    if (l->kind == INTAKE_DELTA)
        return l->total += p->value;
    return p->value;
}

static void take(struct intake *in, const struct pending *p)
{
    struct line *l = &in->lines[p->line];
    enum intake_drop fault = fault_of(in, l, p);

    if (fault != INTAKE_DROP_COUNT) {
        in->counts.dropped[fault]++;
        return;
    }
    l->batch = in->batch;
    if (is_stale(p->value)) {
        end_line(in, l);
        return;
    }
    double value = meant_value(l, p);
    if (l->last_ns != INT64_MIN)
        l->step_ns = p->t_ns - l->last_ns;
    l->last_ns = p->t_ns;
    l->ended = false;
    in->counts.samples++;
    if (p->t_ns > in->counts.heard_ns)
        in->counts.heard_ns = p->t_ns;
    if (isnan(value))
        return; /* missing */
    for (uint32_t r = l->first_role; r != INTAKE_NONE; r = in->roles[r].next_of_line)
        intake_count_in(in, r, p->t_ns, value);
}

/* What was not in a batch that held everything has ended. */
static void end_absent(struct intake *in)
{
    for (uint32_t i = 0; i < in->line_count; i++) {
        struct line *l = &in->lines[i];
        if (l->used && !l->is_refusal && l->batch != in->batch)
            end_line(in, l);
    }
}

int intake_end(struct intake *in, enum intake_extent extent)
{
    if (in->unsorted)
        qsort(in->pending, in->pending_count, sizeof(*in->pending), by_time);
    for (uint32_t i = 0; i < in->pending_count && !in->fault; i++)
        take(in, &in->pending[i]);
    if (in->pending_count > 0)
        in->counts.lag_ns = in->now_ns - in->pending[in->pending_count - 1].t_ns;
    if (extent == INTAKE_WHOLE) {
        intake_settle(in, INT64_MAX);
        end_absent(in);
    }
    intake_flush(in);
    in->pending_count = 0;
    in->counts.up = true;
    return in->fault;
}

void intake_cancel(struct intake *in)
{
    in->pending_count = 0;
    /* What it made known and nobody has heard of is not: others may say it. */
    for (uint32_t i = 0; i < in->line_count && !in->fault; i++) {
        const struct line *l = &in->lines[i];
        if (l->used && !l->is_refusal && l->last_ns == INT64_MIN && l->declared == in->batch)
            intake_free_line(in, i, true);
    }
    in->changes = catalog_changes(in->house->feed.catalog);
    intake_clean(in);
    in->counts.series = in->living;
}

/* Is the series to be let go? */
static bool is_over(const struct line *l, int64_t now_ns)
{
    if (l->last_ns == INT64_MIN || now_ns <= l->last_ns)
        return false;
    uint64_t silence = (uint64_t)now_ns - (uint64_t)l->last_ns, step = (uint64_t)l->step_ns;
    if (l->ended)
        return silence > ENDED_STEPS * step;
    return silence > SILENT_STEPS * step && silence > (uint64_t)SILENT_NS;
}

int intake_tick(struct intake *in, int64_t now_ns)
{
    intake_revise(in);
    in->now_ns = now_ns;
    intake_settle(in, now_ns - WAIT_NS);
    intake_flush(in);
    for (uint32_t i = 0; i < in->line_count && !in->fault; i++) {
        const struct line *l = &in->lines[i];
        if (l->used && !l->is_refusal && is_over(l, now_ns))
            intake_free_line(in, i, l->ended);
    }
    in->changes = catalog_changes(in->house->feed.catalog);
    intake_clean(in);
    in->counts.series = in->living;
    return in->fault;
}
