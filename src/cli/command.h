/* SPDX-License-Identifier: MIT
 * One command of the program: a row of the table from which help and dispatch come. */
#ifndef COHERENCE_CLI_COMMAND_H
#define COHERENCE_CLI_COMMAND_H

#include "cli/arguments.h"

struct command {
    const char *name;
    unsigned bit;                          /* enum command_bit */
    const char *operands;                  /* how they are called in help: "FILE... | -" */
    const char *summary;                   /* one line, lower case */
    int (*run)(const struct arguments *a); /* returns an exit status */
};

extern const struct command command_live, command_run, command_simulate, command_replay, command_check_config,
    command_doctor, command_incidents, command_record, command_baseline, command_explain, command_backtest,
    command_verify_sandbox;

/* All of them in the order of help, ended by NULL. */
extern const struct command *const command_table[];

/* Reads the words, finds the command, runs it. Returns the exit status. */
int command_main(int argc, char *const argv[]);

#endif
