/* SPDX-License-Identifier: MIT
 * The engine as the shell sees it: a function of configuration, samples and ticks. It reads no clock and no
 * file, starts no thread that was not asked for, and says everything through one callback. (The installed
 * library shows a smaller face: coherence.h.) */
#ifndef COHERENCE_ENGINE_ENGINE_H
#define COHERENCE_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "core/catalog.h"
#include "core/event.h"
#include "core/feed.h"
#include "core/view.h"

enum engine_profile { PROFILE_DEFAULT, PROFILE_CLASSIC };

/* What the input is, which decides when the classic profile may judge (docs/decisions/0005). */
enum engine_mode {
    ENGINE_STREAM, /* ticks are the clock's: judged as it comes */
    ENGINE_BOUNDED /* a file without a clock: the classic rules look at the whole series at its end */
};

struct engine_options {
    int profile; /* enum engine_profile */
    double false_alarm_budget_per_day;
    bool anomalies; /* default profile: emit anomaly events too */
    uint64_t memory_per_series_bytes;
    int64_t threads;
    int64_t max_entities, max_series;
    int64_t stale_after_ns; /* 0: by each source's own cadence */
    int64_t warmup_samples;
    int64_t incident_join_ns, incident_persistent_ns;
    int64_t veto_ttl_ns;
    double classic_cpu_sigma; /* percentage points */
    double classic_growth_mb_s;
    double classic_ratio;
    double classic_escalation;
    int64_t classic_window; /* samples */
    int64_t classic_stale_after_ns;
};

extern const struct option_row engine_option_rows[];
extern const size_t engine_option_count;

struct engine;

/* options are copied. NULL with e filled: out of memory or options that contradict each other. */
struct engine *engine_new(const struct engine_options *options, enum engine_mode mode, struct error *e);
void engine_free(struct engine *g); /* NULL allowed */

/* Names are declared here before samples are fed: hosts, entities, series. */
struct catalog *engine_catalog(struct engine *g);

/* One callback for everything; set before the first sample. */
void engine_on_event(
    struct engine *g, void (*callback)(void *context, const struct event *event), void *context);

/* Also emit EVENT_TICK for every host at every tick (it costs; replay without tick lines leaves it off). */
void engine_want_ticks(struct engine *g, bool wanted);

/* The samples of one source at one instant. t_ns: Unix nanoseconds; a sample earlier than (or at) its series'
 * last is counted as late, not judged (classic stream: taken in order of arrival). NaN and infinities are
 * counted and taken as missing. Never fails on outside data. Returns 0, or -ENOENT for a series id that the
 * catalog does not have, or no more (nothing taken). Hot: no allocation once the series are known. */
int engine_frame(struct engine *g, int64_t t_ns, const struct sample *samples, size_t n);

/* Other options for an engine that has learned; for use between ticks. From here on it judges as one would
 * that was restored from its snapshot with them: what was learned stays, findings and ids too. Returns 0;
 * nothing done: -EINVAL: profile, threads or memory per series differ, which an engine keeps for its life;
 * -ENOTSUP: the classic profile; -ENOSPC: more entities or series live than the new limits allow. */
int engine_set_options(struct engine *g, const struct engine_options *options);

/* The life of an entity has ended at t_ns, or as good as: whoever reads it says so (feed->gone). With it end
 * its own series that no law knows; of a host, everything on it. At once its name is free, and its ids are
 * unknown; at the next tick its open findings close, and it makes room. Not before the last frame's or tick's
 * time. Returns 0; -ENOENT: no such entity lives (nothing done); -ENOMEM (nothing done). */
int engine_gone(struct engine *g, int64_t t_ns, uint32_t entity, enum entity_end end);

/* What was learned of the entity, and of its own series that no law knows, is forgotten: it is judged as if
 * it were new from here on. Its open findings close at the time of the last tick, and say so; the findings,
 * habits and ids of others stay. Of a host: what is measured of the host itself, and how its series are
 * judged together; not what is on it. For use between ticks. Returns 0; -ENOENT: no such entity lives;
 * -ENOTSUP: the classic profile learns nothing; -ENOMEM (of the entity and its series some are forgotten, the
 * others as they were). */
int engine_forget(struct engine *g, uint32_t entity);

/* It is now now_ns: judge. Not before the last tick (then -EINVAL, nothing done). Events come before it
 * returns when the engine works with one thread; with several they may come with a later tick or
 * engine_flush, in the same order. */
int engine_tick(struct engine *g, int64_t now_ns);

/* Delivers everything judged so far. */
int engine_flush(struct engine *g);

/* End of a bounded input: judges what waits for the end, closes open incidents of classic mode, emits
 * EVENT_SUMMARY. */
int engine_end(struct engine *g);

/* After engine_restore: the incident of that id was open when the engine was saved, and its close has been
 * said since then. It is forgotten in silence. False, and nothing done: it is not open, or findings of it
 * are, so that it goes on. */
bool engine_forget_incident(struct engine *g, const char *incident_id);

const struct view *engine_view(const struct engine *g);

/* The engine as a door for sources: context is g. */
struct feed engine_feed(struct engine *g);

#endif
