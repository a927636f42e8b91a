/* SPDX-License-Identifier: MIT
 * Finds a value in the text of a .env file, strictly: what a shell, a container runtime and a library would
 * read differently is refused, so that no key is taken for another. Opening the file, and who may read it, is
 * the caller's matter. */
#include "ingestion/datadog/env_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define EXPORT "export "

static bool is_name(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Is what follows a value nothing, or a comment? */
static bool is_rest(const char *p, const char *end)
{
    const char *begin = p;

    while (p < end && is_blank(*p))
        p++;
    return p == end || (*p == '#' && p > begin);
}

/* The value at p. NULL: it is none of the forms. */
static const char *read_value(const char *p, const char *end, size_t *ret_n)
{
    const char quote = p < end && (*p == '"' || *p == '\'') ? *p : '\0';
    const char *begin = quote ? p + 1 : p, *stop = begin;

    while (stop < end && *stop != quote && *stop != '"' && *stop != '\'' && *stop != '$' && *stop != '\\' &&
           *stop >= ' ' && (quote || !is_blank(*stop)))
        stop++;
    *ret_n = (size_t)(stop - begin);
    if (quote && (stop == end || *stop != quote))
        return NULL;
    return is_rest(quote ? stop + 1 : stop, end) ? begin : NULL;
}

/* One line. Returns 1 when it holds the name, with its value; 0; -EINVAL with *ret_why. */
static int read_line(const char *p, const char *end, const char *name, const char **ret_value, size_t *ret_n,
    const char **ret_why)
{
    const size_t export_n = sizeof(EXPORT) - 1;

    while (p < end && is_blank(*p))
        p++;
    if (p == end || *p == '#')
        return 0;
    if ((size_t)(end - p) > export_n && memcmp(p, EXPORT, export_n) == 0)
        p += export_n;
    const char *begin = p;
    while (p < end && is_name(*p, p == begin))
        p++;
    *ret_why = "expected NAME=value or a comment";
    if (p == begin || p == end || *p != '=')
        return -EINVAL;
    if ((size_t)(p - begin) != strlen(name) || memcmp(begin, name, (size_t)(p - begin)) != 0)
        return 0;
    *ret_why = "the value must be plain, or between quotes, without blanks, quotes, $ and \\ in it";
    *ret_value = read_value(p + 1, end, ret_n);
    return *ret_value ? 1 : -EINVAL;
}

int env_file_find(
    const char *bytes, size_t n, const char *name, const char **ret_value, size_t *ret_n, struct error *e)
{
    const char *p = bytes, *all = bytes + n, *value = NULL, *why = "";
    size_t value_n = 0;
    uint32_t line = 0;

    while (p < all) {
        const char *newline = memchr(p, '\n', (size_t)(all - p)), *end = newline ? newline : all, *one;
        size_t one_n;
        line++;
        size_t line_n = (size_t)(end - p);
        line_n -= line_n > 0 && p[line_n - 1] == '\r';
        end = p + line_n;
        int r = memchr(p, '\0', line_n) ? -EINVAL : read_line(p, end, name, &one, &one_n, &why);
        if (r == 1 && value) {
            r = -EINVAL;
            why = "the name is there for the second time";
        }
        if (r < 0)
            return error_set_at(e, -EINVAL, NULL, line, 0, "%s", why[0] ? why : "holds a NUL byte");
        if (r == 1) {
            value = one;
            value_n = one_n;
        }
        p = newline ? newline + 1 : all;
    }
    if (value_n == 0)
        return 0;
    *ret_value = value;
    *ret_n = value_n;
    return 1;
}
