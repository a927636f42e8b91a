/* SPDX-License-Identifier: MIT
 * What the files of the intake share.
 *
 * A line is a series as its source names it. It counts, through roles, in slots: a slot is one series of the
 * engine. Most lines have one role and most slots one member; sums over labels, CPU time and the like have
 * more. All three are arrays with free lists, in order of declaration. */
#ifndef COHERENCE_INGESTION_INTAKE_INSIDE_H
#define COHERENCE_INGESTION_INTAKE_INSIDE_H

#include "base/id_table.h"
#include "base/text.h"
#include "ingestion/intake/intake.h"
#include "ingestion/intake/meaning.h"
#include "ingestion/replay/series_cache.h"

#define INTAKE_EXTRA_MAX     8    /* labels of all series of a source */
#define INTAKE_SOURCE_MAX    128  /* bytes of a source's name */
#define INTAKE_FRAME_SAMPLES 1024 /* handed over at once */

struct role {
    uint32_t line, slot;
    uint32_t next_of_line, next_of_slot; /* INTAKE_NONE: the last; of a free role: the next free one */
    uint8_t part;                        /* enum meaning_part */
    bool has;                            /* value is there: it counts */
    bool left;                           /* its line has ended: it is no member until it speaks again */
    double scale;
    double value, before; /* now, and in the frame before; in the unit of the slot's metric */
    int64_t t_ns, before_ns;
};

struct line {
    int64_t last_ns; /* INT64_MIN: no sample yet */
    int64_t step_ns; /* between the last two */
    double last;     /* of a counter that becomes a rate */
    double total;    /* of a delta or a rate: all of it together */
    uint32_t first_role;
    uint32_t batch, declared; /* the last in which it was; that in which it became known */
    uint8_t kind;             /* enum intake_kind, never unknown */
    uint8_t refused;          /* enum intake_drop, for the lines that stand for refusals */
    bool used;                /* else it is free */
    bool is_refusal;
    bool as_rate; /* a counter that no law knows */
    bool ended;
};

struct slot {
    uint32_t series, entity; /* of the catalog */
    uint32_t first, members; /* roles; of those, members that have not left */
    uint32_t got;            /* of its members, in the frame at t_ns */
    int64_t t_ns;            /* of the frame that waits for members; INT64_MIN: none */
    int64_t fed_ns;          /* of the last that was fed */
    double base;             /* of a counter: keeps members that come and go from moving the sum */
    uint16_t metric;         /* metric_id, METRIC_KNOWN_COUNT: one that no law knows */
    bool used, counts, cpu;  /* counts: cumulative */
    bool waits;              /* listed in open */
};

struct pending {
    int64_t t_ns;
    double value;
    uint32_t line, order;
};

struct intake_house {
    struct feed feed;
    struct intake_setup setup;
    struct intake **intakes;
    size_t count, capacity;
    struct id_table owner_of;         /* series -> struct intake: who feeds it */
    struct id_table users_of;         /* entity -> how many slots, as a pointer */
    struct intake_refusals *refusals; /* intake_refusal.c; NULL: nothing has been refused yet */
    uint32_t opened;                  /* intakes so far */
    struct text text;                 /* of names being put together */
    char buffer[INTAKE_KEY_MAX];
};

struct intake {
    struct intake_house *house;
    struct intake_counts counts;
    struct series_cache cache;
    struct line *lines;
    struct role *roles;
    struct slot *slots;
    uint32_t line_count, line_capacity, free_line;
    uint32_t role_count, role_capacity, free_role;
    uint32_t slot_count, slot_capacity, free_slot;
    uint32_t living;                  /* lines that are not refusals */
    uint32_t serial;                  /* number of the intake in its house, never given twice */
    uint64_t made;                    /* series that became known so far */
    bool refuses, refuses_for_engine; /* something was refused; for want of room in the engine */
    struct id_table slot_of;          /* series -> struct place of a slot, as a pointer */
    uint32_t *open;                   /* slots that wait for members */
    uint32_t open_count, open_capacity;
    struct pending *pending;
    uint32_t pending_count, pending_capacity;
    bool unsorted;
    int64_t now_ns;   /* when the batch came, or the last tick */
    int64_t batch_ns; /* of samples without a time */
    uint32_t batch;   /* number of the batch */
    uint32_t dead;    /* lines that were freed since the cache was cleaned */
    uint64_t changes; /* of the catalog, when ids were looked at */
    int fault;        /* of the feed; 0: none */
    int64_t out_ns;
    uint32_t out_count;
    struct sample out[INTAKE_FRAME_SAMPLES];
    struct intake_label extra[INTAKE_EXTRA_MAX];
    size_t extra_count;
    char name[INTAKE_SOURCE_MAX];
    char extra_text[INTAKE_EXTRA_MAX * 512];
};

/* intake_slot.c: one value for a role; it is fed when its slot is complete. */
void intake_count_in(struct intake *in, uint32_t role, int64_t t_ns, double value);
/* Feeds slots that wait since t_ns or before. */
void intake_settle(struct intake *in, int64_t t_ns);
/* A member ends, or comes back with its next value. */
void intake_leave_slot(struct intake *in, uint32_t role);
/* Hands over what is collected. */
void intake_flush(struct intake *in);

/* intake_lines.c: makes or finds the slot of a series, and gives the line a part in it. */
uint32_t intake_slot_for(struct intake *in, uint32_t series, uint32_t entity, uint32_t metric);
int intake_add_role(struct intake *in, uint32_t line, uint32_t slot, uint8_t part, double scale);
uint32_t intake_new_line(struct intake *in);
/* Frees the line and its roles; slots without members go, and what is gone of the catalog is told to the
 * engine when `tell`. */
void intake_free_line(struct intake *in, uint32_t line, bool tell);
/* The same for one that the cache does not know: its number is free at once. */
void intake_discard_line(struct intake *in, uint32_t line);
/* Frees the lines whose series the catalog knows no more. */
void intake_revise(struct intake *in);
/* Takes freed lines out of the cache. */
void intake_clean(struct intake *in);

/* intake_refusal.c: the line that stands for the refusal of the series that the cache was asked for last and
 * does not have, as long as declaring it again would give the same; or INTAKE_NONE: nothing is remembered. */
uint32_t intake_recall(const struct intake *in);
/* It was refused for that reason. Bounded; the series of a full table are forgotten in turn. */
void intake_remember_refusal(struct intake *in, const char *key, size_t n, enum intake_drop fault);

#endif
