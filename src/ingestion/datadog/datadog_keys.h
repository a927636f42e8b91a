/* SPDX-License-Identifier: MIT
 * The two keys and the address of Datadog's API: from files that the configuration names, from the variables
 * that Datadog's own clients read, or from a .env file. Keys go out in headers and nowhere else. */
#ifndef COHERENCE_INGESTION_DATADOG_KEYS_H
#define COHERENCE_INGESTION_DATADOG_KEYS_H

#include "base/error.h"
#include "base/text.h"
#include "ingestion/datadog/datadog_options.h"
#include "net/http_url.h"

#define DATADOG_KEY_MAX 160 /* bytes of a key, NUL included; today's have 32 and 40 */

struct datadog_keys {
    struct http_url url;
    char api[DATADOG_KEY_MAX], app[DATADOG_KEY_MAX];
    /* Where they were found, for people: a path or a variable's name. */
    char api_from[OPTION_TEXT_MAX], app_from[OPTION_TEXT_MAX], url_from[OPTION_TEXT_MAX];
    char warning[ERROR_TEXT_MAX]; /* "": none; about the .env file */
};

/* Finds them; before the seal. environment: NAME=value, NULL-terminated. From here on the process leaves no
 * core dump. Returns 0; -ENOENT (a key is missing) or -EINVAL (a file cannot be read or everybody can, a key
 * or site that is none) with e filled, which says what is missing and where it is looked for. Clears k when
 * it fails. */
int datadog_keys_find(
    struct datadog_keys *k, const struct datadog_options *o, const char *const *environment, struct error *e);

#define DATADOG_SCRUB_MAX 4096

/* Appends n bytes of outside text printable, with either key, should it be in there, as "[key]". Nothing of a
 * text that is DATADOG_SCRUB_MAX bytes or more when printable: a key might have been cut. */
void datadog_keys_scrub(const struct datadog_keys *k, const char *bytes, size_t n, struct text *out);

void datadog_keys_forget(struct datadog_keys *k); /* overwritten */

#endif
