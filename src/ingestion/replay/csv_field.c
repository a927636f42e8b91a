/* SPDX-License-Identifier: MIT
 * One field of comma-separated values at a time (RFC 4180): where it begins and ends, and what follows. It
 * converts nothing. Stricter than many readers on purpose, because a guess would be silent: a quote inside an
 * unquoted field, text after a closing quote and a carriage return that does not end the line are faults.
 * Lines may end in LF or CRLF, also mixed within a file: both are unambiguous. */
#include "ingestion/replay/csv.h"

#include <string.h>

/* Bytes at which an unquoted field needs a decision. */
static const bool special[256] = {['\n'] = true, ['\r'] = true, ['"'] = true, [','] = true, ['\0'] = true};

static enum csv_after fault(struct csv_field *f, const char *at, const char *what)
{
    f->raw = at;
    f->raw_n = 0;
    f->fault = what;
    return CSV_FAULT;
}

/* What follows a field that ended at p. */
static enum csv_after after(const char *p, const char *end, struct csv_field *f, const char **ret_next)
{
    if (p < end && *p == ',') {
        *ret_next = p + 1;
        return CSV_COMMA;
    }
    if (p < end && *p == '\n') {
        *ret_next = p + 1;
        return CSV_LINE;
    }
    if (end - p >= 2 && p[0] == '\r' && p[1] == '\n') {
        *ret_next = p + 2;
        return CSV_LINE;
    }
    if (p < end && *p == '\0')
        return fault(f, p, "NUL byte");
    if (p < end && *p == '\r')
        return fault(f, p, "carriage return that does not end the line");
    return p < end ? fault(f, p, "text after the closing quote") : CSV_CUT;
}

static enum csv_after quoted_field(const char *p, const char *end, struct csv_field *f, const char **ret_next)
{
    const char *at = p + 1;
    f->text = at;
    for (;;) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (quote == NULL)
            return CSV_CUT;
        if (quote + 1 < end && quote[1] == '"') {
            f->doubled = true;
            at = quote + 2;
            continue;
        }
        f->n = (size_t)(quote - f->text);
        f->raw_n = f->n + 2;
        break;
    }
    if (f->n > CSV_FIELD_MAX)
        return fault(f, p, "field longer than 65536 bytes");
    f->newline = memchr(f->text, '\n', f->n) != NULL;
    const char *nul = memchr(f->text, '\0', f->n);
    if (nul != NULL)
        return fault(f, nul, "NUL byte");
    return after(f->text + f->n + 1, end, f, ret_next);
}

enum csv_after csv_field_next(const char *p, const char *end, struct csv_field *f, const char **ret_next)
{
    *f = (struct csv_field){.raw = p, .text = p};
    if (p < end && *p == '"')
        return quoted_field(p, end, f, ret_next);
    const char *at = p;
    while (at < end && !special[(unsigned char)*at])
        at++;
    f->n = f->raw_n = (size_t)(at - p);
    if (f->n > CSV_FIELD_MAX)
        return fault(f, p, "field longer than 65536 bytes");
    if (at < end && *at == '"')
        return fault(f, at, "quote inside an unquoted field");
    return after(at, end, f, ret_next);
}

size_t csv_field_text(const struct csv_field *f, char *out)
{
    if (!f->doubled) {
        memcpy(out, f->text, f->n);
        return f->n;
    }
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        out[n++] = f->text[i];
        if (f->text[i] == '"')
            i++; /* its double */
    }
    return n;
}
