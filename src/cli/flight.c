/* SPDX-License-Identifier: MIT
 * Joins a session's recorder to the places where recordings are kept. */
#include "cli/flight.h"

#include "cli/session.h"

/* Of a host with 100 series, fifteen hours; of one with 2 000 that change every second, one. Touched only as
 * it fills. */
#define MEMORY_ROOM (16u << 20)

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

static int remember_block(void *context, const struct recording_block *block)
{
    return short_memory_put(context, block);
}

bool flight_is_kept(const struct session *s, const struct state_writer *writer)
{
    return writer && s->config.recorder.enabled;
}

int flight_start(struct flight *f, struct session *s, struct state_writer *writer, bool looks_back)
{
    const bool keeps = flight_is_kept(s, writer), remembers = looks_back && !keeps;

    if (!f->file.path && !keeps && !remembers)
        return STATUS_FINE;
    f->recorder = recorder_new(s);
    f->memory = remembers ? short_memory_new(MEMORY_ROOM) : NULL;
    if (!f->recorder || (remembers && !f->memory)) {
        session_say("not enough memory");
        return STATUS_FAILURE;
    }
    if (f->file.path)
        record_start(&f->file, f->recorder);
    if (keeps)
        recorder_add(f->recorder, keep_block, writer);
    if (remembers)
        recorder_add(f->recorder, remember_block, f->memory);
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
    short_memory_free(f->memory);
    f->memory = NULL;
    return status;
}
