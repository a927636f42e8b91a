/* SPDX-License-Identifier: MIT
 * What the names of other systems mean: rows from a name and conditions on its labels to a metric that laws
 * know, of an entity that labels name. Several rows may fit one series: it then counts in several places. */
#ifndef COHERENCE_INGESTION_MEANING_H
#define COHERENCE_INGESTION_MEANING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "core/metric.h"
#include "ingestion/intake/intake.h"

#define MEANING_WHERE_MAX  256
#define MEANING_ENTITY_MAX 128
#define MEANING_USER_MAX   256 /* rows of a configuration */
#define MEANING_FITS_MAX   6   /* rows that fit one series */

/* How a series counts in its metric. All series that mean the same metric of the same entity become one. */
enum meaning_part {
    MEANING_SUM, /* levels are added up; of counters, what they count */
    /* CPU time by mode, cumulative seconds of each CPU: utilisation is the share of busy time in all time
     * since the frame before, over all CPUs; so are iowait and steal. */
    MEANING_CPU_BUSY,
    MEANING_CPU_IDLE,
    MEANING_CPU_IOWAIT,
    MEANING_CPU_STEAL,
    /* CPU time of a part of the host, cumulative seconds, and how many CPUs it may use: a number of them, or
     * quota over period. Utilisation is seconds per second over that; without any of them, over the CPUs of
     * the host, where its source tells; else it is not known. */
    MEANING_CPU_SECONDS,
    MEANING_CPU_COUNT,
    MEANING_CPU_QUOTA,
    MEANING_CPU_PERIOD,
    MEANING_RATE, /* a level that is a rate a second: added up over time, it is the counter that is meant */
    MEANING_PART_COUNT
};

struct meaning_row {
    const char *name;  /* of the metric */
    const char *where; /* "label=value, label!=value, ...": all must hold. * at the end of a value stands for
                          anything; a label that is not there has the value "". "" = no condition */
    enum metric_id metric;
    enum meaning_part part;
    double scale;       /* metric's unit = value * scale */
    const char *entity; /* "host", or "kind:name" in which {label} stands for a label's value and {a|b} for
                           the first of them that is there; "" = "service:" and the service that the labels
                           name (place.h) */
};

struct meaning;

/* The rows that are built in, and those of a configuration, which come first: a name that has a row of the
 * configuration means only what those say. rows: copied. Returns NULL: out of memory. */
struct meaning *meaning_new(const struct meaning_row *rows, size_t count);
void meaning_free(struct meaning *m);

/* Which rows fit the series: up to MEANING_FITS_MAX, in their order. labels must be well-formed. Returns how
 * many. */
size_t meaning_find(const struct meaning *m, const char *name, size_t name_n,
    const struct intake_label *labels, size_t label_count,
    const struct meaning_row *ret_rows[MEANING_FITS_MAX]);

/* Has the name any row at all, whatever its labels? */
bool meaning_knows(const struct meaning *m, const char *name, size_t name_n);

/* Is that a condition (an entity's name) in the form above? Returns 0 or -EINVAL with e. */
int meaning_check_where(const char *where, struct error *e);
int meaning_check_entity(const char *entity, struct error *e);

/* The rows that are built in, ended by one whose name is NULL. */
extern const struct meaning_row meaning_table[];

#endif
