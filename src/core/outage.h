/* SPDX-License-Identifier: MIT
 * A known outage: when something was broken, as people wrote it down. */
#ifndef COHERENCE_CORE_OUTAGE_H
#define COHERENCE_CORE_OUTAGE_H

#include <stdint.h>

#define OUTAGE_HOST_MAX  513 /* bytes, NUL included: CATALOG_NAME_MAX and one */
#define OUTAGE_LABEL_MAX 256 /* bytes, NUL included; a longer label is cut */

struct outage {
    int64_t start_ns, end_ns;   /* start <= end; both inside */
    int64_t onset_ns;           /* when the fault began, where it is known, <= start; INT64_MIN: not known */
    uint32_t line;              /* of the list, 1-based */
    char host[OUTAGE_HOST_MAX]; /* "": of every host */
    char label[OUTAGE_LABEL_MAX]; /* outside bytes; "": none */
};

#endif
