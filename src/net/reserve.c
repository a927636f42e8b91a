/* SPDX-License-Identifier: MIT
 * Turns a realloc that has no memory into one that takes a block kept for it. libuv calls abort() when it
 * cannot enlarge the table of what it watches (1.44.2, src/unix/core.c, maybe_resize); all else that it
 * allocates for us fails with an error. */
#include "net/reserve.h"

#include <malloc.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

static alignas(max_align_t) char block[RESERVE_BYTES];
static bool in_use;

/* Moves what is in the block out of it, or leaves it there while it fits. */
static void *leave(size_t n)
{
    void *to = malloc(n);

    if (!to)
        return n <= sizeof(block) ? block : NULL;
    memcpy(to, block, n < sizeof(block) ? n : sizeof(block));
    in_use = false;
    return to;
}

static void *enlarge(void *p, size_t n)
{
    if (p == block)
        return leave(n);
    void *to = realloc(p, n);
    if (to || in_use || n == 0 || n > sizeof(block))
        return to;
    const size_t had = p ? malloc_usable_size(p) : 0;
    in_use = true;
    if (p)
        memcpy(block, p, had < n ? had : n);
    free(p);
    return block;
}

static void give_back(void *p)
{
    if (p == block)
        in_use = false;
    else
        free(p);
}

void reserve_for_libuv(void)
{
    static bool done;

    if (done)
        return;
    done = true;
    (void)uv_replace_allocator(malloc, enlarge, calloc, give_back); /* fails without a function only */
}
