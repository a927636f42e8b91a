/* SPDX-License-Identifier: MIT
 * The settings that belong to no sense, law or seal but to the program around them. */
#ifndef COHERENCE_CONFIG_SHELL_OPTIONS_H
#define COHERENCE_CONFIG_SHELL_OPTIONS_H

#include <stddef.h>

#include "base/option.h"

/* In the order of the choices "text", "json", "logfmt". */
enum shell_format { SHELL_FORMAT_TEXT, SHELL_FORMAT_JSON, SHELL_FORMAT_LOGFMT };
/* "auto", "always", "never". */
enum shell_color { SHELL_COLOR_AUTO, SHELL_COLOR_ALWAYS, SHELL_COLOR_NEVER };

struct shell_options {
    char state_dir[OPTION_TEXT_MAX]; /* "" = nothing is ever written; else an absolute path (config_validate)
                                      */
    int format;                      /* enum shell_format: of what goes to standard output */
    int color;                       /* enum shell_color */
};

extern const struct option_row shell_option_rows[];
extern const size_t shell_option_count;

#endif
