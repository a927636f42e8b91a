/* SPDX-License-Identifier: MIT
 * What a watch has learned, to bytes and back; and what a watch must forget when its observer was away. */
#ifndef COHERENCE_DETECTION_WATCH_SNAPSHOT_H
#define COHERENCE_DETECTION_WATCH_SNAPSHOT_H

#include "core/snapshot.h"
#include "detection/watch.h"

/* Everything that the laws will ask for, but not what they said at the last tick (readings): that they say
 * anew. Reading: the watch has the parts that it had when it was written (its series have been admitted),
 * else it fails. settings: a changed false-alarm budget holds from now on; budget_per_day is that of the
 * writer. */
void watch_pack(
    struct snapshot *s, struct watch *w, const struct law_settings *settings, double budget_per_day);

/* Nothing was observed for gap_ns (> 0) until now_ns. The silence of that time is nobody's: ages and hold
 * times are counted as if it had not been. What needs evenly spaced or adjacent samples starts anew, so that
 * what lies before the gap and what comes after it are never compared as neighbours; counters give no
 * difference across it. Habits stay. */
void watch_resume(struct watch *w, int64_t gap_ns, int64_t now_ns);

/* Its parts. */
void cadence_pack(struct pack *p, struct cadence *c);
void average_pack(struct pack *p, struct average *a);
void usage_pack(struct pack *p, struct usage_watch *u);
void memory_pack(struct pack *p, struct memory_watch *m);
void line_pack(struct pack *p, struct trend_line *l);
void process_pack(struct pack *p, struct process_watch *m);
void gc_pack(struct pack *p, struct gc_spiral *g);
void traffic_pack(struct pack *p, struct traffic_watch *t);
void warning_pack(struct pack *p, struct warning_watch *k);
void cases_pack(struct snapshot *s, struct watch *w); /* all there is of an entity whose life is over */
void case_pack(struct snapshot *s, struct law_case *k);
void surprise_pack(struct pack *p, struct watch *w, double budget_per_day, double budget_before);
/* n: NULL when this program keeps none of it. */
void novelty_pack(struct pack *p, struct novelty *n);
void quantity_pack(struct pack *p, struct quantity *q, double budget_per_day, double budget_before);

void together_pack(struct snapshot *s, struct watch *w, double budget_per_day, double budget_before);

void cadence_resume(struct cadence *c, int64_t gap_ns, int64_t now_ns);
void usage_resume(struct usage_watch *u, int64_t gap_ns, int64_t now_ns);
void memory_resume(struct memory_watch *m, int64_t gap_ns, int64_t now_ns);
void process_resume(struct process_watch *m);
void gc_resume(struct gc_spiral *g, int64_t gap_ns, int64_t now_ns);
void warning_resume(struct warning_watch *k);
void traffic_resume(struct traffic_watch *t, int64_t gap_ns, int64_t now_ns);
void case_resume(struct law_case *k, int64_t gap_ns);
void surprise_resume(struct watch *w);
void quantity_resume(struct quantity *q, int64_t gap_ns, int64_t now_ns);

/* A time that is gap_ns later; none and never stay what they are. */
int64_t resume_time(int64_t t_ns, int64_t gap_ns);

#endif
