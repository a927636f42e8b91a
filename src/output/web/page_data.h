/* SPDX-License-Identifier: MIT
 * The page's files, built into the program (scripts/embed.sh): "front.html" first, then what it loads; or
 * "without.html" alone. */
#ifndef COHERENCE_OUTPUT_WEB_PAGE_DATA_H
#define COHERENCE_OUTPUT_WEB_PAGE_DATA_H

#include "output/api/document_data.h"

extern const struct document_file page_files[]; /* ended by a row of NULL */

#endif
