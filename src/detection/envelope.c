/* SPDX-License-Identifier: MIT
 * Turns timed values into minima and maxima of fixed blocks of time and remembers the highest minimum that
 * has left the ring. What the edges mean is left to trend_exhaustion.c and the laws. */
#include "detection/envelope.h"

#include <assert.h>
#include <errno.h>
#include <math.h>

void envelope_init(struct envelope *e, int64_t block_ns)
{
    assert(block_ns > 0);
    *e = (struct envelope){
        .block_ns = block_ns, .open_low = (double)NAN, .open_high = (double)NAN, .record = (double)NAN};
}

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

/* The larger of two that may be absent. */
static double larger(double a, double b)
{
    return isnan(a) || b > a ? b : a;
}

static double smaller(double a, double b)
{
    return isnan(a) || b < a ? b : a;
}

static void close_block(struct envelope *e)
{
    if (e->closed == ENVELOPE_BLOCKS) {
        e->record = larger(e->record, e->low[e->head]);
    } else {
        e->closed++;
    }
    e->low[e->head] = e->open_low;
    e->high[e->head] = e->open_high;
    e->head = (e->head + 1) % ENVELOPE_BLOCKS;
    e->open_low = e->open_high = (double)NAN;
}

uint32_t envelope_push(struct envelope *e, int64_t t_ns, double x)
{
    int64_t block = floor_div(t_ns, e->block_ns);
    uint32_t closed = 0;

    if (!isfinite(x) || (e->started && block < e->block))
        return 0;
    if (e->started && block > e->block) {
        uint64_t passed = (uint64_t)block - (uint64_t)e->block;
        /* After one more than the ring holds, the ring is all absent and stays so. */
        for (; closed < passed && closed <= ENVELOPE_BLOCKS; closed++)
            close_block(e);
    }
    e->started = 1;
    e->block = block;
    e->open_low = smaller(e->open_low, x);
    e->open_high = larger(e->open_high, x);
    return closed < ENVELOPE_BLOCKS ? closed : ENVELOPE_BLOCKS;
}

/* Place in the ring of the i-th of the last n closed blocks. */
static size_t place(const struct envelope *e, size_t n, size_t i)
{
    return (e->head + ENVELOPE_BLOCKS - n + i) % ENVELOPE_BLOCKS;
}

int envelope_minima(const struct envelope *e, size_t n, double *out)
{
    if (n > e->closed)
        return -ENODATA;
    for (size_t i = 0; i < n; i++)
        out[i] = e->low[place(e, n, i)];
    return 0;
}

int envelope_maxima(const struct envelope *e, size_t n, double *out)
{
    if (n > e->closed)
        return -ENODATA;
    for (size_t i = 0; i < n; i++)
        out[i] = e->high[place(e, n, i)];
    return 0;
}

double envelope_recent_max(const struct envelope *e, size_t n)
{
    double high = e->open_high;

    if (n > e->closed)
        n = e->closed;
    for (size_t i = 0; i < n; i++)
        high = larger(high, e->high[place(e, n, i)]);
    return high;
}

double envelope_earlier_record(const struct envelope *e, size_t n)
{
    double record = e->record;

    for (size_t i = 0; i + n < e->closed; i++)
        record = larger(record, e->low[place(e, e->closed, i)]);
    return record;
}
