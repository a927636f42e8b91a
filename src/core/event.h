/* SPDX-License-Identifier: MIT
 * What the engine says: ticks, anomalies, findings, incidents, a summary. Plain data, valid during the
 * callback; a sink that wants to keep something copies it. Entities are ids of the engine's catalog. */
#ifndef COHERENCE_CORE_EVENT_H
#define COHERENCE_CORE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "core/entity.h"
#include "core/law.h"

#define EVIDENCE_MAX          8
#define EVIDENCE_NAME_MAX     64
#define CARRIERS_MAX          3
#define CARRIER_NAME_MAX      64
#define FINDING_TEXT_MAX      512
#define INCIDENT_TEXT_MAX     2048
#define INCIDENT_FINDINGS_MAX 32
#define INCIDENT_LINES_MAX    16
#define VETO_REASON_MAX       160

enum confidence { CONFIDENCE_LOW, CONFIDENCE_MEDIUM, CONFIDENCE_HIGH };
enum incident_kind { INCIDENT_SINGLE, INCIDENT_FLAPPING, INCIDENT_CASCADING, INCIDENT_PERSISTENT };
enum severity { SEVERITY_WARNING, SEVERITY_CRITICAL };
enum anomaly_kind { ANOMALY_VARIANCE, ANOMALY_SPIKE };
enum change { CHANGE_OPEN, CHANGE_UPDATE, CHANGE_CLOSE };

/* How a finding came to its end. */
enum finding_end {
    FINDING_LASTS,
    FINDING_OVER,      /* its evidence has been absent for the law's hold time */
    FINDING_CHANGED,   /* it is another thing of the same law now, which is a finding of its own */
    FINDING_UNHEARD,   /* its source has been silent for so long that nobody knows */
    FINDING_GONE,      /* the entity's life has ended */
    FINDING_FORGOTTEN, /* what was learned of the entity was forgotten, as was asked for */
    FINDING_END_COUNT
};

struct evidence {
    char signal[EVIDENCE_NAME_MAX]; /* may be a series' name, outside bytes; a longer one is cut */
    double value, expected;         /* NaN = none */
};

/* A process that makes a good part of what a finding is about. Its name is kept: it may end before the
 * finding does. */
struct carrier {
    char name[CARRIER_NAME_MAX]; /* outside bytes; a longer one is cut */
    double share;                /* 0..1, of what all known processes of the entity make; may pass 1 where
                                    others work against it */
};

struct anomaly {
    int64_t t_ns;
    uint32_t entity;
    const char *metric; /* owned by the catalog */
    enum anomaly_kind kind;
    double score;
};

struct finding {
    char id[HASH_ID_TEXT_MAX]; /* hash of host, entity, law and onset */
    int64_t t_ns;              /* of this change */
    int64_t onset_ns;          /* estimate of when it began */
    int64_t seen_ns;           /* its evidence was last seen then, <= t_ns */
    enum change change;        /* open, update (not printed as JSON unless asked), close */
    enum finding_end end;      /* FINDING_LASTS but with CHANGE_CLOSE */
    bool stale;                /* its source has gone quiet: neither seen nor over, no reason for advice */
    uint32_t facet;            /* which of a law's several things it is */
    uint32_t entity;
    enum law_id law;
    struct law_reading reading;
    double false_alarms_per_year; /* NaN = not known */
    bool calibrated;
    enum confidence confidence;
    const char *cause; /* static: "lock_convoy", "leak", ..., "unexplained"; never NULL */
    double exhaustion_lo_s, exhaustion_hi_s; /* NaN = no estimate */
    double strength;                         /* 0..1, the finding's part of an incident's risk */
    struct evidence evidence[EVIDENCE_MAX];
    uint32_t evidence_count;
    struct carrier carriers[CARRIERS_MAX]; /* by falling share */
    uint32_t carrier_count;
    char text[FINDING_TEXT_MAX]; /* one sentence for people */
    uint32_t observed_length;    /* its first bytes say what was observed, and what is usual; the rest puts
                                    cause,    exhaustion and carriers into words */
};

