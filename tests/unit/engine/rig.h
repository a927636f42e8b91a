/* SPDX-License-Identifier: MIT
 * An engine with its options at their defaults, and everything that it says kept for looking at. */
#ifndef COHERENCE_TESTS_ENGINE_RIG_H
#define COHERENCE_TESTS_ENGINE_RIG_H

#include "core/event.h"
#include "engine/engine.h"

#define RIG_EVENTS_MAX 200000

struct rig_event {
    enum event_type type;
    union {
        struct host_tick tick;
        struct anomaly anomaly;
        struct summary summary;
        struct finding *finding;   /* malloc'd */
        struct incident *incident; /* malloc'd */
    };
    int incident_kind; /* of a tick's incident, or -1 */
    int incident_severity;
};

struct rig {
    struct engine_options options;
    struct engine *engine;
    struct rig_event *events;
    size_t count;
};

/* Options at their defaults; change them before rig_start. */
void rig_init(struct rig *r);
void rig_start(struct rig *r, enum engine_mode mode);
/* Both, for a stream judged by so many threads. */
void rig_begin(struct rig *r, int64_t threads);
void rig_done(struct rig *r);

/* Feeds one sample; declares host and metric when new. */
void rig_sample(struct rig *r, const char *host, const char *metric, int64_t t_ns, double value);

/* Replays a file through the rig's engine; returns what replay_run returned. The mode must have been chosen
 * by rig_start. */
int rig_replay(struct rig *r, const char *path);

/* How many events of a type; of findings and incidents only those with that change (-1: any). */
size_t rig_count(const struct rig *r, enum event_type type, int change);
/* The n-th such event, or NULL. */
const struct rig_event *rig_find(const struct rig *r, enum event_type type, int change, size_t n);

/* The folder of test data, or NULL with a SKIP line printed for that test. */
const char *rig_data(const char *test);

#endif
