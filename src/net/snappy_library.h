/* SPDX-License-Identifier: MIT
 * libsnappy, loaded when something that comes compressed by it is configured, and not mapped at all when
 * nothing is: it brings the C++ run-time library (docs/decisions/0012). */
#ifndef COHERENCE_NET_SNAPPY_LIBRARY_H
#define COHERENCE_NET_SNAPPY_LIBRARY_H

#include <snappy-c.h>

#include "base/error.h"

/* The library's functions that are used here, with their own types. */
struct snappy_library {
    __typeof__(snappy_uncompressed_length) *uncompressed_length;
    __typeof__(snappy_uncompress) *uncompress;
};

/* Loads the library into the process, for good; before the seal, which allows no new code. Returns 0; -ENOENT
 * (not installed) or -ENOSYS (it lacks a function) with e filled. */
int snappy_library_load(struct snappy_library *ret_library, struct error *e);

#endif
