/* SPDX-License-Identifier: MIT
 * What the names of well-known exporters and libraries mean. */
#include "ingestion/intake/meaning.h"

const struct meaning_row meaning_table[] = {
    {"node_memory_MemTotal_bytes", "", METRIC_MEMORY_LIMIT, MEANING_SUM, 1, "host"},
    {"node_memory_MemAvailable_bytes", "", METRIC_MEMORY_AVAILABLE, MEANING_SUM, 1, "host"},
    {0},
};
