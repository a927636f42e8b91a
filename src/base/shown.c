/* SPDX-License-Identifier: MIT
 * Turns a refused text into what a message may repeat of it. Where it stood, and what is wrong with it, is
 * the caller's. */
#include "base/shown.h"

#include <stdbool.h>
#include <string.h>

/* Of a word that may be a token: tells one from the other, and gives away 28 bits at most. */
#define SHOWN_START 4 /* bytes */
#define PORT_MAX    6 /* bytes of ":65535" */

/* What parts words, from how many bytes on one may be a token, whether it may be a URL, and how much of all
 * is shown. */
struct rule {
    const char *ends;
    size_t least;
    bool urls;
    size_t most;
};

static const struct rule value_rule = {" ", SHOWN_SECRET_MIN, true, SHOWN_MAX};
static const struct rule name_rule = {"./[] ", SHOWN_PART_MIN, false, SHOWN_NAME_MAX};

/* The first bytes of a word, at most SHOWN_START, no character cut. */
static void add_start(struct text *t, const char *word)
{
    size_t n = SHOWN_START;

    while (n > 0 && ((unsigned char)word[n] & 0xC0) == 0x80)
        n--;
    text_add_bytes(t, word, n);
    text_add(t, "...");
}

/* The last '@' of a word, or NULL. */
static const char *last_at(const char *word, size_t n)
{
    while (n > 0)
        if (word[--n] == '@')
            return word + n;
    return NULL;
}

/* Bytes of "http://" at the front of a word; 0 when it begins otherwise. */
static size_t scheme_bytes(const char *word, size_t n)
{
    size_t at = 0;

    while (at < n && at < SHOWN_SECRET_MIN && ((word[at] | 0x20) >= 'a' && (word[at] | 0x20) <= 'z'))
        at++;
    return at > 0 && n - at >= 3 && memcmp(word + at, "://", 3) == 0 ? at + 3 : 0;
}

/* A host part by part, and its port; what stands there and is no number was not meant as one. */
static void add_host(struct text *t, const char *host, size_t n)
{
    const char *bracket = memchr(host, ']', n);
    const size_t from = bracket ? (size_t)(bracket - host) : 0;
    const char *colon = memchr(host + from, ':', n - from);
    const size_t host_n = colon ? (size_t)(colon - host) : n;

    for (size_t at = 0, end; at < host_n; at = end + 1) {
        for (end = at; end < host_n && host[end] != '.';)
            end++;
        if (end - at >= SHOWN_PART_MIN && !bracket)
            add_start(t, host + at);
        else
            text_add_bytes(t, host + at, end - at);
        text_add(t, end < host_n ? "." : "");
    }
    if (!colon)
        return;
    size_t digits = host_n + 1;
    while (digits < n && host[digits] >= '0' && host[digits] <= '9')
        digits++;
    if (digits == n && n - host_n <= PORT_MAX)
        text_add_bytes(t, colon, n - host_n);
    else
        text_add(t, ":***");
}

/* Scheme, host and port. A '/' may stand in a password: what is in front of the last '@' is never shown. */
static void add_url(struct text *t, const char *word, size_t n, size_t scheme)
{
    const char *at = last_at(word, n), *host = at ? at + 1 : word + scheme;
    const size_t left = n - (size_t)(host - word);
    size_t host_n = 0;

    while (host_n < left && host[host_n] != '/' && host[host_n] != '?' && host[host_n] != '#')
        host_n++;
    text_add_bytes(t, word, scheme);
    text_add(t, at ? "***@" : "");
    add_host(t, host, host_n);
    if (left > host_n)
        text_add(t, left == host_n + 1 && host[host_n] == '/' ? "/" : "/...");
}

static void add_word(struct text *t, const char *word, size_t n, const struct rule *rule)
{
    const size_t scheme = rule->urls ? scheme_bytes(word, n) : 0;

    if (scheme)
        add_url(t, word, n, scheme);
    else if (last_at(word, n))
        text_add(t, "***");
    else if (n >= rule->least)
        add_start(t, word);
    else
        text_add_bytes(t, word, n);
}

static void add_words(struct text *out, const char *value, size_t n, const struct rule *rule)
{
    char buffer[2 * SHOWN_NAME_MAX];
    struct text t;

    text_init(&t, buffer, sizeof(buffer));
    for (size_t at = 0, end; at < n && t.length <= rule->most; at = end) {
        for (end = at; end < n && (value[end] == '\0' || !strchr(rule->ends, value[end]));)
            end++;
        if (end == at)
            text_add_char(&t, value[end++]);
        else
            add_word(&t, value + at, end - at, rule);
    }
    text_add_char(out, '\'');
    text_add_shortened(out, t.data, t.length, rule->most);
    text_add_char(out, '\'');
}

void shown_add(struct text *out, const char *value, size_t n)
{
    add_words(out, value, n, &value_rule);
}

const char *shown_value(struct shown *s, const char *value, size_t n)
{
    struct text t;

    text_init(&t, s->text, sizeof(s->text));
    add_words(&t, value, n, &value_rule);
    return s->text;
}

const char *shown_name(struct shown *s, const char *name, size_t n)
{
    struct text t;

    text_init(&t, s->text, sizeof(s->text));
    add_words(&t, name, n, &name_rule);
    return s->text;
}
