/* SPDX-License-Identifier: MIT
 * Ctrl-C and SIGTERM for commands that read an input to its end: what was done so far is then reported.
 * (Commands with an event loop hear signals there.) */
#ifndef COHERENCE_CLI_INTERRUPT_H
#define COHERENCE_CLI_INTERRUPT_H

#include <stdbool.h>

/* From here on SIGINT and SIGTERM set the flag and end a read that waits (EINTR) instead of the process. */
void interrupt_catch(void);

/* The flag, 0 until then; for readers that look at it between two records. Valid for ever. */
const volatile int *interrupt_flag(void);

bool interrupt_came(void);

#endif
