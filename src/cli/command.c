/* SPDX-License-Identifier: MIT
 * Turns the command line into the run of one command, and the tables into help. */
#include "cli/command.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/session.h"

const struct command *const command_table[] = {&command_live, &command_run, &command_simulate,
    &command_replay, &command_record, &command_backtest, &command_incidents, &command_explain,
    &command_baseline, &command_check_config, &command_doctor, &command_verify_sandbox, NULL};

#define HELP_MAX 65536

static int print(const struct text *t)
{
    static struct out out;
    out_init(&out, STDOUT_FILENO, true);
    out_lines(&out, t->data, t->length);
    int r = out_flush(&out);
    if (r == 0 || r == -EPIPE)
        return STATUS_FINE;
    session_say("cannot write to standard output: %s", strerror(-r));
    return STATUS_FAILURE;
}

static int print_help(const struct command *only)
{
    static char bytes[HELP_MAX];
    struct text t;

    text_init(&t, bytes, sizeof(bytes));
    if (only) {
        text_addf(&t, "usage: coherence %s [OPTIONS]%s%s\n\n%s\n\n", only->name, only->operands[0] ? " " : "",
            only->operands, only->summary);
        arguments_describe(&t, only->bit);
        if (only->bit != FOR_CHECK)
            text_add(&t, "\n'coherence --help' lists every configuration key; each can be set with --set "
                         "KEY=VALUE.\n");
        return print(&t);
    }
    text_add(&t, "Coherence: the variance sentinel. It reads, judges and advises; it never writes, connects "
                 "or acts unless told to.\n\n"
                 "usage: coherence COMMAND [OPTIONS]\n\ncommands:\n");
    for (size_t i = 0; command_table[i]; i++) {
        size_t from = t.length;
        text_addf(&t, "  %s %s", command_table[i]->name, command_table[i]->operands);
        arguments_end_row(&t, from, command_table[i]->summary);
    }
    text_add(&t, "\nWithout a command, options mean 'run'. 'coherence COMMAND --help' says what a command "
                 "knows.\n\noptions of all commands together:\n");
    arguments_describe(&t, ~0U);
    text_add(&t, "\nconfiguration (file with -c, environment, --set):\n");
    config_describe(&t);
    return print(&t);
}

static int print_version(void)
{
    char bytes[64];
    struct text t;
    text_init(&t, bytes, sizeof(bytes));
    text_add(&t, "coherence " COHERENCE_VERSION "\n");
    return print(&t);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; command_table[i]; i++)
        if (strcmp(command_table[i]->name, name) == 0)
            return command_table[i];
    return NULL;
}

static int refuse_command(const char *name)
{
    const struct command *nearest = NULL;
    unsigned best = UINT_MAX;
    for (size_t i = 0; command_table[i]; i++) {
        unsigned d =
            option_distance(command_table[i]->name, strlen(command_table[i]->name), name, strlen(name));
        if (d < best) {
            best = d;
            nearest = command_table[i];
        }
    }
    if (nearest && option_is_near(best, strlen(name)))
        session_say("unknown command '%s'; did you mean '%s'?", name, nearest->name);
    else
        session_say("unknown command '%s'; 'coherence --help' lists them", name);
    return STATUS_USAGE;
}

int command_main(int argc, char *const argv[])
{
    static struct arguments a;
    struct error e;

    session_begin_process();
    if (arguments_read(&a, argc, argv, &e)) {
        session_say_error(&e);
        return STATUS_USAGE;
    }
    const struct command *c = a.command ? find_command(a.command) : NULL;
    if (a.command && !c)
        return refuse_command(a.command);
    if (a.help)
        return print_help(c);
    if (a.version)
        return print_version();
    if (argc < 2) {
        print_help(NULL);
        return STATUS_USAGE;
    }
    if (!c)
        c = &command_run;
    if (arguments_check(&a, c->bit, c->name, &e)) {
        session_say_error(&e);
        return STATUS_USAGE;
    }
    return c->run(&a);
}
