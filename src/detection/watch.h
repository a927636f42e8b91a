/* SPDX-License-Identifier: MIT
 * One entity under watch: what its samples left behind for the laws to judge. Parts exist only where the
 * entity has the metrics for them. */
#ifndef COHERENCE_DETECTION_WATCH_H
#define COHERENCE_DETECTION_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/entity.h"
#include "core/event.h"
#include "core/metric.h"
#include "detection/average.h"
#include "detection/cadence.h"
#include "detection/contention.h"
#include "detection/envelope.h"
#include "detection/gc_spiral.h"
#include "detection/host_surprise.h"
#include "detection/metastability.h"
#include "detection/novelty.h"
#include "detection/process_watch.h"
#include "detection/ratio.h"
#include "detection/slowing.h"
#include "detection/spectrum.h"
#include "detection/surprise.h"
#include "detection/trend.h"

/* What the laws are told by the configuration. */
struct law_settings {
    double budget_per_day;            /* false alarms allowed per day and host */
    int64_t stale_after_ns;           /* 0: by each source's own cadence */
    int64_t warmup_samples;           /* before a law speaks */
    uint64_t memory_per_series_bytes; /* < NOVELTY_BYTES_MIN: no novelty */
};

/* One CPU: percent of the entity's capacity over the last minute (or the last 60 samples when they come more
 * slowly than one a second). */
#define CPU_RING    640 /* a minute at 10 Hz and some more */
#define CPU_OCTAVES 6   /* 0.1 s .. 3.2 s at 10 Hz */
struct cpu_watch {
    struct cadence cadence;
    float ring[CPU_RING];  /* percent; NaN: nothing was heard; the newest is a value */
    uint32_t head, count;  /* of ring[] */
    uint32_t window;       /* samples judged; 0: cadence not known yet */
    uint32_t since_judged; /* samples */
    bool judged;           /* the fields below hold a judgement */
    double mean, sigma;    /* percent, of the window */
    struct spectrum_octave octaves[CPU_OCTAVES];
    uint32_t octave_count;
    int shape;                         /* octave that swings like a seizure, or -1 */
    struct average usual[CPU_OCTAVES]; /* of the robust form R */
    double weight, weight_step_s;      /* of one judgement in `usual`, and the step that it belongs to */
    int64_t usual_since_ns;            /* when learning began; 0: not yet */
    float eager;                       /* consecutive judgements with the shape */
    struct average level;              /* of the mean: a swing that widens about it is no other load */
    int wide;              /* octave that swings far wider than its habit without the shape, or -1 */
    uint32_t wide_samples; /* for how long in a row it does */
};

/* What is in use of something that has an end, against its limit: bytes, tasks, tracked connections. */
#define USAGE_SCALES 5 /* 5 min, 15 min, 1 h, 4 h, 1 d */
struct usage_watch {
    struct cadence cadence;
    double used, limit;             /* in the resource's unit; NaN = not known */
    struct trend_line line, recent; /* fast path: exponentially weighted regressions, long and short */
    struct envelope edges[USAGE_SCALES];
    struct exhaustion fit[USAGE_SCALES]; /* the last check's */
    bool fit_valid[USAGE_SCALES];
    uint32_t agreed[USAGE_SCALES];       /* consecutive checks that agree */
    int64_t checked_block[USAGE_SCALES]; /* the open block at the last check */
    uint32_t agreed_fast;
    double steepest;                        /* highest short slope during these checks */
    double valley, crest;                   /* lowest and highest usage since it last fell; NaN = none yet */
    int64_t valley_ns, since_ns;            /* when it fell; when it was first seen */
    uint32_t quiet;                         /* checks since it fell at which it did not grow */
    uint32_t falls;                         /* from a climb that was no finding */
    double drop, tooth_s;                   /* height of the last such fall, and its climb's length */
    double checked_used;                    /* at the last check; NaN = none yet */
    double fall;                            /* the largest fall of the minima of the last hours */
    double record;                          /* highest usage before the regression's reach; NaN = none yet */
    double peak, lagging_peak, lagged_peak; /* highest of the running minute and of the two before it, on
                                               their way to `record`; NaN = nothing came */
    uint32_t lag_count;
    bool in_finding; /* a finding of growth is open */
    bool was_there;  /* when its host was first heard of; set before each check */
    double tooth;    /* highest usage during it; NaN = none */
    uint32_t teeth;  /* findings of growth that have closed */
    int64_t next_check_ns;
    int64_t starting_ns; /* since when what has only just been started is most of the growth; 0: it is not */
    int64_t growth_seen_ns;           /* 0: never */
    double last_early_s, last_late_s; /* of the last growth */
    int last_scale;                   /* -1: the fast path */
};

/* Memory, and how fast it is allocated. */
struct memory_watch {
    struct usage_watch usage;
    double allocated_per_s; /* NaN = no source */
    struct average usual_allocation;
    struct average usage_level;  /* short mean of what is in use, to tell flat from growing */
    uint32_t churning;           /* consecutive seconds far above the usual */
    struct trend_line beginners; /* what those have who have only just been started, of a host or cgroup */
};

