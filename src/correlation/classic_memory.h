/* SPDX-License-Identifier: MIT
 * The original's two memories: incidents from a host's anomalies that come within five minutes of each other,
 * and flapping or cascading read from the sentinel's last ten reports (docs/decisions/0005). */
#ifndef COHERENCE_CORRELATION_CLASSIC_MEMORY_H
#define COHERENCE_CORRELATION_CLASSIC_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/catalog.h"
#include "core/event.h"

#define CLASSIC_REPORTS          10
#define CLASSIC_FLAPPING_CHANGES 3
#define CLASSIC_FLAPPING_MIN     3 /* reports before anything is said */

/* The last reports of one host's sentinel. */
struct classic_reports {
    enum host_state state[CLASSIC_REPORTS];
    enum veto_type veto[CLASSIC_REPORTS];
    uint32_t head, count;
};

/* Takes one report. Returns -1 (nothing), INCIDENT_FLAPPING or INCIDENT_CASCADING: what the last ten reports
 * amount to. */
int classic_reports_take(struct classic_reports *r, enum host_state state, enum veto_type veto);

/* Anomalies of one host in order of arrival, joined. */
struct classic_joiner {
    int64_t start_ns, last_ns;
    double score_sum;
    uint64_t anomalies; /* 0: nothing open */
    uint32_t kinds;     /* bit per anomaly_kind */
};

/* Does an anomaly at t_ns still belong to what is open? False when nothing is. */
bool classic_joiner_reaches(const struct classic_joiner *j, int64_t t_ns, int64_t join_ns);
void classic_joiner_take(struct classic_joiner *j, int64_t t_ns, enum anomaly_kind kind, double score);

/* Writes the incident as it stands (at least two anomalies: else returns false). host: entity id. */
bool classic_joiner_incident(
    const struct classic_joiner *j, const struct catalog *names, uint32_t host, struct incident *out);

/* An incident of the sentinel's reports. */
void classic_reports_incident(const struct catalog *names, uint32_t host, enum incident_kind kind,
    int64_t start_ns, int64_t end_ns, struct incident *out);

#endif
