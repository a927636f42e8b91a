/* SPDX-License-Identifier: MIT
 * Copies blocks out of the state file, which its writer cannot move its log into while it is read, or out of
 * memory, in which another thread goes on writing. */
#include "cli/stretch.h"

#include <errno.h>
#include <string.h>

#include "state/recording.h"
#include "state/state_reader.h"

/* Copied at once, or a single block that is larger: some minutes of telemetry. */
#define AT_ONCE_BYTES (1u << 20)

static int take_row(void *context, const struct state_block *row)
{
    struct stretch *s = context;

    if (!byte_buffer_reserve(&s->bytes, sizeof(*row) + row->n))
        return -ENOMEM;
    memcpy(s->bytes.bytes + s->bytes.n, row, sizeof(*row));
    memcpy(s->bytes.bytes + s->bytes.n + sizeof(*row), row->bytes, row->n);
    s->bytes.n += sizeof(*row) + row->n;
    s->next = row->sequence + 1;
    return s->bytes.n >= AT_ONCE_BYTES;
}

static int read_memory(struct stretch *s, const int64_t *key_ns)
{
    const int r = key_ns ? short_memory_find_key(s->source.memory, *key_ns, &s->next) : 0;

    return r ? r : short_memory_blocks(s->source.memory, s->next, take_row, s);
}

static int read_state(struct stretch *s, const int64_t *key_ns)
{
    struct state_block_range range = {.since_ns = STATE_TIME_NONE, .until_ns = STATE_TIME_NONE};
    struct state_source source;
    struct state_reader *reader = NULL;
    struct error e;

    int r = state_source_open_at(&source, s->source.dir_fd, &e);
    if (r)
        return r;
    r = state_reader_new(&reader, &source, &e);
    if (r == 0 && key_ns)
        r = state_reader_find_block(reader, RECORDING_KEY, *key_ns, &s->next);
    range.from_sequence = s->next;
    if (r == 0)
        r = state_reader_blocks(reader, &range, take_row, s);
    state_reader_free(reader);
    state_source_close(&source);
    return r;
}

/* key_ns: from the KEY of that time on; NULL: from the next block on. */
static int fill(struct stretch *s, const int64_t *key_ns)
{
    s->bytes.n = s->at = 0;
    const int r = s->source.memory ? read_memory(s, key_ns) : read_state(s, key_ns);

    return r < 0 ? r : 0;
}

int stretch_seek(struct stretch *s, int64_t t_ns)
{
    return fill(s, &t_ns);
}

int stretch_next(struct stretch *s, struct state_block *ret)
{
    if (s->at == s->bytes.n) {
        const int r = fill(s, NULL);
        if (r)
            return r;
        if (s->bytes.n == 0)
            return -ENOENT;
    }
    memcpy(ret, s->bytes.bytes + s->at, sizeof(*ret));
    ret->bytes = s->bytes.bytes + s->at + sizeof(*ret);
    s->at += sizeof(*ret) + ret->n;
    return 0;
}

void stretch_done(struct stretch *s)
{
    byte_buffer_done(&s->bytes);
    s->at = 0;
}
