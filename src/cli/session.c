/* SPDX-License-Identifier: MIT
 * Brings up a judging command in the one order that keeps the promises: configuration and output files first,
 * then the seal, then the engine and whatever reads the outside; and takes it down with nothing lost unsaid.
 */
#include "cli/session.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/number.h"
#include "base/text.h"
#include "cli/historian.h"
#include "cli/recorder.h"
#include "output/event_json.h"
#include "output/event_text.h"
#include "output/tui/tui.h"
#include "output/wrap.h"

/* So long the reader of stderr is waited for, and by a sentinel that was told to stop the reader of its last
 * lines. */
#define LAST_WORDS_MS 1000

void session_begin_process(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL);
    /* A standard descriptor that came closed would be given to the next file opened, and our lines written
     * into it. Read-only: writing to it fails, as it should. */
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDONLY | O_NOCTTY) < 0)
            _exit(STATUS_FAILURE);
}

static void say_text(const char *line)
{
    char buffer[ERROR_FILE_MAX + ERROR_TEXT_MAX + 256];
    struct text t;
    text_init(&t, buffer, sizeof(buffer) - 1);
    text_add(&t, "coherence: ");
    text_add_printable(&t, line, strlen(line));
    buffer[t.length++] = '\n';
    /* Nobody's sampling waits for a log that is not read: after one such wait there is no other. */
    static bool stuck;
    struct pollfd ready = {.fd = STDERR_FILENO, .events = POLLOUT};
    stuck = poll(&ready, 1, stuck ? 0 : LAST_WORDS_MS) == 0;
    if (stuck)
        return;
    /* One write, so that lines of several processes do not mix. */
    if (write(STDERR_FILENO, buffer, t.length) < 0)
        return;
}

void session_say(const char *format, ...)
{
    char line[ERROR_FILE_MAX + ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    say_text(line);
}

void session_say_error(const struct error *e)
{
    char line[ERROR_FILE_MAX + ERROR_TEXT_MAX + 64];
    say_text(error_format(e, line, sizeof(line)));
}

void session_note(const struct session *s, const char *format, ...)
{
    char line[ERROR_FILE_MAX + ERROR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    if (s->tui)
        tui_note(s->tui, line);
    else
        say_text(line);
}

static void say_problem(void *context, const struct error *e)
{
    (void)context;
    session_say_error(e);
}

int session_judge(const struct config *c)
{
    return config_validate(c, say_problem, NULL);
}

int session_read(const struct arguments *a, struct config *ret)
{
    const struct config_request request = {
        .file = a->config_file, .environment = (const char *const *)environ};
    struct error e;

    config_init(ret);
    int r = config_load(ret, &request, say_problem, NULL);
    if (r == 0) {
        r = arguments_apply(a, ret, &e);
        if (r)
            session_say_error(&e);
    }
    if (r == 0)
        r = session_judge(ret);
    if (r == -ENOMEM)
        session_say("not enough memory to read the configuration");
    return r;
}

static bool wants_color(const struct session *s)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    if (s->config.shell.color != SHELL_COLOR_AUTO)
        return s->config.shell.color == SHELL_COLOR_ALWAYS;
    return !(no_color && *no_color) && term && strcmp(term, "dumb") != 0 && isatty(STDOUT_FILENO);
}

/* Of the terminal to which text goes; 0: there is none, or it does not say. */
static size_t find_columns(void)
{
    struct winsize size;

    if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_col == 0)
        return 0;
    return size.ws_col < WRAP_LEAST ? WRAP_LEAST : size.ws_col > WRAP_MOST ? WRAP_MOST : size.ws_col;
}

static int dump_configuration(struct session *s)
{
    static char bytes[CONFIG_DUMP_MAX];
    struct text t;
    text_init(&t, bytes, sizeof(bytes));
    config_dump(&s->config, &t);
    out_lines(&s->out, t.data, t.length);
    out_flush(&s->out);
    return STATUS_FINE;
}

