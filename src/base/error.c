/* SPDX-License-Identifier: MIT
 * Fills an error with its code, place and text, and writes it as the one line that a person reads. Deciding
 * whether it is worth a line, and where that line goes, is the caller's. */
#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* vsnprintf cuts anywhere; text_addf's rule (no half UTF-8 sequence) is kept by going through a text. */
static void fill(struct error *e, int code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void fill(struct error *e, int code, const char *format, va_list args)
{
    struct text t;
    text_init(&t, e->text, sizeof e->text);
    text_addv(&t, format, args);
    e->code = code;
}

int error_set(struct error *e, int code, const char *format, ...)
{
    if (e == NULL)
        return code;
    e->file[0] = '\0';
    e->line = 0;
    e->column = 0;
    va_list args;
    va_start(args, format);
    fill(e, code, format, args);
    va_end(args);
    return code;
}

int error_set_at(
    struct error *e, int code, const char *file, uint32_t line, uint32_t column, const char *format, ...)
{
    if (e == NULL)
        return code;
    struct text t;
    text_init(&t, e->file, sizeof e->file);
    if (file != NULL)
        text_add(&t, file);
    e->line = line;
    e->column = column;
    va_list args;
    va_start(args, format);
    fill(e, code, format, args);
    va_end(args);
    return code;
}

const char *error_format(const struct error *e, char *out, uint32_t out_size)
{
    assert(out_size >= 1);
    struct text t;
    text_init(&t, out, out_size);
    if (e->file[0] != '\0') {
        text_add_printable(&t, e->file, strnlen(e->file, sizeof e->file));
        text_add_char(&t, ':');
    }
    if (e->line != 0) {
        if (e->file[0] == '\0')
            text_add(&t, "line ");
        text_add_uint(&t, e->line);
        text_add_char(&t, ':');
        if (e->column != 0) {
            text_add_uint(&t, e->column);
            text_add_char(&t, ':');
        }
    }
    if (t.length > 0)
        text_add_char(&t, ' ');
    text_add_printable(&t, e->text, strnlen(e->text, sizeof e->text));
    return out;
}
