/* SPDX-License-Identifier: MIT
 * What is remembered of network interfaces and disks from one reading to the next: they come, go and are
 * renamed. */
#ifndef COHERENCE_INGESTION_DEVICE_TABLE_H
#define COHERENCE_INGESTION_DEVICE_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/counter.h"

#define DEVICE_MAX                                                                                           \
    256 /* heuristic: a node with 250 containers has that many interfaces; further ones go unwatched */
#define DEVICE_NAME_MAX 32 /* bytes with NUL */
#define DEVICE_COUNTERS 2

struct device {
    char name[DEVICE_NAME_MAX];
    struct counter counters[DEVICE_COUNTERS];
    bool is_physical;
    bool was_seen; /* in the present round */
};

struct device_table {
    struct device items[DEVICE_MAX];
    uint32_t count;
    uint32_t cursor; /* where the next name is expected: the kernel keeps the order */
};

/* A round: begin, one get for every name, end. A device that did not come in a round is forgotten, so one
 * that comes back starts anew. get makes the device when it is new (*ret_is_new) and returns NULL when the
 * table is full or the name was had in this round already; the pointer holds until end. Cost O(1) while the
 * order stays. */
void device_table_begin(struct device_table *t);
struct device *device_table_get(struct device_table *t, const char *name, bool *ret_is_new);
void device_table_end(struct device_table *t);

#endif
