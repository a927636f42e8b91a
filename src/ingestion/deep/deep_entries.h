/* SPDX-License-Identifier: MIT
 * Processes and JVMs by the names under which they are watched: numbers come and go, names stay. A bounded
 * table, whose rows are used again by whoever runs the same thing next. */
#ifndef COHERENCE_INGESTION_DEEP_ENTRIES_H
#define COHERENCE_INGESTION_DEEP_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "core/entity.h"
#include "ingestion/deep/deep_message.h"
#include "ingestion/host/frame.h"

/* Names, not processes: whoever starts processes under ever new names gets no more than these. Heuristic,
 * chosen on 2026-11-22: eight times what is looked at at a time. */
#define DEEP_ENTRIES_MAX 512u
#define DEEP_SLOTS       8u

struct deep_entry {
    enum entity_kind kind; /* ENTITY_PROCESS or ENTITY_JVM */
    char name[DEEP_NAME_MAX];
    uint32_t ordinal; /* 1: plain name; from 2 on NAME#2 */
    uint32_t entity;  /* ENTITY_NONE: not asked yet */
    struct deep_id holder;
    bool is_held;
    int64_t heard_ns;                 /* monotonic */
    struct jvm_allocation allocation; /* of the holder */
    struct frame_slot slots[DEEP_SLOTS];
};

struct deep_entries {
    struct deep_entry items[DEEP_ENTRIES_MAX];
    uint32_t count;
    uint64_t refused; /* processes for whose names there was no room */
};

/* The row of a process under that name, as of mono_ns: the one that it holds, else the first of that name
 * that nobody holds, else a new one or one that was left. NULL: the table is full (counted). A new holder
 * begins with blank counters. */
struct deep_entry *deep_entries_get(struct deep_entries *t, enum entity_kind kind, const struct deep_id *id,
    const char *name, int64_t mono_ns);

/* Lets go of rows whose holders were not heard since before_ns. */
void deep_entries_release(struct deep_entries *t, int64_t before_ns);

/* The full name: NAME, or NAME#2. */
void deep_entry_name(const struct deep_entry *e, char out[DEEP_NAME_MAX + 16]);

#endif
