/* SPDX-License-Identifier: MIT
 * Turns the name of a shared library into its two functions. What is decompressed, and how much of it may
 * come out, is http_upload.c's matter. */
#include "net/snappy_library.h"

#include <stddef.h>

#include "net/shared_library.h"

int snappy_library_load(struct snappy_library *ret_library, struct error *e)
{
    static const struct shared_function functions[] = {
        {"snappy_uncompressed_length", offsetof(struct snappy_library, uncompressed_length)},
        {"snappy_uncompress", offsetof(struct snappy_library, uncompress)},
    };
    static const struct shared_library library = {.file = "libsnappy.so.1",
        .wanted_by = "sources.remote_write",
        .package = "libsnappy1v5",
        .functions = functions,
        .count = sizeof(functions) / sizeof(functions[0])};
    struct snappy_library found;

    const int r = shared_library_load(&library, &found, e);
    if (r == 0)
        *ret_library = found;
    return r;
}
