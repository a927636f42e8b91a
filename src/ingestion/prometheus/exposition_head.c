/* SPDX-License-Identifier: MIT
 * Takes the head of an exposition's line apart: name{label="value",...}, or {"name",label="value",...} for
 * names that are not plain words. Values and lines are exposition.c's matter. */
#include "ingestion/prometheus/exposition_head.h"

#include <stdbool.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_word(char c, bool first)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

const char *exposition_head_end(const char *p, const char *end)
{
    bool quoted = false;

    while (p < end && *p != '{' && !is_blank(*p))
        p++;
    const char *name_end = p;
    while (p < end && is_blank(*p))
        p++;
    if (p == end || *p != '{')
        return name_end < end ? name_end : NULL;
    for (; p < end; p++) {
        if (quoted && *p == '\\')
            p++;
        else if (*p == '"')
            quoted = !quoted;
        else if (*p == '}' && !quoted)
            return p + 1;
    }
    return NULL;
}

/* What is being read, and where what had escapes goes. */
struct cursor {
    const char *at, *end;
    char *room;
};

static void skip_blanks(struct cursor *c)
{
    while (c->at < c->end && is_blank(*c->at))
        c->at++;
}

static bool take(struct cursor *c, char wanted)
{
    skip_blanks(c);
    if (c->at == c->end || *c->at != wanted)
        return false;
    c->at++;
    return true;
}

/* A word at the cursor, of letters, digits and underscores, and colons if it is a metric's name. Returns its
 * length. */
static size_t take_word(struct cursor *c, bool colons, const char **ret)
{
    const char *begin = c->at;

    while (c->at < c->end && (is_word(*c->at, c->at == begin) || (colons && *c->at == ':')))
        c->at++;
    *ret = begin;
    return (size_t)(c->at - begin);
}

/* The escapes of n bytes, undone into the room. Returns the length, or (size_t)-1: no such escape. */
static size_t unescape(struct cursor *c, const char *p, size_t n)
{
    char *out = c->room;

    for (size_t i = 0; i < n; i++) {
        char byte = p[i];
        if (byte == '\\') {
            byte = p[++i]; /* the quote was found behind it */
            if (byte != '\\' && byte != '"' && byte != 'n')
                return (size_t)-1;
            byte = byte == 'n' ? '\n' : byte;
        }
        *out++ = byte;
    }
    return (size_t)(out - c->room);
}

/* A text in quotes at the cursor. Returns NULL, or what is wrong. */
static const char *take_quoted(struct cursor *c, const char **ret, size_t *ret_n)
{
    const char *begin = ++c->at;
    bool escaped = false;

    while (c->at < c->end && *c->at != '"') {
        escaped |= *c->at == '\\';
        c->at += *c->at == '\\' ? 2 : 1;
    }
    if (c->at >= c->end)
        return "a quote that is not closed";
    *ret = begin;
    *ret_n = (size_t)(c->at - begin);
    c->at++;
    if (!escaped)
        return NULL;
    *ret_n = unescape(c, begin, *ret_n);
    if (*ret_n == (size_t)-1)
        return "an escape that is none; there are \\\\, \\\" and \\n";
    *ret = c->room;
    c->room += *ret_n;
    return NULL;
}

static void add_label(struct exposition_head *h, const struct intake_label *l)
{
    if (h->label_count < EXPOSITION_LABELS_MAX)
        h->labels[h->label_count++] = *l;
}

/* One label, or the metric's name in quotes. */
static const char *take_item(struct exposition_head *h, struct cursor *c)
{
    struct intake_label l;
    size_t name_n, value_n;
    const char *fault;

    if (*c->at == '"') {
        fault = take_quoted(c, &l.name, &name_n);
        if (fault)
            return fault;
        skip_blanks(c);
        if (c->at < c->end && *c->at != '=') {
            if (h->name_n > 0)
                return "a second name";
            h->name = l.name;
            h->name_n = name_n;
            return NULL;
        }
    } else {
        name_n = take_word(c, false, &l.name);
    }
    if (name_n == 0)
        return "a label's name is missing or is no word";
    if (!take(c, '='))
        return "no '=' behind a label's name";
    skip_blanks(c);
    if (c->at == c->end || *c->at != '"')
        return "a label's value must stand in quotes";
    fault = take_quoted(c, &l.value, &value_n);
    if (fault)
        return fault;
    l.name_n = (uint32_t)name_n;
    l.value_n = (uint32_t)value_n;
    add_label(h, &l);
    return NULL;
}

const char *exposition_head_read(struct exposition_head *h, const char *p, size_t n)
{
    struct cursor c = {.at = p, .end = p + n, .room = h->buffer};

    h->label_count = 0;
    h->name_n = take_word(&c, true, &h->name);
    skip_blanks(&c);
    if (c.at == c.end)
        return h->name_n > 0 ? NULL : "no name";
    if (*c.at++ != '{')
        return "a metric's name is no word";
    for (;;) {
        skip_blanks(&c);
        if (c.at == c.end)
            return "labels are not closed";
        if (*c.at == '}')
            break;
        const char *fault = take_item(h, &c);
        if (fault)
            return fault;
        skip_blanks(&c);
        if (c.at < c.end && *c.at == '}')
            break;
        if (!take(&c, ','))
            return "no ',' between labels";
    }
    return h->name_n > 0 ? NULL : "no name";
}
