/* SPDX-License-Identifier: MIT
 * Turns rows of the history into lines that fit a terminal. Which rows, and in which order, is the command's
 * matter (incidents.c); the whole story of one is told elsewhere. */
#include "cli/incident_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "output/wrap.h"

#define STORY_LINES  2
#define STORY_INDENT 4
#define STORY_MAX    1024 /* bytes of a story that are looked at */

/* ECMA-48 SGR. */
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RED    "\033[1;31m"
#define OFF    "\033[0m"

void incident_table_head(const struct incident_table *t, struct text *out)
{
    (void)t;
    text_add(out, "STARTED (UTC)     LASTED  STATE   SEVERITY  KIND        RISK  ID\n");
}

static bool says(const struct state_text *t, const char *word)
{
    return t->n == strlen(word) && memcmp(t->at, word, t->n) == 0;
}

/* Minutes are enough to find one again; the seconds are in the JSON line. */
static void add_start(struct text *out, int64_t t_ns)
{
    char at[TIMESTAMP_TEXT_MAX];

    timestamp_format_plain(t_ns, at);
    text_add_bytes(out, at, strlen("2026-01-01 00:10"));
}

/* At most six columns: "59s", "12m04s", "23h59m", "102d". */
static void add_length(struct text *out, int64_t ns)
{
    char words[32];
    long long s = ns < 0 ? 0 : ns / 1000000000;

    if (s < 60)
        (void)snprintf(words, sizeof(words), "%llds", s);
    else if (s < 3600)
        (void)snprintf(words, sizeof(words), "%lldm%02llds", s / 60, s % 60);
    else if (s < 86400)
        (void)snprintf(words, sizeof(words), "%lldh%02lldm", s / 3600, s / 60 % 60);
    else if (s < 10 * 86400)
        (void)snprintf(words, sizeof(words), "%lldd%02lldh", s / 86400, s / 3600 % 24);
    else
        (void)snprintf(words, sizeof(words), "%lldd", s / 86400);
    text_addf(out, "%6s", words);
}

/* A word in a column, printable, with its colour. Returns columns used. */
static void add_column(struct text *out, const struct state_text *word, int width, const char *color)
{
    char plain[128];
    struct text t;

    text_init(&t, plain, sizeof(plain));
    text_add_printable(&t, word->at ? word->at : "", word->at ? word->n : 0);
    text_addf(out, "  %s%s%s%*s", color ? color : "", plain, color ? OFF : "",
        t.length < (size_t)width ? width - (int)t.length : 0, "");
}

static void add_risk(struct text *out, double risk)
{
    char words[16];

    /* Two decimals without printf's, which follow the locale. */
    if (isfinite(risk) && risk >= 0 && risk < 10)
        (void)snprintf(
            words, sizeof(words), "%d.%02d", (int)(risk * 100 + 0.5) / 100, (int)(risk * 100 + 0.5) % 100);
    else
        (void)snprintf(words, sizeof(words), "-");
    text_addf(out, "  %4s", words);
}

static struct state_text state_word(const struct state_incident *i)
{
    const char *word = says(&i->state, "close") ? "closed" : says(&i->state, "lost") ? "lost" : "open";
    return (struct state_text){word, strlen(word)};
}

/* Its host and kind stand in the line above already. */
static struct state_text story_of(const struct state_incident *i)
{
    static const char opening[] = "Detected instability on ";
    struct state_text s = i->narrative;

    if (s.n > sizeof(opening) && memcmp(s.at, opening, sizeof(opening) - 1) == 0) {
        const char *end = memmem(s.at, s.n, ". ", 2);
        if (end) {
            s.n -= (size_t)(end + 2 - s.at);
            s.at = end + 2;
        }
    }
    if (s.n > STORY_MAX)
        s.n = STORY_MAX;
    return s;
}

/* The bytes of the next line: whole words in so many columns; a word that is longer is cut. A wide character
 * counts as one column: it costs no more than a ragged edge. */
static size_t line_of(const char *at, size_t n, size_t width)
{
    size_t fits = 0, i = 0;

    while (i < n && wrap_columns(at, i + 1) <= width) {
        i++;
        if (i == n || at[i] == ' ')
            fits = i;
    }
    if (fits == 0) {
        fits = i;
        while (fits > 0 && fits < n && ((unsigned char)at[fits] & 0xc0) == 0x80)
            fits--;
    }
    return fits ? fits : n;
}

static void add_story(const struct incident_table *t, struct text *out, const struct state_incident *i)
{
    char bytes[STORY_MAX * 4 + 256];
    const struct state_text story = story_of(i);
    const size_t width = (size_t)t->width - STORY_INDENT;
    struct text words;

    text_init(&words, bytes, sizeof(bytes));
    if (i->host.at && (!t->host || !says(&i->host, t->host))) {
        text_add_printable(&words, i->host.at, i->host.n);
        text_add(&words, ": ");
    }
    text_add_printable(&words, story.at ? story.at : "", story.at ? story.n : 0);
    const char *at = words.data;
    size_t n = words.length;
    for (int line = 1; n > 0 && line <= STORY_LINES; line++) {
        bool cut = line == STORY_LINES && wrap_columns(at, n) > width;
        size_t take = line_of(at, n, cut ? width - 4 : width);
        text_addf(out, "%*s%.*s%s\n", STORY_INDENT, "", (int)take, at, cut ? " ..." : "");
        at += take;
        n -= take;
        while (n > 0 && *at == ' ') {
            at++;
            n--;
        }
    }
}

void incident_table_row(const struct incident_table *t, struct text *out, const struct state_incident *i)
{
    const struct state_text state = state_word(i);
    const bool open = says(&state, "open"), critical = says(&i->severity, "critical");
    const int64_t end_ns = open && t->seen_ns > i->end_ns ? t->seen_ns : i->end_ns;

    add_start(out, i->start_ns);
    text_add(out, "  ");
    add_length(out, end_ns == STATE_TIME_NONE ? 0 : end_ns - i->start_ns);
    add_column(out, &state, 6, !t->color ? NULL : open ? RED : GREEN);
    add_column(out, &i->severity, 8, t->color && critical ? RED : t->color ? YELLOW : NULL);
    add_column(out, &i->kind, 10, NULL);
    add_risk(out, i->risk);
    add_column(out, &i->id, 0, NULL);
    text_add_char(out, '\n');
    add_story(t, out, i);
}
