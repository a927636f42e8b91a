/* SPDX-License-Identifier: MIT
 * The sentinel's side of the deep sense (docs/deep-sense.md): what comes through the pipe becomes frames;
 * what does not come is unobservable. The other side, deep_child.h, runs in a process of its own, started by
 * cli/deep.c before the seal.
 *
 * What is fed. Processes (of two threads and more, the busiest, or those of deep_sense_watch): the share of
 * threads that wait in a futex, open files and their limit, bytes read and written at the storage. JVMs:
 * collections and their time, heap in use, live, limit, allocated. Both are named after what they run, never
 * by number; of two with one name the second is called NAME#2. */
#ifndef COHERENCE_INGESTION_DEEP_SENSE_H
#define COHERENCE_INGESTION_DEEP_SENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "core/feed.h"
#include "ingestion/deep/deep_message.h"

enum deep_mode { DEEP_AUTO, DEEP_ON, DEEP_OFF };

struct deep_options {
    int mode;         /* enum deep_mode; sources.host.deep */
    int64_t max_jvms; /* sources.host.max_jvms */
};

extern const struct option_row deep_option_rows[];
extern const size_t deep_option_count;

/* Why there is none; DEEP_PRESENT: there is. Those from DEEP_NO_PROC on are exit codes of its process. */
enum deep_absence {
    DEEP_PRESENT,
    DEEP_SWITCHED_OFF,
    DEEP_NO_HOST,    /* telemetry is not of a host */
    DEEP_NO_PROCESS, /* cannot be started */
    DEEP_SILENT,     /* did not get ready */
    DEEP_NO_PROC = 16,
    DEEP_NO_FILTER,
    DEEP_ABSENCE_END
};

/* For people: "switched off (sources.host.deep)". Unknown codes are "ended while starting". */
const char *deep_absence_text(enum deep_absence why);

/* The pipes to a deep sense. */
struct deep_link {
    int in_fd, out_fd; /* non-blocking; -1: none */
    enum deep_absence why;
};

/* Where it belongs. The callbacks may be NULL. */
struct deep_home {
    const struct feed *feed;
    uint32_t host; /* entity */
    void *context;
    /* The cgroup of a process, as an entity; ENTITY_NONE: none that is watched. NULL: of none. */
    uint32_t (*cgroup_of)(void *context, uint32_t pid);
    /* The entity of a process; ENTITY_NONE: none, and it is not fed. NULL: one is made, named after its
     * executable. */
    uint32_t (*process_of)(void *context, const struct deep_id *id);
};

struct deep_sense;

/* Takes over the pipes. Without them it is there too, and says what is missing. NULL: no memory (e filled);
 * the pipes are closed then. */
struct deep_sense *deep_sense_open(
    const struct deep_link *link, const struct deep_home *home, struct error *e);
void deep_sense_close(struct deep_sense *d); /* NULL allowed */

/* Takes what has come since the last call, a bounded amount, and feeds it as of t_ns; mono_ns: monotonic time
 * of the same instant. Never waits. Returns 0 or what the feed answered. */
int deep_sense_round(struct deep_sense *d, int64_t t_ns, int64_t mono_ns);

/* Which processes to look at from now on: n <= DEEP_WATCH_MAX, n = 0: those that it finds busy itself. The
 * list is sent when it has changed. Returns 0; -EAGAIN: the pipe is full, say it again; -EPIPE: there is no
 * deep sense. JVMs are found without being named here. */
int deep_sense_watch(struct deep_sense *d, const struct deep_id *ids, uint32_t n);

/* What is to be said now, once: that it has ended. NULL: nothing. */
const char *deep_sense_news(struct deep_sense *d);

bool deep_sense_is_on(const struct deep_sense *d);

/* What it cannot see and why, one line each; i from 0 until NULL. Known a round after the start, but for its
 * absence, which is known at once. */
const char *deep_sense_missing(const struct deep_sense *d, uint32_t i);

/* The last round that was reported; number 0: none yet. */
const struct deep_round *deep_sense_last(const struct deep_sense *d);

/* What the deep sense is for, one row a signal: for `doctor`. Terminated by a row whose name is NULL. */
struct deep_signal {
    const char *name; /* "garbage collection of JVMs" */
    const char *metrics;
    const char *use; /* what the laws do with it */
};
extern const struct deep_signal deep_signals[];

#endif