int session_open(struct session *s, const struct arguments *a, bool batch)
{
    struct error e;

    memset(s, 0, offsetof(struct session, out));
    s->arguments = a;
    out_init(&s->out, STDOUT_FILENO, batch);
    int r = session_read(a, &s->config);
    if (r)
        return r == -ENOMEM ? STATUS_FAILURE : STATUS_USAGE;
    if (a->dump_config)
        return dump_configuration(s);
    s->color = wants_color(s);
    s->columns = find_columns();
    s->text_day = INT64_MIN;
    bool taken = export_takes_stdout(a), text = s->config.shell.format == SHELL_FORMAT_TEXT;
    s->print_events = !taken && (!batch || !text || a->ticks);
    s->print_ticks = !batch || a->ticks;
    s->print_summary = batch && !text;
    if (batch && text && !taken) {
        s->report = report_new();
        if (!s->report) {
            session_say("not enough memory");
            return STATUS_FAILURE;
        }
    }
    r = export_open(&s->export, a, &e);
    if (r)
        session_say_error(&e);
    return r == -EINVAL ? STATUS_USAGE : r ? STATUS_FAILURE : STATUS_FINE;
}

/* An event is a line; on a terminal it is broken to its width, further lines under what follows the time. */
static void write_text(struct session *s, struct text *t, const struct event *e)
{
    static char broken[2 * EVENT_JSON_MAX];
    const struct wrap w = {.columns = s->columns, .indent = EVENT_TEXT_INDENT};
    struct text b;

    event_text_day(t, &s->text_day, e);
    out_lines(&s->out, t->data, t->length);
    text_clear(t);
    event_text_write(t, engine_catalog(s->engine), e, s->color, s->columns > 0);
    if (!s->columns) {
        out_lines(&s->out, t->data, t->length);
        return;
    }
    text_init(&b, broken, sizeof(broken));
    wrap_add(&b, &w, t->data, t->length - (t->length > 0));
    text_add_char(&b, '\n');
    out_lines(&s->out, b.data, b.length);
}

static void write_event(struct session *s, const struct event *e)
{
    static char line[EVENT_JSON_MAX];
    const struct catalog *c = engine_catalog(s->engine);
    struct text t;

    text_init(&t, line, sizeof(line));
    switch (s->config.shell.format) {
    case SHELL_FORMAT_JSON:
        event_json_write(&t, c, e);
        break;
    case SHELL_FORMAT_LOGFMT:
        event_logfmt_write(&t, c, e);
        break;
    default:
        write_text(s, &t, e);
        return;
    }
    out_lines(&s->out, t.data, t.length);
}

static int64_t time_of(const struct event *e)
{
    switch (e->type) {
    case EVENT_TICK:
        return e->tick->t_ns;
    case EVENT_ANOMALY:
        return e->anomaly->t_ns;
    case EVENT_FINDING:
        return e->finding->t_ns;
    case EVENT_INCIDENT:
        return e->incident->t_ns;
    default:
        return INT64_MAX;
    }
}

static void on_event(void *context, const struct event *e)
{
    struct session *s = context;
    struct event total = {.type = EVENT_SUMMARY};
    struct summary counted;

    if (time_of(e) < s->arguments->from_ns)
        return;
    if (e->type == EVENT_SUMMARY) {
        counted = tally_total(&s->tally, e->summary);
        counted.samples -= s->beyond;
        total.summary = &counted;
        e = &total;
    }
    if (s->historian && !historian_event(s->historian, e))
        return; /* said before a restart */
    /* The classic profile says a bounded input's incidents once, closed; one that was open before a restart
     * is not opened again. */
    if (e->type == EVENT_INCIDENT)
        s->incidents++;
    for (size_t i = 0; i < s->hearer_count; i++)
        s->hearers[i].f(s->hearers[i].context, e);
    if (s->report)
        report_event(s->report, engine_catalog(s->engine), e);
    if (!s->print_events || (e->type == EVENT_TICK && !s->print_ticks) ||
        (e->type == EVENT_SUMMARY && !s->print_summary))
        return;
    write_event(s, e);
}

