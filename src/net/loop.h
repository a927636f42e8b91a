/* SPDX-License-Identifier: MIT
 * The event loop (libuv) with sampling timers that do not drift: absolute timerfds on the monotonic clock, aligned to whole periods of the real-time
 * clock, so that ticks fall on the second. Missed periods are counted, never caught up. */
#ifndef COHERENCE_NET_LOOP_H
#define COHERENCE_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

struct loop;

/* The instant for which a period was due, and what was found when the loop got to it. */
struct loop_instant {
    int64_t due_real_ns; /* Unix nanoseconds of the period's boundary */
    int64_t real_ns;     /* now, real time */
    int64_t mono_ns;     /* now, CLOCK_MONOTONIC */
    uint64_t missed;     /* periods skipped before this one */
    bool clock_stepped;  /* the real-time clock jumped against the monotonic one since the last period (over half a second) */
    bool suspended;      /* CLOCK_BOOTTIME ran ahead of CLOCK_MONOTONIC since the last period */
};

struct loop *loop_new(struct error *e); /* NULL with e filled */
void loop_free(struct loop *l);

/* Calls f every period_ns (>= 1 ms), first at the next whole multiple of real time. Up to 8 timers. Returns 0 or -errno. */
int loop_every(struct loop *l, int64_t period_ns, void (*f)(void *context, const struct loop_instant *now), void *context);
/* Calls f when fd is readable or hung up (the caller reads it without blocking). Returns 0 or -errno. */
int loop_on_readable(struct loop *l, int fd, void (*f)(void *context), void *context);
/* Calls f for SIGINT, SIGTERM, SIGHUP, SIGWINCH. Returns 0 or -errno. */
int loop_on_signal(struct loop *l, int signal_number, void (*f)(void *context, int signal_number), void *context);

/* Runs until loop_stop; allocation-free once running. Returns 0. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
