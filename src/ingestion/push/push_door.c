/* SPDX-License-Identifier: MIT
 * Turns an intake's counts before and after a batch into what is said of it. Statuses and forms of answers
 * are the protocols' matter. */
#include "ingestion/push/push_door.h"

static const bool is_silent[INTAKE_DROP_COUNT] = {
    [INTAKE_DROP_DUPLICATE] = true,
    [INTAKE_DROP_TAKEN] = true,
    [INTAKE_DROP_UNSUPPORTED] = true,
    [INTAKE_DROP_BAD_VALUE] = true,
};

void push_begin(struct push_door *d)
{
    d->before = *intake_count(d->in);
    intake_begin(d->in, d->now_ns(d->context));
}

int push_end(struct push_door *d, bool fed)
{
    int r = 0;

    if (fed)
        r = intake_end(d->in, INTAKE_PART);
    else
        intake_cancel(d->in);
    d->batch = *intake_count(d->in);
    d->batch.samples -= d->before.samples;
    for (size_t i = 0; i < INTAKE_DROP_COUNT; i++)
        d->batch.dropped[i] -= d->before.dropped[i];
    if (r < 0)
        d->fault = r;
    return r < 0 ? r : 0;
}

uint64_t push_refused(const struct push_door *d, struct text *why)
{
    uint64_t refused = 0;

    for (unsigned i = 0; i < INTAKE_DROP_COUNT; i++) {
        const uint64_t n = d->batch.dropped[i];
        if (n == 0 || is_silent[i])
            continue;
        text_add(why, refused ? ", " : "");
        text_add(why, intake_drop_name((enum intake_drop)i));
        text_add_char(why, ' ');
        text_add_uint(why, n);
        refused += n;
    }
    return refused;
}
