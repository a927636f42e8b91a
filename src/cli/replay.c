/* SPDX-License-Identifier: MIT
 * coherence replay FILE... | -: recorded telemetry through the same engine. Files are opened before the seal
 * and read after it, one after the other. Text is judged as it is read; recordings (playback.c) as they were
 * judged when they were made. */
#include "ingestion/replay/replay.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/playback_file.h"
#include "cli/playback_state.h"
#include "cli/range_input.h"
#include "cli/session.h"
#include "state/recording_file.h"
#include "state/state_file.h"

#define DEFAULT_HOST "host" /* of wide files without a host column */

struct input {
    struct byte_stream *stream;
    struct replay *replay;
};

enum input_kind { INPUT_AUTO, INPUT_TEXT, INPUT_RECORDING };

static int find_format(const struct arguments *a, enum replay_format *ret, enum input_kind *ret_kind)
{
    *ret = REPLAY_AUTO;
    *ret_kind = a->input ? INPUT_TEXT : INPUT_AUTO;
    if (!a->input)
        return STATUS_FINE;
    if (strcmp(a->input, "csv") == 0) {
        *ret = REPLAY_CSV;
    } else if (strcmp(a->input, "jsonl") == 0) {
        *ret = REPLAY_JSONL;
    } else if (strcmp(a->input, "recording") == 0) {
        *ret_kind = INPUT_RECORDING;
    } else {
        session_say("--input '%s' is unknown; csv, jsonl and recording are known", a->input);
        return STATUS_USAGE;
    }
    return STATUS_FINE;
}

