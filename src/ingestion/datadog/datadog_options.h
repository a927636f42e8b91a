/* SPDX-License-Identifier: MIT
 * What can be configured of reading from Datadog. */
#ifndef COHERENCE_INGESTION_DATADOG_OPTIONS_H
#define COHERENCE_INGESTION_DATADOG_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

struct datadog_options {
    bool enabled;
    char site[OPTION_TEXT_MAX];         /* "": the environment's, else datadoghq.com */
    char url[OPTION_TEXT_MAX];          /* instead of the site's; "": none */
    char hosts[OPTION_TEXT_MAX];        /* names and globs, separated by commas */
    char scope[OPTION_TEXT_MAX];        /* "": all */
    char watch[OPTION_TEXT_MAX];        /* groups of queries */
    char requests_in[OPTION_TEXT_MAX];  /* span names */
    char requests_out[OPTION_TEXT_MAX]; /* span names */
    char api_key_file[OPTION_TEXT_MAX], app_key_file[OPTION_TEXT_MAX]; /* "": the environment's */
    char env_file[OPTION_TEXT_MAX];                                    /* "": none */
    int64_t interval_ns, bucket_ns, lag_ns, backfill_ns, timeout_ns;
    uint64_t max_body_bytes;
};

extern const struct option_row datadog_option_rows[];
extern const size_t datadog_option_count;

/* Is it to be read from? */
bool datadog_is_on(const struct datadog_options *o);

/* 0, or -EINVAL with *ret_key and e filled. Reads no file and no environment. */
int datadog_options_check(const struct datadog_options *o, const char **ret_key, struct error *e);

/* Is that a site that Datadog has? With e (NULL allowed) saying what may have been meant. Returns 0 or
 * -EINVAL. Source: Datadog, "Getting started with sites", and the servers of its API's description. */
int datadog_site_check(const char *site, struct error *e);

/* The next word of a list separated by commas and blanks; NULL: no more. */
const char *datadog_next_word(const char **at, size_t *ret_n);

/* How far behind the clock what it says is complete at the latest, ns: the engine's clock may go so far
 * behind where this is the only source, so that no sample is late (docs/datadog.md). */
int64_t datadog_delay_ns(const struct datadog_options *o);

#endif
