/* SPDX-License-Identifier: MIT
 * Joins a session's recorder to the places where recordings are kept. */
#include "cli/flight.h"

#include "cli/session.h"

/* Blocks go to the thread that writes the state file, or, when it is behind, nowhere: a tick never waits. */
static int keep_block(void *context, const struct recording_block *block)
{
    const struct state_block row = {.kind = (int32_t)block->kind,
        .from_ns = block->from_ns,
        .to_ns = block->to_ns,
        .samples = block->samples,
        .bytes = block->bytes,
        .n = block->n};
    return state_writer_put_block(context, &row);
}

int flight_start(struct flight *f, struct session *s, struct state_writer *writer)
{
    const bool keeps = writer && s->config.recorder.enabled;

    if (!f->file.path && !keeps)
        return STATUS_FINE;
    f->recorder = recorder_new(s);
    if (!f->recorder) {
        session_say("not enough memory");
        return STATUS_FAILURE;
    }
    if (f->file.path)
        record_start(&f->file, f->recorder);
    if (keeps)
        recorder_add(f->recorder, keep_block, writer);
    s->recorder = f->recorder;
    return STATUS_FINE;
}

bool flight_is_over(const struct flight *f)
{
    return f->file.path && record_fault(&f->file);
}

int flight_stop(struct flight *f, struct session *s, int status)
{
    if (f->recorder)
        recorder_flush(f->recorder);
    status = record_close(&f->file, status);
    s->recorder = NULL;
    recorder_free(f->recorder);
    f->recorder = NULL;
    return status;
}
