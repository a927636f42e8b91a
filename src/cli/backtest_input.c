/* SPDX-License-Identifier: MIT
 * Files of recorded telemetry as one history: opened before the seal, read after it, one after the other. A
 * file that breaks off in the middle ends the history there; what it delivered before stays. */
#include "cli/backtest_input.h"

#include <errno.h>
#include <string.h>

#include "cli/backtest_recording.h"
#include "cli/session.h"
#include "state/recording_file.h"

#define DEFAULT_HOST "host" /* of wide files without a host column, as in replay */

static int find_format(const char *input, enum replay_format *ret)
{
    *ret = REPLAY_AUTO;
    if (!input || strcmp(input, "recording") == 0)
        return STATUS_FINE;
    if (strcmp(input, "csv") == 0)
        *ret = REPLAY_CSV;
    else if (strcmp(input, "jsonl") == 0)
        *ret = REPLAY_JSONL;
    else {
        session_say("--input '%s' is unknown; csv, jsonl and recording are known", input);
        return STATUS_USAGE;
    }
    return STATUS_FINE;
}

int backtest_files_open(struct backtest_files *f, const struct arguments *a)
{
    enum replay_format format;
    struct error e;
    int status = find_format(a->input, &format);
    for (; !status && f->count < a->operand_count; f->count++) {
        f->inputs[f->count].stream = byte_stream_open(a->operands[f->count], &e);
        if (!f->inputs[f->count].stream) {
            session_say_error(&e);
            return e.code == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
    }
    return status;
}

/* Is it a recording, by its first bytes or because it was said? Returns an exit status. */
static int look(struct byte_stream *stream, const char *input, bool *ret_is_recording)
{
    uint8_t begin[BYTE_STREAM_PEEK_MAX];
    struct error e;

    *ret_is_recording = input && strcmp(input, "recording") == 0;
    if (input)
        return STATUS_FINE;
    long n = byte_stream_peek(stream, begin, sizeof(begin), &e);
    if (n < 0) {
        session_say_error(&e);
        return STATUS_BAD_INPUT;
    }
    *ret_is_recording = recording_is(begin, (size_t)n);
    return STATUS_FINE;
}

int backtest_files_recognise(struct backtest_files *f, const struct arguments *a)
{
    struct replay_options o = {.default_host = DEFAULT_HOST};
    struct error e;
    int status = find_format(a->input, &o.format);
    for (size_t i = 0; !status && i < f->count; i++) {
        status = look(f->inputs[i].stream, a->input, &f->inputs[i].is_recording);
        if (status || f->inputs[i].is_recording)
            continue;
        f->inputs[i].replay = replay_open(f->inputs[i].stream, &o, &e);
        if (!f->inputs[i].replay) {
            session_say_error(&e);
            return e.code == -ENOMEM ? STATUS_FAILURE : STATUS_BAD_INPUT;
        }
    }
    return status;
}

static void note_counts(struct notes *n, const char *name, const struct replay_counts *c)
{
    if (c->skipped) {
        char first[ERROR_FILE_MAX + ERROR_TEXT_MAX];
        notes_add(n, "%s: %llu %s passed over; the first: %s", name, (unsigned long long)c->skipped,
            c->skipped == 1 ? "record" : "records", error_format(&c->first_skipped, first, sizeof(first)));
    }
    if (c->refused)
        notes_add(n,
            "%s: %llu rows beyond the limits were not judged; raise engine.max_series or engine.max_entities",
            name, (unsigned long long)c->refused);
    if (c->out_of_order)
        notes_add(
            n, "%s: %llu rows are earlier than a row before them", name, (unsigned long long)c->out_of_order);
    if (c->duplicate)
        notes_add(n, "%s: %llu values come at a time for which their series had one already", name,
            (unsigned long long)c->duplicate);
    if (c->imprecise)
        notes_add(n, "%s: %llu integers have more digits than a double keeps; they were rounded", name,
            (unsigned long long)c->imprecise);
    if (c->ignored_columns)
        notes_add(n, "%s: %lu columns mean nothing in a long file and were passed over", name,
            (unsigned long)c->ignored_columns);
}

/* The feed with an eye on how far it is. */
struct watched {
    const struct feed *feed;
    struct backtest_files *files;
    uint64_t before; /* bytes of the files that are read already */
};

static int pass_frame(void *context, int64_t t_ns, const struct sample *samples, size_t n)
{
    const struct watched *w = context;
    return w->feed->frame(w->feed->context, t_ns, samples, n);
}

static int pass_tick(void *context, int64_t now_ns)
{
    const struct watched *w = context;
    progress_step(
        &w->files->progress, w->before + byte_stream_done(w->files->inputs[w->files->at].stream), now_ns);
    return w->feed->tick(w->feed->context, now_ns);
}

static int pass_gone(void *context, int64_t t_ns, uint32_t entity, enum entity_end end)
{
    const struct watched *w = context;
    return w->feed->gone(w->feed->context, t_ns, entity, end);
}

/* An error without a text: what the feed answered. */
static int explain(int r, const char *name, bool first, struct error *e)
{
    if (r == 0 || r == -EINTR || e->text[0])
        return r;
    if (r == -EINVAL && !first)
        return error_set_at(e, r, name, 0, 0,
            "it begins before the end of the file before it; name files in the order of their times");
    return error_set_at(e, r, name, 0, 0, "%s", strerror(-r));
}

static int run(
    void *context, const struct feed *feed, const volatile int *stop, struct notes *notes, struct error *e)
{
    struct backtest_files *f = context;
    struct watched w = {.feed = feed, .files = f};
    struct feed watching = {
        .context = &w, .catalog = feed->catalog, .frame = pass_frame, .tick = pass_tick, .gone = pass_gone};
    uint64_t total = 0;
    int r = 0;

    for (size_t i = 0; i < f->count; i++) {
        uint64_t size = byte_stream_size(f->inputs[i].stream);
        total = size && (i == 0 || total) ? total + size : 0;
    }
    progress_begin(&f->progress, total);
    for (f->at = 0; r == 0 && f->at < f->count; f->at++) {
        struct replay_counts counts = {0};
        const char *name = byte_stream_name(f->inputs[f->at].stream);
        *e = (struct error){0};
        if (f->inputs[f->at].is_recording)
            r = backtest_recording_run(f->inputs[f->at].stream, &watching, stop, notes, e);
        else
            r = replay_run(f->inputs[f->at].replay, &watching, stop, &counts, e);
        progress_end(&f->progress);
        note_counts(notes, name, &counts);
        r = stop && *stop ? -EINTR : explain(r, name, f->at == 0, e);
        w.before += byte_stream_done(f->inputs[f->at].stream);
    }
    return r;
}

struct backtest_source backtest_files_source(struct backtest_files *f)
{
    return (struct backtest_source){.context = f, .run = run};
}

void backtest_files_close(struct backtest_files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (f->inputs[i].replay)
            replay_close(f->inputs[i].replay);
        byte_stream_close(f->inputs[i].stream);
    }
    f->count = 0;
}
