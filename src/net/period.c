/* SPDX-License-Identifier: MIT
 * Turns clock readings into boundaries of a period. While the clocks agree, the next boundary is the last one
 * plus a period on both clocks, so nothing drifts; when they have moved against each other, the boundary is
 * computed from real time again. Waiting, and reading the clocks, is loop.c. */
#include "net/period.h"

#include <errno.h>

/* The largest multiple of period that is not after t. */
static int64_t floor_to(int64_t t, int64_t period)
{
    int64_t rest = t % period;

    return t - (rest < 0 ? rest + period : rest);
}

static bool is_over(int64_t difference, int64_t limit)
{
    return difference > limit || difference < -limit;
}

/* Waits for boundary from now on. */
static void aim(struct period *p, int64_t boundary, const struct clock_reading *now)
{
    p->due_real_ns = boundary;
    p->due_mono_ns = now->mono_ns + (boundary - now->real_ns);
}

static void remember(struct period *p, int64_t due_real_ns, const struct clock_reading *now)
{
    p->last_due_real_ns = due_real_ns;
    p->last_mono_ns = now->mono_ns;
    p->real_minus_boot_ns = now->real_ns - now->boot_ns;
    p->boot_minus_mono_ns = now->boot_ns - now->mono_ns;
}

static bool has_stepped(const struct period *p, const struct clock_reading *now)
{
    return is_over((now->real_ns - now->boot_ns) - p->real_minus_boot_ns, PERIOD_STEP_NS);
}

/* Whether real time has moved against the monotonic clock since the boundary was computed. */
static bool is_off(const struct period *p, const struct clock_reading *now)
{
    return is_over((now->real_ns - now->mono_ns) - (p->due_real_ns - p->due_mono_ns), PERIOD_DRIFT_NS);
}

int period_start(struct period *p, int64_t period_ns, const struct clock_reading *now)
{
    int64_t boundary;

    if (period_ns < PERIOD_MIN_NS || period_ns > PERIOD_MAX_NS)
        return -EINVAL;
    boundary = floor_to(now->real_ns, period_ns);
    *p = (struct period){.period_ns = period_ns};
    remember(p, boundary, now);
    aim(p, boundary + period_ns, now);
    return 0;
}

bool period_is_due(const struct period *p, const struct clock_reading *now)
{
    return now->mono_ns >= p->due_mono_ns;
}

void period_take(struct period *p, const struct clock_reading *now, struct period_visit *ret_visit)
{
    int64_t late_periods = (now->mono_ns - p->due_mono_ns) / p->period_ns;
    struct period_visit v = {
        .clock_stepped = has_stepped(p, now),
        .suspended = is_over((now->boot_ns - now->mono_ns) - p->boot_minus_mono_ns, PERIOD_STEP_NS),
    };

    /* A boundary that was looked up during a step that has since been undone may be one that was taken
     * already. */
    if (!is_off(p, now) && (v.clock_stepped || p->due_real_ns > p->last_due_real_ns)) {
        v.due_real_ns = p->due_real_ns + late_periods * p->period_ns;
        p->due_mono_ns += (late_periods + 1) * p->period_ns;
        p->due_real_ns = v.due_real_ns + p->period_ns;
    } else {
        v.due_real_ns = floor_to(now->real_ns, p->period_ns);
        /* Slewed back a little: the boundary is taken early rather than one twice. Slewed back little by
         * little until real time is far behind is a step all the same. */
        if (!v.clock_stepped && v.due_real_ns <= p->last_due_real_ns) {
            int64_t early = p->last_due_real_ns + p->period_ns;

            v.clock_stepped = early - now->real_ns > PERIOD_STEP_NS;
            if (!v.clock_stepped)
                v.due_real_ns = early;
        }
        aim(p, v.due_real_ns + p->period_ns, now);
    }
    if (v.clock_stepped || v.suspended)
        v.missed = (uint64_t)late_periods; /* boundaries on the real-time clock say nothing then */
    else
        v.missed = (uint64_t)((v.due_real_ns - p->last_due_real_ns) / p->period_ns - 1);
    remember(p, v.due_real_ns, now);
    *ret_visit = v;
}

void period_realign(struct period *p, const struct clock_reading *now)
{
    int64_t boundary, latest = p->last_mono_ns + 2 * p->period_ns + PERIOD_STEP_NS;

    if (!is_off(p, now))
        return;
    boundary = floor_to(now->real_ns, p->period_ns) + p->period_ns;
    if (!has_stepped(p, now) && boundary <= p->last_due_real_ns)
        boundary = p->last_due_real_ns + p->period_ns;
    aim(p, boundary, now);
    if (p->due_mono_ns > latest)
        p->due_mono_ns = latest;
}
