/* SPDX-License-Identifier: MIT
 * The seal of the deep sense's process: what it keeps of the rights it was started with, and the way to take
 * the rest away before it reads the first outside byte. */
#ifndef COHERENCE_SANDBOX_DEEP_SEAL_H
#define COHERENCE_SANDBOX_DEEP_SEAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"

struct deep_seal_report {
    bool may_trace; /* SYS_PTRACE was there and is kept: other users' processes can be looked into */
    bool may_read;  /* DAC_READ_SEARCH likewise: other users' files can be read */
};

/* For a process that was just forked, alone, and will only read. In this order: dies with its parent (process
 * `parent`); a session of its own (a terminal's signals do not reach it), the usual signals ignored; no new
 * privileges, not dumpable, no core dump; of all capabilities only SYS_PTRACE and DAC_READ_SEARCH are kept,
 * where they are there; no file may be made longer, no process started, at most max_files descriptors; the
 * filter (deep_filter.h). Then tries what must be impossible, and believes only that.
 * write_fd: the one descriptor that stays writable. Irreversible. Returns 0 with *ret filled; or -errno with
 * e filled, and the process must end: -ESRCH: the parent is gone already; -EPERM: something holds not. */
int deep_seal_apply(
    pid_t parent, int write_fd, unsigned max_files, struct deep_seal_report *ret, struct error *e);

#endif
