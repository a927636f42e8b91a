/* SPDX-License-Identifier: MIT
 * Is a name from outside one that the catalog and the outputs can carry? */
#ifndef COHERENCE_INGESTION_NAME_CHECK_H
#define COHERENCE_INGESTION_NAME_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* All n bytes are well-formed UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. Source: RFC
 * 3629 section 4. */
bool name_is_utf8(const char *p, size_t n);

/* NULL when it is a name; else what is wrong with it: longer than CATALOG_NAME_MAX bytes, a NUL byte, not
 * UTF-8. Empty passes. */
const char *name_fault(const char *p, size_t n);

#endif
