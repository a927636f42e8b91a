/* SPDX-License-Identifier: MIT
 * coherence backtest FILE... | -: a history through the engine of replay, held against the outages that
 * people know of. One pass over the input feeds the configured engine, one for each budget of the sweep, and
 * the classic profile; what they said is judged when the input is over. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/backtest_input.h"
#include "cli/backtest_options.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/labelling.h"
#include "cli/range_input.h"
#include "cli/session.h"
#include "engine/fanout.h"
#include "ingestion/outages/outage_csv.h"
#include "output/backtest/backtest_report.h"
#include "verdict/trace.h"
#include "verdict/verdict.h"

#define THREADS_MOST 16 /* by default, however many processors there are */

/* What one engine says goes to its tape. */
struct member {
    struct engine *engine;
    struct tape *tape;
};

struct backtest {
    const struct arguments *arguments;
    struct session session;
    struct backtest_options options;
    struct notes notes;
    struct backtest_files files;
    struct range_input range; /* instead of files, where it is asked for */
    struct byte_stream *outages_stream;
    int html_fd, label_fd, tty_fd; /* -1: none */
    struct outage *outages;
    uint64_t unread; /* rows of the list that are left out because they cannot be read */
    struct ground ground;
    struct observer *observer;
    struct trace *trace;
    struct fanout *fanout;
    struct member members[FANOUT_ENGINES_MAX];
    struct verdict_tape tapes[FANOUT_ENGINES_MAX];
    uint32_t count;
    struct verdict *verdict;
    char cut_short[ERROR_FILE_MAX + ERROR_TEXT_MAX + 64]; /* "": all was read */
};

static int fail_memory(void)
{
    session_say("not enough memory");
    return STATUS_FAILURE;
}

static int open_output(const char *path, int flags, int *ret_fd)
{
    *ret_fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | flags, 0666);
    if (*ret_fd >= 0)
        return STATUS_FINE;
    if (errno == EEXIST)
        session_say("'%s' is there already; a list of outages is not written over", path);
    else
        session_say("cannot write '%s': %s", path, strerror(errno));
    return STATUS_FAILURE;
}

/* The terminal, also where standard input is the telemetry. */
static int open_labelling(struct backtest *b)
{
    if (!b->arguments->label_file)
        return STATUS_FINE;
    b->tty_fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (b->tty_fd < 0) {
        session_say("--label asks on a terminal, and there is none: %s", strerror(errno));
        return STATUS_HOST_CANNOT;
    }
    return open_output(b->arguments->label_file, O_EXCL, &b->label_fd);
}

static int open_files(struct backtest *b)
{
    const struct arguments *a = b->arguments;
    struct error e;
    int status = range_input_wanted(a) ? range_input_open(&b->range, a, &b->session)
                                       : backtest_files_open(&b->files, a);
    if (status)
        return status;
    if (a->outages) {
        b->outages_stream = byte_stream_open(a->outages, &e);
        if (!b->outages_stream) {
            session_say_error(&e);
            return STATUS_BAD_INPUT;
        }
    }
    if (a->html_file)
        status = open_output(a->html_file, O_TRUNC, &b->html_fd);
    return status ? status : open_labelling(b);
}

/* All bytes of a small file; the caller's. */
static char *read_whole(struct byte_stream *stream, size_t *ret_n, struct error *e)
{
    size_t room = OUTAGE_CSV_BYTES_MAX + 1, n = 0;
    char *bytes = malloc(room);
    if (!bytes) {
        error_set(e, -ENOMEM, "not enough memory");
        return NULL;
    }
    while (n < room) {
        long got = byte_stream_read(stream, bytes + n, room - n, e);
        if (got < 0) {
            free(bytes);
            return NULL;
        }
        if (got == 0)
            break;
        n += (size_t)got;
    }
    *ret_n = n;
    return bytes;
}

/* A row that repeats another loses nothing. */
static void note_fault(void *context, const struct error *e)
{
    struct backtest *b = context;
    b->unread += e->code == -EINVAL;
    notes_add_error(&b->notes, e);
}

/* The list has been read: is there anything to judge by? A list without rows says that there was no outage;
 * one of which no row can be read says nothing. */
static int check_outages(struct backtest *b)
{
    if (b->ground.count > 0)
        return STATUS_FINE;
    if (b->unread == 0) {
        notes_add(&b->notes, "%s: the list names no outage", b->arguments->outages);
        return STATUS_FINE;
    }
    session_say("%s: none of its %llu %s can be read as an outage, so nothing says which incidents are "
                "false; mend the list, or leave --outages out",
        b->arguments->outages, (unsigned long long)b->unread, b->unread == 1 ? "row" : "rows");
    return STATUS_BAD_INPUT;
}

