/* SPDX-License-Identifier: MIT
 * What was found when the forbidden attempts were tried, for people and as JSON. */
#ifndef COHERENCE_CLI_VERIFY_REPORT_H
#define COHERENCE_CLI_VERIFY_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "sandbox/attempts.h"
#include "sandbox/seal.h"

#define VERIFY_ATTEMPTS_MAX 256 /* rows of a table */
#define VERIFY_LINES_MAX    64
#define VERIFY_LINE_MAX     256

/* One process that tried everything: the sealed one, the deep sense, or one without a seal, to see what a
 * refusal proves. In memory that it shares with its parent. */
struct verify_run {
    int32_t victim; /* the process that was tried upon */
    bool done;      /* it tried everything */
    int status;     /* exit status where it could not be sealed */
    struct seal_report seal;
    int results[VERIFY_ATTEMPTS_MAX];      /* 0 or -errno, as the rows of attempts */
    int deep_results[VERIFY_ATTEMPTS_MAX]; /* as the rows of deep_attempts */
    uint64_t values;                       /* samples that the sources gave in one round */
    uint32_t line_count;                   /* what the sources cannot read, and why */
    char lines[VERIFY_LINES_MAX][VERIFY_LINE_MAX];
    char fault[ERROR_TEXT_MAX]; /* why it is not done; "" = it ended */
};

struct verify_report {
    const struct verify_run *bare, *sealed;
    const struct verify_run *deep; /* NULL: there is none */
    const char *deep_absence;      /* why */
};

/* Appends both tables and the sums as text, or one JSON object and a newline. */
void verify_write_text(const struct verify_report *v, struct text *out);
void verify_write_json(const struct verify_report *v, struct text *out);

/* Calls say for everything that speaks against the seal, in words: each attempt that was possible, each file
 * that the sources lost by it. Returns how many there are. */
size_t verify_faults(const struct verify_report *v, void (*say)(const char *format, ...));

#endif
