/* SPDX-License-Identifier: MIT
 * Turns values into the samples of one frame. What a value means, and when a frame is due, is its source's
 * matter. */
#include "ingestion/host/frame.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int frame_init(struct frame *f, struct catalog *catalog, size_t max)
{
    *f = (struct frame){.catalog = catalog, .samples = calloc(max, sizeof(*f->samples)), .max = max};
    return f->samples ? 0 : -ENOMEM;
}

void frame_done(struct frame *f)
{
    free(f->samples);
    *f = (struct frame){0};
}

/* Must the catalog be asked: for the first time, or again? */
static bool must_ask(struct frame *f, const struct frame_slot *slot, uint32_t entity)
{
    bool lives = slot->series > 0 && catalog_series_lives(f->catalog, (uint32_t)(slot->series - 1));
    if (lives || (slot->series < 0 && slot->changes == catalog_changes(f->catalog)))
        return false;
    return catalog_entity_lives(f->catalog, entity);
}

static void answer(struct frame *f, struct frame_slot *slot, int64_t id)
{
    slot->series = id < 0 ? id : id + 1;
    slot->changes = catalog_changes(f->catalog);
}

static void add(struct frame *f, const struct frame_slot *slot, double value)
{
    if (slot->series <= 0 || !catalog_series_lives(f->catalog, (uint32_t)(slot->series - 1))) {
        f->refused++;
        return;
    }
    assert(f->count < f->max);
    f->samples[f->count++] = (struct sample){.series = (uint32_t)(slot->series - 1), .value = value};
}

void frame_add(struct frame *f, struct frame_slot *slot, uint32_t entity, enum metric_id metric, double value)
{
    if (isnan(value))
        return;
    if (must_ask(f, slot, entity))
        answer(f, slot, catalog_series_known(f->catalog, entity, metric));
    add(f, slot, value);
}

void frame_add_named(
    struct frame *f, struct frame_slot *slot, uint32_t entity, const char *metric, double value)
{
    if (isnan(value))
        return;
    if (must_ask(f, slot, entity))
        answer(f, slot, catalog_series(f->catalog, entity, metric, strlen(metric)));
    add(f, slot, value);
}

double frame_rounded(double rate)
{
    const double least = 1e3; /* the smallest number of FRAME_RATE_DIGITS digits */
    double power = 1;

    if (!isfinite(rate))
        return rate;
    while (fabs(rate) * power < least && power < 1e12)
        power *= 10;
    /* Both are whole and below 2^53, so the quotient is the double that its decimal digits read as. */
    return rint(rate * power) / power;
}

int frame_send(struct frame *f, const struct feed *feed, int64_t t_ns)
{
    size_t count = f->count;

    f->count = 0;
    return count == 0 ? 0 : feed->frame(feed->context, t_ns, f->samples, count);
}
