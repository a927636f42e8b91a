/* SPDX-License-Identifier: MIT
 * The answer of Prometheus' range query, decoded as it comes: series and their points, in any pieces of
 * bytes. Source: Prometheus documentation, HTTP API, "Range queries" and "Range vectors". */
#ifndef COHERENCE_INGESTION_PROMETHEUS_MATRIX_H
#define COHERENCE_INGESTION_PROMETHEUS_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ingestion/intake/intake.h"

#define MATRIX_TEXT_MAX   8192  /* bytes of one string or number; of an error, the rest is cut */
#define MATRIX_LABEL_MAX  49152 /* bytes of the labels of one series */
#define MATRIX_DEPTH_MAX  16
#define MATRIX_REASON_MAX 300

/* Who takes what is decoded. */
struct matrix_listener {
    void *context;
    /* A series: everything is valid during the call. key: bytes that are equal for equal series. Returns
     * whether more is wanted. */
    bool (*series)(
        void *context, const char *key, size_t key_n, const struct intake_label *labels, size_t count);
    /* A point of the series before: value NaN = no number there. */
    bool (*point)(void *context, int64_t t_ns, double value);
};

struct matrix;

/* NULL: out of memory. listener: copied. */
struct matrix *matrix_new(const struct matrix_listener *listener);
void matrix_free(struct matrix *m); /* NULL allowed */

/* Begins another answer. */
void matrix_reset(struct matrix *m);

/* The next bytes. Returns 0; -EBADMSG: it is no such answer; -ECANCELED: the listener wants no more. After an
 * error everything else is refused with it. */
int matrix_take(struct matrix *m, const char *bytes, size_t n);

/* The bytes are over. Returns 0: it was an answer with its data, complete; -EREMOTEIO: the server says that
 * it failed; -EBADMSG. e (NULL allowed) says it: of the server its own words. */
int matrix_end(struct matrix *m, struct error *e);

/* Points that could not be a sample: histograms, and values that are no number. */
uint64_t matrix_passed_over(const struct matrix *m);

#endif
