/* SPDX-License-Identifier: MIT
 * Turns names, labels and numbers into the lines of an exposition. What is measured is metrics.c's matter. */
#include "output/api/exposition.h"

#include <math.h>
#include <string.h>

#define NAME_BYTES  128
#define LABEL_BYTES 512 /* of a value, made printable */
#define ID_DIGITS   12  /* heuristic: a short container id has 12, and no word spells so long a number */

void exposition_begin(struct exposition *x, const char *name, enum exposition_type type, const char *help)
{
    static const char *const types[] = {"gauge", "counter", "gauge"};
    static const char *const open_types[] = {"gauge", "counter", "info"};
    static const size_t suffix[] = {0, sizeof("_total") - 1, sizeof("_info") - 1};
    const size_t n = strlen(name) - (x->openmetrics ? suffix[type] : 0);

    x->family = name;
    text_addf(x->out, "# HELP %.*s %s\n", (int)n, name, help);
    text_addf(x->out, "# TYPE %.*s %s\n", (int)n, name, x->openmetrics ? open_types[type] : types[type]);
}

/* Bytes at the beginning that stand in a label as they are. */
static size_t plain_length(const char *value)
{
    size_t n = 0;

    while ((unsigned char)value[n] >= ' ' && (unsigned char)value[n] < 0x7f && value[n] != '\\' &&
           value[n] != '"')
        n++;
    return n;
}

static void add_value(struct text *out, const char *value)
{
    const size_t plain = plain_length(value);
    char buffer[LABEL_BYTES];
    struct text t;

    if (plain < LABEL_BYTES && value[plain] == '\0') {
        text_add_bytes(out, value, plain);
        return;
    }
    text_init(&t, buffer, sizeof(buffer));
    text_add_printable(&t, value, strlen(value));
    for (size_t i = 0; i < t.length; i++) {
        if (buffer[i] == '\\' || buffer[i] == '"')
            text_add_char(out, '\\');
        text_add_char(out, buffer[i]);
    }
}

static void add_head(struct exposition *x, const struct exposition_label *labels)
{
    text_add(x->out, x->family);
    for (size_t i = 0; labels && labels[i].name; i++) {
        text_add_char(x->out, i ? ',' : '{');
        text_add(x->out, labels[i].name);
        text_add(x->out, "=\"");
        add_value(x->out, labels[i].value);
        text_add_char(x->out, '"');
    }
    text_add(x->out, labels && labels[0].name ? "} " : " ");
}

void exposition_put(struct exposition *x, const struct exposition_label *labels, double value)
{
    if (isnan(value))
        return;
    add_head(x, labels);
    if (isinf(value))
        text_add(x->out, value > 0 ? "+Inf" : "-Inf");
    else
        text_add_number(x->out, value);
    text_add_char(x->out, '\n');
}

void exposition_put_count(struct exposition *x, const struct exposition_label *labels, uint64_t value)
{
    add_head(x, labels);
    text_add_uint(x->out, value);
    text_add_char(x->out, '\n');
}

void exposition_end(struct exposition *x)
{
    if (x->openmetrics)
        text_add(x->out, "# EOF\n");
}

static bool is_decimal(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_decimal(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Bytes of the UUID that begins there, or 0: 8-4-4-4-12 digits between dashes, or the underscores that
 * systemd's slices write for them. */
static size_t uuid_at(const char *s)
{
    static const unsigned char groups[] = {8, 4, 4, 4, 12};
    size_t n = 0;

    for (size_t g = 0; g < sizeof(groups); g++) {
        for (size_t i = 0; i < groups[g]; i++, n++)
            if (!is_hex(s[n]))
                return 0;
        if (g + 1 < sizeof(groups) && s[n] != '-' && s[n] != '_')
            return 0;
        n += g + 1 < sizeof(groups);
    }
    return is_hex(s[n]) ? 0 : n;
}

/* Bytes of another id that begins there, or 0. */
static size_t id_at(const char *s, bool transient)
{
    size_t n = 0, digits = 0;

    for (; is_hex(s[n]); n++)
        digits += is_decimal(s[n]);
    if (n >= ID_DIGITS && digits > 0)
        return n;
    for (n = 0; transient && is_decimal(s[n]);)
        n++;
    return n;
}

void exposition_add_name(struct text *out, const char *kind, const char *name)
{
    static const char scope[] = ".scope";
    const size_t length = strlen(name), end = sizeof(scope) - 1;
    const bool transient = length >= end && strcmp(name + length - end, scope) == 0;
    char derived[NAME_BYTES + 1];
    size_t n = 0;

    for (size_t i = 0; name[i] && n < NAME_BYTES;) {
        const bool at_word = i == 0 || !is_hex(name[i - 1]) || (transient && !is_decimal(name[i - 1]));
        const size_t uuid = uuid_at(name + i), id = uuid ? uuid : at_word ? id_at(name + i, transient) : 0;
        derived[n++] = id ? '*' : name[i];
        i += id ? id : 1;
    }
    derived[n] = '\0';
    text_add(out, kind);
    text_add_char(out, ':');
    text_add(out, derived);
}
