/* SPDX-License-Identifier: MIT
 * What grows towards its limit (memory, disk space, tasks), told from what starts up, breathes, or comes and
 * goes; and when the limit is met. */
#ifndef COHERENCE_DETECTION_GROWTH_H
#define COHERENCE_DETECTION_GROWTH_H

#include <stdbool.h>

#include "detection/watch.h"

#define GROWTH_R2          0.8     /* of the fast path's line, at least */
#define GROWTH_DRIFT_RATIO 3.0     /* of the slow path's drift, at least */
#define GROWTH_RISE        0.02    /* of the limit, in GROWTH_REACH_S: what the fast path calls growth */
#define GROWTH_REACH_S     60.0    /* the regression of half-life 24 s looks back about this far */
#define GROWTH_HORIZON_S   10800.0 /* farther ends are not the fast path's */
#define GROWTH_FAST        -1      /* the fast path's place among the scales */

struct growth {
    bool fits;
    int scale; /* of usage_watch's, or GROWTH_FAST */
    double slope_per_s;
    double early_s, late_s; /* until the limit is met; late_s may be infinite */
};

/* Does what is in use rise half as fast as the fast path asks for, at least? */
bool growth_begins(const struct usage_watch *m);

/* Runs the checks that are due at now_ns (every two seconds; of the slow path when a block has closed) and
 * learns what is usual. m: with a usage. beginners_per_s: how fast that part of it grows which has only just
 * been started; 0: none, or not known. Cost some 10 us when a block has closed, else below 1 us. */
void growth_check(struct usage_watch *m, double beginners_per_s, int64_t now_ns);

/* The growth that the checks agree on, as of now_ns; fits is false when there is none. */
struct growth growth_find(const struct usage_watch *m, int64_t now_ns);

/* Was the growth that was found last found without a habit to compare with? */
bool growth_is_cold(const struct usage_watch *m);

/* When the growth that was found last began: the bend in what was least in use, of its window or, where all
 * of that climbs, of the longer ones. Cost some 10 us each. */
int64_t growth_onset(const struct usage_watch *m, int64_t now_ns);

/* Length of the window of a scale (seconds), and its words in a sentence: "minute", "15 minutes", ... scale:
 * GROWTH_FAST or below USAGE_SCALES. */
double growth_span_s(int scale);
const char *growth_span_words(int scale);

#endif