static int read_outages(struct backtest *b)
{
    struct error e;
    size_t n = 0, count = 0;
    b->ground = (struct ground){
        .lead_ns = b->options.lead_ns, .merge_ns = b->options.merge_ns, .from_ns = b->options.from_ns};
    if (!b->outages_stream)
        return STATUS_FINE;
    char *text = read_whole(b->outages_stream, &n, &e);
    int r = text ? outage_csv_parse(text, n, b->arguments->outages,
                       &(struct outage_csv_listener){b, note_fault}, &b->outages, &count, &e)
                 : e.code;
    free(text);
    if (r) {
        session_say_error(&e);
        return r == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
    }
    if (count > 0)
        ground_sort(b->outages, count);
    b->ground.outages = b->outages;
    b->ground.count = (uint32_t)count;
    return check_outages(b);
}

static void on_event(void *context, const struct event *e)
{
    struct member *m = context;
    tape_event(m->tape, engine_catalog(m->engine), e);
}

/* The user's settings first, then the other budgets of the sweep, then the classic profile. */
static uint32_t list_engines(
    const struct backtest *b, struct engine_options *options, struct verdict_tape *tapes)
{
    const struct engine_options *own = &b->session.config.engine;
    uint32_t n = 0;
    options[n] = *own;
    tapes[n++] =
        (struct verdict_tape){.kind = POINT_PROGRAM, .promised_per_day = own->false_alarm_budget_per_day};
    for (uint32_t i = 0; i < b->options.budget_count; i++) {
        double budget = b->options.budgets[i];
        if (!(budget < own->false_alarm_budget_per_day) && !(budget > own->false_alarm_budget_per_day))
            continue;
        options[n] = *own;
        options[n].false_alarm_budget_per_day = budget;
        tapes[n++] = (struct verdict_tape){.kind = POINT_PROGRAM, .promised_per_day = budget};
    }
    options[n] = *own;
    options[n].profile = PROFILE_CLASSIC;
    tapes[n++] = (struct verdict_tape){.kind = POINT_CLASSIC, .promised_per_day = (double)NAN};
    /* Single anomalies are alarms, by which incidents are joined. */
    for (uint32_t i = 0; i < n; i++)
        options[i].anomalies = true;
    return n;
}

static uint32_t thread_count(const struct backtest *b)
{
    int64_t asked = b->session.config.engine.threads;
    if (asked > 1)
        return (uint32_t)asked;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > THREADS_MOST ? THREADS_MOST : (uint32_t)processors;
}

static int start_engines(struct backtest *b)
{
    struct engine_options options[FANOUT_ENGINES_MAX];
    struct error e;
    uint32_t n = list_engines(b, options, b->tapes);

    b->observer = observer_new(&b->ground);
    b->trace = b->html_fd >= 0 ? trace_new(&b->ground) : NULL;
    if (!b->observer || (b->html_fd >= 0 && !b->trace))
        return fail_memory();
    b->fanout = fanout_new(&(struct fanout_options){.engines = options,
                               .count = n,
                               .threads = thread_count(b),
                               .mode = ENGINE_STREAM,
                               .onlooker = {.context = b->observer, .frame = observer_frame},
                               .ticked = b->trace ? trace_tick : NULL,
                               .ticked_context = b->trace},
        &e);
    if (!b->fanout) {
        session_say_error(&e);
        return STATUS_FAILURE;
    }
    for (b->count = 0; b->count < n; b->count++) {
        struct member *m = &b->members[b->count];
        m->engine = fanout_engine(b->fanout, b->count);
        m->tape = tape_new(&b->ground, b->count == 0);
        b->tapes[b->count].tape = m->tape;
        if (!m->tape)
            return fail_memory();
        engine_on_event(m->engine, on_event, m);
    }
    return STATUS_FINE;
}

/* Reads the whole history. Returns the exit status that the reading deserves; the report is made in any case
 * but want of memory. */
