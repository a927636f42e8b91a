/* SPDX-License-Identifier: MIT
 * What every judging command is made of: configuration, engine, outputs; and the order in which they are
 * brought up around the seal. */
#ifndef COHERENCE_CLI_SESSION_H
#define COHERENCE_CLI_SESSION_H

#include <stdbool.h>

#include "cli/arguments.h"
#include "cli/export.h"
#include "cli/out.h"
#include "cli/tally.h"
#include "config/config.h"
#include "core/feed.h"
#include "engine/engine.h"
#include "net/http_client.h"
#include "output/report.h"
#include "sandbox/seal.h"

/* Exit codes (README, "Exit codes"). */
enum exit_status {
    STATUS_FINE = 0,
    STATUS_FAILURE = 1,
    STATUS_USAGE = 2,
    STATUS_INCIDENT = 3,
    STATUS_BAD_INPUT = 65,
    STATUS_IN_USE = 75,
    STATUS_HOST_CANNOT = 78
};

struct historian;
struct recorder;
struct tui;

#define SESSION_HEARERS_MAX 4

struct session {
    const struct arguments *arguments;
    struct config config;
    struct engine *engine;
    struct export export;
    struct recorder *recorder; /* borrowed: told of everything before the engine is; NULL: none */
    struct tally tally;
    bool reached;                /* --from: what comes now is what was asked for */
    uint64_t beyond;             /* samples later than --to, since the last tick */
    struct report *report;       /* text format of batch commands; else NULL */
    struct historian *historian; /* hears events before they are printed; NULL: none */
    struct tui *tui;             /* draws: notices go there; NULL: to stderr */
    struct seal_report seal;
    struct {
        void (*f)(void *context, const struct event *e);
        void *context;
    } hearers[SESSION_HEARERS_MAX]; /* who else wants every event */
    size_t hearer_count;
    int64_t behind_ns; /* so far the engine's clock goes behind real time; advice lives longer by it */
    uint64_t samples;  /* fed */
    bool serves;       /* the seal lets connections be answered */
    bool receives;     /* the seal lets datagrams be read */
    const struct http_client_reach *reach; /* what the seal lets be connected to; NULL: nothing */
    bool print_events;                     /* write events as lines */
    bool print_ticks;                      /* tick lines among them */
    bool print_summary;
    bool color;
    bool finished;
    size_t columns;     /* of the terminal that text goes to; 0: none */
    int64_t text_day;   /* of event_text_day */
    uint64_t incidents; /* times that one was said to open, change or close */
    int state_fd;       /* the state directory, left writable by the seal; 0: none */
    struct out out;
};

/* The process-wide beginning: SIGPIPE ignored, standard descriptors that came closed taken. */
void session_begin_process(void);

/* "coherence: " and a formatted line to stderr, made printable. */
void session_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void session_say_error(const struct error *e);

/* The same where a screen may be drawn, which then shows it (at most ERROR_TEXT_MAX + ERROR_FILE_MAX bytes).
 */
void session_note(const struct session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads the configuration (files, environment, flags) into ret, or judges one; says every problem. Return 0,
 * -EINVAL or -ENOMEM. */
int session_read(const struct arguments *a, struct config *ret);
int session_judge(const struct config *c);

/* Reads the configuration (files, environment, flags), says every problem. batch: waits for the reader of
 * stdout, makes a report in text format. Opens the CSV file. Nothing of the outside's telemetry has been read
 * when it returns. Returns an exit status; 0 = go on. */
int session_open(struct session *s, const struct arguments *a, bool batch);

/* Every event that is said goes to f, too; for good. */
void session_hear(struct session *s, void (*f)(void *context, const struct event *e), void *context);

/* Puts on the seal; paths: NULL-terminated trees that must stay readable, NULL = none. Returns an exit
 * status. */
int session_seal(struct session *s, const char *const *paths);

/* The same for who reads this host, or the one below --root: its /proc and /sys stay readable, and
 * more (NULL-terminated; NULL: nothing). */
int session_seal_host(struct session *s, const char *const *more);

/* Says on the screen, which is there (s->tui), how this process is sealed. */
void session_note_seal(struct session *s, bool deep);

/* Makes the engine and joins it to the outputs. Returns an exit status. */
int session_start(struct session *s, enum engine_mode mode);

/* Ends the present engine (of an input that goes on, but from another snapshot) and makes another one, of
 * session->config. Returns an exit status. */
int session_renew(struct session *s, enum engine_mode mode);

/* The engine stands where it shall begin (new, or restored): what is counted is counted from here. */
void session_begin(struct session *s);

/* The input is over: judges what waits for its end, says the summary, and lets session_close print the
 * report. */
void session_finish(struct session *s);

/* Where sources deliver: keeps telemetry (of the range that was asked for), then feeds the engine. Answers
 * -ECANCELED once a tick lies after that range: nothing more is wanted. */
struct feed session_feed(struct session *s);

/* Flushes, closes, says what was lost, and frees. status: the exit status so far; returns the final one. */
int session_close(struct session *s, int status);

#endif
