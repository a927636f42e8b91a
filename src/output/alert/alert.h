/* SPDX-License-Identifier: MIT
 * What others are told of one incident: a copy that outlives the event, and its place in a file. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERT_H
#define COHERENCE_OUTPUT_ALERT_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pack.h"
#include "core/catalog.h"
#include "core/event.h"

struct alert {
    char id[HASH_ID_TEXT_MAX];
    char host[CATALOG_NAME_MAX + 1];
    int64_t t_ns, start_ns, end_ns; /* as the incident's */
    enum incident_kind kind;
    enum severity severity;
    double risk;   /* 0..1 */
    uint32_t laws; /* bit per law_id */
    double exhaustion_lo_s, exhaustion_hi_s;
    uint32_t head_n; /* bytes of the narrative that are its first line */
    char narrative[INCIDENT_TEXT_MAX];
    char severity_reason[32];
    char merged_into[HASH_ID_TEXT_MAX];
    struct veto veto;
};

/* Takes it over as it stands. */
void alert_take(struct alert *a, const struct catalog *c, const struct incident *i);

/* Writes or reads all of it. */
void alert_pack(struct pack *p, struct alert *a);

#endif
