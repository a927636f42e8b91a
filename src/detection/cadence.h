/* SPDX-License-Identifier: MIT
 * How often a source speaks, learned from its own timestamps: what is late is judged against the source's own
 * habit. */
#ifndef COHERENCE_DETECTION_CADENCE_H
#define COHERENCE_DETECTION_CADENCE_H

#include <stdbool.h>
#include <stdint.h>

#define CADENCE_STEPS 8

struct cadence {
    int64_t last_ns; /* newest sample; INT64_MIN: none yet */
    float steps_s[CADENCE_STEPS];
    double usual_s;      /* median of the last steps, renewed every CADENCE_STEPS; 0: not known yet */
    float longest_s;     /* longest step of late that was no outage; fades */
    uint32_t loss_count; /* value of count at the last step that was an outage; 0: none */
    uint32_t count;      /* samples taken */
    int64_t allowed_ns;  /* silence that is not loss yet; INT64_MAX: not known */
};

/* The time span_ns (>= 0) after t_ns; what lies beyond the last representable time is that time. */
static inline int64_t cadence_after(int64_t t_ns, int64_t span_ns)
{
    return t_ns > INT64_MAX - span_ns ? INT64_MAX : t_ns + span_ns;
}

void cadence_init(struct cadence *c);

/* Takes a sample's time. Returns false (nothing taken) when it is not later than the last. O(1). */
bool cadence_take(struct cadence *c, int64_t t_ns);

/* The time from which silence is loss: after the last sample by ten usual steps, twice the longest step of
 * late, and ten seconds, whichever is most (heuristic, chosen on 2026-11-22); fixed_ns > 0 replaces all that.
 * INT64_MAX before the cadence is known. */
static inline int64_t cadence_lost_at(const struct cadence *c, int64_t fixed_ns)
{
    if (c->count == 0 || (fixed_ns <= 0 && c->allowed_ns == INT64_MAX))
        return INT64_MAX;
    return cadence_after(c->last_ns, fixed_ns > 0 ? fixed_ns : c->allowed_ns);
}

#endif
