/* SPDX-License-Identifier: MIT
 * The page's files, built into the program (scripts/embed.sh): "front.html" first, then what it loads. */
#ifndef COHERENCE_OUTPUT_WEB_PAGE_DATA_H
#define COHERENCE_OUTPUT_WEB_PAGE_DATA_H

#include <stddef.h>

struct page_file {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

extern const struct page_file page_files[]; /* ended by a row of NULL */

#endif
