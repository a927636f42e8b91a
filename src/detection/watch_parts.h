/* SPDX-License-Identifier: MIT
 * The parts of a watch, shared by watch.c (which part a metric belongs to) and the files of the parts, each
 * of which makes its part and takes the samples that are meant for it. Nobody else includes this. */
#ifndef COHERENCE_DETECTION_WATCH_PARTS_H
#define COHERENCE_DETECTION_WATCH_PARTS_H

#include "detection/watch.h"

/* What became of a sample. */
enum watch_outcome {
    WATCH_TAKEN,
    WATCH_LATE,
    WATCH_UNUSABLE /* a value that the quantity cannot have */
};

/* Make room for a part of the entity, unless it has it. Return 0 or -ENOMEM. */
int watch_cpu_prepare(struct watch *w);
int watch_memory_prepare(struct watch *w);
int watch_traffic_prepare(struct watch *w, enum metric_id metric);
int watch_resource_prepare(struct watch *w, enum metric_id metric); /* of a metric with a resource */
int watch_runtime_prepare(struct watch *w);
int watch_causes_prepare(struct watch *w);
int watch_series_prepare(struct watch *w, const struct law_settings *settings);
int watch_quantity_prepare(struct watch *w, enum metric_id metric, const struct law_settings *settings);
int watch_warning_prepare(struct watch *w, enum warning_source source, double floor);

/* Take one sample of a metric of the part, which has been prepared. x: finite, in the metric's unit. */
enum watch_outcome watch_cpu_take(struct watch *w, int64_t t_ns, double x);
enum watch_outcome watch_memory_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x);
enum watch_outcome watch_traffic_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x);
enum watch_outcome watch_resource_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x);
enum watch_outcome watch_runtime_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x);
enum watch_outcome watch_causes_take(struct watch *w, enum metric_id metric, int64_t t_ns, double x);

/* Begins to follow, and follows, the course of one resource. t_ns later than the last, else false and nothing
 * done. */
void watch_usage_init(struct usage_watch *u);
bool watch_usage_step(struct usage_watch *u, int64_t t_ns, double used);

/* How surprising is it? Of the series that the entity is, or of one of its quantities. Later than the last.
 */
void watch_series_take(struct watch *w, int64_t t_ns, double x, const struct law_settings *settings);
void watch_quantity_take(
    struct watch *w, struct quantity *q, int64_t t_ns, double x, const struct law_settings *settings);
void watch_quantities_done(struct watch *w);

/* Does this count of traffic start anew with every reading, by what was seen of it so far? */
bool watch_traffic_per_interval(const struct watch *w, enum metric_id metric);

#endif
