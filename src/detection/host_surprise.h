/* SPDX-License-Identifier: MIT
 * How surprising is what the series of one host do together? The levels of its most surprising series, put
 * through tails of the host's own: levels of one host are neither independent nor equally honest, so they are
 * recalibrated, not added up. */
#ifndef COHERENCE_DETECTION_HOST_SURPRISE_H
#define COHERENCE_DETECTION_HOST_SURPRISE_H

#include <stdbool.h>
#include <stdint.h>

#include "detection/tail.h"

#define HOST_TOP 4 /* series that are remembered of a tick, and named when it is an alarm */

/* One series at one tick. */
struct series_level {
    int64_t t_ns;           /* of its sample */
    double value, expected; /* in the series' unit */
    double score;           /* usual deviations between the two */
    double level;           /* surprise_level */
    uint32_t entity;
    uint32_t metric; /* METRIC_KNOWN_COUNT: the entity is the series */
};

/* The most surprising series of a host at one tick, by falling level; of equal ones the smaller entity id
 * first, then the smaller metric id. So the same whatever the order in which they are added, and in however
 * many parts. */
struct host_top {
    struct series_level series[HOST_TOP];
    uint32_t count;
    double step_s; /* shortest usual step of all series added; 0: none knows it */
};

void host_top_add(struct host_top *top, const struct series_level *level);
/* All of `more`, its step too. */
void host_top_join(struct host_top *top, const struct host_top *more);

struct host_surprise {
    struct tail several; /* of exp(second largest level): what two series say at once */
    struct tail single;  /* of exp(largest level): a fault that lives in one series only */
    double budget_per_day;
    double step_s;       /* 0: not known */
    struct host_top top; /* of the last tick taken */
    int64_t t_ns;        /* of the last tick taken */
    bool alarm;          /* it was one, */
    bool by_single;      /* for the largest level alone */
};

void host_surprise_init(struct host_surprise *h, double budget_per_day);
/* Another budget: the next tick sets the levels anew. */
void host_surprise_set_budget(struct host_surprise *h, double budget_per_day);

/* Takes the levels of one tick, at least two series. Sets alarm, by_single, top. O(1); O(TAIL_BLOCKS) once an
 * hour. */
void host_surprise_take(struct host_surprise *h, int64_t now_ns, const struct host_top *top);

/* The level of the last tick on the path that carries it, 0..TAIL_LEVEL_CAP, and what it takes there. */
double host_surprise_level(const struct host_surprise *h, double *ret_alarm_level);

#endif
