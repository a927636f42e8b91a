/* SPDX-License-Identifier: MIT
 * libcoherence: feed telemetry, get findings and incidents. The engine behind it is a function of its
 * settings, samples and ticks: same input, same output, on every machine. It reads no clock, no file and no
 * network; it says everything through one callback. Not thread-safe: one engine, one thread at a time.
 *
 *     struct coherence *c = coherence_new(true, on_event, NULL);
 *     coherence_set(c, "false_alarm_budget", "1/7d");
 *     int64_t cpu = coherence_series(c, "web-1", "", "cpu_usage");
 *     for (...) {
 *         coherence_sample(c, (uint32_t)cpu, t_ns, percent);
 *         coherence_tick(c, t_ns);
 *     }
 *     coherence_end(c);
 *     coherence_free(c);
 */
#ifndef COHERENCE_H
#define COHERENCE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct coherence;

enum coherence_event_type { COHERENCE_TICK, COHERENCE_ANOMALY, COHERENCE_FINDING, COHERENCE_INCIDENT };
enum coherence_change { COHERENCE_OPEN, COHERENCE_UPDATE, COHERENCE_CLOSE };

/* One thing that the engine says. Strings are static or valid during the callback; names are the outside's
 * bytes: escape them where you show them. Numbers that do not exist are NaN. Words are those of the JSON
 * lines ("seizure", "unstable", "cascading", "SHED_LOAD"). */
struct coherence_event {
    enum coherence_event_type type;
    enum coherence_change change; /* of findings and incidents */
    int64_t t_ns;                 /* Unix nanoseconds */
    const char *id;               /* of findings and incidents: 16 hex digits; else "" */
    const char *host;
    const char *entity_kind; /* "host", "cgroup", "series", ... */
    const char *entity;      /* its name */
    const char *law;         /* of a finding; else "" */
    const char *state;       /* of a tick: the host's state; else "" */
    const char *kind;        /* of an incident: "single", ...; of an anomaly: "variance", "spike"; else "" */
    const char *severity;    /* of an incident; else "" */
    const char *cause;       /* of a finding; else "" */
    const char *text;        /* the finding's sentence, the incident's narrative; else "" */
    const char *advice;      /* "SHED_LOAD", ... while there is advice; else "" */
    int64_t onset_ns;        /* estimate of when it began */
    double value, expected, lo, hi, scale_s;
    double score; /* anomaly: its score; finding: strength 0..1; incident: risk 0..1 */
    double exhaustion_lo_s, exhaustion_hi_s;
};

/* bounded: the input ends, and the classic profile may wait for its end; else it is judged as it comes. NULL:
 * out of memory. on_event may be NULL. */
struct coherence *coherence_new(
    bool bounded, void (*on_event)(void *context, const struct coherence_event *e), void *context);
void coherence_free(struct coherence *c); /* NULL allowed */

/* Sets an option as in the configuration file ("profile", "classic"), before the first series is declared.
 * Returns 0, -ENOENT (no such key), -EINVAL or -ERANGE (coherence_error says what is allowed), -EBUSY (too
 * late). */
int coherence_set(struct coherence *c, const char *key, const char *value);

/* The number of a series, made when new. entity: "kind:name", "" = the host. metric: a known name (cpu_usage,
 * system.memory.usage, ...) or any other. Returns >= 0, -EINVAL (empty or too long name, unknown kind),
 * -ENOSPC (at the configured limit), -ENOMEM. */
int64_t coherence_series(struct coherence *c, const char *host, const char *entity, const char *metric);

/* One sample; NaN and infinities are counted as missing, a time not later than the series' last as late.
 * Returns 0 or -ENOENT (no such series). */
int coherence_sample(struct coherence *c, uint32_t series, int64_t t_ns, double value);

/* It is now now_ns: judge. Events come before it returns. Returns 0 or -EINVAL (earlier than the last tick).
 */
int coherence_tick(struct coherence *c, int64_t now_ns);

/* The input is over: judges what waited for that. Returns 0. */
int coherence_end(struct coherence *c);

/* What the last call that failed had to say, "" when there is nothing. */
const char *coherence_error(const struct coherence *c);

#ifdef __cplusplus
}
#endif

#endif
