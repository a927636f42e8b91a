/* SPDX-License-Identifier: MIT
 * The event loop (libuv) with sampling timers that do not drift: absolute timerfds on the monotonic clock,
 * aligned to whole periods of the real-time clock, so that ticks fall on the second. Missed periods are
 * counted, never caught up. */
#ifndef COHERENCE_NET_LOOP_H
#define COHERENCE_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "net/period.h"

#define LOOP_TIMERS_MAX    8
#define LOOP_READABLES_MAX 160 /* descriptors that are watched */
#define LOOP_SIGNALS_MAX   8
#define LOOP_ALARMS_MAX    32

struct loop;

/* The instant for which a period was due, and what was found when the loop got to it. */
struct loop_instant {
    int64_t due_real_ns; /* Unix nanoseconds of the period's boundary: a multiple of the period, later than
                            the last one unless clock_stepped */
    int64_t real_ns;     /* now, real time; may be up to PERIOD_DRIFT_NS before due_real_ns while the clock is
                            slewed */
    int64_t mono_ns;     /* now, CLOCK_MONOTONIC */
    uint64_t missed; /* periods skipped before this one because this process was late; not those of a suspend
                        or a clock step */
    bool clock_stepped; /* the real-time clock jumped (against CLOCK_BOOTTIME, so not by sleeping) since the
                           last period, over half a second */
    bool
        suspended; /* CLOCK_BOOTTIME ran ahead of CLOCK_MONOTONIC since the last period, over half a second */
};

/* Makes a loop; before or after the seal. All memory is taken here and by the registrations below. Returns
 * NULL with e filled when there is no memory or no descriptor. */
struct loop *loop_new(struct error *e);
/* Closes what the loop opened (not the descriptors that it watched). l may be NULL; not from a callback. */
void loop_free(struct loop *l);

/* Calls f every period_ns (PERIOD_MIN_NS..PERIOD_MAX_NS), first at the next whole multiple of real time.
 * Timers that are due together are called in the order of their due_real_ns, and for the same instant in the
 * order of registration. Returns 0, -EINVAL (period), or -ENOSPC (more than LOOP_TIMERS_MAX). */
int loop_every(struct loop *l, int64_t period_ns, void (*f)(void *context, const struct loop_instant *now),
    void *context);

/* Calls f whenever fd is readable, at its end or hung up: a terminal, pipe, socket or the like. f reads what
 * is there, without blocking, and at the end or on an error calls loop_forget, or it is called again at once.
 * fd stays the caller's and its flags stay as they are. Returns 0; -EPERM: fd is a regular file or a
 * directory, which is always readable and cannot be waited for: read it directly; -EEXIST: fd is watched
 * already; -ENOSPC: more than LOOP_READABLES_MAX; or -errno. */
int loop_on_readable(struct loop *l, int fd, void (*f)(void *context), void *context);

enum { LOOP_READABLE = 1, LOOP_WRITABLE = 2, LOOP_FAILED = 4 };

/* Calls f with what fd is (some of LOOP_READABLE, LOOP_WRITABLE; LOOP_FAILED: an error waits to be fetched,
 * and fd is not watched until the next loop_watch). events: what is waited for, at least one of the first
 * two. For an fd that is watched by this function already: waits for events from now on, f and context too.
 * Otherwise as loop_on_readable, its returns too (-EEXIST: watched by that). */
int loop_watch(struct loop *l, int fd, unsigned events, void (*f)(void *context, int fd, unsigned events),
    void *context);

/* Stops watching fd, also from its own callback; to be called before fd is closed. Unknown fd: nothing. */
void loop_forget(struct loop *l, int fd);

/* A call at some later time, once: for deadlines and pauses, not for sampling. Late by a millisecond or two,
 * never early by more than one. */
struct loop_alarm;

/* NULL: more than LOOP_ALARMS_MAX. It is off until it is set. Ends with the loop. */
struct loop_alarm *loop_alarm_new(struct loop *l, void (*f)(void *context), void *context);
/* Calls f once, in after_ns (0 and less: in the next round of the loop), instead of what was set before. */
void loop_alarm_set(struct loop_alarm *a, int64_t after_ns);
void loop_alarm_clear(struct loop_alarm *a);

/* Calls f, in the loop, for signal_number (SIGINT, SIGTERM, SIGHUP, SIGWINCH, ...). Returns 0, -ENOSPC (more
 * than LOOP_SIGNALS_MAX) or -errno. */
int loop_on_signal(
    struct loop *l, int signal_number, void (*f)(void *context, int signal_number), void *context);

/* Runs until loop_stop, or until nothing is left to wait for; allocation-free once running. Returns 0, or
 * -errno when the timer could not be set. */
int loop_run(struct loop *l);
/* From a callback: no other callback of a timer is made, and loop_run returns. */
void loop_stop(struct loop *l);

/* For tests: takes the three clocks from read instead of the kernel; before the first loop_every. The waiting
 * itself stays on the kernel's monotonic clock. */
void loop_set_clock(
    struct loop *l, void (*read)(void *context, struct clock_reading *ret_now), void *context);

#endif
