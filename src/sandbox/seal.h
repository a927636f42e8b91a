/* SPDX-License-Identifier: MIT
 * The seal: no-new-privileges, Landlock, seccomp; put on before the first thread exists and before the first outside byte is parsed. After it the process
 * cannot open a file for writing, start a program, open a socket or signal another process, whatever a parser is made to do. */
#ifndef COHERENCE_SANDBOX_SEAL_H
#define COHERENCE_SANDBOX_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/option.h"

enum seal_mode { SEAL_REQUIRED, SEAL_AUTO, SEAL_OFF };

struct seal_options {
    int mode; /* enum seal_mode; "sandbox:" in the configuration */
};
extern const struct option_row seal_option_rows[];
extern const size_t seal_option_count;

#define SEAL_PATHS_MAX 16

/* What the process still needs after the seal; everything else is refused. */
struct seal_rules {
    const char *read_paths[SEAL_PATHS_MAX]; /* trees that may be opened for reading; NULL-terminated */
};

/* What holds now. */
struct seal_report {
    bool no_new_privileges;
    int landlock_abi; /* 0 = none */
    bool landlock;
    bool seccomp;
    char missing[256]; /* what could not be put on and why; "" = nothing */
};

/* Puts the seal on. mode required: anything missing is an error (-EPERM or -ENOSYS with e filled); auto: what the kernel offers; off: nothing but the report.
 * Also: core dumps off, not dumpable. Irreversible. Returns 0 or -errno. */
int seal_apply(enum seal_mode mode, const struct seal_rules *rules, struct seal_report *report, struct error *e);

#endif
