/* SPDX-License-Identifier: MIT
 * The words of the command line, as a table of flags: what each sets, whether it takes a value, which
 * commands know it. */
#ifndef COHERENCE_CLI_ARGUMENTS_H
#define COHERENCE_CLI_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"

#define ARGUMENTS_OPERANDS_MAX 256
#define ARGUMENTS_SETTINGS_MAX 64

/* What is watched. Live: this host, and beside it what is configured; the others: that and nothing else. */
enum argument_source {
    SOURCE_LIVE,
    SOURCE_SIMULATION,
    SOURCE_DATADOG,
    SOURCE_PROMETHEUS,
    SOURCE_REMOTE_WRITE,
    SOURCE_OTLP,
    SOURCE_STATSD
};

/* A flag that stands for a configuration key, kept until files and environment have been read: flags win. */
struct argument_setting {
    const char *flag; /* as written, for messages */
    const char *key;
    char key_text[64]; /* of --set */
    const char *value;
};

#define ARGUMENTS_QUERIES_MAX 31

struct arguments {
    const char *command;     /* name; NULL: none was given */
    const char *config_file; /* NULL: none */
    const char *csv_file;    /* NULL: none */
    const char *jsonl_file;  /* NULL: none */
    const char *record_file; /* NULL: none */
    const char *root;        /* "" = this host */
    const char *input;       /* csv, jsonl, recording; NULL = recognised */
    const char *outages, *lead, *merge, *budgets, *html_file, *label_file; /* of backtest; NULL: not given */
    const char *prometheus, *step, *token_file; /* of a history out of Prometheus; NULL: not given */
    const char *queries[ARGUMENTS_QUERIES_MAX];
    size_t query_count;
    enum argument_source source;
    uint64_t seed;
    int64_t duration_ns;   /* 0: not limited */
    int64_t from_ns;       /* INT64_MIN: from the beginning; --since too */
    int64_t to_ns;         /* INT64_MAX: to the end; --until too */
    int64_t judge_from_ns; /* INT64_MIN: from the beginning */
    uint64_t given;        /* a bit for each flag of the table that was there */
    bool ticks, exit_code, realtime, help, version, dump_config;
    const char *host, *kind, *severity, *law; /* of the history; NULL: any */
    bool open;
    bool given_limit;
    uint32_t limit; /* 0: none */
    struct argument_setting settings[ARGUMENTS_SETTINGS_MAX];
    size_t setting_count;
    const char *operands[ARGUMENTS_OPERANDS_MAX];
    size_t operand_count;
};

/* Which commands know a flag: a bit each, in the order of the command table. */
enum command_bit {
    FOR_LIVE = 1,
    FOR_RUN = 2,
    FOR_SIMULATE = 4,
    FOR_REPLAY = 8,
    FOR_CHECK = 16,
    FOR_DOCTOR = 32,
    FOR_INCIDENTS = 64,
    FOR_RECORD = 128,
    FOR_BASELINE = 256,
    FOR_EXPLAIN = 512,
    FOR_BACKTEST = 1024,
    FOR_VERIFY = 2048
};

/* Reads argv[1..argc-1]. Strings are borrowed from argv. Returns 0, or -EINVAL with a text that names the
 * word and the nearest flag. */
int arguments_read(struct arguments *a, int argc, char *const argv[], struct error *e);

/* Every flag given belongs to a command with that bit: 0, or -EINVAL with e filled. */
int arguments_check(const struct arguments *a, unsigned command_bit, const char *command, struct error *e);

/* Applies the flags that stand for configuration keys. Returns 0 or -EINVAL with e filled. */
int arguments_apply(const struct arguments *a, struct config *c, struct error *e);

/* A flag for those who write about it. */
struct argument_flag {
    const char *name, *word,
        *help;         /* word: how its value is called, NULL: it takes none; help NULL: not shown */
    unsigned commands; /* enum command_bit of those that know it */
};

/* Flag number i, from 0 while it returns true. */
bool arguments_flag(size_t i, struct argument_flag *ret);

/* Ends the row of a list that began at byte `from` of out with its help, in the column of all; below the row
 * where that is too long. */
void arguments_end_row(struct text *out, size_t from, const char *help);

/* Writes the flags of a command (bit) with their help. */
void arguments_describe(struct text *out, unsigned command_bit);

#endif
