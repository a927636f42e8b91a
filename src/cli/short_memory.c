/* SPDX-License-Identifier: MIT
 * Keeps blocks one behind the other in a ring of bytes, and where they stand in a ring of rows. What they
 * hold is the state room's matter. */
#include "cli/short_memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* Blocks come every five seconds and with each snapshot: eleven hours. */
#define BLOCKS_MAX 8192u

struct place {
    struct state_block row; /* bytes: in the ring */
    size_t at;
};

struct short_memory {
    pthread_mutex_t mutex;
    struct place *places; /* the block of number s at s % BLOCKS_MAX */
    uint8_t *bytes;
    size_t room, at;      /* where the next one goes */
    uint64_t first, next; /* numbers: of the oldest, of the next one */
};

struct short_memory *short_memory_new(size_t room)
{
    struct short_memory *m = calloc(1, sizeof(*m));

    if (!m)
        return NULL;
    m->room = room;
    m->bytes = calloc(1, room);
    m->places = calloc(BLOCKS_MAX, sizeof(*m->places));
    if (!m->bytes || !m->places) {
        free(m->bytes);
        free(m->places);
        free(m);
        return NULL;
    }
    (void)pthread_mutex_init(&m->mutex, NULL); /* cannot fail without attributes */
    return m;
}

void short_memory_free(struct short_memory *m)
{
    if (!m)
        return;
    (void)pthread_mutex_destroy(&m->mutex);
    free(m->bytes);
    free(m->places);
    free(m);
}

static struct place *place_of(struct short_memory *m, uint64_t sequence)
{
    return &m->places[sequence % BLOCKS_MAX];
}

/* Makes n bytes free where the next block goes: the oldest stand right behind that. */
static void make_room(struct short_memory *m, size_t n)
{
    if (m->at + n >
        m->room) { /* what stands between here and the end is older than what is at the beginning */
        while (m->first < m->next && place_of(m, m->first)->at >= m->at)
            m->first++;
        m->at = 0;
    }
    while (m->first < m->next) {
        const struct place *oldest = place_of(m, m->first);
        if (oldest->at >= m->at + n || oldest->at + oldest->row.n <= m->at)
            break;
        m->first++;
    }
}

int short_memory_put(struct short_memory *m, const struct recording_block *block)
{
    if (block->n > m->room / 2)
        return -EFBIG;
    (void)pthread_mutex_lock(&m->mutex);
    make_room(m, block->n);
    if (m->next - m->first == BLOCKS_MAX)
        m->first++;
    *place_of(m, m->next) = (struct place){.at = m->at,
        .row = {.sequence = m->next,
            .kind = (int32_t)block->kind,
            .from_ns = block->from_ns,
            .to_ns = block->to_ns,
            .samples = block->samples,
            .bytes = m->bytes + m->at,
            .n = block->n}};
    memcpy(m->bytes + m->at, block->bytes, block->n);
    m->at += block->n;
    m->next++;
    (void)pthread_mutex_unlock(&m->mutex);
    return 0;
}

int short_memory_find_key(struct short_memory *m, int64_t t_ns, uint64_t *ret_sequence)
{
    int r = -ENOENT;

    (void)pthread_mutex_lock(&m->mutex);
    for (uint64_t s = m->first; s < m->next; s++) {
        const struct state_block *row = &place_of(m, s)->row;
        if (row->kind != RECORDING_KEY || (r == 0 && row->from_ns > t_ns))
            continue;
        *ret_sequence = s;
        r = 0;
    }
    (void)pthread_mutex_unlock(&m->mutex);
    return r;
}

int short_memory_blocks(struct short_memory *m, uint64_t from_sequence,
    int (*visit)(void *context, const struct state_block *b), void *context)
{
    int r = 0;

    (void)pthread_mutex_lock(&m->mutex);
    for (uint64_t s = from_sequence > m->first ? from_sequence : m->first; s < m->next && r == 0; s++)
        r = visit(context, &place_of(m, s)->row);
    (void)pthread_mutex_unlock(&m->mutex);
    return r;
}
