/* SPDX-License-Identifier: MIT
 * The system calls that are left to the deep sense: open for reading, read, list, look, wait, write to one
 * pipe, end. Much shorter than the sentinel's list (syscall_filter.h), because Landlock cannot stand beside
 * it: who is under Landlock may not look into other processes. */
#ifndef COHERENCE_SANDBOX_DEEP_FILTER_H
#define COHERENCE_SANDBOX_DEEP_FILTER_H

#include "base/error.h"

/* Loads the filter. no_new_privs must be set. Irreversible. write_fd: the one descriptor that may be written
 * to. What is not listed fails with EPERM, all of memory management included: the process has what it has. A
 * system call of another architecture kills it. Returns 0, or -errno with e filled (nothing is in force
 * then). */
int deep_filter_load(int write_fd, struct error *e);

/* Writes the filter's program for an architecture to fd, as syscall_filter_export does. */
int deep_filter_export(unsigned architecture, int write_fd, int fd);

#endif