static int read_history(struct backtest *b)
{
    struct backtest_source source =
        range_input_wanted(b->arguments) ? range_input_source(&b->range) : backtest_files_source(&b->files);
    struct feed feed = fanout_feed(b->fanout);
    struct error e = {0};
    int r = source.run(source.context, &feed, interrupt_flag(), &b->notes, &e);
    if (r == -ENOMEM)
        return fail_memory();
    int ended = fanout_end(b->fanout);
    observer_finish(b->observer);
    if (r == 0 && ended)
        r = error_set(&e, ended, "%s", strerror(-ended));
    if (interrupt_came()) {
        session_say("interrupted; what was judged so far follows");
        strcpy(b->cut_short, "it was interrupted");
        return STATUS_FAILURE;
    }
    if (r == 0)
        return STATUS_FINE;
    session_say_error(&e);
    error_format(&e, b->cut_short, sizeof(b->cut_short));
    return STATUS_BAD_INPUT;
}

/* Outages of hosts that were never heard, and outside of the time that was read. */
static void note_strangers(struct backtest *b)
{
    const struct verdict *v = b->verdict;
    for (uint32_t i = 0; i < b->ground.count; i++) {
        const struct outage *o = &b->ground.outages[i];
        if (v->outages[i].outcome != OUTAGE_NOT_JUDGED)
            continue;
        const char *why =
            o->host[0] && !observer_find(b->observer, o->host)    ? "the telemetry has no such host"
            : o->end_ns < v->first_ns || o->start_ns > v->last_ns ? "it is outside of the telemetry's time"
                                                                  : "there is no telemetry of its host then";
        notes_add(&b->notes, "%s:%u: the outage of '%s' was not judged: %s", b->arguments->outages,
            (unsigned)o->line, o->host[0] ? o->host : "every host", why);
    }
    if (tape_dropped(v->tape))
        notes_add(&b->notes, "%llu incidents were not judged: at most %u are kept",
            (unsigned long long)tape_dropped(v->tape), TAPE_INCIDENTS_MAX);
    if (observer_lost(b->observer))
        notes_add(&b->notes, "%llu samples were not counted as watched: not enough memory",
            (unsigned long long)observer_lost(b->observer));
}

static int write_stdout(void *context, const char *bytes, size_t n)
{
    struct out *o = context;
    /* The buffer takes pieces of at most its size; a report's are smaller. */
    int r = out_lines(o, bytes, n);
    return r;
}

static int write_file(void *context, const char *bytes, size_t n)
{
    int fd = *(const int *)context;
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return -errno;
        bytes += done;
        n -= (size_t)done;
    }
    return 0;
}

static int write_html(struct backtest *b, const struct backtest_report *r)
{
    int fault = backtest_html(r, write_file, &b->html_fd);
    if (close(b->html_fd) && !fault)
        fault = -errno;
    b->html_fd = -1;
    if (!fault)
        return STATUS_FINE;
    session_say("cannot write '%s': %s", b->arguments->html_file, strerror(-fault));
    return STATUS_FAILURE;
}

/* On how many hosts had a law no source? As it stood at the end. */
static void find_blind(const struct backtest *b, struct backtest_report *r)
{
    const struct view *v = engine_view(b->members[0].engine);
    const struct catalog *c = view_catalog(v);
    uint8_t *seen =
        calloc(catalog_entity_places(c) + 1U, sizeof(*seen)); /* a bit per law, by place of the host */

    for (uint32_t i = catalog_entity_first(c); seen && i != ENTITY_NONE; i = catalog_entity_next(c, i))
        for (int law = 0; law < LAW_MAIN_COUNT; law++)
            if (view_reading(v, i, (enum law_id)law).state != LAW_UNOBSERVABLE)
                seen[catalog_entity_place(c, catalog_entity_get(c, i)->host)] |= (uint8_t)(1U << law);
    for (uint32_t i = catalog_entity_first(c); seen && i != ENTITY_NONE; i = catalog_entity_next(c, i)) {
        if (catalog_entity_get(c, i)->kind != ENTITY_HOST)
            continue;
        r->hosts++;
        for (uint32_t law = 0; law < LAW_MAIN_COUNT; law++)
            r->blind[law] += !(seen[catalog_entity_place(c, i)] >> law & 1U);
    }
    free(seen);
}

