/* SPDX-License-Identifier: MIT
 * One page of a history: the points of all series between two times, as they come out of queries (series by
 * series), and in the order of time, as an engine takes them. */
#ifndef COHERENCE_INGESTION_PROMETHEUS_RANGE_PAGE_H
#define COHERENCE_INGESTION_PROMETHEUS_RANGE_PAGE_H

#include "ingestion/intake/intake.h"

#define RANGE_PAGE_LABEL_BYTES ((size_t)32 << 20)

struct range_page;

struct range_page *range_page_new(size_t samples_max); /* NULL: out of memory */
void range_page_free(struct range_page *p);            /* NULL allowed */
void range_page_clear(struct range_page *p);

/* A series, and points of the one that came last. name: instead of __name__, where there is none. Return 0,
 * -EMSGSIZE (the page is full) or -ENOMEM. */
int range_page_series(struct range_page *p, const char *key, size_t key_n, const struct intake_label *labels,
    size_t count, const char *name);
int range_page_point(struct range_page *p, int64_t t_ns, double value);

/* All points have come: brings them into the order of time, of series for the same time. */
void range_page_sort(struct range_page *p);

size_t range_page_series_count(const struct range_page *p);

/* The time of the next points, INT64_MAX: there are none. */
int64_t range_page_next_ns(const struct range_page *p);

/* Feeds the points of that one time into a batch of the intake (which is ended). Returns what intake_end
 * answers. */
int range_page_feed(struct range_page *p, struct intake *in);

#endif
