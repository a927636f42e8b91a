/* SPDX-License-Identifier: MIT
 * The door through which labelled telemetry of other systems enters: one intake per source. A decoder hands
 * it series (a name, labels, what kind it is said to be) and gets references; then samples by reference. The
 * intake knows what a name means (meaning.h), whose it is (place.h), adds up what is spread over several
 * series, and feeds frames in the order of time.
 *
 * A batch is what arrives at once: a scrape, a request, a datagram. In the order of use:
 *
 *     intake_begin(in, now_ns);
 *     for each series of the batch:
 *         uint32_t ref = intake_find(in, key, key_n);
 *         if (ref == INTAKE_NONE)
 *             ref = intake_declare(in, key, key_n, &series);
 *         intake_sample(in, ref, t_ns, value);           as often as it has samples
 *     intake_end(in, INTAKE_PART) or intake_cancel(in);
 *
 * key: the bytes by which the source names the series, whatever they are (the head of a line of text, the
 * encoded labels of a message): equal bytes are one series, and a series that is known costs no more than
 * comparing them. Bytes that differ may still name the same series; it is found when they are declared.
 *
 * Time. A sample carries its own; t_ns INTAKE_NOW is the batch's. Per series only what is later than the last
 * is taken: an equal time is a `duplicate` (the first one stays), an earlier one `out_of_order`. What lies
 * more than INTAKE_FUTURE_NS after the batch is `future`, more than the configured age before it `old`.
 * Within a batch samples may come in any order. Frames are fed in the order of time within a batch; the
 * engine takes each series in its own order, whatever the order of sources, and judges at the ticks of the
 * clock.
 *
 * Values. Counters enter as cumulative totals, as read: the engine sees them start anew. A delta is added to
 * a total first. A counter that no law knows enters as its rate a second, named rate(NAME). NaN is missing;
 * infinities, and counters that are negative or not a number, are `bad_value`.
 *
 * Everything here is a function of bytes and times: no clock, no random number, no order of a hash. */
#ifndef COHERENCE_INGESTION_INTAKE_H
#define COHERENCE_INGESTION_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/option.h"
#include "base/text.h"
#include "core/feed.h"

/* Bounds of one series; what exceeds them is refused (`too_long`, `too_many_labels`). */
#define INTAKE_LABELS_MAX 64
#define INTAKE_NAME_MAX   512  /* bytes of a metric's or a label's name */
#define INTAKE_VALUE_MAX  2048 /* bytes of a label's value */
#define INTAKE_KEY_MAX    65536

#define INTAKE_NONE      UINT32_MAX
#define INTAKE_NOW       INT64_MIN             /* as a time: that of the batch */
#define INTAKE_FUTURE_NS INT64_C(600000000000) /* a clock may be ahead so far */

/* The value that ends a series: a NaN with these bits. Source: Prometheus remote write 1.0, "Stale Markers".
 */
#define INTAKE_STALE_BITS UINT64_C(0x7ff0000000000002)

struct meaning;
struct intake;
struct intake_house;

enum intake_kind {
    INTAKE_UNKNOWN, /* not said: the name decides (_total, _count, _sum, _bucket: a counter) */
    INTAKE_GAUGE,
    INTAKE_COUNTER, /* cumulative */
    INTAKE_DELTA    /* what was counted since the series' sample before */
};

struct intake_label {
    const char *name, *value; /* outside bytes, not NUL-terminated */
    uint32_t name_n, value_n;
};

/* A series as its source names it. Labels in any order; an empty value is no label. */
struct intake_series {
    const char *name;
    size_t name_n;
    const struct intake_label *labels; /* may be NULL when there are none */
    size_t label_count;
    enum intake_kind kind;
    const char *unit; /* UCUM, as OpenTelemetry says it ("ms", "By", "1"); NULL: not said. Known durations in
                         ms, us or ns become seconds, ratios in % become ratios */
};

/* Why a sample was not taken. */
enum intake_drop {
    INTAKE_DROP_MALFORMED,       /* what the decoder could not read */
    INTAKE_DROP_UNSUPPORTED,     /* what it could, and has no place here (native histograms, ...) */
    INTAKE_DROP_BAD_NAME,        /* empty, with a NUL, or not UTF-8: name of a metric or label, or a value */
    INTAKE_DROP_TOO_LONG,        /* name or value */
    INTAKE_DROP_TOO_MANY_LABELS, /* */
    INTAKE_DROP_DUPLICATE_LABEL, /* the same label twice in one series */
    INTAKE_DROP_SERIES_LIMIT,    /* a new series beyond this source's limit */
    INTAKE_DROP_ENGINE_LIMIT,    /* beyond engine.max_series or engine.max_entities */
    INTAKE_DROP_BATCH_LIMIT,     /* more samples in one batch than a batch may have */
    INTAKE_DROP_BAD_VALUE,       /* infinite; a counter that is negative or NaN */
    INTAKE_DROP_DUPLICATE,       /* a time that the series has had */
    INTAKE_DROP_OUT_OF_ORDER,    /* an earlier one */
    INTAKE_DROP_OLD,             /* further back than the configured age */
    INTAKE_DROP_FUTURE,          /* */
    INTAKE_DROP_TAKEN,           /* another source says the same of the same entity: the first one stays */
    INTAKE_DROP_OVERRUN,         /* the kernel kept no more: datagrams, whose samples nobody has counted */
    INTAKE_DROP_COUNT
};

