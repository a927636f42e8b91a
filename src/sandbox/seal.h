/* SPDX-License-Identifier: MIT
 * The seal: no-new-privileges, Landlock, seccomp; put on before the first thread exists and before the first
 * outside byte is parsed. After it the process cannot open a file for writing, start a program, open a socket
 * or signal another process, whatever a parser is made to do; with a state directory it can write there and
 * nowhere else. */
#ifndef COHERENCE_SANDBOX_SEAL_H
#define COHERENCE_SANDBOX_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/option.h"

enum seal_mode { SEAL_REQUIRED, SEAL_AUTO, SEAL_OFF };

struct seal_options {
    int mode; /* enum seal_mode; "sandbox:" in the configuration */
};
extern const struct option_row seal_option_rows[];
extern const size_t seal_option_count;

#define SEAL_PATHS_MAX 48

/* What the process still needs after the seal; everything else is refused. */
struct seal_rules {
    const char *read_paths[SEAL_PATHS_MAX]; /* trees or files that may be opened for reading, from the front
                                               until NULL; one that does not exist is skipped */
    int write_fd;  /* a directory, open for reading, in which plain files may be made, written, renamed and
                      removed through this descriptor; 0 or less: nothing may be written anywhere */
    bool serves;   /* connections may be accepted on sockets that listen already (docs/http.md) */
    bool receives; /* datagrams may be read from sockets that are bound already (docs/statsd.md) */
    const uint16_t *connect_ports; /* TCP ports to which connections may be made (docs/alerts.md); a kernel
                                      whose Landlock is older than ABI 4 does not look at the port */
    size_t connect_count;          /* 0: no connection may be made, and no socket */
    int pretend_landlock_abi; /* for tests: 0 = what the kernel has, 1..7 = at most this ABI, -1 = a kernel
                                 without Landlock */
};

/* What holds now. */
struct seal_report {
    bool no_new_privileges;
    bool capabilities; /* of the capabilities only those are left that are kept */
    int landlock_abi;  /* the ABI in force, 1..7; 0 = none */
    bool landlock;
    bool seccomp;
    bool writes;       /* write_fd was given: one directory may be written */
    bool serves;       /* connections may be accepted */
    bool receives;     /* datagrams may be read */
    bool connects;     /* connections may be made */
    char missing[256]; /* what could not be put on and why; "" = nothing */
};

/* Puts the seal on, in this order: no-new-privileges, capabilities given up, not dumpable, no core dumps,
 * Landlock, seccomp; then tries two forbidden things, and what it can do nevertheless counts as missing.
 * rules: borrowed for the call. report: filled in every case, also on error. e: may be NULL. mode required:
 * anything missing is an error; auto: what the kernel offers; off: nothing is done, and the report says so.
 * An older Landlock ABI is not missing: seccomp refuses, for every file and socket, what that ABI cannot.
 * Irreversible, also after an error: what was put on stays on. What keeps working: every descriptor that is
 * already open, with the rights it was opened with (a CSV file, a terminal, the state file); threads; memory
 * that is not executable. What does not, and so belongs before the seal: setlocale, tzset, initscr (or its
 * terminfo trees in read_paths), dlopen, names of users and hosts, opening outputs. Not dumpable also means
 * that without root the process cannot read its own /proc/self/io, fd, maps and smaps. Returns 0; -ENOSYS
 * (required: this kernel lacks a layer), -EPERM (required: a layer is there but could not be put on, or does
 * not hold). */
int seal_apply(
    enum seal_mode mode, const struct seal_rules *rules, struct seal_report *report, struct error *e);

#endif