/* Looks at the first bytes of every input: are they recordings? All are, or none. */
static int recognise(const struct arguments *a, struct input *inputs, enum input_kind *kind)
{
    static const char state_file[] = "SQLite format 3"; /* sqlite.org/fileformat2.html, section 1.3.1 */
    uint8_t begin[BYTE_STREAM_PEEK_MAX];
    struct error e;

    for (size_t i = 0; i < a->operand_count; i++) {
        long n = byte_stream_peek(inputs[i].stream, begin, sizeof(begin), &e);
        if (n < 0) {
            if (!interrupt_came())
                session_say_error(&e);
            return interrupt_came() || e.code == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
        if ((size_t)n >= sizeof(state_file) && memcmp(begin, state_file, sizeof(state_file)) == 0) {
            session_say("%s: a database; what a sentinel recorded is replayed with --state-dir DIR",
                byte_stream_name(inputs[i].stream));
            return STATUS_USAGE;
        }
        enum input_kind is = recording_is(begin, (size_t)n) ? INPUT_RECORDING : INPUT_TEXT;
        if (i > 0 && is != *kind) {
            session_say("%s: a recording and text cannot be replayed together: a recording begins with an "
                        "engine of its own",
                byte_stream_name(inputs[i].stream));
            return STATUS_USAGE;
        }
        *kind = is;
    }
    return STATUS_FINE;
}

static int open_streams(const struct arguments *a, struct input *inputs)
{
    struct error e;
    for (size_t i = 0; i < a->operand_count; i++) {
        inputs[i].stream = byte_stream_open(a->operands[i], &e);
        if (!inputs[i].stream) {
            session_say_error(&e);
            return e.code == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
    }
    return STATUS_FINE;
}

/* Looks at every input's beginning: its format, and whether it brings its own clock. */
static int open_replays(
    const struct arguments *a, struct input *inputs, enum replay_format format, enum engine_mode *ret_mode)
{
    struct replay_options o = {.format = format, .default_host = DEFAULT_HOST};
    struct error e;

    *ret_mode = ENGINE_STREAM;
    for (size_t i = 0; i < a->operand_count; i++) {
        inputs[i].replay = replay_open(inputs[i].stream, &o, &e);
        if (!inputs[i].replay) {
            session_say_error(&e);
            return e.code == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
        if (!replay_has_clock(inputs[i].replay))
            *ret_mode = ENGINE_BOUNDED;
    }
    return STATUS_FINE;
}

/* fault: what ends the reading, which may name the first record itself. */
static void say_counts(const char *name, const struct replay_counts *c, const struct error *fault)
{
    if (c->skipped && !strstr(fault->text, c->first_skipped.text)) {
        session_say("%s: %llu %s passed over; the first:", name, (unsigned long long)c->skipped,
            c->skipped == 1 ? "record" : "records");
        session_say_error(&c->first_skipped);
    }
    if (c->refused)
        session_say(
            "%s: %llu rows beyond the limits were not judged; raise engine.max_series or engine.max_entities",
            name, (unsigned long long)c->refused);
    if (c->out_of_order)
        session_say(
            "%s: %llu rows are earlier than a row before them", name, (unsigned long long)c->out_of_order);
    if (c->duplicate)
        session_say("%s: %llu values come at a time for which their series had one already", name,
            (unsigned long long)c->duplicate);
    if (c->imprecise)
        session_say("%s: %llu integers have more digits than a double keeps; they were rounded", name,
            (unsigned long long)c->imprecise);
    if (c->ignored_columns)
        session_say("%s: %lu columns mean nothing in a long file and were passed over", name,
            (unsigned long)c->ignored_columns);
}

/* e without a text: what the engine answered. */
static void say_fault(const char *name, bool first, int r, const struct error *e)
{
    if (e->text[0])
        session_say_error(e);
    else if (r == -EINVAL && !first)
        session_say(
            "%s: it begins before the end of the file before it; name files in the order of their times",
            name);
    else
        session_say("%s: %s", name, strerror(-r));
}

static int finish_interrupted(struct session *s)
{
    session_say("interrupted; what was judged so far follows");
    if (s->engine)
        session_finish(s);
    return STATUS_FAILURE;
}

/* What a playback came to, r: its answer. */
static int end_playback(struct session *s, const char *name, int r, const struct error *e, bool *ret_over)
{
    if (interrupt_came())
        return finish_interrupted(s);
    *ret_over = r == -ECANCELED || s->out.error;
    if (r == 0 || *ret_over)
        return STATUS_FINE;
    say_fault(name, true, r, e);
    return r == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
}

static int play_one(struct session *s, struct byte_stream *stream, bool *ret_over)
{
    struct playback p;
    struct error e = {0};

    int r = playback_open(&p, s, byte_stream_name(stream));
    if (r == 0)
        r = playback_file(&p, stream, interrupt_flag(), &e);
    playback_close(&p);
    return end_playback(s, byte_stream_name(stream), r, &e, ret_over);
}

static int play_all(struct session *s, struct input *inputs)
{
    bool over = false;
    int status = STATUS_FINE;

    for (size_t i = 0; !status && !over && i < s->arguments->operand_count; i++)
        status = play_one(s, inputs[i].stream, &over);
    if (!status && !s->out.error)
        session_finish(s);
    return status;
}

static int replay_all(struct session *s, struct input *inputs)
{
    const struct arguments *a = s->arguments;
    struct feed feed = session_feed(s);
    struct error e = {0};

    for (size_t i = 0; i < a->operand_count; i++) {
        struct replay_counts counts;
        int r = replay_run(inputs[i].replay, &feed, interrupt_flag(), &counts, &e);
        say_counts(byte_stream_name(inputs[i].stream), &counts, &e);
        if (interrupt_came())
            return finish_interrupted(s);
        if (s->out.error)
            return STATUS_FINE;
        if (r == -ECANCELED) /* after the range */
            break;
        if (r) {
            say_fault(byte_stream_name(inputs[i].stream), i == 0, r, &e);
            return r == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
    }
    session_finish(s);
    return STATUS_FINE;
}

static int play_state(struct session *s, const struct state_source *source, const char *name)
{
    struct playback p;
    struct error e = {0};
    bool over;

    int r = playback_open(&p, s, name);
    if (r == 0)
        r = playback_state(&p, source, interrupt_flag(), &e);
    playback_close(&p);
    int status = end_playback(s, name, r, &e, &over);
    if (!status && !s->out.error)
        session_finish(s);
    return status;
}

/* What the flight recorder kept. */
static int judge_state(struct session *s)
{
    const char *dir = s->config.shell.state_dir;
    char name[OPTION_TEXT_MAX + sizeof(STATE_FILE_NAME)];
    struct state_source source;
    struct error e = {0};

    (void)snprintf(name, sizeof(name), "%s/%s", dir, STATE_FILE_NAME);
    int r = state_source_open(&source, dir, &e);
    if (r == -ENOENT)
        session_say(
            "no recorded telemetry in '%s': a sentinel keeps some there with --state-dir %s (live, run)", dir,
            dir);
    else if (r)
        session_say("cannot read '%s': %s", name, e.text);
    if (r)
        return r == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
    interrupt_catch();
    int status = session_seal(s, NULL);
    if (!status)
        status = play_state(s, &source, name);
    state_source_close(&source);
    return status;
}

/* A history out of Prometheus. */
static int judge_range(struct session *s)
{
    static struct range_input input;
    struct backtest_source source;
    struct notes notes = {.count = 0};
    struct error e = {0};
    int status = range_input_open(&input, s->arguments, s);

    interrupt_catch();
    if (!status)
        status = session_seal(s, NULL);
    if (!status)
        status = session_start(s, ENGINE_STREAM);
    if (!status) {
        struct feed feed = session_feed(s);
        source = range_input_source(&input);
        int r = source.run(source.context, &feed, interrupt_flag(), &notes, &e);
        if (interrupt_came()) {
            status = finish_interrupted(s);
        } else {
            if (r && r != -ECANCELED) {
                session_say_error(&e);
                status = r == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
                if (s->samples > 0)
                    session_say("what was read before that was judged");
            }
            if (!s->out.error && (!status || s->samples > 0))
                session_finish(s);
        }
    }
    range_input_close(&input);
    notes_done(&notes);
    return status;
}

static int judge(struct session *s, struct input *inputs)
{
    const struct arguments *a = s->arguments;
    enum replay_format format;
    enum input_kind kind;
    enum engine_mode mode;
    int status = find_format(a, &format, &kind);

    if (!status)
        status = open_streams(a, inputs);
    if (status)
        return status;
    interrupt_catch();
    status = session_seal(s, NULL);
    if (!status && kind == INPUT_AUTO)
        status = recognise(a, inputs, &kind);
    if (!status && kind == INPUT_RECORDING)
        return play_all(s, inputs);
    if (!status)
        status = open_replays(a, inputs, format, &mode);
    if (!status)
        status = session_start(s, mode);
    return status ? status : replay_all(s, inputs);
}

/* Would a file that is to be read be emptied for what is kept? */
static bool writes_what_it_reads(const struct arguments *a)
{
    const char *kept[] = {a->csv_file, a->jsonl_file};
    struct stat to, from;

    for (size_t k = 0; k < sizeof(kept) / sizeof(kept[0]); k++)
        for (size_t i = 0; kept[k] && stat(kept[k], &to) == 0 && i < a->operand_count; i++)
            if (stat(a->operands[i], &from) == 0 && from.st_dev == to.st_dev && from.st_ino == to.st_ino) {
                session_say("'%s' is to be read and to be written; name another file", kept[k]);
                return true;
            }
    return false;
}

static bool names_state_dir(const struct arguments *a)
{
    for (size_t i = 0; i < a->setting_count; i++)
        if (strcmp(a->settings[i].flag, "--state-dir") == 0)
            return true;
    return false;
}

static int refuse_nothing(void)
{
    session_say(
        "replay needs a file, - for standard input, or --state-dir DIR for what a sentinel recorded; or "
        "--prometheus URL");
    return STATUS_USAGE;
}

static int run(const struct arguments *a)
{
    static struct session s;
    static struct input inputs[ARGUMENTS_OPERANDS_MAX];

    if (a->from_ns > a->to_ns) {
        session_say("--to lies before --from");
        return STATUS_USAGE;
    }
    if (!range_input_wanted(a) && range_input_stray(a))
        return STATUS_USAGE;
    if (a->operand_count > 0 && names_state_dir(a)) {
        session_say("give files or --state-dir, not both");
        return STATUS_USAGE;
    }
    if (writes_what_it_reads(a))
        return STATUS_USAGE;
    int status = session_open(&s, a, true);
    if (!status && !a->dump_config)
        status = range_input_wanted(a)         ? judge_range(&s)
                 : a->operand_count            ? judge(&s, inputs)
                 : s.config.shell.state_dir[0] ? judge_state(&s)
                                               : refuse_nothing();
    for (size_t i = 0; i < a->operand_count; i++) {
        if (inputs[i].replay)
            replay_close(inputs[i].replay);
        if (inputs[i].stream)
            byte_stream_close(inputs[i].stream);
    }
    return session_close(&s, status);
}

const struct command command_replay = {
    .name = "replay",
    .bit = FOR_REPLAY,
    .operands = "[FILE... | -]",
    .summary = "recorded telemetry (recording, CSV, JSON lines; gzip, xz, zstd) through the same engine",
    .run = run,
};
