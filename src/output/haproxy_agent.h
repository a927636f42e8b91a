/* SPDX-License-Identifier: MIT
 * The agent-check that HAProxy asks for a server's weight: it connects, gets "N%" and a newline, and the
 * connection ends. Source: HAProxy 2.6 configuration manual, "agent-check". */
#ifndef COHERENCE_OUTPUT_HAPROXY_AGENT_H
#define COHERENCE_OUTPUT_HAPROXY_AGENT_H

#include <stdint.h>

#include "base/error.h"
#include "base/option.h"
#include "net/loop.h"

struct haproxy_options {
    char listen[OPTION_TEXT_MAX]; /* "": no agent */
    int64_t floor_percent;
    int64_t farewell_ns;
};
extern const struct option_row haproxy_option_rows[];
extern const size_t haproxy_option_count;

struct haproxy_agent;

/* 0, or -EINVAL with e filled: listen is no address. */
int haproxy_options_check(const struct haproxy_options *o, struct error *e);

/* Listens; before the seal. weight(context) gives the percentage to answer, 0..100. NULL with e filled. */
struct haproxy_agent *haproxy_agent_open(
    const struct haproxy_options *o, int (*weight)(void *context), void *context, struct error *e);

/* Answers from now on, in callbacks of l. Returns 0 or -errno. */
int haproxy_agent_start(struct haproxy_agent *a, struct loop *l);

/* From now on the answer is 100%: HAProxy keeps the last weight that it was told when nobody answers any
 * more, so whoever stops says first that all is well. Returns for how long that should go on, in nanoseconds:
 * 0 when the last answer was 100% anyway. */
int64_t haproxy_agent_retire(struct haproxy_agent *a);

uint64_t haproxy_agent_answers(const struct haproxy_agent *a);
void haproxy_agent_describe(const struct haproxy_agent *a, struct text *out); /* "127.0.0.1:9912" */
void haproxy_agent_close(struct haproxy_agent *a);                            /* NULL allowed */

#endif
