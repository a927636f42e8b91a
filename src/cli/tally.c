/* SPDX-License-Identifier: MIT
 * Differences and sums of an engine's totals. The number of series, and what was promised, are the present
 * engine's. */
#include "cli/tally.h"

static uint64_t since(uint64_t now, uint64_t base, uint64_t before)
{
    return now - base + before;
}

struct summary tally_total(const struct tally *t, const struct summary *now)
{
    const struct summary *base = &t->base, *before = &t->before;
    struct summary s = *now;

    s.samples = since(now->samples, base->samples, before->samples);
    s.anomalies = since(now->anomalies, base->anomalies, before->anomalies);
    s.findings = since(now->findings, base->findings, before->findings);
    s.incidents = since(now->incidents, base->incidents, before->incidents);
    s.late = since(now->late, base->late, before->late);
    s.not_finite = since(now->not_finite, base->not_finite, before->not_finite);
    s.refused = since(now->refused, base->refused, before->refused);
    s.unsaid = since(now->unsaid, base->unsaid, before->unsaid);
    s.shocks = since(now->shocks, base->shocks, before->shocks);
    s.judged_days = now->judged_days - base->judged_days + before->judged_days;
    return s;
}

void tally_begin(struct tally *t, const struct summary *now)
{
    t->base = *now;
}

void tally_end(struct tally *t, const struct summary *now)
{
    t->before = tally_total(t, now);
    t->base = (struct summary){0};
}
