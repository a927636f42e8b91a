/* SPDX-License-Identifier: MIT
 * A scenario as the simulator reads it: what a healthy host does, and what happens to it when. Its file
 * format is docs/scenarios.md; how it is read and named is declared in simulator.h. */
#ifndef COHERENCE_INGESTION_SCENARIO_H
#define COHERENCE_INGESTION_SCENARIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option.h"
#include "ingestion/simulator/simulator.h"

#define SCENARIO_HOSTS_MAX     256 /* simulated hosts */
#define SCENARIO_HOST_NAME_MAX 64  /* bytes of a host's name, NUL included */
#define SCENARIO_PHASES_MAX    64

/* The clock of every flight starts here, so that bytes never depend on a real one: 2026-01-01T00:00:00Z. */
#define SCENARIO_START_NS (INT64_C(1767225600) * 1000000000)

enum scenario_effect {
    EFFECT_CPU_SWING,    /* the CPU alternates between two levels, its mean stays */
    EFFECT_CPU_NOISE,    /* the CPU's noise grows, its mean stays */
    EFFECT_MEMORY_LEAK,  /* memory in use grows steadily */
    EFFECT_MEMORY_CHURN, /* much is allocated and freed, memory in use stays flat */
    EFFECT_RETRY_STORM,  /* outgoing requests multiply, incoming ones do not */
    EFFECT_STEP,         /* levels change and stay changed: more work, nothing ill */
    EFFECT_SILENCE,      /* telemetry stops; the clock goes on */
    EFFECT_SLOW_BURN,    /* a slow leak, while the CPU's noise grows and gets slower */
    EFFECT_COUNT
};

/* Shares are 0..1 of the host's capacity; times in ns. */
struct scenario_cpu {
    double mean;
    double noise; /* standard deviation of one fast sample around the mean */
    int64_t noise_time_ns;
    double daily; /* amplitude of a sine of one day */
};

struct scenario_memory {
    uint64_t usage_bytes, limit_bytes;
    uint64_t noise_bytes; /* standard deviation */
    uint64_t sawtooth_bytes;
    int64_t sawtooth_period_ns;
    uint64_t allocation_bytes; /* a second */
};

struct scenario_network {
    double packets_in, packets_out; /* a second */
    double batch; /* packets that come together: the variance of a second's count is batch times its mean */
};

struct scenario_requests {
    double in;      /* a second */
    double fan_out; /* outgoing per incoming */
    double batch;
    double failures; /* share of the outgoing ones */
};

/* One row of the list `phases`. A parameter that its effect does not use has its default. */
struct scenario_phase {
    int effect;            /* enum scenario_effect */
    int64_t at_ns, for_ns; /* since the start; for_ns 0 = to the end */
    int64_t on_ns, off_ns; /* both 0, or the effect comes and goes in turns, on first */
    int64_t host;          /* 1-based, 0 = all of them */
    int64_t ramp_ns;       /* the effect grows linearly to its full size */
    int64_t period_ns;
    double low, high;
    double noise;
    int64_t noise_time_ns;
    uint64_t rate_bytes; /* a second */
    double factor, failures;
    double cpu; /* step: the new mean, negative = unchanged */
    uint64_t memory_bytes;
    double requests;
};

struct scenario {
    char title[OPTION_TEXT_MAX];
    int64_t duration_ns;
    int64_t fast_interval_ns; /* of CPU frames; divides one second */
    int64_t host_count;
    struct scenario_cpu cpu;
    struct scenario_memory memory;
    struct scenario_network network;
    struct scenario_requests requests;
    size_t phase_count;
    struct scenario_phase phases[SCENARIO_PHASES_MAX];
    char hosts[SCENARIO_HOSTS_MAX][SCENARIO_HOST_NAME_MAX];
};

/* Names as in the file, indexed by enum scenario_effect; ended by NULL. */
extern const char *const scenario_effect_names[EFFECT_COUNT + 1];

/* The rows of the file's top (title, duration, cpu.mean ...) and of one phase; the documentation is held to
 * them by a test. */
extern const struct option_row scenario_rows[];
extern const size_t scenario_row_count;
extern const struct option_row scenario_phase_rows[];
extern const size_t scenario_phase_row_count;

/* Does that effect use that row of scenario_phase_rows? */
bool scenario_effect_takes(enum scenario_effect effect, size_t row);
/* Must it be given? */
bool scenario_effect_needs(enum scenario_effect effect, size_t row);

#endif
