/* SPDX-License-Identifier: MIT
 * A bounded list of sentences. What does not fit is counted, and said as a count by whoever reads the list.
 */
#include "cli/notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/session.h"

static void keep(struct notes *n, const char *text)
{
    char *copy = n->count < NOTES_MAX ? strdup(text) : NULL;
    if (!copy) {
        n->left_out++;
        return;
    }
    n->texts[n->count++] = copy;
    session_say("%s", text);
}

void notes_add(struct notes *n, const char *format, ...)
{
    char text[ERROR_FILE_MAX + ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    keep(n, text);
}

void notes_add_error(struct notes *n, const struct error *e)
{
    char text[ERROR_FILE_MAX + ERROR_TEXT_MAX + 64];
    keep(n, error_format(e, text, sizeof(text)));
}

void notes_done(struct notes *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->texts[i]);
    *n = (struct notes){0};
}
