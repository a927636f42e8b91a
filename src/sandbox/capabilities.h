/* SPDX-License-Identifier: MIT
 * The capabilities of a process (capabilities(7)): what it may do beside its user's rights, and the way to
 * give them up for good. */
#ifndef COHERENCE_SANDBOX_CAPABILITIES_H
#define COHERENCE_SANDBOX_CAPABILITIES_H

#include <linux/capability.h>
#include <stdint.h>

#define CAPABILITY_BIT(c) (UINT64_C(1) << (c))

/* Of the calling thread's capabilities keeps those that it has and that are in kept (CAPABILITY_BIT each), as
 * permitted and effective; nothing stays inheritable, ambient or, where it may be taken away, in the bounding
 * set. Then asks what is left. Irreversible. Returns 0 with *ret_left, the effective ones; -EPERM when more
 * is left than kept; or the -errno of the kernel: what was given up until then stays so. */
int capabilities_keep(uint64_t kept, uint64_t *ret_left);

#endif