/* What else has an end (resource.h). */
enum resource_id {
    RESOURCE_TASKS,
    RESOURCE_TRACKED,
    RESOURCE_SPACE,
    RESOURCE_INODES,
    RESOURCE_FILES,
    RESOURCE_COUNT
};
struct resource_watch {
    struct usage_watch usage;
    int64_t limit_ns; /* when the limit was heard last; INT64_MIN: never */
};

/* Requests, connections or packets out against in. */
enum traffic_tier { TRAFFIC_REQUESTS, TRAFFIC_CONNECTIONS, TRAFFIC_PACKETS, TRAFFIC_TIERS };
enum traffic_side { TRAFFIC_IN, TRAFFIC_OUT, TRAFFIC_FAILED };
#define TRAFFIC_BUCKETS   12     /* of 5 s: the last minute */
#define TRAFFIC_HALF_LIFE 1440.0 /* windows of a minute behind the own ratio: a day */
struct traffic_flow {
    double total;   /* last cumulative value; NaN = none */
    double pending; /* counted since the open bucket began */
    int64_t last_ns;
    uint32_t falls; /* times the value fell: many = it is no cumulative counter */
    uint32_t samples;
};
struct traffic_watch {
    struct cadence cadence;
    enum traffic_tier tier; /* the best whose both sides are there, else the best that is there at all */
    uint8_t sides[TRAFFIC_TIERS]; /* bit per enum traffic_side */
    struct traffic_flow in[TRAFFIC_TIERS], out[TRAFFIC_TIERS], failed[TRAFFIC_TIERS];
    double bucket_in[TRAFFIC_BUCKETS], bucket_out[TRAFFIC_BUCKETS], bucket_failed[TRAFFIC_BUCKETS];
    uint32_t head, count;
    int64_t bucket_end_ns; /* 0: not begun */
    int64_t bucket_ns;
    struct ratio_baseline usual;
    struct average usual_failed; /* failed per out */
    struct ratio_test test;      /* of the last minute */
    bool tested, cold;           /* cold: against no habit, for there is none yet */
    double failed_share;         /* of the last minute; NaN = no source */
    uint32_t eager;
    uint32_t refused; /* bit a minute, the latest lowest: not learned because it stood out */
    struct metastability metastability;
};

/* A series of which it is asked whether it recovers ever more slowly. */
enum warning_source { WARNING_CPU, WARNING_FAILURES, WARNING_SOURCES };
struct warning_watch {
    struct slowing slowing;
    double step_s; /* between two of its values */
    double sum;    /* of the readings that will be the next value */
    uint32_t in_sum;
};

/* Counters and levels that name causes: short means (half-life about 20 s). NaN = no source. */
struct cause_watch {
    double iowait, steal;                                         /* ratio of capacity */
    double cpu_pressure, memory_pressure, io_pressure, throttled; /* share of time */
    double forks_per_s, switches_per_s, reclaim_per_s, refaults_per_s;
    double gc_share; /* of time in a runtime's collections */
    struct contention contention;
    struct {
        double value;
        int64_t t_ns, step_ns;  /* step: from the reading before; 0: there was none */
    } last[METRIC_KNOWN_COUNT]; /* of counters */
};

/* An open or closing finding of one law. */
struct law_case {
    bool open;
    struct finding finding;
    int64_t opened_ns;
    int64_t last_active_ns; /* evidence was last present */
    int facet;
    bool unconfirmed; /* its observer was away: evidence has not been seen since */
};

/* What a law thinks now. */
struct opinion {
    bool active;
    struct law_reading reading;
    double strength; /* 0..1 */
    int facet; /* which of a law's several things it is, where it has several; a change of facet is another
                  finding */
};

/* The most surprising sample since the tick before its own. */
struct shock {
    struct surprise_view view;
    double value, level;
    double novelty; /* distance from everything remembered (novelty.h); NaN: it was not asked */
    int64_t t_ns;
    bool alarm; /* one since the last tick was an alarm, and no other series of the host was there to say so
                 * too
                 */
    bool fresh; /* something was taken since the last tick */
};

/* A quantity that the laws know, watched for its own surprise besides: a level, or a counter as its rate.
 * Readings that come faster than a second become one. */
struct quantity {
    struct cadence cadence; /* of what was judged */
    struct surprise surprise;
    struct shock shock;
    double held;     /* a level: sum of the readings since from_ns; a counter: its reading then; a count that
                        starts     anew with every reading: what was counted since */
    int64_t from_ns; /* when a value was judged last; INT64_MIN: never */
    uint32_t readings; /* of a level, in `held` */
    bool per_interval; /* the count starts anew with every reading */
    uint32_t metric;   /* metric_id */
};

/* Those of one entity, in the order in which they came. */
struct quantities {
    uint32_t count;
    uint8_t place[METRIC_KNOWN_COUNT]; /* of a metric in items[], from 1; 0: it is not watched so */
    struct quantity *items[METRIC_KNOWN_COUNT];
};

