/* SPDX-License-Identifier: MIT
 * The system calls that are left after the seal: a seccomp allow-list for a program that reads descriptors,
 * waits, draws on its terminal and writes to what it had open. Everything else answers EPERM. */
#ifndef COHERENCE_SANDBOX_SYSCALL_FILTER_H
#define COHERENCE_SANDBOX_SYSCALL_FILTER_H

#include "base/error.h"

/* Loads the filter for all threads of this process. no_new_privs must be set. Irreversible. write_fd: an open
 * directory through which files may be opened for writing, renamed and removed (0 or less: none); with it
 * come the few calls that a database needs on what is open: pwrite64, ftruncate, and locks that do not wait.
 * The filter sees the descriptor, not the path: that an absolute path does not lead elsewhere is Landlock's
 * matter.
 * scope: SYSCALL_SERVES: connections may be accepted on a socket that listens already, read, answered and
 * shut down; still no socket can be made, bound or connected, and nothing sent to an address.
 * SYSCALL_CONNECTS: TCP sockets may be made and connected, read, written and shut down; to which ports is
 * Landlock's matter. SYSCALL_RECEIVES: datagrams may be read from a socket that is bound already, and nothing
 * sent. 0: none of these.
 *
 * The answers, and why: what is not listed fails with EPERM, so that a mistake of ours, or a library that
 * reaches for something new, shows as an error that is reported, not as a dead sentinel; clone3 and openat2
 * fail with ENOSYS, because their flags lie in memory where a filter cannot read them, and ENOSYS makes the C
 * library fall back to the call that can be judged; only a system call of another architecture (int 0x80,
 * x32) kills the process: none of our code contains one, so it is somebody else's.
 *
 * Returns 0, or -errno with e filled (nothing is in force then): what the kernel said, or -EINVAL / -ENOMEM
 * from building. */
enum { SYSCALL_SERVES = 1, SYSCALL_CONNECTS = 2, SYSCALL_RECEIVES = 4 };
int syscall_filter_load(int write_fd, unsigned scope, struct error *e);

/* Writes the filter's program (an array of struct sock_filter) for an architecture, SCMP_ARCH_NATIVE or
 * another of libseccomp's tokens, to fd. For tests and for reading; loads nothing. Returns 0 or -errno. */
int syscall_filter_export(unsigned architecture, int write_fd, unsigned scope, int fd);

#endif
