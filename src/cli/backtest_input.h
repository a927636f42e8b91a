/* SPDX-License-Identifier: MIT
 * Where the history of a backtest comes from. Whatever can run into a feed fits: files of CSV, JSON
 * lines and recordings do today. */
#ifndef COHERENCE_CLI_BACKTEST_INPUT_H
#define COHERENCE_CLI_BACKTEST_INPUT_H

#include <stdbool.h>

#include "cli/arguments.h"
#include "cli/notes.h"
#include "cli/progress.h"
#include "core/feed.h"
#include "ingestion/replay/replay.h"

/* A source of a whole history. Returns 0; -EINTR: `stop` was set; else what went wrong, with e filled: what
 * was delivered before stays. */
struct backtest_source {
    void *context;
    int (*run)(void *context, const struct feed *feed, const volatile int *stop, struct notes *notes,
        struct error *e);
};

struct backtest_files {
    struct {
        struct byte_stream *stream;
        struct replay *replay; /* NULL: of a recording */
        bool is_recording;
    } inputs[ARGUMENTS_OPERANDS_MAX];
    size_t count, at; /* at: the one that is being read */
    struct progress progress;
};

/* Before the seal: opens the operands. Returns an exit status. */
int backtest_files_open(struct backtest_files *f, const struct arguments *a);

/* After it: looks at their beginnings. Returns an exit status. */
int backtest_files_recognise(struct backtest_files *f, const struct arguments *a);

/* One after the other, in the order of their times. */
struct backtest_source backtest_files_source(struct backtest_files *f);

void backtest_files_close(struct backtest_files *f);

#endif
