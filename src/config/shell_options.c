/* SPDX-License-Identifier: MIT
 * The option rows of the program around the engine: where state lives, how output looks. */
#include "config/shell_options.h"

static const char *const formats[] = {"text", "json", "logfmt", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

#define CHOICE(key_, field_, choices_, fallback_, help_)                                                     \
    {                                                                                                        \
        .key = key_, .type = OPTION_CHOICE, .offset = offsetof(struct shell_options, field_),                \
        .choices = choices_, .fallback = fallback_, .unit = "", .help = help_                                \
    }

const struct option_row shell_option_rows[] = {
    {.key = "state_dir",
        .type = OPTION_TEXT,
        .offset = offsetof(struct shell_options, state_dir),
        .fallback = "",
        .unit = "absolute path",
        .help = "directory for history and baselines; without one nothing is ever written"},
    CHOICE("format", format, formats, "text", "how events are written to standard output"),
    CHOICE("color", color, colors, "auto",
        "colours in text output; auto: when it goes to a terminal and NO_COLOR is not set"),
};
const size_t shell_option_count = sizeof(shell_option_rows) / sizeof(shell_option_rows[0]);
