/* SPDX-License-Identifier: MIT
 * One line in the host's log for each opening and closing: to the journal with its fields, or to syslog.
 * Sources: systemd, JOURNAL_NATIVE_PROTOCOL; RFC 5424. */
#ifndef COHERENCE_OUTPUT_ALERT_ALERT_LOG_H
#define COHERENCE_OUTPUT_ALERT_ALERT_LOG_H

#include "output/alert/alert_book.h"
#include "output/alert/alert_options.h"

#define ALERT_LOG_MAX 8192 /* bytes of one message */

struct alert_log {
    int fd; /* a connected datagram socket; -1: none */
    bool journal;
};

/* Connects; before the seal. Which socket: "/run/systemd/journal/socket" or "/dev/log", below root (for
 * tests; ""). Returns 0, or -errno with e filled. */
int alert_log_open(struct alert_log *l, enum alert_log_kind where, const char *root, struct error *e);

/* Writes the message for the journal, or for syslog, where process is our number and t_ns the time. */
void alert_log_journal(struct text *out, const struct alert_record *r, enum alert_word word);
void alert_log_syslog(struct text *out, const struct alert_record *r, enum alert_word word, int process);

/* Sends it without waiting. Returns 0; -EAGAIN: the log does not keep up; or -errno. */
int alert_log_send(struct alert_log *l, const struct alert_record *r, enum alert_word word);

void alert_log_close(struct alert_log *l);

#endif
