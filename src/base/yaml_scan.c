/* SPDX-License-Identifier: MIT
 * Goes over the bytes of a YAML text line by line and names what the strict subset refuses whatever the
 * structure is: encodings other than UTF-8, byte order marks, tabs, control characters, line breaks that only
 * some readers see. It knows nothing of keys and values: base/yaml.c reads those from the bytes that this
 * pass has made harmless. */
#include "base/yaml_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/yaml.h"

/* The line that is being looked at; each sort of fault is said once for it. */
struct line {
    uint32_t number;
    size_t start; /* offset of its first byte */
    bool blank_so_far;
    bool comment;
    bool said_tab, said_control, said_utf8, said_break;
};

void yaml_report(struct yaml_reporter *r, uint32_t line, uint32_t column, const char *format, ...)
{
    if (r->full)
        return;
    struct error e;
    if (r->count >= YAML_PROBLEMS_MAX) {
        r->full = true;
        error_set_at(&e, -EBADMSG, r->name, line, column,
            "more than %u problems: this one and what follows is not shown; mend those above and check again",
            YAML_PROBLEMS_MAX);
    } else {
        char said[ERROR_TEXT_MAX];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(said, sizeof(said), format, arguments);
        va_end(arguments);
        error_set_at(&e, -EBADMSG, r->name, line, column, "%s", said);
    }
    r->count++;
    if (r->problem)
        r->problem(r->context, &e);
}

/* Bytes of the well-formed UTF-8 sequence at p[0..n), n >= 1; 0 when there is none. Source: Unicode 15, table
 * 3-7. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    unsigned char low = 0x80, high = 0xBF;
    size_t length;

    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xC2 && p[0] <= 0xDF)
        length = 2;
    else if ((p[0] & 0xF0) == 0xE0)
        length = 3;
    else if (p[0] >= 0xF0 && p[0] <= 0xF4)
        length = 4;
    else
        return 0;
    if (p[0] == 0xE0)
        low = 0xA0;
    else if (p[0] == 0xED)
        high = 0x9F;
    else if (p[0] == 0xF0)
        low = 0x90;
    else if (p[0] == 0xF4)
        high = 0x8F;
    if (n < length || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

static uint32_t column_of(const struct line *line, size_t at)
{
    return (uint32_t)(at - line->start + 1);
}

static void report_tab(struct yaml_scan *scan, struct line *line, size_t at, struct yaml_reporter *r)
{
    if (line->blank_so_far)
        scan->indented_by_tab = true;
    if (line->said_tab)
        return;
    line->said_tab = true;
    if (line->blank_so_far)
        yaml_report(r, line->number, column_of(line, at), "a tab indents this line; indent with spaces");
    else
        yaml_report(
            r, line->number, column_of(line, at), "a tab; use spaces, or \"\\t\" inside double quotes");
}

static void report_control(struct line *line, size_t at, unsigned code, struct yaml_reporter *r)
{
    if (line->said_control)
        return;
    line->said_control = true;
    if (code == 0)
        yaml_report(r, line->number, column_of(line, at), "a NUL byte; remove it");
    else
        yaml_report(r, line->number, column_of(line, at), "control character U+%04X; remove it", code);
}

static void report_break(struct line *line, size_t at, const char *what, struct yaml_reporter *r)
{
    if (line->said_break)
        return;
    line->said_break = true;
    yaml_report(r, line->number, column_of(line, at),
        "%s is a line break to some readers and not to others; end lines with LF", what);
}

/* What stands in for an offending byte: what keeps the structure around it most nearly as it was meant. */
static char harmless(unsigned char c)
{
    return c == '\t' ? ' ' : c == '%' ? '#' : '_';
}

/* One byte below 0x80 that is not a printable one. Returns false when it may stay. */
static bool refuse_ascii(const char *bytes, size_t n, size_t at, struct line *line, struct yaml_scan *scan,
    struct yaml_reporter *r)
{
    const unsigned char c = (unsigned char)bytes[at];

    if (c == '\t') {
        if (line->comment)
            return false;
        report_tab(scan, line, at, r);
    } else if (c == '\r') {
        if (at + 1 < n && bytes[at + 1] == '\n')
            return false;
        report_break(line, at, "a carriage return without line feed", r);
    } else if (c == '%' && at == line->start) {
        yaml_report(r, line->number, 1, "a directive ('%%YAML' or '%%TAG'); remove the line");
        line->comment = true;
    } else if (c < 0x20 || c == 0x7F) {
        report_control(line, at, c, r);
    } else {
        return false;
    }
    return true;
}

/* One well-formed sequence of `length` >= 2 bytes. Returns false when it may stay. */
static bool refuse_wide(
    const unsigned char *p, size_t length, size_t at, struct line *line, struct yaml_reporter *r)
{
    if (length == 2 && p[0] == 0xC2 && p[1] < 0xA0) {
        if (p[1] == 0x85)
            report_break(line, at, "U+0085 (next line)", r);
        else
            report_control(line, at, p[1], r);
    } else if (length == 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9)) {
        report_break(line, at, p[2] == 0xA8 ? "U+2028 (line separator)" : "U+2029 (paragraph separator)", r);
    } else if (length == 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) {
        report_control(line, at, 0xFEFF, r);
    } else if (length == 3 && p[0] == 0xEF && p[1] == 0xBF && p[2] >= 0xBE) {
        report_control(line, at, p[2] == 0xBE ? 0xFFFE : 0xFFFF, r);
    } else {
        return false;
    }
    return true;
}

/* Byte order marks and UTF-16 or UTF-32 without one (a NUL in the first character). */
static struct yaml_scan scan_start(const char *bytes, size_t n, struct yaml_reporter *r)
{
    struct yaml_scan scan = {0};

    if (n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        yaml_report(r, 1, 1, "the file begins with a UTF-8 byte order mark; save it as UTF-8 without one");
        scan.start = 3;
    } else if (n >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)) {
        yaml_report(r, 1, 1, "the file begins with a UTF-16 byte order mark; save it as UTF-8 without one");
        scan.hopeless = true;
    } else if (n >= 2 && (bytes[0] == '\0') != (bytes[1] == '\0')) {
        yaml_report(r, 1, 1, "the file looks like UTF-16 (a NUL in its first character); save it as UTF-8");
        scan.hopeless = true;
    }
    return scan;
}

struct yaml_scan yaml_scan_bytes(char *bytes, size_t n, struct yaml_reporter *r)
{
    struct yaml_scan scan = scan_start(bytes, n, r);
    struct line line = {.number = 1, .blank_so_far = true};
    size_t at = scan.start;

    while (at < n && !scan.hopeless && !r->full) {
        const unsigned char *p = (const unsigned char *)bytes + at;
        const size_t length = utf8_length(p, n - at);
        bool refused;

        if (*p == '\n') {
            line = (struct line){.number = line.number + 1, .start = ++at, .blank_so_far = true};
            continue;
        }
        if (length == 0) {
            if (!line.said_utf8)
                yaml_report(r, line.number, column_of(&line, at),
                    "byte 0x%02X is not UTF-8; save the file as UTF-8", *p);
            line.said_utf8 = refused = true;
        } else if (length == 1) {
            refused = refuse_ascii(bytes, n, at, &line, &scan, r);
        } else {
            refused = refuse_wide(p, length, at, &line, r);
        }
        if (line.blank_so_far && *p == '#')
            line.comment = true;
        if (*p != ' ' && *p != '\t')
            line.blank_so_far = false;
        const size_t step = length ? length : 1;
        if (refused)
            memset(bytes + at, harmless(*p), step);
        at += step;
    }
    return scan;
}
