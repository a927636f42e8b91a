/* SPDX-License-Identifier: MIT
 * Turns keys into a list of outages. Nothing is guessed: what got no key is in no list. */
#include "cli/labelling.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/write_all.h"
#include "output/backtest/sheet.h"

#define CARD_MAX 16384
#define NS_PER_S 1e9

int labelling_init(struct labelling *l, const struct verdict *v)
{
    *l = (struct labelling){.verdict = v};
    int r = ranking_make(&l->ranking, v, INCIDENT_FALSE);
    if (r)
        return r;
    l->answers = calloc(l->ranking.count + 1U, sizeof(*l->answers));
    l->over = l->ranking.count == 0;
    return l->answers ? 0 : -ENOMEM;
}

void labelling_done(struct labelling *l)
{
    ranking_done(&l->ranking);
    free(l->answers);
    *l = (struct labelling){0};
}

void labelling_show(const struct labelling *l, struct text *out)
{
    static const char *const given[] = {"", ", an outage", ", a false alarm", ", skipped"};
    if (l->over)
        return;
    const struct ranked *k = &l->ranking.rows[l->at];
    const struct tape_incident *n = tape_incident(l->verdict->tape, k->incident);
    const char *host = tape_host(l->verdict->tape, n->host);
    text_addf(
        out, "\n[%u of %u%s]  ", (unsigned)l->at + 1, (unsigned)l->ranking.count, given[l->answers[l->at]]);
    text_add_printable(out, host, strlen(host));
    text_add(out, "  ");
    words_add_moment(out, n->opened_ns);
    text_add(out, " UTC, for ");
    words_add_span(out, ((double)k->ended_ns - (double)n->opened_ns) / NS_PER_S);
    if (n->story) {
        text_add(out, ", risk ");
        text_add_human(out, k->risk, 2);
    }
    text_add_char(out, '\n');
    if (n->story && n->story->narrative)
        text_add_printable(out, n->story->narrative, strlen(n->story->narrative));
    else
        words_add_reason(out, n);
    text_add(out, "\nWas it an outage? o yes, f false alarm, s skip, b back, q done > ");
}

void labelling_key(struct labelling *l, char key)
{
    enum labelling_answer answer = key == 'o'                 ? LABEL_OUTAGE
                                   : key == 'f'               ? LABEL_FALSE
                                   : key == 's' || key == ' ' ? LABEL_SKIPPED
                                                              : LABEL_NONE;
    if (l->over)
        return;
    if (key == 'q')
        l->over = true;
    if (key == 'b' && l->at > 0)
        l->at--;
    if (answer == LABEL_NONE)
        return;
    l->answers[l->at++] = answer;
    l->over = l->at == l->ranking.count;
}

void labelling_add_header(struct text *out)
{
    text_add(out, "start,end,host,label\n");
}

/* A field of CSV in quotes. */
static void add_quoted(struct text *out, const char *bytes)
{
    text_add_char(out, '"');
    for (; *bytes; bytes++) {
        if (*bytes == '"')
            text_add_char(out, '"');
        text_add_char(out, *bytes);
    }
    text_add_char(out, '"');
}

void labelling_add_row(const struct labelling *l, uint32_t i, struct text *out)
{
    char reason[512];
    struct text words;
    const struct ranked *k = &l->ranking.rows[i];
    const struct tape_incident *n = tape_incident(l->verdict->tape, k->incident);
    if (l->answers[i] != LABEL_OUTAGE)
        return;
    text_init(&words, reason, sizeof(reason));
    words_add_reason(&words, n);
    text_add_time(out, n->started_ns < n->opened_ns ? n->started_ns : n->opened_ns);
    text_add_char(out, ',');
    text_add_time(out, k->ended_ns);
    text_add_char(out, ',');
    add_quoted(out, tape_host(l->verdict->tape, n->host));
    text_add_char(out, ',');
    add_quoted(out, words.data);
    text_add_char(out, '\n');
}

static int ask(struct labelling *l, int tty, struct text *card)
{
    while (!l->over) {
        char key;
        text_clear(card);
        labelling_show(l, card);
        int r = write_all(tty, card->data, card->length);
        ssize_t n = r ? 0 : read(tty, &key, 1);
        if (r || n < 0)
            return r ? r : errno == EINTR ? 0 : -errno;
        if (n == 0)
            return 0;
        labelling_key(l, key);
        text_clear(card);
        if (key > ' ' && key < 127)
            text_add_char(card, key);
        text_add_char(card, '\n');
        r = write_all(tty, card->data, card->length);
        if (r)
            return r;
    }
    return 0;
}

static int write_list(const struct labelling *l, int fd, struct text *line)
{
    text_clear(line);
    labelling_add_header(line);
    int r = write_all(fd, line->data, line->length);
    for (uint32_t i = 0; i < l->ranking.count && !r; i++) {
        text_clear(line);
        labelling_add_row(l, i, line);
        r = write_all(fd, line->data, line->length);
    }
    return r;
}

int labelling_run(const struct verdict *v, int tty, int fd)
{
    static char bytes[CARD_MAX];
    struct termios before, raw;
    struct labelling l;
    struct text t;
    int r = labelling_init(&l, v);

    text_init(&t, bytes, sizeof(bytes));
    bool is_terminal = tcgetattr(tty, &before) == 0;
    if (is_terminal && !r) {
        raw = before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        raw.c_cc[VMIN] = 1;
        raw.c_cc[VTIME] = 0;
        (void)tcsetattr(tty, TCSANOW, &raw);
    }
    if (!r)
        r = ask(&l, tty, &t);
    if (is_terminal)
        (void)tcsetattr(tty, TCSANOW, &before);
    /* What was said so far is kept, whatever ended the asking. */
    int written = l.answers ? write_list(&l, fd, &t) : 0;
    labelling_done(&l);
    return r ? r : written;
}
