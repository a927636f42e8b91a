/* SPDX-License-Identifier: MIT
 * What has come from Datadog and not gone to the engine yet: which points count, what rates and counts have
 * come to, and the buckets that wait for their time. A function of answers and times. */
#ifndef COHERENCE_INGESTION_DATADOG_BOOK_H
#define COHERENCE_INGESTION_DATADOG_BOOK_H

#include <stdint.h>

#include "ingestion/datadog/datadog_answer.h"
#include "ingestion/datadog/datadog_query.h"
#include "ingestion/intake/intake.h"

#define DATADOG_SERIES_MAX  50000
#define DATADOG_WAITING_MAX 1000000 /* samples that wait */

struct datadog_book;

/* hosts: the option's list, borrowed as long as the book. NULL: out of memory. */
struct datadog_book *datadog_book_new(const char *hosts);
void datadog_book_free(struct datadog_book *b); /* NULL allowed */

/* A series that came as an answer to q, asked for buckets of bucket_s up to to_ns. Its newest bucket is left
 * out, it may not be full; nulls are gaps; what came before is passed over. A point is of the end of its
 * bucket, a rate times the length of its bucket is added up, and so is a count: over gaps nothing is added.
 */
void datadog_book_take(struct datadog_book *b, const struct datadog_query *q, int64_t bucket_s, int64_t to_ns,
    const struct datadog_series *s);

/* All answers of a round have come: what they brought may be released. */
void datadog_book_commit(struct datadog_book *b);

/* Or not: what they brought is forgotten, to be asked for again. */
void datadog_book_abandon(struct datadog_book *b);

/* Time of the earliest bucket that may be released; INT64_MAX: none. */
int64_t datadog_book_due(const struct datadog_book *b);

/* Hands to the intake what is not later than now_ns, a batch for each bucket. Returns 0 or what intake_end
 * answered. */
int datadog_book_release(struct datadog_book *b, struct intake *in, int64_t now_ns);

#endif
