/* SPDX-License-Identifier: MIT
 * coherence replay FILE... | -: recorded telemetry through the same engine. Files are opened before the seal
 * and read after it, one after the other. */
#include "ingestion/replay/replay.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#include "cli/command.h"
#include "cli/session.h"

#define DEFAULT_HOST "host" /* of wide files without a host column */

static volatile sig_atomic_t interrupted;
static volatile int stop;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
    stop = 1;
}

struct input {
    struct byte_stream *stream;
    struct replay *replay;
};

static int find_format(const struct arguments *a, enum replay_format *ret)
{
    *ret = REPLAY_AUTO;
    if (!a->input)
        return STATUS_FINE;
    if (strcmp(a->input, "csv") == 0) {
        *ret = REPLAY_CSV;
    } else if (strcmp(a->input, "jsonl") == 0) {
        *ret = REPLAY_JSONL;
    } else if (strcmp(a->input, "recording") == 0) {
        session_say("--input recording is not available in this version of coherence; csv and jsonl are");
        return STATUS_USAGE;
    } else {
        session_say("--input '%s' is unknown; csv and jsonl are known", a->input);
        return STATUS_USAGE;
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

static void say_counts(const char *name, const struct replay_counts *c)
{
    if (c->skipped) {
        session_say("%s: %llu records passed over; the first:", name, (unsigned long long)c->skipped);
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

static int replay_all(struct session *s, struct input *inputs)
{
    const struct arguments *a = s->arguments;
    struct feed feed = session_feed(s);
    struct error e = {0};

    for (size_t i = 0; i < a->operand_count; i++) {
        struct replay_counts counts;
        int r = replay_run(inputs[i].replay, &feed, &stop, &counts, &e);
        say_counts(byte_stream_name(inputs[i].stream), &counts);
        if (interrupted) {
            session_say("interrupted; what was judged so far follows");
            session_finish(s);
            return STATUS_FAILURE;
        }
        if (s->out.error)
            return STATUS_FINE;
        if (r) {
            say_fault(byte_stream_name(inputs[i].stream), i == 0, r, &e);
            return r == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
    }
    session_finish(s);
    return STATUS_FINE;
}

static int judge(struct session *s, struct input *inputs)
{
    const struct arguments *a = s->arguments;
    struct sigaction interrupt = {.sa_handler = on_interrupt};
    enum replay_format format;
    enum engine_mode mode;
    int status = find_format(a, &format);

    if (!status)
        status = open_streams(a, inputs);
    if (status)
        return status;
    sigaction(SIGINT, &interrupt, NULL);
    sigaction(SIGTERM, &interrupt, NULL);
    status = session_seal(s, NULL);
    if (!status)
        status = open_replays(a, inputs, format, &mode);
    if (!status)
        status = session_start(s, mode);
    return status ? status : replay_all(s, inputs);
}

static int run(const struct arguments *a)
{
    static struct session s;
    static struct input inputs[ARGUMENTS_OPERANDS_MAX];

    if (a->operand_count == 0 && !a->dump_config) {
        session_say("replay needs a file, or - for standard input");
        return STATUS_USAGE;
    }
    int status = session_open(&s, a, true);
    if (!status && !a->dump_config)
        status = judge(&s, inputs);
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
    .operands = "FILE... | -",
    .summary = "recorded telemetry (CSV, JSON lines; gzip, xz, zstd) through the same engine",
    .run = run,
};
