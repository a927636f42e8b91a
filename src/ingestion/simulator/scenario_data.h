/* SPDX-License-Identifier: MIT
 * The files of scenarios/ as bytes; scenario_data.c is made from them by scripts/embed.sh when the program is
 * built. */
#ifndef COHERENCE_INGESTION_SCENARIO_DATA_H
#define COHERENCE_INGESTION_SCENARIO_DATA_H

#include <stddef.h>

struct scenario_file {
    const char *name; /* "seizure.yaml" */
    const unsigned char *bytes;
    size_t n;
};

/* In the order of the build file, ended by a row whose name is NULL. */
extern const struct scenario_file scenario_files[];

#endif