void session_hear(struct session *s, void (*f)(void *context, const struct event *e), void *context)
{
    assert(s->hearer_count < SESSION_HEARERS_MAX);
    s->hearers[s->hearer_count].f = f;
    s->hearers[s->hearer_count++].context = context;
}

int session_seal(struct session *s, const char *const *paths)
{
    struct seal_rules rules = {.write_fd = s->state_fd, .serves = s->serves, .receives = s->receives};
    struct error e;

    size_t n = 0;

    for (size_t i = 0; paths && paths[i] && n + 1 < SEAL_PATHS_MAX; i++)
        rules.read_paths[n++] = paths[i];
    for (size_t i = 0; s->reach && i < s->reach->path_count && n + 1 < SEAL_PATHS_MAX; i++)
        rules.read_paths[n++] = s->reach->paths[i];
    if (s->reach) {
        rules.connect_ports = s->reach->ports;
        rules.connect_count = s->reach->port_count;
    }
    int r = seal_apply((enum seal_mode)s->config.seal.mode, &rules, &s->seal, &e);
    if (r) {
        session_say_error(&e);
        return STATUS_HOST_CANNOT;
    }
    if (s->seal.missing[0])
        session_say("the seal is not complete: %s", s->seal.missing);
    return STATUS_FINE;
}

int session_seal_host(struct session *s, const char *const *more)
{
    static char paths[2][4096];
    const char *all[SEAL_PATHS_MAX] = {paths[0], paths[1]};

    (void)snprintf(paths[0], sizeof(paths[0]), "%s/proc", s->arguments->root);
    (void)snprintf(paths[1], sizeof(paths[1]), "%s/sys", s->arguments->root);
    for (size_t i = 0; more && more[i] && i + 3 < SEAL_PATHS_MAX; i++)
        all[i + 2] = more[i];
    return session_seal(s, all);
}

void session_note_seal(struct session *s, bool deep)
{
    const struct seal_report *r = &s->seal;
    const char *profile = s->config.engine.profile == PROFILE_CLASSIC ? "classic" : "default";
    char note[64];

    snprintf(note, sizeof(note), "profile %s, %s%s", profile,
        r->landlock && r->seccomp   ? "sealed"
        : r->seccomp || r->landlock ? "partly sealed"
                                    : "not sealed",
        deep ? ", deep" : "");
    tui_note(s->tui, note);
}

int session_start(struct session *s, enum engine_mode mode)
{
    struct error e;

    s->engine = engine_new(&s->config.engine, mode, &e);
    if (!s->engine) {
        session_say_error(&e);
        return STATUS_FAILURE;
    }
    engine_on_event(s->engine, on_event, s);
    engine_want_ticks(s->engine, s->print_ticks);
    return STATUS_FINE;
}

int session_renew(struct session *s, enum engine_mode mode)
{
    struct summary last;

    engine_flush(s->engine);
    last = view_summary(engine_view(s->engine));
    if (s->reached)
        tally_end(&s->tally, &last);
    engine_free(s->engine);
    s->engine = NULL;
    return session_start(s, mode);
}

void session_begin(struct session *s)
{
    struct summary first = view_summary(engine_view(s->engine));
    tally_begin(&s->tally, &first);
}

/* What was open already when the range began is said beside it, and stands in the report as it was. */
static void show_open(struct session *s)
{
    const struct view *v = engine_view(s->engine);
    const struct incident *i;
    char since[TIMESTAMP_TEXT_MAX];

    for (uint32_t n = 0; (i = view_incident(v, n)) != NULL; n++) {
        struct event e = {.type = EVENT_INCIDENT, .incident = i};
        timestamp_format(i->start_ns, since);
        session_say("an incident is open as the range begins, since %s: %s", since, i->id);
        s->incidents++;
        if (s->report)
            report_event(s->report, engine_catalog(s->engine), &e);
    }
}