struct catalog;

/* What the watches of one host in one shard share; changed in the shard's own time only. */
struct host_share {
    bool silent;     /* the whole host is silent: its series need not say so each */
    uint32_t series; /* of the host that are judged by their surprise, in all shards: two and more together */
    uint64_t judged; /* the shard's count of ticks when its top was begun */
    uint32_t top_at; /* where, in the shard's list */
    const struct catalog *names; /* of all that there is; borrowed */
    struct watch *host;          /* the host's own, where it is one of them; NULL: not yet */
    struct watch **members; /* processes, cgroups and JVMs of the host, in the order in which they came */
    uint32_t member_count, member_capacity;
};

/* What the fever law speaks of. */
enum fever_facet {
    FEVER_NONE,
    FEVER_GROWTH, /* of memory */
    FEVER_CHURN,
    FEVER_SPIRAL,
    FEVER_RESOURCE, /* and so many as there are resources: growth of one */
    FEVER_FACETS = FEVER_RESOURCE + RESOURCE_COUNT
};

struct watch {
    uint32_t entity, host;
    enum entity_kind kind;
    bool fresh;               /* had a finite sample since the last tick */
    bool unusable;            /* had only samples that were not finite since the last tick */
    bool alarmed;             /* one of its shocks is an alarm */
    enum entity_end end;      /* how its life ended; no law judges it then, and its findings close */
    bool over;                /* that has been said: nothing more will come of it */
    struct cadence cadence;   /* of everything that is said of the entity; of a host: of everything said on it
                                 (watch_heard) */
    struct host_share *share; /* NULL: it is watched alone */
    struct cpu_watch *cpu;
    struct memory_watch *memory;
    struct resource_watch *resources[RESOURCE_COUNT]; /* NULL: it has no such */
    struct traffic_watch *traffic;
    struct gc_spiral *gc;                            /* a managed runtime's */
    int fever;                                       /* enum fever_facet: what it speaks of now */
    struct warning_watch *warnings[WARNING_SOURCES]; /* NULL: not asked of it */
    int64_t warned_hold_ns;                          /* length of the window that last warned */
    struct cause_watch *causes;                      /* hosts and cgroups */
    struct surprise *surprise;                       /* a series that no law knows, */
    struct shock shock;                              /* how it was of late, */
    struct novelty *novelty;                         /* and its past; NULL: not remembered */
    struct quantities *quantities;                   /* those of other entities; NULL: none */
    struct process_watch *process;                   /* a process has this and nothing else */
    const struct watch *host_watch;                  /* the host's own, for causes; itself for a host */
    struct host_surprise *together;    /* hosts with two of them and more; stepped where shards merge */
    struct law_case *cases[LAW_COUNT]; /* NULL: never opened */
    struct law_reading *readings;      /* of every law at the last tick; NULL for series */
};

/* Starts watching; nothing is allocated until a metric needs it. */
void watch_init(struct watch *w, uint32_t entity, uint32_t host, enum entity_kind kind);
/* It is one of those that share; borrowed until watch_done. Returns 0 or -ENOMEM. */
int watch_join(struct watch *w, struct host_share *share);
void watch_done(struct watch *w);

/* The host, cgroup, process or JVM of that id among those that share, or NULL. O(members), O(1) for the host.
 */
struct watch *watch_on(const struct host_share *share, uint32_t entity);

/* Makes room for a metric of this entity. Returns 0, -ENOMEM. Called when a series is declared, so that
 * taking samples allocates nothing. */
int watch_prepare(struct watch *w, uint32_t metric, const struct law_settings *settings);

/* Something of the host was heard at t_ns: for the cadence of a host's watch, which is that of all its
 * entities. */
void watch_heard(struct watch *w, int64_t t_ns);

/* Takes one sample, x finite and in the metric's unit. Returns false when it was late. */
bool watch_take(
    struct watch *w, uint32_t metric, int64_t t_ns, double x, const struct law_settings *settings);

/* How many series of this entity are judged by their surprise. */
static inline uint32_t watch_surprises(const struct watch *w)
{
    return (w->surprise != NULL) + (w->quantities ? w->quantities->count : 0);
}

/* One quantity of an entity, or NULL. */
static inline struct quantity *watch_quantity(const struct watch *w, enum metric_id metric)
{
    uint32_t place = w->quantities ? w->quantities->place[metric] : 0;
    return place ? w->quantities->items[place - 1] : NULL;
}

/* The one of them that surprises most now. */
struct watch_surprise {
    const struct surprise *surprise; /* NULL: there is none */
    const struct shock *shock;
    const struct cadence *cadence;
    uint32_t metric; /* METRIC_KNOWN_COUNT: the entity is the series */
};
struct watch_surprise watch_most_surprising(const struct watch *w);

/* The tick is over: what was fresh is not any more. */
void watch_rest(struct watch *w);

/* A share of time since the last reading of a counter in seconds, and the like: NaN before two readings. */
double watch_cause_rate(struct cause_watch *c, enum metric_id metric, int64_t t_ns, double value);

#endif
