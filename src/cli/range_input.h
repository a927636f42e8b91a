/* SPDX-License-Identifier: MIT
 * A history out of Prometheus for `replay` and `backtest`: --prometheus URL, --query, --from, --to, --step.
 */
#ifndef COHERENCE_CLI_RANGE_INPUT_H
#define COHERENCE_CLI_RANGE_INPUT_H

#include "cli/backtest_input.h"
#include "cli/session.h"
#include "ingestion/prometheus/range.h"

struct range_input {
    struct range_options options;
    struct http_url server;
    struct http_client *client;
    struct loop *loop;
    struct progress progress;
    char name[HTTP_URL_HOST_MAX + 32];             /* for people */
    const char *inputs[1 + ARGUMENTS_QUERIES_MAX]; /* what a report names: the server, then the queries */
};

/* Whether a history out of Prometheus was asked for. */
bool range_input_wanted(const struct arguments *a);

/* Whether flags were given that mean nothing without --prometheus, which is then said. */
bool range_input_stray(const struct arguments *a);

/* Judges the flags, opens the client and tells the seal of it (s->reach); before the seal. Returns an exit
 * status. */
int range_input_open(struct range_input *r, const struct arguments *a, struct session *s);

/* After the seal. */
struct backtest_source range_input_source(struct range_input *r);

void range_input_close(struct range_input *r);

#endif
