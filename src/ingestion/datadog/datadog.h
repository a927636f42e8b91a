/* SPDX-License-Identifier: MIT
 * Reads from Datadog what its agents have reported: asks again and again for the buckets that have become
 * complete, and hands them over when their time has come. It only ever asks.
 *
 * In the order of use: datadog_open before the seal; datadog_start after it; then datadog_step before each
 * tick. */
#ifndef COHERENCE_INGESTION_DATADOG_H
#define COHERENCE_INGESTION_DATADOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ingestion/datadog/datadog_keys.h"
#include "ingestion/datadog/datadog_options.h"
#include "ingestion/intake/intake.h"
#include "net/http_client.h"
#include "net/loop.h"

/* What it needs of its owner. */
struct datadog_home {
    int64_t (*now_ns)(void *context);                 /* real time: Datadog's buckets are of it */
    void (*say)(void *context, const char *sentence); /* what people should know, once at each change */
    void *context;
};

struct datadog;

/* Finds the keys and lets the client know the address. o and c: borrowed as long as it lives. NULL with e
 * filled: -ENOENT (a key is missing), -EINVAL, -ENOMEM, and what the client answers. */
struct datadog *datadog_open(const struct datadog_options *o, struct http_client *c,
    const char *const *environment, const struct datadog_home *home, struct error *e);

/* What is asked, of whom and with which keys, in a sentence (their names, not the keys). */
void datadog_describe(const struct datadog *d, struct text *out);
const char *datadog_warning(const struct datadog *d); /* "": none */

/* Asks from now on, in callbacks of l, and hands over to in. since_ns: nothing earlier is asked for
 * (INT64_MIN: as far back as configured). Returns 0 or -ENOSPC. */
int datadog_start(struct datadog *d, struct intake *in, struct loop *l, int64_t since_ns);

/* Has everything come that was to be had at the start? */
bool datadog_is_ready(const struct datadog *d);

/* Time of the earliest bucket that waits to be handed over; INT64_MAX: none. */
int64_t datadog_due(const struct datadog *d);

/* Hands over what is not later than now_ns (engine time). Returns 0 or what the intake answered. */
int datadog_step(struct datadog *d, int64_t now_ns);

/* Gives up what is on its way, overwrites the keys. Before the client and the loop go. NULL allowed. */
void datadog_close(struct datadog *d);

#endif
