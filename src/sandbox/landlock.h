/* SPDX-License-Identifier: MIT
 * Landlock: from "these trees may be read" to a kernel domain in which nothing else of the file system can be
 * opened, changed or run. */
#ifndef COHERENCE_SANDBOX_LANDLOCK_H
#define COHERENCE_SANDBOX_LANDLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define LANDLOCK_ABI_MAX                                                                                     \
    7 /* the newest ABI whose rights are known here; a newer kernel is used as if it had this one */

/* The Landlock ABI of the running kernel: 1 or more (may be above LANDLOCK_ABI_MAX), or -ENOSYS (not built
 * in), -EOPNOTSUPP (built in, switched off at boot), -EPERM (an outer seccomp filter refuses the question).
 */
int landlock_abi(void);

/* What is given back of the rights that a domain takes away. */
struct landlock_plan {
    const char *const *read_paths; /* n_paths trees or files that may be read and listed; NULL among them =
                                      skipped */
    size_t n_paths;
    int write_fd; /* a directory in which plain files may be read, written, made, renamed and removed; 0 or
                     less: none */
    const uint16_t *connect_ports; /* n_ports TCP ports that may be connected to, wherever they are */
    size_t n_ports;
};

/* Puts the calling thread, and every thread it starts later, into a domain of ABI `abi` (1..LANDLOCK_ABI_MAX,
 * not above what landlock_abi() said): every right of that ABI is taken away, but for the plan's. From ABI 4
 * no other TCP port may be bound or connected to, from ABI 6 no process outside may be signalled and no
 * abstract unix socket outside reached. Descriptors that are already open keep the rights they were opened
 * with. Paths that do not exist or may not be searched are skipped: what cannot be reached needs no
 * permission. no_new_privs must be set. Irreversible. Returns 0, -EINVAL (abi) or the -errno of the kernel
 * with e filled; after an error nothing is in force. Source: Linux Documentation/userspace-api/landlock.rst.
 */
int landlock_restrict(int abi, const struct landlock_plan *plan, struct error *e);

#endif
