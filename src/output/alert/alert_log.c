/* SPDX-License-Identifier: MIT
 * Turns a record into one datagram for the journal or for syslog. Its texts are outside bytes: what could end
 * a field early is taken out of them. */
#include "output/alert/alert_log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/number.h"

#define JOURNAL_SOCKET "/run/systemd/journal/socket"
#define SYSLOG_SOCKET  "/dev/log"
/* Ours, for journalctl MESSAGE_ID=...: random, made once. */
#define MESSAGE_OPENED "6f1c7d0f2b9c4a0f9a3f1e8d5b7c2a41"
#define MESSAGE_CLOSED "b2a90f5e7d3c4d1c8e6f4a1b9c0d7e52"
/* RFC 5424, 6.2.1: facility daemon (3); severities critical (2), warning (4), notice (5). */
#define FACILITY 3

static int priority_of(const struct alert_record *r, enum alert_word word)
{
    if (word == ALERT_CLOSED)
        return 5;
    return r->alert.severity == SEVERITY_CRITICAL ? 2 : 4;
}

/* "incident opened on HOST: STORY" on one line. */
static void add_message(struct text *t, const struct alert_record *r, enum alert_word word)
{
    static const char *const names[] = {
        [ALERT_OPENED] = "opened", [ALERT_CHANGED] = "changed", [ALERT_CLOSED] = "closed"};

    text_addf(t, "incident %s %s on ", r->alert.id, names[word]);
    text_add_printable(t, r->alert.host, strlen(r->alert.host));
    text_add(t, ": ");
    text_add_printable(t, r->alert.narrative, strlen(r->alert.narrative));
}

static void add_field(struct text *t, const char *name, const char *value)
{
    text_addf(t, "%s=", name);
    text_add_printable(t, value, strlen(value));
    text_add_char(t, '\n');
}

static void add_laws(struct text *t, const struct alert *a)
{
    text_add(t, "COHERENCE_LAWS=");
    for (unsigned i = 0, n = 0; i < LAW_COUNT; i++)
        if (a->laws & (1U << i))
            text_addf(t, "%s%s", n++ ? " " : "", law_name((enum law_id)i));
    text_add_char(t, '\n');
}

void alert_log_journal(struct text *out, const struct alert_record *r, enum alert_word word)
{
    const struct alert *a = &r->alert;

    text_add(out, "MESSAGE=");
    add_message(out, r, word);
    text_add_char(out, '\n');
    add_field(out, "MESSAGE_ID", word == ALERT_CLOSED ? MESSAGE_CLOSED : MESSAGE_OPENED);
    text_addf(out, "PRIORITY=%d\n", priority_of(r, word));
    add_field(out, "SYSLOG_IDENTIFIER", "coherence");
    add_field(out, "COHERENCE_INCIDENT", a->id);
    add_field(out, "COHERENCE_STATE", word == ALERT_CLOSED ? "close" : "open");
    add_field(out, "COHERENCE_HOST", a->host);
    add_field(out, "COHERENCE_KIND", incident_kind_name(a->kind));
    add_field(out, "COHERENCE_SEVERITY", severity_name(a->severity));
    add_laws(out, a);
    text_add(out, "COHERENCE_RISK=");
    text_add_human(out, a->risk, 2);
    text_add_char(out, '\n');
    if (a->veto.type != VETO_NONE)
        add_field(out, "COHERENCE_ADVICE", veto_action_name(a->veto.type));
}

/* A parameter's value; what RFC 5424 (6.3.3) wants escaped is. */
static void add_parameter(struct text *t, const char *name, const char *value)
{
    char printable[1024];
    struct text p;

    text_init(&p, printable, sizeof(printable));
    text_add_printable(&p, value, strlen(value));
    text_addf(t, " %s=\"", name);
    for (size_t i = 0; i < p.length; i++) {
        if (strchr("\"\\]", printable[i]))
            text_add_char(t, '\\');
        text_add_char(t, printable[i]);
    }
    text_add_char(t, '"');
}

void alert_log_syslog(struct text *out, const struct alert_record *r, enum alert_word word, int process)
{
    const struct alert *a = &r->alert;
    char at[TIMESTAMP_TEXT_MAX];

    timestamp_format(a->t_ns, at);
    text_addf(out, "<%d>1 %s - coherence %d %s", FACILITY * 8 + priority_of(r, word), at, process,
        word == ALERT_CLOSED ? "incident-close" : "incident-open");
    /* 32473 is the number that RFC 5612 keeps for examples; we have none of our own. */
    text_add(out, " [coherence@32473");
    add_parameter(out, "incident", a->id);
    add_parameter(out, "host", a->host);
    add_parameter(out, "kind", incident_kind_name(a->kind));
    add_parameter(out, "severity", severity_name(a->severity));
    if (a->veto.type != VETO_NONE)
        add_parameter(out, "advice", veto_action_name(a->veto.type));
    text_add(out, "] ");
    add_message(out, r, word);
}

static int connect_to(const char *root, const char *path, struct error *e)
{
    struct sockaddr_un there = {.sun_family = AF_UNIX};
    const int n = snprintf(there.sun_path, sizeof(there.sun_path), "%s%s", root, path);
    int fd, r;

    if (n < 0 || (size_t)n >= sizeof(there.sun_path))
        return error_set(e, -ENAMETOOLONG, "outputs.log: the path of the log's socket is too long");
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&there, sizeof(there)) == 0)
        return fd;
    r = -errno;
    if (fd >= 0)
        (void)close(fd);
    return error_set(e, r, "outputs.log: cannot connect to '%s': %s", there.sun_path, strerror(-r));
}

int alert_log_open(struct alert_log *l, enum alert_log_kind where, const char *root, struct error *e)
{
    int fd = -ENOENT;

    *l = (struct alert_log){.fd = -1};
    if (where == ALERT_LOG_OFF)
        return 0;
    if (where != ALERT_LOG_SYSLOG)
        fd = connect_to(root, JOURNAL_SOCKET, e);
    l->journal = fd >= 0;
    if (where == ALERT_LOG_SYSLOG || (where == ALERT_LOG_AUTO && fd < 0))
        fd = connect_to(root, SYSLOG_SOCKET, e);
    if (fd < 0)
        return fd;
    l->fd = fd;
    return 0;
}

int alert_log_send(struct alert_log *l, const struct alert_record *r, enum alert_word word)
{
    char line[ALERT_LOG_MAX];
    struct text t;

    text_init(&t, line, sizeof(line));
    if (l->journal)
        alert_log_journal(&t, r, word);
    else
        alert_log_syslog(&t, r, word, (int)getpid());
    /* One write is one datagram; the seal allows no sending beyond that. */
    return write(l->fd, line, t.length) < 0 ? -errno : 0;
}

void alert_log_close(struct alert_log *l)
{
    if (l->fd >= 0)
        (void)close(l->fd);
    l->fd = -1;
}