static int write_report(struct backtest *b)
{
    const struct summary *said = tape_summary(b->members[0].tape);
    struct backtest_report r = {.verdict = b->verdict,
        .trace = b->trace,
        .inputs = range_input_wanted(b->arguments) ? b->range.inputs : b->arguments->operands,
        .input_count =
            range_input_wanted(b->arguments) ? 1 + b->arguments->query_count : b->arguments->operand_count,
        .outages = b->arguments->outages,
        .outages_unread = b->unread,
        .promised_per_day = b->session.config.engine.false_alarm_budget_per_day,
        .complete = b->cut_short[0] == '\0',
        .cut_short = b->cut_short,
        .notes = (const char *const *)b->notes.texts,
        .note_count = b->notes.count,
        .notes_left_out = b->notes.left_out,
        .samples = said->samples,
        .series = said->series,
        .refused = said->refused + fanout_refused(b->fanout)};
    find_blind(b, &r);
    bool json = b->session.config.shell.format == SHELL_FORMAT_JSON;
    int fault = (json ? backtest_json : backtest_text)(&r, write_stdout, &b->session.out);
    int status = fault == -ENOMEM ? fail_memory() : STATUS_FINE;
    if (b->html_fd < 0)
        return status;
    int html = write_html(b, &r);
    return status ? status : html;
}

/* After the report. */
static int label(struct backtest *b)
{
    if (b->label_fd < 0)
        return STATUS_FINE;
    out_flush(&b->session.out);
    int r = labelling_run(b->verdict, b->tty_fd, b->label_fd);
    if (!r)
        return STATUS_FINE;
    session_say("cannot write '%s': %s", b->arguments->label_file, strerror(-r));
    return STATUS_FAILURE;
}

static int judge(struct backtest *b)
{
    int status = open_files(b);
    if (status)
        return status;
    interrupt_catch();
    status = session_seal(&b->session, NULL);
    if (!status)
        status = read_outages(b);
    if (!status)
        status = backtest_files_recognise(&b->files, b->arguments);
    if (!status)
        status = start_engines(b);
    if (status)
        return status;
    status = read_history(b);
    if (status == STATUS_FAILURE && !interrupt_came())
        return status;
    b->verdict = verdict_new(&b->ground, b->observer, b->tapes, b->count);
    if (!b->verdict)
        return fail_memory();
    note_strangers(b);
    int written = write_report(b);
    if (!written && !interrupt_came())
        written = label(b);
    return status ? status : written;
}

static void close_file(int fd)
{
    if (fd >= 0)
        close(fd);
}

static void take_down(struct backtest *b)
{
    verdict_free(b->verdict);
    fanout_free(b->fanout);
    for (uint32_t i = 0; i < b->count; i++)
        tape_free(b->members[i].tape);
    observer_free(b->observer);
    trace_free(b->trace);
    free(b->outages);
    close_file(b->html_fd);
    close_file(b->label_fd);
    close_file(b->tty_fd);
    if (b->outages_stream)
        byte_stream_close(b->outages_stream);
    backtest_files_close(&b->files);
    range_input_close(&b->range);
    notes_done(&b->notes);
}

static int check_configuration(const struct backtest *b)
{
    if (b->session.config.shell.format == SHELL_FORMAT_LOGFMT) {
        session_say("backtest writes text, or with --json one object; it knows no logfmt");
        return STATUS_USAGE;
    }
    if (b->session.config.engine.profile == PROFILE_CLASSIC) {
        session_say("backtest judges the default profile, with the classic one beside it; leave 'profile: "
                    "classic' out");
        return STATUS_USAGE;
    }
    return STATUS_FINE;
}

static int run(const struct arguments *a)
{
    static struct backtest b;
    struct error e;

    b.arguments = a;
    b.html_fd = b.label_fd = b.tty_fd = -1;
    if (a->operand_count == 0 && !range_input_wanted(a) && !a->dump_config) {
        session_say(
            "backtest needs the recorded telemetry: a file, - for standard input, or --prometheus URL");
        return STATUS_USAGE;
    }
    if (!range_input_wanted(a) && range_input_stray(a))
        return STATUS_USAGE;
    if (!range_input_wanted(a) && (a->from_ns != INT64_MIN || a->to_ns != INT64_MAX)) {
        session_say("--from and --to are of --prometheus URL; files are judged whole");
        return STATUS_USAGE;
    }
    if (backtest_options_read(&b.options, a, &e)) {
        session_say_error(&e);
        return STATUS_USAGE;
    }
    int status = session_open(&b.session, a, true);
    if (!status && !a->dump_config) {
        status = check_configuration(&b);
        if (!status)
            status = judge(&b);
        take_down(&b);
    }
    return session_close(&b.session, status);
}

const struct command command_backtest = {
    .name = "backtest",
    .bit = FOR_BACKTEST,
    .operands = "FILE... | -",
    .summary = "a recorded history (recording, CSV, JSON lines) held against known outages: lead time, false "
               "alarms, report",
    .run = run,
};
