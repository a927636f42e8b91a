/* SPDX-License-Identifier: MIT
 * Turns a recording into a history for several engines. They begin anew, as with any other file: what the
 * recorded sentinel had learned before is in its snapshots, for the one set of options with which it ran. */
#include "cli/backtest_recording.h"

#include <errno.h>

#include "cli/recording_stream.h"
#include "state/recording_reader.h"

static int read_all(struct recording_in *in, struct recording_reader *reader, const struct feed *feed,
    const volatile int *stop, struct error *e)
{
    struct recording_block block;
    struct recording_key key;

    for (;;) {
        if (stop && *stop)
            return -EINTR;
        int r = recording_in_next(in, &block, e);
        if (r == -EBADMSG) {
            recording_reader_lost(reader);
            continue;
        }
        if (r <= 0)
            return r;
        r = recording_reader_block(reader, block.bytes, block.n, feed, &key);
        if (r < 0 && r != -EBADMSG && r != -ENOKEY) {
            *e = *recording_reader_error(reader);
            return r;
        }
    }
}

static void note_losses(
    struct notes *n, const char *name, const struct recording_in *in, const struct recording_read *read)
{
    uint64_t lost = read->damaged + read->missing;
    bool torn;

    if (recording_in_passed_over(in, &torn) && torn)
        notes_add(
            n, "%s: it ends in the middle of a block, as after a crash; what came after is not in it", name);
    if (lost)
        notes_add(n, "%s: %llu block%s damaged or missing; that time was not judged", name,
            (unsigned long long)lost, lost == 1 ? " is" : "s are");
    if (read->nameless)
        notes_add(n, "%s: %llu samples were not judged: the names of their series were in a lost block", name,
            (unsigned long long)read->nameless);
    if (read->refused)
        notes_add(n,
            "%s: %llu samples beyond the limits were not judged; raise engine.max_series or "
            "engine.max_entities",
            name, (unsigned long long)read->refused);
}

int backtest_recording_run(struct byte_stream *stream, const struct feed *feed, const volatile int *stop,
    struct notes *notes, struct error *e)
{
    struct recording_stream source = {.stream = stream, .error = e};
    struct recording_in *in = recording_stream_open(&source);
    struct recording_reader *reader = recording_reader_new();
    int r = -ENOMEM;

    if (in && reader)
        r = read_all(in, reader, feed, stop, e);
    else
        error_set_at(e, r, byte_stream_name(stream), 0, 0, "out of memory");
    if (reader) {
        struct recording_read read = recording_reader_totals(reader);
        note_losses(notes, byte_stream_name(stream), in, &read);
        if (r == 0 && read.blocks == 0)
            r = error_set_at(e, -EBADMSG, byte_stream_name(stream), 0, 0, "no telemetry in it can be read");
    }
    recording_reader_free(reader);
    recording_in_free(in);
    return r;
}
