/* SPDX-License-Identifier: MIT
 * One host, and a cgroup on it, under watch and judged by one law: samples in, opinions and findings out. */
#ifndef COHERENCE_TESTS_DETECTION_PATIENT_H
#define COHERENCE_TESTS_DETECTION_PATIENT_H

#include "core/catalog.h"
#include "detection/case.h"
#include "detection/law_module.h"

#define SECOND INT64_C(1000000000)
#define MINUTE (60 * SECOND)
#define HOUR   (3600 * SECOND)
#define START  (INT64_C(1767225600) * SECOND)

struct patient {
    struct catalog *names;
    struct law_settings settings; /* the options' defaults */
    struct watch host, group;
    const struct law_module *law;
    struct opinion opinion; /* the last one */
    unsigned opens, updates, closes;
    struct finding opened, updated, closed; /* the last of each */
    struct host_share share;
};

/* law: whom to ask. The watches have no metrics yet: the first sample of each makes room. */
void patient_init(struct patient *p, const struct law_module *law);
void patient_done(struct patient *p);

/* One sample of the host or the group. Returns what watch_take did: false when it was late. */
bool patient_sample(struct patient *p, struct watch *w, enum metric_id metric, int64_t t_ns, double x);

/* One sample of a series that no law knows, which w stands for (its kind becomes series). */
bool patient_series_sample(struct patient *p, struct watch *w, int64_t t_ns, double x);

/* Asks the law about w at now_ns and lets it open and close. */
void patient_tick(struct patient *p, struct watch *w, int64_t now_ns);

/* The value of a signal in the finding's evidence, NaN when it is not there. */
double patient_evidence(const struct finding *f, const char *signal);

#endif
