/* SPDX-License-Identifier: MIT
 * Asks terminfo before anything about the terminal is changed. A file of its own because term.h takes words
 * like "lines" and "columns" away. */
#include "output/tui/terminal.h"

#include <curses.h>
#include <term.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

int terminal_check(struct error *e)
{
    const char *type = getenv("TERM");
    int found = 0;

    if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO))
        return error_set(e, -ENOTTY, "standard input and output are no terminal");
    if (!type || !*type)
        return error_set(e, -ENOTTY, "cannot draw: TERM is not set, so the terminal's type is not known");
    if (setupterm(NULL, STDOUT_FILENO, &found) == ERR)
        return error_set(
            e, -ENOTTY, "cannot draw: terminal type '%s' (TERM) is not known on this host", type);
    bool draws = cursor_address != NULL;
    del_curterm(cur_term);
    if (!draws)
        return error_set(e, -ENOTTY, "cannot draw: terminal type '%s' (TERM) has no cursor addressing", type);
    return 0;
}
