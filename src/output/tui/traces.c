/* SPDX-License-Identifier: MIT
 * Keeps spectra as logarithms of a byte each: ten minutes of a hundred entities are 600 kB. How they are
 * drawn is panel_heat.c's business. */
#include "output/tui/traces.h"

#include <math.h>
#include <string.h>

/* Byte b is 2^((b - 128) / 12): twelve steps to a doubling, from 0.0006 to 1500 percent. */
#define STEPS  12.0
#define MIDDLE 128.0

static uint8_t level_of(double value)
{
    if (isnan(value))
        return 0;
    double level = value > 0.0 ? floor(log2(value) * STEPS + MIDDLE + 0.5) : 1.0;
    return (uint8_t)(level < 1.0 ? 1.0 : level < 255.0 ? level : 255.0);
}

static double value_of(uint8_t level)
{
    return level > 1 ? exp2((level - MIDDLE) / STEPS) : 0.0;
}

void traces_tick(struct traces *t)
{
    t->ticks++;
}

static struct trace *find(struct traces *t, uint32_t entity)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->items[i].entity == entity)
            return &t->items[i];
    return NULL;
}

/* A place for a new one: a free one, or of who has not been written down for longest. NULL: all are in use.
 */
static struct trace *make(struct traces *t, uint32_t entity)
{
    struct trace *place = NULL;

    if (t->count < TRACES_MAX)
        place = &t->items[t->count++];
    for (uint32_t i = 0; !place && i < t->count; i++)
        if (t->items[i].seen + 1 < t->ticks)
            place = &t->items[i];
    if (place) {
        memset(place, 0, sizeof(*place));
        place->entity = entity;
        place->begun = t->ticks;
    }
    return place;
}

void traces_take(struct traces *t, const struct view *v, uint32_t entity)
{
    double scale_s[TRACES_OCTAVES], value[TRACES_OCTAVES];
    uint32_t n = view_spectrum(v, entity, scale_s, value, TRACES_OCTAVES);
    struct trace *one = n ? find(t, entity) : NULL;

    if (n && !one)
        one = make(t, entity);
    if (!one || one->seen == t->ticks)
        return;
    /* Ticks at which it was not written down hold nothing. */
    uint64_t missed = one->count ? t->ticks - one->seen - 1 : 0;
    for (uint64_t k = 0; k < missed && k < TRACES_TICKS; k++)
        memset(one->level[(one->seen + 1 + k) % TRACES_TICKS], 0, TRACES_OCTAVES);
    memset(one->level[t->ticks % TRACES_TICKS], 0, TRACES_OCTAVES);
    for (uint32_t i = 0; i < n; i++) {
        one->level[t->ticks % TRACES_TICKS][i] = level_of(value[i]);
        one->scale_s[i] = scale_s[i];
    }
    one->octaves = n;
    one->seen = t->ticks;
    one->count += one->count < TRACES_TICKS;
}

const struct trace *traces_of(const struct traces *t, uint32_t entity)
{
    return find((struct traces *)(uintptr_t)t, entity);
}

double traces_value(
    const struct traces *t, const struct trace *one, uint32_t octave, uint32_t age, uint32_t ticks)
{
    uint8_t most = 0;

    for (uint32_t k = 0; k < ticks && age + k < TRACES_TICKS && age + k < t->ticks; k++) {
        uint64_t tick = t->ticks - age - k;
        if (tick < one->begun)
            break;
        if (tick <= one->seen && one->level[tick % TRACES_TICKS][octave] > most)
            most = one->level[tick % TRACES_TICKS][octave];
    }
    return most ? value_of(most) : (double)NAN;
}