/* "malformed", ... as the label `reason` has it. */
const char *intake_drop_name(enum intake_drop reason);

struct intake_options {
    int64_t max_series; /* sources.limits.series, 20000: of one source */
    int64_t max_batch;  /* sources.limits.samples, 100000: samples in one batch */
    int64_t max_age_ns; /* sources.limits.age, 10m */
};

extern const struct option_row intake_option_rows[];
extern const size_t intake_option_count;

/* What all intakes of a process share. */
struct intake_setup {
    const struct feed *feed; /* copied */
    const struct meaning *meaning;
    struct intake_options options;
    const char *local_host; /* the name of this host: that of series which name none, or a loopback address */
    bool local_is_watched;  /* by another source: then it knows better what is measured of the host itself */
};

/* What became of what came in, since the beginning. */
struct intake_counts {
    uint64_t samples;                    /* taken */
    uint64_t dropped[INTAKE_DROP_COUNT]; /* */
    uint32_t series;                     /* known now */
    bool up;                             /* its last reading, or batch, succeeded */
    int64_t heard_ns;                    /* latest time of a sample that was taken; INT64_MIN: none */
    int64_t lag_ns; /* of the last batch: from its latest sample to its arrival; 0 before */
};

/* NULL: out of memory. setup's strings and meaning stay the caller's and must outlive it. */
struct intake_house *intake_house_new(const struct intake_setup *setup);
void intake_house_free(struct intake_house *h); /* NULL allowed; after its intakes */

/* A source. name: as the label `source` has it, copied. labels: of all its series that do not say otherwise
 * themselves (a scrape's instance and job), copied. NULL: out of memory. */
struct intake *intake_open(
    struct intake_house *h, const char *name, const struct intake_label *labels, size_t label_count);
void intake_close(struct intake *in); /* NULL allowed. What it fed stays: the engine finds it silent */

/* Before intake_close, where the source is not wanted any more: what it alone fed is gone, seen at now_ns. */
void intake_retire(struct intake *in, int64_t now_ns);

const char *intake_name(const struct intake *in);
uint64_t intake_max_batch(const struct intake *in); /* samples that a batch of it may have */

/* Begins a batch that arrived at now_ns (engine time), which is also the time of samples without one; or, as
 * a scrape, whose values are of t_ns. */
void intake_begin(struct intake *in, int64_t now_ns);
void intake_begin_at(struct intake *in, int64_t now_ns, int64_t t_ns);

/* The series of exactly these bytes, or INTAKE_NONE: declare it. One that was refused has a reference too, by
 * which its samples are counted as dropped, as long as it would be refused again. Free of charge when it
 * follows the one asked for before as it did last time. A reference holds until intake_end or intake_cancel.
 */
uint32_t intake_find(struct intake *in, const char *key, size_t n);

/* For decoders in a hurry: the bytes of the series that is likely to come next (*ret_n = 0: none), and its
 * reference once they have been compared. */
const char *intake_expect(const struct intake *in, size_t *ret_n);
uint32_t intake_follow(struct intake *in);

/* Makes it known. n <= INTAKE_KEY_MAX. Always gives a reference: that of a series which was refused counts
 * its samples as dropped, under the reason. */
uint32_t intake_declare(struct intake *in, const char *key, size_t n, const struct intake_series *series);

/* One sample. Kept until intake_end. */
void intake_sample(struct intake *in, uint32_t ref, int64_t t_ns, double value);

/* So many samples were dropped by the decoder. Counted at once, whatever becomes of the batch. */
void intake_drop(struct intake *in, enum intake_drop reason, uint64_t count);

/* Is what came all that the source has at this time? */
enum intake_extent {
    INTAKE_PART, /* no: more of the same times may come in other batches */
    INTAKE_WHOLE /* yes, like a scrape: a series that is not in it has ended, unless it comes back soon */
};

/* Feeds what the batch brought. Marks the source up. Returns 0 or what the feed answered, on which the
 * process stops. */
int intake_end(struct intake *in, enum intake_extent extent);

/* Forgets what the batch brought: nothing of it is fed. */
void intake_cancel(struct intake *in);

/* Its last reading failed (up = false), or may be counted as good although it brought nothing. */
void intake_set_up(struct intake *in, bool up);

/* Before each tick, at now_ns: feeds sums that wait for a part which did not come, and says of series that
 * have ended, and of entities without series, that they are gone. Returns like intake_end. */
int intake_tick(struct intake *in, int64_t now_ns);

const struct intake_counts *intake_count(const struct intake *in);

/* How many of its series mean something to a law. The others are watched for themselves: appends their
 * metrics' names to unknown, separated by ", ", in the order in which they came and each once where its
 * series came together, as far as there is room. Cost O(series). */
uint32_t intake_meant(const struct intake *in, struct text *unknown);

/* Number of intakes of the house, and the one of that number, in the order in which they were opened. */
size_t intake_house_count(const struct intake_house *h);
struct intake *intake_house_at(const struct intake_house *h, size_t number);

#endif
