/* SPDX-License-Identifier: MIT
 * Documents that are built into the program (scripts/embed.sh). */
#ifndef COHERENCE_OUTPUT_API_DOCUMENT_DATA_H
#define COHERENCE_OUTPUT_API_DOCUMENT_DATA_H

#include <stddef.h>

struct document_file {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

extern const struct document_file document_files[]; /* ended by a row of NULL */

#endif
