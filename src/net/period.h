/* SPDX-License-Identifier: MIT
 * When a sampling timer is due: whole periods of the real-time clock, waited for on the monotonic one. Pure
 * arithmetic on clock readings; reads no clock. */
#ifndef COHERENCE_NET_PERIOD_H
#define COHERENCE_NET_PERIOD_H

#include <stdbool.h>
#include <stdint.h>

#define PERIOD_MIN_NS 1000000LL              /* 1 ms */
#define PERIOD_MAX_NS (24 * 3600000000000LL) /* 1 day */

/* How far real time may move against the monotonic clock before the boundaries are looked up anew. Heuristic,
 * chosen on 2026-11-22: below it a period of 100 ms stays even to 5 %; NTP's largest slew (500 ppm,
 * adjtimex(2)) reaches it in 10 s. */
#define PERIOD_DRIFT_NS 5000000LL
/* More than this is a step of the clock (or a suspend), not a slew. Heuristic, chosen on 2026-11-22: ntpd
 * steps above 128 ms and chronyd above what it is told, usually 1 s; half a second separates both from
 * slewing. */
#define PERIOD_STEP_NS 500000000LL

/* The three clocks at one instant, in ns. */
struct clock_reading {
    int64_t real_ns; /* CLOCK_REALTIME */
    int64_t mono_ns; /* CLOCK_MONOTONIC: stands still during suspend */
    int64_t boot_ns; /* CLOCK_BOOTTIME: does not */
};

struct period {
    int64_t period_ns;
    int64_t due_real_ns; /* the boundary that is waited for */
    int64_t due_mono_ns; /* when to wake for it */
    /* Of the last period taken, or of the start: */
    int64_t last_due_real_ns;
    int64_t last_mono_ns;
    int64_t real_minus_boot_ns;
    int64_t boot_minus_mono_ns;
};

/* What a period found when it was taken. */
struct period_visit {
    int64_t due_real_ns; /* a multiple of the period; later than the last one unless clock_stepped. Real time
                            is then at most PERIOD_STEP_NS before it. */
    uint64_t missed; /* boundaries that passed without a visit while this machine ran; not those of a suspend
                        or a clock step */
    bool clock_stepped; /* real time moved against CLOCK_BOOTTIME by more than PERIOD_STEP_NS since the last
                           visit */
    bool suspended;     /* CLOCK_BOOTTIME moved against CLOCK_MONOTONIC by as much */
};

/* Starts: the first boundary is the next multiple of period_ns after now->real_ns. Returns 0, or -EINVAL (p
 * untouched) outside PERIOD_MIN_NS..PERIOD_MAX_NS. */
int period_start(struct period *p, int64_t period_ns, const struct clock_reading *now);

/* Whether it is time. */
bool period_is_due(const struct period *p, const struct clock_reading *now);

/* Takes the period that is due (period_is_due holds): fills *ret_visit and moves on to the next boundary
 * after now. */
void period_take(struct period *p, const struct clock_reading *now, struct period_visit *ret_visit);

/* Looks the boundary up anew when real time has moved; for a period that is not due, whenever the clocks have
 * been read. Never puts the wake-up further behind the last visit than two periods and PERIOD_STEP_NS, so
 * that a clock that is set again and again cannot stop the sampling. */
void period_realign(struct period *p, const struct clock_reading *now);

#endif
