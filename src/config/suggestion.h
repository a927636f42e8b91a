/* SPDX-License-Identifier: MIT
 * "Did you mean": the known key that is nearest to an unknown one. */
#ifndef COHERENCE_CONFIG_SUGGESTION_H
#define COHERENCE_CONFIG_SUGGESTION_H

#include <stddef.h>

#include "base/text.h"

/* Writes the key of an option or the name of a group that key (n bytes) was probably meant to be: one that
 * differs by a slip or two, or one that ends in the same word ("interval" for "sources.host.interval").
 * Nothing when there is none. */
void suggestion_for_key(const char *key, size_t n, struct text *out);

/* The same for an environment variable's whole name. */
void suggestion_for_variable(const char *name, size_t n, struct text *out);

#endif