struct veto {
    enum veto_type type; /* VETO_NONE: no advice */
    double confidence;   /* 0..1 */
    int64_t expires_ns;
    char reason[VETO_REASON_MAX]; /* short enough for the head of a page */
};

/* One factor of a risk: risk = 1 - product of (1 - weight * strength). */
struct risk_term {
    enum law_id law;
    uint32_t entity;         /* whose finding it is */
    double strength, weight; /* 0..1 */
};

/* What a line of a narrative is. */
enum line_kind {
    LINE_HEAD,   /* what, where, since when, how bad */
    LINE_FACT,   /* one thing that was seen; in order of onset */
    LINE_NEXT,   /* what usually follows */
    LINE_ADVICE, /* what to do about it */
    LINE_END     /* how long it was, and what ended it */
};

/* Where a line of a narrative begins: it reaches up to the blank before the next one. */
struct story_line {
    uint16_t at;
    uint8_t kind; /* a line_kind */
};

struct incident {
    char id[HASH_ID_TEXT_MAX];
    int64_t t_ns;
    enum change change;
    uint32_t host; /* entity id */
    enum incident_kind kind;
    enum severity severity;
    int64_t start_ns, end_ns;          /* end: latest evidence so far */
    double risk;                       /* 0..1 */
    struct risk_term terms[LAW_COUNT]; /* of the risk, by law; none in the classic profile */
    uint32_t term_count;
    const char
        *severity_reason; /* static: what makes it critical: "cascading", "risk", "exhaustion"; else "" */
    double exhaustion_lo_s,
        exhaustion_hi_s; /* counted from t_ns: of what is exhausted first; NaN = no estimate */
    uint32_t laws;       /* bit per law_id */
    char narrative[INCIDENT_TEXT_MAX];
    struct story_line lines[INCIDENT_LINES_MAX];
    uint32_t line_count;                /* 0: the narrative is one line */
    char merged_into[HASH_ID_TEXT_MAX]; /* with CHANGE_CLOSE: the incident that goes on with its story; else
                                           "" */
    char findings[INCIDENT_FINDINGS_MAX][HASH_ID_TEXT_MAX];
    uint32_t finding_count;  /* of findings[] */
    uint32_t findings_total; /* may be more than fit */
    struct veto veto;
};

/* One host at one tick. */
struct host_tick {
    int64_t t_ns;
    uint32_t host; /* entity id */
    enum host_state state;
    struct law_reading laws[LAW_MAIN_COUNT];
    struct veto veto;                /* of the worst that gives any */
    const struct incident *incident; /* the worst of the host's open incidents, or NULL */
};

struct summary {
    uint64_t samples, series, anomalies, findings, incidents;
    uint64_t late;       /* samples older than what their series had already seen: not judged */
    uint64_t not_finite; /* samples that were NaN or infinite: taken as missing */
    uint64_t refused;    /* series and entities beyond the configured limits */
    uint64_t unsaid; /* findings, anomalies, readings that were judged and, for want of memory, never said */
    /* What the false-alarm budget promised and what came of it, true alarms included: */
    double promised_per_day; /* false alarms per host; NaN: no budget (classic) */
    double judged_days;      /* of hosts whose budget was being spent; 0: none yet */
    uint64_t shocks;         /* alarms of the calibrated surprise in that time */
};

enum event_type { EVENT_TICK, EVENT_ANOMALY, EVENT_FINDING, EVENT_INCIDENT, EVENT_SUMMARY };

struct event {
    enum event_type type;
    union {
        const struct host_tick *tick;
        const struct anomaly *anomaly;
        const struct finding *finding;
        const struct incident *incident;
        const struct summary *summary;
    };
};

/* Static names as in JSON. */
const char *confidence_name(enum confidence c);
const char *incident_kind_name(enum incident_kind k);
const char *severity_name(enum severity s);
const char *anomaly_kind_name(enum anomaly_kind k);
const char *change_name(enum change c);
const char *finding_end_name(enum finding_end e); /* "over", ...; "" while it lasts */
const char *line_kind_name(enum line_kind k);

#endif
