/* SPDX-License-Identifier: MIT
 * The laws' names and the states in which a law can be about an entity. */
#ifndef COHERENCE_CORE_LAW_H
#define COHERENCE_CORE_LAW_H

#include <stdint.h>

enum law_id {
    LAW_SEIZURE,
    LAW_FEVER,
    LAW_AMPLIFICATION,
    LAW_SHOCK,
    LAW_EARLY_WARNING,
    LAW_SIGNAL_LOST,
    LAW_COUNT
};
#define LAW_MAIN_COUNT 3 /* the three laws of a tick line come first */

enum law_state {
    LAW_WARMUP, /* its source speaks, but not long enough */
    LAW_OK,
    LAW_ACTIVE,       /* a finding is open */
    LAW_STALE,        /* its source has gone quiet: no verdict */
    LAW_UNOBSERVABLE, /* it has no source here */
    LAW_STATE_COUNT
};

enum host_state { HOST_WARMUP, HOST_STABLE, HOST_UNSTABLE, HOST_STALE, HOST_ERROR, HOST_STATE_COUNT };

enum veto_type {
    VETO_NONE,
    VETO_COMPUTE,  /* SHED_LOAD */
    VETO_RESOURCE, /* THROTTLE */
    VETO_INTENT    /* CAP_RETRIES */
};

/* What a law sees now. Numbers that do not exist are NaN. */
struct law_reading {
    enum law_state state;
    double value, expected, lo, hi; /* in `unit` */
    double scale_s;                 /* the time scale at which `value` was taken; NaN = none */
    const char *unit;               /* static: "%", "MB/s", "By/s", "1", "sigma" */
};

/* Static names as in JSON: "seizure", "warmup", "stable", "COMPUTE", "SHED_LOAD" (NULL for VETO_NONE). */
const char *law_name(enum law_id law);
const char *law_state_name(enum law_state state);
const char *host_state_name(enum host_state state);
const char *veto_type_name(enum veto_type type);
const char *veto_action_name(enum veto_type type);

/* The advice that belongs to a law: COMPUTE, RESOURCE, INTENT for the three main laws, else VETO_NONE. */
enum veto_type law_veto(enum law_id law);

#endif
