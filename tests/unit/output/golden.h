/* SPDX-License-Identifier: MIT
 * What was written, held against what somebody has looked at. */
#ifndef COHERENCE_TESTS_OUTPUT_GOLDEN_H
#define COHERENCE_TESTS_OUTPUT_GOLDEN_H

/* said is what stands in the file `name` below tests/golden, byte for byte; otherwise the test fails, with
 * said shown. */
void is_golden(const char *name, const char *said);

#endif
