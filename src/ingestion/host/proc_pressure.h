/* SPDX-License-Identifier: MIT
 * Pressure stall information as text: /proc/pressure/{cpu,memory,io} and cgroup's *.pressure. */
#ifndef COHERENCE_INGESTION_PROC_PRESSURE_H
#define COHERENCE_INGESTION_PROC_PRESSURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pressure_line {
    double avg10_ratio, avg60_ratio, avg300_ratio; /* share of time stalled, 0..1 */
    uint64_t total_us;                             /* stalled time since boot */
};

struct pressure {
    struct pressure_line some;
    struct pressure_line full; /* meaningful when has_full */
    bool has_full;             /* cpu has no such line before Linux 5.13 */
};

/* Parses n bytes of lines "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\n". Every line of a known kind must
 * hold all four fields, each once; fields and lines of other names (a later kernel's) are skipped.
 * Returns 0, or -EBADMSG (*ret untouched): no `some`, a field or a line twice, a field missing or no number,
 * or the last line does not end. Text of 0 bytes is -EBADMSG too: no pressure is never "no pressure". Source:
 * Linux, Documentation/accounting/psi.rst. */
int pressure_parse(const char *p, size_t n, struct pressure *ret);

#endif
