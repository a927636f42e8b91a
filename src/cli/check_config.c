/* SPDX-License-Identifier: MIT
 * coherence check-config FILE: every problem with its place; nothing else is done. */
#include <errno.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/session.h"

static void say(void *context, const struct error *e)
{
    (void)context;
    session_say_error(e);
}

static int run(const struct arguments *a)
{
    if (a->operand_count != 1) {
        session_say(
            "check-config takes one file; /etc/coherence/coherence.yaml is where run looks by itself");
        return STATUS_USAGE;
    }
    int r = config_check(a->operands[0], say, NULL);
    if (r)
        return r == -ENOMEM ? STATUS_FAILURE : STATUS_USAGE;
    if (a->dump_config) {
        static struct session s;
        struct arguments with = *a;
        with.config_file = a->operands[0];
        return session_close(&s, session_open(&s, &with, true));
    }
    return STATUS_FINE;
}

const struct command command_check_config = {
    .name = "check-config",
    .bit = FOR_CHECK,
    .operands = "FILE",
    .summary = "every problem of a configuration with file, line and column",
    .run = run,
};
