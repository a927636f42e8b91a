/* SPDX-License-Identifier: MIT
 * A view that says what a test wants: the terminal's tests see states that take the engine minutes to reach.
 */
#ifndef COHERENCE_TESTS_OUTPUT_FAKE_VIEW_H
#define COHERENCE_TESTS_OUTPUT_FAKE_VIEW_H

#include "core/view.h"

#define FAKE_ENTITIES_MAX 6000
#define FAKE_NOW_NS       INT64_C(1767295229000000000) /* 2026-01-01T19:20:29Z */

struct fake_view {
    struct catalog *catalog;
    int64_t now_ns;
    bool has_tick;
    struct host_tick tick;
    struct law_reading readings[FAKE_ENTITIES_MAX][LAW_COUNT];
    struct finding findings[2];
    uint32_t finding_count;
    struct incident incidents[2];
    uint32_t incident_count;
    double scale_s[16], value[16];
    uint32_t octaves;
    struct summary summary;
    double cpu[FAKE_ENTITIES_MAX]; /* shares: what view_signal says of the metric; NaN = nothing */
    struct view_process processes[FAKE_ENTITIES_MAX]; /* of entities of that kind */
    struct view_supply supplies[2];                   /* of every entity but the host */
    uint32_t supply_count;
};

extern struct fake_view fake_view;

/* An empty view with one host of that name, nothing observable. */
void fake_view_make(const char *host);
void fake_view_free(void);
const struct view *fake_view_get(void);
/* Adds an entity of the host; returns its id. */
uint32_t fake_view_add(enum entity_kind kind, const char *name);
/* A reading with a value, 80 % of it usual, and a band from 0 to hi. */
struct law_reading fake_reading(enum law_state state, double value, double hi, const char *unit);

#endif
