/* SPDX-License-Identifier: MIT
 * Starts the deep sense's process: the one thing that this program ever forks. */
#ifndef COHERENCE_CLI_DEEP_H
#define COHERENCE_CLI_DEEP_H

#include <stdint.h>
#include <sys/types.h>

#include "ingestion/deep/deep_sense.h"

/* Starts it as the options say, for the host below root ("" = this one), and waits until it stands under its
 * filter, two seconds at most; to be called before the seal, before a second thread exists and before
 * descriptors are opened that it need not have (those that are open are closed there). interval_ns: between
 * two of its rounds, a second at least. *ret_link: the pipes to it, or why there is none; *ret_pid: its
 * process, 0 when there is none. Returns an exit status: 78 when it is required and cannot be had (said),
 * else 0. */
int deep_begin(const struct deep_options *o, const char *root, int64_t interval_ns,
    struct deep_link *ret_link, pid_t *ret_pid);

#endif
