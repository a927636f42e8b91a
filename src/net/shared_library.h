/* SPDX-License-Identifier: MIT
 * A library that is loaded only when it is needed: its functions by name, into a table of pointers. */
#ifndef COHERENCE_NET_SHARED_LIBRARY_H
#define COHERENCE_NET_SHARED_LIBRARY_H

#include <stddef.h>

#include "base/error.h"

struct shared_function {
    const char *name;
    size_t offset; /* of its pointer in the table */
};

struct shared_library {
    const char *file;      /* with its interface version: "libmicrohttpd.so.12" */
    const char *wanted_by; /* the key of the option that needs it */
    const char *package;   /* Debian's */
    const struct shared_function *functions;
    size_t count;
};

/* Loads the library into the process, for good (some register what runs at the end of the process); before
 * the seal, which allows no new code. table: the struct of pointers, of which those named are written, also
 * after an error. Returns 0; -ENOENT (not installed) or -ENOSYS (it lacks a function) with e filled. */
int shared_library_load(const struct shared_library *library, void *table, struct error *e);

#endif
