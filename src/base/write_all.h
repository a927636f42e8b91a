/* SPDX-License-Identifier: MIT
 * Writing everything to a descriptor that was opened for it. */
#ifndef COHERENCE_BASE_WRITE_ALL_H
#define COHERENCE_BASE_WRITE_ALL_H

#include <stddef.h>

/* Writes n bytes, however many calls that takes: goes on after a signal, and waits where somebody made the
 * descriptor non-blocking (a pipe, standard output). Blocks as long as the other side does. Returns 0 or
 * -errno of the call that failed; how much was written by then is not known. */
int write_all(int fd, const void *bytes, size_t n);

#endif
