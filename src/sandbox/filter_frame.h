/* SPDX-License-Identifier: MIT
 * What the seccomp programs of both processes have in common: nothing is allowed that a rule does not name,
 * and a foreign architecture ends the process. The rules are syscall_filter.c's and deep_filter.c's. */
#ifndef COHERENCE_SANDBOX_FILTER_FRAME_H
#define COHERENCE_SANDBOX_FILTER_FRAME_H

#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct filter_plan {
    const char *name; /* for messages: "the seccomp filter" */
    bool all_threads; /* it goes to every thread of the process, not to the calling one alone */
    bool binary_tree; /* rules are found by number in a tree, not in a list */
    int write_fd;     /* given to add_rules */
    /* Adds the rules. Returns 0 or a -errno. */
    int (*add_rules)(scmp_filter_ctx filter, int write_fd);
    const int *also; /* calls that are allowed besides, whatever their arguments */
    size_t also_count;
};

/* Builds and loads it. Irreversible. Returns 0 or -errno (e filled). */
int filter_frame_load(const struct filter_plan *plan, struct error *e);

/* Builds it for an architecture, SCMP_ARCH_NATIVE or another, and writes the program (an array of struct
 * sock_filter) to fd. Returns 0 or -errno. */
int filter_frame_export(const struct filter_plan *plan, uint32_t architecture, int fd);

#endif