/* Is t_ns within the range that was asked for? The first time that comes is its beginning. */
static bool reach(struct session *s, int64_t t_ns)
{
    const struct arguments *a = s->arguments;

    if (t_ns < a->from_ns || t_ns > a->to_ns)
        return false;
    if (!s->reached && a->from_ns > INT64_MIN) {
        engine_flush(s->engine);
        session_begin(s);
        show_open(s);
    }
    s->reached = true;
    return true;
}

static int take_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    struct session *s = context;
    s->samples += n;
    /* It may belong to a tick of the range all the same: a tick is stated for the boundary of its period,
     * after what was read then. */
    if (t_ns > s->arguments->to_ns)
        s->beyond += n;
    if (reach(s, t_ns))
        export_frame(&s->export, engine_catalog(s->engine), t_ns, samples, n);
    if (s->recorder)
        recorder_frame(s->recorder, t_ns, samples, n);
    return engine_frame(s->engine, t_ns, samples, n);
}

static int take_tick(void *context, int64_t now_ns)
{
    struct session *s = context;
    if (now_ns > s->arguments->to_ns)
        return -ECANCELED;
    s->beyond = 0;
    int fault = 0;
    if (reach(s, now_ns))
        fault = export_tick(&s->export, s->arguments, engine_catalog(s->engine), now_ns);
    if (fault && !s->out.error)
        s->out.error = fault;
    if (s->recorder)
        recorder_tick(s->recorder, now_ns);
    int r = engine_tick(s->engine, now_ns);
    if (s->recorder)
        recorder_ticked(s->recorder, now_ns);
    if (r == 0 && (!s->out.patient || s->out.error))
        r = out_flush(&s->out);
    return r;
}

static int take_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    struct session *s = context;
    if (reach(s, t_ns))
        export_gone(&s->export, engine_catalog(s->engine), t_ns, entity, end);
    if (s->recorder)
        recorder_gone(s->recorder, t_ns, entity, end);
    return engine_gone(s->engine, t_ns, entity, end);
}

struct feed session_feed(struct session *s)
{
    return (struct feed){.context = s,
        .catalog = engine_catalog(s->engine),
        .frame = take_frame,
        .tick = take_tick,
        .gone = take_gone};
}

void session_finish(struct session *s)
{
    if (!s->reached && (s->arguments->from_ns > INT64_MIN || s->arguments->to_ns < INT64_MAX)) {
        session_say("there is nothing of the time that was asked for");
        engine_flush(s->engine);
        session_begin(s);
    }
    engine_end(s->engine);
    s->finished = true;
}

static int write_report(void *context, const char *bytes, size_t n)
{
    return out_lines(context, bytes, n);
}

static void say_lost_rows(const char *path, int fault, uint64_t lost)
{
    session_say("cannot write '%s': %s; %llu rows lost", path, strerror(-fault), (unsigned long long)lost);
}

int session_close(struct session *s, int status)
{
    if (s->report && s->finished) {
        report_open_at_end(s->report, engine_view(s->engine));
        report_print(s->report, s->columns, write_report, &s->out);
    }
    int r = s->out.patient ? out_flush(&s->out) : out_finish(&s->out, LAST_WORDS_MS);
    if (s->out.dropped)
        session_say("%llu lines dropped: the reader of standard output was too slow",
            (unsigned long long)s->out.dropped);
    if (r && r != -EPIPE && status == STATUS_FINE) {
        session_say("cannot write to standard output: %s", strerror(-r));
        status = STATUS_FAILURE;
    }
    if (export_close(&s->export, s->arguments, say_lost_rows) && status == STATUS_FINE)
        status = STATUS_FAILURE;
    if (status == STATUS_FINE && s->arguments->exit_code && s->incidents)
        status = STATUS_INCIDENT;
    report_free(s->report);
    engine_free(s->engine);
    return status;
}
