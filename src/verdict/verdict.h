/* SPDX-License-Identifier: MIT
 * The verdict on a judged history: each outage announced or not, each incident about an outage or false, and
 * what every setting of the sweep, the classic profile and the controls would have given. */
#ifndef COHERENCE_VERDICT_VERDICT_H
#define COHERENCE_VERDICT_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "verdict/ground.h"
#include "verdict/observer.h"
#include "verdict/tape.h"

#define VERDICT_NONE UINT32_MAX

/* In alarm for more of the healthy time than this is no operating point: everything would be "found". Source:
 * bench/quality/tally.py. */
#define VERDICT_BUSY_MOST 0.1

enum outage_outcome {
    OUTAGE_ANNOUNCED,   /* an incident opened before it began, and not before its reach */
    OUTAGE_SEEN,        /* one opened while it ran */
    OUTAGE_OPEN_BEFORE, /* one was open when its reach began and none opened after: that one is false, not
                           foresight */
    OUTAGE_MISSED,
    OUTAGE_NOT_JUDGED, /* nothing was known of its host in the hour before it or during it */
    OUTAGE_OUTCOMES
};

enum incident_worth {
    INCIDENT_ABOUT,      /* opened within the reach of an outage */
    INCIDENT_FALSE,      /* opened outside of all */
    INCIDENT_UNLABELLED, /* opened before anybody said what was healthy */
    INCIDENT_JOINED /* the alarms of the one before it had not ceased for long enough: counted with that one
                     */
};

struct verdict_outage {
    enum outage_outcome outcome;
    uint32_t incident; /* of the first tape; VERDICT_NONE */
    int64_t opened_ns; /* of the first incident about it; INT64_MIN: none */
    int64_t alarm_ns;  /* first alarm while it ran, of an incident or not; INT64_MIN: none */
};

struct verdict_incident {
    enum incident_worth worth;
    uint32_t outage; /* that it is about, the first; VERDICT_NONE */
    uint32_t with;   /* JOINED: the incident with which it is counted */
};

enum point_kind { POINT_PROGRAM, POINT_CLASSIC, POINT_CONTROL };

/* One detector at one setting, over all hosts. */
struct verdict_point {
    enum point_kind kind;
    enum control_kind control;
    double setting; /* PROGRAM: promised false incidents per day and host; CONTROL: as in control_settings;
                       CLASSIC: NaN */
    uint64_t said;  /* incidents as told */
    uint64_t counted, outside;  /* those counted, and the false ones of them */
    uint32_t found, announced;  /* outages with an incident about them, and with one before they began */
    uint32_t alarmed;           /* outages with an alarm while they ran (not of controls) */
    double busy_days;           /* healthy time under an incident, the hour after outages apart */
    double median_lead_s;       /* start less opening, over those found; NaN: none */
    double median_delay_s;      /* the same the other way round, 0 for those announced */
    uint64_t quiet, unlabelled; /* openings on stretches on which the promise is measured: labelled, and
                                   before labelling */
};

struct verdict {
    const struct ground *ground;
    const struct observer *observer;
    const struct tape *tape;            /* the first: the settings that the user has */
    struct verdict_outage *outages;     /* by index of the ground */
    struct verdict_incident *incidents; /* by index of the tape */
    struct verdict_point *points;       /* the program's, the first of them the user's; classic; controls */
    uint32_t point_count;
    uint32_t outcomes[OUTAGE_OUTCOMES];
    uint32_t judged;                       /* outages */
    double announced_lead_s, seen_delay_s; /* medians over those; NaN: none */
    double watched_days, healthy_days;     /* of hosts: all, and labelled time outside outages */
    double quiet_days, unlabelled_days;
    int64_t first_ns, last_ns;
    int64_t merge_ns; /* largest over hosts */
};

struct verdict_tape {
    const struct tape *tape;
    enum point_kind kind;
    double promised_per_day; /* NaN: none */
};

/* tapes[0] is the one whose incidents are judged one by one. The observer has finished; all are borrowed.
 * NULL: out of memory. */
struct verdict *verdict_new(
    const struct ground *g, const struct observer *o, const struct verdict_tape *tapes, uint32_t n);
void verdict_free(struct verdict *v); /* NULL allowed */

double verdict_false_per_day(const struct verdict *v, const struct verdict_point *p);
double verdict_busy_share(const struct verdict *v, const struct verdict_point *p); /* of the healthy time */
double verdict_recall(const struct verdict *v, const struct verdict_point *p);     /* NaN: nothing judged */

/* The point of a kind (and control) with the best recall among those with at most so many false incidents a
 * day that are not always in alarm; the earlier one of equals. NULL: none. */
const struct verdict_point *verdict_best(
    const struct verdict *v, enum point_kind kind, enum control_kind control, double per_day);
/* Whether there are points with at most so many false incidents a day, but only such as are always in alarm
 * (VERDICT_BUSY_MOST). */
bool verdict_only_busy(
    const struct verdict *v, enum point_kind kind, enum control_kind control, double per_day);

/* "announced", "seen", "open before", "missed", "not judged". */
const char *outage_outcome_name(enum outage_outcome o);
/* "about an outage", "false", "not labelled", "joined". */
const char *incident_worth_name(enum incident_worth w);

#endif
